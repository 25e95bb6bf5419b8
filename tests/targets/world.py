"""Make what targets need: accepted lines, agreed claims and the credits they write."""

import datetime as dt
import itertools
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    BuyingFor,
    Claim,
    ClaimState,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
    Terms,
)
from market.targets import services
from market.targets.models import (
    Channel,
    Credit,
    OutsideFile,
    OutsideKind,
    OutsidePurchase,
    ReserveFiling,
    TargetEntry,
)
from market.targets.services import Reserve, credit, issue_target
from market.units.models import Canteen, Unit
from tests import make
from tests.plan.reports import file

_n = itertools.count(1)


def target(
    session: Session, unit: Unit, amount_fen: int, *, by: Person, year: int = 2026, **given: Any
) -> TargetEntry:
    """Issue or revise a target with a document of its own."""
    return issue_target(
        session,
        unit,
        **{
            "year": year,
            "amount_fen": amount_fen,
            "document_no": f"演示〔{year}〕{next(_n)}号",
            "document_on": clock.today(),
            "by": by,
        }
        | given,
    )


def accepted(
    session: Session, by: Person, fen: int, *, buying_for: BuyingFor = BuyingFor.CANTEEN
) -> AcceptanceLine:
    """Make a signed acceptance of one line worth ``fen``, with its order."""
    n = next(_n)
    sku = make.sku(session)
    order = Order(
        number=f"D{n}",
        once_key=f"order-{n}",
        state=OrderState.COMPLETED,
        buying_for=buying_for,
        channel=buying_for.channel,
        terms=Terms.ON_ACCOUNT,
        total_fen=fen,
        receiver="王芳",
        phone="023-0000-0000",
        address="演示路1号",
        unit=by.unit,
        placed_by=by,
    )
    consignment = Consignment(
        number=f"D{n}-1",
        state=ConsignmentState.RECEIVED,
        order=order,
        supplier=sku.product.supplier,
    )
    line = OrderLine(
        order=order,
        consignment=consignment,
        product=sku.product,
        sku=sku,
        name=sku.product.name,
        spec=sku.name,
        unit_name=sku.unit,
        price_fen=fen,
        is_by_weight=False,
        counts=True,
        ordered_milli=1000,
        ordered_fen=fen,
        shipped_milli=1000,
        accepted_milli=1000,
        rejected_milli=0,
        accepted_fen=fen,
    )
    session.add_all([order, consignment, line])
    session.flush()
    acceptance = Acceptance(
        once_key=f"acceptance-{n}",
        state=AcceptanceState.SIGNED,
        consignment=consignment,
        inspected_by=by,
        signed_at=clock.now(),
    )
    found = AcceptanceLine(
        acceptance=acceptance,
        order_line=line,
        accepted_milli=1000,
        rejected_milli=0,
        accepted_fen=fen,
    )
    session.add_all([acceptance, found])
    session.flush()
    return found


def credited(
    session: Session,
    by: Person,
    fen: int,
    *,
    buying_for: BuyingFor = BuyingFor.CANTEEN,
    channel: Channel | None = None,
    at: dt.datetime | None = None,
) -> Credit:
    """Accept goods worth ``fen`` for a person's unit, at an instant or now, and credit them."""
    line = accepted(session, by, fen, buying_for=buying_for)
    assert by.unit_id
    with clock.set_to(at or clock.now()):
        thing = credit(
            session,
            unit_id=by.unit_id,
            channel=channel or buying_for.channel,
            amount_fen=fen,
            supplier_id=line.order_line.product.supplier_id,
            product_id=line.order_line.product_id,
            acceptance_line_id=line.id,
        )
        session.flush()
    return thing


def claimed(
    session: Session, of: Credit, fen: int, *, by: Person, at: dt.datetime | None = None
) -> Credit:
    """Agree to a claim against a credited line, and take ``fen`` back."""
    n = next(_n)
    line = session.get_one(AcceptanceLine, of.acceptance_line_id)
    claim = Claim(
        number=f"C{n}",
        once_key=f"claim-{n}",
        state=ClaimState.AGREED,
        order_line=line.order_line,
        milli=1000,
        amount_fen=fen,
        reason="受潮",
        made_by=by,
    )
    session.add(claim)
    session.flush()
    with clock.set_to(at or clock.now()):
        thing = credit(
            session,
            unit_id=of.unit_id,
            channel=of.channel,
            amount_fen=-fen,
            supplier_id=of.supplier_id,
            product_id=of.product_id,
            happened_on=of.happened_on,
            claim_id=claim.id,
        )
        session.flush()
    return thing


def purchase(session: Session, by: Person, fen: int = 100_000, **given: Any) -> OutsidePurchase:
    """Leave a purchase outside the shop as its maker submitted it, past the service."""
    n = next(_n)
    made = OutsidePurchase(
        **{
            "number": f"PW{n}",
            "once_key": f"outside-{n}",
            "kind": OutsideKind.INVOICE,
            "bought_on": clock.today(),
            "seller": "彭水县某合作社",
            "products": "苏麻 50 公斤",
            "amount_fen": fen,
            "invoice_no": f"{n:08}",
            "unit": by.unit,
            "made_by": by,
        }
        | given
    )
    session.add(made)
    session.flush()
    return made


def counted_in_every_state(session: Session, buyer: Person, coordinator: Person) -> None:
    """Leave purchases outside the shop, months and filings in each state that has a form."""
    other = make.person(session, role=Role.COORDINATOR)
    colleague = make.person(session)
    today, year = clock.today(), clock.today().year
    month = dt.date(year if today.month > 2 else year - 1, (today.month - 3) % 12 + 1, 5)
    made = [purchase(session, buyer, bought_on=month) for _ in range(5)]
    made[0].files = [OutsideFile(attachment=file(session, buyer, content="0" * 64))]
    stranger = purchase(session, colleague)
    stranger.files = [OutsideFile(attachment=file(session, colleague, content="0" * 64))]
    services.return_outside(session, made[1], version=1, answer="看不清", by=other)
    services.withdraw_outside(session, made[2], by=buyer)
    for one in made[3:]:
        services.verify_outside_purchase(session, one, version=1, by=other)
    services.reverse_outside(session, made[4], reason="重复", by=coordinator)
    later = purchase(session, buyer, bought_on=today.replace(day=1) - dt.timedelta(days=1))
    services.lock_period(session, month.year, month.month, by=other)
    services.verify_outside_purchase(session, later, version=1, by=other)
    services.set_reserve_year(session, year, is_open=True, least_rate=100, by=coordinator)
    for by, answer in ((buyer, ""), (colleague, "总额有误")):
        assert by.unit
        services.file_reserve(session, by.unit, year, Reserve(Canteen.NONE), by=by)
        filing = session.query(ReserveFiling).filter_by(unit_id=by.unit_id).one()
        if answer:
            services.return_reserve(session, filing, version=1, answer=answer, by=other)
    session.flush()
