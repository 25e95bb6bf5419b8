"""Who must buy what by when to reach 100 %."""

import datetime as dt

import pytest

from market.core import clock
from market.ordering.models import OrderState
from market.reports.queries.todo import Last, in_order, need_of, needs, needs_table
from market.targets.queries import Standing, time_progress
from market.units.services import close_unit
from tests import make
from tests.reports.test_queries import on_the_way
from tests.targets import world


@pytest.fixture(autouse=True)
def _autumn(session):
    """It is the tenth of September 2026: 112 days are left, 16 weeks, and 4 months with this one."""
    session.expire_on_commit = False
    with clock.set_to(dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)):
        yield


def at(month: int, day: int = 5) -> dt.datetime:
    return dt.datetime(2026, month, day, 4, tzinfo=dt.UTC)


@pytest.fixture
def three(session, coordinator):
    """One unit that is done, one short by 900 with 260 on the way, one that never bought."""
    people = [make.person(session, unit=make.unit(session, code=code)) for code in "ABC"]
    for person in people:
        world.target(session, person.unit, 100_000, by=coordinator)
    world.credited(session, people[0], 100_000, at=at(2))
    with clock.set_to(at(3)):
        taken = world.credited(session, people[1], 20_000)
    world.claimed(session, taken, 10_000, by=people[1], at=at(8))
    with clock.set_to(at(9, 1)):
        on_the_way(session, people[1], 26_000)
    session.flush()
    return people


def test_each_unit_short_of_its_target_is_listed_with_what_it_needs(session, three):
    found = needs(session)
    assert [need.standing.unit.code for need in found] == ["C", "B"]
    never, short = found
    assert (short.gap_fen, short.rest_fen) == (90_000, 64_000)
    assert (short.days, short.weeks, short.months) == (112, 16, 4)
    assert (short.weekly_fen, short.monthly_fen) == (4_000, 16_000)
    # What a claim took back is no purchase.
    assert short.last == Last(dt.date(2026, 3, 5), dt.date(2026, 9, 1))
    assert short.last.on == dt.date(2026, 9, 1)
    assert never.last.on is None
    assert never.weekly_fen == 6_250
    close_unit(session, never.standing.unit, by=None)
    assert [need.standing.unit.code for need in needs(session)] == ["B"]  # Nobody buys for it.


def test_keeping_to_the_weekly_need_is_enough(session):
    unit = make.unit(session)
    for gap in (1, 15, 16, 17, 1_000_001):
        standing = Standing(gap, 0, unit, {}, time_progress(2026, clock.today()))
        need = need_of(standing, Last())
        assert 0 <= need.weekly_fen * need.weeks - gap < need.weeks
        assert 0 <= need.monthly_fen * need.months - gap < need.months


def test_on_the_last_day_all_that_is_missing_is_needed_at_once(session):
    with clock.set_to(at(12, 31)):
        time = time_progress(2026, clock.today())
        need = need_of(Standing(500, 100, make.unit(session), {}, time), Last())
    assert (need.weeks, need.months) == (0, 0)
    assert need.weekly_fen == need.monthly_fen == 400


def test_an_order_that_came_to_nothing_is_no_purchase(session, three):
    line = world.accepted(session, three[2], 700)
    order = line.order_line.order
    order_table = type(order).__table__
    session.execute(
        order_table.update().where(order_table.c.id == order.id).values(state=OrderState.CANCELLED)
    )
    assert needs(session)[0].last.on is None


def test_the_list_is_sorted_by_any_column(session, three):
    found = needs(session)
    for sort, direction, codes in (
        ("gap", "asc", "BC"),
        ("rate", "desc", "BC"),
        ("last", "asc", "BC"),
        ("last", "desc", "BC"),
        ("way", "desc", "BC"),
        ("name", "asc", None),
        ("nonsense", "desc", "CB"),
    ):
        rows = [need.standing.unit.code for need in in_order(found, sort, direction)]
        assert codes is None or rows == list(codes)


def test_the_list_is_taken_away_with_its_sums(session, three):
    table = needs_table(needs(session))
    assert table.total[3:6] == (190_000, 26_000, 164_000)
    assert table.total[7:9] == (10_250, 41_000)


@pytest.mark.parametrize("count", [2, 30])
def test_the_list_takes_seven_queries_however_many_units(
    session, coordinator, sign_in, count_queries, count
):
    for _ in range(count):
        person = make.person(session)
        world.target(session, person.unit, 100_000, by=coordinator)
        world.credited(session, person, 100)
    client = sign_in(coordinator)
    with count_queries() as statements:
        assert client.get("/reports/todo").status_code == 200
    assert len(statements) <= 7


def test_the_page_lists_filters_and_exports(session, coordinator, sign_in, three):
    client = sign_in(coordinator)
    text = client.get("/reports/todo?sort=gap&direction=asc").text
    assert "合计（2 个单位）" in text
    assert "没有采购过" in text
    assert f"/units/{three[1].unit.code}/on-the-way" in text
    for form in ("xlsx", "csv", "pdf"):
        assert client.get(f"/reports/todo?format={form}").status_code == 200
    assert client.get("/reports/todo?format=doc").status_code == 404
    assert "没有符合条件的单位" in client.get("/reports/todo?q=zzz").text


def test_when_nobody_is_short_the_page_says_so(session, coordinator, sign_in):
    assert "没有还差目标的单位" in sign_in(coordinator).get("/reports/todo").text
