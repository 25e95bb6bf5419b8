"""Prove that every yuan that arrived is somewhere, and each order's figures from its rows."""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock, money
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    Claim,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
    Terms,
)
from market.payments.models import Allocation, Payment, Refund, RefundState
from market.payments.queries.ledger import NOT_COMING, figures
from market.payments.queries.rows import SETTLED

AT_ONCE = 1000
_NAMES = ("应付", "已入账", "未入账", "已退")


def verify_sums(session: Session) -> list[str]:
    """Say by how much what arrived differs from the sum of all that became of it.

    That is: what orders' figures say, what is free or went back without an order, and
    what has nothing to do with the shop.
    """
    sums = figures()
    columns = [sa.func.coalesce(sa.func.sum(one), 0) for one in list(sums.c)[2:]]
    applied_fen, loose_fen, refunded_fen = session.execute(sa.select(*columns)).one()
    aside, valid = Payment.aside_reason != "", Refund.state != RefundState.FAILED
    parts = {
        "已入账": int(applied_fen),
        "未入账": int(loose_fen),
        "已退": int(refunded_fen)
        + _sum(session, Refund.amount_fen, valid, Refund.order_id.is_(None)),
        "待认领": _sum(session, Payment.free_fen, ~aside, Payment.order_id.is_(None)),
        "与货款无关": _sum(session, Payment.amount_fen, aside),
    }
    came_fen, become_fen = _sum(session, Payment.amount_fen), sum(parts.values())
    if came_fen == become_fen:
        return []
    told = "、".join(f"{name} {fen} 分" for name, fen in parts.items())
    return [f"收款合计 {came_fen} 分，去向合计 {become_fen} 分（{told}）"]


def verify_ledgers(session: Session) -> list[str]:
    """Name every order whose figures are not what its own rows come to, counted one by one.

    Nothing that is kept or summed in SQL is read here: acceptances, claims, allocations,
    refunds and payments are.
    """
    due, money_of = _dues(session), _moneys(session)
    sums = figures()
    faults = []
    for order_id, number, *shown in session.execute(
        sa.select(Order.id, Order.number, *list(sums.c)[1:])
        .join(sums, sums.c.id == Order.id)
        .order_by(Order.id)
        .execution_options(yield_per=AT_ONCE)
    ):
        right = (due[order_id], *(part[order_id] for part in money_of))
        faults += [
            f"订单 {number} {name} {int(fen)} 分，由明细重算为 {counted} 分"
            for name, fen, counted in zip(_NAMES, shown, right, strict=True)
            if int(fen) != counted
        ]
    return faults


def _dues(session: Session) -> Counter[int]:
    """Count what each order owes, line by line."""
    accepted = _by(session, AcceptanceLine.order_line_id, AcceptanceLine.accepted_fen, _SIGNED)
    claimed = _by(session, Claim.order_line_id, Claim.amount_fen, Claim.state.in_(SETTLED))
    now = clock.now()
    due = Counter[int]()
    lines = sa.select(
        OrderLine.id,
        OrderLine.order_id,
        OrderLine.price_fen,
        OrderLine.ordered_fen,
        OrderLine.shipped_milli,
        Consignment.state,
        Order.terms,
        (Order.state == OrderState.AWAITING_PAYMENT) & (Order.pay_by_at <= now),
    )
    for (
        line_id,
        order_id,
        price_fen,
        ordered_fen,
        shipped,
        state,
        terms,
        overdue,
    ) in session.execute(
        lines.join(Consignment, Consignment.id == OrderLine.consignment_id)
        .join(Order, Order.id == OrderLine.order_id)
        .execution_options(yield_per=AT_ONCE)
    ):
        if state is ConsignmentState.RECEIVED:
            due[order_id] += accepted[line_id] - claimed[line_id]
        elif state not in NOT_COMING and terms is Terms.PREPAID and not overdue:
            due[order_id] += ordered_fen if shipped is None else money.line_fen(price_fen, shipped)
    return due


def _moneys(session: Session) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """Count what is put to each order, what came for it and is put to nothing, what went back."""
    valid = Refund.state != RefundState.FAILED
    put = _by(session, Allocation.payment_id, Allocation.amount_fen)
    back = _by(session, Refund.payment_id, Refund.amount_fen, valid)
    loose = Counter[int]()
    payments: Any = session.execute(
        sa.select(Payment.id, Payment.order_id, Payment.amount_fen)
        .where(Payment.aside_reason == "", Payment.order_id.is_not(None))
        .execution_options(yield_per=AT_ONCE)
    )
    for payment_id, order_id, amount_fen in payments:
        loose[order_id] += amount_fen - put[payment_id] - back[payment_id]
    applied = _by(session, Allocation.order_id, Allocation.amount_fen)
    return applied, loose, _by(session, Refund.order_id, Refund.amount_fen, valid)


_SIGNED = AcceptanceLine.acceptance_id.in_(
    sa.select(Acceptance.id).where(Acceptance.state == AcceptanceState.SIGNED)
)


def _by(session: Session, key: Any, fen: Any, *conditions: Any) -> Counter[int]:
    """Count amounts by a key, row by row."""
    counted = Counter[int]()
    rows = sa.select(key, fen).where(*conditions).execution_options(yield_per=AT_ONCE)
    for owner, amount_fen in session.execute(rows):
        counted[owner] += amount_fen
    return counted


def _sum(session: Session, fen: Any, *conditions: Any) -> int:
    total = sa.select(sa.func.coalesce(sa.func.sum(fen), 0)).where(*conditions)
    return int(session.scalars(total).one())
