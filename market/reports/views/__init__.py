"""Pages of reports: tables to read and to take away, and ways to watch the year."""

from market.reports.views import groups, tables
from market.reports.views.bp import bp

__all__ = ["bp", "groups", "tables"]
