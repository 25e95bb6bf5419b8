"""Pages of the plan: as written, its indicators, what was reported of them, and the pairs."""

from market.plan.views import imports, indicators, pairs, records, written
from market.plan.views.bp import bp

__all__ = ["bp", "imports", "indicators", "pairs", "records", "written"]
