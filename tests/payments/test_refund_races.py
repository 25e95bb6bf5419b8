"""Refunds at the same moment never come to more than arrived, and each is made and settled once.

Docstrings say what was seen on PostgreSQL without the guard; SQLite's writers queue.
"""

import threading

import pytest

from market.accounts.models import Person
from market.adapters.stripe import Notice, StripeCards
from market.adapters.stripe.standin import shapes
from market.core.db import db
from market.core.errors import Refused
from market.ordering import services as ordering
from market.ordering.models import Claim
from market.payments import queries, services
from market.payments.models import Payment, Refund, RefundCause, RefundState
from tests import make
from tests.ordering.placing import place
from tests.payments.paying import key, pay_online, receive, seen_refund
from tests.payments.test_online_races import together

__all__ = ["together"]

ROUNDS = 5


@pytest.fixture
def gone(session, shopper):
    """50 yuan paid online for an order that was called off."""
    order = place(session, shopper, (make.sku(session), 2000))
    payment = pay_online(session, order)
    ordering.cancel_order(session, order, reason="x", by=shopper)
    session.commit()
    return payment


def refunds(payment_id, by_id, amount_fen, once_key=None):
    def act(own):
        payment = own.get(Payment, payment_id)
        person = own.get(Person, by_id)
        made = services.start_refund(
            own,
            payment,
            amount_fen,
            cause=RefundCause.CANCELLED,
            reason="x",
            once_key=once_key or key(),
            by=person,
        )
        return made.number

    return act


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_refunds_at_once_never_come_to_more_than_arrived(
    session, gone, coordinator, together, round_
):
    """Four refunds of 20 yuan of 50: two are made, two are refused.

    Without the locks of ``wait_for_turn`` the bounds in the UPDATEs (``hold``, and
    ``_move`` of allocations) still held. Without both: the table's own CHECK ended the
    third and fourth in an error instead of a refusal, in every round.
    """
    outcomes = together(*(refunds(gone.id, coordinator.id, 2000) for _ in range(4)))
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert len(refused) == 2
    assert gone.refunded_fen == sum(one.amount_fen for one in session.query(Refund)) == 4000
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_clicks_make_one_refund(session, gone, coordinator, together, round_):
    """The same form sent four times at once.

    Without the locks: the unique key ended the later ones in an error, in every round.
    """
    acts = [refunds(gone.id, coordinator.id, 2000, once_key="once") for _ in range(4)]
    outcomes = together(*acts)
    assert set(outcomes) == {session.query(Refund).one().number}
    assert gone.refunded_fen == 2000


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_refunds_of_one_claim_never_exceed_it(session, shopper, coordinator, together, round_):
    """Two claims give 50 yuan back; one of them, of 25, is refunded by three people at once.

    Without the locks: all three read that nothing of the claim was refunded, and two
    refunds were made in every round.
    """
    order = place(session, shopper, (make.sku(session), 2000))
    payment = pay_online(session, order)
    receive(session, order)
    claims = [
        ordering.take_back(
            session, order.lines[0], milli=1000, reason="x", once_key=key(), by=coordinator
        )
        for _ in range(2)
    ]
    claim_id, payment_id, by_id = claims[0].id, payment.id, coordinator.id
    session.commit()

    def act(own):
        claim = own.get(Claim, claim_id)
        return services.start_refund(
            own,
            own.get(Payment, payment_id),
            2500,
            cause=RefundCause.CLAIM,
            reason="x",
            claim=claim,
            restock=True,
            once_key=key(),
            by=own.get(Person, by_id),
        ).number

    together(act, act, act)
    refund = session.query(Refund).one()
    assert (refund.amount_fen, refund.restock_milli) == (2500, 1000)
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_page_command_and_notices_settle_one_refund_once(
    session, gone, coordinator, together, round_
):
    """The page's answer, the command's and two notices, all of one refund of ours.

    Without the locks: ``move`` refused the later ones in every round, so that their
    notices had to come again.
    """
    number = refunds(gone.id, coordinator.id, 2000)(session)
    refund = queries.refund_by_number(session, number)
    seen = seen_refund(refund)
    session.commit()

    def answers(own):
        return [one.number for one in services.settle_refunds(own, [seen])]

    def hears(event_id):
        def act(own):
            notice = Notice(event_id, "refund.updated", seen.intent)
            heard = services.hear(own, notice, [seen])
            return [one.number for one in heard or []]

        return act

    outcomes = together(answers, answers, hears("evt_1"), hears("evt_2"))
    assert not [one for one in outcomes if isinstance(one, Refused)]
    assert session.query(Refund).one().state is RefundState.DONE
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_refund_of_the_dashboard_is_imported_once(session, gone, together, round_):
    """Three notices of one refund made there.

    Without the locks: the unique id ended two of them in an error, in every round.
    """
    seen = seen_refund(payment=gone, amount=2000)

    def hears(event_id):
        def act(own):
            notice = Notice(event_id, "charge.refunded", seen.intent)
            return len(services.hear(own, notice, [seen]))

        return act

    outcomes = together(*(hears(f"evt_{number}") for number in range(3)))
    assert outcomes == [1, 1, 1]
    assert session.query(Refund).one().amount_fen == 2000


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_ours_and_the_dashboards_at_once_never_exceed_what_arrived(
    session, gone, coordinator, together, round_
):
    """A person refunds all of it here while all of it is refunded there: the latter stands.

    Without the locks: in some rounds ours stood, and money that was gone was not written down.
    """
    seen = seen_refund(payment=gone)
    together(
        refunds(gone.id, coordinator.id, 5000),
        lambda own: len(services.settle_refunds(own, [seen])),
    )
    standing = session.query(Refund).filter(Refund.state != RefundState.FAILED).one()
    assert standing.serial == seen.refund_id
    assert gone.refunded_fen == 5000
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_page_and_command_send_one_refund_once(app, session, gone, coordinator, standin, round_):
    """Four ask the processor at once for one refund; the key makes one of it.

    Without the idempotency key: two were made in every round, and others refused.
    """
    cards = StripeCards(standin.key, standin.secret, base=standin.base)
    intent = give_to(standin, gone)
    session.commit()
    number = refunds(gone.id, coordinator.id, 2000)(session)
    wanted = services.wanted_refund(queries.refund_by_number(session, number))
    session.commit()
    start, seen = threading.Barrier(4), []

    def sends():
        start.wait()
        answer = cards.refund(wanted)
        with app.app_context(), db.sessionmaker() as own:
            services.settle_refunds(own, [answer])
            own.commit()
        seen.append(answer.refund_id)

    threads = [threading.Thread(target=sends) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    assert len(seen) == 4
    assert set(seen) == {session.query(Refund).one().serial}
    assert len([one for one in standin.refunds.values() if one["payment_intent"] == intent]) == 1


def give_to(standin, payment):
    """Let the stand-in hold the payment, as if it had been paid there."""
    order = payment.order
    session = {"amount_total": payment.amount_fen, "currency": "cny", "payment_method_types": []}
    params = {"payment_intent_data": {"metadata": {"order": order.number}}}
    intent = shapes.intent(payment.bank_serial, 1, session, params, "succeeded")
    method = shapes.method(f"pm_{payment.bank_serial}", 1, "card")
    standin._methods[method["id"]] = method
    intent |= {"payment_method": method["id"], "latest_charge": f"ch_{payment.bank_serial}"}
    standin._intents[intent["id"]] = intent
    return intent["id"]
