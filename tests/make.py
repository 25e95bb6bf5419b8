"""Make things for tests: one function per thing, every argument optional."""

import datetime as dt
import itertools
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.pinyin import search_text
from market.catalog.models import (
    Category,
    MovementKind,
    Product,
    ProductState,
    Sku,
    StockMovement,
    Supplier,
)
from market.core.access import Role
from market.ordering.models import BuyingFor, Cart, CartLine
from market.units.models import Canteen, Unit, UnitKind

_n = itertools.count(1)


def unit(session: Session, **given: Any) -> Unit:
    """Make a subdistrict office with a canteen of 80 and a limit of 5 000 元."""
    number = next(_n)
    thing = Unit(
        **{
            "code": f"U{number}",
            "name": f"单位{number}",
            "kind": UnitKind.SUBDISTRICT,
            "canteen": Canteen.OWN,
            "daily_diners": 80,
            "approval_limit_fen": 500_000,
        }
        | given
    )
    thing.search_text = search_text(thing.name, thing.code)
    session.add(thing)
    session.flush()
    return thing


def person(session: Session, **given: Any) -> Person:
    """Make a canteen buyer with a unit of their own; nobody can sign in by password."""
    number = next(_n)
    role = given.get("role", Role.CANTEEN)
    if "unit" not in given and role in (Role.CANTEEN, Role.LEAD, Role.SHOPPER):
        given["unit"] = unit(session)
    thing = Person(
        **{
            "login": f"p{number}",
            "name": f"人员{number}",
            "role": Role.CANTEEN,
            "phone": "023-0000-0000",
            "password_hash": "!",
        }
        | given
    )
    session.add(thing)
    session.flush()
    return thing


def supplier(session: Session, **given: Any) -> Supplier:
    """Make a supplier of 三义乡."""
    number = next(_n)
    thing = Supplier(
        **{"code": f"S{number}", "name": f"合作社{number}", "township": "三义乡"} | given
    )
    session.add(thing)
    session.flush()
    return thing


def supplier_person(session: Session, of: Supplier, **given: Any) -> Person:
    """Make somebody who signs in for a supplier."""
    return person(session, role=Role.SUPPLIER, supplier_id=of.id, **given)


def product(session: Session, **given: Any) -> Product:
    """Make a listed product, recognised from 2020 to 2099."""
    number = next(_n)
    if "supplier" not in given:
        given["supplier"] = supplier(session)
    thing = Product(
        **{
            "code": f"P{number}",
            "name": f"苕粉{number}",
            "state": ProductState.LISTED,
            "category": Category.NOODLES,
            "township": given["supplier"].township,
            "recognition_no": f"演示认定-{number}",
            "recognition_from": dt.date(2020, 1, 1),
            "recognition_until": dt.date(2099, 12, 31),
            "search_text": f"苕粉{number} shaofen{number} sf{number}",
        }
        | given
    )
    session.add(thing)
    session.flush()
    return thing


def sku(session: Session, **given: Any) -> Sku:
    """Make a SKU at 25.00 a bag with ten in stock (and the movement that put them there)."""
    number = next(_n)
    if "product" not in given:
        given["product"] = product(session)
    thing = Sku(
        **{
            "code": f"K{number}",
            "name": "500克/袋",
            "unit": "袋",
            "price_fen": 2500,
            "stock_milli": 10_000,
        }
        | given
    )
    session.add(thing)
    session.flush()
    if thing.stock_milli:
        session.add(
            StockMovement(
                sku_id=thing.id, kind=MovementKind.RECEIPT, change_milli=thing.stock_milli
            )
        )
        session.flush()
    return thing


def weighed_sku(session: Session, **given: Any) -> Sku:
    """Make a canteen SKU by weight: 12.80 a kilogram, steps of half a kilogram, 500 in stock."""
    return sku(
        session,
        **{
            "name": "散装过秤",
            "unit": "公斤",
            "price_fen": 1280,
            "min_milli": 5000,
            "step_milli": 500,
            "stock_milli": 500_000,
            "is_by_weight": True,
            "for_retail": False,
        }
        | given,
    )


def cart(
    session: Session,
    by: Person,
    *lines: tuple[Sku, int],
    buying_for: BuyingFor = BuyingFor.SELF,
) -> Cart:
    """Put SKUs and quantities (milli) into a person's cart."""
    thing = Cart(person_id=by.id, buying_for=buying_for)
    session.add(thing)
    session.flush()
    session.add_all(CartLine(cart_id=thing.id, sku_id=sku.id, milli=milli) for sku, milli in lines)
    session.flush()
    session.refresh(thing)
    return thing
