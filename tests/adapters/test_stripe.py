"""The real SDK against the stand-in: shapes are Stripe's, behaviour is ours."""

import datetime as dt
import json
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import stripe
from flask import request
from stripe.params.checkout import SessionCreateParams

from market.adapters.stripe import SeenState, StripeCards, Wanted, contract
from market.adapters.stripe.standin import StandIn
from market.core import clock
from market.core.errors import Refused


def wanted(reference="ref-1", **given):
    return Wanted(
        **{
            "reference": reference,
            "order_number": "2611230000017",
            "amount_fen": 5000,
            "open_until": clock.now() + dt.timedelta(minutes=15),
            "back_to": "http://127.0.0.1:1/back?s={CHECKOUT_SESSION_ID}",
            "leave_to": "http://127.0.0.1:1/left",
        }
        | given
    )


@pytest.fixture
def cards(standin):
    return StripeCards(standin.key, standin.secret, base=standin.base)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given):
        return None


def press(address, outcome):
    """Press a button of the page to pay on; return the status, where to, and the text."""
    data = urllib.parse.urlencode({"outcome": outcome}).encode()
    try:
        with urllib.request.build_opener(_Stay).open(address, data) as reply:
            return reply.status, None, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location"), error.read().decode()


def test_the_same_reference_gives_the_same_page(cards):
    want = wanted("same")
    first = cards.begin(want)
    assert (first.state, first.amount, first.currency) == (SeenState.OPEN, 5000, "cny")
    assert first.reference == "same"
    assert first.address.startswith(cards.origin)
    assert cards.begin(want) == first


def test_the_same_reference_with_another_sum_is_refused(cards):
    cards.begin(wanted("sum"))
    with pytest.raises(Refused, match="支付通道"):
        cards.begin(wanted("sum", amount_fen=5001))


@pytest.mark.parametrize("method", ["card", "alipay", "wechat_pay"])
def test_each_method_pays(cards, standin, method):
    begun = cards.begin(wanted(f"by-{method}"))
    status, where, _ = press(begun.address, method)
    assert (status, where) == (303, f"http://127.0.0.1:1/back?s={begun.session_id}")
    seen = cards.look(begun.session_id)
    assert (seen.state, seen.amount, seen.method) == (SeenState.PAID, 5000, method)
    assert seen.intent.startswith("pi_")
    assert [event["type"] for event in standin.events] == ["checkout.session.completed"]
    assert press(begun.address, method)[0] == 402  # The page is closed now.


def test_a_refused_card_leaves_the_page_open_and_leaving_goes_back(cards):
    begun = cards.begin(wanted("declined"))
    status, _, text = press(begun.address, "declined")
    assert (status, "没有扣款" in text, "演示支付" in text) == (402, True, True)
    assert cards.look(begun.session_id).state is SeenState.OPEN
    assert press(begun.address, "leave")[:2] == (303, "http://127.0.0.1:1/left")


@pytest.mark.parametrize(("ok", "state"), [(True, SeenState.PAID), (False, SeenState.FAILED)])
def test_money_may_be_on_its_way_for_a_while(cards, standin, ok, state):
    begun = cards.begin(wanted(f"later-{ok}"))
    standin.pay(begun.session_id, later=True)
    assert cards.look(begun.session_id).state is SeenState.PROCESSING
    standin.arrive(begun.session_id, ok=ok)
    assert cards.look(begun.session_id).state is state


def test_a_page_is_closed_once_and_then_only_looked_at(cards, standin):
    begun = cards.begin(wanted("close"))
    assert cards.close(begun.session_id).state is SeenState.EXPIRED
    assert cards.close(begun.session_id).state is SeenState.EXPIRED
    paid = cards.begin(wanted("close-paid"))
    standin.pay(paid.session_id)
    assert cards.close(paid.session_id).state is SeenState.PAID
    assert cards.close("cs_test_unknown") is None
    assert cards.look("cs_test_unknown") is None


@pytest.mark.parametrize("trouble", [500, 0])
def test_trouble_is_tried_again_and_makes_one_session(cards, standin, trouble, monkeypatch):
    """A failure before the work, and an answer that was lost after it."""
    monkeypatch.setattr(stripe.RequestsClient, "_sleep_time_seconds", lambda *_a, **_k: 0)
    standin.troubles.append(trouble)
    begun = cards.begin(wanted(f"trouble-{trouble}"))
    assert begun.state is SeenState.OPEN
    assert len(standin.calls) == 2


def test_too_many_calls_are_refused_and_the_next_click_goes_on(cards, standin):
    standin.troubles.append(429)
    want = wanted("too-many")
    with pytest.raises(Refused, match="暂时不可用，没有扣款"):
        cards.begin(want)
    assert cards.begin(want).state is SeenState.OPEN


def test_what_cannot_be_reached_is_said_in_chinese(standin):
    nowhere = StripeCards(standin.key, standin.secret, base="http://127.0.0.1:9", retries=0)
    with pytest.raises(Refused, match="暂时不可用，没有扣款"):
        nowhere.begin(wanted())
    stranger = StripeCards("sk_test_other", standin.secret, base=standin.base, retries=0)
    with pytest.raises(Refused, match="暂时不可用"):
        stranger.look("cs_test_x")


def test_only_a_fresh_notice_with_the_right_signature_is_read(cards, standin):
    begun = cards.begin(wanted("signed"))
    standin.pay(begun.session_id)
    (event,) = standin.events
    notice = cards.read(*standin.signed(event))
    assert (notice.event_id, notice.about) == (event["id"], begun.session_id)
    body, signature = standin.signed(event)
    for forged in (
        (body + b" ", signature),
        (body, "t=1,v1=0"),
        (body, ""),
        (b"\xff", signature),
        StandIn("whsec_other").signed(event),
        standin.signed(event, at=int(time.time()) - 301),
    ):
        with pytest.raises(Refused):
            cards.read(*forged)
    assert cards.read(*standin.signed({**event, "type": "charge.updated"})).about == ""


def test_real_keys_go_to_stripe_itself():
    assert StripeCards("sk_live_x", "whsec_x").origin == "https://checkout.stripe.com"


GOOD = {
    "mode": "payment",
    "line_items": [
        {
            "price_data": {
                "currency": "cny",
                "unit_amount": 1000,
                "product_data": {"name": "苕粉"},
            },
            "quantity": 2,
        }
    ],
    "success_url": "http://127.0.0.1/ok",
}


@pytest.mark.parametrize(
    "bad",
    [
        {"mode": "pay"},
        {"sucess_url": "x"},
        {"allowed_payment_method_types": ["alipayy"]},
        {"payment_method_types": ["card"]},  # Taken out of the API in 2026-09-30.
        {"line_items": [{"price_data": {"unit_amount": 1}}]},
        {"line_items": []},
        {"allowed_payment_method_types": ["wechat_pay"]},
        {"expires_at": 1},
        {"expires_at": "soon"},
        {"mode": "setup"},
    ],
)
def test_the_stand_in_takes_nothing_that_stripe_would_not(standin, bad):
    client = stripe.StripeClient(standin.key, base_addresses={"api": standin.base})
    assert client.v1.checkout.sessions.create(GOOD).amount_total == 2000
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create({**GOOD, **bad})


def test_the_contract_finds_mistakes_in_answers(cards, standin):
    begun = cards.begin(wanted("contract"))
    good = standin._sessions[begun.session_id]
    assert contract.faults(good, stripe.checkout.Session) == []
    for bad in (
        {"amount_total": "5000"},
        {"livemode": None},
        {"invented": 1},
        {"status": "done"},
        {"payment_method_types": "card"},
        {"metadata": 1},
    ):
        assert contract.faults({**good, **bad}, stripe.checkout.Session), bad
    assert contract.faults({k: v for k, v in good.items() if k != "mode"}, stripe.checkout.Session)
    assert contract.faults([], stripe.checkout.Session)
    assert contract.faults({"line_items": "x"}, SessionCreateParams)


def test_a_stand_in_delivers_until_it_is_heard(standin):
    """Its notices come again while the shop answers with its own failure."""
    heard = []
    shop = StandIn()
    answers = iter([500, 200])

    def hear():
        heard.append(json.loads(request.get_data())["type"])
        return "", next(answers)

    shop.app.add_url_rule("/hear", view_func=hear, methods=["POST"])
    shop.start()
    teller = StandIn(notify=f"{shop.base}/hear")
    teller.start()
    begun = StripeCards(teller.key, teller.secret, base=teller.base).begin(wanted("deliver"))
    teller.pay(begun.session_id)
    teller.stop()
    shop.stop()
    assert heard == ["checkout.session.completed"] * 2


def test_a_port_that_is_taken_is_changed_for_a_free_one(standin):
    other = StandIn()
    other.start(port=int(standin.base.rsplit(":", 1)[1]))
    assert other.base != standin.base
    other.stop()
