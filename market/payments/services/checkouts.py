"""Pay an order online: write the attempt down first, then take what the processor says of it.

The processor is called by views and commands, never here: no transaction stands open
while it is asked. Whoever hears of an attempt, and however often, settles it by the
same function, under the lock on its order's row.
"""

import datetime as dt

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.adapters.stripe import CURRENCY, Notice, Seen, SeenState
from market.audit.services import record
from market.core import clock, money
from market.core.access import Role
from market.core.db import upsert
from market.core.errors import Refused
from market.core.settings import settings
from market.core.states import move
from market.notices.services import tell
from market.ordering.models import Order, OrderState
from market.ordering.queries import shown_state
from market.ordering.services import mark_paid
from market.payments import queries
from market.payments.models import (
    Checkout,
    CheckoutState,
    Method,
    Payment,
    StripeEvent,
)
from market.payments.services.allocations import account_of, allocate, take_turn

ENDED = {SeenState.EXPIRED: CheckoutState.EXPIRED, SeenState.FAILED: CheckoutState.FAILED}


def start_checkout(session: Session, order: Order, *, once_key: str, by: Person) -> Checkout:
    """Write down an attempt to pay an order online, before the processor is called.

    The same key, or an attempt that is still going on, gives that attempt: at most one
    runs. It lasts ``online_pay_minutes``, and never beyond the order's own deadline.
    Refused to anyone but whoever placed the order, and for one that waits for no payment.
    """
    if order.placed_by_id != by.id:
        raise Refused("只有下单人可以在线支付这个订单。")
    take_turn(session, order)
    made = queries.checkout_of(session, once_key)
    if made is not None and made.order_id == order.id:
        return made
    now = clock.now()
    deadline = order.pay_by_at
    if order.state is not OrderState.AWAITING_PAYMENT or deadline is None or deadline <= now:
        raise Refused(f"订单当前是“{shown_state(order).label}”，没有需要付的款项。")
    running = queries.running_checkout(session, order)
    if running is not None:
        return running
    checkout = Checkout(
        once_key=once_key,
        amount_fen=order.total_fen,
        started_at=now,
        expires_at=min(now + dt.timedelta(minutes=settings().online_pay_minutes), deadline),
        order_id=order.id,
        started_by_id=by.id,
    )
    session.add(checkout)
    session.flush()
    record(
        session,
        "checkout.started",
        checkout,
        by=by,
        order=order.number,
        amount_fen=checkout.amount_fen,
    )
    return checkout


def hear(session: Session, notice: Notice, seen: Seen) -> Checkout | None:
    """Act upon a notice of the processor's, once: the same one again changes nothing."""
    new = upsert(session, StripeEvent).values(event_id=notice.event_id, kind=notice.kind)
    number = session.scalar(new.on_conflict_do_nothing().returning(StripeEvent.id))
    if number is None:
        return None
    event = session.get_one(StripeEvent, number)
    record(session, "payment.notice_heard", event, by=None, kind=notice.kind)
    return settle(session, seen)


def settle(session: Session, seen: Seen) -> Checkout | None:
    """Bring an attempt to where the processor says it stands; nothing for one not ours.

    What was paid becomes a payment, once for each of the processor's payments: applied
    when it is the exact sum of an order that still waits, else unapplied, to go back.
    However often and in whatever order it is called, the result is the same.
    """
    checkout = queries.checkout_of(session, seen.reference)
    if checkout is None:
        return None
    order = checkout.order
    take_turn(session, order)
    session.refresh(checkout)
    if checkout.session_id is None:
        checkout.session_id = seen.session_id
        record(session, "checkout.opened", checkout, by=None)
    if seen.state is SeenState.PAID:
        _take(session, order, checkout, seen)
    elif seen.state in ENDED and checkout.state is CheckoutState.STARTED:
        _end(session, checkout, ENDED[seen.state])
        if seen.state is SeenState.FAILED:
            text = f"订单 {order.number} 的在线支付没有成功，没有扣款；请重新支付或改用转账。"
            tell(session, [order.placed_by], text, path=f"/orders/{order.number}/payment")
    session.flush()
    return checkout


def forget(session: Session, checkout: Checkout) -> None:
    """Close an attempt that the processor doesn't know."""
    take_turn(session, checkout.order)
    session.refresh(checkout)
    if checkout.state is CheckoutState.STARTED:
        _end(session, checkout, CheckoutState.EXPIRED)


def _end(session: Session, checkout: Checkout, state: CheckoutState) -> None:
    move(session, checkout, state)
    record(
        session,
        {
            CheckoutState.EXPIRED: "checkout.expired",
            CheckoutState.FAILED: "checkout.failed",
            CheckoutState.UNAPPLIED: "checkout.unapplied",
        }[state],
        checkout,
        by=None,
    )


def _take(session: Session, order: Order, checkout: Checkout, seen: Seen) -> None:
    """Write down what was paid, once."""
    if queries.payment_of_serial(session, seen.intent) is not None:
        return
    problem = _problem_of(order, checkout, seen)
    if seen.currency != CURRENCY:
        # Another currency can't be written in fen; a person looks it up by the session.
        if checkout.state is not CheckoutState.UNAPPLIED:
            checkout.problem = problem
            _unapply(session, order, checkout)
        return
    payment = Payment(
        once_key=seen.intent,
        method=Method(seen.method) if seen.method in set(Method) else Method.CARD,
        amount_fen=seen.amount,
        bank_serial=seen.intent,
        paid_on=clock.today(),
        order_id=order.id,
        **account_of(order),
    )
    session.add(payment)
    session.flush()
    record(
        session,
        "payment.recorded",
        payment,
        by=None,
        order=order.number,
        amount_fen=payment.amount_fen,
    )
    if checkout.payment_id is None:
        checkout.payment_id, checkout.method, checkout.problem = payment.id, payment.method, problem
        session.flush()
    if problem:
        _unapply(session, order, checkout)
        return
    move(session, checkout, CheckoutState.SETTLED)
    allocate(session, payment, order, payment.amount_fen, by=None)
    record(session, "checkout.settled", checkout, by=None, payment=payment.id)
    mark_paid(session, order, by=None)


def _problem_of(order: Order, checkout: Checkout, seen: Seen) -> str:
    """Return why what was paid can't be applied, or nothing."""
    if seen.currency != CURRENCY:
        return f"付款币种是 {seen.currency.upper()}，应为人民币"
    if seen.amount != checkout.amount_fen:
        return f"付款金额 {money.yuan(seen.amount)} 元，应付 {money.yuan(checkout.amount_fen)} 元"
    if shown_state(order) is not OrderState.AWAITING_PAYMENT:
        return f"付款时订单是“{shown_state(order).label}”"
    return ""


def _unapply(session: Session, order: Order, checkout: Checkout) -> None:
    """Queue money to go back, and tell the buyer and those who take the money."""
    if checkout.state not in (CheckoutState.SETTLED, CheckoutState.UNAPPLIED):
        _end(session, checkout, CheckoutState.UNAPPLIED)
    buyer = f"订单 {order.number} 收到的在线支付不能入账，已登记为待退回。"
    tell(session, [order.placed_by], buyer, path=f"/orders/{order.number}")
    desk = f"订单 {order.number} 有一笔在线支付待退回，请核对。"
    tell(
        session, people_in_role(session, Role.COORDINATOR), desk, path=f"/payments?q={order.number}"
    )
