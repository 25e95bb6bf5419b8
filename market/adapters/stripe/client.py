"""The market's calls to Stripe, by its own SDK."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import stripe

from market.adapters.stripe.seen import (
    CURRENCY,
    METHODS,
    SUBJECTS,
    Notice,
    Seen,
    SeenDispute,
    SeenDisputeState,
    SeenRefund,
    SeenRefundState,
    SeenState,
    Subject,
    Wanted,
    WantedRefund,
)
from market.core.errors import Refused

PAY_ORIGIN = "https://checkout.stripe.com"
SECONDS_TO_WAIT = 10
# Stripe keeps its page open for half an hour at least; we close it before, by calling.
LEAST_OPEN = dt.timedelta(minutes=31)
REFUND_STATES = {
    "succeeded": SeenRefundState.DONE,
    "failed": SeenRefundState.FAILED,
    "canceled": SeenRefundState.FAILED,
}
DISPUTE_STATES = {
    "under_review": SeenDisputeState.REVIEW,
    "warning_under_review": SeenDisputeState.REVIEW,
    "appeal_under_review": SeenDisputeState.REVIEW,
    "won": SeenDisputeState.WON,
    "lost": SeenDisputeState.LOST,
    "warning_closed": SeenDisputeState.CLOSED,
    "prevented": SeenDisputeState.CLOSED,
}


class Rejected(Refused):
    """The processor says that it will not do this, however often it is asked."""


class _Unknown(Rejected):
    """The processor knows no such thing."""


class StripeCards:
    """Stripe Checkout; ``base`` is another server that speaks Stripe's API: the stand-in."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        *,
        base: str = "",
        retries: int = 2,
        seconds: float = SECONDS_TO_WAIT,
        methods: tuple[str, ...] = METHODS,
    ) -> None:
        self.methods = methods
        self.origin = _origin(base) if base else PAY_ORIGIN
        self._webhook_secret = webhook_secret
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base} if base else {},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=seconds),
        )

    def begin(self, wanted: Wanted) -> Seen:
        """Open a page on which the buyer pays; the same reference again gives the same page."""
        about: dict[str, str] = {"order": wanted.order_number}
        with _in_chinese():
            made = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": wanted.reference,
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": CURRENCY,
                                "unit_amount": wanted.amount_fen,
                                "product_data": {"name": f"{wanted.kind} {wanted.order_number}"},
                            },
                        }
                    ],
                    "allowed_payment_method_types": list(self.methods),
                    "payment_method_options": (
                        {"wechat_pay": {"client": "web"}} if "wechat_pay" in self.methods else {}
                    ),
                    "payment_intent_data": {"metadata": about},
                    "metadata": about,
                    "locale": "zh",
                    "expires_at": int((wanted.open_until + LEAST_OPEN).timestamp()),
                    "success_url": wanted.back_to,
                    "cancel_url": wanted.leave_to,
                },
                {"idempotency_key": wanted.reference},
            )
        return _seen(made)

    def look(self, session_id: str) -> Seen | None:
        """Return an attempt as it stands now, or ``None`` if the processor doesn't know it."""
        try:
            with _in_chinese():
                return _seen(
                    self._client.v1.checkout.sessions.retrieve(
                        session_id, {"expand": ["payment_intent.payment_method"]}
                    )
                )
        except _Unknown:
            return None

    def close(self, session_id: str) -> Seen | None:
        """Close the page so that nobody pays there any more, and return what came of it."""
        try:
            with _in_chinese():
                return _seen(self._client.v1.checkout.sessions.expire(session_id))
        except Rejected:  # It is over already, or not known.
            return self.look(session_id)

    def refund(self, wanted: WantedRefund) -> SeenRefund:
        """Send money of a payment back, once for each of our numbers.

        Stripe forgets idempotency keys after a day; so the payment's refunds are looked
        through first, and one made before is returned, however long ago that was.
        """
        for made in self.refunds_of(wanted.intent):
            if made.number == wanted.number:
                return made
        with _in_chinese(*_OF_REFUNDS):
            made_now = self._client.v1.refunds.create(
                {
                    "payment_intent": wanted.intent,
                    "amount": wanted.amount_fen,
                    "metadata": {"refund": wanted.number},
                    "expand": ["payment_intent"],
                },
                {"idempotency_key": wanted.reference},
            )
        return _seen_refund(made_now)

    def refunds_of(self, intent: str) -> Sequence[SeenRefund]:
        """Return all refunds of a payment as they stand now, also those made in the dashboard."""
        try:
            with _in_chinese(*_OF_REFUNDS):
                page = self._client.v1.refunds.list(
                    {"payment_intent": intent, "limit": 100, "expand": ["data.payment_intent"]}
                )
                return [_seen_refund(made) for made in page.auto_paging_iter()]
        except _Unknown:
            return []

    def look_at_dispute(self, dispute_id: str) -> SeenDispute | None:
        """Return a dispute as it stands now, or ``None`` if the processor doesn't know it."""
        try:
            with _in_chinese(*_OF_REFUNDS):
                return _seen_dispute(
                    self._client.v1.disputes.retrieve(dispute_id, {"expand": ["payment_intent"]})
                )
        except _Unknown:
            return None

    def read(self, body: bytes, signature: str) -> Notice:
        """Read a notice; one whose signature is not right, or five minutes old, is refused."""
        try:
            event = stripe.Webhook.construct_event(body, signature, self._webhook_secret)
        except (ValueError, stripe.SignatureVerificationError):
            raise Refused("通知的签名不符或已过期。") from None
        thing, subject = event.data.object, SUBJECTS.get(event.type)
        field = "payment_intent" if subject is Subject.REFUNDS else "id"
        about = thing[field] if subject and field in thing else ""
        return Notice(event.id, event.type, str(about or ""))


_OF_PAYMENTS = (
    "支付通道没有接受这次支付，请改用银行转账，或稍后再试。",
    "支付通道暂时不可用，没有扣款；请稍后再试，或改用银行转账。",
)
_OF_REFUNDS = (
    "支付通道没有接受这笔退款，可能已经退过，或付款有争议；请在支付后台核对。",
    "支付通道暂时没有回答，稍后会自动再试，不会重复退款。",
)


@contextmanager
def _in_chinese(rejected: str = _OF_PAYMENTS[0], silent: str = _OF_PAYMENTS[1]) -> Iterator[None]:
    """Turn what goes wrong at the processor into a sentence; nothing has changed here."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise _Unknown("支付通道里没有这次支付。") from error
        raise Rejected(rejected) from error
    except stripe.StripeError as error:
        raise Refused(silent) from error


def _seen(made: stripe.checkout.Session) -> Seen:
    intent: Any = made.payment_intent
    told = intent if isinstance(intent, stripe.PaymentIntent) else None
    paid_by: Any = told.payment_method if told else None
    return Seen(
        session_id=made.id,
        reference=made.client_reference_id or "",
        state=_state(made, told),
        amount=made.amount_total or 0,
        currency=made.currency or "",
        intent=told.id if told else intent or "",
        method=paid_by.type if isinstance(paid_by, stripe.PaymentMethod) else "",
        address=made.url or "",
    )


def _state(made: stripe.checkout.Session, intent: stripe.PaymentIntent | None) -> SeenState:
    """Read the state; a page that was completed is paid at once, later, or not at all."""
    if made.payment_status == "paid":
        return SeenState.PAID
    if made.status == "expired":
        return SeenState.EXPIRED
    if made.status == "open":
        return SeenState.OPEN
    if intent and intent.status in ("requires_payment_method", "canceled"):
        return SeenState.FAILED
    return SeenState.PROCESSING


def _seen_refund(made: stripe.Refund) -> SeenRefund:
    intent, order_number = _intent_of(made.payment_intent)
    return SeenRefund(
        refund_id=made.id,
        number=_word(made.metadata, "refund"),
        intent=intent,
        order_number=order_number,
        state=REFUND_STATES.get(made.status or "", SeenRefundState.GOING),
        amount=made.amount,
        currency=made.currency,
        problem=made.failure_reason or "",
    )


def _seen_dispute(made: stripe.Dispute) -> SeenDispute:
    intent, order_number = _intent_of(made.payment_intent)
    due_by = made.evidence_details.due_by
    return SeenDispute(
        dispute_id=made.id,
        intent=intent,
        order_number=order_number,
        state=DISPUTE_STATES.get(made.status, SeenDisputeState.OPEN),
        amount=made.amount,
        currency=made.currency,
        reason=made.reason,
        opened_at=_instant(made.created),
        answer_by_at=_instant(due_by) if due_by else None,
    )


def _intent_of(intent: Any) -> tuple[str, str]:
    """Return a payment's id, and the number of the order that it was made for."""
    if isinstance(intent, stripe.PaymentIntent):
        return intent.id, _word(intent.metadata, "order")
    return intent or "", ""


def _word(metadata: Any, name: str) -> str:
    return str(metadata[name]) if metadata and name in metadata else ""


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _origin(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"
