"""Approve orders, pay for them, call them off, and finish them.

Until an order is open its own row decides between people who act at once; from
then on its consignments do. So an order that is not open is moved before its
consignments, an open one after them, and no two acts wait for each other.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier
from market.audit.services import record
from market.catalog.services import return_stock
from market.core import clock
from market.core.errors import Refused
from market.core.states import move
from market.notices.services import tell
from market.ordering.models import Consignment, ConsignmentState, Order, OrderLine, OrderState
from market.ordering.queries import orders
from market.ordering.services.checkout import tell_suppliers


def approve(session: Session, order: Order, *, by: Person) -> None:
    """Let a unit's order above its limit go out to the suppliers.

    Refused to anyone but a lead of the same unit, and to whoever placed it.
    """
    _check_approver(order, by)
    move(session, order, OrderState.OPEN)
    order.decided_by, order.decided_at = by, clock.now()
    tell_suppliers(session, order)
    _tell_buyer(session, order, f"订单 {order.number} 已审批通过，等待供应商接单。")
    record(session, "order.approved", order, by=by, total_fen=order.total_fen)


def return_order(session: Session, order: Order, *, reason: str, by: Person) -> None:
    """Turn down a unit's order, with a reason for its buyer; the stock goes back.

    Refused to anyone but a lead of the same unit, and to whoever placed it.
    """
    _check_approver(order, by)
    if not reason.strip():
        raise Refused("请写明退回原因，便于采购人修改后重新提交。", field="reason")
    move(session, order, OrderState.RETURNED)
    order.decided_by, order.decided_at, order.decision_reason = by, clock.now(), reason.strip()
    _call_off_consignments(session, order, by=by)
    _tell_buyer(session, order, f"订单 {order.number} 被审批退回：{order.decision_reason}")
    record(session, "order.returned", order, by=by, total_fen=order.total_fen)


def cancel_order(session: Session, order: Order, *, reason: str, by: Person) -> None:
    """Call an order off before any of it was shipped, and put its stock back.

    By whoever placed it, or for a unit's order by its unit's buyers. What was paid
    already waits to be given back. Refused as soon as one supplier has shipped.
    """
    if not orders.may_cancel(order, by):
        raise Refused("只有下单人或本单位的采购人员可以取消这个订单。")
    if not reason.strip():
        raise Refused("请填写取消原因。", field="reason")
    _cancel(session, order, reason.strip(), "已由采购人取消", by=by)


def call_off_unpaid(session: Session, order: Order, *, reason: str, by: Person) -> None:
    """Call off a prepaid order whose money turned out to be somebody else's.

    Its stock goes back, its suppliers are told to stop, and its buyer is told why.
    Refused as soon as one supplier has shipped.
    """
    _cancel(session, order, reason, "已取消", by=by)


def _cancel(session: Session, order: Order, reason: str, told: str, *, by: Person) -> None:
    _check_unshipped(order)
    was_open = order.state is OrderState.OPEN
    if was_open:
        _call_off_consignments(session, order, by=by)
    move(session, order, OrderState.CANCELLED)
    if not was_open:
        _call_off_consignments(session, order, by=by)
    order.closed_by, order.closed_at, order.closed_reason = by, clock.now(), reason
    if was_open:
        _tell_suppliers_of_the_end(session, order, told)
    if by.id != order.placed_by_id:
        _tell_buyer(session, order, f"订单 {order.number} 已由{by.name}取消：{reason}")
    record(session, "order.cancelled", order, by=by, total_fen=order.total_fen)


def mark_paid(session: Session, order: Order, *, by: Person | None) -> None:
    """Open an order whose whole sum has arrived in time.

    Refuses one whose time to pay has passed, whether or not it was expired yet: the
    deadline is part of the UPDATE, so no order is both paid and expired.
    """
    now = clock.now()
    if order.is_overdue(now):
        raise Refused("付款期限已过，订单已超时关闭；这笔款项将登记为待退回。")
    move(session, order, OrderState.OPEN, Order.pay_by_at > now)
    tell_suppliers(session, order)
    _tell_buyer(session, order, f"订单 {order.number} 已确认收款，等待供应商接单。")
    record(session, "order.paid", order, by=by, total_fen=order.total_fen)


def expire_orders(session: Session) -> int:
    """Close every order whose time to pay has passed, put its stock back, return how many.

    However long the job did not run, none is missed; one that is paid or cancelled
    at this moment is left alone.
    """
    now = clock.now()
    overdue = session.scalars(
        sa.select(Order)
        .where(Order.state == OrderState.AWAITING_PAYMENT, Order.pay_by_at <= now)
        .order_by(Order.id)
        .options(selectinload(Order.consignments), selectinload(Order.lines))
    ).all()
    expired = 0
    for order in overdue:
        try:
            move(session, order, OrderState.EXPIRED, Order.pay_by_at <= now)
        except Refused:
            continue
        order.closed_at, order.closed_reason = now, "超过付款期限"
        _call_off_consignments(session, order, by=None)
        _tell_buyer(session, order, f"订单 {order.number} 超过付款期限已关闭，可以一键再次购买。")
        record(session, "order.expired", order, by=None, total_fen=order.total_fen)
        expired += 1
    return expired


def complete_if_done(session: Session, order: Order, *, by: Person | None = None) -> None:
    """Finish an open order once each of its consignments has come to an end.

    It is completed if anything was received, else cancelled. The order's row is
    taken first, so of two suppliers' parts that end at once the later sees both.
    """
    session.flush()
    # Only against others who would change it: whoever changes a consignment twice holds
    # a share of its order's key, and waiting for those would be waiting in a circle.
    session.refresh(order, ["state"], with_for_update={"key_share": True})
    states = set(
        session.scalars(sa.select(Consignment.state).where(Consignment.order_id == order.id))
    )
    if order.state is not OrderState.OPEN or not states <= orders.FINAL:
        return
    if ConsignmentState.RECEIVED in states:
        move(session, order, OrderState.COMPLETED)
        record(session, "order.completed", order, by=by)
        return
    move(session, order, OrderState.CANCELLED)
    order.closed_at, order.closed_reason = clock.now(), "供应商均未供货"
    _tell_buyer(session, order, f"订单 {order.number} 的供应商均未供货，订单已取消。")
    record(session, "order.cancelled", order, by=by, total_fen=order.total_fen)


def _check_approver(order: Order, by: Person) -> None:
    if order.placed_by_id == by.id:
        raise Refused("不能审批自己提交的订单，请由本单位的另一位负责人审批。")
    if not orders.may_decide(order, by):
        raise Refused("只有本单位负责人可以审批这个订单。")


def _check_unshipped(order: Order) -> None:
    if not orders.is_unshipped(order):
        raise Refused("已有供应商发货，不能再取消；到货时可以拒收，收货后可以申请售后。")


def _call_off_consignments(session: Session, order: Order, *, by: Person | None) -> None:
    """Cancel what no supplier has shipped or declined, and put its stock back, in id order."""
    called_off = [part for part in order.consignments if part.state not in orders.UNDELIVERED]
    for consignment in called_off:
        move(session, consignment, ConsignmentState.CANCELLED)
    ids = {consignment.id for consignment in called_off}
    lines = [line for line in order.lines if line.consignment_id in ids]
    for line in sorted(lines, key=_sku_order):
        return_stock(session, line.sku_id, line.ordered_milli, about=f"order:{order.number}", by=by)


def _sku_order(line: OrderLine) -> tuple[int, int]:
    return line.sku_id, line.id


def _tell_buyer(session: Session, order: Order, text: str) -> None:
    tell(session, [order.placed_by], text, path=f"/orders/{order.number}")


def _tell_suppliers_of_the_end(session: Session, order: Order, told: str) -> None:
    for consignment in order.consignments:
        if consignment.state is ConsignmentState.CANCELLED:
            tell(
                session,
                people_of_supplier(session, consignment.supplier_id),
                f"订单 {consignment.number} {told}，请停止备货。",
                path=f"/consignments/{consignment.number}",
            )
