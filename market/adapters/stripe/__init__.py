"""Card, Alipay and WeChat payments through Stripe's hosted page.

Shapes and names are those of Stripe's API as the pinned SDK knows it. Nothing here
was ever run against Stripe; docs/decisions/0007-cards-are-a-protocol.md says how to.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import stripe

from market.core.errors import Refused
from market.core.labels import Label

CURRENCY = "cny"
PAY_ORIGIN = "https://checkout.stripe.com"
SECONDS_TO_WAIT = 10
# Stripe keeps its page open for half an hour at least; we close it before, by calling.
LEAST_OPEN = dt.timedelta(minutes=31)
METHODS = ("card", "alipay", "wechat_pay")
KINDS = frozenset(
    f"checkout.session.{what}"
    for what in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
)


class SeenState(Label):
    """Where the processor says an attempt stands."""

    OPEN = "open", "等待付款"
    PROCESSING = "processing", "处理中"
    PAID = "paid", "已付款"
    FAILED = "failed", "付款失败"
    EXPIRED = "expired", "已关闭"


@dataclass(frozen=True)
class Wanted:
    """What a buyer is to pay; ``reference`` is also the key under which it is made once.

    ``order_number`` is an order's, or a statement's; ``kind`` says which.
    """

    reference: str
    order_number: str
    amount_fen: int
    open_until: dt.datetime
    back_to: str
    leave_to: str
    kind: str = "订单"


@dataclass(frozen=True)
class Seen:
    """An attempt as the processor shows it; what was paid is in the currency's smallest unit."""

    session_id: str
    reference: str
    state: SeenState
    amount: int
    currency: str
    intent: str
    method: str
    address: str


@dataclass(frozen=True)
class Notice:
    """A notice whose signature is right; ``session_id`` is empty where it is about no attempt."""

    event_id: str
    kind: str
    session_id: str


class Cards(Protocol):
    """What the market asks of a processor of online payments.

    ``origin`` is where its page is, ``methods`` what one pays with there. Each call may be repeated; each is refused, with a
    sentence for the buyer, when the processor doesn't answer.
    """

    origin: str
    methods: tuple[str, ...]

    def begin(self, wanted: Wanted) -> Seen: ...

    def look(self, session_id: str) -> Seen | None: ...

    def close(self, session_id: str) -> Seen | None: ...

    def read(self, body: bytes, signature: str) -> Notice: ...


class StripeCards:
    """Stripe Checkout; ``base`` is another server that speaks Stripe's API: the stand-in."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        *,
        base: str = "",
        retries: int = 2,
        methods: tuple[str, ...] = METHODS,
    ) -> None:
        self.methods = methods
        self.origin = _origin(base) if base else PAY_ORIGIN
        self._webhook_secret = webhook_secret
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base} if base else {},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=SECONDS_TO_WAIT),
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
        except _Unaccepted:  # It is over already, or not known.
            return self.look(session_id)

    def read(self, body: bytes, signature: str) -> Notice:
        """Read a notice; one whose signature is not right, or five minutes old, is refused."""
        try:
            event = stripe.Webhook.construct_event(body, signature, self._webhook_secret)
        except (ValueError, stripe.SignatureVerificationError):
            raise Refused("通知的签名不符或已过期。") from None
        about = event.data.object
        return Notice(event.id, event.type, str(about["id"]) if event.type in KINDS else "")


class _Unaccepted(Refused):
    """The processor says that the call itself is wrong."""


class _Unknown(_Unaccepted):
    """The processor knows no such attempt."""


@contextmanager
def _in_chinese() -> Iterator[None]:
    """Turn what goes wrong at the processor into a sentence; nothing has changed here."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise _Unknown("支付通道里没有这次支付。") from error
        raise _Unaccepted("支付通道没有接受这次支付，请改用银行转账，或稍后再试。") from error
    except stripe.StripeError as error:
        raise Refused("支付通道暂时不可用，没有扣款；请稍后再试，或改用银行转账。") from error


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


def _origin(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"
