"""Ask about what was signed, and what was recorded of it."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core.access import DESK
from market.fairs.models import (
    Fair,
    FairFulfilment,
    FairIntention,
    FairIntentionOrder,
    FairStand,
)


def intentions_of(person: Person, fair: Fair) -> sa.Select[Any]:
    """Return a select of a fair's intentions, the latest first: the desk's all, a supplier's its own."""
    select = (
        sa.select(FairIntention)
        .join(FairStand, FairStand.id == FairIntention.stand_id)
        .where(FairIntention.fair_id == fair.id)
        .options(*_WHOLE)
        .order_by(FairIntention.signed_on.desc(), FairIntention.id.desc())
    )
    if person.role not in DESK:
        select = select.where(FairStand.supplier_id == person.supplier_id)
    return select


def intention_for(
    session: Session, person: Person, fair: Fair, number: str
) -> FairIntention | None:
    """Return an intention of a fair that this person may see."""
    return session.scalar(intentions_of(person, fair).where(FairIntention.number == number))


def fulfilments_of(session: Session, intention: FairIntention) -> Sequence[FairFulfilment]:
    """Return what was recorded as delivered, oldest first."""
    return session.scalars(
        sa.select(FairFulfilment)
        .where(FairFulfilment.intention_id == intention.id)
        .options(
            joinedload(FairFulfilment.attachment, innerjoin=True),
            joinedload(FairFulfilment.by, innerjoin=True),
        )
        .order_by(FairFulfilment.id)
    ).all()


def recorded_fen(session: Session, intention_ids: Sequence[int]) -> dict[int, int]:
    """Return the fen recorded as delivered of each of these intentions."""
    rows = session.execute(
        sa.select(FairFulfilment.intention_id, sa.func.sum(FairFulfilment.amount_fen))
        .where(FairFulfilment.intention_id.in_(intention_ids))
        .group_by(FairFulfilment.intention_id)
    )
    return {intention_id: int(fen) for intention_id, fen in rows}


def orders_linked(session: Session, intention_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the ids of the orders by which each of these intentions was kept."""
    found: dict[int, list[int]] = {id_: [] for id_ in intention_ids}
    for link in links_of(session, intention_ids):
        found[link.intention_id].append(link.order_id)
    return found


def links_of(session: Session, intention_ids: Sequence[int]) -> Sequence[FairIntentionOrder]:
    """Return the links of these intentions to orders, oldest first."""
    return session.scalars(
        sa.select(FairIntentionOrder)
        .where(FairIntentionOrder.intention_id.in_(intention_ids))
        .order_by(FairIntentionOrder.id)
    ).all()


_WHOLE = (
    joinedload(FairIntention.stand, innerjoin=True).joinedload(FairStand.supplier, innerjoin=True),
    joinedload(FairIntention.unit),
    joinedload(FairIntention.attachment, innerjoin=True),
    joinedload(FairIntention.made_by, innerjoin=True),
)
