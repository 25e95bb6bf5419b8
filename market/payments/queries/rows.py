"""Every row behind the figures of an order: what it owes, what came, was put to it, and went back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.core import clock, money
from market.ordering.models import (
    Claim,
    ClaimState,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    Terms,
)
from market.ordering.queries import claims_by_line, shipped_fen
from market.payments.models import Allocation, Payment, Refund, RefundState
from market.payments.queries.ledger import NOT_COMING, Ledger

SETTLED = {ClaimState.AGREED, ClaimState.UPHELD}


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


def ledger_rows(
    session: Session,
    order: Order,
    ledger: Ledger,
    claims: Mapping[int, Sequence[Claim]] | None = None,
) -> list[LedgerRow]:
    """Return the rows behind an order's ledger, oldest first; claims by line where at hand."""
    if claims is None:
        claims = claims_by_line(
            session, [line for part in order.consignments for line in part.lines]
        )
    rows = [*_due_rows(order, claims), *_payment_rows(order, ledger)]
    rows += [*_moved_rows(session, order), *_refund_rows(order, ledger)]
    return sorted(rows, key=lambda row: row.on)


def _due_rows(order: Order, claims: Mapping[int, Sequence[Claim]]) -> list[LedgerRow]:
    overdue = order.is_overdue(clock.now())
    rows = []
    for part in order.consignments:
        for line in part.lines:
            at, fen, note = _line_due(order, part, line)
            due_fen = 0 if overdue else fen
            rows.append(LedgerRow(clock.day_of(at), line.name, note, due_fen=due_fen))
            rows += [
                LedgerRow(
                    clock.day_of(claim.decided_at or claim.made_at),
                    f"售后 {claim.number}",
                    f"{line.name}：{claim.state.label}",
                    due_fen=-claim.amount_fen,
                )
                for claim in claims.get(line.id, ())
                if claim.state in SETTLED
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


def _moved_rows(session: Session, order: Order) -> list[LedgerRow]:
    """Return what was put to the order and taken from it, and where its own money went else."""
    other = aliased(Order)
    source = aliased(Order)
    moved = session.execute(
        sa.select(
            Allocation.at,
            Allocation.amount_fen,
            Allocation.order_id == order.id,
            Allocation.refund_id,
            Allocation.statement_id,
            Payment.order_id == order.id,
            sa.case((Allocation.order_id == order.id, source.number), else_=other.number),
        )
        .join(Payment, Payment.id == Allocation.payment_id)
        .join(other, other.id == Allocation.order_id)
        .outerjoin(source, source.id == Payment.order_id)
        .where(sa.or_(Allocation.order_id == order.id, Payment.order_id == order.id))
        .order_by(Allocation.id)
    )
    rows = []
    for at, fen, here, refund_id, statement_id, ours, number in moved:
        came = not ours and here
        if refund_id:
            title = "撤回入账，用于退款"
        elif not here:
            title = "用于其他订单" if fen > 0 else "从其他订单转回"
        elif fen < 0:
            title = "撤回入账，转入账户余额"
        else:
            title = "结算单付款入账" if statement_id else "账户款项入账" if came else "入账"
        rows.append(
            LedgerRow(
                clock.day_of(at),
                title,
                other=number if came or not here else "",
                paid_fen=fen if came else 0 if here else -fen,
                applied_fen=fen if here else 0,
            )
        )
    return [*rows, *_else_refunded(session, order)]


def _else_refunded(session: Session, order: Order) -> list[LedgerRow]:
    """Return what of the order's own money went back for something else."""
    refunds = sa.select(Refund).join(Payment, Payment.id == Refund.payment_id)
    elsewhere = Refund.order_id.is_distinct_from(order.id)
    return [
        LedgerRow(
            _refunded_on(refund),
            f"另作退款 {refund.number}",
            refund.cause.label,
            paid_fen=-refund.amount_fen,
        )
        for refund in session.scalars(
            refunds.where(
                Payment.order_id == order.id, elsewhere, Refund.state != RefundState.FAILED
            ).order_by(Refund.id)
        )
    ]


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
