"""Pages on the plan's money."""

from market.funds.views.bp import bp

__all__ = ["bp"]
