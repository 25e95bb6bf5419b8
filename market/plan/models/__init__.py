"""The plan as written, and what was reported of its indicators."""

from market.plan.models.pairs import PAIRS, Pair
from market.plan.models.records import (
    PLAN_YEAR,
    IndicatorFile,
    IndicatorRecord,
    IndicatorSubject,
    RecordState,
)
from market.plan.models.written import (
    Area,
    Clause,
    Indicator,
    Note,
    PlanText,
    Project,
    Safeguard,
    Shape,
    Split,
)

__all__ = [
    "PAIRS",
    "PLAN_YEAR",
    "Area",
    "Clause",
    "Indicator",
    "IndicatorFile",
    "IndicatorRecord",
    "IndicatorSubject",
    "Note",
    "Pair",
    "PlanText",
    "Project",
    "RecordState",
    "Safeguard",
    "Shape",
    "Split",
]
