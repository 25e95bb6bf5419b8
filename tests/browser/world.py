"""A small world for journeys: two units that must buy, one that need not, and two cooperatives."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.services import make_person
from market.adapters.pinyin import search_text
from market.catalog.models import Category, Product, ProductState, Supplier
from market.core import clock
from market.core.access import Role
from market.ordering.models import ConsignmentState
from market.ordering.services import add_line, make_claim
from market.payments.services import make_statements
from market.targets.services import issue_target
from market.units.models import Canteen, Nature, Unit, UnitKind
from tests import make, make_orders

TARGET_FEN = 100_000_00
LIMIT_FEN = 1_000_00


@dataclass
class World:
    """Who and what there is; people by their login, goods by their code."""

    session: Session
    unit: Unit
    other_unit: Unit
    school: Unit
    people: dict[str, Person]

    def __getitem__(self, login: str) -> Person:
        """Return somebody."""
        return self.people[login]


@pytest.fixture
def world(session: Session) -> World:
    """The world before anybody has ordered anything; it is committed."""
    made = _world(session)
    session.commit()
    return made


@pytest.fixture
def busy_world(session: Session) -> World:
    """The world with an order in every state; it is committed."""
    made = _world(session)
    _busy(session, made)
    session.commit()
    return made


def _world(session: Session) -> World:
    unit = _unit(session, "RH", "人和街道办事处", approval_limit_fen=LIMIT_FEN)
    other = _unit(session, "TG", "天宫殿街道办事处")
    school = _unit(
        session,
        "XX",
        "金渝学校",
        kind=UnitKind.PUBLIC_INSTITUTION,
        nature=Nature.SCHOOL,
        canteen=Canteen.OUTSOURCED,
    )
    people: dict[str, Person] = {}

    def person(login: str, name: str, role: Role, **given: Any) -> None:
        people[login] = make_person(
            session,
            login=login,
            name=name,
            role=role,
            phone="023-0000-0000",
            is_demo=True,
            by=None,
            **given,
        )

    person("wangfang", "王芳", Role.CANTEEN, unit=unit)
    person("sunli", "孙丽", Role.CANTEEN, unit=unit)
    person("zhouqiang", "周强", Role.LEAD, unit=unit)
    person("wumin", "吴敏", Role.SHOPPER, unit=unit)
    person("zhaoqiang", "赵强", Role.CANTEEN, unit=other)
    person("limei", "李梅", Role.COORDINATOR)
    person("qianjun", "钱军", Role.FUND_OFFICER)
    person("heyu", "何玉", Role.COUNTY, agency="县交通局")
    person("zhengjie", "郑洁", Role.INSPECTOR)
    person("guanli", "管理员", Role.ADMIN)

    sanyi = _supplier(session, "SY", "三义苕粉合作社", "三义乡")
    runxi = _supplier(session, "RX", "润溪养殖合作社", "润溪乡")
    person("tianyong", "田勇", Role.SUPPLIER, supplier_id=sanyi.id)
    person("xiangping", "向平", Role.SUPPLIER, supplier_id=runxi.id)

    noodles = _product(session, sanyi, "SF01", "手工苕粉", Category.NOODLES, "sweet-potato.svg")
    make.sku(session, product=noodles, code="SF01-500", stock_milli=80_000)
    make.weighed_sku(session, product=noodles, code="SF01-KG")
    bacon = _product(session, runxi, "LR01", "农家腊肉", Category.MEAT, "bacon.svg")
    make.sku(session, product=bacon, code="LR01-1", price_fen=68_80, stock_milli=30_000)
    make.weighed_sku(session, product=bacon, code="LR01-KG", price_fen=56_40)

    for one in (unit, other):
        issue_target(
            session,
            one,
            year=clock.today().year,
            amount_fen=TARGET_FEN,
            document_no=f"演示〔{clock.today().year}〕1号",
            document_on=clock.today(),
            by=people["limei"],
        )
    return World(session, unit, other, school, people)


def _unit(session: Session, code: str, name: str, **given: Any) -> Unit:
    words = {"search_text": search_text(name, code), "address": "人民路5号（演示）"}
    return make.unit(session, code=code, name=name, **words | given)


def _supplier(session: Session, code: str, name: str, township: str) -> Supplier:
    return make.supplier(
        session,
        code=code,
        name=name,
        township=township,
        licence_until=dt.date(2099, 12, 31),
        search_text=search_text(name),
    )


def _product(
    session: Session, supplier: Supplier, code: str, name: str, category: Category, drawing: str
) -> Product:
    return make.product(
        session,
        supplier=supplier,
        code=code,
        name=name,
        category=category,
        illustration=drawing,
        is_demo=True,
        search_text=search_text(name, supplier.name, code),
    )


def _busy(session: Session, world: World) -> None:
    """Let everybody have ordered, and the orders have come to different points."""
    by_code = {sku.code: sku for sku in session.query(make.Sku)}
    loose, bags, bacon = by_code["SF01-KG"], by_code["SF01-500"], by_code["LR01-KG"]
    buyer, shopper = world["wangfang"], world["wumin"]
    for state in (
        ConsignmentState.WAITING,
        ConsignmentState.ACCEPTED,
        ConsignmentState.SHIPPED,
        ConsignmentState.INSPECTED,
        ConsignmentState.RECEIVED,
    ):
        make_orders.consignment(session, buyer, (loose, 20_000), state=state)
    make_orders.order(session, buyer, (loose, 100_000), (bacon, 20_000), opened=False)
    make_orders.order(session, shopper, (bags, 2000), opened=False)
    make_orders.consignment(session, shopper, (bags, 3000), state=ConsignmentState.RECEIVED)
    received = make_orders.consignment(
        session, buyer, (bacon, 10_000), state=ConsignmentState.RECEIVED
    )
    make_claim(
        session,
        received.lines[0],
        milli=1000,
        reason="底层受潮",
        photo=None,
        once_key="演示",
        by=buyer,
    )
    add_line(session, by=buyer, sku=loose, milli=30_000)
    proposed = make.product(
        session,
        supplier=loose.product.supplier,
        code="SF02",
        name="红薯淀粉",
        state=ProductState.SUBMITTED,
        illustration="starch.svg",
        submitted_at=clock.now(),
    )
    make.sku(session, product=proposed, code="SF02-1")
    make_orders.consignment(
        session, world["zhaoqiang"], (bacon, 30_000), state=ConsignmentState.RECEIVED
    )
    last = clock.today().replace(day=1) - dt.timedelta(days=1)
    with clock.set_to(clock.start_of(last) + dt.timedelta(hours=12)):
        make_orders.consignment(session, buyer, (bags, 4000), state=ConsignmentState.RECEIVED)
    make_statements(session, last.year, last.month)
