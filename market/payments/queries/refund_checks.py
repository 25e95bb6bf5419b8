"""Prove refunds against the record, their claims, the shelf, and disputes."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.audit.queries import contradicted
from market.catalog.models import MovementKind, StockMovement
from market.ordering.models import Claim, OrderLine
from market.ordering.queries.claims import SETTLED
from market.payments.models import (
    Allocation,
    Dispute,
    DisputeState,
    Refund,
    RefundState,
)
from market.payments.queries.refunds import STANDS


def verify_refunds(session: Session) -> list[str]:
    """Name every refund that the record, its claim, its line, its allocations or a dispute contradicts."""
    return [
        *_unlike_their_record(session),
        *_above_their_claim(session),
        *_unlike_the_shelf(session),
        *_above_their_line(session),
        *_unlike_their_allocations(session),
        *_unlike_their_dispute(session),
    ]


def _unlike_their_record(session: Session) -> list[str]:
    deeds = ("refund.started", "refund.imported")
    return [
        f"退款 {refund.number} 为 {refund.amount_fen} 分，与操作记录不符"
        for refund in contradicted(session, Refund, "amount_fen", *deeds)
    ]


def _above_their_claim(session: Session) -> list[str]:
    back = sa.func.sum(Refund.amount_fen)
    rows = session.execute(
        sa.select(Claim.number, Claim.amount_fen, back)
        .join(Refund, Refund.claim_id == Claim.id)
        .where(STANDS)
        .group_by(Claim.id)
        .having(back > Claim.amount_fen)
        .order_by(Claim.id)
    )
    return [
        f"售后 {number} 为 {fen} 分，退款合计 {int(back_fen)} 分" for number, fen, back_fen in rows
    ]


def _unlike_the_shelf(session: Session) -> list[str]:
    """Name refunds whose goods are not on the shelf as they say, and movements without a refund."""
    about = sa.literal("refund:") + Refund.number
    said = sa.select(about.label("about"), Refund.restock_milli.label("milli")).where(
        Refund.restock_milli > 0
    )
    moved = (
        sa.select(StockMovement.about, sa.func.sum(StockMovement.change_milli).label("milli"))
        .where(StockMovement.kind == MovementKind.RETURNED)
        .group_by(StockMovement.about)
    )
    both = {about: [int(milli), 0] for about, milli in session.execute(said)}
    for about_, milli in session.execute(moved):
        both.setdefault(about_, [0, 0])[1] = int(milli)
    # A claim without a refund says by the movement itself how much came back, up to its own.
    most = sa.select(StockMovement.about, Claim.milli).join(Claim, _of_claim())
    for about_, milli in session.execute(most.where(Claim.state.in_(SETTLED))):
        both[about_][0] = min(both[about_][1], int(milli))
    return [
        f"{about} 记退货入库 {milli}，库存变动 {moved_milli}"
        for about, (milli, moved_milli) in sorted(both.items())
        if milli != moved_milli
    ]


def _above_their_line(session: Session) -> list[str]:
    shelved = sa.union_all(
        sa.select(Refund.line_id.label("line"), Refund.restock_milli.label("milli")),
        sa.select(Claim.order_line_id, StockMovement.change_milli).join(Claim, _of_claim()),
    ).subquery()
    back = sa.func.sum(shelved.c.milli)
    most = sa.func.coalesce(OrderLine.rejected_milli, 0) + OrderLine.claimed_milli
    rows = session.execute(
        sa.select(OrderLine.id, back, most)
        .join(shelved, shelved.c.line == OrderLine.id)
        .group_by(OrderLine.id)
        .having(back > most)
        .order_by(OrderLine.id)
    )
    return [
        f"订单行 {line} 退货入库 {int(back_milli)}，拒收和售后共 {int(most_milli)}"
        for line, back_milli, most_milli in rows
    ]


def _of_claim() -> sa.ColumnElement[bool]:
    """Return the condition that a movement put on the shelf what a claim took back."""
    word = "claim:"
    return sa.and_(
        StockMovement.kind == MovementKind.RETURNED,
        StockMovement.about.startswith(word),
        Claim.number == sa.func.substr(StockMovement.about, len(word) + 1),
    )


def _unlike_their_allocations(session: Session) -> list[str]:
    """Name refunds for which more was taken from orders than they are, or of another payment."""
    taken = -sa.func.sum(Allocation.amount_fen)
    other = sa.func.max(sa.case((Allocation.payment_id != Refund.payment_id, 1), else_=0))
    rows = session.execute(
        sa.select(Refund.number, Refund.amount_fen, taken)
        .join(Allocation, Allocation.refund_id == Refund.id)
        .group_by(Refund.id)
        .having(sa.or_(taken > Refund.amount_fen, other > 0))
        .order_by(Refund.id)
    )
    return [
        f"退款 {number} 为 {fen} 分，从订单撤回 {int(taken_fen)} 分，或属于另一笔收款"
        for number, fen, taken_fen in rows
    ]


def _unlike_their_dispute(session: Session) -> list[str]:
    """Name disputes that are lost without a refund, and those that are not and have one."""
    rows = session.execute(
        sa.select(Dispute.external_id, Dispute.state, Refund.id)
        .outerjoin(
            Refund,
            (Refund.serial == Dispute.external_id)
            & (Refund.state == RefundState.DONE)
            & (Refund.amount_fen == Dispute.amount_fen),
        )
        .where((Dispute.state == DisputeState.LOST) != Refund.id.is_not(None))
        .order_by(Dispute.id)
    )
    return [f"支付争议 {number}（{state.label}）与它的退款不符" for number, state, _ in rows]
