"""Ask how the offices of the projects assess a year, and what of it was confirmed."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from market.core import clock
from market.plan.models import (
    EXECUTION_MILLI,
    PLAN_YEAR,
    Assessment,
    AssessmentLine,
    Project,
)
from market.plan.queries.knowing import end_of


def assessment_of(
    session: Session, project: Project, year: int, edition: int | None = None
) -> Assessment | None:
    """Return an edition of a project's assessment of a year with its lines and people; the newest."""
    select = (
        sa.select(Assessment)
        .where(Assessment.project_id == project.id, Assessment.year == year)
        .options(
            joinedload(Assessment.made_by, innerjoin=True),
            joinedload(Assessment.confirmed_by),
            selectinload(Assessment.lines),
        )
        .order_by(Assessment.edition.desc())
        .limit(1)
    )
    if edition is not None:
        select = select.where(Assessment.edition == edition)
    return session.scalar(select)


def editions_of(
    session: Session, project: Project, on: dt.date | None = None
) -> Sequence[Assessment]:
    """Return every edition of a project's assessments, the newest year and edition first.

    ``on`` leaves those that were confirmed by the end of that day.
    """
    select = (
        sa.select(Assessment)
        .where(Assessment.project_id == project.id)
        .order_by(Assessment.year.desc(), Assessment.edition.desc())
    )
    if on is not None:
        select = select.where(Assessment.confirmed_at < end_of(on))
    return session.scalars(select).all()


def confirmed_assessments(
    session: Session, on: dt.date | None = None
) -> dict[tuple[int, int], Assessment]:
    """Return the last confirmed edition with its lines, by (year, project's id); in one query.

    ``on`` looks at what had been confirmed by the end of that day.
    """
    later = aliased(Assessment)

    def stands(one: Any) -> sa.ColumnElement[bool]:
        then = one.confirmed_at.is_not(None) if on is None else one.confirmed_at < end_of(on)
        return cast(sa.ColumnElement[bool], then)

    replaced = sa.exists().where(later.replaces_id == Assessment.id, stands(later))
    select = sa.select(Assessment).where(stands(Assessment), ~replaced)
    rows = session.scalars(select.options(joinedload(Assessment.lines))).unique()
    return {(row.year, row.project_id): row for row in rows}


def execution_score(rate: int | None) -> int | None:
    """Return the points for 预算执行率, in thousandths: ten times the rate, which is in tenths of a percent."""
    return None if rate is None else EXECUTION_MILLI * rate // 1000


def score_of(lines: Sequence[AssessmentLine], rate: int | None) -> int | None:
    """Return the points of an assessment together; none without a budget to compare with."""
    execution = execution_score(rate)
    if execution is None:
        return None
    return execution + sum(line.score_milli or 0 for line in lines)


def assessable_years(project: Project) -> list[int]:
    """Return the years that a project may be asked to assess: to the one after it should be finished."""
    last = min(clock.today().year, project.finish_year + 1)
    return list(range(PLAN_YEAR, last + 1))
