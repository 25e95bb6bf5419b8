"""Pages on which money is given back, through the real SDK and the stand-in."""

import itertools
import re

import pytest
import stripe
from itsdangerous import URLSafeTimedSerializer

from market.adapters.stripe.standin import LOST
from market.core import clock
from market.core.access import Role
from market.ordering import services as ordering
from market.ordering.models import Claim, OrderState
from market.payments import queries, services
from market.payments.models import (
    Checkout,
    CheckoutState,
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
    Refund,
    RefundCause,
    RefundState,
    StripeEvent,
)
from tests import make
from tests.cli.test_commands import run
from tests.ordering.placing import place
from tests.payments.billing import delivered
from tests.payments.paying import key, pay_by_transfer, receive, seen_refund

__all__ = ["run"]

_n = itertools.count(1)


@pytest.fixture
def sign_in(sign_in, session):
    """Sign in, and end the test's own transaction before each request: SQLite has one writer."""

    def signed_in(person):
        client = sign_in(person)
        send = client.open

        def send_after_commit(*args, **kwargs):
            session.commit()
            reply = send(*args, **kwargs)
            session.expire_all()
            return reply

        client.open = send_after_commit
        return client

    return signed_in


@pytest.fixture
def order(session, shopper):
    return place(session, shopper, (make.sku(session), 2000))


@pytest.fixture
def pay(app, session, sign_in, cards, standin):
    """Pay an order on the processor's page; return its payment."""

    # The key that the page before would carry: to show that page costs more than to pay.
    signer = URLSafeTimedSerializer(app.secret_key, salt="once:checkout")

    def pay(order, method="card", *, tell=True):
        client = sign_in(order.placed_by)
        where = f"/orders/{order.number}/payment"
        client.post(where, data={"once": signer.dumps([order.placed_by.get_id(), key()])})
        checkout = session.query(Checkout).order_by(Checkout.id.desc()).first()
        standin.pay(checkout.session_id, method)
        if tell:
            client.get(f"{where}/result")
            return session.query(Payment).order_by(Payment.id.desc()).first()
        return None

    return pay


@pytest.fixture
def tell(app, session, standin):
    """Send a notice, the latest unless another is given; return the answer's status."""

    def tell(event=None, **given):
        session.commit()
        body, signature = standin.signed(event or standin.events[-1], **given)
        headers = {"Stripe-Signature": signature}
        reply = app.test_client().post("/payments/stripe/notices", data=body, headers=headers)
        session.expire_all()
        return reply.status_code

    return tell


def once_of(page, prefix=""):
    return re.search(rf'name="{prefix}once"[^>]* value="([^"]*)"', page).group(1)


def cancel(session, order):
    ordering.cancel_order(session, order, reason="x", by=order.placed_by)
    session.commit()


def give(client, where, **given):
    """Fill the refund form in, as it was pre-filled but for what is given."""
    page = client.get(where).text
    amount = re.search(r'name="amount_fen"[^>]* value="([^"]*)"', page).group(1)
    cause = re.search(r'<select[^>]*name="cause".*?</select>', page, re.DOTALL).group(0)
    chosen = re.search(r'<option selected value="([^"]*)"|<option value="([^"]*)"', cause)
    data = {
        "once": once_of(page),
        "amount_fen": amount,
        "cause": next(filter(None, chosen.groups())),
        "reason": "演示",
    }
    if 'name="line"' in page:
        data["line"] = ""
    return client.post(where, data=data | given)


# One click


def test_money_of_a_cancelled_order_goes_back_with_one_click(
    session, order, pay, sign_in, coordinator, standin
):
    payment = pay(order)
    cancel(session, order)
    client = sign_in(coordinator)
    desk = client.get(f"/payments?q={order.number}").text
    desk_again = client.get(f"/payments?q={order.number}").text
    assert "退回 50.00 元" in desk
    where = f"/payments/{order.number}/return"
    data = {"once": re.search(rf'{where}".*?name="once" value="([^"]*)"', desk).group(1)}
    page = client.post(where, data=data, follow_redirects=True).text
    assert "已退款" in page
    refund = session.query(Refund).one()
    assert (refund.state, refund.cause) == (RefundState.DONE, RefundCause.CANCELLED)
    assert standin.held_for(order.number) == 0
    assert payment.state is PaymentState.RETURNED
    again = client.post(where, data=data, follow_redirects=True)
    assert refund.number in again.text
    assert session.query(Refund).count() == 1
    reply = client.post(where, data={"once": "x"}, follow_redirects=True)
    assert "没有提交成功" in reply.text
    other = {"once": re.search(rf'{where}".*?name="once" value="([^"]*)"', desk_again).group(1)}
    assert "没有可以直接退清的款项" in client.post(where, data=other, follow_redirects=True).text
    shop = sign_in(order.placed_by).get(f"/orders/{order.number}").text
    assert "已退款" in shop
    assert refund.number in shop


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_a_paid_session_of_an_order_that_is_gone_is_queued_and_goes_back_with_one_click(
    session, order, pay, sign_in, coordinator, standin, tell, end
):
    pay(order, tell=False)
    if end == "cancelled":
        cancel(session, order)
        assert tell() == 200
    else:
        order.pay_by_at = clock.now()
        assert tell() == 200
    client = sign_in(coordinator)
    listed = client.get("/payments/online?state=unapplied").text
    where = f"/payments/{order.number}/return"
    data = {"once": re.search(rf'{where}".*?name="once" value="([^"]*)"', listed).group(1)}
    assert "已退款" in client.post(where, data=data, follow_redirects=True).text
    assert standin.held_for(order.number) == 0
    assert "已退回" in client.get("/payments/online").text
    assert queries.verify_payments(session) == []


def test_calling_an_order_off_closes_its_page_to_pay_on(
    session, order, cards, standin, sign_in, caplog
):
    client = sign_in(order.placed_by)
    where = f"/orders/{order.number}/payment"
    client.post(where, data={"once": once_of(client.get(where).text)})
    checkout = session.query(Checkout).one()
    client.post(f"/orders/{order.number}/cancel", data={"reason": "不要了"})
    assert (order.state, checkout.state) == (OrderState.CANCELLED, CheckoutState.EXPIRED)
    assert standin._sessions[checkout.session_id]["status"] == "expired"


def test_a_page_that_can_not_be_closed_now_does_not_keep_an_order_from_being_called_off(
    app, session, shopper, cards, standin, sign_in, caplog
):
    client = sign_in(shopper)
    sku = make.sku(session)
    for trouble in ("silence", "forgotten", "no keys"):
        order = place(session, shopper, (sku, 2000))
        where = f"/orders/{order.number}/payment"
        client.post(where, data={"once": once_of(client.get(where).text)})
        checkout = session.query(Checkout).order_by(Checkout.id.desc()).first()
        caplog.clear()
        if trouble == "silence":
            standin.troubles.append(429)
        elif trouble == "forgotten":
            checkout.session_id = "cs_test_forgotten"
        else:
            app.extensions["cards"] = None
        client.post(f"/orders/{order.number}/cancel", data={"reason": "不要了"})
        assert order.state is OrderState.CANCELLED, trouble
        ended = checkout.state is CheckoutState.EXPIRED
        assert ended == (trouble == "forgotten")
        assert ("was left open" in caplog.text) == (trouble == "silence")


def test_two_payments_of_one_order_go_back_with_one_click(session, order, sign_in, coordinator):
    for _ in range(2):
        pay_by_transfer(session, order, coordinator)
    cancel(session, order)
    client = sign_in(coordinator)
    desk = client.get(f"/payments?q={order.number}").text
    where = f"/payments/{order.number}/return"
    data = {"once": re.search(rf'{where}".*?name="once" value="([^"]*)"', desk).group(1)}
    reply = client.post(where, data=data)
    assert reply.location == "/refunds"
    assert [one.amount_fen for one in session.query(Refund)] == [5000, 5000]
    assert queries.balance_of(session, order).give_back_fen == 0


# With a cause


def test_an_agreed_claim_is_refunded_from_its_page(
    session, order, pay, sign_in, coordinator, standin
):
    pay(order, "wechat_pay")
    receive(session, order)
    line = order.lines[0]
    claim = ordering.make_claim(
        session, line, milli=1000, reason="潮", photo=None, once_key=key(), by=order.placed_by
    )
    seller = make.supplier_person(session, line.consignment.supplier)
    ordering.answer_claim(session, claim, agree=True, answer="好", by=seller)
    client = sign_in(coordinator)
    where = f"/refunds/new?claim={claim.number}"
    assert where in client.get(f"/claims/{claim.number}").text
    reply = give(client, where, amount_fen="25.01")
    assert (reply.status_code, "最多可退 25.00 元" in reply.text) == (422, True)
    assert "25.01" in reply.text
    stock = line.sku.stock_milli
    reply = give(client, where, restock="y")
    refund = session.query(Refund).one()
    assert reply.location == f"/refunds/{refund.number}"
    assert (refund.state, refund.claim, refund.amount_fen) == (RefundState.SENT, claim, 2500)
    assert (refund.restock_milli, line.sku.stock_milli) == (1000, stock + 1000)
    page = client.get(reply.location).text
    assert "查询结果" in page
    standin.finish(refund.serial)
    page = client.post(f"/refunds/{refund.number}/send", follow_redirects=True).text
    assert "已退款" in page
    assert "查询结果" not in page
    assert client.get(where).status_code == 200
    assert where not in client.get(f"/claims/{claim.number}").text  # All of it went.


def test_goods_that_are_still_owed_are_refunded_by_line(
    session, order, pay, sign_in, coordinator, standin
):
    pay(order)
    receive(session, order)
    client = sign_in(coordinator)
    where = f"/refunds/new?order={order.number}"
    page = client.get(where).text
    assert "按行退款" in page
    data = {
        "line-once": once_of(page, "line-"),
        "line-line": "1",
        "line-milli": "5",
        "line-reason": "变质",
    }
    address = f"/refunds/line?order={order.number}"
    reply = client.post(address, data=data)
    assert (reply.status_code, "最多可以申请" in reply.text, "变质" in reply.text) == (
        422,
        True,
        True,
    )
    reply = client.post(address, data={**data, "line-milli": ""})
    assert (reply.status_code, "请填写数量" in reply.text) == (422, True)
    reply = client.post(address, data={**data, "line-milli": "1"}, follow_redirects=True)
    assert "已退款" in reply.text
    assert standin.held_for(order.number) == 2500
    assert session.query(Claim).one().amount_fen == 2500
    assert client.post("/refunds/line?order=nothing", data=data).status_code == 404
    other = place(session, order.placed_by, (make.sku(session), 1000))
    address = f"/refunds/line?order={other.number}"
    assert client.post(address, data=data).status_code == 404
    officer = make.person(session, role=Role.FUND_OFFICER)
    for person, may in ((coordinator, True), (officer, False)):
        # A button that leads to nothing is not shown.
        client = sign_in(person)
        assert ("按行退款" in client.get(where).text) is may
        assert (where in client.get(f"/orders/{order.number}").text) is may
    # All that is left, clicked twice on one page: the second is told what the first one made.
    client, address = sign_in(coordinator), f"/refunds/line?order={order.number}"
    data |= {"line-once": once_of(client.get(where).text, "line-"), "line-milli": "1"}
    first, again = (client.post(address, data=data) for _ in range(2))
    assert (first.status_code, again.location) == (303, first.location)
    assert (session.query(Claim).count(), standin.held_for(order.number)) == (2, 0)
    assert where not in client.get(f"/orders/{order.number}").text


def test_where_several_payments_came_one_is_chosen(session, order, sign_in, coordinator):
    first = pay_by_transfer(session, order, coordinator)
    second = pay_by_transfer(session, order, coordinator)
    cancel(session, order)
    client = sign_in(coordinator)
    page = client.get(f"/refunds/new?order={order.number}").text
    for payment in (first, second):
        assert f"payment={payment.bank_serial}" in page
    where = f"/refunds/new?order={order.number}&payment={second.bank_serial}"
    reply = give(client, where)
    assert session.query(Refund).one().payment_id == second.id
    assert "请转账" in client.get(reply.location).text
    assert client.get("/refunds/new").status_code == 404
    assert client.get("/refunds/new?payment=unknown").status_code == 404
    assert client.post("/refunds/new?order=" + order.number, data={"x": "y"}).status_code == 422
    empty = place(session, order.placed_by, (make.sku(session), 1000))
    assert "没有可退的款项" in client.get(f"/refunds/new?order={empty.number}").text
    halves = delivered(session, make.person(session), (make.sku(session), 2000))
    for _ in range(2):
        pay_by_transfer(session, halves, coordinator, 2500)
    page = client.get(f"/refunds/new?order={halves.number}").text
    assert page.count("用于本订单") == 2
    # Both went back at the processor: there is nothing to choose from any more.
    for payment in session.query(Payment).filter_by(order_id=halves.id).all():
        services.settle_refunds(session, [seen_refund(payment=payment)])
    page = client.get(f"/refunds/new?order={halves.number}").text
    assert ("没有可退的款项" in page, "请选择当时付款的那一笔" in page) == (True, False)
    assert client.post(f"/refunds/new?order={empty.number}").status_code == 404


def test_a_form_with_mistakes_keeps_what_was_typed(session, order, sign_in, coordinator):
    pay_by_transfer(session, order, coordinator)
    cancel(session, order)
    client = sign_in(coordinator)
    where = f"/refunds/new?order={order.number}"
    reply = give(client, where, amount_fen="abc", reason="")
    assert (reply.status_code, "abc" in reply.text, "请填写退款原因" in reply.text) == (
        422,
        True,
        True,
    )
    assert session.query(Refund).count() == 0


def test_a_transfer_nobody_matched_is_given_back_by_its_serial(session, sign_in, coordinator):
    session.add(
        Payment(
            once_key=key(),
            amount_fen=700,
            bank_serial="A/1",
            paid_on=clock.today(),
            payer_name="张三",
            recorded_by=coordinator,
        )
    )
    session.flush()
    client = sign_in(coordinator)
    where = "/refunds/new?payment=A/1"
    assert "张三" in client.get(where).text
    give(client, where)
    assert session.query(Refund).one().amount_fen == 700


# By transfer


def test_a_refund_by_transfer_is_confirmed_and_taken_back(session, order, sign_in, coordinator):
    payment = pay_by_transfer(session, order, coordinator)
    cancel(session, order)
    refund = services.return_payment(session, payment, once_key=key(), by=coordinator)
    number = refund.number
    client = sign_in(coordinator)
    where = f"/refunds/{number}"
    for data, words in (
        ({}, "请填写银行流水号"),
        ({"bank_serial": payment.bank_serial}, "已用于一笔收款"),
    ):
        reply = client.post(f"{where}/confirm", data={"done_on": str(clock.today())} | data)
        assert (reply.status_code, words in reply.text) == (422, True)
    assert client.post(f"{where}/send", follow_redirects=True).status_code == 200
    data = {"done_on": str(clock.today()), "bank_serial": "OUT1"}
    assert "已退款" in client.post(f"{where}/confirm", data=data, follow_redirects=True).text
    assert client.post(f"{where}/call-off", data={}).status_code == 422
    page = client.post(f"{where}/call-off", data={"reason": "退汇"}, follow_redirects=True).text
    assert "没有退成：退汇" in page
    reply = client.post(f"{where}/call-off", data={"reason": "退汇"})
    assert (reply.status_code, "退款失败" in reply.text) == (422, True)
    assert client.get("/refunds/TK0").status_code == 404


# Sending


def test_trouble_leaves_it_waiting_and_the_command_sends_it_once(
    session, order, pay, sign_in, coordinator, standin, run, monkeypatch
):
    monkeypatch.setattr(stripe.RequestsClient, "_sleep_time_seconds", lambda *_a, **_k: 0)
    pay(order)
    cancel(session, order)
    standin.troubles.append(429)
    client = sign_in(coordinator)
    reply = give(client, f"/refunds/new?order={order.number}")
    refund = session.query(Refund).one()
    assert refund.state is RefundState.PENDING
    page = client.get(reply.location).text
    assert "自动再试" in page
    assert "再发一次" in page
    session.commit()
    standin.troubles.append(429)
    assert "下次再试" in run("send-refunds").stderr
    standin.troubles.append(LOST)
    assert "核对了 1 笔" in run("send-refunds").stderr
    assert "核对了 0 笔" in run("send-refunds").stderr
    session.expire_all()
    assert refund.state is RefundState.DONE
    assert standin.held_for(order.number) == 0


@pytest.mark.parametrize("broke_off", ["before the call", "before it was settled"])
def test_a_run_that_broke_off_is_made_up_for_and_nothing_goes_back_twice(
    session, order, pay, coordinator, cards, standin, run, broke_off
):
    payment = pay(order)
    cancel(session, order)
    refund = services.return_payment(session, payment, once_key=key(), by=coordinator)
    wanted = services.wanted_refund(refund)
    session.commit()
    if broke_off == "before it was settled":
        cards.refund(wanted)
        standin.forget_keys()
    for _ in range(2):
        run("send-refunds")
    session.expire_all()
    assert (refund.state, len(standin_refunds(standin, payment))) == (RefundState.DONE, 1)
    assert queries.verify_payments(session) == []


def standin_refunds(standin, payment):
    return [one for one in standin.refunds.values() if one["payment_intent"] == payment.bank_serial]


def test_what_the_processor_refuses_is_free_again(
    session, order, pay, sign_in, coordinator, standin, run
):
    payment = pay(order)
    cancel(session, order)
    refund = services.return_payment(session, payment, once_key=key(), by=coordinator)
    session.commit()
    standin.dispute(payment.bank_serial)
    assert "核对了 1 笔" in run("send-refunds").stderr
    session.expire_all()
    assert (refund.state, payment.refunded_fen) == (RefundState.FAILED, 0)
    page = sign_in(coordinator).get(f"/refunds/{refund.number}").text
    assert "没有退成" in page
    reply = give(sign_in(coordinator), f"/refunds/new?order={order.number}")
    failed = session.query(Refund).order_by(Refund.id.desc()).first()
    assert (reply.status_code, failed.state) == (303, RefundState.FAILED)


def test_without_keys_refunds_wait_and_it_is_said(
    app, session, order, pay, sign_in, coordinator, run
):
    pay(order)
    cancel(session, order)
    app.extensions["cards"] = None
    client = sign_in(coordinator)
    reply = give(client, f"/refunds/new?order={order.number}")
    assert "没有配置支付密钥" in client.get(reply.location).text
    session.commit()
    assert "没有配置支付密钥" in run("send-refunds").stderr


# Notices


def test_refunds_of_the_dashboard_are_heard_of_once(session, order, pay, standin, tell):
    payment = pay(order)
    cancel(session, order)
    standin.events.clear()
    standin.give_back(payment.bank_serial, 2000)
    for event in [*standin.events, *reversed(standin.events)]:
        assert tell(event) == 200
    refund = session.query(Refund).one()
    assert (refund.cause, refund.amount_fen) == (RefundCause.PROCESSOR, 2000)
    assert queries.balance_of(session, order).give_back_fen == 3000
    assert session.query(StripeEvent).count() == 2


def test_a_refund_that_arrives_later_is_heard_of(
    session, order, pay, coordinator, sign_in, standin, tell
):
    pay(order, "wechat_pay")
    cancel(session, order)
    give(sign_in(coordinator), f"/refunds/new?order={order.number}")
    refund = session.query(Refund).one()
    assert refund.state is RefundState.SENT
    standin.finish(refund.serial)
    assert tell() == 200
    assert refund.state is RefundState.DONE
    standin.finish(refund.serial, ok=False)
    assert tell() == 200
    assert (refund.state, refund.payment.refunded_fen) == (RefundState.FAILED, 0)


def test_a_refund_heard_of_before_its_payment_comes_again(session, order, pay, standin, tell):
    pay(order, tell=False)
    completed = standin.events[-1]
    intent = next(iter(reversed(standin._intents)))
    standin.give_back(intent, 1000)
    refunded = standin.events[-1]
    assert tell(refunded) == 503
    assert session.query(StripeEvent).count() == 0
    assert tell(completed) == 200
    assert tell(refunded) == 200
    assert session.query(Refund).one().amount_fen == 1000


def test_forged_stale_and_foreign_notices_of_refunds_and_disputes_change_nothing(
    app, session, order, pay, standin, tell
):
    payment = pay(order)
    standin.events.clear()
    standin.give_back(payment.bank_serial, 1000)
    standin.dispute(payment.bank_serial)
    for event in list(standin.events):
        body, signature = standin.signed(event)
        for data, signed in ((body + b" ", signature), standin.signed(event, at=1)):
            session.commit()
            reply = app.test_client().post(
                "/payments/stripe/notices", data=data, headers={"Stripe-Signature": signed}
            )
            assert reply.status_code == 400
        thing = event["data"]["object"]
        foreign = {**thing, "payment_intent": "pi_other", "id": "du_other"}
        assert tell({**event, "id": f"evt_{next(_n)}", "data": {"object": foreign}}) == 200
        nobody = {**thing, "payment_intent": None, "id": None}
        assert tell({**event, "id": f"evt_{next(_n)}", "data": {"object": nobody}}) == 200
    assert session.query(Refund).count() == session.query(Dispute).count() == 0
    for event in standin.events:
        # The body is not believed: what counts is what the processor says now.
        inflated = {**event["data"]["object"], "amount": 1}
        assert tell({**event, "data": {"object": inflated}}) == 200
    assert session.query(Refund).one().amount_fen == 1000
    assert session.query(Dispute).one().amount_fen == 4000


def test_a_dispute_is_shown_where_it_matters_and_a_lost_one_is_a_refund(
    session, order, pay, sign_in, coordinator, standin, tell
):
    payment = pay(order)
    dispute_id = standin.dispute(payment.bank_serial)
    assert tell() == 200
    client = sign_in(coordinator)
    assert order.number in client.get(f"/disputes?q={order.number}&state=open").text
    page = client.get(f"/orders/{order.number}").text
    assert re.search(r"支付争议 50.00 元（没有收到货）：待应对，\S+ \S+ 前到支付后台答复。", page)
    assert "支付争议" not in sign_in(order.placed_by).get(f"/orders/{order.number}").text
    page = client.get(f"/refunds/new?order={order.number}").text
    assert "没有可以退的部分" in page
    standin.judge(dispute_id, "lost")
    assert tell() == 200
    assert session.query(Dispute).one().state is DisputeState.LOST
    assert "支付争议" in client.get("/refunds?cause=dispute").text
    assert standin.held_for(order.number) == 0
    assert "没有找到支付争议" in client.get("/disputes?state=open").text
    # It owes again: it stands on the desk, and its buyer is not asked to pay a second time.
    desk = client.get("/payments?matter=awaiting").text
    assert (order.number in desk, "还欠 50.00 元" in desk) == (True, True)
    page = sign_in(order.placed_by).get(f"/orders/{order.number}/payment").text
    assert ("不用付款" in page, "不能在线支付" in page) == (True, True)


def test_silence_of_the_processor_makes_a_notice_come_again(session, order, pay, standin, tell):
    payment = pay(order)
    standin.give_back(payment.bank_serial, 1000)
    standin.troubles.append(429)
    assert tell() == 503
    assert session.query(Refund).count() == 0
    assert tell() == 200
    assert session.query(Refund).count() == 1


# Lists


def test_the_list_filters_sums_pages_and_is_taken_away(
    session, order, sign_in, coordinator, inspector, shopper
):
    client = sign_in(coordinator)
    assert "还没有退款" in client.get("/refunds").text
    payment = pay_by_transfer(session, order, coordinator)
    cancel(session, order)
    services.return_payment(session, payment, once_key=key(), by=coordinator)
    page = client.get(f"/refunds?state=pending&cause=cancelled&q={order.number}").text
    assert "50.00" in page
    assert "没有找到退款" in client.get("/refunds?q=zzz").text
    assert client.get("/refunds?state=x&cause=x&page=x").status_code == 200
    assert client.get("/refunds?format=xlsx").data[:2] == b"PK"
    text = client.get("/refunds?format=csv").data.decode("utf-8-sig")
    assert order.number in text
    number = session.query(Refund).one().number
    assert sign_in(inspector).get(f"/refunds/{number}").status_code == 200
    assert sign_in(inspector).post(f"/refunds/{number}/send").status_code == 403
    assert sign_in(shopper).get("/refunds").status_code == 403


def test_the_lists_ask_no_more_often_for_more_rows(session, coordinator, sign_in, count_queries):
    for more in (1, 5):
        for _ in range(more):
            person = make.person(session, role=Role.SHOPPER)
            order = place(session, person, (make.sku(session), 1000))
            payment = pay_by_transfer(session, order, coordinator)
            ordering.cancel_order(session, order, reason="x", by=person)
            services.return_payment(session, payment, once_key=key(), by=coordinator)
            session.add(Dispute(external_id=f"du_{order.id}", amount_fen=1, payment=payment))
        client = sign_in(coordinator)
        for address in ("/refunds", "/disputes", "/payments?matter=back"):
            with count_queries() as statements:
                assert client.get(address).status_code == 200
            assert len(statements) <= 6, (address, more)
        number = session.query(Refund).first().number
        session.commit()
        with count_queries() as statements:
            client.get(f"/refunds/{number}")
        assert len(statements) <= 6, more
