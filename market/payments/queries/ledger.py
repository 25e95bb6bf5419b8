"""Ask what orders owe, what was paid for them, and what went or must go back."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.core import clock
from market.ordering.models import (
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
    Terms,
)
from market.ordering.queries import expected_fen
from market.payments.models import Allocation, Payment, PaymentState, Refund, RefundState
from market.payments.queries.receipts import free_payments

CLOSED = {OrderState.RETURNED, OrderState.EXPIRED, OrderState.CANCELLED}
PAID_FOR = (OrderState.OPEN, OrderState.COMPLETED)
NOT_COMING = {ConsignmentState.DECLINED, ConsignmentState.CANCELLED}


@dataclass(frozen=True)
class Balance:
    """What an order owes and what came for it, in fen.

    Prepaid orders owe what they ordered until the goods are accepted, on account
    only what was accepted; both less what agreed claims took back. ``applied_fen`` is
    what payments are put to it, ``loose_fen`` what came for it and is put to nothing,
    ``refunded_fen`` what went back or is on its way.
    """

    due_fen: int
    applied_fen: int
    loose_fen: int
    refunded_fen: int

    @property
    def paid_fen(self) -> int:
        """All that came for it, also what has gone back since."""
        return self.applied_fen + self.loose_fen + self.refunded_fen

    @property
    def outstanding_fen(self) -> int:
        """What is still to be paid."""
        return max(0, self.due_fen - self.applied_fen)

    @property
    def surplus_fen(self) -> int:
        """What is put to it and no longer owed."""
        return max(0, self.applied_fen - self.due_fen)

    @property
    def give_back_fen(self) -> int:
        """What waits to go back: no longer owed, or never owed."""
        return self.surplus_fen + self.loose_fen


@dataclass(frozen=True)
class Paid:
    """A payment as one order sees it: how much of it is put to the order, in fen."""

    payment: Payment
    applied_fen: int


@dataclass(frozen=True)
class Ledger(Balance):
    """A balance with the payments and refunds behind it, oldest first."""

    payments: Sequence[Paid]
    refunds: Sequence[Refund]


def balance_of(session: Session, order: Order) -> Balance:
    """Return what an order owes and what came for it, in one query."""
    row = session.execute(_balance(), {"order_id": order.id}).one()
    return Balance(*(int(fen) for fen in row[1:]))


def payable_of(order: Order, balance: Balance) -> int:
    """Return what may be paid for an order now: a waiting one's total, or what is owed on account."""
    if order.terms is Terms.ON_ACCOUNT:
        return balance.outstanding_fen
    waits = order.state is OrderState.AWAITING_PAYMENT and not order.is_overdue(clock.now())
    return order.total_fen if waits else 0


def payable_fen(session: Session, order: Order) -> int:
    """Return what ``payable_of`` does, of an order as it stands."""
    on_account = order.terms is Terms.ON_ACCOUNT
    return payable_of(order, balance_of(session, order) if on_account else Balance(0, 0, 0, 0))


def owed_again_of(order: Order, balance: Balance) -> int:
    """Return what a prepaid order owes since money went back that it still needs, in fen."""
    paid_for = order.terms is Terms.PREPAID and order.state in PAID_FOR
    return balance.outstanding_fen if paid_for else 0


def taken_fen(session: Session, order: Order) -> int:
    """Return what an order takes now by transfer or from credit: what is payable, or owed again.

    Online nothing is paid for one that owes again: a person has asked for it first.
    """
    balance = balance_of(session, order)
    return payable_of(order, balance) or owed_again_of(order, balance)


def ledger_of(session: Session, order: Order) -> Ledger:
    """Return what an order owes and every payment and refund of it, in one query."""
    rows = session.execute(_ledger(), {"order_id": order.id}).all()
    payments = {row[4].id: Paid(row[4], int(row[5])) for row in rows if row[4] is not None}
    due_fen, applied_fen, loose_fen, refunded_fen = (int(fen) for fen in rows[0][:4])
    return Ledger(
        due_fen,
        applied_fen,
        loose_fen,
        refunded_fen,
        payments=list(payments.values()),
        refunds=[row[6] for row in rows if row[6] is not None],
    )


# Putting these two together takes longer than running them: once in a process is enough.
@functools.cache
def _balance() -> sa.Select[Any]:
    """Return the query of ``balance_of`` for the order it is asked with."""
    return sa.select(figures(among=sa.select(_asked())))


@functools.cache
def _ledger() -> sa.Select[Any]:
    """Return the query of ``ledger_of`` for the order it is asked with."""
    sums = figures(among=sa.select(_asked()))
    put = (
        sa.select(Allocation.payment_id, sa.func.sum(Allocation.amount_fen).label("fen"))
        .where(Allocation.order_id == _asked())
        .group_by(Allocation.payment_id)
        .subquery()
    )
    theirs = sa.or_(
        Payment.order_id == _asked(),
        Payment.id.in_(sa.select(put.c.payment_id)),
        Payment.id.in_(sa.select(Refund.payment_id).where(Refund.order_id == _asked())),
    )
    back = (Refund.payment_id == Payment.id) & (Refund.order_id == _asked())
    return (
        sa.select(
            sums.c.due,
            sums.c.applied,
            sums.c.loose,
            sums.c.refunded,
            Payment,
            sa.func.coalesce(put.c.fen, 0),
            Refund,
        )
        .select_from(sums)
        .outerjoin(Payment, theirs)
        .outerjoin(put, put.c.payment_id == Payment.id)
        .outerjoin(Refund, back)
        .order_by(Payment.id, Refund.id)
        .options(joinedload(Payment.recorded_by))
    )


def _asked() -> sa.BindParameter[int]:
    return sa.bindparam("order_id", type_=sa.Integer)


def fate_of(paid: Paid, order: Order) -> PaymentState:
    """Return what became of a payment: one put to an order called off since waits to go back."""
    if paid.applied_fen and order.state in CLOSED:
        return PaymentState.UNAPPLIED
    return paid.payment.state


def _line_due() -> sa.ColumnElement[int]:
    """Return what one line owes at this point of its way; an overdue order owes nothing."""
    now = sa.bindparam(None, callable_=clock.now, type_=Order.pay_by_at.type)
    overdue = (Order.state == OrderState.AWAITING_PAYMENT) & (Order.pay_by_at <= now)
    return sa.case(
        (Consignment.state.in_(NOT_COMING), 0),
        (
            Consignment.state == ConsignmentState.RECEIVED,
            sa.func.coalesce(OrderLine.accepted_fen, 0) - OrderLine.claimed_fen,
        ),
        (Order.terms == Terms.ON_ACCOUNT, 0),
        (overdue, 0),
        else_=expected_fen(),
    )


def figures(*, among: sa.Select[int] | None = None) -> sa.Subquery:
    """Return each order's id with due, applied, loose and refunded fen, at the moment it is run.

    All orders', or those whose ids ``among`` selects. Summed over whole tables at
    once: asking for each order by itself takes three times as long.
    """
    owed = (
        sa.select(Order.id, sa.func.sum(_line_due()).label("due"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Consignment, Consignment.id == OrderLine.consignment_id)
        .group_by(Order.id)
    )
    put = sa.select(Allocation.order_id, sa.func.sum(Allocation.amount_fen).label("fen")).group_by(
        Allocation.order_id
    )
    loose = (
        sa.select(Payment.order_id, sa.func.sum(Payment.free_fen).label("fen"))
        .where(free_payments())
        .group_by(Payment.order_id)
    )
    refunded = (
        sa.select(Refund.order_id, sa.func.sum(Refund.amount_fen).label("fen"))
        .where(Refund.state != RefundState.FAILED)
        .group_by(Refund.order_id)
    )
    if among is not None:
        owed = owed.where(Order.id.in_(among))
        put = put.where(Allocation.order_id.in_(among))
        loose = loose.where(Payment.order_id.in_(among))
        refunded = refunded.where(Refund.order_id.in_(among))
    due, *parts = (select.subquery() for select in (owed, put, loose, refunded))
    select = sa.select(
        due.c.id,
        due.c.due,
        *(
            sa.func.coalesce(part.c.fen, 0).label(name)
            for part, name in zip(parts, ("applied", "loose", "refunded"), strict=True)
        ),
    )
    for part in parts:
        select = select.outerjoin(part, part.c.order_id == due.c.id)
    return select.subquery()
