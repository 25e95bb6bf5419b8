"""What a day finds wrong with a project, by rules that are parameters."""

import dataclasses
import datetime as dt

import pytest

from market.core import clock
from market.core.access import Role
from market.core.settings import settings
from market.plan import queries, services
from market.plan.models import DateKind
from market.plan.queries import Dates, Facts, Money, Rule, alerts_of
from tests import make
from tests.plan import works

HANDED = dt.date(2020, 3, 1)
MONEY = Money(appropriated_fen=100, disbursed_fen=91, appropriated_on=HANDED)
WORKING = Facts(2020, Dates(HANDED), MONEY, reported_on=dt.date(2020, 12, 1))


def after(days, since=HANDED):
    return since + dt.timedelta(days)


def rules(facts, on):
    return [alert.rule for alert in alerts_of(facts, on)]


@pytest.mark.parametrize(
    ("change", "on", "found"),
    [
        ({"dates": Dates(), "reported_on": None}, after(60), [Rule.NO_REPORT]),
        ({"dates": Dates()}, after(60), []),
        ({"dates": Dates()}, after(61), [Rule.NOT_STARTED]),
        ({"dates": Dates(after(61))}, after(61), []),
        ({"dates": Dates(after(62))}, after(61), [Rule.NOT_STARTED]),
        ({"dates": Dates(), "has_begun": True}, after(61), []),
        ({"dates": Dates(None, None, after(61))}, after(61), []),
        ({"dates": Dates(), "money": Money(), "reported_on": None}, after(61), []),
        ({}, dt.date(2020, 12, 30), []),
        ({}, dt.date(2020, 12, 31), [Rule.LOW_RATE]),
        ({"money": dataclasses.replace(MONEY, disbursed_fen=92)}, dt.date(2020, 12, 31), []),
        ({"money": Money()}, dt.date(2020, 12, 31), []),
        ({"finish_year": 2021}, dt.date(2020, 12, 31), [Rule.LOW_RATE]),
        ({"finish_year": 2021}, dt.date(2021, 1, 1), [Rule.LOW_RATE]),
        ({}, dt.date(2021, 1, 1), [Rule.LOW_RATE, Rule.OVERDUE]),
        ({}, after(40, dt.date(2020, 12, 1)), [Rule.LOW_RATE, Rule.OVERDUE]),
        ({"finish_year": 2021}, after(40, dt.date(2020, 12, 1)), [Rule.LOW_RATE]),
        ({"finish_year": 2021}, after(41, dt.date(2020, 12, 1)), [Rule.LOW_RATE, Rule.NO_REPORT]),
        ({"reported_on": None}, after(41), [Rule.NO_REPORT]),
        ({"dates": Dates(HANDED, None, after(5)), "reported_on": None}, after(41), []),
        ({"dates": Dates(HANDED, after(30))}, after(30), []),
        ({"dates": Dates(HANDED, after(30))}, after(31), [Rule.OVERDUE]),
        ({"dates": Dates(HANDED, after(30), after(35))}, after(36), []),
    ],
)
def test_a_day_finds(change, on, found):
    assert rules(dataclasses.replace(WORKING, **change), on) == found


def test_an_alert_says_rule_figure_and_limit():
    facts = dataclasses.replace(WORKING, dates=Dates(None, after(10)), reported_on=None)
    assert [alert.words for alert in alerts_of(facts, dt.date(2020, 12, 31))] == [
        "逾期未开工：2020-03-01 下达资金，已 305 天未登记开工，限 60 天",
        "拨付率偏低：拨付率 91.0%，不低于 92%",
        "未按期填报：下达或开工在 2020-03-01，已 305 天没有填报，限 40 天",
        "逾期未完工：已逾期 295 天未完工，计划 2020-03-11 完工",
    ]
    told = dataclasses.replace(facts, reported_on=after(0))
    assert "上次填报在 2020-03-01" in alerts_of(told, after(41))[-2].words


def test_the_limits_are_parameters(monkeypatch):
    monkeypatch.setenv("MARKET_NOT_STARTED_DAYS", "90")
    monkeypatch.setenv("MARKET_DISBURSEMENT_RATE_PERCENT", "91")
    monkeypatch.setenv("MARKET_REPORT_DAYS", "400")
    settings.cache_clear()
    facts = dataclasses.replace(WORKING, dates=Dates(), reported_on=None)
    found = (rules(facts, after(61)), rules(facts, dt.date(2020, 12, 31)))
    monkeypatch.undo()
    settings.cache_clear()
    assert found == ([], [Rule.NOT_STARTED])


def test_a_delay_ends_when_it_is_finished():
    facts = dataclasses.replace(WORKING, dates=Dates(HANDED, after(30), after(35)))
    assert [facts.delay(after(days)) for days in (30, 31, 35, 99)] == [0, 1, 5, 5]


@pytest.fixture
def builder(plan):
    """向晴 reports for 县交通局."""
    return make.person(plan, name="向晴", role=Role.COUNTY, agency="县交通局")


def test_progress_is_what_was_checked_by_the_day_of_judgement(
    plan, builder, checker, count_queries
):
    with clock.set_to(dt.datetime(2020, 6, 18, 4, tzinfo=dt.UTC)):
        works.date(plan, DateKind.STARTED, HANDED, by=builder)
        works.checked(plan, month=5, percent=300, by=builder, checker=checker)
        works.report(plan, month=6, percent=900, by=builder)
        back = works.report(plan, number=2, month=6, percent=900, by=builder)
        services.return_report(plan, back, version=1, answer="错", by=checker)
    plan.commit()
    plan.expire_all()
    with count_queries() as asked:
        rows = queries.progress(plan, {1: MONEY}, on=dt.date(2020, 6, 18))
        first, second = rows[0], rows[1]
        assert len(rows) == 17
        assert (first.percent, first.invested_fen) == (300, 100 * works.WAN)
        assert (first.township, first.departments) == ("鞍子镇", ["县交通局"])
        assert (first.standing, first.delay, first.alerts) == ("在建", 0, [])
        assert (first.dates.started_on, first.money.rate) == (HANDED, 910)
        assert (second.percent, second.invested_fen, second.standing) == (None, None, "未开工")
        assert rows[4].departments == ["县委组织部", "县司法局", "县卫生健康委"]
        assert rows[15].township == "未注明地点"
    assert len(asked) == 4
    before = queries.progress_of(plan, works.project(plan), MONEY, on=dt.date(2020, 6, 17))
    assert before.percent is None
    with clock.set_to(dt.datetime(2021, 2, 1, tzinfo=dt.UTC)):
        works.date(plan, DateKind.FINISHED, dt.date(2021, 1, 10), by=builder)
        late = queries.progress_of(plan, works.project(plan), MONEY)
        assert (late.standing, late.delay) == ("已完工", 10)
        assert [alert.rule for alert in late.alerts] == [Rule.LOW_RATE]
        assert queries.progress(plan, {})[0].standing == "已完工"


def test_lists_of_a_project_ask_little(plan, builder, checker, count_queries):
    with clock.set_to(dt.datetime(2020, 6, 18, 4, tzinfo=dt.UTC)):
        for month in (1, 2, 3):
            works.checked(plan, month=month, by=builder, checker=checker)
        works.report(plan, month=4, by=builder)
    plan.commit()
    plan.expire_all()
    project = works.project(plan)
    with count_queries() as asked:
        every = queries.reports_of(plan, project)
        assert [report.code for report in every] == ["2020-04", "2020-03", "2020-02", "2020-01"]
        assert [report.made_by.name for report in every] == ["向晴"] * 4
        assert [len(report.photos) for report in every] == [0] * 4
    assert len(asked) == 2
    assert [r.month for r in queries.reports_of(plan, project, checked_only=True)] == [3, 2, 1]
    assert [r.month for r in queries.waiting_reports(plan, checker)] == [4]
    assert queries.waiting_reports(plan, builder) == []
    assert queries.report_of(plan, 1, 2020, 4).month == 4
    assert queries.report_of(plan, 1, 2020, 5) is None
