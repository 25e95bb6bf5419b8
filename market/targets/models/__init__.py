"""Targets, what counts toward them, the totals kept of it, and the months it is kept in."""

from market.targets.models.credits import (
    SOURCES,
    Channel,
    Credit,
    CreditTotal,
    exactly_one_of,
)
from market.targets.models.issuing import (
    AllocationLine,
    AllocationRun,
    Basis,
    Pace,
    RunState,
    TargetEntry,
)
from market.targets.models.outside import (
    LIVE,
    OutsideFile,
    OutsideKind,
    OutsidePurchase,
    OutsideState,
)
from market.targets.models.periods import Period, PeriodState
from market.targets.models.reserves import ReserveFiling, ReserveState, ReserveYear

__all__ = [
    "LIVE",
    "SOURCES",
    "AllocationLine",
    "AllocationRun",
    "Basis",
    "Channel",
    "Credit",
    "CreditTotal",
    "OutsideFile",
    "OutsideKind",
    "OutsidePurchase",
    "OutsideState",
    "Pace",
    "Period",
    "PeriodState",
    "ReserveFiling",
    "ReserveState",
    "ReserveYear",
    "RunState",
    "TargetEntry",
    "exactly_one_of",
]
