"""Every row behind the figures of an order: what it owes, what came, was put to it, and went back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.core import clock, money
from market.core.db import UTCDateTime
from market.ordering.models import (
    BuyingFor,
    Claim,
    ClaimState,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    Terms,
)
from market.ordering.queries import shipped_fen
from market.payments.models import Allocation, Checkout, CheckoutState, Payment, Refund, RefundState
from market.payments.queries.ledger import NOT_COMING, Ledger
from market.payments.queries.receipts import free_payments

SETTLED = {ClaimState.AGREED, ClaimState.UPHELD}
MOVED, ELSEWHERE, CLAIM, CREDIT, RUNNING = "moved", "elsewhere", "claim", "credit", "running"


@dataclass(frozen=True)
class LedgerRow:
    """One row behind an order's figures; each of them is the sum of its column, in fen.

    ``applied_fen`` is what was put to the order. ``other`` is another order's number
    that the money came from or went to.
    """

    on: dt.date
    title: str
    note: str = ""
    other: str = ""
    due_fen: int = 0
    paid_fen: int = 0
    applied_fen: int = 0
    refunded_fen: int = 0


@dataclass(frozen=True)
class Details:
    """The rows behind an order's ledger, oldest first, and what it may be paid by.

    That is its payer's credit, in fen, and until when an attempt to pay it online runs.
    """

    rows: Sequence[LedgerRow]
    credit_fen: int
    running_until: dt.datetime | None


def details_of(session: Session, order: Order, ledger: Ledger) -> Details:
    """Return the rows behind an order's ledger, and what it may be paid by, in one query."""
    found = session.execute(_around(order)).all()
    rows = [*_due_rows(order, [row for row in found if row.kind == CLAIM])]
    rows += _payment_rows(order, ledger)
    rows += [_moved_row(row) for row in found if row.kind == MOVED]
    rows += _refund_rows(order, ledger)
    rows += [
        LedgerRow(clock.day_of(row.at), f"另作退款 {row.text}", paid_fen=-int(row.fen))
        for row in found
        if row.kind == ELSEWHERE
    ]
    credit_fen = sum(int(row.fen) for row in found if row.kind == CREDIT)
    running_until = next((row.at for row in found if row.kind == RUNNING), None)
    return Details(sorted(rows, key=lambda row: row.on), credit_fen, running_until)


def _around(order: Order) -> sa.Select[Any]:
    """Select what moved between the order and others, its claims, credit and running attempt.

    Columns: ``kind``, ``id``, ``at``, ``fen``, ``text`` (the other order's number, or the
    thing's own), ``here`` and ``ours`` (whether it is put to this order, and this order's
    money), ``ref`` (the refund that it was taken back for, or the claim's line),
    ``statement``, ``note`` (why it was taken back, or which payment of no order's own it is).
    """
    other, source = aliased(Order), aliased(Order)
    here, ours = Allocation.order_id == order.id, Payment.order_id == order.id
    no, none = sa.cast(sa.null(), sa.Integer), sa.literal("")
    moved = (
        sa.select(
            sa.literal(MOVED).label("kind"),
            Allocation.id.label("id"),
            Allocation.at.label("at"),
            Allocation.amount_fen.label("fen"),
            sa.case((here, source.number), else_=other.number).label("text"),
            sa.case((here, 1), else_=0).label("here"),
            sa.case((ours, 1), else_=0).label("ours"),
            Allocation.refund_id.label("ref"),
            Allocation.statement_id.label("statement"),
            sa.case(
                (Allocation.amount_fen < 0, Allocation.reason),
                (source.number.is_(None), "流水号 " + Payment.bank_serial),
                else_="",
            ).label("note"),
        )
        .join(Payment, Payment.id == Allocation.payment_id)
        .join(other, other.id == Allocation.order_id)
        .outerjoin(source, source.id == Payment.order_id)
        .where(here | ours)
    )
    elsewhere = (
        sa.select(
            sa.literal(ELSEWHERE),
            Refund.id,
            Refund.made_at,
            Refund.amount_fen,
            Refund.number,
            no,
            no,
            no,
            no,
            none,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(ours, Refund.order_id.is_distinct_from(order.id), Refund.state != RefundState.FAILED)
    )
    decided_at = sa.func.coalesce(Claim.decided_at, Claim.made_at)
    settled = (
        sa.select(
            sa.literal(CLAIM),
            Claim.id,
            decided_at,
            Claim.amount_fen,
            Claim.number,
            no,
            no,
            Claim.order_line_id,
            no,
            none,
        )
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(OrderLine.order_id == order.id, Claim.state.in_(SETTLED))
    )
    own = Payment.unit_id == order.unit_id
    if order.buying_for is BuyingFor.SELF:
        own = Payment.person_id == order.placed_by_id
    credit = sa.select(
        sa.literal(CREDIT),
        no,
        sa.cast(sa.null(), UTCDateTime),
        sa.func.coalesce(sa.func.sum(Payment.free_fen), 0),
        sa.literal(""),
        no,
        no,
        no,
        no,
        none,
    ).where(own, free_payments())
    running = sa.select(
        sa.literal(RUNNING),
        Checkout.id,
        Checkout.expires_at,
        Checkout.amount_fen,
        sa.literal(""),
        no,
        no,
        no,
        no,
        none,
    ).where(
        Checkout.order_id == order.id,
        Checkout.state == CheckoutState.STARTED,
        Checkout.expires_at > clock.now(),
        # Of one that the processor has not answered nobody has seen a page to pay on.
        Checkout.session_id.is_not(None),
    )
    rows = sa.union_all(moved, elsewhere, settled, credit, running).subquery()
    return sa.select(rows).order_by(rows.c.kind, rows.c.id)


def _due_rows(order: Order, claims: Sequence[Any]) -> list[LedgerRow]:
    overdue = order.is_overdue(clock.now())
    names = {}
    rows = []
    for part in order.consignments:
        for line in part.lines:
            names[line.id] = line.name
            at, fen, note = _line_due(order, part, line)
            due_fen = 0 if overdue else fen
            rows.append(LedgerRow(clock.day_of(at), line.name, note, due_fen=due_fen))
    rows += [
        LedgerRow(
            clock.day_of(claim.at), f"售后 {claim.text}", names[claim.ref], due_fen=-int(claim.fen)
        )
        for claim in claims
    ]
    return rows


def _line_due(order: Order, part: Consignment, line: OrderLine) -> tuple[dt.datetime, int, str]:
    """Return since when a line owes what, and why, as ``figures`` sums it in SQL."""
    if part.state in NOT_COMING:
        return order.closed_at or order.placed_at, 0, f"{part.state.label}，不再应付"
    if part.state is ConsignmentState.RECEIVED:
        return part.received_at or order.placed_at, line.accepted_fen or 0, "按验收金额"
    if order.terms is Terms.ON_ACCOUNT:
        return order.placed_at, 0, f"验收后应付，下单 {money.yuan(line.ordered_fen)} 元"
    fen = shipped_fen(line)
    if fen is None:
        return order.placed_at, line.ordered_fen, "按下单金额"
    return part.shipped_at or order.placed_at, fen, "按发货数量"


def _payment_rows(order: Order, ledger: Ledger) -> list[LedgerRow]:
    """Return what came for the order itself."""
    return [
        LedgerRow(
            paid.payment.paid_on,
            f"{paid.payment.method.label}到账",
            f"流水号 {paid.payment.bank_serial}",
            paid_fen=paid.payment.amount_fen,
        )
        for paid in ledger.payments
        if paid.payment.order_id == order.id and not paid.payment.aside_reason
    ]


def _moved_row(row: Any) -> LedgerRow:
    """Return what was put to the order or taken from it, or where its own money went else."""
    fen, came = int(row.fen), row.here and not row.ours
    if row.ref:
        title = "撤回入账，用于退款"
    elif not row.here:
        title = "用于其他订单" if fen > 0 else "从其他订单转回"
    elif fen < 0:
        title = "撤回入账" if row.note else "撤回入账，转入账户余额"
    elif row.statement:
        title = "结算单付款入账"
    else:
        title = "账户款项入账" if came and row.text else "款项入账" if came else "入账"
    return LedgerRow(
        clock.day_of(row.at),
        title,
        row.note,
        other=(row.text or "") if came or not row.here else "",
        paid_fen=fen if came else 0 if row.here else -fen,
        applied_fen=fen if row.here else 0,
    )


def _refund_rows(order: Order, ledger: Ledger) -> list[LedgerRow]:
    """Return what went back of the order; one that failed is shown and counts nothing."""
    own = {paid.payment.id for paid in ledger.payments if paid.payment.order_id == order.id}
    rows = []
    for refund in ledger.refunds:
        fen = 0 if refund.state is RefundState.FAILED else refund.amount_fen
        rows.append(
            LedgerRow(
                _refunded_on(refund),
                f"退款 {refund.number}",
                f"{refund.cause.label}，{refund.state.label}",
                paid_fen=0 if refund.payment_id in own else fen,
                refunded_fen=fen,
            )
        )
    return rows


def _refunded_on(refund: Refund) -> dt.date:
    return refund.done_on or clock.day_of(refund.made_at)
