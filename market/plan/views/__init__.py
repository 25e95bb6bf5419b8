"""Pages of the plan: as written, its indicators and what was reported of them, pairs, projects."""

from market.plan.views import (
    assessments,
    imports,
    indicators,
    knowing,
    milestones,
    pairs,
    progress,
    project,
    records,
    reports,
    written,
)
from market.plan.views.bp import bp

__all__ = [
    "assessments",
    "bp",
    "imports",
    "indicators",
    "knowing",
    "milestones",
    "pairs",
    "progress",
    "project",
    "records",
    "reports",
    "written",
]
