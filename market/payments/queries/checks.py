"""Prove what payments keep against the rows it comes from."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.audit.queries import contradicted
from market.ordering.models import Order, OrderLine, OrderState, Terms
from market.payments.models import Allocation, Checkout, CheckoutState, Payment, Refund, RefundState
from market.payments.queries.refund_checks import verify_refunds


def verify_payments(session: Session) -> list[str]:
    """Name every payment and refund that its order or the audit trail contradicts."""
    return [
        *_unlike_their_record(session),
        *_unlike_their_parts(session),
        *_unlike_their_order(session),
        *_unlike_their_attempt(session),
        *verify_refunds(session),
    ]


def _unlike_their_record(session: Session) -> list[str]:
    return [
        f"收款 {payment.id}（流水 {payment.bank_serial}）为 {payment.amount_fen} 分，与操作记录不符"
        for payment in contradicted(session, Payment, "amount_fen", "payment.recorded")
    ]


def _unlike_their_order(session: Session) -> list[str]:
    """Name prepaid orders that opened on less than their total, and orders paid too much.

    What was taken back of an order, to go back or for the next one, had been put to it.
    """
    put = sa.func.coalesce(
        sa.func.sum(sa.case((Allocation.amount_fen > 0, Allocation.amount_fen), else_=0)), 0
    )
    left = sa.func.coalesce(sa.func.sum(Allocation.amount_fen), 0)
    accepted = (
        sa.select(sa.func.coalesce(sa.func.sum(OrderLine.accepted_fen), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    running = Order.state.in_((OrderState.OPEN, OrderState.COMPLETED))
    prepaid = Order.terms == Terms.PREPAID
    rows = session.execute(
        sa.select(Order.number, left)
        .outerjoin(Allocation, Allocation.order_id == Order.id)
        .group_by(Order.id)
        .having(
            sa.or_(
                prepaid & running & ((put < Order.total_fen) | (left > Order.total_fen)),
                prepaid & (Order.state == OrderState.AWAITING_PAYMENT) & (left != 0),
                ~prepaid & (left > accepted),
                left < 0,
            )
        )
        .order_by(Order.id)
    )
    return [f"订单 {number} 已入账 {int(paid)} 分，与订单应付不符" for number, paid in rows]


def _unlike_their_parts(session: Session) -> list[str]:
    """Name payments whose kept sums are not those of their allocations and refunds."""
    put = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.amount_fen), 0))
        .where(Allocation.payment_id == Payment.id)
        .correlate(Payment)
        .scalar_subquery()
    )
    back = (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0))
        .where(Refund.payment_id == Payment.id, Refund.state != RefundState.FAILED)
        .correlate(Payment)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Payment.bank_serial, Payment.allocated_fen, put, Payment.refunded_fen, back)
        .where(sa.or_(Payment.allocated_fen != put, Payment.refunded_fen != back))
        .order_by(Payment.id)
    )
    return [
        f"收款 {serial} 记已入账 {allocated} 分、已退 {refunded} 分，"
        f"明细合计 {int(put_fen)} 分、{int(back_fen)} 分"
        for serial, allocated, put_fen, refunded, back_fen in rows
    ]


def _unlike_their_attempt(session: Session) -> list[str]:
    """Name attempts that say another thing than their payment, and online payments without one."""
    settled = Checkout.state == CheckoutState.SETTLED
    rows = session.execute(
        sa.select(Checkout.once_key, Payment.bank_serial)
        .select_from(Checkout)
        .join(Payment, Payment.id == Checkout.payment_id)
        .where(
            sa.or_(
                settled & (Payment.amount_fen != Checkout.amount_fen),
                Payment.order_id.is_distinct_from(Checkout.order_id),
            )
        )
        .order_by(Checkout.id)
    )
    return [f"在线支付 {key} 与它的收款 {serial} 不符" for key, serial in rows]
