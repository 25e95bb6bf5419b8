"""Pages of ordering, by audience."""

from market.ordering.views.bp import bp

__all__ = ["bp"]
