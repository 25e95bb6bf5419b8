"""Everybody hears of one online payment at the same moment, and it is settled once.

Docstrings say what was seen on PostgreSQL without the lock on the order's row
(``_take_turn``). SQLite's writers queue.
"""

import datetime as dt
import threading

import pytest

from market.adapters.stripe import Notice, Seen, SeenState
from market.core import clock
from market.core.db import db
from market.core.errors import Refused
from market.ordering.models import Order, OrderState
from market.ordering.services import cancel_order, expire_orders
from market.payments import queries, services
from market.payments.models import Checkout, CheckoutState, Payment, PaymentState, StripeEvent
from tests import make
from tests.ordering.placing import place

ROUNDS = 5


@pytest.fixture
def together(app, session):
    """Let several act at once, each in a thread and session of its own; return the outcomes."""

    def together(*acts):
        session.commit()
        outcomes = []
        start = threading.Barrier(len(acts))

        def run(act):
            with app.app_context(), db.sessionmaker() as own:
                start.wait()
                try:
                    result = act(own)
                    own.commit()
                except Refused as refusal:
                    own.rollback()
                    result = refusal
                outcomes.append(result)

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session.expire_all()
        return outcomes

    return together


@pytest.fixture
def started(session, shopper):
    order = place(session, shopper, (make.sku(session), 2000))
    made = services.start_checkout(session, order, once_key="key", by=shopper)
    session.commit()
    return made


def paid(checkout):
    return Seen("cs_1", checkout.once_key, SeenState.PAID, 5000, "cny", "pi_1", "card", "")


def hears(checkout, event_id):
    seen = paid(checkout)
    notice = Notice(event_id, "checkout.session.completed", "cs_1")

    def act(own):
        heard = services.hear(own, notice, seen)
        return heard.state if heard else None

    return act


def comes_back(checkout):
    seen = paid(checkout)
    return lambda own: services.settle(own, seen).state


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("same", [True, False])
def test_two_notices_at_once_settle_once(session, started, together, same, round_):
    """The same notice twice, or two notices of one payment, and the buyer who returns.

    The unique keys of events and payments hold here also without the lock.
    """
    together(
        hears(started, "evt_1"),
        hears(started, "evt_1" if same else "evt_2"),
        comes_back(started),
    )
    payment = session.query(Payment).one()
    assert (payment.state, payment.amount_fen) == (PaymentState.APPLIED, 5000)
    assert started.state is CheckoutState.SETTLED
    assert started.order.state is OrderState.OPEN
    assert session.query(StripeEvent).count() == (1 if same else 2)
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_a_payment_and_the_end_of_its_order_never_lose_the_money(
    session, started, together, end, round_
):
    """Notice, return page and the end of the order at once: open and paid, or gone and to go back.

    Without the lock: in every round both were refused and rolled back, and no payment was there.
    """
    order_id, deadline = started.order_id, started.order.pay_by_at

    def just_in_time(act):
        def acts(own):
            with clock.set_to(deadline - dt.timedelta(seconds=1)):
                return act(own)

        return acts

    def expires(own):
        with clock.set_to(deadline):
            return expire_orders(own)

    def cancels(own):
        order = own.get(Order, order_id)
        return cancel_order(own, order, reason="x", by=order.placed_by)

    together(
        just_in_time(hears(started, "evt_1")),
        just_in_time(comes_back(started)),
        expires if end == "expire" else cancels,
    )
    payment = session.query(Payment).one()
    order, ledger = started.order, queries.ledger_of(session, started.order)
    if order.state is OrderState.OPEN:
        assert (payment.state, ledger.paid_fen) == (PaymentState.APPLIED, 5000)
    else:
        assert order.state in queries.CLOSED
        assert ledger.give_back_fen == 5000
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_tabs_start_one_attempt(session, shopper, together, round_):
    """Four tabs go to pay at the same moment; all are sent to one page.

    Without the lock: several attempts in every round.
    """
    order = place(session, shopper, (make.sku(session), 2000))
    order_id = order.id

    def starts(key):
        def act(own):
            mine = own.get(Order, order_id)
            return services.start_checkout(own, mine, once_key=key, by=mine.placed_by).id

        return act

    outcomes = together(*(starts(f"key-{number}") for number in range(4)))
    assert set(outcomes) == {session.query(Checkout).one().id}
