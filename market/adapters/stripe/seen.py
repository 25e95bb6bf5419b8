"""What the market asks of a processor of online payments, and what it is shown."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from market.core.labels import Label

CURRENCY = "cny"
METHODS = ("card", "alipay", "wechat_pay")


class SeenState(Label):
    """Where the processor says an attempt stands."""

    OPEN = "open", "等待付款"
    PROCESSING = "processing", "处理中"
    PAID = "paid", "已付款"
    FAILED = "failed", "付款失败"
    EXPIRED = "expired", "已关闭"


class SeenRefundState(Label):
    """Where the processor says a refund stands."""

    GOING = "going", "退款处理中"
    DONE = "done", "已退款"
    FAILED = "failed", "退款失败"


class SeenDisputeState(Label):
    """Where the processor says a dispute stands."""

    OPEN = "open", "待应对"
    REVIEW = "review", "审理中"
    WON = "won", "已胜诉"
    LOST = "lost", "已败诉"
    CLOSED = "closed", "已撤销"


class Subject(Label):
    """What a notice is about, as far as the market acts upon it."""

    ATTEMPT = "attempt", "在线支付"
    REFUNDS = "refunds", "退款"
    DISPUTE = "dispute", "支付争议"


SUBJECTS = {
    **{
        f"checkout.session.{what}": Subject.ATTEMPT
        for what in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
    },
    **dict.fromkeys(
        ("refund.created", "refund.updated", "refund.failed", "charge.refunded"), Subject.REFUNDS
    ),
    **{
        f"charge.dispute.{what}": Subject.DISPUTE
        for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
    },
}


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
class WantedRefund:
    """What is to go back of a payment; ``reference`` is the key under which it is made once."""

    reference: str
    number: str
    intent: str
    amount_fen: int


@dataclass(frozen=True)
class SeenRefund:
    """A refund as the processor shows it; ``number`` is ours, empty for one made there.

    ``order_number`` is what the payment was made for, as we told the processor then.
    """

    refund_id: str
    number: str
    intent: str
    order_number: str
    state: SeenRefundState
    amount: int
    currency: str
    problem: str = ""


@dataclass(frozen=True)
class SeenDispute:
    """A dispute as the processor shows it, in the currency's smallest unit."""

    dispute_id: str
    intent: str
    order_number: str
    state: SeenDisputeState
    amount: int
    currency: str
    reason: str
    opened_at: dt.datetime
    answer_by_at: dt.datetime | None


@dataclass(frozen=True)
class Notice:
    """A notice whose signature is right; ``about`` is the id of what is to be asked after.

    That is the attempt, the payment whose refunds changed, or the dispute; it is
    empty where the market does not act upon it.
    """

    event_id: str
    kind: str
    about: str

    @property
    def subject(self) -> Subject | None:
        """What kind of thing it is about."""
        return SUBJECTS.get(self.kind)


class Cards(Protocol):
    """What the market asks of a processor of online payments.

    ``origin`` is where its page is, ``methods`` what one pays with there. Each call may
    be repeated; each is refused, with a sentence for a person, when the processor doesn't
    answer, and with ``Rejected`` when it will never do what it was asked.
    """

    origin: str
    methods: tuple[str, ...]

    def begin(self, wanted: Wanted) -> Seen: ...

    def look(self, session_id: str) -> Seen | None: ...

    def close(self, session_id: str) -> Seen | None: ...

    def refund(self, wanted: WantedRefund) -> SeenRefund: ...

    def refunds_of(self, intent: str) -> Sequence[SeenRefund]: ...

    def look_at_dispute(self, dispute_id: str) -> SeenDispute | None: ...

    def read(self, body: bytes, signature: str) -> Notice: ...
