"""Write what counts toward a unit's target, into the month that takes it."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock
from market.core.db import upsert
from market.targets.models import (
    SOURCES,
    Channel,
    Credit,
    CreditTotal,
    Period,
    PeriodState,
)
from market.targets.queries.periods import count_of, counted, hold_order, locked_until, month_of
from market.targets.queries.twins import receipt_key
from market.targets.services.twins import check_twins


def credit(
    session: Session,
    *,
    unit_id: int,
    channel: Channel,
    amount_fen: int,
    supplier_id: int | None = None,
    product_id: int | None = None,
    happened_on: dt.date | None = None,
    submitted_at: dt.datetime | None = None,
    reverses: Credit | None = None,
    receipt_no: str = "",
    apart_reason: str = "",
    **source: int,
) -> Credit:
    """Write what a source adds to a unit's completion or takes back; the one way to do so.

    ``source`` names one of ``SOURCES`` (``acceptance_line_id=…``). ``amount_fen`` is
    negative with a claim or where it ``reverses`` another. ``happened_on`` is the day of
    the purchase, today where nothing is said. It counts in that day's month, a claim in
    today's, what reverses in that of the other; where that month is locked, in the
    earliest open one after it, as an adjustment. Only what was ``submitted_at`` the latest
    when its month was locked still counts there, until it is closed. Refuses what
    ``check_twins`` does: a purchase that counts by another way already. The kept total moves
    in the same transaction. The caller's own guarded deed (signing, agreeing) makes sure
    that it happens once.
    """
    today = clock.today()
    happened_on = happened_on or today
    own = since = count_of(happened_on.year, happened_on.month)
    if "claim_id" in source:
        since = count_of(today.year, today.month)
    if reverses is not None:
        since = count_of(reverses.year, reverses.month)
    apart = ""
    if reverses is None:
        apart = check_twins(
            session,
            unit_id=unit_id,
            channel=channel,
            amount_fen=amount_fen,
            happened_on=happened_on,
            receipt_no=receipt_no,
            reason=apart_reason,
        )
    taken = _take_month(session, since, submitted_at)
    was_adjusted = reverses is not None and reverses.is_adjustment
    thing = Credit(
        unit_id=unit_id,
        year=taken.year,
        month=taken.month,
        channel=channel,
        amount_fen=amount_fen,
        happened_on=happened_on,
        credited_on=today,
        is_adjustment=count_of(taken.year, taken.month) != own
        and (own <= taken.frontier or was_adjusted),
        supplier_id=supplier_id,
        product_id=product_id,
        reverses_id=reverses.id if reverses else None,
        receipt_no=receipt_key(receipt_no) or None,
        apart_reason=apart or None,
        **source,
    )
    session.add(thing)
    total = upsert(session, CreditTotal).values(
        unit_id=unit_id,
        year=taken.year,
        month=taken.month,
        channel=channel,
        amount_fen=amount_fen,
    )
    adding = total.on_conflict_do_update(
        index_elements=["unit_id", "year", "month", "channel"],
        set_={"amount_fen": CreditTotal.amount_fen + total.excluded.amount_fen},
    )
    # The total doesn't depend on the row: the rows of one deed are written together, later.
    with session.no_autoflush:
        session.execute(adding)
    return thing


def reverse_credit(session: Session, of: Credit) -> Credit:
    """Take a credit back by a row with the same source and the opposite amount, written today.

    The database takes one such row for each; the caller's guarded deed comes first.
    """
    return credit(
        session,
        unit_id=of.unit_id,
        channel=of.channel,
        amount_fen=-of.amount_fen,
        supplier_id=of.supplier_id,
        product_id=of.product_id,
        happened_on=of.happened_on,
        reverses=of,
        **{name: getattr(of, name) for name in SOURCES if getattr(of, name) is not None},
    )


def _take_month(session: Session, since: int, submitted_at: dt.datetime | None) -> sa.Row[Any]:
    """Return the month that takes what belongs to ``since``, held until the transaction ends.

    Whoever locks or closes it meanwhile waits, or was before us: then the condition is
    looked at again, and the next month is asked for.
    """
    frontier = locked_until().scalar_subquery()
    count = sa.case((frontier >= since, frontier + 1), else_=since)
    takes = sa.and_(Period.state == PeriodState.OPEN, counted() == count)
    if submitted_at is not None:
        in_time = sa.and_(
            Period.state == PeriodState.SOFT_LOCKED,
            counted() == since,
            Period.locked_at >= submitted_at,
        )
        takes = sa.or_(takes, in_time)
    wanted = (
        sa.select(Period.year, Period.month, frontier.label("frontier"))
        .where(takes)
        .order_by(counted())
        .limit(1)
        .with_for_update(read=True, of=Period)
    )
    with session.no_autoflush:
        while (taken := session.execute(wanted).one_or_none()) is None:
            hold_order(session, to_change=False)
            year, month = month_of(max(since, session.scalars(locked_until()).one() + 1))
            row = upsert(session, Period).values(year=year, month=month, state=PeriodState.OPEN)
            session.execute(row.on_conflict_do_nothing(index_elements=["year", "month"]))
    return taken
