"""The demonstration world: invented units, people, goods, and two years lived through the real services."""

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts import services as accounts
from market.accounts.models import Person
from market.adapters.files import Files
from market.audit.services import seal
from market.catalog import services as catalog
from market.catalog.models import Category, CertificateKind, Sku, Supplier
from market.cli.demo_bank import make_bank_file
from market.cli.demo_bulletins import draft_last_month, make_bulletins
from market.cli.demo_fairs import Fairs
from market.cli.demo_funds import Funds
from market.cli.demo_outside import Outside
from market.cli.demo_plan import Indicators
from market.cli.demo_targets import Targets
from market.cli.demo_year import Year
from market.cli.words import progress
from market.core import clock, money, quantity
from market.core.access import Role
from market.units import services as units
from market.units.models import Canteen, Nature, Unit, UnitKind

DATA = Path(__file__).parents[1] / "data"
FIRST_DAY = dt.date(2020, 1, 6)
HISTORY = 2020


@dataclass
class World:
    """Who and what there is, by the codes of the data files."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    skus: list[Sku] = field(default_factory=list)
    counted: dict[int, int] = field(default_factory=dict)  # SKU id → milli on the shelf today.
    this_year: int = field(default_factory=lambda: clock.today().year)

    def staff(self, unit: Unit, role: Role) -> list[Person]:
        """Return a unit's people of a role."""
        return [p for p in self.people.values() if p.unit_id == unit.id and p.role is role]

    def seller(self, supplier_id: int) -> Person:
        """Return who signs in for a supplier."""
        return next(p for p in self.people.values() if p.supplier_id == supplier_id)


def is_wanted(session: Session) -> bool:
    """Whether the database has no unit yet, so that a world may be put into it."""
    return not session.scalar(sa.select(sa.func.count(Unit.id)))


def load(session: Session, files: Files, *, secret: bytes) -> None:
    """Make the whole world in one transaction; the caller commits.

    ``secret`` keys the digests of people that indicators count. 2020 is finished history; this year runs up to the present moment, so that there are
    orders in every state. Everything invented says 演示.
    """
    world = World()
    with clock.set_to(clock.start_of(FIRST_DAY) + dt.timedelta(hours=9)):
        _make_units(session, world)
        _choose_settlement(session, world)
        _make_people(session, world)
        _make_goods(session, world)
    now = clock.now()
    years = (
        (HISTORY, clock.start_of(dt.date(HISTORY + 1, 2, 1))),
        (world.this_year, now),
    )
    targets = Targets(session, files, world.units, world.people)
    for year, until in years:
        targets.issue(_read("demo_units.toml"), year)
        lived = Year(session, world, year, until)
        with progress(lived.deeds(), f"{year} 年") as deeds:
            for _ in deeds:
                pass
    targets.propose(world.this_year + 1)
    for sku in world.skus:
        by = world.seller(sku.product.supplier_id)
        if sku.stock_milli != world.counted[sku.id]:
            catalog.adjust_stock(session, sku, world.counted[sku.id], reason="演示盘点", by=by)
    money = Funds(session, files, world.people)
    with progress(money.deeds(), "帮扶资金") as deeds:
        for _ in deeds:
            pass
    Fairs(session, files, world.people, money.proof).live()
    make_bulletins(session, files, world.people)
    Outside(session, files, world.people, money.proof).live()
    draft_last_month(session, by=world.people["coordinator"])
    Indicators(session, files, world.people, money.proof, secret).live()
    _invite(session, world)
    make_bank_file(session, files, by=world.people["coordinator"])
    session.flush()
    seal(session)


def _make_units(session: Session, world: World) -> None:
    for place, row in enumerate(_read("demo_units.toml")["unit"], start=1):
        world.units[row["code"]] = units.make_unit(
            session,
            units.UnitFacts(
                code=row["code"],
                name=row["name"],
                kind=UnitKind(row["kind"]),
                nature=Nature(row["nature"]),
                canteen=Canteen(row["canteen"]),
                daily_diners=row["daily_diners"],
                approval_limit_fen=_fen(row.get("approval_limit_yuan")),
                address=row["address"],
                contact=row["contact"],
                phone=row["phone"],
                bank_name="演示银行两江支行" if row["canteen"] != "none" else "",
                # Invented, and plainly so: no bank has accounts of zeros.
                bank_account=f"6200 0000 0000 {place:04d}" if row["canteen"] != "none" else "",
                note=row["note"],
                parent=row.get("parent"),
                shared_with=row.get("shared_with"),
            ),
            by=None,
        )


def _choose_settlement(session: Session, world: World) -> None:
    """Let every third unit carry small differences on to its next statement."""
    for place, unit in enumerate(world.units.values()):
        units.set_settlement(
            session,
            unit,
            bank_name="演示银行两江支行",
            bank_account=f"6222 0000 {place + 1:04d}（演示）",
            carry_limit_fen=0 if place % 3 else 500,
            by=None,
        )


def _make_people(session: Session, world: World) -> None:
    rows = _read("demo_people.toml")["person"]
    suppliers = _read("demo_catalog.toml")["supplier"]
    admin = next(row for row in rows if row["role"] == "admin")
    for row in [admin, *(row for row in rows if row["role"] not in ("admin", "supplier"))]:
        _make_person(session, world, row)
    for facts in suppliers:
        facts.pop("licence_from")
        code = facts.pop("code")
        world.suppliers[code] = catalog.make_supplier(
            session, catalog.SupplierFacts(**facts), code=code, by=world.people["coordinator"]
        )
    for row in rows:
        if row["role"] == "supplier":
            _make_person(session, world, row)


def _make_person(session: Session, world: World, row: dict[str, Any]) -> None:
    supplier = world.suppliers.get(row.get("supplier", ""))
    world.people[row["login"]] = accounts.make_person(
        session,
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        unit=world.units.get(row.get("unit", "")),
        supplier_id=supplier.id if supplier else None,
        agency=row.get("agency", ""),
        phone=row["phone"],
        is_demo=True,
        by=None,
    )


def _make_goods(session: Session, world: World) -> None:
    coordinator = world.people["coordinator"]
    for row in _read("demo_catalog.toml")["product"]:
        supplier = world.suppliers[row["supplier"]]
        by = world.seller(supplier.id)
        product = catalog.make_product(
            session,
            supplier,
            catalog.ProductFacts(
                category=Category(row["category"]),
                **{
                    name: row[name]
                    for name in catalog.ProductFacts.__dataclass_fields__
                    if name in row and name != "category"
                },
            ),
            code=row["code"],
            illustration=row["illustration"],
            is_demo=True,
            by=by,
        )
        for certificate in row.get("certificates", ()):
            catalog.note_certificate(
                session,
                product,
                kind=CertificateKind(certificate["kind"]),
                number=certificate["number"],
                valid_until=certificate.get("valid_until"),
                by=by,
            )
        for given in row["sku"]:
            _make_sku(session, world, product, given, by)
        catalog.submit_product(session, product, by=by)
        catalog.approve_listing(session, product, by=coordinator)


def _make_sku(
    session: Session, world: World, product: Any, given: dict[str, Any], by: Person
) -> None:
    facts = catalog.SkuFacts(
        name=given["name"],
        unit=given["unit"],
        price_fen=money.parse_yuan(given["price_yuan"]),
        reference_price_fen=_fen(given.get("reference_price_yuan")),
        reference_source=given.get("reference_source", ""),
        min_milli=quantity.parse(given["min"]),
        step_milli=quantity.parse(given["step"]),
        is_by_weight=given["by_weight"],
        for_canteen=given["for_canteen"],
        for_retail=given["for_retail"],
    )
    tiers = [
        catalog.Tier(quantity.parse(str(start)), money.parse_yuan(price))
        for start, price in given.get("tiers", ())
    ]
    sku = catalog.make_sku(session, product, facts, tiers=tiers, code=given["code"], by=by)
    world.skus.append(sku)
    world.counted[sku.id] = quantity.parse(str(given["stock"]))


def _invite(session: Session, world: World) -> None:
    """Let some leads have made a code for their employees lately."""
    leads = [person for person in world.people.values() if person.role is Role.LEAD]
    with clock.set_to(clock.now() - dt.timedelta(days=3)):
        for place, lead in enumerate(leads[:6]):
            assert lead.unit
            days = 2 if place == 5 else 30
            accounts.make_invitation(session, lead.unit, days=days, most=50, by=lead)


def _fen(text: str | None) -> int | None:
    return None if text is None else money.parse_yuan(text)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text("utf-8"))
