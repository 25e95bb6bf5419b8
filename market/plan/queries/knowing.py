"""What had been written down by the end of a day, so that an earlier page comes out again."""

import datetime as dt
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock
from market.core.errors import Refused
from market.plan.models import (
    PLAN_YEAR,
    Assessment,
    IndicatorRecord,
    Milestone,
    MilestoneStep,
    ProjectReport,
    RecordStep,
    ReportStep,
)

M = TypeVar("M", IndicatorRecord, ProjectReport, Milestone, Assessment)

FIRST_DAY = dt.date(PLAN_YEAR, 1, 1)


class WrongDay(Refused):
    """A page was asked for as known on a day that can't be meant."""


def day_known(typed: str) -> dt.date | None:
    """Return the past day that was typed (2020-08-31); nothing typed, or today, means as it is now.

    Refuses what is no day, one before the plan's year and one still to come.
    """
    typed, today = typed.strip(), clock.today()
    if not typed:
        return None
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        raise WrongDay("请按“年-月-日”填写日期，例如 2020-08-31。", field="on") from None
    if day < FIRST_DAY:
        raise WrongDay(f"方案自 {FIRST_DAY} 起执行，{day} 还没有记录，请选以后的日期。", field="on")
    if day > today:
        raise WrongDay(f"{day} 还没有到，最晚可看今天（{today}），请改选日期。", field="on")
    return day if day < today else None


def end_of(day: dt.date) -> dt.datetime:
    """Return the instant at which a date is over in China."""
    return clock.start_of(day + dt.timedelta(days=1))


def last_steps(step: Any, thing: Any, day: dt.date | None = None) -> sa.Select[Any]:
    """Select the ids of the last step of each thing (``thing`` names it), by the end of a day."""
    select = sa.select(sa.func.max(step.id)).group_by(thing)
    return select if day is None else select.where(step.at < end_of(day))


def counted_by(day: dt.date) -> sa.ColumnElement[bool]:
    """Say that a record, or the row that takes one back, counted by the end of a day."""
    return sa.and_(
        IndicatorRecord.verified_at.is_not(None), IndicatorRecord.verified_at < end_of(day)
    )


def made_before(session: Session, kind: type[M], once_key: str) -> M | None:
    """Return what a one-time key has made already."""
    return session.scalar(sa.select(kind).where(kind.once_key == once_key))


def step_faults(session: Session) -> list[str]:
    """Name what is not in the state that its last step led to; an empty list is good."""
    found = []
    kinds: tuple[tuple[str, Any, Any, Any], ...] = (
        ("月报", ProjectReport, ReportStep, ReportStep.report_id),
        ("指标记录", IndicatorRecord, RecordStep, RecordStep.record_id),
        ("里程碑", Milestone, MilestoneStep, MilestoneStep.milestone_id),
    )
    for what, kind, step, thing in kinds:
        last = sa.select(step).where(step.id.in_(last_steps(step, thing))).subquery()
        rows = session.execute(
            sa.select(kind.id, kind.state, last.c.became)
            .outerjoin(last, last.c[thing.key] == kind.id)
            .where(sa.or_(last.c.id.is_(None), last.c.became != kind.state))
            .order_by(kind.id)
        )
        found += [
            f"{what} {id_} 是“{now.label}”，经过里最后是“{then.label if then else '无'}”"
            for id_, now, then in rows
        ]
    return found
