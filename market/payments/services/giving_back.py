"""What refunds of every kind go through: money reserved, taken from orders, arrived, or free again.

Whoever calls has waited for their turn (``wait_for_turn``): orders first, in the order
of their ids, then the payment.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock, money
from market.core.errors import Refused
from market.core.numbers import new_number
from market.core.states import move
from market.notices.services import tell
from market.ordering.models import Order
from market.payments import queries
from market.payments.models import Allocation, Payment, Refund, RefundState, Statement
from market.payments.services.allocations import allocate, left_of, reverse, take_turn
from market.payments.services.transfers import RECORDERS

KEPT = ["allocated_fen", "refunded_fen", "aside_reason"]


def wait_for_turn(session: Session, payment: Payment, *orders: Order | None) -> None:
    """Wait for whoever else moves this money or changes its orders, and see what they did."""
    known = {order.id: order for order in (*orders, payment.order) if order is not None}
    if known:
        take_turn(session, *known.values())
    session.refresh(payment, KEPT, with_for_update={"key_share": True})


def hold(session: Session, payment: Payment, change_fen: int) -> None:
    """Change what a payment keeps as refunded, within its bounds; the guard is in the UPDATE."""
    changed = Payment.refunded_fen + change_fen
    held = (
        sa.update(Payment)
        .where(
            Payment.id == payment.id,
            changed >= 0,
            Payment.allocated_fen + changed <= Payment.amount_fen,
            Payment.aside_reason == "",
        )
        .values(refunded_fen=changed)
        .execution_options(synchronize_session=False)
    )
    done = session.scalar(held.returning(Payment.id))
    session.refresh(payment, KEPT)
    if done is None:
        raise Refused(
            f"这笔款项只剩 {money.yuan(payment.free_fen)} 元可以退，请刷新页面查看最新情况。"
        )


def take_from(
    session: Session,
    payment: Payment,
    orders: list[Order],
    amount_fen: int,
    *,
    refund: Refund,
    by: Person | None,
) -> int:
    """Take so much of a payment from the orders it is put to, the latest first; return what is missing."""
    for order in orders:
        put = session.scalars(
            sa.select(Allocation)
            .where(
                Allocation.payment_id == payment.id,
                Allocation.order_id == order.id,
                Allocation.amount_fen > 0,
            )
            .order_by(Allocation.id.desc())
        ).all()
        for allocation in put:
            part_fen = min(left_of(session, allocation), amount_fen)
            if part_fen:
                reverse(session, allocation, part_fen, refund=refund, by=by)
                amount_fen -= part_fen
    return amount_fen


def finish(
    session: Session, refund: Refund, *, done_on: dt.date, serial: str, by: Person | None
) -> None:
    """Say that a refund has arrived, and tell the buyer."""
    refund.serial, refund.done_on = serial, done_on
    try:
        session.flush()
    except sa.exc.IntegrityError:  # Somebody used the number since it was looked up.
        raise Refused("这个流水号刚刚用于另一笔退款，请核对回单。", field="bank_serial") from None
    move(session, refund, RefundState.DONE)
    record(session, "refund.done", refund, by=by, amount_fen=refund.amount_fen, on=str(done_on))
    tell_buyer(session, refund, f"{money.yuan(refund.amount_fen)} 元已退回。")


def fail(session: Session, refund: Refund, problem: str, *, by: Person | None) -> None:
    """Say that a refund did not arrive: its money is free again, and people are told.

    What its order still owes (the processor's own refund went beyond what was given
    back, say) is put to it again.
    """
    wait_for_turn(session, refund.payment, refund.order)
    refund.problem = problem[:200]
    session.flush()
    move(session, refund, RefundState.FAILED)
    hold(session, refund.payment, -refund.amount_fen)
    record(session, "refund.failed", refund, by=by, amount_fen=refund.amount_fen)
    taken = session.scalars(
        sa.select(Allocation).where(Allocation.refund_id == refund.id).order_by(Allocation.id)
    ).all()
    for counter in taken:
        owed_fen = queries.balance_of(session, counter.order).outstanding_fen
        if owed_fen:
            again_fen = min(owed_fen, -counter.amount_fen)
            statement = counter.statement_id and session.get(Statement, counter.statement_id)
            allocate(
                session,
                refund.payment,
                counter.order,
                again_fen,
                statement=statement or None,
                by=None,
            )
    text = f"退款 {refund.number}（{money.yuan(refund.amount_fen)} 元）没有成功：{refund.problem}"
    tell_desk(session, text, path=f"/refunds/{refund.number}")
    tell_buyer(session, refund, "没有成功，工作人员会重新处理。")


def new_refund_number(session: Session) -> str:
    """Return a number that no refund has: TK, the date, five random digits."""
    return new_number(session, Refund.number, f"TK{clock.today():%y%m%d}")


def tell_buyer(session: Session, refund: Refund, text: str) -> None:
    """Tell whoever ordered, where the money is known to be an order's."""
    if refund.order is not None:
        words = f"订单 {refund.order.number} 的退款 {refund.number}：{text}"
        tell(session, [refund.order.placed_by], words, path=f"/orders/{refund.order.number}")


def tell_desk(session: Session, text: str, *, path: str) -> None:
    """Tell those who take the money."""
    for role in RECORDERS:
        tell(session, people_in_role(session, role), text, path=path)
