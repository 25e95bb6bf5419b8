"""Pages on which goods are received, and claims made and decided."""

import io

import pytest
from PIL import Image

from market.evidence.models import Attachment
from market.ordering import services
from market.ordering.models import (
    Acceptance,
    AcceptanceState,
    Claim,
    ClaimState,
    ConsignmentState,
    OrderState,
    ShortRest,
)
from market.targets.models import Credit
from tests import make, make_orders

SHIPPED, INSPECTED = ConsignmentState.SHIPPED, ConsignmentState.INSPECTED
RECEIVED = ConsignmentState.RECEIVED


@pytest.fixture
def goods(session):
    """Noodles by the bag and potatoes by weight, of one supplier."""
    product = make.product(session)
    bags = make.sku(session, product=product, stock_milli=100_000)
    return bags, make.weighed_sku(session, product=product)


@pytest.fixture
def arrived(session, buyer, goods):
    """Twenty bags at 25.00 and 50 kilograms at 12.80 stand at the canteen's door."""
    return make_orders.consignment(
        session, buyer, (goods[0], 20_000), (goods[1], 50_000), state=SHIPPED
    )


def once(client, url):
    """Return the one-time key that a page's form carries."""
    page = client.get(url).text
    start = page.index('name="once"')
    return page[start:].split('value="', 1)[1].split('"', 1)[0]


def picture(name="照片.jpg"):
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    out.seek(0)
    return out, name


def found(*lines, **given):
    data = {}
    for place, (accepted, rejected, reason) in enumerate(lines):
        data |= {
            f"lines-{place}-accepted": accepted,
            f"lines-{place}-rejected": rejected,
            f"lines-{place}-reason": reason,
        }
    return data | given


def test_two_people_receive_on_two_pages(session, buyer, colleague, arrived, sign_in, app):
    url = f"/consignments/{arrived.number}/acceptance"
    client, second = sign_in(buyer), sign_in(colleague)
    page = client.get(url).text
    assert 'value="50"' in page
    assert "1,140.00" in page
    data = found(("19", "1", "袋子破损"), ("48.765", "", ""), once=once(client, url), remark="下午")
    data["lines-0-photo"] = picture()
    reply = client.post(url, data=data, follow_redirects=True)
    assert "验货已提交" in reply.text
    assert "须由本单位另一位" in reply.text
    assert "复核无误" not in reply.text
    assert "624.19" in reply.text

    page = second.get(f"{url}/sign").text
    assert "复核无误" in page
    assert "袋子破损" in page
    assert "1,099.19" in page
    token = page.split("/files/", 1)[1].split('"', 1)[0]
    assert second.get(f"/files/{token}").content_type == "image/jpeg"
    assert second.get(url).location.endswith("/sign")
    reply = second.post(f"{url}/sign", follow_redirects=True)
    assert "1,099.19 元已计入本单位完成额" in reply.text

    note = second.get(f"{url}/note").text
    assert "验收人：王芳" in note
    assert "复核人：孙丽" in note
    assert "部分拒收：袋子破损" in note
    assert "-1.235" in note
    session.expire_all()
    assert arrived.state is RECEIVED
    assert sum(row.amount_fen for row in session.query(Credit)) == 109_919
    photo = session.query(Attachment).one()
    assert photo.unit_id == buyer.unit_id
    assert photo.supplier_id == arrived.supplier_id


def test_the_first_person_cannot_sign(session, buyer, arrived, sign_in):
    make_orders.inspected(session, arrived, buyer)
    url = f"/consignments/{arrived.number}/acceptance/sign"
    reply = sign_in(buyer).post(url, headers={"Referer": url}, follow_redirects=True)
    assert "须由两人完成" in reply.text
    session.expire_all()
    assert arrived.state is INSPECTED


def test_the_second_person_sends_it_back_and_the_form_begins_with_what_was_found(
    session, buyer, colleague, arrived, sign_in
):
    make_orders.inspected(session, arrived, buyer, {arrived.lines[1].id: 48_500})
    url = f"/consignments/{arrived.number}/acceptance"
    client, first = sign_in(colleague), sign_in(buyer)
    reply = client.post(f"{url}/return", data={"reason": ""})
    assert reply.status_code == 422
    assert "请填写退回原因" in reply.text
    reply = client.post(f"{url}/return", data={"reason": "重称"}, follow_redirects=True)
    assert "已退回" in reply.text
    assert 'value="48.5"' in first.get(url).text
    assert client.post(f"{url}/sign").status_code == 404


def test_an_employee_receives_alone(session, shopper, sign_in):
    part = make_orders.consignment(session, shopper, (make.sku(session), 2000), state=SHIPPED)
    url = f"/consignments/{part.number}/acceptance"
    client = sign_in(shopper)
    assert "提交后立即生效" in client.get(url).text
    data = found(("2", "", ""), once=once(client, url))
    reply = client.post(url, data=data, follow_redirects=True)
    assert "验收已完成" in reply.text
    assert "申请售后" in reply.text
    # The second click of the same form gets the first one's result.
    again = client.post(url, data=data, follow_redirects=True)
    assert "验收已完成" in again.text
    assert "没有签字" not in client.get(f"{url}/note").text
    assert client.get(url, follow_redirects=True).status_code == 200
    session.expire_all()
    assert session.query(Acceptance).one().state is AcceptanceState.SIGNED
    assert part.order.state is OrderState.COMPLETED


def test_the_photo_of_what_one_bought_for_oneself_is_not_the_unit_s(
    session, buyer, shopper, sign_in
):
    part = make_orders.consignment(session, shopper, (make.sku(session), 2000), state=SHIPPED)
    url = f"/consignments/{part.number}/acceptance"
    client, other = sign_in(shopper), sign_in(buyer)
    data = found(("1", "1", "漏气"), once=once(client, url))
    client.post(url, data=data | {"lines-0-photo": picture()})
    token = session.query(Attachment).one().token
    assert client.get(f"/files/{token}").status_code == 200
    assert other.get(f"/files/{token}").status_code == 404


def test_the_amounts_are_computed_by_the_server_before_anything_is_kept(
    session, buyer, arrived, sign_in
):
    url = f"/consignments/{arrived.number}/acceptance"
    client = sign_in(buyer)
    data = found(("19", "", ""), ("48.765", "", ""), once=once(client, url), preview="1")
    reply = client.post(url, data=data)
    assert reply.status_code == 200
    assert "624.19" in reply.text
    assert "1,099.19" in reply.text
    assert session.query(Acceptance).count() == 0


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((("21", "", ""), ("50", "", "")), "超过送货数 20 袋"),
        ((("19", "1", ""), ("50", "", "")), "请填写拒收原因"),
        ((("", "", ""), ("50", "", "")), "请填写实收数量"),
        ((("二十", "", ""), ("50", "", "")), "数量只能是数字"),
        ((("20", "", ""), ("50.0001", "", "")), "最多三位小数"),
        ((("20", "", ""), ("-1", "", "")), "不能小于 0"),
        ((("0", "", ""), ("0", "", "")), "没有收到货请不要验收"),
        ((("19", "1", "x" * 201), ("50", "", "")), "最多 200 个字"),
    ],
)
def test_bad_findings_are_answered_beside_their_field(
    session, buyer, arrived, sign_in, lines, sentence
):
    url = f"/consignments/{arrived.number}/acceptance"
    client = sign_in(buyer)
    reply = client.post(url, data=found(*lines, once=once(client, url), remark="写过的备注"))
    assert reply.status_code == 422
    assert sentence in reply.text
    assert "写过的备注" in reply.text
    assert f'value="{lines[1][0]}"' in reply.text
    session.expire_all()
    assert arrived.state is SHIPPED


def test_a_photo_that_is_none_is_answered_beside_its_field(session, buyer, arrived, sign_in):
    url = f"/consignments/{arrived.number}/acceptance"
    client = sign_in(buyer)
    data = found(("20", "", ""), ("49", "1", "发芽"), once=once(client, url))
    data["lines-1-photo"] = (io.BytesIO(b"%PDF-1.4"), "a.pdf")
    reply = client.post(url, data=data)
    assert reply.status_code == 422
    assert 'id="lines-1-photo-error"' in reply.text
    assert "只能上传图片" in reply.text
    assert '<a href="#lines-1-photo">验收明细</a>：请看标出的行' in reply.text
    assert session.query(Attachment).count() == 0


def test_a_form_without_its_key_or_its_rows_is_refused(session, buyer, arrived, sign_in):
    url = f"/consignments/{arrived.number}/acceptance"
    client = sign_in(buyer)
    reply = client.post(url, data=found(("20", "", ""), ("50", "", "")))
    assert reply.status_code == 422
    assert "提交码无效" in reply.text
    reply = client.post(url, data=found(("20", "", "")), follow_redirects=True)
    assert "与送货单不一致" in reply.text
    session.expire_all()
    assert arrived.state is SHIPPED


def test_only_what_was_shipped_is_asked_for(session, buyer, goods, sign_in):
    part = make_orders.consignment(
        session,
        buyer,
        (goods[0], 20_000),
        (goods[1], 50_000),
        state=ConsignmentState.ACCEPTED,
    )
    first = part.lines[0].id
    make_orders.shipped(session, part, {first: 0}, short_rest=ShortRest.CANCEL)
    url = f"/consignments/{part.number}/acceptance"
    client = sign_in(buyer)
    reply = client.post(url, data=found(("60", "", ""), once=once(client, url)))
    assert "超过送货数 50 公斤" in reply.text
    reply = client.post(
        url, data=found(("50", "", ""), once=once(client, url)), follow_redirects=True
    )
    assert "验货已提交" in reply.text
    assert "未发货" in client.get(f"{url}/note").text


def test_who_may_open_the_pages_of_receipt(
    session, buyer, stranger, shopper, vendor, coordinator, inspector, arrived, sign_in
):
    url = f"/consignments/{arrived.number}/acceptance"
    seller = make_orders.seller(session, arrived)
    for person in (stranger, shopper):
        client = sign_in(person)
        for place in (url, f"{url}/sign", f"{url}/note"):
            assert client.get(place).status_code == 404
        for place in (url, f"{url}/sign", f"{url}/return"):
            assert client.post(place, data={"reason": "x"}).status_code == 404
    for person in (seller, coordinator, inspector):
        client = sign_in(person)
        assert client.get(url).status_code == 403
        assert client.post(f"{url}/sign").status_code == 403
        assert "还没有验收" in client.get(f"{url}/note", follow_redirects=True).text
    assert sign_in(vendor).get(f"{url}/note").status_code == 404


def test_whoever_comes_too_early_or_too_late_is_led_on(session, buyer, goods, sign_in):
    part = make_orders.consignment(
        session, buyer, (goods[0], 1000), state=ConsignmentState.ACCEPTED
    )
    url = f"/consignments/{part.number}/acceptance"
    client = sign_in(buyer)
    assert "待发货" in client.get(url, follow_redirects=True).text
    make_orders.shipped(session, part)
    session.commit()
    assert client.get(f"{url}/sign").location.endswith("/acceptance")


def test_the_pages_of_receipt_ask_no_more_for_more_lines(
    session, buyer, colleague, goods, sign_in, count_queries
):
    skus = [make.sku(session, product=goods[0].product) for _ in range(15)]
    part = make_orders.consignment(session, buyer, *((sku, 1000) for sku in skus), state=SHIPPED)
    url = f"/consignments/{part.number}/acceptance"
    client = sign_in(buyer)
    with count_queries() as statements:
        assert client.get(url).status_code == 200
    assert len(statements) <= 8
    acceptance = make_orders.inspected(session, part, buyer)
    session.commit()
    with count_queries() as statements:
        assert client.get(f"{url}/sign").status_code == 200
    assert len(statements) <= 8
    services.sign(session, acceptance, by=colleague)
    session.commit()
    for place in (f"{url}/note", url.removesuffix("/acceptance")):
        with count_queries() as statements:
            assert client.get(place).status_code == 200
        assert len(statements) <= 8


# Claims ----------------------------------------------------------------------


@pytest.fixture
def received(session, shopper):
    """吴敏 received three bags at 25.00."""
    return make_orders.consignment(session, shopper, (make.sku(session), 3000), state=RECEIVED)


def test_a_claim_goes_its_whole_way(session, shopper, coordinator, received, sign_in):
    seller = make_orders.seller(session, received)
    url = f"/consignments/{received.number}/claims/1"
    claimant, supplier, desk = sign_in(shopper), sign_in(seller), sign_in(coordinator)
    assert "还可以申请" in claimant.get(url).text
    data = {"milli": "1", "reason": "漏气", "once": once(claimant, url)}
    reply = claimant.post(url, data=data | {"photo": picture()}, follow_redirects=True)
    assert "售后申请已提交" in reply.text
    place = reply.request.path
    number = place.rsplit("/", 1)[1]
    assert number in supplier.get("/claims").text
    assert number in desk.get("/claims?state=open").text
    assert "没有符合条件" in desk.get("/claims?state=escalated").text
    assert "同意，扣减 25.00 元" in supplier.get(place).text

    reply = supplier.post(f"{place}/answer", data={"decision": "no", "answer": ""})
    assert reply.status_code == 422
    assert "不同意时请说明理由" in reply.text
    assert supplier.post(f"{place}/answer", data={"answer": "x"}).status_code == 422
    supplier.post(f"{place}/answer", data={"decision": "no", "answer": "运输所致"})
    page = claimant.get(place).text
    assert "运输所致" in page
    assert "申请平台裁定" in page
    claimant.post(f"{place}/escalate")
    assert "支持，扣减" in desk.get(place).text
    reply = desk.post(
        f"{place}/rule", data={"decision": "yes", "answer": "照片属实"}, follow_redirects=True
    )
    assert "已裁定" in reply.text
    page = claimant.get(place).text
    for words in ("提出申请", "供应商不同意", "平台裁定：支持", "照片属实", "吴敏", "李梅"):
        assert words in page
    session.expire_all()
    assert session.query(Claim).one().state is ClaimState.UPHELD
    assert received.lines[0].claimed_fen == 2500
    page = claimant.get(f"/consignments/{received.number}").text
    assert "售后扣减" in page
    assert number in page


def test_a_supplier_agrees(session, shopper, received, sign_in):
    made = services.make_claim(
        session, received.lines[0], milli=1000, reason="漏气", photo=None, once_key="k", by=shopper
    )
    place = f"/claims/{made.number}"
    supplier = sign_in(make_orders.seller(session, received))
    reply = supplier.post(
        f"{place}/answer", data={"decision": "yes", "answer": ""}, follow_redirects=True
    )
    assert "已答复" in reply.text
    reply = supplier.post(
        f"{place}/answer", data={"decision": "yes", "answer": ""}, follow_redirects=True
    )
    assert "当前状态是“已同意”" in reply.text
    session.expire_all()
    assert made.state is ClaimState.AGREED


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"milli": "4", "reason": "漏气"}, "最多可以申请 3 袋"),
        ({"milli": "1.5", "reason": "漏气"}, "整数倍"),
        ({"milli": "0", "reason": "漏气"}, "大于 0"),
        ({"milli": "一", "reason": "漏气"}, "数量只能是数字"),
        ({"milli": "", "reason": "漏气"}, "请填写数量"),
        ({"milli": "1", "reason": ""}, "请填写售后原因"),
    ],
)
def test_a_bad_claim_is_answered_on_the_form(session, shopper, received, sign_in, data, sentence):
    url = f"/consignments/{received.number}/claims/1"
    client = sign_in(shopper)
    reply = client.post(url, data=data | {"once": once(client, url)})
    assert reply.status_code == 422
    assert sentence in reply.text
    assert session.query(Claim).count() == 0


def test_strangers_find_no_claims(
    session, shopper, stranger, buyer, vendor, inspector, received, sign_in
):
    made = services.make_claim(
        session, received.lines[0], milli=1000, reason="漏气", photo=None, once_key="k", by=shopper
    )
    place, line = f"/claims/{made.number}", f"/consignments/{received.number}/claims"
    number = made.number
    for person in (stranger, buyer, vendor):
        client = sign_in(person)
        assert client.get(place).status_code == 404
        assert number not in client.get("/claims").text
    client = sign_in(stranger)
    assert client.post(f"{place}/escalate").status_code == 404
    assert client.get(f"{line}/1").status_code == 404
    assert client.post(f"{place}/answer").status_code == 403
    assert sign_in(vendor).post(f"{place}/answer").status_code == 404
    client = sign_in(inspector)
    assert client.get(place).status_code == 200
    assert client.post(f"{place}/rule", data={"decision": "yes"}).status_code == 403
    client = sign_in(shopper)
    assert [client.get(f"{line}/{n}").status_code for n in (0, 1, 2)] == [404, 200, 404]


def test_the_claims_page_asks_no_more_for_more_claims(
    session, shopper, received, sign_in, count_queries
):
    for milli in (1000, 1000, 1000):
        services.make_claim(
            session,
            received.lines[0],
            milli=milli,
            reason="漏气",
            photo=None,
            once_key=make_orders.once(),
            by=shopper,
        )
    number = session.query(Claim).first().number
    client = sign_in(shopper)
    for place in ("/claims", f"/claims/{number}"):
        with count_queries() as statements:
            assert client.get(place).status_code == 200
        assert len(statements) <= 8
    assert (
        "漏气" in client.get("/claims?q=苕粉").text or number in client.get("/claims?q=苕粉").text
    )


def test_an_empty_list_of_claims_says_what_to_do(session, buyer, coordinator, sign_in):
    assert "看订单" in sign_in(buyer).get("/claims").text
    assert "采购人对已验收的商品" in sign_in(coordinator).get("/claims").text
