"""How far the projects have come, and who may report and check it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.plan.models import (
    Assessment,
    DateKind,
    Milestone,
    MilestoneState,
    MilestoneStep,
    Project,
    ProjectDate,
    ProjectReport,
    ReportPhoto,
    ReportState,
    ReportStep,
)
from market.plan.queries.alerts import Alert, Dates, Facts, Money, alerts_of
from market.plan.queries.knowing import end_of, last_steps
from market.plan.queries.records import is_lead_of
from market.plan.queries.written import projects


def departments_of(project: Project) -> list[str]:
    """Return who answers for a project: those that its money is split among, or the inferred one."""
    parts = [split.department for split in project.splits]
    return parts or [project.our_responsible]


def may_report_project(project: Project, person: Person) -> bool:
    """Tell whether somebody is of a county agency that answers for a project."""
    return (
        person.role is Role.COUNTY
        and bool(person.agency)
        and person.agency in departments_of(project)
    )


def may_steer(project: Project, person: Person) -> bool:
    """Tell whether somebody may enter dates and milestones: who reports, or who checks."""
    return may_report_project(project, person) or _leads(project, person)


def may_check(report: ProjectReport | Assessment, person: Person) -> bool:
    """Tell whether somebody may decide a report or an assessment: the lead's, never its maker."""
    return person.id != report.made_by_id and _leads(report.project, person)


def report_of(session: Session, number: int, year: int, month: int) -> ProjectReport | None:
    """Return a project's report of a month with everything its page shows."""
    return session.scalar(
        sa.select(ProjectReport)
        .join(ProjectReport.project)
        .where(Project.number == number, ProjectReport.year == year, ProjectReport.month == month)
        .options(
            joinedload(ProjectReport.project, innerjoin=True).joinedload(Project.clause),
            joinedload(ProjectReport.project, innerjoin=True).selectinload(Project.splits),
            joinedload(ProjectReport.made_by, innerjoin=True),
            joinedload(ProjectReport.checked_by),
            _photos(),
        )
    )


def reports_of(
    session: Session,
    project: Project,
    *,
    checked_only: bool = False,
    on: dt.date | None = None,
) -> Sequence[ProjectReport]:
    """Return the reports of a project with people and photos, the newest month first.

    ``on`` leaves those that were checked by the end of that day: they say the same ever since.
    """
    select = (
        sa.select(ProjectReport)
        .where(ProjectReport.project_id == project.id)
        .options(
            joinedload(ProjectReport.made_by, innerjoin=True),
            joinedload(ProjectReport.checked_by),
            _photos(),
        )
        .order_by(ProjectReport.year.desc(), ProjectReport.month.desc())
    )
    if on is not None:
        select = select.where(ProjectReport.checked_at < end_of(on))
    elif checked_only:
        select = select.where(ProjectReport.state == ReportState.CHECKED)
    return session.scalars(select).all()


def report_beside(
    session: Session, project: Project, year: int, month: int, *, later: bool = False
) -> ProjectReport | None:
    """Return the report of the nearest earlier month, or later one, that was not sent back."""
    at = sa.tuple_(ProjectReport.year, ProjectReport.month)
    here = sa.tuple_(sa.literal(year), sa.literal(month))
    order = (ProjectReport.year, ProjectReport.month)
    return session.scalar(
        sa.select(ProjectReport)
        .where(
            ProjectReport.project_id == project.id,
            ProjectReport.state != ReportState.RETURNED,
            at > here if later else at < here,
        )
        .order_by(*(order if later else (column.desc() for column in order)))
        .limit(1)
    )


def waiting_reports(session: Session, person: Person) -> list[ProjectReport]:
    """Return the reports that somebody may check, the longest waiting first."""
    rows = session.scalars(
        sa.select(ProjectReport)
        .where(ProjectReport.state == ReportState.SUBMITTED)
        .options(joinedload(ProjectReport.project, innerjoin=True).joinedload(Project.clause))
        .order_by(ProjectReport.submitted_at, ProjectReport.id)
    )
    return [report for report in rows if may_check(report, person)]


def days_of(session: Session, project: Project, on: dt.date | None = None) -> Sequence[ProjectDate]:
    """Return every day that was entered for a project, the newest first; by the end of ``on``."""
    select = (
        sa.select(ProjectDate)
        .where(ProjectDate.project_id == project.id)
        .options(joinedload(ProjectDate.by, innerjoin=True))
        .order_by(ProjectDate.id.desc())
    )
    if on is not None:
        select = select.where(ProjectDate.at < end_of(on))
    return session.scalars(select).all()


def dates_of(
    session: Session, project: Project | None = None, on: dt.date | None = None
) -> dict[int, Dates]:
    """Return the days that count, by a project's id: the newest of each kind.

    ``on`` looks at what had been entered by the end of that day.
    """
    newest = sa.select(sa.func.max(ProjectDate.id)).group_by(
        ProjectDate.project_id, ProjectDate.kind
    )
    if project is not None:
        newest = newest.where(ProjectDate.project_id == project.id)
    if on is not None:
        newest = newest.where(ProjectDate.at < end_of(on))
    rows = session.execute(
        sa.select(ProjectDate.project_id, ProjectDate.kind, ProjectDate.day).where(
            ProjectDate.id.in_(newest)
        )
    )
    days: dict[int, dict[DateKind, dt.date | None]] = {}
    for project_id, kind, day in rows:
        days.setdefault(project_id, {})[kind] = day
    return {
        project_id: Dates(
            found.get(DateKind.STARTED), found.get(DateKind.PLANNED), found.get(DateKind.FINISHED)
        )
        for project_id, found in days.items()
    }


@dataclass(frozen=True)
class Reached:
    """A milestone, and what was known to have become of it; ``place`` is among those added."""

    place: int
    name: str
    planned_on: dt.date
    state: MilestoneState
    met_on: dt.date | None
    note: str


def milestones_of(
    session: Session, project: Project, on: dt.date | None = None
) -> Sequence[Reached]:
    """Return the milestones of a project by the day they are planned for.

    ``on`` returns those added by the end of that day, as they stood then.
    """
    rows = session.execute(
        sa.select(Milestone, MilestoneStep)
        .join(MilestoneStep, MilestoneStep.milestone_id == Milestone.id)
        .where(
            Milestone.project_id == project.id,
            MilestoneStep.id.in_(last_steps(MilestoneStep, MilestoneStep.milestone_id, on)),
        )
        .order_by(Milestone.id)
    )
    found = [
        Reached(place, held.name, held.planned_on, step.became, step.met_on, step.note)
        for place, (held, step) in enumerate(rows, 1)
    ]
    return sorted(found, key=lambda one: (one.planned_on, one.place))


def milestone_of(session: Session, number: int, place: int) -> Milestone | None:
    """Return a milestone of a project by the order in which they were added, from 1."""
    return session.scalar(
        sa.select(Milestone)
        .join(Milestone.project)
        .where(Project.number == number)
        .order_by(Milestone.id)
        .offset(place - 1)
        .limit(1)
    )


@dataclass(frozen=True)
class Progress:
    """How far one project has come on a day: what was checked of it, and its money."""

    project: Project
    facts: Facts
    report: ProjectReport | None
    alerts: Sequence[Alert]
    on: dt.date

    @property
    def percent(self) -> int | None:
        """Return 形象进度 in tenths as it was last checked."""
        return self.report.percent if self.report else None

    @property
    def invested_fen(self) -> int | None:
        """Return 累计完成投资 as it was last checked."""
        return self.report.invested_fen if self.report else None

    @property
    def dates(self) -> Dates:
        """Return its days."""
        return self.facts.dates

    @property
    def money(self) -> Money:
        """Return its 2020 money."""
        return self.facts.money

    @property
    def delay(self) -> int:
        """Return the days by which it is late."""
        return self.facts.delay(self.on)

    @property
    def township(self) -> str:
        """Return where it is."""
        return self.project.township

    @property
    def departments(self) -> list[str]:
        """Return who answers for it."""
        return departments_of(self.project)

    @property
    def standing(self) -> str:
        """Say in a word whether it has started and is finished."""
        if self.facts.finished(self.on):
            return "已完工"
        return "在建" if self.facts.started(self.on) else "未开工"


def progress(
    session: Session, money: Mapping[int, Money], *, on: dt.date | None = None
) -> list[Progress]:
    """Return how far each project has come; ``money`` by a project's number is the caller's.

    ``on`` is the day of judgement, today by default: what was entered, reported or checked
    later doesn't count, so that a page of that day comes out again.
    """
    on = on or clock.today()
    dates, reports = dates_of(session, on=on), _reports(session, on)
    return [
        _progress(project, dates, reports, money.get(project.number, Money()), on)
        for project in projects(session)
    ]


def progress_of(
    session: Session, project: Project, money: Money, *, on: dt.date | None = None
) -> Progress:
    """Return how far one project has come."""
    on = on or clock.today()
    reports = _reports(session, on, project)
    return _progress(project, dates_of(session, project, on), reports, money, on)


def _leads(project: Project, person: Person) -> bool:
    return person.role is Role.COORDINATOR and is_lead_of(project.clause, person)


def _photos() -> sa.orm.interfaces.ORMOption:
    return selectinload(ProjectReport.photos).joinedload(ReportPhoto.attachment, innerjoin=True)


@dataclass(frozen=True)
class _Told:
    """A report that stood at the end of a day: when it was last submitted, and whether checked."""

    report: ProjectReport
    told_at: dt.datetime
    is_checked: bool


def _reports(
    session: Session, on: dt.date, project: Project | None = None
) -> dict[int, list[_Told]]:
    """Return what stood submitted or checked at the end of a day, the oldest month first."""
    end = end_of(on)
    by_then = sa.and_(ReportStep.report_id == ProjectReport.id, ReportStep.at < end)
    state = (
        sa.select(ReportStep.became)
        .where(by_then)
        .order_by(ReportStep.id.desc())
        .limit(1)
        .correlate(ProjectReport)
        .scalar_subquery()
    )
    told_at = (
        sa.select(sa.func.max(ReportStep.at))
        .where(by_then, ReportStep.became == ReportState.SUBMITTED)
        .correlate(ProjectReport)
        .scalar_subquery()
    )
    select = (
        sa.select(ProjectReport, told_at, state)
        .where(state.in_([ReportState.SUBMITTED, ReportState.CHECKED]))
        .order_by(ProjectReport.year, ProjectReport.month)
    )
    if project is not None:
        select = select.where(ProjectReport.project_id == project.id)
    found: dict[int, list[_Told]] = {}
    for report, at, then in session.execute(select):
        told = _Told(report, at, then is ReportState.CHECKED)
        found.setdefault(report.project_id, []).append(told)
    return found


def _progress(
    project: Project,
    dates: Mapping[int, Dates],
    reports: Mapping[int, list[_Told]],
    money: Money,
    on: dt.date,
) -> Progress:
    mine = reports.get(project.id, [])
    checked = [told.report for told in mine if told.is_checked]
    facts = Facts(
        project.finish_year,
        dates.get(project.id, Dates()),
        money,
        any(report.percent for report in checked),
        max((clock.day_of(told.told_at) for told in mine), default=None),
    )
    return Progress(project, facts, checked[-1] if checked else None, alerts_of(facts, on), on)
