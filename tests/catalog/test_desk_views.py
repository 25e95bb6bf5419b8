"""The desks of suppliers and coordinators: who may, what is refused, what is kept."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import (
    Category,
    Certificate,
    PriceTier,
    Product,
    ProductState,
    Sku,
    Supplier,
    SupplierState,
)
from market.core import money
from tests import make

SignIn = Callable[[Person], FlaskClient]

PRODUCT = {
    "name": "龙须苕粉",
    "category": "noodles",
    "township": "三义乡",
    "season_from": "11",
    "season_to": "2",
    "description": "手工漏粉。",
    "households_helped": "36",
    "recognition_no": "",
    "recognition_from": "",
    "recognition_until": "",
}
SKU = {
    "name": "500克/袋",
    "unit": "袋",
    "price_fen": "25",
    "min_milli": "1",
    "step_milli": "1",
    "for_canteen": "y",
    "for_retail": "y",
    "is_offered": "y",
}


@pytest.fixture
def supplier(session: Session, vendor: Person) -> Supplier:
    return session.get_one(Supplier, vendor.supplier_id)


@pytest.fixture
def product(session: Session, supplier: Supplier) -> Product:
    """A listed product of the vendor with ten bags."""
    made = make.product(
        session, code="noodles", supplier=supplier, name="晶丝苕粉", description="好吃。",
        illustration="noodles.svg",
    )  # fmt: skip
    make.sku(session, code="noodles-1", product=made)
    session.refresh(made)
    return made


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)[-600:]
    return answer.get_data(as_text=True)


def goes_to(answer: Any, path: str) -> None:
    assert (answer.status_code, answer.location) == (302, path)


def once(client: FlaskClient, path: str = "/desk/skus/noodles-1/stock") -> str:
    page = text(client.get(path))
    return page.split('name="once"')[1].split('value="')[1].split('"')[0]


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


# Who may ------------------------------------------------------------------------------------------

READ = [
    "/desk/goods",
    "/desk/goods/noodles",
    "/desk/skus/noodles-1/stock",
]
EDIT = [
    "/desk/goods/new",
    "/desk/goods/noodles/edit",
    "/desk/goods/noodles/picture",
    "/desk/goods/noodles/certificates",
    "/desk/goods/noodles/skus/new",
    "/desk/skus/noodles-1/edit",
]
POST = [
    "/desk/goods/noodles/submit",
    "/desk/goods/noodles/withdraw",
    "/desk/skus/noodles-1/receipts",
    "/desk/skus/noodles-1/counts",
]
OVERSEE = ["/review", "/review/noodles", "/desk/suppliers"]
SUPPLIER = {"bank_name": "彭水农商行", "bank_account": "6200 1234", "licence_no": "JY150"}


@pytest.mark.parametrize("path", [*READ, *EDIT, *OVERSEE, "/desk/suppliers/new"])
def test_buyers_are_sent_away_and_visitors_asked_to_sign_in(
    app: Any, session: Session, sign_in: SignIn, product: Product, buyer: Person, path: str
):
    session.commit()
    answer = app.test_client().get(path)
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
    assert sign_in(buyer).get(path).status_code == 403


@pytest.mark.parametrize("path", [*READ, *EDIT])
@pytest.mark.parametrize("who", ["vendor", "coordinator", "admin"])
def test_its_supplier_and_those_who_keep_it_read_and_edit(
    sign_in: SignIn, product: Product, request: pytest.FixtureRequest, who: str, path: str
):
    assert sign_in(request.getfixturevalue(who)).get(path).status_code == 200


def test_an_inspector_reads_and_changes_nothing(
    sign_in: SignIn, product: Product, inspector: Person
):
    client = sign_in(inspector)
    for path in [*READ, *OVERSEE]:
        page = text(client.get(path))
        assert 'method="post"' not in page.split("<main")[1].split("</main>")[0]
    for path in EDIT:
        assert client.get(path).status_code == 403
    for path in [*POST, "/review/noodles/approve", "/review/noodles/return"]:
        assert client.post(path).status_code == 403


def test_an_inspector_reads_what_is_written_down_about_a_supplier_and_its_skus(
    session: Session, sign_in: SignIn, product: Product, inspector: Person
):
    supplier, sku = product.supplier, product.skus[0]
    for name, value in SUPPLIER.items():
        setattr(supplier, name, value)
    sku.tiers.append(PriceTier(from_milli=20_000, price_fen=sku.price_fen - 100))
    sku.reference_price_fen, sku.reference_source = sku.price_fen + 300, "彭水县农贸市场"
    prices = [money.yuan(sku.price_fen - 100), money.yuan(sku.price_fen + 300), "彭水县农贸市场"]
    path = f"/desk/suppliers/{supplier.code}"
    client = sign_in(inspector)
    page = text(client.get(path)).split("<main")[1]
    assert [value for value in SUPPLIER.values() if value not in page] == []
    assert "<form" not in page
    assert client.post(path, data={"name": "x"}).status_code == 403
    assert client.get("/desk/suppliers/nowhere").status_code == 404
    assert path in text(client.get("/desk/suppliers"))
    page = text(client.get("/desk/goods/noodles"))
    assert [price for price in prices if price not in page] == []


def test_another_supplier_finds_no_such_page(session: Session, sign_in: SignIn, product: Product):
    paths = [*READ[1:], *EDIT[1:], f"/desk/suppliers/{product.supplier.code}"]
    other = sign_in(make.supplier_person(session, make.supplier(session)))
    for path in paths:
        assert other.get(path).status_code == 404, path
    for path in POST:
        assert other.post(path).status_code == 404, path


def test_a_supplier_neither_reviews_nor_keeps_suppliers(sign_in: SignIn, vendor: Person):
    client = sign_in(vendor)
    for path in [*OVERSEE, "/desk/suppliers/new"]:
        assert client.get(path).status_code == 403
    for path in ["/review/noodles/approve", "/desk/suppliers/S1/suspend"]:
        assert client.post(path).status_code == 403


def test_only_coordinators_decide(sign_in: SignIn, product: Product, admin: Person):
    assert sign_in(admin).post("/review/noodles/approve").status_code == 403


# Products -----------------------------------------------------------------------------------------


def test_a_supplier_makes_a_product_and_has_it_listed(
    session: Session, sign_in: SignIn, vendor: Person, coordinator: Person
):
    client = sign_in(vendor)
    answer = client.post("/desk/goods/new", data=PRODUCT)
    made = session.scalars(sa.select(Product)).one()
    code = made.code
    assert (made.category, made.season_from, made.season_to) == (Category.NOODLES, 11, 2)
    session.rollback()
    goes_to(answer, f"/desk/goods/{code}")
    answer = client.post(f"/desk/goods/{code}/skus/new", data=SKU)
    goes_to(answer, f"/desk/skus/{code}-1/stock")
    answer = client.post(
        f"/desk/goods/{code}/picture", data={"file": (io.BytesIO(picture()), "苕粉.png")}
    )
    goes_to(answer, f"/desk/goods/{code}")
    goes_to(client.post(f"/desk/goods/{code}/submit"), f"/desk/goods/{code}")
    assert "等待统筹协调人员审核" in text(client.get(f"/desk/goods/{code}"))

    desk = sign_in(coordinator)
    assert "龙须苕粉" in text(desk.get("/review"))
    page = text(desk.get(f"/review/{code}"))
    seen_at = page.split('name="seen_at" value="')[1].split('"')[0]
    goes_to(desk.post(f"/review/{code}/approve", data={"seen_at": seen_at}), "/review")
    assert "龙须苕粉" in text(client.get("/goods"))


def test_a_coordinator_says_whose_product_it_is(
    session: Session, sign_in: SignIn, coordinator: Person, supplier: Supplier
):
    code = supplier.code
    client = sign_in(coordinator)
    page = text(client.post("/desk/goods/new", data=PRODUCT), 422)
    assert 'id="supplier-error"' in page
    assert "龙须苕粉" in page
    answer = client.post("/desk/goods/new", data=PRODUCT | {"supplier": code})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "请填写商品名称"),
        ({"name": "长" * 81}, "最多 80 个字"),
        ({"description": "长" * 4001}, "最多 4000 个字"),
        ({"category": "nothing"}, "category-error"),
        ({"season_to": ""}, "起止月份"),
        ({"season_to": "13"}, "season_to-error"),
        ({"shelf_life_days": "0"}, "大于 0 天"),
        ({"shelf_life_days": "1.5"}, "shelf_life_days-error"),
        ({"shelf_life_days": "9" * 5000}, "shelf_life_days-error"),
        ({"shelf_life_days": "999999999999"}, "检查是否多输"),
        ({"households_helped": "-1"}, "不能小于 0"),
        ({"households_helped": "许多"}, "households_helped-error"),
        ({"recognition_no": "渝认 1"}, "要一起填写"),
        ({"recognition_from": "31.12.2020"}, "recognition_from-error"),
    ],
)
def test_what_is_typed_wrong_is_said_beside_its_field_and_kept(
    session: Session,
    sign_in: SignIn,
    product: Product,
    vendor: Person,
    wrong: dict[str, str],
    said: str,
):
    client = sign_in(vendor)
    for path in ("/desk/goods/new", "/desk/goods/noodles/edit"):
        page = text(client.post(path, data=PRODUCT | {"origin": "五丰村"} | wrong), 422)
        assert said in page
        assert "五丰村" in page
        assert f'id="{next(iter(wrong))}-error"' in page
    assert session.scalars(sa.select(Product.name)).all() == ["晶丝苕粉"]


def test_a_change_of_what_was_approved_warns_before_and_says_so_after(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    client = sign_in(vendor)
    assert "商品会暂时下架" in text(client.get("/desk/goods/noodles/edit"))
    answer = client.post("/desk/goods/noodles/edit", data=PRODUCT, follow_redirects=True)
    assert "等统筹协调人员重新审核" in text(answer)
    session.refresh(product)
    assert product.state is ProductState.SUBMITTED


def test_saving_without_a_change_leaves_the_product_on_sale(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    product.description = "第一行\n第二行"
    recognition_no = product.recognition_no
    client = sign_in(vendor)
    answer = client.post(
        "/desk/goods/noodles/edit",
        data={
            "name": "晶丝苕粉",
            "category": "noodles",
            "township": "三义乡",
            # Browsers send both characters of a line's end.
            "description": "第一行\r\n第二行",
            "recognition_no": recognition_no,
            "recognition_from": "2020-01-01",
            "recognition_until": "2099-12-31",
            "households_helped": "0",
        },
    )
    goes_to(answer, "/desk/goods/noodles")
    session.rollback()
    session.refresh(product)
    assert product.state is ProductState.LISTED


def test_what_is_missing_is_said_on_the_page_one_came_from(
    session: Session, sign_in: SignIn, supplier: Supplier, vendor: Person
):
    make.product(session, code="bare", supplier=supplier, state=ProductState.DRAFT)
    client = sign_in(vendor)
    answer = client.post(
        "/desk/goods/bare/submit",
        headers={"Referer": "http://localhost/desk/goods/bare"},
        follow_redirects=True,
    )
    assert "还不能提交审核，缺少：" in text(answer)


def test_a_product_is_withdrawn(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    goes_to(sign_in(vendor).post("/desk/goods/noodles/withdraw"), "/desk/goods/noodles")
    session.refresh(product)
    assert product.state is ProductState.WITHDRAWN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "请选择一张图片"),
        (b"not a picture", "不是可以读取的图片"),
        (b"%PDF-1.4", "只能上传图片"),
    ],
)
def test_a_picture_that_is_none_is_refused(
    session: Session,
    sign_in: SignIn,
    product: Product,
    vendor: Person,
    content: bytes | None,
    said: str,
):
    data = {} if content is None else {"file": (io.BytesIO(content), "a.png")}
    page = text(sign_in(vendor).post("/desk/goods/noodles/picture", data=data), 422)
    assert said in page
    assert 'id="file-error"' in page


def test_a_certificate_is_added_and_shown(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    client = sign_in(vendor)
    path = "/desk/goods/noodles/certificates"
    wrong = {"kind": "inspection", "valid_until": "0202-01-01", "number": "JC-9"}
    page = text(client.post(path, data=wrong), 422)
    assert "请选择图片或 PDF 文件" in page
    assert "请检查年份" in page
    assert "JC-9" in page
    bad = {"kind": "inspection", "file": (io.BytesIO(b"x"), "a.pdf")}
    assert 'id="file-error"' in text(client.post(path, data=bad), 422)
    good = {
        "kind": "inspection",
        "number": "JC-9",
        "valid_until": "2027-01-01",
        "file": (io.BytesIO(picture()), "报告.png"),
    }
    goes_to(client.post(path, data=good), "/desk/goods/noodles")
    assert session.scalars(sa.select(Certificate.valid_until)).all() == [dt.date(2027, 1, 1)]
    session.rollback()
    assert "JC-9" in text(client.get("/goods/noodles"))


# SKUs and stock -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"price_fen": ""}, "price_fen", "请填写单价"),
        ({"price_fen": "0"}, "price_fen", "大于 0"),
        ({"price_fen": "-3"}, "price_fen", "大于 0"),
        ({"price_fen": "1.234"}, "price_fen", "两位小数"),
        ({"price_fen": "十元"}, "price_fen", "只能是数字"),
        ({"price_fen": "9" * 20}, "price_fen", "金额过大"),
        ({"min_milli": "0"}, "min_milli", "大于 0"),
        ({"min_milli": "3", "step_milli": "2"}, "min_milli", "可以改为 4"),
        ({"step_milli": "0.5"}, "step_milli", "只能是整数"),
        ({"step_milli": "0.0001"}, "step_milli", "三位小数"),
        ({"reference_price_fen": "30"}, "reference_source", "来源"),
        ({"is_by_weight": "y"}, "for_retail", "只能卖给单位食堂"),
        ({"name": "长" * 81}, "name", "最多 80 个字"),
        ({"unit": "一个很长很长很长的单位"}, "unit", "最多 10 个字"),
        ({"tier_1_from": "10"}, "tier_1_price", "一起填写"),
        ({"tier_2_from": "10", "tier_2_price": "20"}, "tier_2_from", "请先填写第 1 级"),
        ({"tier_1_from": "10", "tier_1_price": "25"}, "tier_1_price", "低于基础单价"),
        ({"tier_1_from": "1", "tier_1_price": "20"}, "tier_1_from", "大于起订量"),
        ({"tier_1_from": "10", "tier_1_price": "-20"}, "tier_1_price", "大于 0"),
    ],
)
def test_a_sku_typed_wrong_is_refused_beside_its_field(
    session: Session,
    sign_in: SignIn,
    product: Product,
    vendor: Person,
    wrong: dict[str, str],
    field: str,
    said: str,
):
    client = sign_in(vendor)
    for path in ("/desk/goods/noodles/skus/new", "/desk/skus/noodles-1/edit"):
        page = text(client.post(path, data=SKU | {"reference_source": ""} | wrong), 422)
        error = page.split(f'id="{field}-error"')[1].split("</div>")[0]
        assert said in error
        value = next(iter(wrong.values()))
        assert value == "y" or f'value="{value}"' in page
    assert session.scalars(sa.select(Sku.price_fen)).all() == [2500]


def test_a_sku_is_changed_with_its_tiers(
    session: Session, sign_in: SignIn, product: Product, coordinator: Person
):
    client = sign_in(coordinator)
    tiers = {"tier_1_from": "10", "tier_1_price": "23", "tier_2_from": "50", "tier_2_price": "20"}
    answer = client.post("/desk/skus/noodles-1/edit", data=SKU | {"price_fen": "26"} | tiers)
    goes_to(answer, "/desk/goods/noodles")
    sku = session.scalars(sa.select(Sku)).one()
    session.refresh(sku)
    assert sku.price_fen == 2600
    assert [(tier.from_milli, tier.price_fen) for tier in sku.tiers] == [
        (10_000, 2300),
        (50_000, 2000),
    ]
    session.rollback()
    page = text(client.get("/desk/skus/noodles-1/edit"))
    assert 'value="23.00"' in page
    assert "25.00 元改为 26.00 元" in text(client.get("/desk/goods/noodles"))


def test_a_new_price_by_the_supplier_warns(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    client = sign_in(vendor)
    assert "暂时下架" in text(client.get("/desk/skus/noodles-1/edit"))
    answer = client.post(
        "/desk/skus/noodles-1/edit", data=SKU | {"price_fen": "26"}, follow_redirects=True
    )
    assert "价格有变动" in text(answer)


def test_goods_that_arrive_are_counted_once(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    client = sign_in(vendor)
    data = {"received": "5", "about": "第一批", "once": once(client)}
    for _ in range(2):
        goes_to(
            client.post("/desk/skus/noodles-1/receipts", data=data), "/desk/skus/noodles-1/stock"
        )
    page = text(client.get("/desk/skus/noodles-1/stock"))
    assert "第一批" in page
    assert "+5" in page
    assert session.scalars(sa.select(Sku.stock_milli)).one() == 15_000


def test_one_key_of_the_desk_serves_several_skus(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    make.sku(session, code="noodles-2", product=product)
    client = sign_in(vendor)
    key = once(client, "/desk/goods")
    for code in ("noodles-1", "noodles-2"):
        data = {"received": "5", "once": key, "from": "desk"}
        goes_to(client.post(f"/desk/skus/{code}/receipts", data=data), "/desk/goods")
    assert session.scalars(sa.select(Sku.stock_milli)).all() == [15_000, 15_000]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写入库数量"),
        ("0", "大于 0"),
        ("-5", "大于 0"),
        ("1.5", "只能是整数"),
        ("0.0001", "三位小数"),
        ("五袋", "只能是数字"),
        ("9" * 12, "数量过大"),
    ],
)
def test_a_receipt_typed_wrong_is_refused_and_kept(
    session: Session, sign_in: SignIn, product: Product, vendor: Person, typed: str, said: str
):
    client = sign_in(vendor)
    data = {"received": typed, "about": "第一批", "once": once(client), "from": "desk"}
    page = text(client.post("/desk/skus/noodles-1/receipts", data=data), 422)
    assert said in page.split('id="received-error"')[1].split("</div>")[0]
    assert 'value="第一批"' in page
    assert session.scalars(sa.select(Sku.stock_milli)).one() == 10_000


def test_a_foreign_key_is_refused(
    session: Session, sign_in: SignIn, product: Product, vendor: Person, coordinator: Person
):
    foreign = once(sign_in(coordinator))
    client = sign_in(vendor)
    for key in (foreign, "", "x"):
        page = text(
            client.post("/desk/skus/noodles-1/receipts", data={"received": "5", "once": key}), 422
        )
        assert "没有提交成功" in page


def test_a_count_is_compared_with_the_stock_that_was_seen(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    client = sign_in(vendor)
    path = "/desk/skus/noodles-1/counts"
    page = text(client.post(path, data={"counted": "-1", "reason": ""}), 422)
    assert "请填写差异原因" in page
    late = {"counted": "8", "reason": "破损", "seen_milli": "12000"}
    page = text(client.post(path, data=late), 422)
    assert "账面已是 10 袋（打开页面时为 12 袋）" in page
    assert 'name="seen_milli" type="hidden" value="10000"' in page
    goes_to(client.post(path, data=late | {"seen_milli": "10000"}), "/desk/skus/noodles-1/stock")
    assert session.scalars(sa.select(Sku.stock_milli)).one() == 8000


def test_the_desk_filters_and_says_what_to_do_next(
    session: Session, sign_in: SignIn, product: Product, vendor: Person
):
    make.sku(
        session,
        product=make.product(
            session, supplier=product.supplier, name="土鸡蛋", search_text="土鸡蛋 tjd"
        ),
        stock_milli=0,
    )
    make.product(session, supplier=product.supplier, name="宽粉", state=ProductState.DRAFT)
    make.product(session, name="别家的")
    client = sign_in(vendor)
    everything = text(client.get("/desk/goods"))
    assert "别家的" not in everything
    assert "还没有规格，去添加" in everything
    for query, found, missed in (
        ("q=tjd", "土鸡蛋", "宽粉"),
        ("state=draft", "宽粉", "土鸡蛋"),
        ("low=1", "土鸡蛋", "宽粉"),
        ("state=nonsense", "宽粉", "别家的"),
    ):
        page = text(client.get(f"/desk/goods?{query}"))
        assert found in page
        assert missed not in page
    assert "没有符合条件的商品" in text(client.get("/desk/goods?q=没有"))
    empty = make.supplier_person(session, make.supplier(session))
    assert "新建商品" in text(sign_in(empty).get("/desk/goods"))


def test_overseers_see_everyones_products(
    session: Session, sign_in: SignIn, product: Product, coordinator: Person
):
    make.product(session, name="别家的")
    page = text(sign_in(coordinator).get("/desk/goods"))
    assert "别家的" in page
    assert "晶丝苕粉" in page


@pytest.mark.parametrize("path", ["/desk/goods", "/review", "/desk/suppliers"])
def test_lists_do_not_ask_more_for_more_rows(
    session: Session, sign_in: SignIn, coordinator: Person, count_queries: Any, path: str
):
    costs = []
    for _ in range(2):
        for _ in range(4):
            waiting = make.product(session, state=ProductState.SUBMITTED)
            make.sku(session, product=waiting)
        client = sign_in(coordinator)
        with count_queries() as statements:
            text(client.get(path))
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 7


# Review and suppliers -----------------------------------------------------------------------------


def test_a_product_is_returned_with_a_reason(
    session: Session, sign_in: SignIn, product: Product, coordinator: Person, vendor: Person
):
    session.execute(sa.update(Product).values(state=ProductState.SUBMITTED))
    desk = sign_in(coordinator)
    for reason in ("", "长" * 201):
        page = text(desk.post("/review/noodles/return", data={"reason": reason}), 422)
        assert 'id="reason-error"' in page
        assert reason in page
    goes_to(desk.post("/review/noodles/return", data={"reason": "缺检测报告"}), "/review")
    assert "缺检测报告" in text(sign_in(vendor).get("/desk/goods/noodles"))


def test_nobody_approves_what_was_changed_while_reading(
    session: Session, sign_in: SignIn, product: Product, coordinator: Person
):
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    session.execute(sa.update(Product).values(state=ProductState.SUBMITTED, submitted_at=now))
    desk = sign_in(coordinator)
    seen = (now - dt.timedelta(minutes=1)).isoformat()
    answer = desk.post("/review/noodles/approve", data={"seen_at": seen})
    assert "刚刚修改" in text(answer, 409)
    for unreadable in ("", "yesterday"):
        answer = desk.post("/review/noodles/approve", data={"seen_at": unreadable})
        assert "重新打开" in text(answer, 409)
    session.refresh(product)
    assert product.state is ProductState.SUBMITTED


def test_a_coordinator_keeps_suppliers(session: Session, sign_in: SignIn, coordinator: Person):
    client = sign_in(coordinator)
    assert "还没有供应商" in text(client.get("/desk/suppliers"))
    page = text(client.post("/desk/suppliers/new", data={"name": "五丰合作社"}), 422)
    assert "请填写所在乡镇" in page
    data = {"name": "五丰合作社", "township": "三义乡"}
    goes_to(client.post("/desk/suppliers/new", data=data), "/desk/suppliers")
    assert "已登记" in text(client.post("/desk/suppliers/new", data=data), 422)
    code = session.scalars(sa.select(Supplier.code)).one()
    session.rollback()
    assert "五丰合作社" in text(client.get("/desk/suppliers?q=wfhzs"))
    assert "没有符合条件的供应商" in text(client.get("/desk/suppliers?q=没有"))
    path = f"/desk/suppliers/{code}"
    goes_to(client.post(path, data=data | {"contact": "田勇"}), path)
    assert 'value="田勇"' in text(client.get(path))
    assert "请填写供应商名称" in text(client.post(path, data={"township": "三义乡"}), 422)
    assert "请填写暂停的原因" in text(client.post(f"{path}/suspend"), 422)
    goes_to(client.post(f"{path}/suspend", data={"reason": "许可证到期"}), path)
    assert "许可证到期" in text(client.get("/desk/suppliers?state=suspended"))
    goes_to(client.post(f"{path}/resume"), path)
    assert session.scalars(sa.select(Supplier.state)).one() is SupplierState.ACTIVE


def test_a_supplier_keeps_its_contact_but_not_its_account(
    session: Session, sign_in: SignIn, vendor: Person, supplier: Supplier
):
    data = {"name": supplier.name, "township": supplier.township, "contact": "田勇"}
    path = f"/desk/suppliers/{supplier.code}"
    client = sign_in(vendor)
    goes_to(client.post(path, data=data), path)
    page = text(client.post(path, data=data | {"bank_account": "6200"}), 422)
    assert "收款账户由统筹协调人员核对" in page
    assert 'value="6200"' in page
