"""What orders came to, for whoever asks what an activity brought."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.ordering.models import AcceptanceLine, Claim, Order, OrderLine
from market.targets.models import Credit


@dataclass(frozen=True)
class Results:
    """Fen accepted less what was taken back, fen of it that count, and the units they count for."""

    sales_fen: int = 0
    credited_fen: int = 0
    units: int = 0


def results_of(session: Session, order_ids: Sequence[int]) -> Results:
    """Return what some orders came to; nothing of them where there are none."""
    if not order_ids:
        return Results()
    kept = sa.func.coalesce(OrderLine.accepted_fen, 0) - OrderLine.claimed_fen
    sales = session.scalar(sa.select(sa.func.sum(kept)).where(OrderLine.order_id.in_(order_ids)))
    line_id = sa.func.coalesce(AcceptanceLine.order_line_id, Claim.order_line_id)
    credited, units = session.execute(
        sa.select(sa.func.sum(Credit.amount_fen), sa.func.count(Credit.unit_id.distinct()))
        .select_from(Credit)
        .outerjoin(AcceptanceLine, AcceptanceLine.id == Credit.acceptance_line_id)
        .outerjoin(Claim, Claim.id == Credit.claim_id)
        .join(OrderLine, OrderLine.id == line_id)
        .where(OrderLine.order_id.in_(order_ids))
    ).one()
    return Results(int(sales or 0), int(credited or 0), units)


def orders_of(session: Session, order_ids: Sequence[int]) -> Sequence[Order]:
    """Return these orders with who ordered, the latest first."""
    return session.scalars(
        sa.select(Order).where(Order.id.in_(order_ids)).order_by(Order.id.desc())
    ).all()
