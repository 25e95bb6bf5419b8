"""Pages of reports: tables to read and to take away, and ways to watch the year."""

from market.reports.views import (
    ahead,
    bulletin_deeds,
    bulletins,
    gap,
    groups,
    kinds,
    rules,
    tables,
    todo,
)
from market.reports.views.bp import bp

__all__ = [
    "ahead",
    "bp",
    "bulletin_deeds",
    "bulletins",
    "gap",
    "groups",
    "kinds",
    "rules",
    "tables",
    "todo",
]
