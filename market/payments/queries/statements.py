"""Ask what statements ask for, what was paid of them, and what is on none yet.

An order on account stands in several places: its part on each live statement, and
what is accepted and on no statement yet. Each place asks for its own part less what
was paid by it. What else the order has too much of (a payment of its own, a claim
that came later) is taken from its places, the oldest first, so that the places of an
order ask together for what the order owes, and never for more.
"""

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    Claim,
    ClaimState,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    Terms,
)
from market.payments.models import Allocation, LineKind, Statement, StatementLine, StatementState

SETTLED = (ClaimState.AGREED, ClaimState.UPHELD)

# The parts of an order's account, in the order in which a credit is taken from them.
BILLED, UNBILLED, DIRECT = 0, 1, 2


@dataclass(frozen=True)
class Place:
    """What one statement asks for one order, in fen.

    ``own_fen`` is its part less what was paid by the statement; ``owed_fen`` what is
    still to be paid of it; ``surplus_fen`` what the order, everywhere together, has
    too much.
    """

    order_id: int
    statement_id: int
    own_fen: int
    owed_fen: int
    surplus_fen: int


@dataclass(frozen=True)
class Source:
    """An acceptance or a settled claim that is on no live statement; signed fen."""

    kind: LineKind
    id: int
    order_id: int
    unit_id: int
    supplier_id: int
    happened_on: dt.date
    amount_fen: int


def places(orders: sa.Select[Any] | None = None) -> sa.Subquery:
    """Return each place of orders on account, of all or of those whose ids are selected.

    Columns: ``order_id``, ``statement_id`` (none for what is on no statement), ``part``,
    ``own``, ``owed`` and ``net``, the sum over the order's places less direct payments.
    """
    live = StatementLine.is_live
    none = sa.cast(sa.null(), sa.Integer)
    is_void = Statement.state == StatementState.VOID
    carried = live & (StatementLine.kind == LineKind.CARRIED)
    parts: list[Any] = [
        sa.select(
            StatementLine.order_id,
            StatementLine.statement_id,
            sa.literal(BILLED).label("part"),
            StatementLine.amount_fen.label("fen"),
        ).where(live),
        sa.select(
            StatementLine.order_id,
            StatementLine.carried_id,
            sa.literal(BILLED),
            -StatementLine.amount_fen,
        ).where(carried),
        # What a void statement moved back and forth comes to nothing, unless it was refunded since.
        sa.select(
            Allocation.order_id,
            sa.case((is_void, none), else_=Allocation.statement_id),
            sa.case((Statement.id.is_(None), DIRECT), (is_void, UNBILLED), else_=BILLED),
            -Allocation.amount_fen,
        )
        .join(Order, (Order.id == Allocation.order_id) & (Order.terms == Terms.ON_ACCOUNT))
        .outerjoin(Statement, Statement.id == Allocation.statement_id),
        sa.select(
            OrderLine.order_id,
            none,
            sa.literal(UNBILLED),
            sa.func.coalesce(OrderLine.accepted_fen, 0) - OrderLine.claimed_fen,
        )
        .join(Consignment, Consignment.id == OrderLine.consignment_id)
        .join(Order, (Order.id == OrderLine.order_id) & (Order.terms == Terms.ON_ACCOUNT))
        .where(Consignment.state == ConsignmentState.RECEIVED),
        sa.select(
            StatementLine.order_id, none, sa.literal(UNBILLED), -StatementLine.amount_fen
        ).where(live, StatementLine.kind != LineKind.CARRIED),
    ]
    if orders is not None:
        parts = [part.where(part.selected_columns[0].in_(orders)) for part in parts]
    rows = sa.union_all(*parts).subquery()
    place = (rows.c.order_id, rows.c.statement_id, rows.c.part)
    sums = sa.select(*place, sa.func.sum(rows.c.fen).label("own")).group_by(*place).subquery()
    own, order_id = sums.c.own, sums.c.order_id
    above = sa.case((own > 0, own), else_=0)
    upto = sa.func.sum(above).over(
        partition_by=order_id, order_by=(sums.c.part, sums.c.statement_id)
    )
    credit = sa.func.sum(sa.case((own < 0, -own), else_=0)).over(partition_by=order_id)
    left = upto - credit
    whole = sa.select(
        *sums.c,
        above.label("above"),
        left.label("left"),
        sa.func.sum(own).over(partition_by=order_id).label("net"),
    ).subquery()
    owed = sa.case(
        (whole.c.left <= 0, 0), (whole.c.left < whole.c.above, whole.c.left), else_=whole.c.above
    )
    return sa.select(
        whole.c.order_id,
        whole.c.statement_id,
        whole.c.part,
        whole.c.own,
        owed.label("owed"),
        whole.c.net,
    ).subquery()


def only_suppliers() -> sa.Subquery:
    """Return ``order_id`` and ``supplier_id`` of orders on account; none where several delivered."""
    first = sa.func.min(Consignment.supplier_id)
    only = sa.case((first == sa.func.max(Consignment.supplier_id), first))
    return (
        sa.select(Consignment.order_id, only.label("supplier_id"))
        .join(Order, (Order.id == Consignment.order_id) & (Order.terms == Terms.ON_ACCOUNT))
        .where(Consignment.state == ConsignmentState.RECEIVED)
        .group_by(Consignment.order_id)
        .subquery()
    )


def orders_on(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the select of the ids of orders that live statements of these conditions have lines of."""
    return (
        sa.select(StatementLine.order_id)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .where(StatementLine.is_live, *conditions)
    )


def outstandings(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Return ``statement_id`` and ``owed`` of live statements of these conditions, in fen."""
    found = places(orders_on(*conditions))
    return (
        sa.select(found.c.statement_id, sa.func.sum(found.c.owed).label("owed"))
        .where(found.c.part == BILLED)
        .group_by(found.c.statement_id)
        .subquery()
    )


def outstanding_of(session: Session, statements: Iterable[Statement]) -> dict[int, int]:
    """Return what is still to be paid of each statement by its id, in fen, in one query."""
    owed = {statement.id: 0 for statement in statements}
    for place in places_on(session, *owed):
        owed[place.statement_id] += place.owed_fen
    return owed


def outstanding_fen(session: Session, statement: Statement) -> int:
    """Return what is still to be paid of a statement, in fen; a void one asks for nothing."""
    return outstanding_of(session, [statement])[statement.id]


def unbilled_fen(session: Session) -> int:
    """Return what orders on account owe for goods that are on no statement yet, in fen."""
    found = places()
    owed = sa.select(sa.func.coalesce(sa.func.sum(found.c.owed), 0))
    return int(session.scalars(owed.where(found.c.part == UNBILLED)).one())


def places_on(session: Session, *statement_ids: int) -> Sequence[Place]:
    """Return the places of statements, the oldest order first."""
    rows = session.execute(_places_on(), {"ids": statement_ids})
    return [
        Place(order_id, statement_id, int(own), int(owed), max(0, -int(net)))
        for order_id, statement_id, own, owed, net in rows
    ]


@functools.cache
def _places_on() -> sa.Select[Any]:
    """Return the query of ``places_on``, put together once: that takes longer than to run it."""
    ids: Any = sa.bindparam("ids", expanding=True)
    found = places(orders_on(Statement.id.in_(ids)))
    return (
        sa.select(found.c.order_id, found.c.statement_id, found.c.own, found.c.owed, found.c.net)
        .where(found.c.statement_id.in_(ids))
        .order_by(found.c.order_id, found.c.statement_id)
    )


def overpaid_orders(session: Session, orders: sa.Select[Any]) -> set[int]:
    """Return the ids of those of the selected orders that more was put to than they owe."""
    found = places(orders)
    return set(session.scalars(sa.select(found.c.order_id).where(found.c.net < 0).distinct()))


def unbilled(until: dt.datetime, *, claims_until: dt.datetime | None = None) -> sa.Select[Any]:
    """Return the select of what is to be on a statement: signed and settled before an instant.

    Columns: kind, id, order_id, unit_id, supplier_id, at, fen.
    """
    accepted = (
        sa.select(
            sa.literal(LineKind.ACCEPTANCE.value).label("kind"),
            Acceptance.id.label("id"),
            Order.id.label("order_id"),
            Order.unit_id.label("unit_id"),
            Consignment.supplier_id.label("supplier_id"),
            Acceptance.signed_at.label("at"),
            sa.func.sum(AcceptanceLine.accepted_fen).label("fen"),
        )
        .join(AcceptanceLine, AcceptanceLine.acceptance_id == Acceptance.id)
        .join(Consignment, Consignment.id == Acceptance.consignment_id)
        .join(Order, Order.id == Consignment.order_id)
        .where(
            Order.terms == Terms.ON_ACCOUNT,
            Acceptance.state == AcceptanceState.SIGNED,
            Acceptance.signed_at < until,
            ~_is_on_one(StatementLine.acceptance_id == Acceptance.id),
        )
        .group_by(Acceptance.id, Order.id, Consignment.supplier_id)
        .having(sa.func.sum(AcceptanceLine.accepted_fen) > 0)
    )
    settled = (
        sa.select(
            sa.literal(LineKind.CLAIM.value),
            Claim.id,
            Order.id,
            Order.unit_id,
            Consignment.supplier_id,
            Claim.decided_at,
            -Claim.amount_fen,
        )
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .join(Consignment, Consignment.id == OrderLine.consignment_id)
        .join(Order, Order.id == Consignment.order_id)
        .where(
            Order.terms == Terms.ON_ACCOUNT,
            Claim.state.in_(SETTLED),
            Claim.decided_at < (claims_until or until),
            ~_is_on_one(StatementLine.claim_id == Claim.id),
        )
    )
    found = sa.union_all(accepted, settled).subquery()
    return sa.select(found).order_by(found.c.at, found.c.kind, found.c.id)


def sources(session: Session, found: sa.Select[Any]) -> list[Source]:
    """Return the rows of ``unbilled`` as things."""
    return [
        Source(
            LineKind(row.kind),
            row.id,
            row.order_id,
            row.unit_id,
            row.supplier_id,
            clock.day_of(row.at),
            int(row.fen),
        )
        for row in session.execute(found)
    ]


def _is_on_one(source: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(source, StatementLine.is_live)
