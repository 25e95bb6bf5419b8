"""Orders, payments, refunds and notices in any order, with duplicates and crashes: every fen is found.

Whatever happens, the kept sums are those of their rows after each step; and when all
notices were heard, each order's paid less refunded is what the stand-in holds for it.
"""

import contextlib
import datetime as dt
import random

import pytest
import stripe
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from market.adapters.stripe import Wanted
from market.adapters.stripe.standin import LOST
from market.adapters.stripe.standin.wire import Wrong
from market.cli.online import send_refunds, settle_left_open
from market.core import clock
from market.core.access import Role
from market.core.db import Model
from market.core.errors import Refused
from market.ordering import services as ordering
from market.ordering.models import Order, OrderState
from market.ordering.queries import verify_orders, verify_receipts
from market.payments import queries, services
from market.payments.models import Checkout, Refund, RefundState
from tests import make
from tests.ordering.placing import place
from tests.payments.paying import key, receive

MOST_ORDERS = 4
DEEDS = (
    "somebody_buys",
    "somebody_pays_again",
    *["an_order_goes_on"] * 3,
    *["money_goes_back"] * 6,
    "the_command_runs",
    "late_pages_are_closed",
    "trouble_comes",
    *["the_processor_acts"] * 3,
    *["notices_come"] * 2,
)
UNDECIDED = ("needs_response", "under_review")
PARTS = (1, 2, 5)
METHODS = ("card", "alipay", "wechat_pay", "wechat_pay")
CRASHES = ("no", "no", "before the call", "after the call")


class Crash(Exception):
    """The process ends here: between the commit and the call, or between the call and settling."""


class Crashing:
    """The real client, whose process ends before a call or after it."""

    def __init__(self, cards, crash):
        self._cards, self._crash = cards, crash

    def __getattr__(self, name):
        call = getattr(self._cards, name)

        def calls(*given):
            if self._crash == "before the call":
                raise Crash
            answer = call(*given)
            if self._crash == "after the call":
                raise Crash
            return answer

        return calls


@pytest.fixture
def machine(app, session, cards, standin, monkeypatch):
    """The machine's class, on the test's database and stand-in."""
    monkeypatch.setattr(stripe.RequestsClient, "_sleep_time_seconds", lambda *_a, **_k: 0)

    class Money(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            session.rollback()
            for table in reversed(Model.metadata.sorted_tables):
                session.execute(table.delete())
            session.expunge_all()
            for kept in (standin.events, standin.troubles, standin.refunds, standin.disputes):
                kept.clear()
            for kept in (standin._sessions, standin._intents, standin._replies):
                kept.clear()
            self.heard = set()

        @initialize(seed=st.integers(0, 2**64))
        def people_and_paid_orders(self, seed):
            self.chance = random.Random(seed)
            self.coordinator = make.person(session, role=Role.COORDINATOR)
            self.shopper = make.person(session, role=Role.SHOPPER)
            self.sku = make.sku(session, stock_milli=900_000)
            self.orders = []
            for _ in range(2):
                self.order(bags=2, crash="no", method=self.chance.choice(METHODS))
            for event in list(standin.events[1:]):  # Of one nobody has heard yet.
                self.hears(event)

        @rule()
        def something_happens(self):
            """One rule, and one seed for a whole story: left to choose each deed by itself,
            hypothesis tells stories of one deed done over and over."""
            getattr(self, self.chance.choice(DEEDS))(self.chance)

        # What people do.

        def somebody_buys(self, chance):
            if len(self.orders) < MOST_ORDERS:
                self.order(chance.randint(1, 3), chance.choice(CRASHES), chance.choice(METHODS))

        def order(self, bags, crash, method):
            made = place(session, self.shopper, (self.sku, bags * 1000))
            self.orders.append(made.id)
            session.commit()
            self.begin(made, crash)
            self.pay_page(made, method, later=False)

        def somebody_pays_again(self, chance):
            order = self.some_order(chance)
            self.begin(order, chance.choice(CRASHES))
            self.pay_page(order, chance.choice(METHODS), later=chance.random() < 0.5)

        def an_order_goes_on(self, chance):
            order = self.some_order(chance)
            how = chance.choice(["cancel", "expire", *["receive"] * 4])
            if how == "cancel":
                self.tries(
                    lambda: ordering.cancel_order(session, order, reason="x", by=self.shopper)
                )
            elif how == "expire":
                with clock.set_to(clock.now() + dt.timedelta(days=4)):
                    ordering.expire_orders(session)
                    session.commit()
            elif order.state is OrderState.OPEN and not order.consignments[0].accepted_at:
                line = order.lines[0]
                sent = min(chance.randint(1, 3) * 1000, line.ordered_milli)
                taken = min(chance.randint(0, 3) * 1000, sent)
                receive(session, order, {line.id: taken}, {line.id: sent})
                session.commit()

        def money_goes_back(self, chance):
            """A person writes a refund down, and its page sends it, or breaks off."""
            order = self.some_order(chance)
            ways = (
                ["with a cause", "all"] if queries.is_gone(order) else ["with a cause", "by line"]
            )
            how = chance.choice(ways)
            restock = chance.random() < 0.5
            given = {"once_key": key(), "by": self.coordinator}
            if how == "all":
                self.tries(lambda: services.return_all(session, order, **given))
            elif how == "by line":
                paid = queries.ledger_of(session, order).payments
                payment = chance.choice(paid).payment if paid else None
                given |= {"milli": 1000, "reason": "x", "restock": restock}
                line = order.lines[0]
                if payment:
                    self.tries(lambda: services.refund_line(session, payment, line, **given))
            else:
                self.refund(chance, order, restock, given)
            self.the_command_runs(chance)

        def refund(self, chance, order, restock, given):
            found = queries.returnable(session, order)
            causes = queries.causes_of(session, order)
            if not found or not causes:
                return
            one, cause = (chance.choice(choices) for choices in (found, causes))
            claims = [claim for claim, _ in queries.claims_to_refund(session, order)]
            given |= {"cause": cause, "reason": "x", "order": order, "restock": restock}
            if cause == "claim":
                given["claim"] = claims[0]
            fen = one.fen // chance.choice(PARTS)
            self.tries(lambda: services.start_refund(session, one.payment, fen, **given))

        # What runs, breaks off, and goes wrong.

        def the_command_runs(self, chance):
            try:
                send_refunds(session, Crashing(cards, chance.choice(CRASHES)))
            except Crash:
                session.rollback()

        def late_pages_are_closed(self, chance):
            self.ask_after_late_pages(chance.choice(CRASHES))

        def ask_after_late_pages(self, crash):
            with clock.set_to(clock.now() + dt.timedelta(minutes=16)):
                try:
                    settle_left_open(session, Crashing(cards, crash))
                except Crash:
                    session.rollback()

        def trouble_comes(self, chance):
            trouble = chance.choice([429, 500, LOST, None])
            standin.forget_keys()  # A day goes by.
            standin.troubles[:] = [trouble] if trouble is not None else []

        # What happens at the processor.

        def the_processor_acts(self, chance):
            acts = ["refund", "fail", "finish", "finish", "dispute", "judge", "judge", "arrive"]
            how, part = chance.choice(acts), chance.choice(PARTS)
            refunds = list(standin.refunds.values())
            things = {
                "refund": list(standin._intents.values()),
                "finish": [one for one in refunds if one["status"] == "pending"],
                "fail": [one for one in refunds if one["status"] != "failed"],
                "dispute": [one for one in standin._intents.values() if standin._left_of(one)],
                "judge": [one for one in standin.disputes.values() if one["status"] in UNDECIDED],
                "arrive": self.on_their_way(),
            }[how]
            if not things:
                return
            id_ = chance.choice(things)["id"]
            if how == "refund":
                self.asks(lambda: standin.give_back(id_, 5000 // part))
            elif how in ("finish", "fail"):
                standin.finish(id_, ok=how == "finish")
            elif how == "dispute":
                standin.dispute(id_)
            elif how == "judge":
                standin.judge(id_, ("under_review", "won", "lost")[part % 3])
            else:
                standin.arrive(id_, ok=part != 1)

        def on_their_way(self):
            return [
                one
                for one in standin._sessions.values()
                if one["status"] == "complete"
                and standin._intents[one["payment_intent"]]["status"] == "processing"
            ]

        def notices_come(self, chance):
            """Any notices, however old, some twice; those that were refused come again."""
            times = chance.randint(1, 3) if standin.events else 0
            for _ in range(times):
                place_ = chance.randint(0, len(standin.events) - 1)
                self.hears(standin.events[place_])
                if times == 2:
                    self.hears(standin.events[place_])

        # What holds.

        @invariant()
        def the_kept_sums_are_those_of_their_rows(self):
            session.expire_all()
            assert queries.verify_payments(session) == []
            session.commit()

        def teardown(self):
            standin.troubles.clear()
            self.hears_everything()
            for refund in list(standin.refunds.values()):
                if refund["status"] == "pending":
                    standin.finish(refund["id"])
            self.hears_everything()
            send_refunds(session, cards)
            self.ask_after_late_pages(crash="no")
            self.hears_everything()
            session.expire_all()
            assert queries.verify_payments(session) == []
            assert verify_orders(session) == []
            assert verify_receipts(session) == []
            waiting = (RefundState.PENDING, RefundState.SENT)
            going = {one["id"] for one in standin.refunds.values() if one["status"] == "pending"}
            for refund in session.query(Refund).filter(Refund.state.in_(waiting)):
                assert refund.serial in going
            for order in session.query(Order):
                balance = queries.balance_of(session, order)
                held = standin.held_for(order.number)
                assert balance.paid_fen - balance.refunded_fen == held, order.number
            session.commit()

        # How the rules do it.

        def some_order(self, chance):
            return session.get_one(Order, chance.choice(self.orders))

        def tries(self, act):
            try:
                act()
                session.commit()
            except Refused:
                session.rollback()

        def asks(self, act):
            with contextlib.suppress(Wrong):
                act()

        def begin(self, order, crash):
            def starts():
                made = services.start_checkout(session, order, once_key=key(), by=self.shopper)
                wanted = Wanted(
                    made.once_key,
                    order.number,
                    made.amount_fen,
                    made.expires_at,
                    "http://127.0.0.1/back",
                    "http://127.0.0.1/left",
                )
                session.commit()
                services.settle(session, Crashing(cards, crash).begin(wanted))

            try:
                self.tries(starts)
            except Crash:
                session.rollback()

        def pay_page(self, order, method, *, later):
            checkout = (
                session.query(Checkout)
                .filter(Checkout.order_id == order.id, Checkout.session_id.is_not(None))
                .order_by(Checkout.id.desc())
                .first()
            )
            session.commit()
            if checkout:
                self.asks(lambda: standin.pay(checkout.session_id, method, later=later))

        def hears(self, event):
            session.commit()
            body, signature = standin.signed(event)
            headers = {"Stripe-Signature": signature}
            where = "/payments/stripe/notices"
            reply = app.test_client().post(where, data=body, headers=headers)
            assert reply.status_code in (200, 503)
            return reply.status_code == 200

        def hears_everything(self):
            """Tell all that was not heard yet until it is; what is refused for ever fails here."""
            for _ in range(6):
                left = [one for one in standin.events if one["id"] not in self.heard]
                self.heard |= {one["id"] for one in left if self.hears(one)}
            assert {one["id"] for one in standin.events} == self.heard

    return Money


def test_every_fen_is_found_whatever_happens(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
