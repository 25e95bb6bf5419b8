"""The plan as written, what was reported of its indicators, and how far its projects have come."""

from market.plan.models.assessments import (
    EDITABLE,
    EXECUTION_MILLI,
    LINES_MILLI,
    WHOLE_MILLI,
    Aspect,
    Assessment,
    AssessmentLine,
    AssessmentState,
)
from market.plan.models.pairs import PAIRS, Pair
from market.plan.models.progress import (
    DateKind,
    Milestone,
    MilestoneState,
    ProjectDate,
    ProjectReport,
    ReportPhoto,
    ReportState,
)
from market.plan.models.records import (
    PLAN_YEAR,
    IndicatorFile,
    IndicatorRecord,
    IndicatorSubject,
    RecordState,
)
from market.plan.models.steps import MilestoneStep, PairStep, RecordStep, ReportStep
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
    "EDITABLE",
    "EXECUTION_MILLI",
    "LINES_MILLI",
    "PAIRS",
    "PLAN_YEAR",
    "WHOLE_MILLI",
    "Area",
    "Aspect",
    "Assessment",
    "AssessmentLine",
    "AssessmentState",
    "Clause",
    "DateKind",
    "Indicator",
    "IndicatorFile",
    "IndicatorRecord",
    "IndicatorSubject",
    "Milestone",
    "MilestoneState",
    "MilestoneStep",
    "Note",
    "Pair",
    "PairStep",
    "PlanText",
    "Project",
    "ProjectDate",
    "ProjectReport",
    "RecordState",
    "RecordStep",
    "ReportPhoto",
    "ReportState",
    "ReportStep",
    "Safeguard",
    "Shape",
    "Split",
]
