"""The nouns of ordering."""

from market.ordering.models.cart import BuyingFor, Cart, CartLine
from market.ordering.models.order import (
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
    ShortRest,
    Terms,
)
from market.ordering.models.receipt import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    Claim,
    ClaimState,
)

__all__ = [
    "Acceptance",
    "AcceptanceLine",
    "AcceptanceState",
    "BuyingFor",
    "Cart",
    "CartLine",
    "Claim",
    "ClaimState",
    "Consignment",
    "ConsignmentState",
    "Order",
    "OrderLine",
    "OrderState",
    "ShortRest",
    "Terms",
]
