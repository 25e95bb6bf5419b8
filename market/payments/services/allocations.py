"""Put money that arrived to orders, and take it from them again.

Both sums that a payment keeps are guarded in the UPDATE. Whoever calls holds the
lock on the order's row (``take_turn``), so that two can't put too much to one order.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import money
from market.core.errors import Refused
from market.ordering.models import BuyingFor, Order
from market.payments.models import Allocation, Payment, Refund, Statement


def take_turn(session: Session, *orders: Order) -> None:
    """Wait for whoever else pays, expires or cancels these orders, and see what they did."""
    for order in sorted(orders, key=lambda order: order.id):
        session.refresh(order, ["state", "pay_by_at"], with_for_update={"key_share": True})


def account_of(order: Order) -> dict[str, int | None]:
    """Return on whose account money for an order is: its unit's, or the person's own."""
    if order.buying_for is BuyingFor.SELF:
        return {"person_id": order.placed_by_id}
    return {"unit_id": order.unit_id}


def allocate(
    session: Session,
    payment: Payment,
    order: Order,
    amount_fen: int,
    *,
    statement: Statement | None = None,
    by: Person | None,
) -> Allocation:
    """Put a part of a payment to an order; refuses more than is free of it.

    What an order may take is its callers' to know: they differ.
    """
    _move(session, payment, amount_fen)
    allocation = Allocation(
        amount_fen=amount_fen,
        payment_id=payment.id,
        order_id=order.id,
        statement_id=statement.id if statement else None,
        by_id=by.id if by else None,
    )
    session.add(allocation)
    session.flush()
    record(
        session,
        "allocation.made",
        allocation,
        by=by,
        payment=payment.id,
        order=order.number,
        amount_fen=amount_fen,
    )
    return allocation


def reverse(
    session: Session,
    allocation: Allocation,
    amount_fen: int,
    *,
    refund: Refund | None = None,
    statement: Statement | None = None,
    by: Person | None,
) -> Allocation:
    """Take so much of an allocation back, by a row of its own that names it.

    The money is free again. ``statement`` is the one it is set off on, else the one
    that was paid by it. Refuses more than is left of the allocation.
    """
    left_fen = left_of(session, allocation)
    if not 0 < amount_fen <= left_fen:
        raise Refused(f"这笔入账最多还可以撤回 {money.yuan(left_fen)} 元，请刷新页面后重试。")
    _move(session, session.get_one(Payment, allocation.payment_id), -amount_fen)
    counter = Allocation(
        amount_fen=-amount_fen,
        payment_id=allocation.payment_id,
        order_id=allocation.order_id,
        statement_id=statement.id if statement else allocation.statement_id,
        reverses_id=allocation.id,
        refund_id=refund.id if refund else None,
        by_id=by.id if by else None,
    )
    session.add(counter)
    session.flush()
    record(
        session,
        "allocation.reversed",
        counter,
        by=by,
        payment=counter.payment_id,
        reverses=allocation.id,
        amount_fen=amount_fen,
    )
    return counter


def left_of(session: Session, allocation: Allocation) -> int:
    """Return what of an allocation was not taken back, in fen."""
    back_fen = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.amount_fen), 0)).where(
            Allocation.reverses_id == allocation.id
        )
    )
    return allocation.amount_fen + int(back_fen or 0)


def _move(session: Session, payment: Payment, change_fen: int) -> None:
    """Change what a payment keeps as allocated, within its bounds; the guard is in the UPDATE."""
    changed = Payment.allocated_fen + change_fen
    moved = (
        sa.update(Payment)
        .where(
            Payment.id == payment.id,
            changed >= 0,
            changed + Payment.refunded_fen <= Payment.amount_fen,
            Payment.aside_reason == "",
        )
        .values(allocated_fen=changed)
        .execution_options(synchronize_session=False)
    )
    done = session.scalar(moved.returning(Payment.id))
    session.refresh(payment, ["allocated_fen", "refunded_fen", "aside_reason"])
    if done is None:
        raise Refused(
            f"这笔款项只剩 {money.yuan(payment.free_fen)} 元可以入账，请刷新页面查看最新情况。"
        )
