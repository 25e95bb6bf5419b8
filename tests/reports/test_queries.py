"""The completion table, what it exports, and the rows behind every figure."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.adapters.spreadsheets import to_csv
from market.core import clock
from market.ordering.models import (
    AcceptanceState,
    BuyingFor,
    ConsignmentState,
    OrderState,
)
from market.reports.queries import (
    SORTS,
    Wanted,
    chosen,
    completion_export,
    completion_sheet,
    completion_table,
    credit_line,
    credits_of,
    credits_sum,
    year_in,
)
from market.targets.models import Channel, Credit, Pace
from market.targets.queries import completion_of
from market.units.models import UnitKind
from tests import make
from tests.targets import world

NOW = dt.datetime(2026, 7, 2, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def summer():
    """It is the second of July 2026, 50.1 % of the year."""
    with clock.set_to(NOW):
        yield


def on_the_way(session, by, fen):
    """Order something that hasn't been accepted yet."""
    line = world.accepted(session, by, fen)
    acceptance = line.acceptance
    session.execute(
        sa.update(type(acceptance))
        .where(type(acceptance).id == acceptance.id)
        .values(state=AcceptanceState.RETURNED)
    )
    for thing, state in (
        (acceptance.consignment, ConsignmentState.SHIPPED),
        (acceptance.consignment.order, OrderState.OPEN),
    ):
        kind = type(thing)
        session.execute(sa.update(kind).where(kind.id == thing.id).values(state=state))


@pytest.fixture
def three(session, coordinator):
    """Three units: one reached, one far behind with something on the way, one without a target."""
    units = [
        make.unit(session, code="A", name="甲", search_text="甲 jia j"),
        make.unit(session, code="B", name="乙", kind=UnitKind.STATIONED_AGENCY),
        make.unit(session, code="C", name="丙", kind=UnitKind.OTHER),
    ]
    people = [make.person(session, unit=unit) for unit in units]
    for person, fen in zip(people, (150_000, 10_000, 700), strict=True):
        world.credited(session, person, fen)
    for person in people[:2]:
        world.target(session, person.unit, 100_000, by=coordinator)
    on_the_way(session, people[1], 25_000)
    session.flush()
    return people


def test_the_table_has_every_unit_with_its_sum(session, three):
    table = completion_table(session, 2026)
    assert [row.unit.code for row in table.rows] == ["A", "B", "C"]
    assert [row.rank for row in table.rows] == [1, 2, None]
    assert [row.pace for row in table.rows] == [Pace.REACHED, Pace.FAR_BEHIND, Pace.NO_TARGET]
    assert table.rows[1].on_the_way_fen == 25_000
    assert table.rows[1].difference == 100 - 501
    assert (table.totals.done_fen, table.totals.on_the_way_fen) == (160_700, 25_000)
    assert table.on == dt.date(2026, 7, 2)


def test_on_the_way_belongs_to_the_present_year(session, three):
    assert completion_table(session, 2025).totals.on_the_way_fen == 0


def test_the_export_has_exactly_these_words(session, three):
    rows = completion_export(session, 2026)
    assert rows[1] == {
        "code": "B",
        "name": "乙",
        "kind": "驻区机构",
        "target_fen": 100_000,
        "done_fen": 10_000,
        "on_the_way_fen": 25_000,
        "rate": "10.0%",
    }
    assert [row["rate"] for row in rows] == ["150.0%", "10.0%", "无任务"]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, "ABC"),
        ({"q": "JIA"}, "A"),
        ({"q": " 乙 "}, "B"),
        ({"q": "甲 乙"}, ""),
        ({"kind": "other"}, "C"),
        ({"pace": "far_behind"}, "B"),
        ({"pace": "nonsense", "kind": "nonsense", "sort": "nonsense"}, "ABC"),
        ({"sort": "done"}, "CBA"),
        ({"sort": "done", "direction": "desc"}, "ABC"),
        ({"sort": "rate", "direction": "asc"}, "BAC"),
        ({"sort": "difference", "direction": "desc"}, "ABC"),
        ({"sort": "name", "direction": "asc"}, "CBA"),
        ({"sort": "canteen", "direction": "asc"}, "CBA"),
        ({"sort": "kind"}, "ABC"),
    ],
)
def test_lines_are_chosen_and_sorted(session, three, given, codes):
    rows = chosen(completion_table(session, 2026), Wanted.read(given))
    assert "".join(row.unit.code for row in rows) == codes


@pytest.mark.parametrize("sort", SORTS)
def test_every_column_sorts(session, three, sort):
    rows = chosen(completion_table(session, 2026), Wanted.read({"sort": sort}))
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("text", "year"), [("2020", 2020), ("2017", 2026), ("99999", 2026), ("²", 2026), ("", 2026)]
)
def test_a_year_in_an_address_makes_sense_or_is_this_one(text, year):
    assert year_in({"year": text}) == year


def test_the_sheet_sums_what_it_shows(session, three):
    table = completion_table(session, 2026)
    rows = chosen(table, Wanted.read({"kind": "stationed_agency"}))
    sheet = completion_sheet(table, rows, "驻区机构")
    titles = [title for title, _ in sheet.columns]
    total = dict(zip(titles, sheet.total, strict=True))
    line = dict(zip(titles, sheet.rows[0], strict=True))
    assert total["累计完成(元)"] == line["累计完成(元)"] == line["食堂定点采购(元)"] == 10_000
    assert total["单位名称"] == "合计（1 个单位）"
    assert "截至 2026-07-02" in sheet.note
    assert "筛选：驻区机构" in sheet.note
    csv = to_csv(sheet)
    assert "100.00" in csv
    assert "-40.1" in csv.splitlines()[1]


def test_an_empty_sheet_has_a_sum_too(session, coordinator):
    sheet = completion_sheet(completion_table(session, 2026), [])
    assert sheet.rows == []
    assert sheet.total[2] == "合计（0 个单位）"


def lines_of(session, unit_id, reader, **given):
    rows = session.execute(credits_of(unit_id, 2026, reader=reader, **given)).all()
    return [credit_line(row) for row in rows]


def test_the_rows_behind_every_figure_sum_to_it(session, buyer, coordinator):
    march = dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
    first = world.credited(session, buyer, 900, at=march)
    world.credited(session, buyer, 500, buying_for=BuyingFor.UNION, at=march)
    world.credited(session, buyer, 70)
    world.claimed(session, first, 200, by=buyer)
    session.flush()
    completion = completion_of(session, buyer.unit_id, 2026)

    def sums(**given):
        lines = lines_of(session, buyer.unit_id, coordinator, **given)
        shown = credits_sum(session, buyer.unit_id, 2026, **given)
        assert shown == sum(line.credit.amount_fen for line in lines)
        return shown

    assert sums() == completion.done_fen == 1270
    for month, fen in completion.by_month.items():
        assert sums(month=month) == fen
        for channel in Channel:
            assert sums(month=month, channel=channel) == completion.cells.get((month, channel), 0)
    for channel, fen in completion.by_channel.items():
        assert sums(channel=channel) == fen


def test_a_credit_names_where_it_comes_from(session, buyer):
    world.claimed(session, world.credited(session, buyer, 900), 200, by=buyer)
    claim, credit = lines_of(session, buyer.unit_id, buyer)
    assert credit.consignment_number == f"{credit.order_number}-1"
    assert (credit.claim_number, credit.signed_on) == (None, dt.date(2026, 7, 2))
    assert claim.order_number == credit.order_number
    assert claim.claim_number
    assert claim.signed_on is None
    assert claim.name == credit.name != ""


def test_what_an_employee_bought_stays_private_and_counts(
    session, buyer, shopper, coordinator, stranger
):
    world.credited(session, shopper, 900, buying_for=BuyingFor.SELF)
    (seen,) = lines_of(session, buyer.unit_id, buyer)
    assert (seen.name, seen.is_open, seen.credit.amount_fen) == ("", False, 900)
    (own,) = lines_of(session, buyer.unit_id, shopper)
    assert own.is_open
    assert own.name
    (overseen,) = lines_of(session, buyer.unit_id, coordinator)
    assert overseen.is_open
    assert session.scalars(sa.select(Credit)).one().channel is Channel.EMPLOYEE
