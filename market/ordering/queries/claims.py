"""Which claims a person may see, and how much of a line may still be claimed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core import clock
from market.core.paging import Page, page_of
from market.core.settings import settings
from market.ordering.models import (
    Claim,
    ClaimState,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
)
from market.ordering.queries.consignments import visible_consignments

# A refused claim may still be put before a coordinator, so its quantity stays bound.
PENDING = (ClaimState.OPEN, ClaimState.REFUSED, ClaimState.ESCALATED)
SETTLED = (ClaimState.AGREED, ClaimState.UPHELD)


@dataclass(frozen=True)
class Claimable:
    """What of a line is neither taken back nor bound by a claim: milli and fen."""

    milli: int
    fen: int


def claim_by_key(session: Session, once_key: str) -> Claim | None:
    """Return the claim that a one-time key made."""
    return session.scalar(sa.select(Claim).where(Claim.once_key == once_key))


def claims_for(
    session: Session,
    person: Person,
    *,
    state: ClaimState | None = None,
    search: str = "",
    page: int = 1,
) -> Page:
    """Return a page of the claims against consignments that a person may see, newest first."""
    select = (
        sa.select(Claim)
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(OrderLine.consignment_id.in_(visible_consignments(person)))
        .order_by(Claim.id.desc())
        .options(_WITH_LINE, joinedload(Claim.made_by))
    )
    if state is not None:
        select = select.where(Claim.state == state)
    for word in search.split():
        columns = (Claim.number, OrderLine.name)
        select = select.where(sa.or_(*(c.contains(word, autoescape=True) for c in columns)))
    return page_of(session, select, page)


def claim_counts(session: Session, person: Person) -> dict[ClaimState, int]:
    """Return how many claims a person sees in each state; none is zero."""
    rows = session.execute(
        sa.select(Claim.state, sa.func.count())
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(OrderLine.consignment_id.in_(visible_consignments(person)))
        .group_by(Claim.state)
    )
    counts = {state: int(count) for state, count in rows}
    return {state: counts.get(state, 0) for state in ClaimState}


def claim_for(session: Session, person: Person, number: str) -> Claim | None:
    """Return a claim this person may see: whoever sees its consignment."""
    return session.scalar(
        sa.select(Claim)
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(Claim.number == number, OrderLine.consignment_id.in_(visible_consignments(person)))
        .options(_WITH_LINE, joinedload(Claim.made_by), joinedload(Claim.photo))
        .execution_options(populate_existing=True)
    )


def claims_by_line(session: Session, lines: Sequence[OrderLine]) -> dict[int, list[Claim]]:
    """Return the claims against each of the lines, oldest first, in one query."""
    found: dict[int, list[Claim]] = {line.id: [] for line in lines}
    claims = sa.select(Claim).where(Claim.order_line_id.in_(found)).order_by(Claim.id)
    for claim in session.scalars(claims):
        found[claim.order_line_id].append(claim)
    return found


def claimable_of(session: Session, lines: Sequence[OrderLine]) -> dict[int, Claimable]:
    """Return what may still be claimed of each accepted line, in one query."""
    rows = session.execute(
        sa.select(Claim.order_line_id, sa.func.sum(Claim.milli), sa.func.sum(Claim.amount_fen))
        .where(Claim.order_line_id.in_([line.id for line in lines]), Claim.state.in_(PENDING))
        .group_by(Claim.order_line_id)
    )
    bound = {line_id: (int(milli), int(fen)) for line_id, milli, fen in rows}
    left = {}
    for line in lines:
        milli, fen = bound.get(line.id, (0, 0))
        left[line.id] = Claimable(
            (line.accepted_milli or 0) - line.claimed_milli - milli,
            (line.accepted_fen or 0) - line.claimed_fen - fen,
        )
    return left


def claim_deadline(consignment: Consignment) -> dt.date | None:
    """Return the last day of China's calendar on which a received consignment may be claimed."""
    if consignment.state is not ConsignmentState.RECEIVED or consignment.received_at is None:
        return None
    return clock.day_of(consignment.received_at) + dt.timedelta(days=settings().claim_days)


_WITH_LINE = joinedload(Claim.order_line).options(
    joinedload(OrderLine.order).joinedload(Order.unit),
    joinedload(OrderLine.consignment).joinedload(Consignment.supplier),
)
