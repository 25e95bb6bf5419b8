"""Write down bank transfers."""

import datetime as dt
import re
import unicodedata

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_unit
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.core.db import upsert
from market.core.errors import Refused
from market.notices.services import tell
from market.ordering.models import Order, OrderState, Terms
from market.ordering.services import mark_paid
from market.payments import queries
from market.payments.models import Payment, PaymentCode, PaymentState, Statement
from market.payments.services.allocations import account_of, allocate, take_turn
from market.payments.services.statements import pay_statement, take_statement

RECORDERS = (Role.COORDINATOR, Role.FUND_OFFICER)
NOT_OLDER_THAN_DAYS = 366
MOST_SERIAL = 60


def record_transfer(
    session: Session,
    order: Order,
    *,
    amount_fen: int,
    bank_serial: str,
    paid_on: dt.date,
    payer_account: str = "",
    once_key: str,
    by: Person,
) -> Payment:
    """Write down a bank transfer for an order, and open the order where it was waiting for it.

    The same key again returns the payment it already made. A prepaid order takes its
    exact total and no other sum; one on account takes anything up to what it owes
    for accepted goods, a paid one up to what it owes again. What comes for an order that
    is closed or has nothing to pay is written down all the same, unapplied, and waits to
    go back. Refuses a bank serial number that was used before (it names the order), dates
    in the future and older than a year, and anyone but those who take the money.
    """
    check_recorder(by)
    # Of two transfers for one order, each must know of the other, and a second click of the first.
    take_turn(session, order)
    made = _made_before(session, once_key, order)
    if made is not None:
        return made
    serial = plain_serial(bank_serial)
    _check_typed(amount_fen, serial, paid_on)
    _check_unused(session, serial)
    applies = _applies(session, order, amount_fen)
    new = upsert(session, Payment).values(
        once_key=once_key,
        amount_fen=amount_fen,
        bank_serial=serial,
        paid_on=paid_on,
        payer_account=plain_serial(payer_account)[:MOST_SERIAL],
        order_id=order.id,
        recorded_by_id=by.id,
        **account_of(order),
    )
    payment_id = session.scalar(new.on_conflict_do_nothing().returning(Payment.id))
    if payment_id is None:
        # Somebody wrote it down at this moment: the same click again, or the same serial.
        made = _made_before(session, once_key, order)
        if made is not None:
            return made
        _check_unused(session, serial)
    payment = session.get_one(Payment, payment_id)
    record(
        session,
        "payment.recorded",
        payment,
        by=by,
        order=order.number,
        amount_fen=amount_fen,
    )
    if applies:
        allocate(session, payment, order, amount_fen, by=by)
    if applies and order.state is OrderState.AWAITING_PAYMENT:
        mark_paid(session, order, by=by)
    else:
        _tell_buyer(session, order, payment)
    return payment


def record_statement_transfer(
    session: Session,
    statement: Statement,
    *,
    amount_fen: int,
    bank_serial: str,
    paid_on: dt.date,
    once_key: str,
    by: Person,
) -> Payment:
    """Write down a bank transfer for a statement, and put it to the statement's orders.

    The same key again returns the payment it already made. Refuses what
    ``record_transfer`` and ``pay_statement`` refuse; what a unit paid too much is
    matched from the bank's file.
    """
    check_recorder(by)
    # Of two clicks, the second sees what the first made.
    take_statement(session, statement)
    made = session.scalar(sa.select(Payment).where(Payment.once_key == once_key))
    if made is not None:
        if made.unit_id != statement.unit_id:
            raise Refused("提交码不属于这张结算单，请刷新页面后重新填写。")
        return made
    serial = plain_serial(bank_serial)
    _check_typed(amount_fen, serial, paid_on)
    _check_unused(session, serial)
    payment = Payment(
        once_key=once_key,
        amount_fen=amount_fen,
        bank_serial=serial,
        paid_on=paid_on,
        remark=statement.number,
        unit_id=statement.unit_id,
        recorded_by_id=by.id,
    )
    try:
        with session.begin_nested():
            session.add(payment)
    except sa.exc.IntegrityError:  # Somebody used the serial at this moment, for another thing.
        _check_unused(session, serial)
        raise Refused("这笔转账刚刚被别人登记，请刷新页面后查看。") from None
    record(
        session,
        "payment.recorded",
        payment,
        by=by,
        statement=statement.number,
        amount_fen=amount_fen,
    )
    # Should it be taken back, what it was meant for is known.
    session.add(PaymentCode(payment_id=payment.id, code=statement.number))
    pay_statement(session, statement, payment, amount_fen, by=by)
    tell(
        session,
        people_of_unit(session, statement.unit_id, *UNIT_BUYERS),
        f"结算单 {statement.number} 收到转账 {money.yuan(amount_fen)} 元，已入账。",
        path=f"/statements/{statement.number}",
    )
    return payment


def check_recorder(by: Person) -> None:
    """Refuse anyone but those who take the money."""
    if by.role not in RECORDERS:
        raise Refused("只有统筹协调和资金管理人员可以登记收款。")


def plain_serial(text: str) -> str:
    """Return a bank's serial number as it is kept: plain capitals, without blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()


def _made_before(session: Session, once_key: str, order: Order) -> Payment | None:
    made = session.scalar(sa.select(Payment).where(Payment.once_key == once_key))
    if made is not None and made.order_id != order.id:
        raise Refused("提交码不属于这个订单，请刷新页面后重新填写。")
    return made


def _check_typed(amount_fen: int, serial: str, paid_on: dt.date) -> None:
    today = clock.today()
    if amount_fen <= 0:
        raise Refused("金额必须大于 0。", field="amount_fen")
    if not serial:
        raise Refused("请填写银行流水号（回单上的交易流水）。", field="bank_serial")
    if len(serial) > MOST_SERIAL:  # One sign may have become several in plain letters.
        raise Refused(f"银行流水号最多 {MOST_SERIAL} 个字，请核对回单。", field="bank_serial")
    if paid_on > today:
        raise Refused(f"到账日期不能晚于今天（{today}）。", field="paid_on")
    if paid_on < today - dt.timedelta(days=NOT_OLDER_THAN_DAYS):
        raise Refused("到账日期不能早于一年前，请核对回单。", field="paid_on")


def _check_unused(session: Session, serial: str) -> None:
    used = queries.payment_of_serial(session, serial)
    if used is not None:
        raise Refused(
            f"银行流水号 {serial} 已登记在{f'订单 {used.order.number}' if used.order else '收款'}"
            f"（{money.yuan(used.amount_fen)} 元），一笔转账只能登记一次，请核对回单。",
            field="bank_serial",
        )


def _applies(session: Session, order: Order, amount_fen: int) -> bool:
    """Whether the order takes this sum; refuses one that is likely a slip of the pen."""
    if order.state in queries.CLOSED or order.is_overdue(clock.now()):
        return False
    if order.state is not OrderState.AWAITING_PAYMENT:
        on_account = order.terms is Terms.ON_ACCOUNT
        owed_fen = queries.taken_fen(session, order)
        if not on_account and not owed_fen:
            return False
        if amount_fen > owed_fen:
            raise Refused(
                f"这个订单{'按验收金额' if on_account else '付清后又有款项退出，'}"
                f"还应付 {money.yuan(owed_fen)} 元，"
                f"录入的 {money.yuan(amount_fen)} 元超出了；请核对回单，或分别登记到其他订单。",
                field="amount_fen",
            )
        return True
    if amount_fen != order.total_fen:
        raise Refused(
            f"先款后货的订单须一次付清 {money.yuan(order.total_fen)} 元，"
            f"录入的是 {money.yuan(amount_fen)} 元；请核对回单，金额确实不符的请联系付款人退回重转。",
            field="amount_fen",
        )
    return True


def _tell_buyer(session: Session, order: Order, payment: Payment) -> None:
    amount = f"{money.yuan(payment.amount_fen)} 元"
    if payment.state is PaymentState.APPLIED:
        text = f"订单 {order.number} 收到转账 {amount}，已入账。"
    else:
        text = f"订单 {order.number} 已关闭或已付清，收到的 {amount}记为待退回。"
    tell(session, [order.placed_by], text, path=f"/orders/{order.number}")
