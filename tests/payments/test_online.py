"""Paying online: whatever comes, in whatever order, is settled once and never lost."""

import datetime as dt
import itertools
import time

import pytest

from market.adapters.stripe import Notice, Seen, SeenState
from market.audit.models import Entry
from market.core import clock
from market.core.errors import Refused
from market.notices.models import Notice as Told
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, OrderState
from market.payments import queries, services
from market.payments.models import (
    Checkout,
    CheckoutState,
    Method,
    Payment,
    PaymentState,
    StripeEvent,
)
from tests import make
from tests.ordering.placing import place

_n = itertools.count(1)


@pytest.fixture
def unpaid(session, shopper):
    return place(session, shopper, (make.sku(session), 2000))


def start(session, order, **given):
    given = {"once_key": f"key-{next(_n)}", "by": order.placed_by} | given
    return services.start_checkout(session, order, **given)


def seen(checkout, state=SeenState.PAID, **given):
    paid = state is SeenState.PAID
    return Seen(
        **{
            "session_id": f"cs_{checkout.id}",
            "reference": checkout.once_key,
            "state": state,
            "amount": checkout.amount_fen,
            "currency": "cny",
            "intent": f"pi_{checkout.id}" if paid else "",
            "method": "alipay" if paid else "",
            "address": "",
        }
        | given
    )


def the_payment(session):
    session.flush()
    return session.query(Payment).one()


def test_an_attempt_is_written_before_anything_is_called(session, unpaid):
    now = clock.now()
    with clock.set_to(now):
        checkout = start(session, unpaid)
    assert (checkout.amount_fen, checkout.state) == (5000, CheckoutState.STARTED)
    assert checkout.expires_at == now + dt.timedelta(minutes=15)
    assert checkout.session_id is None
    assert session.query(Entry).order_by(Entry.id.desc()).first().deed == "checkout.started"


def test_an_attempt_never_outlasts_its_order(session, unpaid):
    with clock.set_to(unpaid.pay_by_at - dt.timedelta(minutes=2)):
        assert start(session, unpaid).expires_at == unpaid.pay_by_at
    with clock.set_to(unpaid.pay_by_at), pytest.raises(Refused, match="超时关闭"):
        start(session, unpaid)


def test_two_clicks_and_two_tabs_make_one_attempt(session, unpaid):
    first = start(session, unpaid, once_key="a")
    assert start(session, unpaid, once_key="a") is first
    assert start(session, unpaid, once_key="b") is first
    with clock.set_to(first.expires_at):
        assert queries.left_open(session) == queries.left_open(session, unpaid) == [first]
        assert start(session, unpaid, once_key="c") is not first


def test_only_who_ordered_pays_online_and_only_what_waits(session, unpaid, buyer, coordinator):
    for person in (buyer, coordinator):
        with pytest.raises(Refused, match="只有下单人"):
            start(session, unpaid, by=person)
    on_account = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    with pytest.raises(Refused, match="没有需要付的款项"):
        start(session, on_account)
    ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    with pytest.raises(Refused, match="已取消"):
        start(session, unpaid)


def test_the_exact_sum_opens_the_order(session, unpaid):
    checkout = start(session, unpaid)
    assert services.settle(session, seen(checkout)) is checkout
    payment = the_payment(session)
    assert (payment.state, payment.method) == (PaymentState.APPLIED, Method.ALIPAY)
    assert (payment.bank_serial, payment.recorded_by) == (f"pi_{checkout.id}", None)
    assert (checkout.state, checkout.payment) == (CheckoutState.SETTLED, payment)
    assert unpaid.state is OrderState.OPEN
    assert queries.verify_payments(session) == []


def test_a_way_to_pay_that_has_no_word_here_counts_as_a_card(session, unpaid):
    services.settle(session, seen(start(session, unpaid), method="link"))
    assert the_payment(session).method is Method.CARD


SAID = [SeenState.PROCESSING, SeenState.FAILED, SeenState.EXPIRED, SeenState.PAID]


@pytest.mark.parametrize("order_of", list(itertools.permutations(SAID)))
def test_in_any_order_and_however_often_it_is_settled_once(session, unpaid, order_of):
    checkout = start(session, unpaid)
    for state in (*order_of, *order_of):
        services.settle(session, seen(checkout, state))
    assert the_payment(session).amount_fen == 5000
    assert (checkout.state, unpaid.state) == (CheckoutState.SETTLED, OrderState.OPEN)
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("amount", [4999, 5001, 1])
def test_one_fen_off_is_queued_and_opens_nothing(session, unpaid, coordinator, amount):
    checkout = start(session, unpaid)
    for _ in range(2):
        services.settle(session, seen(checkout, amount=amount))
    payment = the_payment(session)
    assert (payment.amount_fen, payment.state) == (amount, PaymentState.UNAPPLIED)
    assert (checkout.state, unpaid.state) == (CheckoutState.UNAPPLIED, OrderState.AWAITING_PAYMENT)
    assert "应付 50.00 元" in checkout.problem
    assert queries.ledger_of(session, unpaid).give_back_fen == amount
    told = session.query(Told).filter_by(person_id=coordinator.id).one()
    assert "待退回" in told.text
    assert queries.verify_payments(session) == []


def test_another_currency_is_queued_and_never_taken_for_yuan(session, unpaid):
    checkout = start(session, unpaid)
    for _ in range(2):
        services.settle(session, seen(checkout, currency="usd"))
    assert session.query(Payment).count() == 0
    assert (checkout.state, unpaid.state) == (CheckoutState.UNAPPLIED, OrderState.AWAITING_PAYMENT)
    assert "USD" in checkout.problem
    unapplied = session.query(Entry).filter_by(deed="checkout.unapplied").count()
    assert unapplied == 1


@pytest.mark.parametrize("how", ["overdue", "expired", "cancelled", "paid"])
def test_money_for_an_order_that_is_gone_waits_to_go_back(session, unpaid, coordinator, how):
    checkout, later = start(session, unpaid), clock.now()
    if how == "cancelled":
        ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    elif how == "paid":
        given = {"amount_fen": 5000, "bank_serial": "A", "paid_on": clock.today(), "once_key": "t"}
        services.record_transfer(session, unpaid, by=coordinator, **given)
    else:
        later = unpaid.pay_by_at
    with clock.set_to(later):
        if how == "expired":
            ordering.expire_orders(session)
        services.settle(session, seen(checkout))
        session.flush()
        assert checkout.state is CheckoutState.UNAPPLIED
        assert checkout.payment.state is PaymentState.UNAPPLIED
        assert queries.ledger_of(session, unpaid).give_back_fen == 5000
        assert queries.verify_payments(session) == []


def test_both_of_two_attempts_paid_is_one_order_and_one_sum_to_go_back(session, unpaid):
    first = start(session, unpaid)
    with clock.set_to(first.expires_at):
        second = start(session, unpaid)
        for checkout in (second, first):
            services.settle(session, seen(checkout))
    assert (second.state, first.state) == (CheckoutState.SETTLED, CheckoutState.UNAPPLIED)
    ledger = queries.ledger_of(session, unpaid)
    assert (ledger.applied_fen, ledger.give_back_fen) == (5000, 5000)


def test_two_payments_of_one_attempt_are_both_written_down(session, unpaid):
    checkout = start(session, unpaid)
    services.settle(session, seen(checkout))
    services.settle(session, seen(checkout, intent="pi_again", session_id="cs_other"))
    ledger = queries.ledger_of(session, unpaid)
    assert (ledger.applied_fen, ledger.give_back_fen) == (5000, 5000)
    assert (checkout.state, checkout.session_id) == (CheckoutState.SETTLED, f"cs_{checkout.id}")
    assert queries.verify_payments(session) == []


def test_what_failed_or_ran_out_tells_the_next_step(session, unpaid):
    failed = start(session, unpaid)
    services.settle(session, seen(failed, SeenState.FAILED))
    assert failed.state is CheckoutState.FAILED
    assert "没有扣款" in session.query(Told).order_by(Told.id.desc()).first().text
    again = start(session, unpaid)
    assert again is not failed
    services.forget(session, again)
    services.forget(session, again)
    assert again.state is CheckoutState.EXPIRED
    services.settle(session, seen(again))  # Money may come all the same.
    assert again.state is CheckoutState.SETTLED


def test_a_notice_acts_once_and_another_shops_not_at_all(session, unpaid):
    checkout = start(session, unpaid)
    notice = Notice("evt_1", "checkout.session.completed", "cs_1")
    assert services.hear(session, notice, seen(checkout)) is checkout
    assert queries.is_heard(session, "evt_1")
    assert services.hear(session, notice, seen(checkout)) is None
    stranger = seen(checkout, reference="another shop's")
    assert services.hear(session, Notice("evt_2", "x", "cs_9"), stranger) is None
    assert session.query(Payment).count() == 1
    heard = session.query(Entry).filter_by(deed="payment.notice_heard").order_by(Entry.id)
    assert [deed.facts["kind"] for deed in heard] == ["checkout.session.completed", "x"]
    session.flush()
    about = session.query(Entry).filter_by(about=f"checkout:{checkout.id}").order_by(Entry.id)
    assert [deed.deed for deed in about] == [
        "checkout.started",
        "checkout.opened",
        "checkout.settled",
    ]


def test_verify_names_an_attempt_that_contradicts_its_payment(session, unpaid):
    checkout = start(session, unpaid)
    services.settle(session, seen(checkout))
    session.flush()
    checkout.amount_fen = 5001
    session.flush()
    assert [fault for fault in queries.verify_payments(session) if checkout.once_key in fault]


# The pages


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


def key_of(page):
    return page.split('name="once"')[1].split('value="')[1].split('"')[0]


def begin(client, number):
    page = client.get(f"/orders/{number}/payment").text
    return client.post(f"/orders/{number}/payment", data={"once": key_of(page)})


@pytest.fixture
def tell(app, session, standin):
    """Send the latest notice, or a given one, after ending the test's own transaction."""

    def tell(event=None, **given):
        session.commit()
        body, signature = standin.signed(event or standin.events[-1], **given)
        headers = {"Stripe-Signature": signature}
        reply = app.test_client().post("/payments/stripe/notices", data=body, headers=headers)
        session.expire_all()
        return reply

    return tell


def test_without_keys_the_site_offers_a_transfer_only_and_says_so(app, unpaid, sign_in):
    client = sign_in(unpaid.placed_by)
    assert "暂未开通在线支付" in client.get(f"/orders/{unpaid.number}/payment").text
    assert client.post(f"/orders/{unpaid.number}/payment").status_code == 404
    assert client.post("/payments/stripe/notices").status_code == 404


@pytest.mark.parametrize("back_first", [True, False])
def test_a_buyer_pays_and_comes_back(
    app, session, unpaid, sign_in, cards, standin, back_first, tell
):
    client = sign_in(unpaid.placed_by)
    reply = begin(client, unpaid.number)
    assert (reply.status_code, reply.location.startswith(f"{standin.base}/pay/")) == (303, True)
    assert f"form-action 'self' {standin.base}" in reply.headers["Content-Security-Policy"]
    checkout = session.query(Checkout).one()
    assert begin(client, unpaid.number).location == reply.location
    standin.pay(checkout.session_id, "wechat_pay")
    if not back_first:
        assert tell().status_code == 200
    page = client.get(f"/orders/{unpaid.number}/payment/result").text
    assert "支付成功" in page
    assert "微信支付" in page
    if back_first:
        assert tell().status_code == 200
    session.expire_all()
    assert session.query(Payment).one().method is Method.WECHAT
    assert unpaid.state is OrderState.OPEN
    order_page = client.get(f"/orders/{unpaid.number}").text
    assert "在线付款：微信支付" in order_page


def test_who_comes_back_unpaid_may_go_on_and_nobody_else_may_look(
    session, unpaid, sign_in, cards, stranger
):
    client = sign_in(unpaid.placed_by)
    where = f"/orders/{unpaid.number}/payment"
    assert client.get(f"{where}/result").location == where
    begin(client, unpaid.number)
    assert "还没有付款" in client.get(f"{where}/result").text
    page = client.get(where).text
    assert "继续支付" in page
    assert "不要重复付款" in page
    assert sign_in(stranger).get(f"{where}/result").status_code == 404
    assert sign_in(stranger).post(where).status_code == 404


def test_an_inspector_reads_how_far_a_payment_is_and_nothing_is_asked(
    session, unpaid, sign_in, cards, standin, inspector
):
    begin(sign_in(unpaid.placed_by), unpaid.number)
    checkout = session.query(Checkout).one()
    standin.pay(checkout.session_id)
    calls = len(standin.calls)
    page = sign_in(inspector).get(f"/orders/{unpaid.number}/payment/result").text
    assert "还没有结果" in page
    assert "继续支付" not in page
    assert "刷新结果" not in page
    assert len(standin.calls) == calls
    assert checkout.state is CheckoutState.STARTED


@pytest.mark.parametrize(("ok", "words"), [(True, "支付成功"), (False, "支付没有成功")])
def test_a_payment_on_its_way_says_so_until_it_is_known(
    app, session, unpaid, sign_in, cards, standin, ok, words, tell
):
    client = sign_in(unpaid.placed_by)
    begin(client, unpaid.number)
    checkout = session.query(Checkout).one()
    standin.pay(checkout.session_id, later=True)
    where = f"/orders/{unpaid.number}/payment/result"
    page = client.get(where)
    assert "还在处理" in page.text
    # Without a script it comes again by itself, so many times and no more.
    assert page.headers["Refresh"] == f"5; url={where}?again=1"
    assert client.get(f"{where}?again=35").headers["Refresh"].endswith("again=36")
    assert "Refresh" not in client.get(f"{where}?again=36").headers
    assert tell().status_code == 200
    standin.arrive(checkout.session_id, ok=ok)
    assert tell().status_code == 200
    known = client.get(f"{where}?again=1")
    assert (words in known.text, "Refresh" in known.headers) == (True, False)


def test_a_late_page_is_closed_before_another_is_opened(session, unpaid, sign_in, cards, standin):
    client = sign_in(unpaid.placed_by)
    first = begin(client, unpaid.number).location
    checkout = session.query(Checkout).one()
    checkout.expires_at = clock.now()
    second = begin(client, unpaid.number).location
    assert second not in (None, first)
    session.expire_all()
    assert checkout.state is CheckoutState.EXPIRED
    with pytest.raises(Exception, match="open"):
        standin.pay(checkout.session_id)


def test_a_late_page_that_was_paid_is_settled_in_place_of_another(
    session, unpaid, sign_in, cards, standin
):
    client = sign_in(unpaid.placed_by)
    begin(client, unpaid.number)
    checkout = session.query(Checkout).one()
    standin.pay(checkout.session_id)
    checkout.expires_at = clock.now()
    page = client.get(f"/orders/{unpaid.number}/payment").text
    where = f"/orders/{unpaid.number}/payment"
    reply = client.post(where, data={"once": key_of(page)}, follow_redirects=True)
    assert "没有需要付的款项" in reply.text
    assert "款项已付清" in reply.text
    session.expire_all()
    assert (session.query(Checkout).one().state, unpaid.state) == (
        CheckoutState.SETTLED,
        OrderState.OPEN,
    )


def test_an_attempt_the_processor_forgot_is_closed(session, unpaid, sign_in, cards):
    client = sign_in(unpaid.placed_by)
    begin(client, unpaid.number)
    checkout = session.query(Checkout).one()
    checkout.session_id = "cs_test_forgotten"
    page = client.get(f"/orders/{unpaid.number}/payment").text
    reply = client.post(f"/orders/{unpaid.number}/payment", data={"once": key_of(page)})
    assert (reply.status_code, "重新支付" in reply.text) == (422, True)
    session.expire_all()
    assert checkout.state is CheckoutState.EXPIRED


def test_trouble_at_the_processor_is_said_and_the_next_click_goes_on(
    session, unpaid, sign_in, cards, standin
):
    client = sign_in(unpaid.placed_by)
    standin.troubles.append(429)
    reply = begin(client, unpaid.number)
    assert (reply.status_code, "支付通道暂时不可用" in reply.text) == (422, True)
    assert "有一次支付正在进行" not in reply.text  # Nobody has seen a page to pay on yet.
    assert session.query(Checkout).one().session_id is None
    assert begin(client, unpaid.number).status_code == 303
    assert session.query(Checkout).one().session_id
    standin.troubles.append(429)
    page = client.get(f"/orders/{unpaid.number}/payment/result").text
    assert "暂时查不到结果" in page


def test_a_button_without_its_key_begins_nothing(session, unpaid, sign_in, cards):
    reply = sign_in(unpaid.placed_by).post(f"/orders/{unpaid.number}/payment", data={"x": 1})
    assert (reply.status_code, "提交码" in reply.text) == (422, True)
    assert session.query(Checkout).count() == 0


# The notices


@pytest.fixture
def paid(session, unpaid, sign_in, cards, standin):
    """An attempt that was paid at the processor; the shop has not heard of it."""
    begin(sign_in(unpaid.placed_by), unpaid.number)
    checkout = session.query(Checkout).one()
    standin.pay(checkout.session_id)
    session.commit()
    return checkout


def test_a_forged_or_stale_notice_is_turned_away_and_changes_nothing(
    app, session, paid, standin, caplog
):
    event = standin.events[-1]
    body, signature = standin.signed(event)
    client = app.test_client()
    for data, signed in (
        (body.replace(b"paid", b"sold"), signature),
        (body, "t=1,v1=00"),
        (b"\x00\xff", signature),
        standin.signed(event, at=int(time.time()) - 301),
    ):
        reply = client.post(
            "/payments/stripe/notices", data=data, headers={"Stripe-Signature": signed}
        )
        assert reply.status_code == 400
    assert client.post("/payments/stripe/notices", data=body).status_code == 400
    assert caplog.text.count("a notice was turned away") == 5
    session.expire_all()
    assert paid.state is CheckoutState.STARTED
    assert session.query(StripeEvent).count() == session.query(Payment).count() == 0
    session.commit()
    huge = client.post("/payments/stripe/notices", data=b"x" * 300_000)
    assert huge.status_code == 413


def test_a_notice_needs_no_token_of_a_form(app, session, paid, standin, monkeypatch, tell):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert tell().status_code == 200


def test_the_same_notice_again_is_answered_and_changes_nothing(app, session, paid, standin, tell):
    calls = []
    for _ in range(3):
        assert tell().status_code == 200
        calls.append(len(standin.calls))
    assert calls[0] == calls[2]  # The processor is not even asked again.
    assert session.query(StripeEvent).count() == session.query(Payment).count() == 1


def test_what_counts_is_what_the_processor_says_now(app, session, paid, standin, tell):
    """A late notice of the end comes first, and the body of a notice is not believed."""
    late = {**standin.events[-1], "id": "evt_late", "type": "checkout.session.expired"}
    late["data"] = {"object": {**late["data"]["object"], "amount_total": 1, "status": "expired"}}
    assert tell(late).status_code == 200
    assert tell().status_code == 200
    session.expire_all()
    assert (paid.state, session.query(Payment).one().amount_fen) == (CheckoutState.SETTLED, 5000)


def test_another_shops_notice_is_answered_and_ignored(app, session, paid, standin, tell):
    event = standin.events[-1]
    unknown = {**event, "id": "evt_x", "data": {"object": {"id": "cs_unknown"}}}
    assert tell(unknown).status_code == 200
    other = {**event, "id": "evt_y", "type": "charge.updated"}
    assert tell(other).status_code == 200
    standin.alter(paid.session_id, client_reference_id="another shop's")
    assert tell().status_code == 200
    assert session.query(Payment).count() == 0


def test_our_own_failure_makes_the_processor_come_again(
    app, session, paid, standin, monkeypatch, tell
):
    standin.troubles.append(429)
    assert tell().status_code == 503
    app.testing = False
    try:
        with monkeypatch.context() as broken:
            broken.setattr("market.payments.services.checkouts.mark_paid", lambda *_a, **_k: 1 / 0)
            assert tell().status_code == 500
    finally:
        app.testing = True
    assert session.query(StripeEvent).count() == session.query(Payment).count() == 0
    session.commit()
    assert tell().status_code == 200
    assert session.query(Payment).one().state is PaymentState.APPLIED


def test_one_fen_off_is_shown_as_to_go_back(
    app, session, paid, unpaid, standin, sign_in, coordinator, tell
):
    standin.alter(paid.session_id, amount_total=4999)
    assert tell().status_code == 200
    page = sign_in(unpaid.placed_by).get(f"/orders/{unpaid.number}/payment/result").text
    assert "待退回" in page
    assert "应付 50.00 元" in page
    client = sign_in(coordinator)
    assert unpaid.number in client.get("/payments?matter=back").text
    desk = client.get("/payments/online?state=unapplied").text
    assert "49.99" in desk
    assert unpaid.number in desk


def test_a_paid_session_of_a_cancelled_order_is_shown_as_to_go_back(
    app, session, paid, unpaid, standin, sign_in, coordinator, tell
):
    ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    session.commit()
    assert tell().status_code == 200
    page = sign_in(unpaid.placed_by).get(f"/orders/{unpaid.number}/payment/result").text
    assert "付款时订单是“已取消”" in page
    assert unpaid.number in sign_in(coordinator).get("/payments?matter=back").text


# The desk


def test_the_desk_lists_attempts_with_their_sums(
    session, shopper, coordinator, inspector, buyer, sign_in
):
    good = place(session, shopper, (make.sku(session), 2000))
    services.settle(session, seen(start(session, good)))
    bad = place(session, shopper, (make.sku(session), 1000))
    services.settle(session, seen(start(session, bad), amount=2499))
    session.flush()
    assert queries.attempts_fen(session, state=None, search="") == (7499, 2499)
    client = sign_in(coordinator)
    page = client.get("/payments/online").text
    assert good.number in page
    assert bad.number in page
    page = client.get(f"/payments/online?q={good.number}").text
    assert (good.number in page, bad.number in page) == (True, False)
    assert "没有找到" in client.get("/payments/online?q=zzz&state=failed").text
    assert client.get("/payments/online?state=x&page=x").status_code == 200
    assert sign_in(inspector).get("/payments/online").status_code == 200
    assert sign_in(buyer).get("/payments/online").status_code == 403
    assert "/payments/online" in client.get("/payments").text


@pytest.mark.parametrize("orders", [1, 6])
def test_the_list_of_attempts_asks_no_more_often_for_more_of_them(
    session, coordinator, sign_in, count_queries, orders
):
    for _ in range(orders):
        person = make.person(session, role="shopper")
        start(session, place(session, person, (make.sku(session), 1000)))
    client = sign_in(coordinator)
    with count_queries() as statements:
        assert client.get("/payments/online").status_code == 200
    assert len(statements) <= 6


def test_the_pages_on_paying_ask_a_fixed_number_of_times(
    session, unpaid, sign_in, cards, standin, count_queries
):
    client = sign_in(unpaid.placed_by)
    with count_queries() as statements:
        client.get(f"/orders/{unpaid.number}/payment")
    assert len(statements) <= 6
    begin(client, unpaid.number)
    standin.pay(session.query(Checkout).one().session_id)
    with count_queries() as statements:
        client.get(f"/orders/{unpaid.number}/payment/result")
    assert len(statements) <= 35  # It settles, once.
    with count_queries() as statements:
        client.get(f"/orders/{unpaid.number}/payment/result")
    assert len(statements) <= 6
