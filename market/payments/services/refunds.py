"""Give money back: write the refund down first, send it after, and settle what came of it.

The processor is called by views and commands, never here. What goes back is reserved
on the payment by the same UPDATE that would refuse it, so that refunds never come to
more than arrived; where it was put to an order it is taken from there first.
"""

import datetime as dt
import re
import unicodedata

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.stripe import WantedRefund
from market.audit.services import record
from market.catalog.services import take_in_returned
from market.core import clock, money
from market.core.errors import Refused
from market.notices.services import tell
from market.ordering.models import Claim, Order, OrderLine
from market.ordering.queries.claims import SETTLED, claim_by_key
from market.ordering.services import take_back
from market.payments import queries
from market.payments.models import Method, Payment, Refund, RefundCause
from market.payments.services.allocations import take_turn
from market.payments.services.giving_back import (
    fail,
    finish,
    hold,
    new_refund_number,
    take_from,
    tell_buyer,
    wait_for_turn,
)
from market.payments.services.transfers import MOST_SERIAL, RECORDERS

OURS = (
    RefundCause.CLAIM,
    RefundCause.SHORT,
    RefundCause.WEIGHT,
    RefundCause.CANCELLED,
    RefundCause.LOOSE,
)


def start_refund(
    session: Session,
    payment: Payment,
    amount_fen: int,
    *,
    cause: RefundCause,
    reason: str,
    order: Order | None = None,
    line: OrderLine | None = None,
    claim: Claim | None = None,
    restock: bool = False,
    once_key: str,
    by: Person,
) -> Refund:
    """Write down that money of a payment goes back, before it is sent; the same key gives the same.

    Of an order no more than what it gives back (``Balance.give_back_fen``): goods that
    are accepted and still owed go by ``refund_line``. For a claim no more than is left
    of it. Without an order only what is free of a payment nobody could match. With
    ``restock`` what the buyer refused or sent back of the line goes on the shelf, once.
    Refused to anyone but those who take the money, while the payment is disputed, and
    for a cause that the order doesn't show.
    """
    if by.role not in RECORDERS:
        raise Refused("只有统筹协调和资金管理人员可以办理退款。")
    order = order or payment.order
    wait_for_turn(session, payment, order)
    made = queries.refund_by_key(session, once_key)
    if made is not None:
        if (made.payment_id, made.made_by_id) != (payment.id, by.id):
            raise Refused("提交码不属于这笔退款，请刷新页面后重新填写。")
        return made
    _check_cause(session, order, cause, reason, claim)
    _check_amount(session, payment, order, amount_fen)
    if claim is not None:
        line = _check_claim(session, claim, order, amount_fen)
    if line is not None and (order is None or line.order_id != order.id):
        raise Refused("这种商品不属于这个订单，请刷新页面后重新选择。", field="line")
    refund = Refund(
        number=new_refund_number(session),
        once_key=once_key,
        cause=cause,
        reason=reason.strip(),
        amount_fen=amount_fen,
        made_at=clock.now(),
        payment=payment,
        order=order,
        line=line,
        claim=claim,
        made_by=by,
        restock_milli=_restock_milli(session, line, claim) if restock else 0,
    )
    session.add(refund)
    session.flush()
    free_fen = payment.free_fen if payment.order_id == (order.id if order else None) else 0
    if amount_fen > free_fen and order is not None:
        take_from(session, payment, [order], amount_fen - free_fen, refund=refund, by=by)
    hold(session, payment, amount_fen)
    if refund.line is not None and refund.restock_milli:
        about = f"refund:{refund.number}"
        sku_id = refund.line.sku_id
        take_in_returned(session, sku_id, refund.restock_milli, about=about, by=by)
    record(
        session,
        "refund.started",
        refund,
        by=by,
        order=order.number if order else None,
        payment=payment.id,
        cause=cause,
        amount_fen=amount_fen,
        restock_milli=refund.restock_milli,
    )
    how = "人工转账" if payment.method is Method.TRANSFER else "原路"
    tell_buyer(session, refund, f"{money.yuan(amount_fen)} 元将{how}退回，原因：{cause.label}。")
    return refund


def refund_line(
    session: Session,
    payment: Payment | None,
    line: OrderLine,
    *,
    milli: int,
    reason: str,
    restock: bool = False,
    once_key: str,
    by: Person,
) -> Refund | None:
    """Refund a part of an accepted line that is still owed, by a claim that a coordinator upholds.

    The claim takes it from the line and from the unit's completion; of what this payment
    put to the order, what is beyond what it owes then goes back. Of an order that owed
    again that may be nothing: its money has gone already, and no refund is made. All or
    nothing: else refused where nothing of it was paid by this payment.
    """
    order = line.order
    if payment is None:
        take_turn(session, order)
    else:
        wait_for_turn(session, payment, order)
    owed_again_fen = queries.owed_again_of(order, queries.balance_of(session, order))
    known = claim_by_key(session, once_key) is not None
    claim = take_back(session, line, milli=milli, reason=reason, once_key=once_key, by=by)
    made = queries.refund_by_key(session, once_key)
    if known and made is None:
        return None  # The first click found that the money had gone.
    surplus_fen = queries.balance_of(session, order).surplus_fen
    put_fen = queries.put_fen(session, payment, order) if payment is not None else 0
    amount_fen = min(claim.amount_fen, surplus_fen, put_fen)
    if payment is None or not (amount_fen or made):
        if surplus_fen or not owed_again_fen:
            raise Refused(
                "这种商品的货款没有用这笔款项支付，没有可退的；请改选仍用于这个订单的款项，"
                "都没有的，请申请售后，扣减应付即可。"
            )
        _take_back_only(session, claim, restock=restock, by=by)
        return None
    return start_refund(
        session,
        payment,
        amount_fen,
        cause=RefundCause.CLAIM,
        reason=reason,
        order=order,
        claim=claim,
        restock=restock,
        once_key=once_key,
        by=by,
    )


def return_payment(
    session: Session,
    payment: Payment,
    *,
    order: Order | None = None,
    once_key: str,
    by: Person,
) -> Refund:
    """Refund all that a payment has no use for: its order is closed, or it is loose."""
    order = order or payment.order
    gone = order is not None and queries.is_gone(order)
    amount_fen = payment.free_fen
    if order is not None and gone:
        amount_fen = _returnable_fen(session, payment, order)
    return start_refund(
        session,
        payment,
        amount_fen,
        cause=RefundCause.CANCELLED if gone else RefundCause.LOOSE,
        reason="订单已关闭，退回付款人" if gone else "款项不能入账，退回付款人",
        order=order,
        once_key=once_key,
        by=by,
    )


def return_all(session: Session, order: Order, *, once_key: str, by: Person) -> list[Refund]:
    """Refund with one click all that an order has no use for, a refund for each payment.

    Of an order that is closed everything, else what is loose: what a claim or a short
    shipment gives back needs a cause. The same key gives the same refunds.
    """
    take_turn(session, order)
    wanted = [
        one.payment
        for one in queries.returnable(session, order)
        if queries.is_gone(order) or (one.payment.order_id == order.id and one.payment.free_fen)
    ]
    made = queries.refunds_by_key(session, f"{once_key}:")
    if not wanted and not made:
        raise Refused("这个订单没有可以直接退清的款项，请在退款页选择原因办理，或刷新页面查看。")
    return made or [
        return_payment(session, payment, order=order, once_key=f"{once_key}:{place}", by=by)
        for place, payment in enumerate(wanted)
    ]


def confirm_refund(
    session: Session, refund: Refund, *, done_on: dt.date, bank_serial: str, by: Person
) -> None:
    """Say that a refund was transferred, on which day and under which number of the bank's.

    Refuses one that goes back online, days in the future or before it was written
    down, and a serial number that was used before.
    """
    _check_transfer(refund, by)
    serial = re.sub(r"\s", "", unicodedata.normalize("NFKC", bank_serial)).upper()
    if not serial:
        raise Refused("请填写转出的银行流水号（回单上的交易流水）。", field="bank_serial")
    if len(serial) > MOST_SERIAL:  # One sign may have become several in plain letters.
        raise Refused(f"银行流水号最多 {MOST_SERIAL} 个字，请核对回单。", field="bank_serial")
    made_on = clock.day_of(refund.made_at)
    if not made_on <= done_on <= clock.today():
        raise Refused(
            f"转出日期应在登记退款的 {made_on} 和今天（{clock.today()}）之间。", field="done_on"
        )
    used = queries.refund_by_serial(session, serial)
    if used is not None or queries.payment_of_serial(session, serial) is not None:
        where = f"退款 {used.number}" if used else "一笔收款"
        raise Refused(
            f"银行流水号 {serial} 已用于{where}，一个流水号只能用一次，请核对回单。",
            field="bank_serial",
        )
    finish(session, refund, done_on=done_on, serial=serial, by=by)


def call_off_refund(session: Session, refund: Refund, *, reason: str, by: Person) -> None:
    """Say that a refund by transfer was not made, or came back from the bank; the money is free."""
    _check_transfer(refund, by)
    if not reason.strip():
        raise Refused("请写明没有退成的原因，例如“银行退汇：账号已销户”。", field="reason")
    fail(session, refund, reason.strip(), by=by)


def wanted_refund(refund: Refund) -> WantedRefund:
    """Return what the processor is asked to send back."""
    return WantedRefund(
        reference=refund.once_key,
        number=refund.number,
        intent=refund.payment.bank_serial,
        amount_fen=refund.amount_fen,
    )


def _check_cause(
    session: Session, order: Order | None, cause: RefundCause, reason: str, claim: Claim | None
) -> None:
    """Refuse a cause that nothing of the order bears out."""
    if not reason.strip():
        raise Refused("请填写退款原因，购买者会看到。", field="reason")
    if (cause is RefundCause.CLAIM) != (claim is not None):
        raise Refused("因售后退款须选定那个售后；其他原因不能挂在售后上。", field="cause")
    if cause not in OURS:
        raise Refused(f"“{cause.label}”由支付平台发起，不能手工登记。", field="cause")
    if order is None:
        if cause is not RefundCause.LOOSE:
            raise Refused("没有对上订单的款项，只能按“错付、多付”退回。", field="cause")
        return
    causes = queries.causes_of(session, order)
    if claim is None and cause not in causes:
        shown = "、".join(one.label for one in causes) or "无"
        raise Refused(
            f"订单 {order.number} 没有“{cause.label}”的情形（现有：{shown}），请核对后改选。",
            field="cause",
        )


def _check_amount(session: Session, payment: Payment, order: Order | None, amount_fen: int) -> None:
    if payment.aside_reason:
        raise Refused("这笔款项已标明与货款无关，请先撤销标记再退。")
    if queries.is_disputed(session, payment):
        raise Refused("这笔付款有未决的支付争议，款项由支付机构扣着；请等争议有结果再办。")
    if amount_fen <= 0:
        raise Refused("退款金额必须大于 0。", field="amount_fen")
    most_fen = payment.free_fen
    if order is not None:
        most_fen = _returnable_fen(session, payment, order)
    if amount_fen > most_fen:
        raise Refused(
            f"这笔款项最多可退 {money.yuan(most_fen)} 元；已验收而仍应付的商品，"
            "请由统筹协调人员按行退款（先记售后，再退款）。",
            field="amount_fen",
        )


def _check_claim(session: Session, claim: Claim, order: Order | None, amount_fen: int) -> OrderLine:
    """Return the line of a claim that may be refunded so much for; refuses any other."""
    line = claim.order_line
    if order is None or line.order_id != order.id:
        raise Refused("这个售后不属于这个订单，请刷新页面后重新选择。", field="claim")
    if claim.state not in SETTLED:
        raise Refused(
            f"售后 {claim.number} 当前是“{claim.state.label}”，同意或支持后才能退款。",
            field="claim",
        )
    left_fen = queries.claim_left_fen(session, claim)
    if amount_fen > left_fen:
        raise Refused(
            f"售后 {claim.number} 共 {money.yuan(claim.amount_fen)} 元，"
            f"还可以退 {money.yuan(left_fen)} 元。",
            field="amount_fen",
        )
    return line


def _restock_milli(session: Session, line: OrderLine | None, claim: Claim | None) -> int:
    """Return how much goes back on the shelf; refuses where nothing may."""
    milli = queries.restockable_milli(session, line, claim) if line is not None else 0
    if not milli:
        raise Refused(
            "没有可以入库的退货：只有这一行拒收或售后退回、还没有入过库的数量可以入库。",
            field="restock",
        )
    return milli


def _returnable_fen(session: Session, payment: Payment, order: Order) -> int:
    """Return how much of a payment may go back for an order."""
    found = queries.returnable(session, order)
    return sum(one.fen for one in found if one.payment.id == payment.id)


def _take_back_only(session: Session, claim: Claim, *, restock: bool, by: Person) -> None:
    """Put what a claim took back on the shelf where it was ticked, and tell the buyer."""
    line = claim.order_line
    if restock:
        milli = _restock_milli(session, line, claim)
        take_in_returned(session, line.sku_id, milli, about=f"claim:{claim.number}", by=by)
        record(session, "claim.restocked", claim, by=by, restock_milli=milli)
    text = (
        f"订单 {line.order.number} 的 {line.name} 按售后 {claim.number} 扣减应付 "
        f"{money.yuan(claim.amount_fen)} 元；款项此前已经退出，没有再退。"
    )
    tell(session, [line.order.placed_by], text, path=f"/orders/{line.order.number}")


def _check_transfer(refund: Refund, by: Person) -> None:
    if by.role not in RECORDERS:
        raise Refused("只有统筹协调和资金管理人员可以办理退款。")
    if refund.payment.method is not Method.TRANSFER:
        raise Refused("在线支付的退款由支付平台原路退回，不需要人工登记。")
