"""The pages on which a unit and a person see every yuan, keep it and pay with it."""

import io
import re

import pytest
from python_calamine import CalamineWorkbook

from market.core import clock
from market.core.access import Role
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, OrderState
from market.payments import queries, services
from market.payments.queries import AccountFilter, Standing
from tests import make, make_orders
from tests.ordering.placing import place
from tests.payments.test_payments import receive, transfer
from tests.payments.test_views import sign_in as sign_in


@pytest.fixture
def owing(session, buyer):
    """An order on account that owes 50.00."""
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    receive(session, order.consignments[0])
    return order


@pytest.fixture
def surplus(session, lead, coordinator):
    """A union's order that was paid 25.00 and owes 15.00 after a claim."""
    order = place(session, lead, (make.sku(session), 1000), buying_for=BuyingFor.UNION)
    receive(session, order.consignments[0])
    transfer(session, order, coordinator, 2500)
    order.lines[0].claimed_milli, order.lines[0].claimed_fen = 400, 1000
    session.flush()
    return order


@pytest.fixture
def cancelled(session, shopper, coordinator):
    """A shopper's order, paid 50.00 and called off."""
    order = place(session, shopper, (make.sku(session), 2000))
    transfer(session, order, coordinator, 5000)
    ordering.cancel_order(session, order, reason="x", by=shopper)
    session.flush()
    return order


def once_of(page, which="once"):
    return re.search(rf'<input id="{which}"[^>]* value="([^"]+)"', page).group(1)


def found(session, **wanted):
    rows = session.execute(queries.account_orders(AccountFilter(**wanted)))
    return [queries.desk_row(row).order for row in rows]


def test_a_units_account_sums_its_own_orders_and_no_employees(
    session, buyer, owing, surplus, cancelled, sign_in
):
    sums = queries.account_sums(session, AccountFilter(unit_id=buyer.unit_id))
    assert (sums.count, sums.due_fen, sums.paid_fen) == (2, 6500, 2500)
    assert (sums.refunded_fen, sums.give_back_fen, sums.outstanding_fen) == (0, 1000, 5000)
    page = sign_in(buyer).get(f"/units/{buyer.unit.code}/account").text
    assert owing.number in page
    assert surplus.number in page
    assert cancelled.number not in page


def test_the_account_is_filtered_by_time_standing_and_number(session, buyer, owing, surplus):
    unit, today = {"unit_id": buyer.unit_id}, clock.today()
    with clock.set_to(clock.start_of(today.replace(year=today.year - 1, month=12, day=31))):
        old = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    assert found(session, **unit) == [surplus, owing, old]
    assert found(session, **unit, year=today.year) == [surplus, owing]
    assert found(session, **unit, year=today.year - 1, month=12) == [old]
    assert found(session, **unit, year=today.year - 1, month=11) == []
    assert found(session, **unit, standing=Standing.OWING) == [owing]
    assert found(session, **unit, standing=Standing.BACK) == [surplus]
    assert found(session, **unit, standing=Standing.CLEAR) == [old]
    assert found(session, **unit, search=owing.number) == [owing]


def test_who_sees_a_units_account(
    session, buyer, lead, owing, stranger, shopper, coordinator, inspector, admin, sign_in
):
    officer = make.person(session, role=Role.FUND_OFFICER)
    address = f"/units/{buyer.unit.code}/account"
    for person in (buyer, lead, coordinator, officer, inspector):
        client = sign_in(person)
        assert client.get(address).status_code == 200
        assert client.get(f"{address}.xlsx").status_code == 200
    assert sign_in(stranger).get(address).status_code == 404
    assert sign_in(stranger).get(f"{address}.xlsx").status_code == 404
    for person in (shopper, admin):
        assert sign_in(person).get(address).status_code == 403
    assert "往来款" in sign_in(buyer).get(f"/units/{buyer.unit.code}").text


def test_one_sees_ones_own_money_and_nobody_elses(session, shopper, buyer, cancelled, sign_in):
    services.keep_as_credit(session, cancelled, once_key="k", by=shopper)
    page = sign_in(shopper).get("/my-money").text
    assert cancelled.number in page
    assert "账户余额明细" in page
    assert cancelled.number not in sign_in(buyer).get("/my-money").text
    assert "还没有往来款项" in sign_in(buyer).get("/my-money").text
    empty = sign_in(shopper).get("/my-money?year=2019&month=3&standing=owing&q=1").text
    assert "没有符合条件的订单" in empty
    for nonsense in ("?year=x&month=99&standing=zz&page=-1", "?month=3", "?year=9999"):
        assert sign_in(shopper).get(f"/my-money{nonsense}").status_code == 200


def test_the_account_is_taken_away_with_its_sums(session, buyer, shopper, owing, surplus, sign_in):
    client = sign_in(buyer)
    reply = client.get(f"/units/{buyer.unit.code}/account.xlsx?standing=owing")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_index(0).to_python()
    texts = [[str(cell) for cell in row] for row in rows]
    assert any(owing.number in row for row in texts)
    assert not any(surplus.number in row for row in texts)
    assert texts[-1][0] == "合计"
    assert texts[-1][-1] == "50.0"
    assert sign_in(shopper).get("/my-money.xlsx").status_code == 200


def test_a_surplus_is_kept_and_pays_what_is_owed(
    session, buyer, lead, owing, surplus, inspector, coordinator, sign_in
):
    client = sign_in(buyer)
    page = client.get(f"/orders/{surplus.number}").text
    assert "多付的 ¥10.00 转为账户余额" in page
    assert "转为账户余额</button>" not in sign_in(inspector).get(f"/orders/{surplus.number}").text
    keep = f"/orders/{surplus.number}/payment/keep"
    data = {"once": once_of(page, "keep-once")}
    for _ in range(2):
        assert client.post(keep, data=data).status_code == 302
    assert "10.00 元已转为账户余额" in client.get("/orders").text
    assert queries.credit_of(session, unit_id=buyer.unit_id) == 1000
    reply = client.post(
        keep, data={"once": once_of(client.get(f"/orders/{owing.number}").text, "pay-once")}
    )
    assert (reply.status_code, "没有可以转为账户余额" in reply.text) == (422, True)
    assert client.post(keep, data={"once": "x"}).status_code == 422

    client = sign_in(lead)
    page = client.get(f"/orders/{owing.number}/payment").text
    assert "用账户余额支付 ¥10.00" in page
    assert "付后尚欠 ¥40.00" in page
    pay = f"/orders/{owing.number}/payment/credit"
    data = {"once": once_of(page, "pay-once")}
    for _ in range(2):
        assert client.post(pay, data=data).status_code == 302
    assert queries.balance_of(session, owing).outstanding_fen == 4000
    assert client.post(pay, data={"once": "x"}).status_code == 422
    assert sign_in(coordinator).post(pay, data=data).status_code == 403


def test_a_shopper_pays_the_next_order_with_what_came_back(
    session, shopper, cancelled, stranger, sign_in
):
    services.keep_as_credit(session, cancelled, once_key="k", by=shopper)
    small = place(session, shopper, (make.sku(session), 1000))
    large = place(session, shopper, (make.sku(session), 3000))
    client = sign_in(shopper)
    page = client.get(f"/orders/{large.number}").text
    assert "用账户余额支付" not in page
    assert "余额不够支付这个订单" in client.get(f"/orders/{large.number}/payment").text
    page = client.get(f"/orders/{small.number}").text
    data = {"once": once_of(page, "pay-once")}
    other = {"once": once_of(client.get(f"/orders/{small.number}/payment").text, "pay-once")}
    address = f"/orders/{small.number}/payment/credit"
    assert sign_in(stranger).post(address, data=data).status_code == 404
    assert client.post(address, data=data).location == f"/orders/{small.number}"
    session.expire_all()
    assert small.state is OrderState.OPEN
    refused = client.post(f"/orders/{large.number}/payment/credit", data=other)
    assert "不够支付订单的 75.00 元" in refused.text
    assert refused.status_code == 422
    page = client.get(f"/orders/{cancelled.number}").text
    assert small.number in page
    assert "用于其他订单" in page


def test_every_row_stands_on_the_order_and_its_payment_page(session, buyer, surplus, sign_in):
    for address in (f"/orders/{surplus.number}", f"/orders/{surplus.number}/payment"):
        page = sign_in(buyer).get(address).text
        assert "款项明细" in page
        assert "按验收金额" in page
        assert "待退回（已付减已退，再减应付中已入账的）" in page


@pytest.mark.parametrize("orders", [1, 8])
def test_a_units_account_asks_no_more_often_for_more_orders(
    session, buyer, coordinator, sign_in, count_queries, orders
):
    for _ in range(orders):
        made = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
        receive(session, made.consignments[0])
        transfer(session, made, coordinator, 2500)
        made.lines[0].claimed_milli, made.lines[0].claimed_fen = 400, 1000
        session.flush()
        services.keep_as_credit(session, made, once_key=make_orders.once(), by=buyer)
    client, code = sign_in(buyer), buyer.unit.code
    session.commit()
    with count_queries() as statements:
        assert client.get(f"/units/{code}/account").status_code == 200
    assert len(statements) <= 8
    number = made.number
    session.commit()
    with count_queries() as statements:
        assert client.get(f"/orders/{number}").status_code == 200
    assert len(statements) <= 8
