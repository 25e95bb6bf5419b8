"""What orders came to, for whoever asks what an activity brought."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.ordering.models import AcceptanceLine, Claim, Consignment, Order, OrderLine
from market.targets.models import Credit

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Results:
    """Fen accepted less what was taken back, fen of it that count, and the units they count for."""

    sales_fen: int = 0
    credited_fen: int = 0
    units: int = 0


def results_of(session: Session, groups: Mapping[K, Sequence[int]]) -> dict[K, Results]:
    """Return what groups of orders (ids) came to, each; two queries, however many they are."""
    ids = {id_ for group in groups.values() for id_ in group}
    kept = sa.func.coalesce(OrderLine.accepted_fen, 0) - OrderLine.claimed_fen
    sales: dict[int, int] = {
        order_id: int(fen)
        for order_id, fen in session.execute(
            sa.select(OrderLine.order_id, sa.func.sum(kept))
            .where(OrderLine.order_id.in_(ids))
            .group_by(OrderLine.order_id)
        )
    }
    line_id = sa.func.coalesce(AcceptanceLine.order_line_id, Claim.order_line_id)
    credits: dict[int, list[tuple[int, int]]] = {}
    for order_id, unit_id, fen in session.execute(
        sa.select(OrderLine.order_id, Credit.unit_id, sa.func.sum(Credit.amount_fen))
        .select_from(Credit)
        .outerjoin(AcceptanceLine, AcceptanceLine.id == Credit.acceptance_line_id)
        .outerjoin(Claim, Claim.id == Credit.claim_id)
        .join(OrderLine, OrderLine.id == line_id)
        .where(OrderLine.order_id.in_(ids))
        .group_by(OrderLine.order_id, Credit.unit_id)
    ):
        credits.setdefault(order_id, []).append((unit_id, int(fen)))
    return {
        key: Results(
            sum(sales.get(id_, 0) for id_ in group),
            sum(fen for id_ in group for _, fen in credits.get(id_, ())),
            len({unit_id for id_ in group for unit_id, _ in credits.get(id_, ())}),
        )
        for key, group in groups.items()
    }


def accepted_of(session: Session, order_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return, by order and supplier, the fen accepted of these orders less what was taken back."""
    kept = sa.func.coalesce(OrderLine.accepted_fen, 0) - OrderLine.claimed_fen
    rows = session.execute(
        sa.select(OrderLine.order_id, Consignment.supplier_id, sa.func.sum(kept))
        .join(Consignment, Consignment.id == OrderLine.consignment_id)
        .where(OrderLine.order_id.in_(order_ids))
        .group_by(OrderLine.order_id, Consignment.supplier_id)
    )
    return {(order_id, supplier_id): int(fen) for order_id, supplier_id, fen in rows}


def orders_of(session: Session, order_ids: Sequence[int]) -> Sequence[Order]:
    """Return these orders with the units they count for, the latest first."""
    return session.scalars(
        sa.select(Order)
        .where(Order.id.in_(order_ids))
        .options(joinedload(Order.unit))
        .order_by(Order.id.desc())
    ).all()
