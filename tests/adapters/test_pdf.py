"""Documents are set with the shop's own font, and what people typed stays text."""

import pytest

from market.adapters.pdf import TEMPLATES, qr_svg, to_pdf

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
        "demo_proof.typ",
        "paper.typ",
        "statement.typ",
        "table.typ",
    ]
