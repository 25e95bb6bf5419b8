"""A fair for tests: two stands that come, two coordinators, a unit that buys."""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import Product, Sku, Supplier
from market.core import clock
from market.core.access import Role
from market.evidence.models import Attachment
from market.fairs import services
from market.fairs.models import BuyerKind, Fair, FairSale, FairStand
from market.units.models import Unit
from tests import make
from tests.funds.papers import file

_n = itertools.count(1)
DAY = dt.timedelta(days=1)


@dataclass
class Held:
    """A fair and its people."""

    session: Session
    fair: Fair
    stand: FairStand
    other: FairStand
    product: Product
    sku: Sku
    coordinator: Person
    second: Person
    seller: Person
    rival: Person
    lead: Person
    unit: Unit


def planned(**given: Any) -> services.Planned:
    """Plan three days around today in 人和."""
    today = clock.today()
    return services.Planned(
        **{
            "name": f"展销{next(_n)}",
            "starts_on": today - DAY,
            "ends_on": today,
            "host": "区社发局",
            "co_host": "彭水自治县商务委",
            "place": "人和广场",
        }
        | given
    )


def key() -> str:
    """Make a key as a browser does."""
    return str(uuid.uuid4())


def fair(session: Session, by: Person, **given: Any) -> Fair:
    """Make a fair that is planned."""
    return services.plan_fair(session, planned(**given), once_key=key(), by=by)


def held(session: Session, *, opened: bool = True, **given: Any) -> Held:
    """Make a fair with two stands that come; it is open unless said otherwise."""
    coordinator = make.person(session, name="李梅", role=Role.COORDINATOR)
    second = make.person(session, name="何静", role=Role.COORDINATOR)
    suppliers = [make.supplier(session), make.supplier(session)]
    sellers = [make.supplier_person(session, one) for one in suppliers]
    product = make.product(session, supplier=suppliers[0])
    sku = make.sku(session, product=product)
    lead = make.person(session, name="周强", role=Role.LEAD)
    made = fair(session, coordinator, **given)
    stands = []
    for number, (supplier, seller) in enumerate(zip(suppliers, sellers, strict=True), 1):
        stand = services.invite(session, made, supplier, f"A{number}", by=coordinator)
        services.answer(session, stand, accepts=True, by=seller)
        stands.append(stand)
    services.add_good(
        session,
        stands[0],
        services.Good(price_fen=2500, brought_milli=4000, sku=sku),
        by=sellers[0],
    )
    if opened:
        services.open_fair(session, made, by=coordinator)
    assert lead.unit is not None
    return Held(
        session,
        made,
        *stands,
        product,
        sku,
        coordinator,
        second,
        *sellers,
        lead,
        lead.unit,
    )


def typed(fen: int = 10_000, **given: Any) -> services.SaleTyped:
    """Type a sale to a person who is of no unit."""
    return services.SaleTyped(
        **{
            "buyer": BuyerKind.PERSON,
            "amount_fen": fen,
            "receipt_no": f"N{next(_n)}",
            "sold_at": clock.now(),
        }
        | given
    )


def sale(at: Held, fen: int = 10_000, *, stand: FairStand | None = None, **given: Any) -> FairSale:
    """Sell to the unit at a stand, by its own people, unless said otherwise."""
    given = {"buyer": BuyerKind.UNIT, "unit": at.unit.code} | given
    where = stand or at.stand
    by = at.seller if where is at.stand else at.rival
    return services.enter_sale(at.session, where, typed(fen, **given), client_key=key(), by=by)


def proved(at: Held, stand: FairStand | None = None) -> None:
    """Hand in a photo of a stand's receipts."""
    where = stand or at.stand
    services.add_proof(at.session, where, paper(at), by=at.coordinator)


def verified(at: Held, *sales: FairSale) -> None:
    """Let the coordinator verify sales, which are all of one stand."""
    services.verify_sales(
        at.session, sales[0].stand, [(one, one.version) for one in sales], by=at.coordinator
    )


def paper(at: Held) -> Attachment:
    """Make a file of its own."""
    return file(at.session, at.coordinator)


def signed(at: Held, fen: int = 50_000, **given: Any) -> Any:
    """Sign an intention of the unit with the first stand."""
    said = {"amount_fen": fen, "signed_on": clock.today(), "unit": at.unit.code} | given
    return services.sign_intention(
        at.session, at.stand, services.Signed(**said), paper(at), once_key=key(), by=at.seller
    )


def fairs(session: Session, vendor: Person, lead: Person) -> None:
    """Leave fairs in each state that has forms, for a supplier's person and a unit's lead."""
    supplier = session.get_one(Supplier, vendor.supplier_id)
    for opened in (False, True):
        at = held(session, opened=opened)
        stand = FairStand(fair=at.fair, supplier=supplier, number="Z1", by_id=at.coordinator.id)
        session.add(stand)
        session.flush()
        if not opened:
            continue
        services.answer(session, stand, accepts=True, by=vendor)
        for buyer in (lead.unit, lead.unit, at.unit):
            assert buyer is not None
            said = typed(buyer=BuyerKind.UNIT, unit=buyer.code)
            made = services.enter_sale(session, stand, said, client_key=key(), by=vendor)
        services.return_sale(session, made, version=1, answer="看", by=at.coordinator)
        paid = sale(at)
        proved(at)
        verified(at, paid)
        signed(at)
        services.add_photo(session, at.fair, paper(at), caption="", by=at.coordinator)
    over = held(session)
    services.close_fair(session, over.fair, by=over.coordinator)
    services.submit_result(session, over.fair, by=over.coordinator)
    done = held(session)
    services.close_fair(session, done.fair, by=done.coordinator)
    result = services.submit_result(session, done.fair, by=done.coordinator)
    services.check_result(session, done.fair, result, digest=result.digest, by=done.second)
