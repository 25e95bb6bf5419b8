"""Pay an order or a statement online: write the attempt down, then take what the processor says.

The processor is called by views and commands, never here: no transaction stands open
while it is asked. Whoever hears of an attempt, and however often, settles it by the
same function, under the locks on what it pays.
"""

import datetime as dt

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.adapters.stripe import CURRENCY, Seen, SeenState
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.core.errors import Refused
from market.core.settings import settings
from market.core.states import move
from market.notices.services import tell
from market.ordering.models import BuyingFor, Order, OrderState, Terms
from market.ordering.queries import shown_state
from market.ordering.services import mark_paid
from market.payments import queries
from market.payments.models import (
    Checkout,
    CheckoutState,
    Method,
    Payment,
    Statement,
)
from market.payments.services.allocations import account_of, allocate, take_turn
from market.payments.services.statements import PAYABLE, pay_statement, take_statement

ENDED = {SeenState.EXPIRED: CheckoutState.EXPIRED, SeenState.FAILED: CheckoutState.FAILED}


def start_checkout(session: Session, order: Order, *, once_key: str, by: Person) -> Checkout:
    """Write down an attempt to pay an order online, before the processor is called.

    A prepaid order's total, or what one on account owes; nothing online for a paid one that
    owes again. The same key, or an attempt that is still going on, gives that attempt: at
    most one runs. It lasts ``online_pay_minutes``, and never beyond the order's own
    deadline. Refused to anyone but the payer's people, and for an order that nothing is to
    be paid for.
    """
    if not queries.acts_for(by, order):
        own = order.buying_for is BuyingFor.SELF
        who = "下单人" if own else "本单位的食堂管理员和负责人"
        raise Refused(f"只有{who}可以在线支付这个订单。")
    take_turn(session, order)
    made = queries.checkout_of(session, once_key)
    if made is not None and made.order_id == order.id:
        return made
    amount_fen = queries.payable_fen(session, order)
    if not amount_fen:
        if queries.taken_fen(session, order):
            raise Refused("付清后又欠的款项不在线收；请银行转账，附言填写订单编号。")
        raise Refused(f"订单当前是“{shown_state(order).label}”，没有需要付的款项。")
    running = queries.running_checkout(session, order)
    if running is not None:
        return running
    checkout = _new(once_key, amount_fen, order.pay_by_at, by)
    checkout.order_id = order.id
    return _started(session, checkout, order.number, by)


def start_statement_checkout(
    session: Session, statement: Statement, *, once_key: str, by: Person
) -> Checkout:
    """Write down an attempt to pay online what is left of a statement, as ``start_checkout`` does."""
    if by.role not in UNIT_BUYERS or by.unit_id != statement.unit_id:
        raise Refused("只有本单位的食堂管理员和负责人可以在线支付这张结算单。")
    take_statement(session, statement)
    made = queries.checkout_of(session, once_key)
    if made is not None and made.statement_id == statement.id:
        return made
    amount_fen = _owed_by_statement(session, statement)
    if not amount_fen:
        raise Refused(f"结算单当前是“{statement.state.label}”，没有需要付的款项。")
    running = queries.running_checkout(session, statement)
    if running is not None:
        return running
    checkout = _new(once_key, amount_fen, None, by)
    checkout.statement_id = statement.id
    return _started(session, checkout, statement.number, by)


def settle(session: Session, seen: Seen) -> Checkout | None:
    """Bring an attempt to where the processor says it stands; nothing for one not ours.

    What was paid becomes a payment, once for each of the processor's payments: applied
    when it is the sum that was asked for and something is owed still, else unapplied, to
    go back. Where less is owed by then, the rest stays free on the payer's account.
    However often and in whatever order it is called, the result is the same.
    """
    checkout = queries.checkout_of(session, seen.reference)
    if checkout is None:
        return None
    _take_turn(session, checkout)
    if checkout.session_id is None:
        checkout.session_id = seen.session_id
        record(session, "checkout.opened", checkout, by=None)
    if seen.state is SeenState.PAID:
        _take(session, checkout, seen)
    elif seen.state in ENDED and checkout.state is CheckoutState.STARTED:
        _end(session, checkout, ENDED[seen.state])
        if seen.state is SeenState.FAILED:
            text = f"{_name(checkout)} 的在线支付没有成功，没有扣款；请重新支付或改用转账。"
            _tell_payer(session, checkout, text)
    session.flush()
    return checkout


def forget(session: Session, checkout: Checkout) -> None:
    """Close an attempt that the processor doesn't know."""
    _take_turn(session, checkout)
    if checkout.state is CheckoutState.STARTED:
        _end(session, checkout, CheckoutState.EXPIRED)


def _new(once_key: str, amount_fen: int, deadline: dt.datetime | None, by: Person) -> Checkout:
    now = clock.now()
    end = now + dt.timedelta(minutes=settings().online_pay_minutes)
    return Checkout(
        once_key=once_key,
        amount_fen=amount_fen,
        started_at=now,
        expires_at=min(end, deadline or end),
        started_by_id=by.id,
    )


def _started(session: Session, checkout: Checkout, number: str, by: Person) -> Checkout:
    session.add(checkout)
    session.flush()
    about = "order" if checkout.order_id else "statement"
    facts = {about: number, "amount_fen": checkout.amount_fen}
    record(session, "checkout.started", checkout, by=by, **facts)
    return checkout


def _take_turn(session: Session, checkout: Checkout) -> None:
    """Wait for whoever else pays or changes what the attempt pays, and see what they did."""
    if checkout.statement is not None:
        take_statement(session, checkout.statement)
    if checkout.order is not None:
        take_turn(session, checkout.order)
    session.refresh(checkout)


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


def _take(session: Session, checkout: Checkout, seen: Seen) -> None:
    """Write down what was paid, once."""
    if queries.payment_of_serial(session, seen.intent) is not None:
        return
    owed_fen = _owed(session, checkout)
    problem = _problem_of(checkout, seen, owed_fen)
    if seen.currency != CURRENCY:
        # Another currency can't be written in fen; a person looks it up by the session.
        if checkout.state is not CheckoutState.UNAPPLIED:
            checkout.problem = problem
            _unapply(session, checkout)
        return
    payment = _written(session, checkout, seen)
    if checkout.payment_id is None:
        checkout.payment_id, checkout.method, checkout.problem = payment.id, payment.method, problem
        session.flush()
    if problem:
        _unapply(session, checkout)
        return
    move(session, checkout, CheckoutState.SETTLED)
    _put(session, checkout, payment, min(owed_fen, payment.amount_fen))


def _written(session: Session, checkout: Checkout, seen: Seen) -> Payment:
    payment = Payment(
        once_key=seen.intent,
        method=Method(seen.method) if seen.method in set(Method) else Method.CARD,
        amount_fen=seen.amount,
        bank_serial=seen.intent,
        paid_on=clock.today(),
        order_id=checkout.order_id,
    )
    if checkout.order is not None:
        account = account_of(checkout.order)
        payment.unit_id, payment.person_id = account.get("unit_id"), account.get("person_id")
    if checkout.statement is not None:
        payment.unit_id = checkout.statement.unit_id
    session.add(payment)
    session.flush()
    facts = {"order": checkout.order.number} if checkout.order else {}
    record(session, "payment.recorded", payment, by=None, **facts, amount_fen=payment.amount_fen)
    return payment


def _put(session: Session, checkout: Checkout, payment: Payment, amount_fen: int) -> None:
    """Put a payment to what it was made for, and say what stays on the account."""
    order = checkout.order
    if checkout.statement is not None:
        pay_statement(session, checkout.statement, payment, amount_fen, by=None)
    if order is not None:
        allocate(session, payment, order, amount_fen, by=None)
    record(session, "checkout.settled", checkout, by=None, payment=payment.id)
    if order is not None and order.terms is Terms.PREPAID:
        mark_paid(session, order, by=None)
        return
    rest_fen = payment.amount_fen - amount_fen
    text = f"{_name(checkout)} 收到在线支付 {money.yuan(payment.amount_fen)} 元，已入账。"
    if rest_fen:
        checkout.problem = f"付款时只应付 {money.yuan(amount_fen)} 元"
        text = (
            f"{_name(checkout)} 收到在线支付 {money.yuan(payment.amount_fen)} 元，"
            f"付款时只应付 {money.yuan(amount_fen)} 元；"
            f"多出的 {money.yuan(rest_fen)} 元留在账户余额，可以支付其他订单，也可以退款。"
        )
        _tell_desk(session, checkout, text)
    _tell_payer(session, checkout, text)


def _owed(session: Session, checkout: Checkout) -> int:
    """Return what is owed of what an attempt pays, at this moment."""
    if checkout.statement is not None:
        return _owed_by_statement(session, checkout.statement)
    assert checkout.order is not None
    return queries.payable_fen(session, checkout.order)


def _owed_by_statement(session: Session, statement: Statement) -> int:
    return queries.outstanding_fen(session, statement) if statement.state in PAYABLE else 0


def _problem_of(checkout: Checkout, seen: Seen, owed_fen: int) -> str:
    """Return why what was paid can't be applied, or nothing."""
    if seen.currency != CURRENCY:
        return f"付款币种是 {seen.currency.upper()}，应为人民币"
    if seen.amount != checkout.amount_fen:
        return f"付款金额 {money.yuan(seen.amount)} 元，应付 {money.yuan(checkout.amount_fen)} 元"
    order = checkout.order
    if order is not None and order.terms is Terms.PREPAID:
        state = shown_state(order)
        return "" if state is OrderState.AWAITING_PAYMENT else f"付款时订单是“{state.label}”"
    if checkout.state is CheckoutState.SETTLED:
        return "这次支付已经入账"
    return "" if owed_fen else "付款时已没有应付的款项"


def _unapply(session: Session, checkout: Checkout) -> None:
    """Queue money to go back, and tell the payer and those who take the money."""
    if checkout.state not in (CheckoutState.SETTLED, CheckoutState.UNAPPLIED):
        _end(session, checkout, CheckoutState.UNAPPLIED)
    _tell_payer(session, checkout, f"{_name(checkout)} 收到的在线支付不能入账，已登记为待退回。")
    _tell_desk(session, checkout, f"{_name(checkout)} 有一笔在线支付待退回，请核对。")


def _name(checkout: Checkout) -> str:
    if checkout.order is not None:
        return f"订单 {checkout.order.number}"
    assert checkout.statement is not None
    return f"结算单 {checkout.statement.number}"


def _tell_payer(session: Session, checkout: Checkout, text: str) -> None:
    if checkout.order is not None:
        path = f"/orders/{checkout.order.number}/payment"
    else:
        assert checkout.statement is not None
        path = f"/statements/{checkout.statement.number}/payment"
    tell(session, [checkout.started_by], text, path=path)


def _tell_desk(session: Session, checkout: Checkout, text: str) -> None:
    number = checkout.order.number if checkout.order else ""
    path = f"/payments?q={number}" if number else "/payments/online?state=unapplied"
    tell(session, people_in_role(session, Role.COORDINATOR), text, path=path)
