"""Recompute what acceptances and claims should have left behind, for ``market verify``.

Every row is read as plain columns in blocks, so that a million lines fit in memory.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalog.models import Product
from market.core import money
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    Claim,
    Order,
    OrderLine,
)
from market.ordering.queries.claims import SETTLED
from market.targets.models import Credit

BLOCK = 2000


def verify_receipts(session: Session) -> list[str]:
    """Return, in Chinese and with ids, every difference between receipts and what follows of them.

    Accepted amounts against price and quantity, order lines against the acceptance
    that took effect and the claims settled, credits against both, and the number of
    sales of each product.
    """
    return [
        *_amounts(session),
        *_lines(session),
        *_credits_of_acceptances(session),
        *_credits_of_claims(session),
        *_sales(session),
    ]


def _amounts(session: Session) -> Iterator[str]:
    rows = _each(
        session,
        sa.select(
            AcceptanceLine.id,
            OrderLine.price_fen,
            AcceptanceLine.accepted_milli,
            AcceptanceLine.accepted_fen,
        )
        .join(OrderLine, OrderLine.id == AcceptanceLine.order_line_id)
        .order_by(AcceptanceLine.id),
    )
    for line_id, price_fen, milli, fen in rows:
        right = money.line_fen(price_fen, milli)
        if fen != right:
            yield f"验收行 {line_id}：金额是 {fen} 分，按单价和实收应为 {right} 分"


def _lines(session: Session) -> Iterator[str]:
    """Compare each order line with its effective acceptance and with its settled claims."""
    signed = (
        sa.select(AcceptanceLine)
        .join(Acceptance, Acceptance.id == AcceptanceLine.acceptance_id)
        .where(Acceptance.state == AcceptanceState.SIGNED)
        .subquery()
    )
    claimed = (
        sa.select(
            Claim.order_line_id,
            sa.func.sum(Claim.milli).label("milli"),
            sa.func.sum(Claim.amount_fen).label("fen"),
        )
        .where(Claim.state.in_(SETTLED))
        .group_by(Claim.order_line_id)
        .subquery()
    )
    rows = _each(
        session,
        sa.select(
            OrderLine.id,
            OrderLine.accepted_milli,
            signed.c.accepted_milli,
            OrderLine.rejected_milli,
            signed.c.rejected_milli,
            OrderLine.accepted_fen,
            signed.c.accepted_fen,
            OrderLine.claimed_milli,
            sa.func.coalesce(claimed.c.milli, 0),
            OrderLine.claimed_fen,
            sa.func.coalesce(claimed.c.fen, 0),
        )
        .outerjoin(signed, signed.c.order_line_id == OrderLine.id)
        .outerjoin(claimed, claimed.c.order_line_id == OrderLine.id)
        .order_by(OrderLine.id),
    )
    names = ("实收数量", "拒收数量", "实收金额", "售后扣减数量", "售后扣减金额")
    for line_id, *values in rows:
        for name, kept, right in zip(names, values[::2], values[1::2], strict=True):
            if kept != right:
                yield f"订单行 {line_id}：{name}是 {kept}，按验收和售后记录应为 {right}"


def _credits_of_acceptances(session: Session) -> Iterator[str]:
    """Compare each accepted line that counts with its credit, both ways."""
    due = sa.and_(
        Acceptance.state == AcceptanceState.SIGNED,
        OrderLine.counts,
        Order.unit_id.is_not(None),
        AcceptanceLine.accepted_fen > 0,
    )
    rows = _each(
        session,
        sa.select(
            AcceptanceLine.id,
            sa.case((due, AcceptanceLine.accepted_fen)),
            Order.unit_id,
            Order.channel,
            Credit.id,
            Credit.amount_fen,
            Credit.unit_id,
            Credit.channel,
        )
        .select_from(AcceptanceLine)
        .join(Acceptance, Acceptance.id == AcceptanceLine.acceptance_id)
        .join(OrderLine, OrderLine.id == AcceptanceLine.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(Credit, Credit.acceptance_line_id == AcceptanceLine.id)
        .where(due | Credit.id.is_not(None))
        .order_by(AcceptanceLine.id),
    )
    yield from _compared("验收行", rows)


def _credits_of_claims(session: Session) -> Iterator[str]:
    """Compare each settled claim on a line that counts with its negative credit, both ways."""
    due = sa.and_(Claim.state.in_(SETTLED), OrderLine.counts, Order.unit_id.is_not(None))
    rows = _each(
        session,
        sa.select(
            Claim.id,
            sa.case((due, -Claim.amount_fen)),
            Order.unit_id,
            Order.channel,
            Credit.id,
            Credit.amount_fen,
            Credit.unit_id,
            Credit.channel,
        )
        .select_from(Claim)
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(Credit, Credit.claim_id == Claim.id)
        .where(due | Credit.id.is_not(None))
        .order_by(Claim.id),
    )
    yield from _compared("售后申请", rows)


def _compared(source: str, rows: Iterator[Any]) -> Iterator[str]:
    for source_id, due_fen, unit_id, channel, credit_id, fen, credit_unit, credit_channel in rows:
        if credit_id is None:
            yield f"{source} {source_id}：应计入 {due_fen} 分，没有计入记录"
        elif due_fen is None:
            yield f"计入记录 {credit_id}：{source} {source_id} 不应计入，却计入了 {fen} 分"
        elif fen != due_fen:
            yield f"计入记录 {credit_id}：计入 {fen} 分，{source} {source_id} 应计入 {due_fen} 分"
        elif (credit_unit, credit_channel) != (unit_id, channel):
            yield f"计入记录 {credit_id}：单位或渠道与{source} {source_id} 的订单不一致"


def _sales(session: Session) -> Iterator[str]:
    sold = (
        sa.select(OrderLine.product_id, sa.func.count().label("count"))
        .where(OrderLine.accepted_milli > 0)
        .group_by(OrderLine.product_id)
        .subquery()
    )
    count = sa.func.coalesce(sold.c.count, 0)
    rows = session.execute(
        sa.select(Product.id, Product.code, Product.sold_count, count)
        .outerjoin(sold, sold.c.product_id == Product.id)
        .where(Product.sold_count != count)
        .order_by(Product.id)
    )
    for product_id, code, kept, right in rows:
        yield f"商品 {product_id}（{code}）：销量记为 {kept} 次，按验收记录应为 {right} 次"


def _each(session: Session, select: sa.Select) -> Iterator[Any]:
    yield from session.execute(select.execution_options(yield_per=BLOCK))
