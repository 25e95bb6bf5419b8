"""Take what the processor says of refunds and disputes, whoever heard of it, however often.

Called by notices, by pages and by ``send-refunds``, in any order and at the same
moment. What the processor did itself is written down here too: money that is gone there
is gone, whatever the shop thinks of it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.adapters.stripe import (
    CURRENCY,
    SeenDispute,
    SeenRefund,
    SeenRefundState,
)
from market.audit.services import record
from market.core import clock, money
from market.core.errors import Refused
from market.core.states import move
from market.ordering.models import Order
from market.payments import queries
from market.payments.models import (
    Allocation,
    Dispute,
    DisputeState,
    Payment,
    Refund,
    RefundCause,
    RefundState,
    Statement,
)
from market.payments.services.giving_back import (
    fail,
    finish,
    hold,
    new_refund_number,
    take_from,
    tell_desk,
    wait_for_turn,
)

STATES = {
    SeenRefundState.GOING: RefundState.SENT,
    SeenRefundState.DONE: RefundState.DONE,
    SeenRefundState.FAILED: RefundState.FAILED,
}


def settle_refunds(session: Session, seen: Sequence[SeenRefund]) -> list[Refund]:
    """Bring the refunds of one payment to where the processor says they stand; none for one not ours.

    Ours are found by the processor's id, or at first by our number. One that was made
    at the processor itself is written down by its id, with the cause ``PROCESSOR``.
    Refused, so that the notice comes again, while the payment is not written down yet.
    """
    seen = [one for one in seen if one.currency == CURRENCY]
    if not seen:
        return []
    payment = _payment_of(session, seen[0].intent, seen[0].order_number)
    if payment is None:
        return []
    wait_for_turn(session, payment, *queries.paid_orders(session, payment))
    pairs = [(one, _ours(session, payment, one)) for one in seen]
    # Those that failed make room, and ours come before those that nobody here knows of.
    pairs.sort(key=lambda pair: (pair[1] is None, pair[0].state is not SeenRefundState.FAILED))
    settled = [_settle(session, payment, one, ours) for one, ours in pairs]
    return [refund for refund in settled if refund is not None]


def reject_refund(session: Session, refund: Refund, problem: str) -> None:
    """Say that the processor will not make a refund; its money is free again."""
    wait_for_turn(session, refund.payment, refund.order)
    session.refresh(refund)
    if refund.state is RefundState.PENDING:
        fail(session, refund, problem, by=None)


def settle_dispute(session: Session, seen: SeenDispute) -> Dispute | None:
    """Bring a dispute to where the processor says it stands; nothing for one not ours.

    One that is lost took the money: a refund with the dispute's own id as its serial.
    When it is won after all, that refund did not happen.
    """
    if seen.currency != CURRENCY:
        return None
    payment = _payment_of(session, seen.intent, seen.order_number)
    if payment is None:
        return None
    wait_for_turn(session, payment, *queries.paid_orders(session, payment))
    state = DisputeState(seen.state.value)
    dispute = queries.dispute_by_id(session, seen.dispute_id)
    if dispute is None:
        dispute = Dispute(
            external_id=seen.dispute_id,
            amount_fen=seen.amount,
            reason=seen.reason[:80],
            opened_at=seen.opened_at,
            answer_by_at=seen.answer_by_at,
            payment=payment,
        )
        session.add(dispute)
        session.flush()
        record(session, "dispute.opened", dispute, by=None, amount_fen=seen.amount)
        _tell_of(session, dispute, "请在截止时间前到支付后台提交证据")
    else:
        session.refresh(dispute)
        dispute.answer_by_at = seen.answer_by_at
        session.flush()
    if state in Dispute.MOVES[dispute.state]:
        move(session, dispute, state)
        record(session, "dispute.moved", dispute, by=None, state=state)
        if state not in queries.UNDECIDED:
            _tell_of(session, dispute, state.label)
        _follow(session, payment, dispute)
    return dispute


def _follow(session: Session, payment: Payment, dispute: Dispute) -> None:
    """Do to the money what a decided dispute does."""
    if dispute.state is DisputeState.LOST:
        _take_out(
            session,
            payment,
            dispute.amount_fen,
            serial=dispute.external_id,
            cause=RefundCause.DISPUTE,
            state=RefundState.DONE,
        )
    refund = queries.refund_by_serial(session, dispute.external_id)
    if dispute.state is DisputeState.WON and refund is not None:
        fail(session, refund, "支付争议改判胜诉，款项已退还平台", by=None)


def _payment_of(session: Session, intent: str, order_number: str) -> Payment | None:
    """Return the payment, or nothing for another shop's; refused while ours is not written down."""
    payment = queries.payment_of_serial(session, intent)
    if payment is None and order_number:
        order = sa.exists().where(Order.number == order_number)
        statement = sa.exists().where(Statement.number == order_number)
        if session.scalar(sa.select(sa.or_(order, statement))):
            raise Refused("这笔退款或争议的付款还没有登记，稍后再核对。")
    return payment


def _ours(session: Session, payment: Payment, seen: SeenRefund) -> Refund | None:
    """Return the refund that this is, if it is written down."""
    refund = queries.refund_by_serial(session, seen.refund_id)
    if refund is None and seen.number:
        refund = queries.refund_by_number(session, seen.number)
        if refund is not None:
            session.refresh(refund)
            expected = (refund.payment_id, refund.serial, refund.amount_fen)
            if expected != (payment.id, None, seen.amount) or refund.state is RefundState.FAILED:
                return None
    elif refund is not None:
        session.refresh(refund)
    return refund


def _settle(
    session: Session, payment: Payment, seen: SeenRefund, refund: Refund | None
) -> Refund | None:
    state = STATES[seen.state]
    if refund is None:
        if state is RefundState.FAILED:
            return None  # Nothing went, and nobody here waits for it.
        return _take_out(
            session,
            payment,
            seen.amount,
            serial=seen.refund_id,
            cause=RefundCause.PROCESSOR,
            state=state,
        )
    if refund.serial is None:
        refund.serial = seen.refund_id
        session.flush()
    if state not in Refund.MOVES[refund.state]:
        return refund
    if state is RefundState.DONE:
        finish(session, refund, done_on=clock.today(), serial=seen.refund_id, by=None)
    elif state is RefundState.FAILED:
        fail(session, refund, f"支付平台：{seen.problem or '未说明原因'}", by=None)
    else:
        move(session, refund, state)
        record(session, "refund.sent", refund, by=None, amount_fen=refund.amount_fen)
    return refund


def _take_out(
    session: Session,
    payment: Payment,
    amount_fen: int,
    *,
    serial: str,
    cause: RefundCause,
    state: RefundState,
) -> Refund:
    """Write down money that the processor took out itself, from where it was put to.

    What of it an order had not given back is outstanding there again, and a coordinator
    is told to explain it. A refund of ours that waits to be sent, and for which nothing
    is left there, has failed.
    """
    orders = _orders_in_turn(session, payment)
    order = orders[0] if orders else None
    most_fen = queries.balance_of(session, order).give_back_fen if order else 0
    refund = Refund(
        number=new_refund_number(session),
        once_key=serial,
        state=state,
        cause=cause,
        reason=cause.label,
        amount_fen=amount_fen,
        serial=serial,
        made_at=clock.now(),
        done_on=clock.today() if state is RefundState.DONE else None,
        payment=payment,
        order=order,
    )
    session.add(refund)
    session.flush()
    _make_room(session, payment, amount_fen)
    missing_fen = amount_fen - payment.free_fen
    if missing_fen > 0:
        take_from(session, payment, orders, missing_fen, refund=refund, by=None)
    hold(session, payment, amount_fen)
    record(
        session,
        "refund.imported",
        refund,
        by=None,
        order=order.number if order else None,
        payment=payment.id,
        cause=cause,
        amount_fen=amount_fen,
    )
    text = f"{cause.label}退出 {money.yuan(amount_fen)} 元（{refund.number}）"
    if order is not None and amount_fen > most_fen:
        text += (
            f"，比订单 {order.number} 应退的多 {money.yuan(amount_fen - most_fen)} 元，请用售后说明"
        )
    tell_desk(session, f"{text}。", path=f"/refunds/{refund.number}")
    return refund


def _orders_in_turn(session: Session, payment: Payment) -> list[Order]:
    """Return the orders from which money is taken back: those that give back, then the others."""
    put = sa.select(Allocation.order_id).where(Allocation.payment_id == payment.id)
    holding = set(
        session.scalars(put.group_by(Allocation.order_id).having(_SUM > 0)),
    )
    orders = [
        order
        for order in queries.paid_orders(session, payment)
        if order.id in holding or order.id == payment.order_id
    ]
    give_back = {o.id: queries.balance_of(session, o).give_back_fen for o in orders}
    return sorted(
        orders, key=lambda o: (-give_back[o.id], o.id not in holding, o.id != payment.order_id)
    )


def _make_room(session: Session, payment: Payment, amount_fen: int) -> None:
    """Let refunds of ours that never reached the processor fail, the latest first, as need be."""
    waiting = session.scalars(
        sa.select(Refund)
        .where(
            Refund.payment_id == payment.id,
            Refund.state == RefundState.PENDING,
            Refund.serial.is_(None),
        )
        .order_by(Refund.id.desc())
    ).all()
    for refund in waiting:
        if payment.amount_fen - payment.refunded_fen >= amount_fen:
            return
        fail(session, refund, "支付平台上已经直接退过这笔款项", by=None)


def _tell_of(session: Session, dispute: Dispute, what: str) -> None:
    order = dispute.payment.order
    about = f"订单 {order.number} 的" if order else ""
    text = f"{about}支付争议（{money.yuan(dispute.amount_fen)} 元）：{what}。"
    tell_desk(session, text, path="/disputes")


_SUM = sa.func.sum(Allocation.amount_fen)
