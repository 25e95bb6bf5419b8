"""Documents are set with the shop's own font, and what people typed stays text."""

import io
import itertools

import pytest
from PIL import Image

from market.adapters.pdf import TEMPLATES, _set, qr_svg, to_pdf

DATA = {
    "title": "结算单",
    "number": "JS26030000112",
    "mark": "演示数据",
    "head": [["往来单位", "甲"], ["编号", "乙"]],
    "columns": ["序号"] * 9,
    "rows": [[""] * 9],
    "total": [""] * 5,
    "capitals": "零元整",
    "notes": [],
    "voided": "",
    "signs": [["经办人", ""]],
    "qr": qr_svg("x"),
}


def test_a_document_is_set():
    made = to_pdf("statement", DATA)
    assert made.startswith(b"%PDF-")
    assert b"NotoSans" in made


@pytest.mark.parametrize("typed", ["#panic(1)", "$x", "= 标题", "*粗*", '"]', '#read("/etc/x")'])
def test_what_a_person_typed_is_no_code(typed):
    assert to_pdf("statement", DATA | {"notes": [typed], "rows": [[typed] * 9]})


def test_a_long_statement_takes_several_pages():
    short, long = (to_pdf("statement", DATA | {"rows": [["文字"] * 9] * n}) for n in (1, 200))
    assert len(long) > len(short)


def test_every_template_is_found_beside_the_shop():
    assert sorted(path.name for path in TEMPLATES.iterdir()) == [
        "demo_fair.typ",
        "demo_proof.typ",
        "paper.typ",
        "statement.typ",
        "table.typ",
    ]


def test_signatures_never_stand_alone_on_a_page():
    given = {
        "title": "通报",
        "lines": ["第1期"],
        "signed": ["拟稿", "签发日期"],
        "table_title": "表",
        "note": "",
        "columns": ["序号"],
        "over": [],
        "right": [],
        "rows": [],
        "total": [],
        "made_at": [2026, 1, 1, 0, 0, 0],
    }
    for lines in (29, 30):  # Room for the last of them, not for what is signed.
        said = [["一、总体情况", ["文字"] * lines]]
        pages = _set("paper", given | {"sections": said}, format="png", ppi=40)
        page = Image.open(io.BytesIO(pages[1])).convert("L")
        rows = (
            min(page.crop((0, y, page.width, y + 1)).get_flattened_data()) < 160
            for y in range(page.height)
        )
        assert sum(is_ink for is_ink, _ in itertools.groupby(rows)) == 4  # With the page's number.
