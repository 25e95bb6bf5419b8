"""The stand-in's money: sessions that are paid, refunds that arrive or fail, disputes."""

import copy
import threading
from typing import Any

import stripe

from market.adapters.stripe.standin import shapes
from market.adapters.stripe.standin.post import Post, new_id, now
from market.adapters.stripe.standin.wire import Thing, Wrong, checked

GONE = ("failed", "canceled")
UNDECIDED = ("needs_response", "under_review")
SECONDS_ON_ITS_WAY = 6.0


class Till(Post):
    """Sessions, payments, refunds and disputes in memory; tests and the page's buttons move them."""

    def __init__(self, secret: str = "", *, notify: str = "") -> None:
        super().__init__(secret, notify=notify)
        self.refunds: dict[str, Thing] = {}
        self.disputes: dict[str, Thing] = {}
        self._sessions: dict[str, Thing] = {}
        self._params: dict[str, Thing] = {}
        self._intents: dict[str, Thing] = {}
        self._methods: dict[str, Thing] = {}
        self._lock = threading.RLock()

    # Paying.

    def pay(self, session_id: str, method: str = "card", *, later: bool = False) -> None:
        """Complete a session; ``later`` leaves the money on its way."""
        with self._lock:
            session = self._open(session_id)
            made = now()
            status = "processing" if later else "succeeded"
            intent = shapes.intent(new_id("pi"), made, session, self._params[session_id], status)
            paid_by = shapes.method(new_id("pm"), made, method)
            intent |= {"payment_method": paid_by["id"], "latest_charge": new_id("ch")}
            self._methods[paid_by["id"]] = checked(stripe.PaymentMethod, paid_by)
            self._intents[intent["id"]] = checked(stripe.PaymentIntent, intent)
            session |= {
                "status": "complete",
                "payment_status": "unpaid" if later else "paid",
                "payment_intent": intent["id"],
                "url": None,
            }
            self._sessions[session_id] = checked(stripe.checkout.Session, session)
            self._tell("checkout.session.completed", session)

    def arrive(self, session_id: str, *, ok: bool = True) -> None:
        """Let money that was on its way arrive, or fail."""
        with self._lock:
            session = self._sessions[session_id]
            intent = self._intents[session["payment_intent"]]
            intent["status"] = "succeeded" if ok else "requires_payment_method"
            if ok:
                intent["amount_received"] = intent["amount"]
                session["payment_status"] = "paid"
            what = "async_payment_succeeded" if ok else "async_payment_failed"
            self._tell(f"checkout.session.{what}", session)

    def expire(self, session_id: str) -> Thing:
        """Close a session that nobody completed."""
        with self._lock:
            session = self._open(session_id)
            session |= {"status": "expired", "url": None}
            self._tell("checkout.session.expired", checked(stripe.checkout.Session, session))
            return session

    def alter(self, session_id: str, **given: Any) -> None:
        """Change a session behind everybody's back: another amount, say."""
        self._sessions[session_id] |= given

    # Giving back.

    def give_back(
        self, intent_id: str, amount: int | None = None, metadata: Thing | None = None
    ) -> Thing:
        """Refund a payment, whole or in part, as the dashboard or a call does.

        WeChat's are on their way for a while; the others arrive at once. More than is
        left, or of a payment in dispute, is refused.
        """
        with self._lock:
            intent = self._intents.get(intent_id)
            if intent is None:
                raise Wrong("No such payment_intent.", status=404, code="resource_missing")
            left = self._left_of(intent)
            if any(one["status"] in UNDECIDED for one in self._disputes_of(intent_id)):
                raise Wrong("This charge is disputed.", code="charge_disputed")
            if left == 0:
                raise Wrong("This charge was refunded.", code="charge_already_refunded")
            if not 0 < (amount or left) <= left:
                raise Wrong("The amount is greater than what is left.", param="amount")
            by_wechat = self._methods[intent["payment_method"]]["type"] == "wechat_pay"
            refund = shapes.refund(
                new_id("re"),
                now(),
                intent,
                amount or left,
                metadata or {},
                "pending" if by_wechat else "succeeded",
            )
            self.refunds[refund["id"]] = checked(stripe.Refund, refund)
            self._tell("refund.created", refund)
            self._tell_charge(intent)
            if by_wechat and self.notify:
                timer = threading.Timer(SECONDS_ON_ITS_WAY, self._arrive, (refund["id"],))
                timer.daemon = True
                timer.start()
            return refund

    def finish(self, refund_id: str, *, ok: bool = True) -> None:
        """Let a refund arrive or fail; also one that was said to have arrived may fail later."""
        with self._lock:
            refund = self.refunds[refund_id]
            refund |= {"status": "succeeded" if ok else "failed", "pending_reason": None}
            if not ok:
                refund["failure_reason"] = "expired_or_canceled_card"
            self._tell("refund.updated", checked(stripe.Refund, refund))
            if not ok:
                self._tell("refund.failed", refund)

    def _arrive(self, refund_id: str) -> None:
        """Let a refund arrive that is on its way still: it may have failed meanwhile."""
        with self._lock:
            if self.refunds[refund_id]["status"] == "pending":
                self.finish(refund_id)

    def dispute(self, intent_id: str, amount: int | None = None) -> str:
        """Open a dispute about what is left of a payment, or a part of it; return its id."""
        with self._lock:
            intent = self._intents[intent_id]
            amount = amount or self._left_of(intent)
            made = shapes.dispute(new_id("du"), now(), intent, amount, "product_not_received")
            self.disputes[made["id"]] = checked(stripe.Dispute, made)
            self._tell("charge.dispute.created", made)
            return str(made["id"])

    def judge(self, dispute_id: str, status: str) -> None:
        """Move a dispute on: ``under_review``, ``won``, ``lost`` or ``warning_closed``."""
        with self._lock:
            dispute = self.disputes[dispute_id]
            dispute["status"] = status
            what = "updated" if status in UNDECIDED else "closed"
            self._tell(f"charge.dispute.{what}", checked(stripe.Dispute, dispute))

    def held_for(self, order_number: str) -> int:
        """Return what is here of the money paid for an order, after all that went back or was lost."""
        return sum(
            self._left_of(intent, undecided=False)
            for intent in self._intents.values()
            if intent["metadata"].get("order") == order_number
        )

    def _left_of(self, intent: Thing, *, undecided: bool = True) -> int:
        """Return what of a payment went nowhere; a dispute holds its sum until it is decided."""
        back = sum(
            refund["amount"]
            for refund in self.refunds.values()
            if refund["payment_intent"] == intent["id"] and refund["status"] not in GONE
        )
        taken = ("lost", *UNDECIDED) if undecided else ("lost",)
        disputed = sum(
            one["amount"] for one in self._disputes_of(intent["id"]) if one["status"] in taken
        )
        return int(intent["amount_received"] - back - disputed)

    def _disputes_of(self, intent_id: str) -> list[Thing]:
        return [one for one in self.disputes.values() if one["payment_intent"] == intent_id]

    def _tell_charge(self, intent: Thing) -> None:
        charge = shapes.charge(
            intent["latest_charge"],
            intent,
            intent["amount_received"] - self._left_of(intent),
            disputed=bool(self._disputes_of(intent["id"])),
        )
        self._tell("charge.refunded", checked(stripe.Charge, charge))

    def _open(self, session_id: str) -> Thing:
        session = self._sessions[session_id]
        if session["status"] != "open":
            raise Wrong('Only sessions with a status in ["open"] can be changed.')
        return session

    def _with_intent(self, thing: Thing, *, expanded: bool) -> Thing:
        """Return a copy to answer with, with its payment in full where that was asked for."""
        shown = copy.deepcopy(thing)
        if expanded and shown["payment_intent"]:
            shown["payment_intent"] = copy.deepcopy(self._intents[shown["payment_intent"]])
        return shown
