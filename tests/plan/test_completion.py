"""How far indicators have come: the worst part says so, and only what was verified counts."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.core import clock
from market.plan import queries, services
from market.plan.models import Indicator, Shape
from market.plan.queries import AreaStanding, Light, Part, Standing
from market.plan.queries.completion import LIGHTS, Time, time_of, worst
from tests.plan import reports

OVER = Time(366, 366)

lights = st.sampled_from(LIGHTS)
parts = st.builds(
    Part,
    st.just("一部分"),
    st.integers(-3, 20),
    st.integers(1, 9),
    st.none(),
)


@given(st.lists(lights, min_size=1))
def test_the_worst_light_is_one_of_them_and_none_is_worse(found):
    assert worst(found) in found
    assert all(LIGHTS.index(light) <= LIGHTS.index(worst(found)) for light in found)


@given(st.lists(parts, min_size=1, max_size=8), st.integers(0, 1000))
def test_an_over_performer_hides_no_laggard(found, more):
    """Doing more of what is reached already changes neither the light nor the capped sum."""
    standing = Standing(Indicator(shape=Shape.PER_PAIR), found, 0, OVER)
    pushed = [Part(p.name, p.done + more, p.least) if p.done >= p.least else p for p in found]
    after = Standing(standing.indicator, pushed, 0, OVER)
    assert (after.light, after.capped, after.reached) == (
        standing.light,
        standing.capped,
        standing.reached,
    )
    assert (standing.light is Light.REACHED) == all(part.done >= part.least for part in found)
    assert 0 <= standing.capped <= sum(part.least for part in found)
    assert (standing.capped == sum(part.least for part in found)) == (
        standing.light is Light.REACHED
    )


@given(st.lists(st.lists(parts, min_size=1, max_size=3), min_size=1, max_size=5))
def test_an_area_is_as_far_as_its_worst_indicator(groups):
    standings = [Standing(Indicator(shape=Shape.AT_LEAST), group, 1, OVER) for group in groups]
    area = AreaStanding(None, standings)
    assert area.light is worst(one.light for one in standings)
    assert (area.reached == len(groups)) == (area.light is Light.REACHED)
    assert area.waiting == len(groups)


@pytest.mark.parametrize(
    ("part", "light", "gap", "over"),
    [
        (Part("", 0, 3), Light.BEHIND, 3, 0),
        (Part("", 3, 3), Light.REACHED, 0, 0),
        (Part("", 9, 3), Light.REACHED, 0, 0),
        (Part("", 3, 3, 3), Light.REACHED, 0, 0),
        (Part("", 4, 3, 3), Light.OVER, 0, 1),
        (Part("", 1, 2, 3), Light.BEHIND, 1, 0),
        (Part("", 2, 2, 3), Light.REACHED, 0, 0),
        (Part("", 3, 2, 3), Light.REACHED, 0, 0),
        (Part("", 5, 2, 3), Light.OVER, 0, 2),
    ],
)
def test_exactly_and_a_range_are_not_reached_by_more(part, light, gap, over):
    assert (part.light(OVER), part.gap, part.over) == (light, gap, over)


def test_behind_is_less_than_is_due_by_today_and_one_thing_is_due_at_years_end():
    half = Time(183, 366)
    assert Part("", 2, 5).light(half) is Light.GOING
    assert Part("", 1, 5).light(half) is Light.BEHIND
    assert Part("", 0, 1).light(Time(365, 366)) is Light.GOING
    assert Part("", 0, 1).light(OVER) is Light.BEHIND
    with clock.set_to(dt.datetime(2020, 7, 1, tzinfo=clock.CHINA)):
        assert time_of(2020) == Time(182, 366)
        assert time_of(2021) == Time(0, 365)
    assert time_of(2020) == OVER


@pytest.mark.parametrize(
    ("code", "told", "target", "done", "gap", "light"),
    [
        ("4i", [{"value": 12}, {"value": 7}], "≥ 20 次", "19 次", "差 1 次", Light.BEHIND),
        ("4i", [{"value": 12}, {"value": 8}], "≥ 20 次", "20 次", "", Light.REACHED),
        ("4e", [{"value": 1}], "1—2 个", "1 个", "", Light.REACHED),
        ("4e", [{"value": 3}], "1—2 个", "3 个", "超出 1 个", Light.OVER),
        ("4c", [{"value": 1}, {"value": 1}], "= 1 个", "2 个", "超出 1 个", Light.OVER),
        ("4g", [], "完成", "未完成", "", Light.BEHIND),
        ("4g", [{}], "完成", "已完成", "", Light.REACHED),
        (
            "2.1d",
            [{"amount_fen": 3_500_000}],
            "= 20.00 万元",
            "3.50 万元",
            "差 16.50 万元",
            Light.BEHIND,
        ),
        (
            "5a",
            [{"amount_fen": 400_000_000}],
            "400.00 万元、500 名",
            "400.00 万元、0 名",
            "差 500 名",
            Light.BEHIND,
        ),
    ],
)
def test_each_shape_is_read_as_the_plan_writes_it(
    plan, checker, other, code, told, target, done, gap, light
):
    for facts in told:
        reports.verified(plan, code, by=checker, checker=other, **facts)
    found = queries.standing_of(plan, queries.indicator_by_code(plan, code))
    assert (found.target, found.done, found.gap, found.light) == (target, done, gap, light)


def test_each_of_the_eight_pairs_must_be_reached(plan, checker, other):
    for position in range(1, 9):
        one = reports.pair(plan, position, by=checker)
        value = 9 if position == 1 else 2 if position < 8 else 1
        reports.verified(plan, "7b", by=checker, checker=other, pair=one, value=value)
    found = queries.standing_of(plan, queries.indicator_by_code(plan, "7b"))
    assert sum(part.done for part in found.parts) == 22  # More than twice eight, and yet
    assert found.light is Light.BEHIND
    assert found.target == "8 对各 ≥ 2 次"
    assert found.done == "7/8 对达标，封顶合计 15/16 次"
    assert found.gap == "1 对未达标，共差 1 次"
    last = queries.pair_at(plan, 2020, 8)
    reports.verified(plan, "7b", by=checker, checker=other, pair=last)
    after = queries.standing_of(plan, found.indicator)
    assert (after.light, after.gap) == (Light.REACHED, "")


def test_a_pair_that_nobody_entered_has_done_nothing(plan):
    found = queries.standing_of(plan, queries.indicator_by_code(plan, "7c"))
    assert found.parts[7].name == "第8对（未登记）"
    assert found.gap == "8 对未达标，共差 24 项"


def test_only_verified_records_count_and_a_reversal_takes_its_row_back(plan, checker, other):
    made = reports.submit(plan, "4i", value=5, by=checker)
    found = queries.indicator_by_code(plan, "4i")
    assert [part.done for part in queries.standing_of(plan, found).parts] == [0]
    assert queries.standing_of(plan, found).waiting == 1
    services.verify_record(plan, made, version=1, by=other)
    assert [part.done for part in queries.standing_of(plan, found).parts] == [5]
    services.reverse_record(plan, made, reason="重复填报", by=other)
    assert [part.done for part in queries.standing_of(plan, found).parts] == [0]
    sums = queries.sums_of(plan, queries.records_of(found, 2020))
    assert (sums.rows, sums.value, sums.counted_value) == (2, 0, 0)


def test_a_record_counts_in_its_own_year(plan, checker, other):
    reports.verified(plan, "1.2a", by=checker, checker=other, happened_on=dt.date(2021, 9, 1))
    found = queries.indicator_by_code(plan, "1.2a")
    assert queries.standing_of(plan, found).light is Light.BEHIND
    assert queries.standing_of(plan, found, 2021).light is Light.REACHED
    assert queries.years_of(plan) == [2021, 2020]


def test_the_overview_has_every_indicator_and_asks_three_times(plan, checker, count_queries):
    for position in (1, 2):
        one = reports.pair(plan, position, by=checker)
        reports.submit(plan, "7b", pair=one, by=checker)
    plan.commit()
    plan.expunge_all()
    with count_queries() as statements:
        found = queries.overview(plan)
        names = [one.indicator.our_name for one in found.standings]
        assert (len(names), len(found.areas), found.waiting) == (34, 7, 2)
        assert all(one.target and one.done for one in found.standings)
    assert len(statements) == 3
