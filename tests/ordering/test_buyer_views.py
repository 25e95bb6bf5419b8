"""Pages on which buyers fill their cart, order, pay attention and decide."""

import datetime as dt
import re

import pytest
from flask import url_for
from itsdangerous import URLSafeTimedSerializer

from market.catalog.models import PriceTier
from market.core import clock
from market.core.access import Role
from market.core.states import move
from market.ordering import services
from market.ordering.models import BuyingFor, Cart, CartLine, ConsignmentState, Order, OrderState
from market.ordering.queries.effects import Effect
from market.payments.services import record_transfer
from market.targets.models import Channel, CreditTotal, TargetEntry
from tests import make, make_orders
from tests.ordering.placing import place

ADDRESS = {"receiver": "王芳", "phone": "023-0000-0000", "address": "人民路5号"}


@pytest.fixture
def sign_in(sign_in, session):
    """Sign in, and end the test's own transaction before each request: SQLite has one writer."""

    def signed_in(person):
        client = sign_in(person)
        send = client.open

        def send_after_commit(*args, **kwargs):
            session.commit()
            return send(*args, **kwargs)

        client.open = send_after_commit
        return client

    return signed_in


def hidden(page, name):
    """Return the value of a hidden field of a page."""
    return re.search(rf'name="{name}"[^>]* value="([^"]*)"', page).group(1)


def checkout_data(client, **given):
    page = client.get("/checkout").text
    return {
        "once": hidden(page, "once"),
        "seen_total_fen": hidden(page, "seen_total_fen"),
        **ADDRESS,
    } | given


def target(session, unit, fen, by, done_fen=0):
    year = clock.today().year
    session.add(
        TargetEntry(
            unit_id=unit.id,
            year=year,
            change_fen=fen,
            document_no="演示〔1〕号",
            document_on=clock.today(),
            effective_on=clock.today(),
            by_id=by.id,
        )
    )
    if done_fen:
        session.add(
            CreditTotal(
                unit_id=unit.id, year=year, month=1, channel=Channel.CANTEEN, amount_fen=done_fen
            )
        )
    session.flush()


def quantities(session):
    session.expire_all()
    return {line.sku.code: line.milli for line in session.query(CartLine)}


# The cart


def test_an_effect_is_a_rate_from_and_to():
    effect = Effect(2026, target_fen=100_000, done_fen=50_000, adds_fen=12_345)
    assert (effect.rate, effect.rate_after) == (500, 623)
    assert effect.plus(37_655).rate_after == 1000
    assert Effect(2026, 0, 50_000, 1).rate_after is None


def test_an_empty_cart_says_what_to_do_next(buyer, sign_in):
    page = sign_in(buyer).get("/cart")
    assert "购物车是空的" in page.text
    assert "去选购" in page.text


def test_the_cart_shows_prices_tiers_obstacles_and_the_effect(session, buyer, sign_in):
    rice = make.weighed_sku(session)
    rice.tiers.append(PriceTier(from_milli=100_000, price_fen=1200))
    plain = make.product(session, recognition_no="")
    make.cart(
        session,
        buyer,
        (rice, 100_000),
        (make.sku(session, product=plain, stock_milli=1000), 2000),
        buying_for=BuyingFor.CANTEEN,
    )
    target(session, buyer.unit, 1_000_000, buyer, done_fen=100_000)
    page = sign_in(buyer).get("/cart").text
    for words in ("已享阶梯价", "不计入", "库存不足：只剩 1 袋", "1,250.00", "10.0%", "22.0%"):
        assert words in page, words


def test_a_unit_without_a_target_is_told_so(session, buyer, sign_in):
    make.cart(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    assert "还没有下达任务" in sign_in(buyer).get("/cart").text


@pytest.mark.parametrize("lines", [2, 20])
def test_the_cart_asks_five_times_however_long_it_is(session, buyer, sign_in, count_queries, lines):
    skus = [make.sku(session) for _ in range(lines)]
    for sku in skus:
        sku.tiers.append(PriceTier(from_milli=5000, price_fen=2000))
    make.cart(session, buyer, *((sku, 1000) for sku in skus), buying_for=BuyingFor.CANTEEN)
    client = sign_in(buyer)
    with count_queries() as statements:
        assert client.get("/cart").status_code == 200
    assert len(statements) <= 5
    with count_queries() as statements:
        assert client.get("/checkout").status_code == 200
    assert len(statements) <= 5


def test_a_sku_is_added_from_its_page(session, shopper, sign_in):
    sku = make.sku(session)
    client = sign_in(shopper)
    for _ in range(2):
        reply = client.post(
            "/cart/lines", data={"sku": sku.code, "quantity": "2"}, follow_redirects=True
        )
        assert "已加入购物车" in reply.text
    assert quantities(session) == {sku.code: 4000}


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        ("", "请填写数量"),
        ("abc", "数量只能是数字"),
        ("-1", "数量必须大于 0"),
        ("0", "数量必须大于 0"),
        ("1.5", "整数倍"),
        ("1.2345", "最多三位小数"),
        ("99999999999", "数量过大"),
    ],
)
def test_a_wrong_quantity_is_not_added(session, shopper, sign_in, quantity, sentence):
    sku = make.sku(session)
    data = {"sku": sku.code, "quantity": quantity}
    reply = sign_in(shopper).post("/cart/lines", data=data, follow_redirects=True)
    assert sentence in reply.text
    if quantity:
        field = reply.text.split('name="quantity"')[1].split(">")[0]
        assert f'value="{quantity}"' in field
        assert 'aria-invalid="true"' in field
        assert sentence in reply.text.split('id="quantity-error"')[1]
    assert quantities(session) == {}


def test_an_unknown_sku_is_not_found(shopper, sign_in):
    client = sign_in(shopper)
    data = {"sku": "nothing", "quantity": "1"}
    assert client.post("/cart/lines", data=data).status_code == 404
    assert client.post("/cart/lines/nothing/remove").status_code == 404


def test_quantities_are_changed_in_one_form(session, shopper, sign_in):
    rice, tea, oil = (make.sku(session) for _ in range(3))
    make.cart(session, shopper, (rice, 1000), (tea, 1000), (oil, 1000))
    reply = sign_in(shopper).post(
        "/cart",
        data={
            f"quantity-{rice.code}": "２",
            f"quantity-{tea.code}": "",
            f"quantity-{oil.code}": "1",
        },
    )
    assert reply.status_code == 302
    assert quantities(session) == {rice.code: 2000, oil.code: 1000}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1.5", "整数倍"),
        ("-3", "数量必须大于 0"),
        ("x", "数量只能是数字"),
        ("0.0001", "最多三位小数"),
        ("9999999999", "数量过大"),
    ],
)
def test_a_wrong_quantity_stays_beside_its_error(session, shopper, sign_in, typed, sentence):
    rice, tea = make.sku(session), make.sku(session)
    make.cart(session, shopper, (rice, 1000), (tea, 1000))
    reply = sign_in(shopper).post(
        "/cart", data={f"quantity-{rice.code}": typed, f"quantity-{tea.code}": "3"}
    )
    assert reply.status_code == 422
    assert sentence in reply.text
    assert f'value="{typed}"' in reply.text
    assert f'id="quantity-{rice.code}-error"' in reply.text
    assert quantities(session) == {rice.code: 1000, tea.code: 1000}


def test_to_the_checkout_saves_what_was_typed(session, shopper, sign_in):
    sku = make.sku(session)
    make.cart(session, shopper, (sku, 1000))
    client = sign_in(shopper)
    data = {f"quantity-{sku.code}": "2", "checkout": "1"}
    assert client.post("/cart", data=data).location == "/checkout"
    reply = client.post("/cart", data=data, headers={"HX-Request": "true"})
    assert (reply.status_code, reply.headers["HX-Redirect"]) == (204, "/checkout")
    assert quantities(session) == {sku.code: 2000}


def test_lines_are_removed_and_the_cart_emptied(session, shopper, sign_in):
    rice, tea, oil = (make.sku(session) for _ in range(3))
    make.cart(session, shopper, (rice, 1000), (tea, 1000), (oil, 1000))
    client = sign_in(shopper)
    client.post(f"/cart/lines/{rice.code}/remove")
    assert quantities(session) == {tea.code: 1000, oil.code: 1000}
    client.post("/cart/empty")
    assert quantities(session) == {}


def test_a_units_buyer_chooses_for_whom_and_a_shopper_cannot(session, buyer, shopper, sign_in):
    client = sign_in(buyer)
    assert "这一单为谁采购" in client.get("/cart").text
    client.post("/cart/purpose", data={"buying_for": "union"})
    assert session.query(Cart).one().buying_for is BuyingFor.UNION

    client = sign_in(shopper)
    assert "这一单为谁采购" not in client.get("/cart").text
    for choice in ("canteen", "nonsense", ""):
        reply = client.post("/cart/purpose", data={"buying_for": choice})
        assert (reply.status_code, "为单位采购" in reply.text) == (409, True)


# The checkout


def test_checkout_places_the_order_once(session, shopper, sign_in):
    make.cart(session, shopper, (make.sku(session), 2000))
    client = sign_in(shopper)
    data = checkout_data(client, remark="放门岗", wanted_on=str(clock.today()))
    first = client.post("/checkout", data=data)
    second = client.post("/checkout", data=data)
    order = session.query(Order).one()
    assert first.location == second.location == f"/orders/{order.number}/payment"
    assert (order.receiver, order.remark, order.wanted_on) == ("王芳", "放门岗", clock.today())
    assert "已提交，合计 50.00 元" in client.get(first.location).text


def test_a_canteens_order_goes_out_or_waits(session, buyer, lead, sign_in):
    client = sign_in(buyer)
    sku = make.sku(session, stock_milli=1_000_000)
    for milli, words in ((2000, "等待供应商接单"), (300_000, "等待本单位负责人审批")):
        services.set_line(session, by=buyer, sku=sku, milli=milli)
        session.commit()
        page = client.get("/checkout").text
        assert ("提交审批" in page) == (milli == 300_000)
        reply = client.post("/checkout", data=checkout_data(client), follow_redirects=True)
        assert words in reply.text


def test_blanks_are_no_address(session, shopper, sign_in):
    make.cart(session, shopper, (make.sku(session), 1000))
    client = sign_in(shopper)
    reply = client.post("/checkout", data=checkout_data(client, receiver=" ", address="　"))
    assert reply.status_code == 422
    assert "请填写收货人。" in reply.text
    assert "请填写收货地址。" in reply.text


def test_checkout_of_nothing_goes_shopping(shopper, sign_in):
    reply = sign_in(shopper).get("/checkout")
    assert reply.status_code == 302
    assert "/goods" in reply.location


def test_what_is_missing_or_too_long_is_said_and_the_rest_kept(session, shopper, sign_in):
    make.cart(session, shopper, (make.sku(session), 1000))
    client = sign_in(shopper)
    data = checkout_data(
        client, receiver="", phone="1" * 31, address="路" * 201, remark="话" * 301, wanted_on="明天"
    )
    reply = client.post("/checkout", data=data)
    assert reply.status_code == 422
    for words in ("请填写收货人", "联系电话最多", "收货地址最多", "备注最多", "路" * 201, "明天"):
        assert words in reply.text, words
    assert session.query(Order).count() == 0


def test_a_changed_price_shows_the_new_total_and_keeps_what_was_typed(session, shopper, sign_in):
    sku = make.sku(session)
    make.cart(session, shopper, (sku, 2000))
    client = sign_in(shopper)
    data = checkout_data(client, address="新牌坊二路")
    sku.price_fen = 2600
    session.commit()
    reply = client.post("/checkout", data=data)
    assert reply.status_code == 422
    assert "合计是 50.00 元，现在是 52.00 元" in reply.text
    assert hidden(reply.text, "seen_total_fen") == "5200"
    assert 'value="新牌坊二路"' in reply.text
    data["seen_total_fen"] = "5200"
    assert client.post("/checkout", data=data).status_code == 302


@pytest.mark.parametrize("total", ["", "abc", "-1", None])
def test_a_total_that_was_tampered_with_is_refused(session, shopper, sign_in, total):
    make.cart(session, shopper, (make.sku(session), 2000))
    client = sign_in(shopper)
    data = checkout_data(client)
    if total is None:
        del data["seen_total_fen"]
    else:
        data["seen_total_fen"] = total
    reply = client.post("/checkout", data=data)
    assert reply.status_code == 422
    assert session.query(Order).count() == 0
    assert hidden(reply.text, "seen_total_fen") == "5000"


@pytest.mark.parametrize("how", ["missing", "forged", "foreign", "expired", "of another form"])
def test_a_wrong_once_key_is_refused_with_what_was_typed_kept(
    app, session, shopper, stranger, sign_in, how, monkeypatch
):
    sku = make.sku(session)
    make.cart(session, shopper, (sku, 2000))
    make.cart(session, stranger, (sku, 1000))
    client = sign_in(shopper)
    data = checkout_data(client, address="新牌坊二路")
    sentence = "提交码"
    if how == "missing":
        del data["once"]
    elif how == "forged":
        data["once"] += "x"
    elif how == "foreign":
        data["once"] = checkout_data(sign_in(stranger))["once"]
    elif how == "of another form":
        signer = URLSafeTimedSerializer(app.secret_key, salt="once:transfer")
        data["once"] = signer.dumps([shopper.get_id(), "key"])
    else:
        monkeypatch.setattr("market.core.forms.ONCE_SECONDS", -1)
        sentence = "已过期"
    reply = client.post("/checkout", data=data)
    assert reply.status_code == 422
    assert sentence in reply.text
    assert 'value="新牌坊二路"' in reply.text
    assert session.query(Order).count() == 0
    monkeypatch.undo()
    again = {**data, "once": hidden(reply.text, "once")}
    assert client.post("/checkout", data=again).status_code == 302


def test_too_little_stock_is_refused_on_the_form(session, shopper, sign_in):
    sku = make.sku(session, stock_milli=1000)
    make.cart(session, shopper, (sku, 2000))
    client = sign_in(shopper)
    reply = client.post("/checkout", data=checkout_data(client))
    assert (reply.status_code, "库存不足" in reply.text) == (422, True)
    assert quantities(session) == {sku.code: 2000}


def test_a_day_out_of_range_is_said_beside_its_field(session, shopper, sign_in):
    make.cart(session, shopper, (make.sku(session), 1000))
    client = sign_in(shopper)
    day = str(clock.today() - dt.timedelta(days=1))
    reply = client.post("/checkout", data=checkout_data(client, wanted_on=day))
    assert reply.status_code == 422
    assert 'id="wanted_on-error"' in reply.text
    assert f'value="{day}"' in reply.text


# Orders


@pytest.mark.parametrize("lines", [2, 20])
def test_an_order_asks_eight_times_however_long_it_is(
    session, buyer, sign_in, count_queries, lines
):
    order = place(
        session,
        buyer,
        *((make.sku(session), 1000) for _ in range(lines)),
        buying_for=BuyingFor.CANTEEN,
    )
    client = sign_in(buyer)
    with count_queries() as statements:
        assert client.get(f"/orders/{order.number}").status_code == 200
    assert len(statements) <= 8


@pytest.mark.parametrize("lines", [2, 20])
def test_an_order_that_has_been_all_the_way_asks_no_more_often(
    session, buyer, lead, colleague, coordinator, sign_in, count_queries, lines
):
    skus = [make.sku(session) for _ in range(lines)]
    order = make_orders.order(session, buyer, *((sku, 2000) for sku in skus))
    for part in order.consignments:
        services.accept_consignment(session, part, by=make_orders.seller(session, part))
        make_orders.shipped(session, part)
        services.sign(session, make_orders.inspected(session, part, buyer), by=colleague)
        services.make_claim(
            session,
            part.lines[0],
            milli=1000,
            reason="破损",
            photo=None,
            once_key=make_orders.once(),
            by=buyer,
        )
    for number in range(3):
        record_transfer(
            session,
            order,
            amount_fen=100,
            bank_serial=f"S{number}",
            paid_on=clock.today(),
            once_key=f"k{number}",
            by=coordinator,
        )
    for person in (buyer, lead, coordinator):
        client = sign_in(person)
        with count_queries() as statements:
            assert client.get(f"/orders/{order.number}").status_code == 200
        assert len(statements) <= 8


def test_an_order_shows_its_goods_its_money_and_its_next_step(session, buyer, sign_in):
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    target(session, buyer.unit, 1_000_000, buyer)
    page = sign_in(buyer).get(f"/orders/{order.number}").text
    for words in (order.number, order.lines[0].name, "50.00", "等待供应商接单", "0.5%", "提交订单"):
        assert words in page, words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ConsignmentState.ACCEPTED, "供应商已接单，正在备货"),
        (ConsignmentState.SHIPPED, "到货后请逐项验收"),
        (ConsignmentState.INSPECTED, "等待本单位另一位人员复核签字"),
        (ConsignmentState.RECEIVED, "均已处理完毕"),
    ],
)
def test_the_next_step_follows_the_goods(session, buyer, sign_in, state, words):
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    part = order.consignments[0]
    for step in (*ConsignmentState,)[1:5]:
        move(session, part, step)
        part.accepted_at = part.shipped_at = clock.now()
        line = part.lines[0]
        line.shipped_milli = line.accepted_milli = 2000
        line.rejected_milli, line.accepted_fen = 0, 5000
        if step is state:
            break
    page = sign_in(buyer).get(f"/orders/{order.number}").text
    assert words in page
    assert "供应商发货" in page


def test_the_buyer_is_sent_to_pay_and_the_desk_to_write_it_down(
    session, shopper, coordinator, inspector, sign_in
):
    order = place(session, shopper, (make.sku(session), 1000))
    expected = {shopper: (True, False), coordinator: (False, True), inspector: (False, False)}
    for person, (pays, records) in expected.items():
        page = sign_in(person).get(f"/orders/{order.number}").text
        assert ("去付款" in page, f"/payments?q={order.number}" in page) == (pays, records)


def test_every_end_of_an_order_says_what_happened(session, buyer, lead, shopper, sign_in):
    sku = make.sku(session, stock_milli=10_000_000)
    returned = place(session, buyer, (sku, 300_000), buying_for=BuyingFor.CANTEEN)
    services.return_order(session, returned, reason="改到下月", by=lead)
    cancelled = place(session, buyer, (sku, 1000), buying_for=BuyingFor.CANTEEN)
    services.cancel_order(session, cancelled, reason="填错了", by=buyer)
    client = sign_in(buyer)
    for order, words in ((returned, "审批退回：改到下月"), (cancelled, "订单已取消：填错了")):
        page = client.get(f"/orders/{order.number}").text
        assert words in page
        assert "取消订单</h2>" not in page

    overdue = place(session, shopper, (sku, 1000))
    overdue.pay_by_at = clock.now()
    client = sign_in(shopper)
    page = client.get(f"/orders/{overdue.number}").text
    assert "超过付款期限" in page
    assert "去付款" not in page
    services.expire_orders(session)
    session.commit()
    assert "超时关闭" in client.get(f"/orders/{overdue.number}").text


def test_a_social_buyers_order_counts_for_nobody(session, sign_in):
    citizen = make.person(session, role=Role.SHOPPER, unit=None)
    order = place(session, citizen, (make.sku(session), 1000))
    client = sign_in(citizen)
    assert "不计入任何单位的任务" in client.get(f"/orders/{order.number}").text
    assert order.number in client.get("/orders").text


def test_a_stranger_finds_no_order_of_another_unit(session, buyer, shopper, stranger, sign_in):
    order = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    for person in (stranger, shopper):
        client = sign_in(person)
        assert client.get(f"/orders/{order.number}").status_code == 404
        assert client.get("/orders/nothing").status_code == 404
        for deed in ("cancel", "reorder"):
            reply = client.post(f"/orders/{order.number}/{deed}", data={"reason": "x"})
            assert reply.status_code == 404
    session.expire_all()
    assert order.state is OrderState.OPEN


def test_who_does_not_buy_is_told_whom_to_ask(session, buyer, coordinator, vendor, sign_in):
    order = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    county = make.person(session, role=Role.COUNTY)
    for person in (vendor, county):
        client = sign_in(person)
        for url in ("/cart", "/checkout", "/orders", f"/orders/{order.number}", "/approvals"):
            assert client.get(url).status_code == 403
    client = sign_in(coordinator)
    assert client.get(f"/orders/{order.number}").status_code == 200
    for url in ("/cart", "/approvals"):
        assert client.get(url).status_code == 403
    assert client.post(f"/orders/{order.number}/cancel", data={"reason": "x"}).status_code == 403


def test_who_is_not_signed_in_is_asked_to(app):
    for url in ("/cart", "/orders", "/checkout", "/approvals"):
        assert app.test_client().get(url).status_code == 302


def test_an_order_is_called_off_with_a_reason(session, buyer, sign_in):
    order = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    client = sign_in(buyer)
    url = f"/orders/{order.number}/cancel"
    reply = client.post(url, data={"reason": ""})
    assert (reply.status_code, "请填写取消原因" in reply.text) == (422, True)
    reply = client.post(url, data={"reason": "填错"}, follow_redirects=True)
    assert "订单已取消" in reply.text
    reply = client.post(url, data={"reason": "再取消"})
    assert reply.status_code == 422
    assert "当前状态是“已取消”" in reply.text
    assert 'value="再取消"' in reply.text


def test_an_order_is_bought_again(session, buyer, sign_in):
    sku, gone = make.sku(session), make.sku(session)
    order = place(session, buyer, (sku, 2000), (gone, 1000), buying_for=BuyingFor.CANTEEN)
    gone.is_offered = False
    reply = sign_in(buyer).post(f"/orders/{order.number}/reorder", follow_redirects=True)
    assert "未加入" in reply.text
    assert "已按这个订单加入购物车" in reply.text
    assert quantities(session) == {sku.code: 2000}


@pytest.mark.parametrize("orders", [2, 20])
def test_the_list_asks_no_more_often_for_more_orders(
    session, buyer, sign_in, count_queries, orders
):
    sku = make.sku(session, stock_milli=1_000_000)
    for n in range(orders):
        place(session, buyer, (sku, 1000), buying_for=BuyingFor.CANTEEN, once_key=f"k{n}")
    client = sign_in(buyer)
    with count_queries() as statements:
        assert client.get("/orders").status_code == 200
    assert len(statements) <= 6


def test_the_list_is_filtered_summed_and_exported(session, buyer, lead, sign_in):
    sku = make.sku(session, stock_milli=1_000_000)
    small = place(session, buyer, (sku, 1000), buying_for=BuyingFor.UNION, once_key="a")
    large = place(session, buyer, (sku, 300_000), buying_for=BuyingFor.CANTEEN, once_key="b")
    client = sign_in(buyer)
    page = client.get("/orders").text
    assert "7,525.00" in page
    page = client.get("/orders?state=submitted&purpose=canteen").text
    assert (large.number in page, small.number in page, "7,500.00" in page) == (True, False, True)
    page = client.get(f"/orders?q={small.number[:6]} {small.number[6:]}").text
    assert (small.number in page, large.number in page) == (True, False)
    assert "没有符合条件的订单" in client.get("/orders?month=2019-01").text
    for nonsense in ("?state=x&purpose=y&month=z&page=-3", "?page=99999", "?page=x", "?number=1"):
        assert client.get(f"/orders{nonsense}").status_code == 200
    reply = client.get("/orders.xlsx?purpose=union")
    assert reply.data[:2] == b"PK"
    assert "attachment" in reply.headers["Content-Disposition"]


def test_an_empty_list_says_what_to_do_next(shopper, sign_in):
    assert "还没有订单" in sign_in(shopper).get("/orders").text


# Approvals


@pytest.fixture
def submitted(session, buyer, lead):
    sku = make.sku(session, stock_milli=1_000_000)
    return place(session, buyer, (sku, 300_000), buying_for=BuyingFor.CANTEEN)


def test_a_lead_sees_what_waits_and_what_it_would_do(session, submitted, buyer, lead, sign_in):
    target(session, buyer.unit, 10_000_000, buyer, done_fen=1_000_000)
    page = sign_in(lead).get("/approvals").text
    for words in (submitted.number, "7,500.00", "王芳", "10.0%", "17.5%", "通过", "退回"):
        assert words in page, words


def test_a_lead_approves(session, submitted, lead, sign_in):
    client = sign_in(lead)
    reply = client.post(f"/orders/{submitted.number}/approve", follow_redirects=True)
    assert "已通过" in reply.text
    assert "没有待审批的订单" in reply.text
    session.expire_all()
    assert submitted.state is OrderState.OPEN
    reply = client.post(
        f"/orders/{submitted.number}/approve",
        headers={"Referer": "/approvals"},
        follow_redirects=True,
    )
    assert "当前状态是“进行中”" in reply.text
    assert "审批通过" in client.get(f"/orders/{submitted.number}").text


def test_a_lead_returns_with_a_reason(session, submitted, lead, sign_in):
    client = sign_in(lead)
    url, field = f"/orders/{submitted.number}/return", f"{submitted.number}-reason"
    reply = client.post(url, data={field: ""})
    assert (reply.status_code, "请写明退回原因" in reply.text) == (422, True)
    assert "已退回" in client.post(url, data={field: "太贵"}, follow_redirects=True).text
    session.expire_all()
    assert submitted.state is OrderState.RETURNED
    reply = client.post(url, data={field: "再退"})
    assert (reply.status_code, "已不在待审批之列" in reply.text) == (422, True)


def test_a_lead_does_not_approve_their_own(session, submitted, lead, sign_in):
    submitted.placed_by = lead
    client = sign_in(lead)
    assert "请由本单位的另一位负责人审批" in client.get("/approvals").text
    reply = client.post(f"/orders/{submitted.number}/approve")
    assert (reply.status_code, "不能审批自己提交的订单" in reply.text) == (409, True)


def test_a_lead_of_another_unit_finds_nothing(session, submitted, buyer, sign_in):
    foreign = make.person(session, role=Role.LEAD)
    client = sign_in(foreign)
    assert submitted.number not in client.get("/approvals").text
    for deed in ("approve", "return"):
        assert client.post(f"/orders/{submitted.number}/{deed}").status_code == 404
    assert sign_in(buyer).post(f"/orders/{submitted.number}/approve").status_code == 403


def test_an_inspector_reads_what_waits_in_every_unit_and_decides_nothing(
    session, submitted, inspector, sign_in
):
    other = make.person(session, unit=make.unit(session))
    make.person(session, role=Role.LEAD, unit=other.unit)
    sku = make.sku(session, stock_milli=1_000_000)
    second = place(session, other, (sku, 300_000), buying_for=BuyingFor.CANTEEN, once_key="other")
    told = [submitted.number, submitted.unit.name, second.number, other.unit.name]
    client = sign_in(inspector)
    page = client.get("/approvals").text.split("<main")[1]
    assert [word for word in told if word not in page] == []
    assert "<form" not in page
    for deed in ("approve", "return"):
        assert client.post(f"/orders/{told[0]}/{deed}").status_code == 403


@pytest.mark.parametrize("orders", [2, 10])
def test_approvals_ask_no_more_often_for_more_orders(
    session, buyer, lead, sign_in, count_queries, orders
):
    sku = make.sku(session, stock_milli=10_000_000)
    for n in range(orders):
        place(session, buyer, (sku, 300_000), buying_for=BuyingFor.CANTEEN, once_key=f"k{n}")
    client = sign_in(lead)
    with count_queries() as statements:
        assert client.get("/approvals").status_code == 200
    assert len(statements) <= 6


def test_the_pages_have_the_addresses_that_others_link_to(app):
    with app.test_request_context():
        assert url_for("ordering.cart") == "/cart"
        assert url_for("ordering.add") == "/cart/lines"
        assert url_for("ordering.checkout") == "/checkout"
        assert url_for("ordering.index") == "/orders"
        assert url_for("ordering.show", number="1") == "/orders/1"
        assert url_for("ordering.approvals") == "/approvals"
        assert url_for("payments.show", number="1") == "/orders/1/payment"
        assert url_for("payments.desk") == "/payments"
