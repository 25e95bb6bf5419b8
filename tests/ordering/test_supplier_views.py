"""Pages of suppliers."""

import pytest

from market.catalog.models import Supplier
from market.core import clock
from market.ordering import services
from market.ordering.models import ConsignmentState, ShortRest
from market.ordering.queries import on_the_way_by_unit
from tests import make, make_orders

ACCEPTED, SHIPPED = ConsignmentState.ACCEPTED, ConsignmentState.SHIPPED


@pytest.fixture
def goods(session, vendor):
    """Noodles by the bag and potatoes by weight, of 田勇's cooperative."""
    product = make.product(session, supplier=session.get(Supplier, vendor.supplier_id))
    bags = make.sku(session, product=product, stock_milli=100_000)
    return bags, make.weighed_sku(session, product=product)


@pytest.fixture
def waiting(session, buyer, goods):
    return make_orders.consignment(session, buyer, (goods[0], 20_000), (goods[1], 50_000))


@pytest.fixture
def accepted(session, vendor, waiting):
    services.accept_consignment(session, waiting, by=vendor)
    return waiting


def shipping(*milli, **given):
    data = {"carrier": "彭水货运", "tracking": "PS1"}
    for place, amount in enumerate(milli):
        data[f"lines-{place}-milli"] = amount
        data[f"lines-{place}-lot"] = f"L{place}"
        data[f"lines-{place}-produced_on"] = str(clock.today())
    return data | given


def test_the_list_shows_the_supplier_s_own_open_orders(session, vendor, waiting, shopper, sign_in):
    other = make_orders.consignment(session, shopper, (make.sku(session), 1000))
    unpaid = make_orders.order(
        session, shopper, (waiting.lines[0].sku, 1000), opened=False
    ).consignments[0]
    number, others, unit = waiting.number, [other.number, unpaid.number], waiting.order.unit.name
    client = sign_in(vendor)
    page = client.get("/consignments").text
    assert number in page
    assert [other for other in others if other in page] == []
    assert "1,140.00" in page
    assert "待接单 1" in page
    assert number in client.get("/consignments?state=waiting").text
    assert number not in client.get("/consignments?state=shipped").text
    assert "没有符合条件" in client.get("/consignments?state=shipped").text
    assert number in client.get(f"/consignments?q={unit}").text
    assert number in client.get(f"/consignments?q={number[2:9]}").text
    assert number not in client.get("/consignments?q=nobody").text
    assert client.get("/consignments?state=bogus&page=99").status_code == 200
    assert [client.get(f"/consignments/{other}").status_code for other in others] == [404, 404]


def test_an_empty_list_says_what_to_do(vendor, sign_in):
    assert "看我的商品" in sign_in(vendor).get("/consignments").text


def test_the_list_pages(session, vendor, buyer, goods, sign_in, count_queries):
    for _ in range(26):
        make_orders.consignment(session, buyer, (goods[0], 1000), (goods[1], 5000))
    client = sign_in(vendor)
    with count_queries() as statements:
        page = client.get("/consignments").text
    assert '共 <b class="num">26</b> 条' in page
    assert len(statements) <= 8
    assert "第 2 / 2 页" in client.get("/consignments?page=2").text


def test_accepting(session, vendor, waiting, sign_in):
    url = f"/consignments/{waiting.number}"
    client = sign_in(vendor)
    assert "接单" in client.get(url).text
    reply = client.post(f"{url}/accept", follow_redirects=True)
    assert "已接单" in reply.text
    assert "填写发货" in reply.text
    session.expire_all()
    assert waiting.state is ACCEPTED


def test_declining_needs_a_reason(session, vendor, waiting, sign_in):
    url = f"/consignments/{waiting.number}/decline"
    client = sign_in(vendor)
    reply = client.post(url, data={"reason": ""})
    assert reply.status_code == 422
    assert "请填写谢绝原因" in reply.text
    client.post(url, data={"reason": "断路"})
    session.expire_all()
    assert waiting.state is ConsignmentState.DECLINED


def test_what_was_shipped_is_not_declined(session, vendor, buyer, goods, sign_in):
    part = make_orders.consignment(session, buyer, (goods[0], 1000), state=SHIPPED)
    url = f"/consignments/{part.number}"
    reply = sign_in(vendor).post(
        f"{url}/decline", data={"reason": "断路"}, headers={"Referer": url}, follow_redirects=True
    )
    assert "当前状态是“待收货”" in reply.text


def test_shipping_in_full(session, vendor, accepted, sign_in):
    url = f"/consignments/{accepted.number}"
    client = sign_in(vendor)
    reply = client.post(f"{url}/ship", data=shipping("20", "51.2"), follow_redirects=True)
    assert "已发货" in reply.text
    session.expire_all()
    assert accepted.state is SHIPPED
    assert [line.shipped_milli for line in accepted.lines] == [20_000, 51_200]
    assert [line.lot for line in accepted.lines] == ["L0", "L1"]
    note = client.get(f"{url}/delivery-note").text
    assert "送货单" in note
    assert "1,155.36" in note  # 500.00 and 51.2 × 12.80
    assert "签收人" in note


def test_what_was_not_shipped_is_not_on_its_way(session, vendor, buyer, accepted, sign_in):
    url = f"/consignments/{accepted.number}/ship"
    sign_in(vendor).post(url, data=shipping("15", "50", short_rest="cancel"))
    session.expire_all()
    way_fen = on_the_way_by_unit(session, [buyer.unit_id])[buyer.unit_id]
    assert way_fen == 15 * 2500 + 50 * 1280
    page = sign_in(buyer).get(f"/orders/{accepted.order.number}").text
    assert "¥1,015.00</span>（验收后计入）" in page


def test_a_short_shipment_asks_what_happens_to_the_rest(session, vendor, accepted, sign_in):
    number = accepted.number
    url = f"/consignments/{number}/ship"
    client = sign_in(vendor)
    reply = client.post(url, data=shipping("15", "50"))
    assert reply.status_code == 422
    assert "没有发足" in reply.text
    assert 'value="15"' in reply.text
    reply = client.post(url, data=shipping("15", "50", short_rest="follow"), follow_redirects=True)
    assert f"{number}-2" in reply.text
    session.expire_all()
    assert accepted.short_rest is ShortRest.FOLLOW
    follower = client.get(f"/consignments/{number}-2").text
    assert "没有发足的余量" in follower
    assert "填写发货" in follower


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (shipping("21", "50"), "最多发 20 袋"),
        (shipping("20", "50", carrier=""), "请填写承运商"),
        (shipping("20", ""), "请填写发货数量"),
        (shipping("很多", "50"), "数量只能是数字"),
        (shipping("20", "50", **{"lines-1-produced_on": "2999-01-01"}), "不能晚于今天"),
        (shipping("20", "50", **{"lines-1-produced_on": "昨天"}), "日期"),
        (shipping("20", "50", short_rest="bogus"), "没有发足的余量"),
        (shipping("20"), "与订单不一致"),
        (shipping("20", "50", **{"lines-2-milli": "1"}), "与订单不一致"),
        ({}, "与订单不一致"),
    ],
)
def test_bad_input_is_answered_on_the_form(session, vendor, accepted, sign_in, data, sentence):
    url = f"/consignments/{accepted.number}/ship"
    reply = sign_in(vendor).post(url, data=data)
    assert reply.status_code == 422
    assert sentence in reply.text
    session.expire_all()
    assert accepted.state is ACCEPTED


def test_who_sees_a_consignment(
    session, vendor, buyer, colleague, stranger, shopper, coordinator, inspector, accepted, sign_in
):
    url = f"/consignments/{accepted.number}"
    other = make.supplier_person(session, make.supplier(session))
    for person in (vendor, buyer, colleague, coordinator, inspector):
        assert sign_in(person).get(url).status_code == 200
    for person in (stranger, shopper, other):
        assert sign_in(person).get(url).status_code == 404
        assert sign_in(person).get(f"{url}/delivery-note").status_code == 404
    for person in (buyer, coordinator):
        assert sign_in(person).post(f"{url}/ship", data=shipping("20", "50")).status_code == 403
    assert sign_in(buyer).get("/consignments").status_code == 403
    assert accepted.number in sign_in(inspector).get("/consignments").text
    for deed in ("accept", "decline", "ship"):
        reply = sign_in(other).post(f"{url}/{deed}", data={"reason": "x"})
        assert reply.status_code == 404
    session.expire_all()
    assert accepted.state is ACCEPTED


def test_there_is_no_delivery_note_before_the_goods_leave(vendor, accepted, sign_in):
    url = f"/consignments/{accepted.number}/delivery-note"
    reply = sign_in(vendor).get(url, follow_redirects=True)
    assert "还没有发出" in reply.text


def test_a_supplier_keeps_sight_of_what_the_buyer_cancelled(
    session, vendor, buyer, accepted, sign_in
):
    services.cancel_order(session, accepted.order, reason="填错", by=buyer)
    number = accepted.number
    client = sign_in(vendor)
    assert client.get(f"/consignments/{number}").status_code == 200
    assert number in client.get("/consignments?state=cancelled").text


def test_the_pages_ask_no_more_for_more_lines(
    session, vendor, buyer, goods, sign_in, count_queries
):
    skus = [
        make.sku(session, product=make.product(session, supplier=goods[0].product.supplier))
        for _ in range(12)
    ]
    part = make_orders.consignment(session, buyer, *((sku, 1000) for sku in skus), state=ACCEPTED)
    url = f"/consignments/{part.number}"
    client = sign_in(vendor)
    with count_queries() as statements:
        assert "填写发货" in client.get(url).text
    assert len(statements) <= 8
    make_orders.shipped(session, part)
    session.commit()
    for place in (url, f"{url}/delivery-note"):
        with count_queries() as statements:
            assert client.get(place).status_code == 200
        assert len(statements) <= 8
