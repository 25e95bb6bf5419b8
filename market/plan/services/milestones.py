"""Enter the days and the milestones of a project."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock
from market.core.errors import Refused
from market.core.states import move
from market.plan.models import DateKind, Milestone, MilestoneState, Project, ProjectDate
from market.plan.queries.alerts import Dates
from market.plan.queries.knowing import made_before
from market.plan.queries.progress import dates_of, departments_of, may_steer
from market.plan.services.steps import keep_step

FIRST, LAST = dt.date(2010, 1, 1), dt.date(2100, 12, 31)


def set_date(
    session: Session,
    project: Project,
    kind: DateKind,
    day: dt.date | None,
    *,
    reason: str = "",
    once_key: str,
    by: Person,
) -> ProjectDate:
    """Enter a day of a project; no day takes back the one that counts. Earlier rows stay.

    Refuses who neither reports of nor checks the project, a start or finish still to come, a
    finish or plan before the start, and a change without a reason.
    """
    known = session.scalar(sa.select(ProjectDate).where(ProjectDate.once_key == once_key))
    if known is not None:
        return known
    _check_steers(project, by)
    # Of two who enter days at the same moment, the second is judged by what the first entered.
    session.refresh(project, ["id"], with_for_update=True)
    now = dates_of(session, project).get(project.id, Dates())
    reason = reason.strip()
    _check_change(kind, day, _days(now)[kind], reason)
    if day is not None:
        _check_day(kind, day, now)
    entered = ProjectDate(
        once_key=once_key, kind=kind, day=day, reason=reason, project_id=project.id, by=by
    )
    session.add(entered)
    session.flush()
    record(
        session,
        "project.date_set",
        entered,
        by=by,
        project=project.number,
        kind=kind.value,
        on=day and day.isoformat(),
    )
    return entered


def add_milestone(
    session: Session,
    project: Project,
    *,
    name: str,
    planned_on: dt.date,
    once_key: str,
    by: Person,
) -> Milestone:
    """Say what a project must have reached by a day; the same one-time key adds one.

    Refuses who may not, and a name that the project has already.
    """
    known = made_before(session, Milestone, once_key)
    if known is not None:
        return known
    _check_steers(project, by)
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise Refused("请填写里程碑名称，最多 40 个字，例如“主体封顶”。", field="name")
    if not FIRST <= planned_on <= LAST:
        raise Refused(f"日期须在 {FIRST} 至 {LAST} 之间，请核对。", field="planned_on")
    made = Milestone(once_key=once_key, name=name, planned_on=planned_on, project=project)
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except sa.exc.IntegrityError:  # The name is taken, or the second click came at the same moment.
        known = made_before(session, Milestone, once_key)
        if known is None:
            raise Refused(f"这个项目已有里程碑“{name}”，请换一个名称。", field="name") from None
        return known
    keep_step(session, made, clock.now())
    record(
        session,
        "milestone.added",
        made,
        by=by,
        project=project.number,
        name=name,
        on=planned_on.isoformat(),
    )
    return made


def close_milestone(
    session: Session,
    milestone: Milestone,
    to: MilestoneState,
    *,
    met_on: dt.date | None = None,
    note: str = "",
    by: Person,
) -> None:
    """Say whether a milestone was reached, and when; partly or not wants a word on what is missing."""
    _check_steers(milestone.project, by)
    note = note.strip()
    if len(note) > 200:
        raise Refused("说明最多 200 个字。", field="note")
    if to is MilestoneState.MET:
        today = clock.today()
        if met_on is None or not FIRST <= met_on <= today:
            raise Refused(f"请填写达成日期，不晚于今天（{today}）。", field="met_on")
    elif not note:
        raise Refused(f"“{to.label}”请说明还差什么、下一步怎么办。", field="note")
    met_on = met_on if to is MilestoneState.MET else None
    move(session, milestone, to, met_on=met_on, note=note)
    keep_step(session, milestone, clock.now())
    record(
        session,
        "milestone.closed",
        milestone,
        by=by,
        project=milestone.project.number,
        name=milestone.name,
        state=to.value,
        on=met_on and met_on.isoformat(),
    )


def _days(dates: Dates) -> dict[DateKind, dt.date | None]:
    return {
        DateKind.STARTED: dates.started_on,
        DateKind.PLANNED: dates.planned_on,
        DateKind.FINISHED: dates.finished_on,
    }


def _check_steers(project: Project, by: Person) -> None:
    if not may_steer(project, by):
        answers = "、".join([*departments_of(project), *project.clause.lead_units])
        raise Refused(f"日期和里程碑由责任单位或牵头单位（{answers}）登记，请联系他们。")


def _check_change(kind: DateKind, day: dt.date | None, before: dt.date | None, reason: str) -> None:
    if len(reason) > 200:
        raise Refused("原因最多 200 个字。", field="reason")
    if day == before:
        held = f"已经是 {before}，没有变化" if before else "还没有登记，请填写日期"
        raise Refused(f"{kind.label}日期{held}。", field="day")
    if before is not None and not reason:
        raise Refused(
            f"{kind.label}日期原为 {before}，改动请填写原因；原来的登记会保留。", field="reason"
        )


def _check_day(kind: DateKind, day: dt.date, now: Dates) -> None:
    today = clock.today()
    if not FIRST <= day <= LAST:
        raise Refused(f"日期须在 {FIRST} 至 {LAST} 之间，请核对。", field="day")
    if kind is not DateKind.PLANNED and day > today:
        raise Refused(f"{kind.label}日期不能晚于今天（{today}），请在当天或之后登记。", field="day")
    if kind is DateKind.STARTED:
        if now.finished_on is not None and day > now.finished_on:
            raise Refused(f"开工不能晚于已登记的完工日期 {now.finished_on}，请核对。", field="day")
    elif now.started_on is not None and day < now.started_on:
        raise Refused(f"{kind.label}不能早于开工日期 {now.started_on}，请核对。", field="day")
