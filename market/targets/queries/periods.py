"""Ask about months: which are locked, and what counted in them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.core import money
from market.targets.models import (
    Credit,
    CreditTotal,
    OutsidePurchase,
    OutsideState,
    Period,
    PeriodState,
)
from market.targets.queries.entries import sum_of


def counted(period: Any = Period) -> sa.ColumnElement[int]:
    """Return the place of a row's month among all months: 12 a year, without a gap."""
    return period.year * 12 + period.month


def count_of(year: int, month: int) -> int:
    """Return the place of a month in the row of all months."""
    return year * 12 + month


def month_of(count: int) -> tuple[int, int]:
    """Return the year and month at a place in the row."""
    year, before = divmod(count - 1, 12)
    return year, before + 1


def hold_order(session: Session, *, to_change: bool) -> None:
    """Hold the order of months until the transaction ends, by the first of them.

    Who changes a month's state waits for who adds one, and the other way round; those who
    add don't wait for each other.
    """
    first = sa.select(Period.id).order_by(counted()).limit(1)
    session.execute(first.with_for_update(read=not to_change))


def locked_until() -> sa.Select[Any]:
    """Select the place of the last month that is locked or closed; zero where none is.

    Months are locked in order: whatever stands before it is locked, too.
    """
    locked = aliased(Period)
    return sa.select(sa.func.coalesce(sa.func.max(counted(locked)), 0)).where(
        locked.state != PeriodState.OPEN
    )


@dataclass(frozen=True)
class Month:
    """A month of a year with what counted in it, and what may be done about it; amounts in fen.

    ``adjusted_fen`` is the part of the sum that belongs to months before. ``waiting`` are
    the purchases of the month that are submitted and not verified yet. ``period`` is
    missing where nothing was counted in the month.
    """

    year: int
    month: int
    state: PeriodState
    period: Period | None
    sum_fen: int
    adjusted_fen: int
    waiting: int
    waiting_fen: int
    can_lock: bool
    can_reopen: bool
    can_close: bool


def months_shown(session: Session, year: int, today: dt.date) -> list[Month]:
    """Return the months of a year that have begun, with their sums; four queries."""
    periods, locked = _periods(session)
    last = max(locked, default=0)
    soft = [n for n in locked if periods[n].state is PeriodState.SOFT_LOCKED]
    now = count_of(today.year, today.month)
    following = [last + 1] if last else []  # Without a row where nothing was counted in it.
    next_lock = min([*(n for n in periods if n not in locked), *following], default=now)
    sums = _sums(session, CreditTotal, year)
    adjusted = _sums(session, Credit, year, Credit.is_adjustment == sa.true())
    waiting = _waiting(session, year)
    found = []
    for month in range(1, 13):
        at = count_of(year, month)
        if at > now:
            break
        period = periods.get(at)
        found.append(
            Month(
                year,
                month,
                _state(periods, locked, at),
                period,
                sums.get(month, 0),
                adjusted.get(month, 0),
                *waiting.get(month, (0, 0)),
                can_lock=at == next_lock and at < now,
                can_reopen=at == last and at in soft,
                can_close=at == min(soft, default=0),
            )
        )
    return found


def states_of(session: Session, year: int) -> dict[int, PeriodState]:
    """Return the state of each month of a year, in one query."""
    periods, locked = _periods(session)
    return {month: _state(periods, locked, count_of(year, month)) for month in range(1, 13)}


def lands_in(
    session: Session, on: dt.date, submitted_at: dt.datetime | None = None
) -> tuple[int, int]:
    """Return the year and month that would count a purchase of a day if it were verified now."""
    own = count_of(on.year, on.month)
    last = session.scalars(locked_until()).one()
    if own > last:
        return on.year, on.month
    if submitted_at is not None:
        in_time = sa.select(Period.id).where(
            Period.year == on.year,
            Period.month == on.month,
            Period.state == PeriodState.SOFT_LOCKED,
            Period.locked_at >= submitted_at,
        )
        if session.scalar(in_time) is not None:
            return on.year, on.month
    return month_of(last + 1)


def earliest_day(session: Session, today: dt.date) -> dt.date:
    """Return the first day whose purchases may still be submitted.

    That is New Year's Day, or that of the year before while its December isn't closed.
    """
    closed = sa.select(Period.id).where(
        Period.state == PeriodState.CLOSED, counted() >= count_of(today.year - 1, 12)
    )
    is_closed = session.scalar(closed.limit(1)) is not None
    return dt.date(today.year if is_closed else today.year - 1, 1, 1)


def verify_periods(session: Session) -> list[str]:
    """Name every closed month whose sum has changed since, and every gap in the order of months."""
    found = []
    rows = session.execute(
        sa.select(Period, sum_of(CreditTotal.amount_fen))
        .outerjoin(
            CreditTotal,
            sa.and_(CreditTotal.year == Period.year, CreditTotal.month == Period.month),
        )
        .group_by(Period.id)
        .order_by(counted())
    )
    before = PeriodState.CLOSED
    order = list(reversed(PeriodState))
    for period, fen in rows:
        name = f"{period.year}年{period.month}月"
        if period.closed_fen is not None and period.closed_fen != fen:
            found.append(
                f"{name}结账时合计 {money.yuan(period.closed_fen)} 元，现在为 {money.yuan(fen)} 元"
            )
        if order.index(period.state) < order.index(before):
            found.append(f"{name}是“{period.state.label}”，之前却有月份是“{before.label}”")
        before = period.state
    return found


def _periods(session: Session) -> tuple[dict[int, Period], list[int]]:
    """Return the months that have a row by their places, and the places that are locked or closed."""
    periods = {count_of(p.year, p.month): p for p in session.scalars(sa.select(Period))}
    return periods, [n for n, p in periods.items() if p.state is not PeriodState.OPEN]


def _state(periods: dict[int, Period], locked: list[int], at: int) -> PeriodState:
    """Return the state of a month; one without a row is as the months that came after it."""
    if at in periods:
        return periods[at].state
    if any(at < n for n in locked if periods[n].state is PeriodState.CLOSED):
        return PeriodState.CLOSED
    return PeriodState.SOFT_LOCKED if any(at < n for n in locked) else PeriodState.OPEN


def _sums(
    session: Session, table: Any, year: int, *conditions: sa.ColumnElement[bool]
) -> dict[int, int]:
    rows = session.execute(
        sa.select(table.month, sum_of(table.amount_fen))
        .where(table.year == year, *conditions)
        .group_by(table.month)
    )
    return {int(month): fen for month, fen in rows}


def _waiting(session: Session, year: int) -> dict[int, tuple[int, int]]:
    month = sa.extract("month", OutsidePurchase.bought_on)
    rows = session.execute(
        sa.select(month, sa.func.count(), sum_of(OutsidePurchase.amount_fen))
        .where(
            OutsidePurchase.state == OutsideState.SUBMITTED,
            OutsidePurchase.bought_on.between(dt.date(year, 1, 1), dt.date(year, 12, 31)),
        )
        .group_by(month)
    )
    return {int(at): (count, fen) for at, count, fen in rows}
