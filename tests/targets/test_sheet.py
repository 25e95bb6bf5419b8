"""Targets from Excel: what a sheet would do, and everything that keeps it from being done."""

import datetime as dt
import io
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from market.core.errors import Refused
from market.targets.queries import COLUMNS, EXAMPLES, preview
from market.units.models import Unit, UnitState
from tests import make
from tests.targets import world

TITLES = [column.title for column in COLUMNS]


def sheet(*rows: list[Any], titles: list[str] = TITLES) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, titles)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, dt.date):
                    page.write_datetime(number, place, value, day)
                elif value is not None:
                    page.write(number, place, value)
    return held.getvalue()


def row(unit: Any, amount: Any = 200_000, **given: Any) -> list[Any]:
    values = {
        "code": unit.code,
        "name": unit.name,
        "year": 2026,
        "amount": amount,
        "document_no": "演示〔2026〕1号",
        "document_on": "2026-01-20",
        "reason": None,
    } | given
    return list(values.values())


def test_a_good_sheet_says_what_it_would_do(session, buyer, stranger, coordinator):
    world.target(session, buyer.unit, 100, by=coordinator)
    content = sheet(
        row(buyer.unit, "1,234.50", reason="增加", document_on=dt.date(2026, 1, 20)),
        row(stranger.unit, 0.1, year="2025"),
    )
    found = preview(session, content)

    assert found.problems == []
    first, second = found.wishes
    assert (first.amount_fen, first.seen_fen, first.change_fen) == (123_450, 100, 123_350)
    assert (first.unit_id, first.name) == (buyer.unit_id, buyer.unit.name)
    assert first.document_on == dt.date(2026, 1, 20)
    assert (second.amount_fen, second.seen_fen, second.year, second.reason) == (10, 0, 2025, "")


@pytest.mark.parametrize(
    ("given", "column", "value", "expected"),
    [
        ({"code": "没有"}, "单位编码", "没有", "已登记单位的编码"),
        ({"code": None}, "单位编码", "", "已登记单位的编码"),
        ({"name": "别的单位"}, "单位名称", "别的单位", "对应的"),
        ({"year": 2017}, "年度", "2017", "2018 至 2100"),
        ({"amount": -5}, "目标金额(元)", "-5", "不小于 0"),
        ({"amount": "二十万"}, "目标金额(元)", "二十万", "不小于 0"),
        ({"amount": 1.005}, "目标金额(元)", "1.005", "最多两位小数"),
        ({"amount": 0}, "目标金额(元)", "0.00", "首次下达"),
        ({"document_no": None}, "文号", "", "文号"),
        ({"document_on": "2099-01-01"}, "发文日期", "2099-01-01", "不晚于今天"),
        ({"document_on": "一月"}, "发文日期", "一月", "2026-01-20"),
        ({"reason": "字" * 201}, "说明", "字" * 60, "200 个字"),
    ],
)
def test_a_bad_cell_is_named(session, buyer, given, column, value, expected):
    found = preview(session, sheet(row(buyer.unit, **given)))
    (problem,) = found.problems
    assert (problem.row, problem.column, problem.value) == (2, column, value)
    assert expected in problem.expected
    assert found.wishes == []


def test_a_unit_may_stand_in_a_sheet_once_a_year(session, buyer):
    found = preview(
        session, sheet(row(buyer.unit), row(buyer.unit, 5, year=2025), row(buyer.unit, 7))
    )
    (problem,) = found.problems
    assert (problem.row, problem.column) == (4, "单位编码")
    assert "第 2 行已有该单位" in problem.expected


def test_a_revision_needs_a_new_document_and_a_reason(session, buyer, coordinator):
    world.target(session, buyer.unit, 100, by=coordinator, document_no="演示〔2026〕1号")
    found = preview(session, sheet(row(buyer.unit)))
    assert [problem.column for problem in found.problems] == ["文号", "说明"]
    assert "现有目标 1.00 元" in found.problems[1].expected


def test_a_row_that_changes_nothing_is_no_problem(session, buyer, coordinator):
    world.target(session, buyer.unit, 20_000_000, by=coordinator)
    found = preview(session, sheet(row(buyer.unit)))
    assert found.problems == []
    assert found.wishes[0].change_fen == 0


def test_a_closed_unit_gets_no_more(session, coordinator):
    unit = make.unit(session)
    session.execute(sa.update(Unit).values(state=UnitState.CLOSED))
    session.refresh(unit)
    (problem,) = preview(session, sheet(row(unit))).problems
    assert "已撤销" in problem.expected


def test_what_is_no_such_sheet_is_refused(session):
    with pytest.raises(Refused, match="不是 Excel"):
        preview(session, b"hello")
    with pytest.raises(Refused, match="缺少列：说明"):
        preview(session, sheet(["A"], titles=TITLES[:-1]))
    with pytest.raises(Refused, match="没有数据"):
        preview(session, sheet())
    many = [["A", "B", 2026, 1, "1号", "2026-01-20", None]] * 2001
    with pytest.raises(Refused, match="最多 2000 行"):
        preview(session, sheet(*many))


def test_many_rows_are_three_queries(session, count_queries):
    units = [make.unit(session) for _ in range(20)]
    content = sheet(*(row(unit) for unit in units))
    session.commit()
    with count_queries() as statements:
        assert len(preview(session, content).wishes) == 20
    assert len([s for s in statements if s.startswith("SELECT")]) <= 3


def test_the_examples_of_the_template_can_be_read(session):
    keys = [column.key for column in COLUMNS]
    content = sheet(*([example[key] or None for key in keys] for example in EXAMPLES))
    problems = preview(session, content).problems
    assert {problem.column for problem in problems} == {"单位编码"}  # Only the units are invented.
