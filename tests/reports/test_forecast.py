"""Where a year will end: three figures to compute again, and none where data is thin."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.core import clock
from market.reports.queries.forecast import (
    LEAST_MONTHS,
    Way,
    forecast,
    forecast_of_all,
    forecasts,
    months_past_of,
)
from market.reports.queries.groups import Group
from market.reports.queries.heat import Heat, heat_of
from market.targets.queries import months_of, time_progress
from tests import make
from tests.targets import world

YUAN = st.integers(-5_000_000, 5_000_000_000)
YEAR = st.lists(YUAN, min_size=12, max_size=12).map(lambda fen: dict(enumerate(fen, 1)))
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@pytest.fixture(autouse=True)
def _september(session):
    """It is the tenth of September 2026: 253 of 365 days, eight whole months."""
    session.expire_on_commit = False
    with clock.set_to(dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)):
        yield


def upto(fen_by_month, day):
    return {month: fen for month, fen in fen_by_month.items() if month <= day.month}


def predicted(this_year, last_year, day):
    return forecast(
        this_year,
        last_year,
        time=time_progress(2026, day),
        months_past=day.month - 1,
        target_fen=1_000_000,
    )


PURE = {"this_year": YEAR, "last_year": YEAR, "day": DAYS}


@given(**PURE)
def test_a_forecast_is_never_below_what_is_done_and_is_whole_fen(this_year, last_year, day):
    found = predicted(upto(this_year, day), last_year, day)
    assert all(isinstance(one.fen, int) and one.fen >= found.done_fen for one in found.estimates)
    if found.estimates:
        assert found.low_fen == min(one.fen for one in found.estimates)
        assert found.high_fen == max(one.fen for one in found.estimates)
    else:
        assert found.missing


@given(**PURE, month=st.integers(1, 12), more=st.integers(0, 10**9))
def test_more_purchases_never_lower_a_forecast(this_year, last_year, day, month, more):
    before = predicted(upto(this_year, day), last_year, day)
    richer = this_year | {month: this_year[month] + more}
    after = predicted(upto(richer, day), last_year, day)
    for one in before.estimates:
        assert after.fen(one.way) >= one.fen


@given(**PURE, last=st.integers(1, 3))
def test_the_figures_can_be_computed_again_from_their_rows(this_year, last_year, day, last):
    done = upto(this_year, day)
    found = predicted(done, last_year, day)
    past = day.month - 1
    for one in found.estimates:
        rows = {
            (year, month): (done if year == 2026 else last_year).get(month, 0)
            if month
            else sum((done if year == 2026 else last_year).values())
            for year, month in one.rows
        }
        match one.way:
            case Way.RUN_RATE:
                again = rows[2026, None] * 365 // day.timetuple().tm_yday
            case Way.SEASONAL:
                own = sum(fen for (year, _), fen in rows.items() if year == 2026)
                share = sum(last_year[month] for month in range(1, past + 1))
                again = max(found.done_fen, own * rows[2025, None] // share)
            case Way.CAUTIOUS:
                again = found.done_fen + max(0, min(rows.values())) * (11 - past)
        assert again == one.fen


def test_the_words_carry_the_numbers_of_the_formula():
    this_year = dict.fromkeys(range(1, 9), 1000000)
    last_year = dict.fromkeys(range(1, 13), 2000000)
    found = predicted(this_year, last_year, dt.date(2026, 9, 10))
    assert found.fen(Way.RUN_RATE) == 8_000_000 * 365 // 253 == 11_541_501
    assert found.fen(Way.SEASONAL) == 12_000_000
    assert found.fen(Way.CAUTIOUS) == 11_000_000
    assert found.estimates[0].formula == (
        "已完成 80,000.00 元 ÷ 已过 253 天 × 全年 365 天 = 115,415.01 元"
    )
    assert (found.low_rate, found.high_rate) == (11_000, 12_000)


@pytest.mark.parametrize(
    ("this_year", "day", "words"),
    [
        ({1: 100, 2: 100}, dt.date(2026, 3, 31), "现在过完 2 个月，2 个月有采购"),
        ({3: 100}, dt.date(2026, 5, 1), "现在过完 4 个月，1 个月有采购"),
        ({1: 100, 2: 100, 4: -300}, dt.date(2026, 5, 1), "数据太少"),
        ({1: 100, 2: 100, 3: 100}, dt.date(2027, 1, 1), "已经结束"),
        ({}, dt.date(2025, 12, 31), "还没有开始"),
    ],
)
def test_thin_data_gives_no_figure_but_says_what_it_takes(this_year, day, words):
    found = forecast(
        this_year, {}, time=time_progress(2026, day), months_past=(day.month - 1) or 12
    )
    assert found.estimates == ()
    assert words in found.missing[0]
    assert found.low_fen is found.high_fen is found.low_rate is found.high_rate is None
    assert found.fen(Way.CAUTIOUS) is None


def test_without_a_year_before_there_are_two_figures_and_it_says_why():
    this_year = {1: 100_000, 2: 100_000, 3: 100_000}
    found = predicted(this_year, {12: 500}, dt.date(2026, 4, 30))
    assert [one.way for one in found.estimates] == [Way.RUN_RATE, Way.CAUTIOUS]
    assert "2025 年至少 6 个月有采购" in found.missing[0]


def test_the_whole_months_are_those_of_chinas_calendar():
    assert months_past_of(time_progress(2026, clock.today())) == 8
    assert months_past_of(time_progress(2025, clock.today())) == 12
    assert months_past_of(time_progress(2027, clock.today())) == 0


@pytest.fixture
def busy(session, coordinator):
    """A unit that bought in every month of two years until September, and one only with a target."""
    person, idle = make.person(session), make.person(session)
    for month in range(1, 13):
        at = dt.datetime(2025, month, 5, 4, tzinfo=dt.UTC)
        world.credited(session, person, 100_000, at=at)
    for month in range(1, LEAST_MONTHS + 6):
        at = dt.datetime(2026, month, 5, 4, tzinfo=dt.UTC)
        world.credited(session, person, 200_000, at=at)
    for one in (person, idle):
        world.target(session, one.unit, 2_000_000, by=coordinator)
    return person


def test_each_unit_is_forecast_and_all_of_them_from_their_sums(session, busy):
    units = forecasts(session, 2026)
    assert [bool(found.estimates) for _, found in units].count(True) == 1
    whole = forecast_of_all(units, months_of(session, 2025)[2025], 2026)
    assert whole.target_fen == 4_000_000
    own = next(found for group, found in units if group.key == busy.unit.code)
    assert [one.fen for one in whole.estimates] == [one.fen for one in own.estimates]
    assert own.fen(Way.SEASONAL) == 2_400_000


def test_the_forecast_page_says_the_range_and_opens_its_rows(session, coordinator, sign_in, busy):
    client = sign_in(coordinator)
    text = client.get("/reports/forecast?year=2026").text
    assert "年底预计完成" in text
    assert "数据太少，不作预测" in text
    assert "/reports/groups/rows?year=2026&amp;period=month&amp;n=8" in text
    for form in ("xlsx", "csv", "pdf"):
        assert client.get(f"/reports/forecast?format={form}").status_code == 200
    assert client.get("/reports/forecast?format=doc").status_code == 404
    assert "没有符合条件的单位" in client.get("/reports/forecast?q=zzz").text
    assert "2024年还没有目标和采购" in client.get("/reports/forecast?year=2024").text


@pytest.mark.parametrize("path", ["/reports/forecast", "/reports/heat"])
@pytest.mark.parametrize("count", [2, 30])
def test_watching_takes_as_many_queries_however_many_units(
    session, coordinator, sign_in, count_queries, path, count
):
    for _ in range(count):
        person = make.person(session)
        world.target(session, person.unit, 100_000, by=coordinator)
    client = sign_in(coordinator)
    with count_queries() as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= 6


# The heat map


@pytest.mark.parametrize(
    ("fen", "heat"),
    [
        (-1, Heat.BACK),
        (0, Heat.NONE),
        (49, Heat.LOW),
        (50, Heat.UNDER),
        (99, Heat.UNDER),
        (100, Heat.EVEN),
        (199, Heat.EVEN),
        (200, Heat.HIGH),
    ],
)
def test_a_month_is_as_warm_as_it_is_beside_a_twelfth_of_the_target(fen, heat):
    assert heat_of(Group("A", "甲", {1: fen}, 1200), 1) is heat


def test_without_a_target_a_month_is_compared_with_the_units_own_year():
    group = Group("A", "甲", {1: 100, 2: 1100})
    assert [heat_of(group, month) for month in (1, 2, 3)] == [Heat.EVEN, Heat.HIGH, Heat.NONE]


def test_the_heat_map_says_in_words_what_its_shades_say(session, coordinator, sign_in, busy):
    client = sign_in(coordinator)
    text = client.get("/reports/heat?year=2026").text
    assert 'title="达到月均"' in text
    assert 'title="没有采购"' in text
    assert f"/units/{busy.unit.code}/credits?year=2026&amp;month=3" in text
    assert "年度目标" in text
    assert client.get("/reports/heat?format=csv").status_code == 200
    assert client.get("/reports/heat?format=doc").status_code == 404
    assert "没有符合条件的单位" in client.get("/reports/heat?q=zzz").text
    assert "2024年还没有目标和采购" in client.get("/reports/heat?year=2024").text
