"""Where a year will end, as three figures that anybody can compute again; or none where data is thin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock, money
from market.core.labels import Label
from market.reports.queries.groups import By, Group, groups
from market.targets.models import CreditTotal
from market.targets.queries import MONTHS, Time, time_progress
from market.targets.queries.entries import sum_of
from market.units.models import Unit

LEAST_MONTHS = 3  # Whole months that must have passed, and that the cautious figure looks at.
LEAST_BUSY = 2  # Of them, those with purchases.
LEAST_BEFORE = 6  # Months with purchases of the year before, for its shares to mean anything.


class Way(Label):
    """How a figure is computed."""

    RUN_RATE = "run_rate", "按日均"
    SEASONAL = "seasonal", "按上年各月占比"
    CAUTIOUS = "cautious", "谨慎"


@dataclass(frozen=True)
class Estimate:
    """One figure: how it is computed, in words with its numbers, and the rows it is computed from.

    ``rows`` are (year, month) of this year or the last; without a month all of the year.
    """

    way: Way
    fen: int
    formula: str
    rows: Sequence[tuple[int, int | None]]


@dataclass(frozen=True)
class Forecast:
    """The estimates of a year, or why there is none and what it takes.

    ``missing`` says of each way that has no figure what is needed for one.
    """

    target_fen: int
    done_fen: int
    estimates: Sequence[Estimate]
    missing: Sequence[str]

    @property
    def low_fen(self) -> int | None:
        """The lowest figure."""
        return min((one.fen for one in self.estimates), default=None)

    @property
    def high_fen(self) -> int | None:
        """The highest figure."""
        return max((one.fen for one in self.estimates), default=None)

    @property
    def low_rate(self) -> int | None:
        """What the lowest figure is of the target, floored; none without either."""
        return None if self.low_fen is None else money.rate(self.low_fen, self.target_fen)

    @property
    def high_rate(self) -> int | None:
        """What the highest figure is of the target."""
        return None if self.high_fen is None else money.rate(self.high_fen, self.target_fen)

    def fen(self, way: Way) -> int | None:
        """Return one way's figure."""
        return next((one.fen for one in self.estimates if one.way is way), None)


def forecast(
    this_year: Mapping[int, int],
    last_year: Mapping[int, int],
    *,
    time: Time,
    months_past: int,
    target_fen: int = 0,
) -> Forecast:
    """Return where a year ends by each of the ways, in exact fen; it knows no database.

    ``this_year`` and ``last_year`` are fen by month, ``months_past`` the whole months that
    are over. A figure is never below what is done, and more purchases never lower one.
    A year that is over or has not begun has none, nor has one with too little behind it.
    """
    done = sum(this_year.values())
    busy = sum(this_year.get(month, 0) > 0 for month in range(1, months_past + 1))
    if time.is_over or not time.days_past:
        why = "这一年已经结束，以实际完成为准" if time.is_over else "这一年还没有开始"
        return Forecast(target_fen, done, (), (why + "。",))
    if months_past < LEAST_MONTHS or busy < LEAST_BUSY or done <= 0:
        need = (
            f"数据太少，不作预测：至少要过完 {LEAST_MONTHS} 个整月，其中 {LEAST_BUSY} 个月有采购"
            f"（现在过完 {months_past} 个月，{busy} 个月有采购）。"
        )
        return Forecast(target_fen, done, (), (need,))
    found = [_run_rate(done, time), _cautious(this_year, done, time, months_past)]
    seasonal = _seasonal(this_year, last_year, done, time, months_past)
    if seasonal is not None:
        return Forecast(target_fen, done, (found[0], seasonal, found[1]), ())
    need = (
        f"“{Way.SEASONAL.label}”需要 {time.year - 1} 年至少 {LEAST_BEFORE} 个月有采购，"
        f"并且前 {months_past} 个月合计大于 0。"
    )
    return Forecast(target_fen, done, found, (need,))


def months_past_of(time: Time) -> int:
    """Return how many whole months of a year are over today."""
    today = clock.today()
    if today.year != time.year:
        return 12 if time.is_over else 0
    return today.month - 1


def forecasts(session: Session, year: int) -> list[tuple[Group, Forecast]]:
    """Return every unit's forecast, by name; three queries, whatever their number."""
    time = time_progress(year, clock.today())
    past = months_past_of(time)
    before = _months_by_unit(session, year - 1)
    return [
        (unit, _of_group(unit, before.get(unit.key, {}), time, past))
        for unit in groups(session, year, By.UNIT)
    ]


def forecast_of_all(
    units: Sequence[tuple[Group, Forecast]], before: Mapping[int, int], year: int
) -> Forecast:
    """Return the forecast of all units together: their sums are forecast, not their forecasts summed."""
    by_month = {month: sum(unit.by_month.get(month, 0) for unit, _ in units) for month in MONTHS}
    time = time_progress(year, clock.today())
    whole = Group("", "全部单位", by_month, sum(unit.target_fen for unit, _ in units))
    return _of_group(whole, before, time, months_past_of(time))


def forecast_of_unit(
    this_year: Mapping[int, int], last_year: Mapping[int, int], target_fen: int, time: Time
) -> Forecast:
    """Return one unit's forecast from its months."""
    return forecast(
        this_year,
        last_year,
        time=time,
        months_past=months_past_of(time),
        target_fen=target_fen,
    )


def _of_group(group: Group, before: Mapping[int, int], time: Time, past: int) -> Forecast:
    return forecast(
        group.by_month, before, time=time, months_past=past, target_fen=group.target_fen
    )


def _run_rate(done: int, time: Time) -> Estimate:
    fen = done * time.days // time.days_past
    words = (
        f"已完成 {money.yuan(done)} 元 ÷ 已过 {time.days_past} 天 × 全年 {time.days} 天"
        f" = {money.yuan(fen)} 元"
    )
    return Estimate(Way.RUN_RATE, fen, words, [(time.year, None)])


def _seasonal(
    this_year: Mapping[int, int],
    last_year: Mapping[int, int],
    done: int,
    time: Time,
    past: int,
) -> Estimate | None:
    whole = sum(last_year.values())
    share = sum(last_year.get(month, 0) for month in range(1, past + 1))
    busy = sum(fen > 0 for fen in last_year.values())
    if busy < LEAST_BEFORE or not 0 < share <= whole:
        return None
    so_far = sum(this_year.get(month, 0) for month in range(1, past + 1))
    fen = max(done, so_far * whole // share)
    words = (
        f"前 {past} 个月完成 {money.yuan(so_far)} 元 × 上年全年 {money.yuan(whole)} 元"
        f" ÷ 上年前 {past} 个月 {money.yuan(share)} 元；不低于已完成的 {money.yuan(done)} 元"
        f" = {money.yuan(fen)} 元"
    )
    rows = [(time.year, month) for month in range(1, past + 1)]
    return Estimate(Way.SEASONAL, fen, words, [*rows, (time.year - 1, None)])


def _cautious(this_year: Mapping[int, int], done: int, time: Time, past: int) -> Estimate:
    last = range(past - LEAST_MONTHS + 1, past + 1)
    lowest = max(0, min(this_year.get(month, 0) for month in last))
    left = 12 - past - 1  # The running month has what it has; it adds nothing more.
    fen = done + lowest * left
    words = (
        f"已完成 {money.yuan(done)} 元 + 最近 {LEAST_MONTHS} 个整月中最低的一个月"
        f" {money.yuan(lowest)} 元 × 本月之后还剩的 {left} 个月 = {money.yuan(fen)} 元"
    )
    return Estimate(Way.CAUTIOUS, fen, words, [(time.year, month) for month in last])


def _months_by_unit(session: Session, year: int) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    rows = session.execute(
        sa.select(Unit.code, CreditTotal.month, sum_of(CreditTotal.amount_fen))
        .join(Unit, Unit.id == CreditTotal.unit_id)
        .where(CreditTotal.year == year)
        .group_by(Unit.code, CreditTotal.month)
    )
    for code, month, fen in rows:
        found.setdefault(code, {})[month] = fen
    return found
