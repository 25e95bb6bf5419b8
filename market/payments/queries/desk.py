"""Ask what waits on the desk of those who take the money."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.ordering.models import Order, OrderState, Terms
from market.payments.models import Matter
from market.payments.queries.ledger import PAID_FOR, Balance, figures, owed_again_of


@dataclass(frozen=True)
class DeskRow(Balance):
    """One order on the desk."""

    order: Order

    @property
    def owes_again(self) -> bool:
        """Whether it was paid, and owes since money went back that it still needs."""
        return owed_again_of(self.order, self) > 0


@dataclass(frozen=True)
class DeskSums:
    """What the orders that a desk's filter finds come to, whichever page is shown."""

    count: int
    outstanding_fen: int
    give_back_fen: int


def desk_for(*, matter: Matter | None, search: str) -> sa.Select[Any]:
    """Return the select of orders on the desk with due, applied, loose and refunded fen, oldest first.

    Without a matter: every order that has one. A search by number finds any order,
    so that money which came too late can be written down.
    """
    sums = figures()
    select = sa.select(Order, sums.c.due, sums.c.applied, sums.c.loose, sums.c.refunded)
    return (
        _found(select, sums, matter, search)
        .order_by(Order.placed_at, Order.id)
        .options(joinedload(Order.unit), joinedload(Order.placed_by))
    )


def desk_sums(session: Session, *, matter: Matter | None, search: str) -> DeskSums:
    """Return the sums over what ``desk_for`` finds."""
    sums = figures()
    due, applied, loose = sums.c.due, sums.c.applied, sums.c.loose
    select = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(sa.case((due > applied, due - applied), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(loose + sa.case((applied > due, applied - due), else_=0)), 0),
    )
    row = session.execute(_found(select, sums, matter, search)).one()
    return DeskSums(*(int(figure) for figure in row))


def desk_row(row: Any) -> DeskRow:
    """Return a row of ``desk_for`` as a thing."""
    order, due_fen, applied_fen, loose_fen, refunded_fen = row
    return DeskRow(int(due_fen), int(applied_fen), int(loose_fen), int(refunded_fen), order)


def _found(select: Any, sums: sa.Subquery, matter: Matter | None, search: str) -> Any:
    due, applied, loose = sums.c.due, sums.c.applied, sums.c.loose
    conditions: dict[Matter, sa.ColumnElement[bool]] = {
        # Also one that was paid and owes again: its money went back, or a dispute was lost.
        Matter.AWAITING: (Order.terms == Terms.PREPAID)
        & Order.state.in_((OrderState.AWAITING_PAYMENT, *PAID_FOR))
        & (due > applied),
        Matter.ON_ACCOUNT: (Order.terms == Terms.ON_ACCOUNT) & (due > applied),
        Matter.BACK: (loose > 0) | (applied > due),
    }
    select = select.select_from(Order).join(sums, sums.c.id == Order.id)
    if search:
        select = select.where(Order.number.contains(search, autoescape=True))
    if matter is not None:
        return select.where(conditions[matter])
    return select if search else select.where(sa.or_(*conditions.values()))
