"""Units pay by card: what an order on account owes, and what is left of a statement."""

import itertools
import re

import pytest

from market.adapters.stripe import Notice, Seen, SeenDispute, SeenDisputeState, SeenState
from market.core import clock
from market.core.errors import Refused
from market.notices.models import Notice as Told
from market.ordering.models import BuyingFor
from market.payments import queries, services
from market.payments.models import Checkout, CheckoutState, Payment, PaymentState, StatementState
from tests import make, make_orders
from tests.ordering.placing import place
from tests.payments.billing import billed, claimed, delivered, on, paid_in
from tests.payments.test_online import start
from tests.payments.test_payments import transfer
from tests.payments.test_views import sign_in as sign_in

_n = itertools.count(1)


def paid(checkout, **given):
    number = next(_n)
    about = {"amount": checkout.amount_fen, "currency": "cny", "intent": f"pi_unit_{number}"}
    return Seen(
        **{
            "session_id": f"cs_unit_{checkout.id}",
            "reference": checkout.once_key,
            "state": SeenState.PAID,
            "method": "card",
            "address": "",
        }
        | about
        | given
    )


@pytest.fixture
def order(session, buyer):
    """A canteen's order on account, accepted by two: it owes 50.00."""
    with on(2026, 3, 20):
        return delivered(session, buyer, (make.sku(session), 2000))


@pytest.fixture
def statement(session, order):
    return billed(session)


def begin(session, statement, by):
    return services.start_statement_checkout(session, statement, once_key=f"st-{next(_n)}", by=by)


def test_the_unit_pays_what_its_order_owes(session, order, lead, stranger, shopper):
    for person in (stranger, shopper):
        with pytest.raises(Refused, match="只有本单位的食堂管理员和负责人"):
            start(session, order, by=person)
    checkout = start(session, order, by=lead)
    assert (checkout.amount_fen, checkout.started_by_id) == (5000, lead.id)
    services.settle(session, paid(checkout))
    assert checkout.state is CheckoutState.SETTLED
    assert queries.balance_of(session, order).outstanding_fen == 0
    payment = session.query(Payment).one()
    assert (payment.unit_id, payment.person_id) == (order.unit_id, None)
    assert (payment.order_id, payment.state) == (order.id, PaymentState.APPLIED)
    assert (
        "收到在线支付 50.00 元，已入账" in session.query(Told).order_by(Told.id.desc()).first().text
    )
    with pytest.raises(Refused, match="没有需要付的款项"):
        start(session, order, by=lead)
    assert queries.verify_payments(session) == queries.verify_sums(session) == []


def test_an_order_that_owes_less_by_then_leaves_the_rest_on_the_account(
    session, order, buyer, lead, coordinator
):
    checkout = start(session, order, by=buyer)
    transfer(session, order, coordinator, 3000)
    services.settle(session, paid(checkout))
    assert checkout.state is CheckoutState.SETTLED
    assert checkout.problem == "付款时只应付 20.00 元"
    assert queries.credit_of(session, unit_id=order.unit_id) == 3000
    texts = [told.text for told in session.query(Told)]
    assert len([text for text in texts if "多出的 30.00 元留在账户余额" in text]) == 2
    again = place(session, lead, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    assert queries.verify_payments(session) == queries.verify_sums(session) == []
    assert again.state is not None


def test_money_for_what_is_paid_already_is_free_and_told(session, order, buyer, coordinator):
    checkout = start(session, order, by=buyer)
    transfer(session, order, coordinator, 5000)
    services.settle(session, paid(checkout))
    assert (checkout.state, checkout.problem) == (
        CheckoutState.UNAPPLIED,
        "付款时已没有应付的款项",
    )
    assert queries.credit_of(session, unit_id=order.unit_id) == 5000


def test_a_second_payment_of_one_attempt_is_put_to_nothing(session, order, buyer):
    checkout = start(session, order, by=buyer)
    services.settle(session, paid(checkout))
    line = order.lines[0]
    line.accepted_fen += 1000
    session.flush()
    services.settle(session, paid(checkout))
    assert queries.credit_of(session, unit_id=order.unit_id) == 5000
    assert queries.balance_of(session, order).outstanding_fen == 1000


def test_the_unit_pays_a_statement(session, statement, order, buyer, lead, stranger, shopper):
    for person in (stranger, shopper):
        with pytest.raises(Refused, match="只有本单位的食堂管理员和负责人"):
            begin(session, statement, person)
    checkout = begin(session, statement, lead)
    assert begin(session, statement, buyer) is checkout
    assert (checkout.amount_fen, checkout.order_id) == (5000, None)
    notice = Notice("evt_1", "checkout.session.completed", "cs")
    services.hear(session, notice, paid(checkout))
    assert checkout.state is CheckoutState.SETTLED
    assert queries.outstanding_fen(session, statement) == 0
    payment = session.query(Payment).one()
    assert (payment.unit_id, payment.order_id) == (order.unit_id, None)
    assert queries.balance_of(session, order).outstanding_fen == 0
    with pytest.raises(Refused, match="没有需要付的款项"):
        begin(session, statement, lead)
    assert queries.verify_payments(session) == queries.verify_sums(session) == []
    rows = queries.details_of(session, order, queries.ledger_of(session, order)).rows
    assert [row.title for row in rows if row.applied_fen] == ["结算单付款入账"]
    # Its dispute is found by the statement's number, and by those of the orders it paid.
    opened = clock.now()
    seen = SeenDispute(
        "du_1", payment.bank_serial, "", SeenDisputeState.OPEN, 5000, "cny", "general", opened, None
    )
    made = services.settle_dispute(session, seen)
    for number in (statement.number, order.number):
        assert session.scalars(queries.disputes(state=None, search=number)).all() == [made]
    assert queries.statements_paid_by(session, [payment.id]) == {payment.id: statement.number}


def test_the_same_key_gives_the_same_attempt_and_one_of_another_thing_a_new_one(
    session, statement, order, buyer
):
    key = {"once_key": "mine", "by": buyer}
    first = services.start_statement_checkout(session, statement, **key)
    with clock.set_to(first.expires_at):
        assert services.start_statement_checkout(session, statement, **key) is first
        assert queries.left_open(session, statement) == [first]
        assert queries.left_open(session, order) == []
    services.forget(session, first)
    assert first.state is CheckoutState.EXPIRED


@pytest.mark.parametrize("how", ["less", "void", "failed", "fen", "currency"])
def test_what_may_happen_to_a_statement_while_it_is_paid(
    session, statement, order, buyer, coordinator, how
):
    checkout = begin(session, statement, buyer)
    given, state, free_fen = {}, CheckoutState.UNAPPLIED, 5000
    if how == "less":
        payment = paid_in(session, 2000, coordinator)
        services.pay_statement(session, statement, payment, 2000, by=coordinator)
        state, free_fen = CheckoutState.SETTLED, 2000
    elif how == "void":
        statement.state = StatementState.VOID
    elif how == "failed":
        given, state, free_fen = {"state": SeenState.FAILED}, CheckoutState.FAILED, 0
    elif how == "fen":
        given, free_fen = {"amount": 4999}, 4999
    else:
        given, free_fen = {"currency": "hkd"}, 0
    session.flush()
    services.settle(session, paid(checkout, **given))
    assert checkout.state is state
    assert queries.credit_of(session, unit_id=statement.unit_id) == free_fen
    told = session.query(Told).filter_by(person_id=buyer.id).order_by(Told.id.desc()).first()
    assert told.path == f"/statements/{statement.number}/payment"


def test_a_claim_leaves_less_to_be_paid_online(session, statement, order, buyer):
    checkout = begin(session, statement, buyer)
    with on(2026, 3, 22):
        claimed(session, order, buyer)
    services.settle(session, paid(checkout))
    assert queries.balance_of(session, order).applied_fen == 2500
    assert queries.credit_of(session, unit_id=order.unit_id) == 2500


# The pages


def once_of(page):
    return re.search(r'<input id="once"[^>]* value="([^"]+)"', page).group(1)


def test_a_canteen_pays_an_order_on_the_processors_page(
    session, order, buyer, stranger, sign_in, cards, standin
):
    client, number = sign_in(buyer), order.number
    address = f"/orders/{number}/payment"
    page = client.get(address).text
    assert "银行卡、支付宝、微信支付" in page
    reply = client.post(address, data={"once": once_of(page)})
    assert (reply.status_code, reply.location.startswith(standin.base)) == (303, True)
    standin.pay(session.query(Checkout).one().session_id)
    assert "已入账" in client.get(f"{address}/result").text
    assert "款项已付清" in client.get(address).text
    assert client.post(address, data={"once": once_of(page)}).status_code == 303
    assert sign_in(stranger).get(address).status_code == 404


def test_a_lead_pays_a_statement_on_the_processors_page(
    session, statement, lead, stranger, coordinator, sign_in, cards, standin
):
    client, number = sign_in(lead), statement.number
    address = f"/statements/{number}/payment"
    assert f'href="{address}"' in client.get(f"/statements/{number}").text
    assert client.get(f"{address}/result").location == address
    seller = make_orders.seller(session, statement.lines[0].acceptance.consignment)
    with on(2026, 4, 20):
        services.extend_statement(session, statement, reason="预算未到", by=seller)
    services.object_to_statement(session, statement, words="少了", by=lead)
    session.commit()
    # In dispute nothing is paid, and what it asks for and by when is still told.
    page = client.get(address).text
    for words in ("处理前暂停付款", "¥50.00", "2026-05-16"):
        assert words in page, words
    services.uphold_statement(session, statement, words="无误", by=coordinator)
    page = client.get(address).text
    assert "¥50.00" in page
    assert client.post(address, data={"once": "x"}).status_code == 422
    standin.troubles.extend([500] * 3)
    reply = client.post(address, data={"once": once_of(page)})
    assert (reply.status_code, "支付通道暂时不可用" in reply.text) == (422, True)
    # Nobody has seen a page to pay on yet, so there is nothing to warn of.
    assert "有一次支付正在进行" not in client.get(address).text
    result = client.get(f"{address}/result")
    assert ("没有开始" in result.text, "Refresh" in result.headers) == (True, False)
    reply = client.post(address, data={"once": once_of(page)})
    assert reply.location.startswith(standin.base)
    assert "有一次支付正在进行" in client.get(address).text
    assert "还没有付款" in client.get(f"{address}/result").text
    standin.pay(session.query(Checkout).one().session_id)
    assert f"结算单 {number}" in client.get(f"{address}/result").text
    assert "没有需要付的款项" in client.get(address).text
    reply = client.post(address, data={"once": once_of(page)}, follow_redirects=True)
    assert f"结算单 {number}" in reply.text
    other = client.get(f"{address}/result").text
    assert "支付成功" in other
    assert sign_in(stranger).get(address).status_code == 404
    assert sign_in(stranger).post(address).status_code == 404
    assert sign_in(coordinator).get(address).status_code == 200
    assert "支付成功" in sign_in(coordinator).get(f"{address}/result").text
    assert sign_in(coordinator).post(address).status_code == 403
    listed = sign_in(coordinator).get(f"/payments/online?q={number}").text
    assert number in listed


def test_a_statement_paid_meanwhile_is_told_so(
    session, statement, buyer, coordinator, sign_in, cards
):
    client, address = sign_in(buyer), f"/statements/{statement.number}/payment"
    page = client.get(address).text
    payment = paid_in(session, 5000, coordinator)
    services.pay_statement(session, statement, payment, 5000, by=coordinator)
    reply = client.post(address, data={"once": once_of(page)}, follow_redirects=True)
    assert "没有需要付的款项" in reply.text


def test_a_left_attempt_is_closed_before_another(
    session, statement, buyer, sign_in, cards, standin
):
    client, address = sign_in(buyer), f"/statements/{statement.number}/payment"
    client.post(address, data={"once": once_of(client.get(address).text)})
    first = session.query(Checkout).one()
    first.expires_at = clock.now()
    client.post(address, data={"once": once_of(client.get(address).text)})
    session.expire_all()
    states = [one.state for one in session.query(Checkout).order_by(Checkout.id)]
    assert states == [CheckoutState.EXPIRED, CheckoutState.STARTED]


def test_an_attempt_that_never_reached_the_processor_is_closed_too(
    session, order, buyer, sign_in, cards, standin
):
    first = start(session, order, by=buyer)
    client, address = sign_in(buyer), f"/orders/{order.number}/payment"
    page = client.get(address).text
    first.expires_at = clock.now()
    reply = client.post(address, data={"once": once_of(page)})
    assert reply.location.startswith(standin.base)
    session.expire_all()
    assert first.state is CheckoutState.EXPIRED


def test_without_keys_only_transfer_is_offered(session, statement, order, buyer, sign_in):
    client = sign_in(buyer)
    for address in (f"/statements/{statement.number}/payment", f"/orders/{order.number}/payment"):
        page = client.get(address).text
        assert "本站暂未开通在线支付" in page
        assert "演示银行两江支行" in page
        assert client.post(address).status_code == 404


def test_only_the_methods_that_are_switched_on_are_offered(
    session, app, order, buyer, sign_in, cards, standin
):
    cards.methods = ("card", "alipay")
    client, address = sign_in(buyer), f"/orders/{order.number}/payment"
    page = client.get(address).text
    assert "银行卡、支付宝，在收银台" in page
    client.post(address, data={"once": once_of(page)})
    made = standin._sessions[session.query(Checkout).one().session_id]
    assert made["payment_method_types"] == ["card", "alipay"]


def test_paying_pages_ask_a_fixed_number_of_times(
    session, statement, buyer, sign_in, cards, count_queries
):
    for _ in range(3):
        with on(2026, 3, 21):
            make_orders.order(session, buyer, (make.sku(session), 1000))
    client = sign_in(buyer)
    address = f"/statements/{statement.number}/payment"
    session.commit()
    with count_queries() as statements:
        client.get(address)
    assert len(statements) <= 8
