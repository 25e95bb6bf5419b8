"""Excel: what is read, what is refused and how it is said, and what is written."""

import contextlib
import datetime as dt
import io
import zipfile
from typing import Any

import pytest
import python_calamine as calamine
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from market.adapters.spreadsheets import (
    Column,
    Table,
    choice,
    day,
    duplicates,
    read_sheet,
    template,
    text,
    to_csv,
    to_xlsx,
    whole,
    yuan,
)
from market.core.errors import Refused
from market.units.models import Canteen

COLUMNS = [
    Column("编码", "code", text(10), "不超过 10 个字的编码", required=True),
    Column("人数", "diners", whole(0, 100_000), "0 到 100000 的整数"),
    Column("金额（元）", "fen", yuan(), "不小于 0 的金额"),
    Column("食堂", "canteen", choice(Canteen), "自有食堂、食堂外包、共用食堂或无食堂"),
    Column("日期", "on", day, "日期，例如 2026-11-23"),
]
TITLES = [column.title for column in COLUMNS]


def workbook(*lines: Any, also: Any = None) -> bytes:
    """Write lines of cells as Excel would; ``also`` may do more to the sheet."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001 - the same bytes
        sheet = book.add_worksheet()
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, place, cell, dates)
                elif cell is not None:
                    sheet.write(number, place, cell)
        if also:
            also(sheet)
    return held.getvalue()


def repacked(content: bytes, **changed: bytes) -> bytes:
    """Replace or add parts of a workbook; ``__`` in a name stands for ``/``, ``_`` for a dot."""
    held = io.BytesIO()
    new = {name.replace("__", "/").replace("_", "."): data for name, data in changed.items()}
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in old.namelist():
            if name not in new:
                archive.writestr(name, old.read(name))
        for name, data in new.items():
            archive.writestr(name, data)
    return held.getvalue()


def test_a_row_is_read_by_its_titles_whatever_their_order():
    sheet = read_sheet(
        workbook(
            ["日期", "食堂", "编码", "人数", "金额（元）"],
            [dt.date(2026, 11, 23), "自有食堂", "A1", 80, 1234.5],
        ),
        COLUMNS,
    )
    assert sheet.problems == []
    (row,) = sheet.rows
    assert row.number == 2
    assert row.values == {
        "code": "A1",
        "diners": 80,
        "fen": 123450,
        "canteen": Canteen.OWN,
        "on": dt.date(2026, 11, 23),
    }


def test_empty_cells_are_none_and_empty_rows_are_passed_over_but_counted():
    sheet = read_sheet(workbook(TITLES, ["A1"], [], ["  "], ["A2", None, "  "]), COLUMNS)
    assert [(row.number, row.values["code"]) for row in sheet.rows] == [(2, "A1"), (5, "A2")]
    assert sheet.rows[1].values["fen"] is None


def test_a_title_and_a_note_may_stand_above_the_header():
    sheet = read_sheet(workbook(["单位登记表"], ["单位：元"], TITLES, ["A1"]), COLUMNS)
    assert sheet.rows[0].number == 4


@pytest.mark.parametrize(
    ("cell", "code"),
    [(3.0, "3"), ("007", "007"), (0.1 + 0.2, "0.3"), (2020001, "2020001"), (" a  b ", "a b")],
)
def test_a_text_keeps_its_leading_zeros_and_a_number_loses_its_point(cell, code):
    assert read_sheet(workbook(TITLES, [cell]), COLUMNS).rows[0].values["code"] == code


@pytest.mark.parametrize(
    ("cell", "fen"),
    [("1,234.50", 123450), ("１２３４．５", 123450), (0.1 + 0.2, 30), ("¥12元", 1200), (0, 0)],
)
def test_an_amount_may_be_a_text_or_a_number(cell, fen):
    sheet = read_sheet(workbook(TITLES, ["A1", None, cell]), COLUMNS)
    assert sheet.rows[0].values["fen"] == fen


@pytest.mark.parametrize("cell", ["2026-11-23", "2026/11/23", "2026年11月23日", "2026.11.23"])
def test_a_date_may_be_typed(cell):
    sheet = read_sheet(workbook(TITLES, ["A1", None, None, None, cell]), COLUMNS)
    assert sheet.rows[0].values["on"] == dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ([None, 80], "第 2 行“编码”是空白，应填：不超过 10 个字的编码"),
        (["12345678901"], "第 2 行“编码”是“12345678901”，应填：不超过 10 个字的编码"),
        (["A", "abc"], "第 2 行“人数”是“abc”，应填：0 到 100000 的整数"),
        (["A", 49.5], "第 2 行“人数”是“49.5”，应填：0 到 100000 的整数"),
        (["A", -1], "第 2 行“人数”是“-1”，应填：0 到 100000 的整数"),
        (["A", True], "第 2 行“人数”是“TRUE”，应填：0 到 100000 的整数"),
        (["A", None, "一百"], "第 2 行“金额（元）”是“一百”，应填：不小于 0 的金额"),
        (["A", None, 1.005], "第 2 行“金额（元）”是“1.005”，应填：不小于 0 的金额"),
        (["A", None, -1], "第 2 行“金额（元）”是“-1”，应填：不小于 0 的金额"),
        (["A", None, dt.date(2020, 1, 1)], "是“2020-01-01”，应填：不小于 0 的金额"),
        (["A", None, None, "有"], "第 2 行“食堂”是“有”，应填：自有食堂、"),
        (["A", None, None, None, "2026-02-30"], "第 2 行“日期”是“2026-02-30”，应填：日期"),
        (["A", None, None, None, 5], "第 2 行“日期”是“5”，应填：日期"),
    ],
)
def test_a_bad_cell_is_named_by_row_column_value_and_what_is_expected(line, sentence):
    sheet = read_sheet(workbook(TITLES, line), COLUMNS)
    assert sheet.rows == []
    assert sentence in str(sheet.problems[0])


def test_every_problem_of_every_row_is_told_and_good_rows_are_read():
    sheet = read_sheet(workbook(TITLES, ["A", "x", "y"], ["B", 1], [None, 2]), COLUMNS)
    assert [(problem.row, problem.column) for problem in sheet.problems] == [
        (2, "人数"),
        (2, "金额（元）"),
        (4, "编码"),
    ]
    assert [row.values["code"] for row in sheet.rows] == ["B"]


def test_a_template_that_is_filled_with_its_own_examples_can_be_read():
    examples = [{"code": "A1", "diners": "80", "fen": "5000", "canteen": "自有食堂"}]
    made = template(COLUMNS, examples)
    book = calamine.load_workbook(io.BytesIO(made))
    assert book.sheet_names == ["填报", "说明"]
    assert book.get_sheet_by_index(0).to_python() == [TITLES]
    about = book.get_sheet_by_name("说明").to_python()
    assert about[0] == ["列名", "必填", "应填", "示例1"]
    assert about[1] == ["编码", "是", "不超过 10 个字的编码", "A1"]

    sheet = read_sheet(workbook(TITLES, [line[3] or None for line in about[1:]]), COLUMNS)
    assert sheet.problems == []
    assert sheet.rows[0].values["fen"] == 500_000


def test_an_empty_template_is_refused_for_having_no_rows():
    with pytest.raises(Refused, match="没有数据"):
        read_sheet(template(COLUMNS, []), COLUMNS)


@pytest.mark.parametrize(
    ("titles", "sentence"),
    [
        (["编码", "人数", "金额（元）", "食堂"], "缺少列：日期"),
        ([*TITLES, "颜色"], "不认识的列：颜色"),
        ([*TITLES, "编码"], "重复的列：编码"),
        (["编号", "人数", "金额（元）", "食堂", "日期"], "缺少列：编码；不认识的列：编号"),
        (["甲", "乙"], "没有找到标题行"),
        ([], "没有找到标题行"),
    ],
)
def test_wrong_headers_are_named(titles, sentence):
    with pytest.raises(Refused, match=sentence):
        read_sheet(workbook(titles, ["A1"]), COLUMNS)


@pytest.mark.parametrize("title", ["编码*", " 编 码 ", "编码＊"])
def test_a_title_is_known_despite_blanks_and_a_star(title):
    assert read_sheet(workbook([title, *TITLES[1:]], ["A1"]), COLUMNS).rows


def test_full_width_brackets_in_a_title_are_the_same_as_narrow_ones():
    titles = [title.replace("（元）", "(元)") for title in TITLES]
    assert read_sheet(workbook(titles, ["A1"]), COLUMNS).rows


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "不是 Excel"),
        (b"code,name\nA1,x\n", "不是 Excel"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "不是 Excel"),
        (b"PK\x03\x04" + bytes(50), "不是 Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "旧版 Excel"),
    ],
)
def test_what_is_not_excel_is_refused(content, sentence):
    with pytest.raises(Refused, match=sentence):
        read_sheet(content, COLUMNS)


def test_another_zip_is_refused():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(Refused, match="不是 Excel"):
        read_sheet(held.getvalue(), COLUMNS)


def test_a_formula_is_refused_and_its_cell_named():
    content = workbook(TITLES, ["A1"], also=lambda sheet: sheet.write_formula("B2", "=1+1"))
    with pytest.raises(Refused, match=r"单元格 B2 是公式.*选择性粘贴"):
        read_sheet(content, COLUMNS)


def test_merged_cells_are_refused_and_named():
    content = workbook(TITLES, ["A1"], also=lambda sheet: sheet.merge_range("A3:A4", "合"))
    with pytest.raises(Refused, match="单元格 A3:A4 是合并单元格"):
        read_sheet(content, COLUMNS)


def test_too_many_rows_are_refused_with_their_number():
    content = workbook(TITLES, *(["A"] for _ in range(10_000)))
    with pytest.raises(Refused, match="有 10000 行数据，一次最多 5000 行"):
        read_sheet(content, COLUMNS)
    with pytest.raises(Refused, match="有 4 行数据，一次最多 3 行"):
        read_sheet(workbook(TITLES, *(["A"] for _ in range(4))), COLUMNS, most=3)
    assert len(read_sheet(workbook(TITLES, *(["A"] for _ in range(3))), COLUMNS, most=3).rows) == 3


def test_a_cell_far_away_is_refused_before_it_is_laid_out():
    far = workbook(TITLES, ["A"], also=lambda sheet: sheet.write("A1048576", "x"))
    with pytest.raises(Refused, match="第 1048576 行还有零散的内容"):
        read_sheet(far, COLUMNS)
    wide = workbook(TITLES, ["A"], also=lambda sheet: sheet.write("XFD1", "x"))
    with pytest.raises(Refused, match="太宽"):
        read_sheet(wide, COLUMNS)


def test_a_bomb_is_refused():
    bomb = repacked(workbook(TITLES, ["A"]), xl__sharedStrings_xml=b" " * (50 * 1024 * 1024 + 1))
    assert len(bomb) < 200_000
    with pytest.raises(Refused, match="超过 50 MB"):
        read_sheet(bomb, COLUMNS)


def test_entities_are_refused():
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha">]><workbook>&b;</workbook>'
    with pytest.raises(Refused, match="不是 Excel"):
        read_sheet(repacked(workbook(TITLES, ["A"]), xl__workbook_xml=laughs), COLUMNS)


SOUND = workbook(TITLES, ["A1", 3, 4, "自有食堂", dt.date(2026, 1, 1)])


@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_breaks(data):
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Refused):
        read_sheet(bytes(content), COLUMNS)


@pytest.mark.parametrize(
    "part",
    [b"", b"<x/>", b"\xff\xfe", b"<worksheet", b"<?xml version='1.0' encoding='martian'?><x/>"],
)
@pytest.mark.parametrize(
    "name", ["xl__workbook_xml", "xl__worksheets__sheet1_xml", "xl__sharedStrings_xml"]
)
def test_a_workbook_with_a_foreign_part_is_refused(name, part):
    with pytest.raises(Refused):
        read_sheet(repacked(workbook(TITLES, ["A1"]), **{name: part}), COLUMNS)


def test_duplicates_are_paired_with_the_row_they_repeat():
    rows = read_sheet(workbook(TITLES, ["A"], ["B", 3], ["A", 3], ["A"]), COLUMNS).rows
    pairs = [(row.number, first.number) for row, first in duplicates(rows, "code")]
    assert pairs == [(4, 2), (5, 2)]
    assert [(row.number, first.number) for row, first in duplicates(rows, "diners")] == [(4, 3)]


TABLE = Table(
    "采购进度",
    "截至 2026-11-23，单位：元",
    [
        ("单位", "text"),
        ("完成", "yuan"),
        ("目标", "wan"),
        ("完成率", "rate"),
        ("人数", "int"),
        ("数量", "quantity"),
        ("日期", "day"),
        ("时间", "instant"),
    ],
    [
        ["=1+1", 123450, 5_000_000, 875, 1234, 2500, dt.date(2026, 11, 23), None],
        ["007", 0, None, None, 0, 3000, None, dt.datetime(2026, 11, 23, 6, 5, tzinfo=dt.UTC)],
    ],
    ["合计", 123450, 5_000_000, 246, 1234, None, None, None],
)


def test_a_table_becomes_a_workbook_of_numbers_and_plain_texts():
    made = to_xlsx(TABLE)
    lines = calamine.load_workbook(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert lines[0][0] == "采购进度"
    assert lines[1][0] == "截至 2026-11-23，单位：元"
    assert lines[2] == [name for name, _ in TABLE.columns]
    assert lines[3] == ["=1+1", 1234.5, 5, 0.875, 1234, 2.5, dt.date(2026, 11, 23), ""]
    assert lines[4] == ["007", 0, "", "无任务", 0, 3, "", "2026-11-23 14:05"]
    assert lines[5][:4] == ["合计", 1234.5, 5, 0.246]
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert 'state="frozen"' in sheet


def test_a_table_becomes_clean_csv_whose_texts_are_no_formulas():
    assert to_csv(TABLE).splitlines() == [
        "单位,完成,目标,完成率,人数,数量,日期,时间",
        "'=1+1,1234.50,5.00,87.5%,1234,2.5,2026-11-23,",
        "007,0.00,,无任务,0,3,,2026-11-23 14:05",
    ]


@pytest.mark.parametrize("words", ["=a", "+a", "-a", "@a", "\ta", "\ra"])
def test_csv_disarms_what_a_spreadsheet_would_calculate(words):
    assert f"'{words}" in to_csv(Table("", "", [("a", "text")], [[words]]))
    assert to_csv(Table("", "", [("a", "yuan")], [[-150]])) == "a\n-1.50\n"


def test_a_written_table_can_be_read_again():
    columns = [Column("编码", "code", text(10), "编码"), Column("金额", "fen", yuan(), "金额")]
    table = Table("表", "单位：元", [("编码", "text"), ("金额", "yuan")], [["007", 12345]])
    (row,) = read_sheet(to_xlsx(table), columns).rows
    assert row.values == {"code": "007", "fen": 12345}
