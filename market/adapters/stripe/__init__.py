"""Card, Alipay and WeChat payments through Stripe's hosted page, and what goes back of them.

Shapes and names are those of Stripe's API as the pinned SDK knows it. Nothing here
was ever run against Stripe; docs/decisions/0007-cards-are-a-protocol.md says how to.
"""

from market.adapters.stripe.client import Rejected, StripeCards
from market.adapters.stripe.seen import (
    CURRENCY,
    METHODS,
    Cards,
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

__all__ = [
    "CURRENCY",
    "METHODS",
    "Cards",
    "Notice",
    "Rejected",
    "Seen",
    "SeenDispute",
    "SeenDisputeState",
    "SeenRefund",
    "SeenRefundState",
    "SeenState",
    "StripeCards",
    "Subject",
    "Wanted",
    "WantedRefund",
]
