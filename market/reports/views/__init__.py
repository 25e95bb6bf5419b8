"""Pages of reports: tables to read and to take away, and ways to watch the year."""

from market.reports.views import ahead, gap, groups, rules, tables, todo
from market.reports.views.bp import bp

__all__ = ["ahead", "bp", "gap", "groups", "rules", "tables", "todo"]
