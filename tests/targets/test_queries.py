"""How far units have come, and how that is said."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.core import clock
from market.ordering.models import BuyingFor
from market.targets.models import Channel, Pace
from market.targets.queries import (
    Figures,
    Standing,
    completion_of,
    completions,
    course_of,
    months_of,
    pace_of,
    place_of,
    ranked,
    time_progress,
    totals_of,
    unit_for,
    without_target,
)
from market.units.models import Unit, UnitKind, UnitState
from tests import make
from tests.targets import world

DAY = dt.date(2026, 7, 2)  # The 183rd of 365 days: 50.1 %.
NOON = dt.datetime(2026, 7, 2, 4, tzinfo=dt.UTC)


def standing(target_fen: int, done_fen: int, code: str = "A", day: dt.date = DAY) -> Standing:
    unit = Unit(code=code, name=code, kind=UnitKind.OTHER)
    return Standing(target_fen, done_fen, unit, {}, time_progress(2026, day))


@pytest.mark.parametrize(
    ("year", "today", "tenths"),
    [
        (2026, dt.date(2025, 12, 31), 0),
        (2026, dt.date(2026, 1, 1), 2),
        (2026, DAY, 501),
        (2026, dt.date(2026, 12, 30), 997),
        (2026, dt.date(2026, 12, 31), 1000),
        (2026, dt.date(2027, 1, 1), 1000),
        (2024, dt.date(2024, 2, 29), 163),  # 60 of 366 days.
    ],
)
def test_time_progress_counts_days(year, today, tenths):
    assert time_progress(year, today).rate == tenths


@given(st.integers(0, 10**13), st.integers(1, 10**13))
def test_a_rate_is_floored_and_a_hundred_means_reached(done_fen, target_fen):
    rate = Figures(target_fen, done_fen).rate
    assert rate is not None
    assert rate * target_fen <= done_fen * 1000 < (rate + 1) * target_fen
    assert (rate >= 1000) == (done_fen >= target_fen)


def test_one_fen_short_is_not_a_hundred():
    short = Figures(20_000_000, 19_999_999)
    assert (short.rate, short.gap_fen) == (999, 1)
    over = Figures(20_000_000, 20_000_001)
    assert (over.rate, over.gap_fen) == (1000, 0)
    none = Figures(0, 500)
    assert (none.rate, none.gap_fen) == (None, 0)


@pytest.mark.parametrize(
    ("done_fen", "pace"),
    [
        (1000, Pace.REACHED),
        (999, Pace.AHEAD),
        (552, Pace.AHEAD),
        (551, Pace.ON_TIME),
        (451, Pace.ON_TIME),
        (450, Pace.BEHIND),
        (301, Pace.BEHIND),
        (300, Pace.FAR_BEHIND),
        (-5, Pace.FAR_BEHIND),
    ],
)
def test_the_pace_is_the_distance_from_time(done_fen, pace):
    assert standing(1000, done_fen).pace is pace


def test_in_a_year_that_is_over_short_is_behind():
    over = time_progress(2025, DAY)
    assert pace_of(Figures(1000, 999), over) is Pace.BEHIND
    assert pace_of(Figures(1000, 700), over) is Pace.FAR_BEHIND
    assert pace_of(Figures(1000, 1000), over) is Pace.REACHED
    assert pace_of(Figures(0, 1000), over) is Pace.NO_TARGET


def test_equal_rates_share_a_rank_and_stand_by_code():
    rows = ranked(
        [
            standing(1000, 500, "C"),
            standing(0, 900, "Z"),
            standing(2000, 1001, "B"),  # Also 50.0 %: what looks equal is equal.
            standing(1000, 300, "D"),
            standing(1000, 700, "E"),
        ]
    )
    assert [(row.unit.code, row.rank) for row in rows] == [
        ("E", 1),
        ("B", 2),
        ("C", 2),
        ("D", 4),
        ("Z", None),
    ]
    assert rows[-1].difference is None
    assert rows[0].difference == 700 - 501


def test_totals_are_said_three_ways():
    rows = [
        replace(standing(1000, 2500), on_the_way_fen=5, by_channel={Channel.FAIR: 2500}),
        standing(1000, 500),
        standing(1000, 0),
        standing(0, 100),
    ]
    totals = totals_of(rows)
    assert (totals.target_fen, totals.done_fen, totals.on_the_way_fen) == (3000, 3100, 5)
    assert totals.rate == 1033
    assert (totals.capped_fen, totals.capped_rate) == (1500, 500)
    assert (totals.reached, totals.with_target, totals.reached_rate) == (1, 3, 333)
    assert totals.units == 4
    assert totals.by_channel[Channel.FAIR] == 2500
    nobody = totals_of([])
    assert (nobody.rate, nobody.capped_rate, nobody.reached_rate) == (None, None, None)


def test_what_is_due_follows_the_days():
    assert Figures(36_500, 0).due_fen(time_progress(2026, dt.date(2026, 1, 10))) == 1000


def test_a_completion_knows_its_months_and_channels(session, buyer, coordinator):
    world.target(session, buyer.unit, 1000, by=coordinator)
    march = dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
    world.credited(session, buyer, 300, at=march)
    world.credited(session, buyer, 200, buying_for=BuyingFor.UNION, at=march)
    world.credited(session, buyer, 50, buying_for=BuyingFor.SELF, at=NOON)
    found = completion_of(session, buyer.unit_id, 2026)

    assert (found.target_fen, found.done_fen, found.gap_fen, found.rate) == (1000, 550, 450, 550)
    assert found.cells == {
        (3, Channel.CANTEEN): 300,
        (3, Channel.UNION): 200,
        (7, Channel.EMPLOYEE): 50,
    }
    assert found.by_month[3] == 500
    assert found.by_month[4] == 0
    assert found.by_channel[Channel.UNION] == 200
    assert found.by_channel[Channel.FAIR] == 0
    empty = completion_of(session, buyer.unit_id, 2020)
    assert (empty.target_fen, empty.done_fen, empty.rate, dict(empty.cells)) == (0, 0, None, {})


def test_completion_of_a_unit_is_one_query(session, buyer, count_queries):
    session.commit()
    unit_id = buyer.unit_id
    with count_queries() as statements:
        completion_of(session, unit_id, 2026)
    assert len(statements) == 1
    assert "credit_total" in statements[0]


def test_completions_name_every_unit_and_a_closed_one_with_a_figure(session, coordinator):
    free = {"kind": UnitKind.DEPARTMENT}
    target, credit, way = (make.person(session, unit=make.unit(session, **free)) for _ in "abc")
    plain = make.unit(session, **free)
    closed = make.unit(session, state=UnitState.CLOSED)
    gone = make.person(session, unit=make.unit(session, state=UnitState.CLOSED))
    world.credited(session, gone, 100, at=NOON)
    world.target(session, target.unit, 1000, by=coordinator)
    world.credited(session, credit, 300, at=NOON)
    rows = completions(session, 2026, today=DAY, on_the_way={way.unit_id: 70})

    found = {row.unit.code: row for row in rows}
    some = {person.unit.code for person in (target, credit, way, gone)}
    assert set(found) == some | {plain.code}
    assert closed.code not in found
    assert found[way.unit.code].on_the_way_fen == 70
    assert found[credit.unit.code].by_channel == {Channel.CANTEEN: 300}
    assert found[credit.unit.code].pace is Pace.NO_TARGET
    assert found[target.unit.code].rank == 1


@pytest.mark.parametrize("units", [2, 12])
def test_completions_are_two_queries_and_read_no_single_credit(
    session, coordinator, count_queries, units
):
    for _ in range(units):
        person = make.person(session)
        world.target(session, person.unit, 1000, by=coordinator)
        world.credited(session, person, 300, at=NOON)
    session.commit()
    with count_queries() as statements:
        rows = completions(session, 2026, today=DAY)
    assert len(rows) == units
    assert len([s for s in statements if s.startswith("SELECT")]) == 2
    assert not any("FROM credit " in s or "JOIN credit " in s for s in statements)


def test_a_units_place_among_all(session, coordinator):
    people = [make.person(session) for _ in range(4)]
    for person, fen in zip(people, (900, 900, 100, 50), strict=True):
        world.credited(session, person, fen, at=NOON)
    for person in people[:3]:
        world.target(session, person.unit, 1000, by=coordinator)
    places = [place_of(session, person.unit_id, 2026) for person in people]
    assert places == [(1, 3), (1, 3), (3, 3), None]


def test_months_of_all_units(session, buyer, stranger):
    world.credited(session, buyer, 300, at=NOON)
    world.credited(session, stranger, 200, at=NOON)
    world.credited(session, stranger, 9, at=NOON.replace(year=2025))
    months = months_of(session, 2026, 2025)
    assert (months[2026][7], months[2026][8], months[2025][7]) == (500, 0, 9)
    assert list(months[2025]) == list(range(1, 13))


def test_the_course_stops_today_and_its_due_is_todays():
    by_month = dict.fromkeys(range(1, 13), 0) | {1: 100, 7: 50}
    course = course_of(by_month, 36_500, time_progress(2026, DAY))
    assert [point.so_far_fen for point in course] == [100] * 6 + [150] + [None] * 5
    assert course[0].due_fen == 3_100
    assert course[6].due_fen == 18_300  # 183 days; all of July would be 212.
    assert course[11].due_fen == 36_500
    past = course_of(by_month, 36_500, time_progress(2025, DAY))
    assert past[11].so_far_fen == 150
    future = course_of(by_month, 36_500, time_progress(2027, DAY))
    assert future[0].so_far_fen is None


def test_who_may_see_a_unit(session, buyer, shopper, stranger, coordinator):
    code = buyer.unit.code
    for person in (buyer, shopper, coordinator):
        found = unit_for(session, person, code)
        assert found is not None
        assert found.code == code
    assert unit_for(session, stranger, code) is None
    assert unit_for(session, coordinator, "none") is None


def test_obliged_units_without_a_target_are_found(session, buyer, coordinator):
    waiting = make.unit(session)
    make.unit(session, kind=UnitKind.DEPARTMENT)
    world.target(session, buyer.unit, 1000, by=coordinator)
    assert list(without_target(session, 2026)) == [waiting]
    assert without_target(session, 2025) != [waiting]


def test_today_is_chinas():
    with clock.set_to(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)):
        assert time_progress(2027, clock.today()).days_past == 1
        assert time_progress(2026, clock.today()).is_over
