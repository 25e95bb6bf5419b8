"""Pages of targets, by audience."""

from market.targets.views import (
    board,
    entries,
    known,
    outside,
    outside_import,
    periods,
    reserves,
    runs,
    succession,
    unit,
    weights,
)
from market.targets.views.bp import bp

__all__ = [
    "board",
    "bp",
    "entries",
    "known",
    "outside",
    "outside_import",
    "periods",
    "reserves",
    "runs",
    "succession",
    "unit",
    "weights",
]
