"""Pages of fairs."""

from market.fairs.views import comparison, fairs, intentions, results, sales, stands, till, twins
from market.fairs.views.bp import bp

__all__ = ["bp", "comparison", "fairs", "intentions", "results", "sales", "stands", "till", "twins"]
