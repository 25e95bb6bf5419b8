"""Pages of ordering, by audience."""

from market.ordering.views import approvals, cart, claims, consignments, orders, receipts
from market.ordering.views.bp import bp

__all__ = ["approvals", "bp", "cart", "claims", "consignments", "orders", "receipts"]
