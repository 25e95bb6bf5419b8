"""Put transfers to what they were paid for, as a person decides; and take a match back.

Statements are taken first, then orders, then the payment, each kind in the order of
their ids: the same turns as everywhere, so that nobody waits in a circle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_unit
from market.audit.services import record
from market.core import money
from market.core.access import UNIT_BUYERS
from market.core.errors import Refused
from market.notices.services import tell
from market.ordering.models import Order, OrderState, Terms
from market.ordering.queries import typed_number
from market.ordering.services import call_off_unpaid, mark_paid
from market.payments import queries
from market.payments.models import Allocation, Method, Payment, Refund, RefundCause, Statement
from market.payments.queries.bank_proposals import Part, parts_of, proposals
from market.payments.services.allocations import account_of, allocate, left_of, reverse, take_turn
from market.payments.services.refunds import start_refund
from market.payments.services.statements import pay_statement, take_statement
from market.payments.services.transfers import check_recorder
from market.units.models import Unit

MOST_REASON = 200
KEPT = ["allocated_fen", "refunded_fen", "aside_reason", "order_id", "unit_id", "person_id"]


@dataclass(frozen=True)
class Share:
    """How much of a transfer is for the order or statement of a number; ``None``: all it takes."""

    code: str
    amount_fen: int | None = None


def confirm_match(
    session: Session, payment: Payment, *, once_key: str, by: Person
) -> Sequence[Allocation]:
    """Put a transfer to all that its remark names, where that owes exactly what is free of it.

    Looked at again under the locks of everything it names: refuses what is no longer
    exact, and says why; the money waits on as before. Prepaid orders open, buyers are
    told. The same key again returns the rows it made.
    """
    proposal = proposals(session, [payment], with_candidates=False)[payment.id]
    made = _take(session, payment, proposal.parts, once_key, by)
    if made:
        return made
    proposal = proposals(session, [payment], with_candidates=False)[payment.id]
    if not proposal.is_exact or not payment.free_fen:
        why = proposal.why_not or "已没有待入账的金额"
        raise Refused(f"这笔款项的情况变了：{why}。没有入账，请刷新页面后再处理。")
    shares = [(part, part.owed_fen) for part in proposal.parts]
    return _put_all(session, payment, shares, once_key, by=by)


def match_by_hand(
    session: Session,
    payment: Payment,
    shares: Sequence[Share],
    *,
    for_another: bool = False,
    once_key: str,
    by: Person,
) -> Sequence[Allocation]:
    """Put parts of a transfer to orders and statements that a person names.

    A prepaid order takes its exact total while it waits; one that owes again, an order on
    account or a statement any part of what it owes. All of it or nothing: refuses unknown numbers,
    one number twice, what takes no money now, more than is free, and money of somebody
    else unless it is said that it is ``for_another``. The same key again returns the rows
    it made.
    """
    codes = [typed_number(share.code).upper() for share in shares]
    if not codes:
        raise Refused("请填写至少一个订单或结算单编号。", field="code")
    if len(set(codes)) < len(codes):
        raise Refused("同一个编号填了两次，请合并成一行。", field="code")
    found = parts_of(session, codes)
    made = _take(session, payment, list(found.values()), once_key, by)
    if made:
        return made
    found = parts_of(session, codes)
    wanted: list[tuple[Part, int]] = []
    for code, share in zip(codes, shares, strict=True):
        part = found[code]
        if part.why_not:
            raise Refused(f"{part.why_not}，不能入账。", field="code")
        left_fen = payment.free_fen - sum(fen for _, fen in wanted)
        wanted.append((part, _fitting_fen(part, share.amount_fen, left_fen)))
    if sum(fen for _, fen in wanted) > payment.free_fen:
        raise Refused(
            f"各项合计 {money.yuan(sum(fen for _, fen in wanted))} 元，"
            f"这笔款项只剩 {money.yuan(payment.free_fen)} 元可以入账。",
            field="amount_fen",
        )
    if not for_another:
        _check_own(payment, found.values())
    return _put_all(session, payment, wanted, once_key, by=by)


def undo_match(session: Session, allocation: Allocation, *, reason: str, by: Person) -> Allocation:
    """Take what is left of a match back by a counter-row with a reason; its money waits again.

    What an order on account or a statement owes rises again by it, and so does what a paid
    order owed again when it was put there. A prepaid order that it helped to open, and of
    which nothing was shipped, is called off: its goods were promised for money that was not
    its own, and its buyer can order again; its stock goes back and its suppliers are told
    to stop. Refused once something of it was shipped, and for what did not come by transfer.
    """
    check_recorder(by)
    payment = session.get_one(Payment, allocation.payment_id)
    order = session.get_one(Order, allocation.order_id)
    reason = _reason(reason)
    if payment.method is not Method.TRANSFER:
        raise Refused("在线支付的款项不能在这里撤回，请办理退款。")
    opened = order.terms is Terms.PREPAID and _helped_to_open(session, allocation, order)
    if opened and order.state is OrderState.OPEN:
        call_off_unpaid(session, order, reason=f"收款核对有误：{reason}", by=by)
    if allocation.statement_id is not None:
        take_statement(session, session.get_one(Statement, allocation.statement_id))
    take_turn(session, order)
    if opened and order.state not in queries.CLOSED:
        raise Refused("先款后货的订单已发货或完成，不能撤回它的收款；需要退款的请办理退款。")
    session.refresh(payment, KEPT, with_for_update={"key_share": True})
    left_fen = left_of(session, allocation)
    if allocation.amount_fen < 0 or not left_fen:
        raise Refused("这笔入账已经撤回，请刷新页面查看最新情况。")
    counter = reverse(session, allocation, left_fen, by=by)
    counter.reason = reason
    if not payment.allocated_fen:
        # Nothing says any more whose money it is.
        payment.order = payment.unit = payment.person = None
    text = f"订单 {order.number} 的入账 {money.yuan(left_fen)} 元已撤回：{reason}"
    tell(session, [order.placed_by], text, path=f"/orders/{order.number}")
    session.flush()
    return counter


def set_aside(session: Session, payment: Payment, *, reason: str, by: Person) -> None:
    """Say that a transfer has nothing to do with the shop (interest, say), and why.

    Refuses one of which something was put to an order or sent back.
    """
    check_recorder(by)
    reason = _reason(reason)
    _mark(session, payment, Payment.aside_reason == "", aside_reason=reason)
    record(session, "payment.set_aside", payment, by=by, amount_fen=payment.amount_fen)


def bring_back(session: Session, payment: Payment, *, by: Person) -> None:
    """Put a transfer that was set aside among those that wait again."""
    check_recorder(by)
    _mark(session, payment, Payment.aside_reason != "", aside_reason="")
    record(session, "payment.brought_back", payment, by=by, amount_fen=payment.amount_fen)


def put_on_account(session: Session, payment: Payment, unit: Unit, *, by: Person) -> None:
    """Keep what is free of a transfer on a unit's account: an advance, for its next orders.

    Refuses one that is another's money already, or of which nothing is free.
    """
    check_recorder(by)
    session.refresh(payment, KEPT, with_for_update={"key_share": True})
    if payment.order_id or payment.person_id or payment.aside_reason or not payment.free_fen:
        raise Refused("这笔款项已经属于某个订单或个人，或已处理完，请刷新页面查看最新情况。")
    if payment.unit_id == unit.id:
        return
    payment.unit = unit
    session.flush()
    record(session, "payment.put_on_account", payment, by=by, unit=unit.code)
    text = f"收到转账 {money.yuan(payment.free_fen)} 元，已记入单位账户余额，可以支付下一个订单。"
    people = people_of_unit(session, unit.id, *UNIT_BUYERS)
    tell(session, people, text, path=f"/units/{unit.code}")


def give_back(
    session: Session, payment: Payment, amount_fen: int, *, reason: str, once_key: str, by: Person
) -> Refund:
    """Send what is free of a transfer, or a part of it, back to whoever paid.

    Where its only code is an order's and none of it pays that, the refund is that
    order's, and its buyer is told. What its codes owe is looked at under the locks on
    their orders and on its own row, taken in this order.
    """
    check_recorder(by)
    parts = proposals(session, [payment], with_candidates=False)[payment.id].parts
    named = {order.id: order for order in (payment.order, *_orders(parts)) if order is not None}
    take_turn(session, *named.values())
    session.refresh(payment, KEPT, with_for_update={"key_share": True})
    session.expire(payment, ["order"])
    order = payment.order
    parts = proposals(session, [payment], with_candidates=False)[payment.id].parts
    if order is None and not payment.allocated_fen and len(parts) == 1:
        whole = amount_fen == payment.free_fen
        order = parts[0].order if parts[0].why_not or whole else None
    if order is not None and payment.order_id is None:
        payment.order = order
        _set_account(payment, [order])
        session.flush()
    causes = queries.causes_of(session, order) if order else [RefundCause.LOOSE]
    cause = RefundCause.CANCELLED if RefundCause.CANCELLED in causes else RefundCause.LOOSE
    return start_refund(
        session,
        payment,
        amount_fen,
        cause=cause,
        reason=reason,
        order=order,
        once_key=once_key,
        by=by,
    )


def _take(
    session: Session, payment: Payment, parts: Sequence[Part], once_key: str, by: Person
) -> Sequence[Allocation]:
    """Wait for one's turn with all that parts name; return what this click made already."""
    check_recorder(by)
    statements = {part.statement.id: part.statement for part in parts if part.statement}
    for id_ in sorted(statements):
        take_statement(session, statements[id_])
    take_turn(session, *_orders(parts))
    session.refresh(payment, KEPT, with_for_update={"key_share": True})
    made = queries.made_by_click(session, once_key)
    if any(row.payment_id != payment.id for row in made):
        raise Refused("提交码不属于这笔款项，请刷新页面后重试。")
    return made


def _check_own(payment: Payment, parts: Iterable[Part]) -> None:
    """Refuse money of somebody else than who owes a part, as far as the bank says."""
    others = [part for part in parts if part.is_anothers(payment)]
    if others:
        whose = "；".join(f" {part.code} 属于“{part.whose}”" for part in others)
        raise Refused(
            f"付款户名是“{payment.payer_name}”，而{whose}。核对后确实是代付的，请勾选再入账。",
            field="for_another",
        )


def _orders(parts: Sequence[Part]) -> list[Order]:
    return [part.order for part in parts if part.order is not None]


def _fitting_fen(part: Part, wanted_fen: int | None, left_fen: int) -> int:
    """Return how much of a transfer a part gets: what was typed, or as much as fits."""
    whole = part.order is not None and part.order.state is OrderState.AWAITING_PAYMENT
    if wanted_fen is None:
        wanted_fen = part.owed_fen if whole else min(part.owed_fen, left_fen)
    if whole and wanted_fen != part.owed_fen:
        raise Refused(
            f"先款后货的订单 {part.code} 须一次付清 {money.yuan(part.owed_fen)} 元，"
            f"不能只入账 {money.yuan(wanted_fen)} 元。",
            field="amount_fen",
        )
    if not 0 < wanted_fen <= part.owed_fen:
        raise Refused(
            f"{part.code} 还应付 {money.yuan(part.owed_fen)} 元，"
            f"不能入账 {money.yuan(wanted_fen)} 元，请核对金额。",
            field="amount_fen",
        )
    return wanted_fen


def _put_all(
    session: Session,
    payment: Payment,
    shares: Sequence[tuple[Part, int]],
    once_key: str,
    *,
    by: Person,
) -> Sequence[Allocation]:
    made: list[Allocation] = []
    for part, amount_fen in sorted(shares, key=_in_turn):
        if part.statement is not None:
            made += pay_statement(session, part.statement, payment, amount_fen, by=by)
        else:
            assert part.order is not None  # A part is of the one or of the other.
            made.append(_put(session, payment, part.order, amount_fen, by=by))
    for place, row in enumerate(made):
        row.once_key = f"{once_key}:{place}"
    only = shares[0][0].order if len(shares) == 1 else None
    if only is not None and payment.order_id is None:
        payment.order = only
    orders = session.scalars(sa.select(Order).where(Order.id.in_([row.order_id for row in made])))
    _set_account(payment, orders.all())
    session.flush()
    return made


def _put(
    session: Session, payment: Payment, order: Order, amount_fen: int, *, by: Person
) -> Allocation:
    row = allocate(session, payment, order, amount_fen, by=by)
    if order.state is OrderState.AWAITING_PAYMENT:
        mark_paid(session, order, by=by)
    else:
        text = f"订单 {order.number} 收到转账 {money.yuan(amount_fen)} 元，已入账。"
        tell(session, [order.placed_by], text, path=f"/orders/{order.number}")
    return row


def _helped_to_open(session: Session, allocation: Allocation, order: Order) -> bool:
    """Whether a prepaid order was not yet paid in full when this was put to it.

    It opens once its whole total is there, by one payment or several; what comes after
    that pays what it owes again.
    """
    before = sa.select(sa.func.coalesce(sa.func.sum(Allocation.amount_fen), 0)).where(
        Allocation.order_id == order.id,
        Allocation.id < allocation.id,
        Allocation.amount_fen > 0,
    )
    return int(session.scalars(before).one()) < order.total_fen


def _set_account(payment: Payment, orders: Sequence[Order]) -> None:
    """Say on whose account the money is, where all of it is one payer's and nobody said so before."""
    accounts = {tuple(account_of(order).items()) for order in orders}
    if payment.unit_id is None and payment.person_id is None and len(accounts) == 1:
        for name, id_ in accounts.pop():
            setattr(payment, name, id_)


def _mark(
    session: Session, payment: Payment, condition: sa.ColumnElement[bool], *, aside_reason: str
) -> None:
    """Set a transfer aside or bring it back; the guard is in the UPDATE."""
    unused = Payment.allocated_fen + Payment.refunded_fen == 0
    marked = (
        sa.update(Payment)
        .where(Payment.id == payment.id, Payment.method == Method.TRANSFER, unused, condition)
        .values(aside_reason=aside_reason)
        .execution_options(synchronize_session=False)
    )
    done = session.scalar(marked.returning(Payment.id))
    session.refresh(payment, KEPT)
    if done is None:
        raise Refused("这笔款项已经入账、退回或另行处理，请刷新页面查看最新情况。")


def _reason(typed: str) -> str:
    """Return why something is done; refuses nothing, and too much."""
    reason = typed.strip()
    if not reason:
        raise Refused("请写明原因，便于以后核对。", field="reason")
    if len(reason) > MOST_REASON:
        raise Refused(f"原因最多 {MOST_REASON} 个字。", field="reason")
    return reason


def _in_turn(share: tuple[Part, int]) -> tuple[bool, int]:
    """Statements first, then orders, each by id."""
    part = share[0]
    thing = part.statement or part.order
    return part.statement is None, thing.id if thing else 0
