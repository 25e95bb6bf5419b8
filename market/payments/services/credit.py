"""Keep what was paid too much on its payer's account, and pay the next order with it.

An account is in credit by the free money of its payments: nothing is kept beside them.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import money
from market.core.access import Role
from market.core.errors import Refused
from market.notices.services import tell
from market.ordering.models import Order, OrderState
from market.ordering.queries import shown_state
from market.ordering.services import mark_paid
from market.payments import queries
from market.payments.models import Allocation
from market.payments.services.allocations import account_of, allocate, reverse, take_turn

DESK = (Role.COORDINATOR, Role.FUND_OFFICER)


def keep_as_credit(
    session: Session, order: Order, *, once_key: str, by: Person
) -> Sequence[Allocation]:
    """Move what is put to an order and no longer owed to its payer's account.

    Latest money first, by rows that take it back; the same key again returns those it
    made. Refused to all but the payer's people and those who take the money, and where
    nothing is too much.
    """
    if not (queries.acts_for(by, order) or by.role in DESK):
        raise Refused("只有付款方和收款工作人员可以把多付的款项转为账户余额。")
    take_turn(session, order)
    made = _made_before(session, once_key, order)
    if made:
        return made
    left_fen = queries.balance_of(session, order).surplus_fen
    rows: list[Allocation] = []
    for allocation, put_fen in queries.standing_parts(session, order):
        if left_fen:
            amount_fen = min(put_fen, left_fen)
            row = reverse(session, allocation, amount_fen, by=by)
            row.once_key = f"{once_key}:{len(rows)}"
            rows.append(row)
            left_fen -= amount_fen
    if not rows:
        raise Refused("这个订单没有可以转为账户余额的款项，请刷新页面查看最新情况。")
    moved = f"{money.yuan(-sum(row.amount_fen for row in rows))} 元"
    text = f"订单 {order.number} 多付的 {moved}已转为账户余额，可以支付下一个订单，也可以申请退款。"
    tell(session, [order.placed_by], text, path=f"/orders/{order.number}/payment")
    session.flush()
    return rows


def pay_from_credit(
    session: Session, order: Order, *, once_key: str, by: Person
) -> Sequence[Allocation]:
    """Pay an order with the free money on its payer's account, oldest first.

    A prepaid order takes its exact total and opens; one on account, or that owes again,
    takes what there is, up to what it owes. The same key again returns the rows it made.
    Refused to all but the payer's people, where nothing is owed, and where there is not
    enough.
    """
    if not queries.acts_for(by, order):
        raise Refused("只有付款方可以用账户余额支付这个订单。")
    take_turn(session, order)
    made = _made_before(session, once_key, order)
    if made:
        return made
    owed_fen = queries.taken_fen(session, order)
    if not owed_fen:
        raise Refused(f"订单当前是“{shown_state(order).label}”，没有需要付的款项。")
    payments = queries.held_payments(session, **account_of(order))
    there_fen = sum(payment.free_fen for payment in payments)
    opens = order.state is OrderState.AWAITING_PAYMENT
    if there_fen < (owed_fen if opens else 1):
        raise Refused(
            f"账户余额 {money.yuan(there_fen)} 元，"
            f"{f'不够支付订单的 {money.yuan(owed_fen)} 元' if opens else '没有可用的款项'}，"
            "请刷新页面后选择其他付款方式。"
        )
    left_fen = min(owed_fen, there_fen)
    rows: list[Allocation] = []
    for payment in payments:
        amount_fen = min(payment.free_fen, left_fen)
        if amount_fen:
            row = allocate(session, payment, order, amount_fen, by=by)
            row.once_key = f"{once_key}:{len(rows)}"
            rows.append(row)
            left_fen -= amount_fen
    if opens:
        mark_paid(session, order, by=by)
    else:
        paid = f"{money.yuan(sum(row.amount_fen for row in rows))} 元"
        text = f"订单 {order.number} 已用账户余额支付 {paid}。"
        tell(session, [order.placed_by], text, path=f"/orders/{order.number}")
    session.flush()
    return rows


def _made_before(session: Session, once_key: str, order: Order) -> Sequence[Allocation]:
    made = queries.made_by_click(session, once_key)
    if any(row.order_id != order.id for row in made):
        raise Refused("提交码不属于这个订单，请刷新页面后重试。")
    return made
