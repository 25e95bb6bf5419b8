"""Pages of the catalogue, by audience: the shop, a supplier's desk, the coordinators' review."""

from market.catalog.views import desk, review, shop, stock, suppliers
from market.catalog.views.bp import bp

__all__ = ["bp", "desk", "review", "shop", "stock", "suppliers"]
