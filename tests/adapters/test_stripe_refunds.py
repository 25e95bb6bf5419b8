"""Refunds and disputes: the real SDK against the stand-in, through trouble of every kind."""

import datetime as dt
import json
import random
import time

import pytest
import stripe
from flask import request

from market.adapters.stripe import (
    Rejected,
    SeenDisputeState,
    SeenRefundState,
    StripeCards,
    Subject,
    Wanted,
    WantedRefund,
)
from market.adapters.stripe.standin import LOCKED, LOST, SILENT, StandIn
from market.adapters.stripe.standin.wire import Wrong
from market.core import clock
from market.core.errors import Refused


@pytest.fixture
def cards(standin):
    return StripeCards(standin.key, standin.secret, base=standin.base, seconds=0.4)


@pytest.fixture
def paid(cards, standin):
    """Pay 50 yuan in some way, and return the processor's id of the payment."""

    def paid(method="card"):
        begun = cards.begin(
            Wanted(
                reference=f"ref-{time.monotonic_ns()}",
                order_number="2611230000017",
                amount_fen=5000,
                open_until=clock.now() + dt.timedelta(minutes=15),
                back_to="http://127.0.0.1:1/back",
                leave_to="http://127.0.0.1:1/left",
            )
        )
        standin.pay(begun.session_id, method)
        standin.events.clear()
        standin.calls.clear()
        return cards.look(begun.session_id).intent

    return paid


def wanted(intent, amount_fen=2000, number="TK1", reference=None):
    return WantedRefund(reference or f"key-{intent}-{number}", number, intent, amount_fen)


@pytest.mark.parametrize("method", ["card", "alipay"])
def test_a_part_goes_back_at_once_and_is_told(cards, standin, paid, method):
    intent = paid(method)
    seen = cards.refund(wanted(intent))
    assert (seen.state, seen.amount, seen.currency) == (SeenRefundState.DONE, 2000, "cny")
    assert (seen.number, seen.intent, seen.order_number) == ("TK1", intent, "2611230000017")
    assert [event["type"] for event in standin.events] == ["refund.created", "charge.refunded"]
    for event in standin.events:
        notice = cards.read(*standin.signed(event))
        assert (notice.subject, notice.about) == (Subject.REFUNDS, intent)
    assert cards.refunds_of(intent) == [seen]


def test_wechat_takes_its_time_and_may_fail(cards, standin, paid):
    intent = paid("wechat_pay")
    first = cards.refund(wanted(intent))
    second = cards.refund(wanted(intent, number="TK2"))
    assert {first.state, second.state} == {SeenRefundState.GOING}
    standin.finish(first.refund_id)
    standin.finish(second.refund_id, ok=False)
    failed, done = cards.refunds_of(intent)
    assert (done.state, failed.state) == (SeenRefundState.DONE, SeenRefundState.FAILED)
    assert failed.problem == "expired_or_canceled_card"
    told = [event["type"] for event in standin.events[-3:]]
    assert told == ["refund.updated", "refund.updated", "refund.failed"]
    assert standin.held_for("2611230000017") >= 3000


def test_the_same_key_is_answered_the_same_and_another_sum_is_not(cards, standin, paid):
    intent = paid()
    client = stripe.StripeClient(standin.key, base_addresses={"api": standin.base})
    want = {"payment_intent": intent, "amount": 2000}
    first = client.v1.refunds.create(want, {"idempotency_key": f"k-{intent}"})
    assert client.v1.refunds.create(want, {"idempotency_key": f"k-{intent}"}).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.refunds.create({**want, "amount": 2001}, {"idempotency_key": f"k-{intent}"})
    assert len(cards.refunds_of(intent)) == 1


def test_a_number_is_refunded_once_also_when_the_processor_forgot_the_key(cards, standin, paid):
    intent = paid()
    first = cards.refund(wanted(intent))
    standin.forget_keys()
    assert cards.refund(wanted(intent)) == first
    assert len(cards.refunds_of(intent)) == 1


def test_more_than_is_left_is_refused_for_good(cards, standin, paid):
    intent = paid()
    with pytest.raises(Rejected, match="没有接受"):
        cards.refund(wanted(intent, 5001))
    cards.refund(wanted(intent, 3000))
    with pytest.raises(Rejected):
        cards.refund(wanted(intent, 2001, number="TK2"))
    cards.refund(wanted(intent, 2000, number="TK3"))
    with pytest.raises(Rejected):
        cards.refund(wanted(intent, 1, number="TK4"))
    with pytest.raises(Rejected):
        cards.refund(wanted("pi_unknown"))
    assert cards.refunds_of("pi_unknown") == []
    client = stripe.StripeClient(standin.key, base_addresses={"api": standin.base})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"amount": 1})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.list({"payment_intent": "pi_unknown"})


@pytest.mark.parametrize("trouble", [500, 503, LOST, SILENT, LOCKED])
def test_through_trouble_one_refund_is_made(cards, standin, paid, trouble, monkeypatch):
    """A failure before the work, an answer lost after it, silence until the client gives up,
    and a lock that is held: the SDK asks again under the same key."""
    monkeypatch.setattr(stripe.RequestsClient, "_sleep_time_seconds", lambda *_a, **_k: 0)
    intent = paid()
    cards.refunds_of(intent)
    standin.calls.clear()
    client = cards._client.v1.refunds
    standin.troubles.append(trouble)
    made = client.create(
        {"payment_intent": intent, "amount": 2000}, {"idempotency_key": f"t-{intent}"}
    )
    assert standin.calls == ["POST /v1/refunds"] * 2
    (seen,) = cards.refunds_of(intent)
    assert (seen.refund_id, seen.amount) == (made.id, 2000)


def test_too_many_calls_are_refused_with_the_time_to_come_again(cards, standin, paid):
    """The SDK does not ask again by itself; the refund waits for the next run."""
    intent = paid()
    client = stripe.StripeClient(standin.key, base_addresses={"api": standin.base})
    standin.troubles.append(429)
    with pytest.raises(stripe.RateLimitError) as error:
        client.v1.refunds.create({"payment_intent": intent})
    assert error.value.headers["Retry-After"] == "1"
    standin.troubles.append(429)
    with pytest.raises(Refused, match="自动再试") as refusal:
        cards.refund(wanted(intent))
    assert not isinstance(refusal.value, Rejected)
    assert cards.refunds_of(intent) == []
    assert cards.refund(wanted(intent)).state is SeenRefundState.DONE


def test_silence_for_longer_than_every_try_is_said_and_made_up_for(cards, standin, paid):
    intent = paid()
    impatient = StripeCards(standin.key, standin.secret, base=standin.base, retries=0, seconds=0.2)
    impatient.refunds_of(intent)
    standin.troubles.append(SILENT)
    with pytest.raises(Refused, match="自动再试"):
        impatient.refund(wanted(intent))
    assert impatient.refund(wanted(intent)).amount == 2000
    assert len(cards.refunds_of(intent)) == 1


def test_refunds_of_the_dashboard_are_seen_without_a_number(cards, standin, paid):
    intent = paid()
    standin.give_back(intent)
    (seen,) = cards.refunds_of(intent)
    assert (seen.number, seen.amount, seen.order_number) == ("", 5000, "2611230000017")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("under_review", SeenDisputeState.REVIEW),
        ("won", SeenDisputeState.WON),
        ("lost", SeenDisputeState.LOST),
        ("warning_closed", SeenDisputeState.CLOSED),
    ],
)
def test_a_dispute_holds_its_money_until_it_is_decided(cards, standin, paid, status, state):
    intent = paid()
    dispute_id = standin.dispute(intent)
    notice = cards.read(*standin.signed(standin.events[-1]))
    assert (notice.subject, notice.about) == (Subject.DISPUTE, dispute_id)
    seen = cards.look_at_dispute(dispute_id)
    assert (seen.state, seen.amount, seen.intent) == (SeenDisputeState.OPEN, 5000, intent)
    assert seen.answer_by_at - seen.opened_at == dt.timedelta(days=7)
    with pytest.raises(Rejected):
        cards.refund(wanted(intent))
    standin.judge(dispute_id, status)
    assert cards.look_at_dispute(dispute_id).state is state
    assert cards.look_at_dispute("du_unknown") is None


def test_what_is_about_nothing_we_know_has_no_subject(cards, standin, paid):
    paid()
    event = {"id": "evt_1", "object": "event", "type": "refund.created"}
    notice = cards.read(*standin.signed({**event, "data": {"object": {"id": "re_1"}}}))
    assert notice.about == ""
    other = {**event, "type": "payout.paid", "data": {"object": {"id": "po_1"}}}
    notice = cards.read(*standin.signed(other))
    assert (notice.subject, notice.about) == (None, "")


def test_only_what_is_open_is_paid(standin, cards, paid):
    intent = paid()
    session_id = next(
        key for key, one in standin._sessions.items() if one["payment_intent"] == intent
    )
    with pytest.raises(Wrong):
        standin.pay(session_id)


def test_an_unruly_stand_in_tells_everything_twice_late_and_in_no_order():
    """Every notice comes at least once, some twice, and not in the order they were made."""
    heard, shop = [], StandIn()

    def hear():
        heard.append(json.loads(request.get_data())["id"])
        return "", 200

    shop.app.add_url_rule("/hear", view_func=hear, methods=["POST"])
    shop.start()
    teller = StandIn(notify=f"{shop.base}/hear")
    teller.unruly = random.Random(2020)
    for number in range(8):
        thing = {"id": f"re_{number}", "object": "refund"}
        teller._tell("refund.updated", thing)
    teller.start()
    teller.stop()
    shop.stop()
    made = [event["id"] for event in teller.events]
    assert set(heard) == set(made)
    assert len(heard) == 12
    assert heard[:8] != made


def test_the_back_office_refunds_and_disputes_as_the_dashboard_does(cards, standin, paid):
    intent = paid()
    office = standin.app.test_client()

    def press(deed, thing, yuan=""):
        return office.post("/", data={"deed": deed, "thing": thing, "yuan": yuan}).status_code

    page = office.get("/").text
    assert (intent in page, "还可退 50.00 元" in page) == (True, True)
    assert press("refund", intent, "20") == 303
    assert press("dispute", intent, "30.01") == 422
    assert press("dispute", intent, "30") == 303
    assert press("refund", intent, "1") == 422  # It is all disputed.
    *_, dispute = standin.disputes
    assert press("won", dispute) == 303
    *_, refund = standin.refunds
    assert press("fail", refund) == 303
    assert "还可退 50.00 元" in office.get("/").text
    assert press("lost", "du_nothing") == 422
    assert [one.state for one in cards.refunds_of(intent)] == [SeenRefundState.FAILED]
