"""Which consignments a person may see, and how much of a line may be shipped."""

import math
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.core import money
from market.core.access import Role
from market.core.paging import Page, page_of
from market.core.settings import settings
from market.ordering.models import Consignment, ConsignmentState, Order, OrderLine, OrderState
from market.ordering.queries.orders import visible_to
from market.units.models import Unit

TO_DO = (ConsignmentState.WAITING, ConsignmentState.ACCEPTED)


@dataclass(frozen=True)
class StateCount:
    """How many of a supplier's consignments are in a state, and what was ordered in them."""

    count: int
    ordered_fen: int


def consignments_for(
    session: Session,
    person: Person,
    *,
    state: ConsignmentState | None = None,
    search: str = "",
    page: int = 1,
) -> Page:
    """Return a page of the consignments a person may see.

    Those the supplier still has to act on come oldest first, others newest first.
    Each word of ``search`` is a part of the number, the unit's name or the receiver's.
    """
    select = sa.select(Consignment).join(Order, Order.id == Consignment.order_id)
    select = select.outerjoin(Unit, Unit.id == Order.unit_id).where(_seen_by(person))
    if state is not None:
        select = select.where(Consignment.state == state)
    for word in search.split():
        columns = (Consignment.number, Unit.name, Order.receiver)
        select = select.where(sa.or_(*(c.contains(word, autoescape=True) for c in columns)))
    oldest_first = state in TO_DO
    select = select.order_by(Consignment.id if oldest_first else Consignment.id.desc()).options(
        joinedload(Consignment.order).joinedload(Order.unit),
        joinedload(Consignment.supplier),
        selectinload(Consignment.lines),
    )
    return page_of(session, select, page)


def consignment_counts(session: Session, person: Person) -> dict[ConsignmentState, StateCount]:
    """Return how many consignments a person sees in each state, and their sums; none is zero."""
    ordered_fen = (
        sa.select(sa.func.coalesce(sa.func.sum(OrderLine.ordered_fen), 0))
        .where(OrderLine.consignment_id == Consignment.id)
        .correlate(Consignment)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Consignment.state, sa.func.count(), sa.func.sum(ordered_fen))
        .join(Order, Order.id == Consignment.order_id)
        .where(_seen_by(person))
        .group_by(Consignment.state)
    )
    counts = {state: StateCount(count, int(fen)) for state, count, fen in rows}
    return {state: counts.get(state, StateCount(0, 0)) for state in ConsignmentState}


def consignment_for(session: Session, person: Person, number: str) -> Consignment | None:
    """Return a consignment this person may see, with all that its pages show, in one query.

    A supplier sees its own once the order is open, never what is unpaid or not
    approved; buyers and those who oversee see those of the orders they may see.
    """
    return (
        session.scalars(
            sa.select(Consignment)
            .join(Order, Order.id == Consignment.order_id)
            .where(Consignment.number == number, _seen_by(person))
            .options(
                joinedload(Consignment.order).options(
                    joinedload(Order.unit), joinedload(Order.placed_by)
                ),
                joinedload(Consignment.supplier),
                joinedload(Consignment.follows),
                joinedload(Consignment.lines).joinedload(OrderLine.product),
            )
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )


def follower_of(session: Session, consignment: Consignment) -> str | None:
    """Return the number of the consignment in which the rest follows, if it does."""
    return session.scalar(
        sa.select(Consignment.number).where(Consignment.follows_id == consignment.id)
    )


def step_of(line: OrderLine) -> int:
    """Return the smallest part of a line, in milli: a piece, or less where less was ordered."""
    return 1 if line.is_by_weight else math.gcd(1000, line.ordered_milli)


def most_milli(line: OrderLine, milli: int) -> int:
    """Return how much may be shipped where ``milli`` was ordered, or found where it was shipped.

    Goods by weight may exceed it by the tolerance of the settings; piece-goods may not.
    """
    if not line.is_by_weight:
        return milli
    return milli * (100 + settings().weight_tolerance_percent) // 100


def least_milli(line: OrderLine) -> int:
    """Return from how much on a line is not shipped short: the scales have their tolerance."""
    if not line.is_by_weight:
        return line.ordered_milli
    return -(-line.ordered_milli * (100 - settings().weight_tolerance_percent) // 100)


def shipped_fen(line: OrderLine) -> int | None:
    """Return what a shipped line would cost if all of it were accepted; none before it is shipped."""
    if line.shipped_milli is None:
        return None
    return money.line_fen(line.price_fen, line.shipped_milli)


def _seen_by(person: Person) -> sa.ColumnElement[bool]:
    if person.role is not Role.SUPPLIER:
        return visible_to(person)
    # A supplier keeps sight of what it had accepted when the buyer cancelled it.
    was_theirs = (Order.state == OrderState.CANCELLED) & Consignment.accepted_at.is_not(None)
    shown = Order.state.in_([OrderState.OPEN, OrderState.COMPLETED]) | was_theirs
    return (Consignment.supplier_id == person.supplier_id) & shown


def visible_consignments(person: Person) -> sa.Select[Any]:
    """Return the select of the ids of consignments that a person may see."""
    return (
        sa.select(Consignment.id)
        .join(Order, Order.id == Consignment.order_id)
        .where(_seen_by(person))
    )
