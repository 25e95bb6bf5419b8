"""Pages of targets, by audience."""

from market.targets.views import board, entries, unit
from market.targets.views.bp import bp

__all__ = ["board", "bp", "entries", "unit"]
