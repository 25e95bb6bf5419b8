"""Which projects want attention on a day, by rules that are parameters; computed, never kept."""

import datetime as dt
from dataclasses import dataclass

from market.core import money
from market.core.labels import Label
from market.core.settings import settings


class Rule(Label):
    """What a project is looked at for."""

    NOT_STARTED = "not_started", "逾期未开工"
    LOW_RATE = "low_rate", "拨付率偏低"
    NO_REPORT = "no_report", "未按期填报"
    OVERDUE = "overdue", "逾期未完工"


@dataclass(frozen=True)
class Alert:
    """One rule that a project doesn't keep: with the figure that was found and the limit, in words."""

    rule: Rule
    figure: str
    limit: str

    @property
    def words(self) -> str:
        """Return all of it in one line."""
        return f"{self.rule.label}：{self.figure}，{self.limit}"


@dataclass(frozen=True)
class Money:
    """What the ledger says of a project's 2020 money, each stage cumulative, in fen."""

    appropriated_fen: int = 0
    committed_fen: int = 0
    disbursed_fen: int = 0
    spent_fen: int = 0
    accepted_fen: int = 0
    appropriated_on: dt.date | None = None

    @property
    def rate(self) -> int | None:
        """Return 拨付率, 拨付 of 下达, in tenths of a percent; nothing where nothing was handed down."""
        return money.rate(self.disbursed_fen, self.appropriated_fen)


@dataclass(frozen=True)
class Dates:
    """The days that count of a project: when it started, should finish, and finished."""

    started_on: dt.date | None = None
    planned_on: dt.date | None = None
    finished_on: dt.date | None = None


@dataclass(frozen=True)
class Facts:
    """What the rules look at: ``planned_on`` is entered or else the last day of ``finish_year``.

    ``reported_on`` is when the county last reported; ``has_begun`` that works were
    checked to have begun, whether or not a day was entered.
    """

    finish_year: int
    dates: Dates
    money: Money
    has_begun: bool = False
    reported_on: dt.date | None = None

    @property
    def due_on(self) -> dt.date:
        """Return the day by which it should be finished: entered, or the end of the plan's year."""
        return self.dates.planned_on or dt.date(self.finish_year, 12, 31)

    def started(self, on: dt.date) -> bool:
        """Whether it has started by a day."""
        return self.has_begun or (self.dates.started_on is not None and self.dates.started_on <= on)

    def finished(self, on: dt.date) -> bool:
        """Whether it is finished by a day."""
        return self.dates.finished_on is not None and self.dates.finished_on <= on

    def delay(self, on: dt.date) -> int:
        """Return the days by which it is late, or was when it was finished; never below 0."""
        finished_on = self.dates.finished_on
        end = finished_on if finished_on is not None and finished_on <= on else on
        return max((end - self.due_on).days, 0)


def alerts_of(facts: Facts, on: dt.date) -> list[Alert]:
    """Return what a day finds wrong with a project, in the order of the rules."""
    found = (
        _not_started(facts, on),
        _low_rate(facts, on),
        _no_report(facts, on),
        _overdue(facts, on),
    )
    return [alert for alert in found if alert]


def _not_started(facts: Facts, on: dt.date) -> Alert | None:
    since, limit = facts.money.appropriated_on, settings().not_started_days
    if since is None or facts.started(on) or facts.finished(on):
        return None
    days = (on - since).days
    if days <= limit:
        return None
    figure = f"{since} 下达资金，已 {days} 天未登记开工"
    return Alert(Rule.NOT_STARTED, figure, f"限 {limit} 天")


def _low_rate(facts: Facts, on: dt.date) -> Alert | None:
    """Judge the rate from the last day of the year on in which the money was handed down."""
    rate, limit = facts.money.rate, settings().disbursement_rate_percent
    since = facts.money.appropriated_on
    judged = since is not None and on >= dt.date(since.year, 12, 31)
    if rate is None or not judged or rate >= limit * 10:
        return None
    return Alert(Rule.LOW_RATE, f"拨付率 {money.show_rate(rate)}", f"不低于 {limit}%")


def _no_report(facts: Facts, on: dt.date) -> Alert | None:
    """Count from the last report, or from when there was something to report of."""
    limit = settings().report_days
    begun = [day for day in (facts.money.appropriated_on, facts.dates.started_on) if day]
    since = facts.reported_on or min(begun, default=None)
    if since is None or facts.finished(on):
        return None
    days = (on - since).days
    if days <= limit:
        return None
    what = "上次填报" if facts.reported_on else "下达或开工"
    return Alert(Rule.NO_REPORT, f"{what}在 {since}，已 {days} 天没有填报", f"限 {limit} 天")


def _overdue(facts: Facts, on: dt.date) -> Alert | None:
    if facts.finished(on) or on <= facts.due_on:
        return None
    return Alert(Rule.OVERDUE, f"已逾期 {facts.delay(on)} 天未完工", f"计划 {facts.due_on} 完工")
