"""Pages on how to pay, and the desk where transfers are written down."""

import datetime as dt
import re

import pytest

from market.core import clock
from market.core.access import Role
from market.core.states import move
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, ConsignmentState, OrderState
from market.payments.models import Payment, PaymentState
from tests import make
from tests.ordering.placing import place


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


@pytest.fixture
def unpaid(session, shopper):
    return place(session, shopper, (make.sku(session), 2000))


@pytest.fixture
def received(session, buyer):
    """A canteen's order on account, received in full: it owes 50.00."""
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    for step in (ConsignmentState.ACCEPTED, ConsignmentState.SHIPPED, ConsignmentState.RECEIVED):
        move(session, order.consignments[0], step)
    line = order.lines[0]
    line.shipped_milli = line.accepted_milli = 2000
    line.rejected_milli, line.accepted_fen = 0, 5000
    session.flush()
    return order


def transfer_data(client, number, **given):
    page = client.get(f"/payments?q={number}").text
    once = re.search(rf'name="{number}-once"[^>]* value="([^"]*)"', page).group(1)
    typed = {
        "once": once,
        "amount_fen": "50.00",
        "bank_serial": "2026112300001",
        "paid_on": str(clock.today()),
    } | given
    return {f"{number}-{name}": value for name, value in typed.items() if value is not None}


def record(client, number, **given):
    return client.post(f"/payments/{number}", data=transfer_data(client, number, **given))


def test_a_buyer_is_shown_how_to_pay(unpaid, sign_in):
    page = sign_in(unpaid.placed_by).get(f"/orders/{unpaid.number}/payment").text
    for words in (
        f">{unpaid.number}</code>",
        "50.00",
        "演示银行两江支行",
        "本站暂未开通在线支付",
        "前一次足额转账",
    ):
        assert words in page, words


def test_a_unit_is_shown_how_to_settle(received, buyer, stranger, sign_in):
    page = sign_in(buyer).get(f"/orders/{received.number}/payment").text
    assert "按已验收金额结算" in page
    assert sign_in(stranger).get(f"/orders/{received.number}/payment").status_code == 404


@pytest.mark.parametrize("how", ["cancelled", "overdue", "paid"])
def test_who_need_not_pay_is_told_so(session, unpaid, coordinator, sign_in, how):
    words = {"cancelled": "没有需要付的款项", "overdue": "超时关闭", "paid": "款项已付清"}[how]
    client = sign_in(unpaid.placed_by)
    if how == "cancelled":
        ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    elif how == "overdue":
        unpaid.pay_by_at = clock.now()
    else:
        record(sign_in(coordinator), unpaid.number)
    page = client.get(f"/orders/{unpaid.number}/payment").text
    assert words in page
    assert "转账附言" not in page


def test_a_transfer_is_written_down_once(session, unpaid, coordinator, sign_in):
    client = sign_in(coordinator)
    data = transfer_data(client, unpaid.number)
    for _ in range(2):
        reply = client.post(f"/payments/{unpaid.number}?matter=awaiting", data=data)
        assert reply.location == "/payments?matter=awaiting"
    assert "50.00 元已入账" in client.get("/payments").text
    session.expire_all()
    payment = session.query(Payment).one()
    assert (payment.amount_fen, payment.state) == (5000, PaymentState.APPLIED)
    assert unpaid.state is OrderState.OPEN
    page = client.get(f"/orders/{unpaid.number}").text
    assert "2026112300001" in page
    assert "银行转账登记" in page


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("amount_fen", "", "请填写到账金额"),
        ("amount_fen", "abc", "金额只能是数字"),
        ("amount_fen", "-50", "必须大于 0"),
        ("amount_fen", "0", "必须大于 0"),
        ("amount_fen", "50.001", "最多两位小数"),
        ("amount_fen", "99999999999999", "金额过大"),
        ("amount_fen", "49.99", "一次付清 50.00 元"),
        ("bank_serial", "", "请填写银行流水号"),
        ("bank_serial", "9" * 61, "流水号最多 60 个字"),
        ("paid_on", "", "请填写到账日期"),
        ("paid_on", "2099-01-01", "不能晚于今天"),
        ("paid_on", "2019-01-01", "不能早于一年前"),
    ],
)
def test_a_wrong_transfer_stays_beside_its_error(
    session, unpaid, received, coordinator, sign_in, name, typed, sentence
):
    reply = record(sign_in(coordinator), unpaid.number, **{name: typed})
    assert reply.status_code == 422
    assert sentence in reply.text
    assert f'id="{unpaid.number}-{name}-error"' in reply.text
    assert f'value="{typed}"' in reply.text
    assert session.query(Payment).count() == 0


def test_a_form_without_its_key_is_refused(session, unpaid, coordinator, sign_in):
    reply = record(sign_in(coordinator), unpaid.number, once=None)
    assert (reply.status_code, "提交码" in reply.text) == (422, True)
    assert 'value="2026112300001"' in reply.text


def test_a_serial_used_before_names_its_order(session, unpaid, received, coordinator, sign_in):
    client = sign_in(coordinator)
    record(client, unpaid.number)
    reply = record(client, received.number)
    assert reply.status_code == 422
    assert f"已登记在订单 {unpaid.number}" in reply.text


def test_more_than_is_owed_is_refused_with_what_is(received, coordinator, sign_in):
    reply = record(sign_in(coordinator), received.number, amount_fen="50.01")
    assert (reply.status_code, "还应付 50.00 元" in reply.text) == (422, True)


def test_money_that_comes_too_late_is_written_down_and_said(session, unpaid, coordinator, sign_in):
    client = sign_in(coordinator)
    data = transfer_data(client, unpaid.number)
    unpaid.pay_by_at = clock.now() - dt.timedelta(minutes=1)
    ordering.expire_orders(session)
    reply = client.post(f"/payments/{unpaid.number}", data=data, follow_redirects=True)
    assert "50.00 元已登记为待退回" in reply.text
    page = client.get("/payments?matter=back").text
    assert unpaid.number in page
    assert "待退回" in page


def test_the_desk_is_filtered_and_searched(session, unpaid, received, coordinator, sign_in):
    client = sign_in(coordinator)
    page = client.get("/payments").text
    assert (unpaid.number in page, received.number in page, "100.00" in page) == (True, True, True)
    page = client.get("/payments?matter=on_account").text
    assert (unpaid.number in page, received.number in page) == (False, True)
    number = unpaid.number
    page = client.get(f"/payments?q={number[:6]}+{number[6:]}").text
    assert (number in page, received.number in page) == (True, False)
    misread = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert "校验不通过" in client.get(f"/payments?q={misread}").text
    assert "没有找到订单" in client.get("/payments?q=zzz").text
    for nonsense in ("?matter=x&page=-1", "?page=x", "?number=1&endpoint=2"):
        assert client.get(f"/payments{nonsense}").status_code == 200


def test_an_empty_desk_says_so(coordinator, sign_in):
    assert "没有待处理的款项" in sign_in(coordinator).get("/payments").text


def test_who_may_look_and_who_may_record(session, unpaid, buyer, inspector, admin, sign_in):
    officer = make.person(session, role=Role.FUND_OFFICER)
    client = sign_in(inspector)
    page = client.get("/payments").text
    assert unpaid.number in page
    assert "登记到账</button>" not in page
    assert client.post(f"/payments/{unpaid.number}").status_code == 403
    for person in (buyer, unpaid.placed_by, admin):
        assert sign_in(person).get("/payments").status_code == 403
    client = sign_in(officer)
    assert client.post("/payments/nothing").status_code == 404
    assert record(client, unpaid.number).status_code == 302


@pytest.mark.parametrize("orders", [2, 10])
def test_the_desk_asks_no_more_often_for_more_orders(
    session, coordinator, sign_in, count_queries, orders
):
    for _ in range(orders):
        person = make.person(session, role=Role.SHOPPER)
        place(session, person, (make.sku(session), 1000))
    client = sign_in(coordinator)
    with count_queries() as statements:
        assert client.get("/payments").status_code == 200
    assert len(statements) <= 6
