"""What readers see in the shop."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.pinyin import search_text
from market.catalog.models import (
    Category,
    Certificate,
    CertificateKind,
    PriceTier,
    Product,
    ProductState,
    Sku,
    SupplierState,
)
from market.core import clock
from tests import make

SignIn = Callable[[Person], FlaskClient]


@pytest.fixture
def visitor(app: Any) -> FlaskClient:
    return app.test_client()


def stocked(session: Session, **given: Any) -> Product:
    product = make.product(session, **given)
    product.search_text = search_text(product.name)
    sku = make.sku(session, product=product)
    session.add(PriceTier(sku_id=sku.id, from_milli=5000, price_fen=2300))
    session.flush()
    return product


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def selects(statements: list[str]) -> list[str]:
    return [one for one in statements if one.startswith("SELECT")]


# Shelves ------------------------------------------------------------------------------------------


def test_a_visitor_finds_a_product_by_initials(session: Session, visitor: FlaskClient):
    stocked(session, name="晶丝苕粉")
    stocked(session, name="土鸡蛋")
    session.commit()
    page = text(visitor.get("/goods?q=jssf"))
    assert "晶丝苕粉" in page
    assert "土鸡蛋" not in page
    assert "去掉条件：“jssf”" in page


def test_a_card_says_what_matters(session: Session, visitor: FlaskClient):
    product = make.product(session, name="苕粉", is_demo=True, sold_count=7, township="鞍子镇")
    make.sku(
        session,
        product=product,
        reference_price_fen=3000,
        reference_source="市场",
        stock_milli=3000,
    )
    session.commit()
    page = text(visitor.get("/goods"))
    for words in (
        "计入任务",
        "鞍子镇 · 500克/袋",
        "25.00",
        "<s>¥30.00</s>",
        "已成交 7 单",
        "仅剩 3 袋",
        "演示",
    ):
        assert words in page, words


def test_what_does_not_count_and_what_is_gone_says_so(session: Session, visitor: FlaskClient):
    product = make.product(
        session, recognition_no="", recognition_from=None, recognition_until=None
    )
    make.sku(session, product=product, stock_milli=0)
    session.commit()
    page = text(visitor.get("/goods"))
    assert "不计入任务" in page
    assert "已售罄" in page


def test_an_empty_shelf_says_what_to_do_next(session: Session, visitor: FlaskClient):
    assert "换一个词" in text(visitor.get("/goods?q=没有"))
    assert "通过审核后" in text(visitor.get("/goods"))


def test_buyers_put_the_smallest_amount_into_the_cart(
    session: Session, sign_in: SignIn, visitor: FlaskClient, buyer: Person, vendor: Person
):
    weighed = make.weighed_sku(session)
    page = text(sign_in(buyer).get("/goods"))
    assert f'name="sku" value="{weighed.code}"' in page
    assert 'name="quantity" value="5"' in page
    for client in (visitor, sign_in(vendor)):
        assert 'name="sku"' not in text(client.get("/goods"))


def test_the_button_of_a_card_works(session: Session, sign_in: SignIn, shopper: Person):
    code = make.sku(session).code
    answer = sign_in(shopper).post("/cart/lines", data={"sku": code, "quantity": "1"})
    assert answer.status_code == 302


def test_an_employee_is_not_offered_what_is_for_canteens(
    session: Session, sign_in: SignIn, shopper: Person
):
    make.weighed_sku(session)
    page = text(sign_in(shopper).get("/goods"))
    assert "仅限单位食堂" in page
    assert 'name="sku"' not in page


@pytest.mark.parametrize(
    "query",
    [
        "page=x",
        "page=-1",
        "page=99999999999999999999",
        "category=x&sort=x&season=13&audience=x",
        "q=%00",
        "q=%25_%5C",
        "township=%00",
        "q=" + "长" * 500,
    ],
)
def test_an_address_that_makes_no_sense_shows_the_shelf(
    session: Session, visitor: FlaskClient, query: str
):
    stocked(session)
    session.commit()
    text(visitor.get(f"/goods?{query}"))


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize("who", ["visitor", "buyer", "coordinator"])
def test_the_catalogue_costs_five_queries(
    session: Session,
    sign_in: SignIn,
    visitor: FlaskClient,
    buyer: Person,
    coordinator: Person,
    count_queries: Any,
    count: int,
    who: str,
):
    for _ in range(count):
        make.weighed_sku(session, product=stocked(session))
    session.commit()
    client = visitor if who == "visitor" else sign_in({"buyer": buyer}.get(who, coordinator))
    with count_queries() as statements:
        text(client.get("/goods?season=now&in_stock=1&sort=price_up"))
    assert len(selects(statements)) <= 5


def test_overseers_take_away_what_is_shown(session: Session, sign_in: SignIn, coordinator: Person):
    noodles = stocked(session, name="晶丝苕粉")
    make.weighed_sku(session, product=noodles)
    stocked(session, name="土鸡蛋", category=Category.MEAT)
    answer = sign_in(coordinator).get("/goods?format=xlsx&category=noodles")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == "在售商品"
    assert [(row[1], row[6], row[8]) for row in rows[3:]] == [
        ("晶丝苕粉", "散装过秤", 12.8),
        ("晶丝苕粉", "500克/袋", 25.0),
    ]


def test_others_take_nothing_away(session: Session, sign_in: SignIn, buyer: Person):
    assert sign_in(buyer).get("/goods?format=xlsx").status_code == 403


# A product ----------------------------------------------------------------------------------------


def test_a_product_page_tells_all_a_buyer_asks(session: Session, sign_in: SignIn, buyer: Person):
    product = stocked(
        session,
        name="晶丝苕粉",
        description="手工漏粉。",
        season_from=11,
        season_to=2,
        storage="阴凉干燥",
        shelf_life_days=365,
        households_helped=36,
        is_demo=True,
    )
    make.weighed_sku(session, product=product)
    session.add(Certificate(product_id=product.id, kind=CertificateKind.INSPECTION, number="JC-1"))
    bag = product.skus[0].code
    page = text(sign_in(buyer).get(f"/goods/{product.code}?sku={bag}"))
    for words in (
        "手工漏粉。",
        "11 月至次年 2 月",
        "阴凉干燥",
        "365 天",
        '带动 <b class="num">36</b> 户',
        product.recognition_no,
        "检测报告 JC-1",
        "满 5 袋",
        "仅限单位食堂",
        "5 公斤起订，每次加 0.5 公斤",
        product.supplier.name,
        "演示",
        "加入购物车",
    ):
        assert words in page, words


def test_a_chosen_sku_shows_its_own_price_and_smallest_amount(
    session: Session, sign_in: SignIn, buyer: Person
):
    product = stocked(session)
    weighed = make.weighed_sku(session, product=product)
    page = text(sign_in(buyer).get(f"/goods/{product.code}?sku={weighed.code}"))
    assert 'name="quantity" type="text" inputmode="decimal" autocomplete="off" value="5"' in page
    other = text(sign_in(buyer).get(f"/goods/{product.code}?sku=unknown"))
    assert "加入购物车" in other


def test_visitors_are_asked_to_sign_in(session: Session, visitor: FlaskClient):
    product = stocked(session)
    session.commit()
    page = text(visitor.get(f"/goods/{product.code}"))
    assert "登录后购买" in page
    assert "加入购物车" not in page


def test_a_product_without_a_sku_on_offer_says_so(session: Session, visitor: FlaskClient):
    product = make.product(session)
    session.commit()
    assert "暂时没有可订的规格" in text(visitor.get(f"/goods/{product.code}"))


def test_what_is_sold_out_or_for_canteens_cannot_be_ordered(
    session: Session, sign_in: SignIn, shopper: Person, vendor: Person
):
    gone = make.sku(session, stock_milli=0)
    weighed = make.weighed_sku(session)
    client = sign_in(shopper)
    assert "暂时售罄" in text(client.get(f"/goods/{gone.product.code}"))
    assert "仅限单位食堂采购" in text(client.get(f"/goods/{weighed.product.code}"))
    assert "供应商账号不能下单" in text(sign_in(vendor).get(f"/goods/{gone.product.code}"))


@pytest.mark.parametrize("state", sorted(set(ProductState) - {ProductState.LISTED}))
def test_what_is_not_listed_is_seen_only_by_those_concerned(
    session: Session,
    sign_in: SignIn,
    visitor: FlaskClient,
    vendor: Person,
    buyer: Person,
    coordinator: Person,
    inspector: Person,
    admin: Person,
    state: ProductState,
):
    supplier = make.product(session).supplier
    vendor.supplier_id = supplier.id
    product = make.product(session, supplier=supplier, state=state)
    other = make.supplier_person(session, make.supplier(session))
    session.commit()
    path = f"/goods/{product.code}"
    assert visitor.get(path).status_code == 404
    for person, status in (
        (buyer, 404),
        (other, 404),
        (vendor, 200),
        (coordinator, 200),
        (inspector, 200),
        (admin, 200),
    ):
        assert sign_in(person).get(path).status_code == status


def test_a_suspended_suppliers_things_are_gone_for_the_public(
    session: Session, sign_in: SignIn, visitor: FlaskClient, coordinator: Person
):
    supplier = make.supplier(session, state=SupplierState.SUSPENDED)
    product = stocked(session, supplier=supplier)
    session.commit()
    for path in (f"/goods/{product.code}", f"/suppliers/{supplier.code}"):
        assert visitor.get(path).status_code == 404
        assert "已暂停" in text(sign_in(coordinator).get(path))


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize("who", ["visitor", "buyer", "coordinator"])
def test_a_product_costs_six_queries(
    session: Session,
    sign_in: SignIn,
    visitor: FlaskClient,
    buyer: Person,
    coordinator: Person,
    count_queries: Any,
    count: int,
    who: str,
):
    product = stocked(session)
    for _ in range(count):
        make.weighed_sku(session, product=product)
        session.add(Certificate(product_id=product.id, kind=CertificateKind.OTHER))
        stocked(session, township=product.township)
    path = f"/goods/{product.code}"
    session.commit()
    client = visitor if who == "visitor" else sign_in({"buyer": buyer}.get(who, coordinator))
    with count_queries() as statements:
        text(client.get(path))
    assert len(selects(statements)) <= 6


# A supplier ---------------------------------------------------------------------------------------


def test_a_supplier_shows_its_own_goods_only(session: Session, visitor: FlaskClient):
    product = stocked(session, name="晶丝苕粉")
    stocked(session, name="土鸡蛋")
    session.commit()
    page = text(visitor.get(f"/suppliers/{product.supplier.code}"))
    assert "晶丝苕粉" in page
    assert "土鸡蛋" not in page
    empty = make.supplier(session)
    session.commit()
    assert "暂时没有在售商品" in text(visitor.get(f"/suppliers/{empty.code}"))


def test_strangers_to_the_catalogue_get_404(visitor: FlaskClient, app: Any):
    for path in ("/goods/none", "/suppliers/none"):
        assert visitor.get(path).status_code == 404


def test_today_is_marked_in_the_season(session: Session, visitor: FlaskClient):
    month = clock.today().month
    product = stocked(session, season_from=month, season_to=month)
    session.commit()
    page = text(visitor.get(f"/goods/{product.code}"))
    assert page.count('class="is-season"') == 1
    assert "当季" in page
    assert session.query(Sku).count() == 1
