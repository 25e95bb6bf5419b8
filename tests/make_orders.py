"""Make orders for tests, and bring them as far as a test needs: all through the real services."""

import itertools
from collections.abc import Mapping

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import Sku
from market.core import clock
from market.core.access import UNIT_BUYERS, Role
from market.ordering import services
from market.ordering.models import (
    Acceptance,
    BuyingFor,
    Cart,
    CartLine,
    Consignment,
    ConsignmentState,
    Order,
    OrderState,
    ShortRest,
)
from market.ordering.queries import basket_of
from market.ordering.services import Finding, Parcel
from tests import make

_n = itertools.count(1)


def once() -> str:
    """Return a one-time key that no other has."""
    return f"once-{next(_n)}"


def order(
    session: Session,
    by: Person,
    *lines: tuple[Sku, int],
    buying_for: BuyingFor | None = None,
    opened: bool = True,
) -> Order:
    """Place an order for (SKU, milli); ``opened`` has it approved and paid where it must be."""
    if buying_for is None:
        buying_for = BuyingFor.CANTEEN if by.role in UNIT_BUYERS else BuyingFor.SELF
    cart = session.query(Cart).filter_by(person_id=by.id).one_or_none()
    if cart is None:
        make.cart(session, by, *lines, buying_for=buying_for)
    else:
        cart.buying_for = buying_for
        session.add_all(
            CartLine(cart_id=cart.id, sku_id=sku.id, milli=milli) for sku, milli in lines
        )
        session.flush()
    placed = services.place_order(
        session,
        by=by,
        once_key=once(),
        seen_total_fen=basket_of(session, by).total_fen,
        receiver=by.name,
        phone="023-0000-0000",
        address="两江新区人民路5号（演示）",
        wanted_on=None,
        remark="",
    )
    if opened and placed.state is OrderState.SUBMITTED:
        lead = make.person(session, role=Role.LEAD, unit=by.unit)
        services.approve(session, placed, by=lead)
    elif opened and placed.state is OrderState.AWAITING_PAYMENT:
        services.mark_paid(session, placed, by=None)
    session.flush()
    return placed


def seller(session: Session, consignment: Consignment) -> Person:
    """Return somebody who signs in for the consignment's supplier."""
    found = session.query(Person).filter_by(supplier_id=consignment.supplier_id).first()
    return found or make.supplier_person(session, consignment.supplier)


def shipped(
    session: Session,
    consignment: Consignment,
    milli: Mapping[int, int] | None = None,
    *,
    short_rest: ShortRest | None = None,
) -> Consignment | None:
    """Ship what was ordered, or per line id what ``milli`` says; return what follows."""
    return services.ship(
        session,
        consignment,
        carrier="自送",
        tracking="023-0000-0001",
        parcels=[
            Parcel(
                line.id, (milli or {}).get(line.id, line.ordered_milli), "演示批次", clock.today()
            )
            for line in consignment.lines
        ],
        short_rest=short_rest,
        by=seller(session, consignment),
    )


def inspected(
    session: Session, consignment: Consignment, by: Person, milli: Mapping[int, int] | None = None
) -> Acceptance:
    """Accept what was shipped, or per line id what ``milli`` says."""
    return services.inspect(
        session,
        consignment,
        findings=[
            Finding(line.id, (milli or {}).get(line.id, line.shipped_milli))
            for line in consignment.lines
            if line.shipped_milli
        ],
        remark="",
        once_key=once(),
        by=by,
    )


def consignment(
    session: Session,
    by: Person,
    *lines: tuple[Sku, int],
    state: ConsignmentState = ConsignmentState.WAITING,
    buying_for: BuyingFor | None = None,
) -> Consignment:
    """Place an order of one supplier's goods, and bring its consignment to a state.

    Until it is shipped everything goes as ordered; a unit's second signature comes
    from a person made for it.
    """
    made = order(session, by, *lines, buying_for=buying_for).consignments[0]
    if state is ConsignmentState.WAITING:
        return made
    services.accept_consignment(session, made, by=seller(session, made))
    if state is ConsignmentState.ACCEPTED:
        return made
    shipped(session, made)
    if state is ConsignmentState.SHIPPED:
        return made
    acceptance = inspected(session, made, by)
    if state is ConsignmentState.RECEIVED and made.state is ConsignmentState.INSPECTED:
        second = make.person(session, unit=by.unit)
        services.sign(session, acceptance, by=second)
    return made
