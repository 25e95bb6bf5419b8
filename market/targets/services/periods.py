"""Lock months, reopen them, and close them for good."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.db import upsert
from market.core.errors import Refused
from market.core.states import move
from market.targets.models import CreditTotal, Period, PeriodState
from market.targets.queries.entries import FIRST_YEAR, LAST_YEAR, sum_of
from market.targets.queries.periods import count_of, counted, hold_order


def lock_period(session: Session, year: int, month: int, *, by: Person) -> Period:
    """Let a month take nothing more but the verification of what was submitted by now.

    Refuses a month that isn't over, one that is locked or closed, and one before which
    another is open.
    """
    _check_coordinator(by)
    _check_over(year, month)
    hold_order(session, to_change=True)
    row = upsert(session, Period).values(year=year, month=month, state=PeriodState.OPEN)
    session.execute(row.on_conflict_do_nothing(index_elements=["year", "month"]))
    period = _take(session, year, month)
    earlier = _other(session, counted() < count_of(year, month), PeriodState.OPEN)
    if earlier is not None:
        raise Refused(f"各月按顺序锁定，请先锁定{_name(earlier)}。")
    move(session, period, PeriodState.SOFT_LOCKED, locked_at=clock.now())
    record(session, "period.locked", period, by=by, year=year, month=month)
    return period


def reopen_period(session: Session, year: int, month: int, *, reason: str, by: Person) -> Period:
    """Open a locked month again, with the reason; a closed one stays closed.

    Refuses a month after which another is locked or closed.
    """
    _check_coordinator(by)
    _check_month(year, month)
    reason = reason.strip()
    if not 1 <= len(reason) <= 200:
        raise Refused("请填写重新开放的原因，最多 200 个字。", field="reason")
    hold_order(session, to_change=True)
    period = _take(session, year, month)
    later = _other(
        session, counted() > count_of(year, month), PeriodState.SOFT_LOCKED, PeriodState.CLOSED
    )
    if period.state is PeriodState.CLOSED:
        raise Refused(f"{_name(period)}已结账，不能重新开放；更正请记入开放的月份。")
    if later is not None:
        raise Refused(f"{_name(later)}也已锁定，请先重新开放后面的月份。")
    move(session, period, PeriodState.OPEN, locked_at=None)
    record(session, "period.reopened", period, by=by, year=year, month=month, reason=reason)
    return period


def close_period(session: Session, year: int, month: int, *, by: Person) -> Period:
    """Close a locked month for good, and write down what all units together came to.

    Refuses a month that isn't locked, one that is closed already, and one before which
    another isn't closed. What is counted at this moment is waited for.
    """
    _check_coordinator(by)
    _check_month(year, month)
    hold_order(session, to_change=True)
    period = _take(session, year, month)
    if period.state is PeriodState.CLOSED:
        raise Refused(f"{_name(period)}已经结账，不能重复结账。")
    if period.state is PeriodState.OPEN:
        raise Refused(f"{_name(period)}还没有锁定，请先锁定，核实完已提交的申报再结账。")
    earlier = _other(
        session, counted() < count_of(year, month), PeriodState.OPEN, PeriodState.SOFT_LOCKED
    )
    if earlier is not None:
        raise Refused(f"各月按顺序结账，请先结{_name(earlier)}的账。")
    sum_fen = session.scalars(
        sa.select(sum_of(CreditTotal.amount_fen)).where(
            CreditTotal.year == year, CreditTotal.month == month
        )
    ).one()
    move(session, period, PeriodState.CLOSED, closed_at=clock.now(), closed_fen=sum_fen)
    record(
        session, "period.closed", period, by=by, year=year, month=month, total_fen=period.closed_fen
    )
    return period


def _take(session: Session, year: int, month: int) -> Period:
    """Return a month as it is now, and let whoever counts in it wait."""
    period = session.scalars(
        sa.select(Period)
        .where(Period.year == year, Period.month == month)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if period is None:
        raise Refused(f"{year}年{month}月还没有锁定，请先锁定。")
    return period


def _other(
    session: Session, condition: sa.ColumnElement[bool], *states: PeriodState
) -> Period | None:
    """Return the first other month in one of some states."""
    return session.scalars(
        sa.select(Period)
        .where(condition, Period.state.in_(states))
        .order_by(counted())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _check_coordinator(by: Person) -> None:
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以锁定、重新开放和结账，请联系统筹协调。")


def _check_over(year: int, month: int) -> None:
    _check_month(year, month)
    today = clock.today()
    if count_of(year, month) >= count_of(today.year, today.month):
        raise Refused(f"{year}年{month}月还没有过完，月末之后才能锁定。")


def _check_month(year: int, month: int) -> None:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise Refused(f"月份须在 {FIRST_YEAR}年1月 至 {LAST_YEAR}年12月 之间。")


def _name(period: Period) -> str:
    return f"{period.year}年{period.month}月"
