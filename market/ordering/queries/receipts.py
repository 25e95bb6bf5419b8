"""Who may receive a consignment, and what was found of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.core.access import UNIT_BUYERS
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    BuyingFor,
    Consignment,
    Order,
)


def may_receive(order: Order, person: Person) -> bool:
    """Whether a person may accept an order's goods and claim against them.

    What somebody bought for themself is theirs alone; a unit's goods are received
    by any of the unit's buyers.
    """
    if order.buying_for is BuyingFor.SELF:
        return order.placed_by_id == person.id
    return person.role in UNIT_BUYERS and order.unit_id == person.unit_id


def acceptance_of(session: Session, consignment: Consignment) -> Acceptance | None:
    """Return the acceptance that stands or waits for its signature, with lines and photos."""
    return session.scalar(
        select(Acceptance)
        .where(
            Acceptance.consignment_id == consignment.id,
            Acceptance.state != AcceptanceState.RETURNED,
        )
        .options(*_WITH_ALL)
    )


def returned_of(session: Session, consignment: Consignment) -> Acceptance | None:
    """Return the acceptance that was sent back last, whose findings begin the next one."""
    return session.scalar(
        select(Acceptance)
        .where(
            Acceptance.consignment_id == consignment.id,
            Acceptance.state == AcceptanceState.RETURNED,
        )
        .order_by(Acceptance.id.desc())
        .limit(1)
        .options(*_WITH_ALL)
    )


_WITH_ALL = (
    joinedload(Acceptance.inspected_by),
    joinedload(Acceptance.signed_by),
    selectinload(Acceptance.lines).joinedload(AcceptanceLine.photo),
)
