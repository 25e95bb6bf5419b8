"""How far the projects have come: monthly reports with photos, dates, milestones."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.plan.models.written import Project


class ReportState(Label):
    """How far a monthly report has come; what is not checked doesn't count."""

    SUBMITTED = "submitted", "待核对"
    RETURNED = "returned", "已退回"
    CHECKED = "checked", "已核对"


class DateKind(Label):
    """What happens to a project on a day."""

    STARTED = "started", "开工"
    PLANNED = "planned", "计划完工"
    FINISHED = "finished", "完工"


class MilestoneState(Label):
    """What has become of a milestone."""

    PLANNED = "planned", "计划中"
    MET = "met", "已达成"
    PARTLY = "partly", "部分达成"
    MISSED = "missed", "未达成"


class ProjectReport(Model):
    """What the county says of a project at the end of a month, once per month.

    Percent is 形象进度 in tenths (0 to 1000), ``invested_fen`` is 累计完成投资 of all sources.
    ``why_…`` are reasons for figures that were odd: one that falls, or is above the total.
    ``version`` counts how often it was submitted: what is checked is the version seen.
    """

    __tablename__ = "project_report"
    __table_args__ = (
        sa.CheckConstraint("percent BETWEEN 0 AND 1000", "percent"),
        sa.CheckConstraint("invested_fen >= 0", "invested"),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", "year"),
        sa.CheckConstraint("month BETWEEN 1 AND 12", "month"),
        sa.CheckConstraint("checked_by_id <> made_by_id", "checker_is_not_maker"),
        sa.CheckConstraint(
            "(state = 'checked') = (checked_by_id IS NOT NULL)", "checked_by_somebody"
        ),
        sa.UniqueConstraint("project_id", "year", "month"),
        sa.Index(None, "state"),
    )

    MOVES: dict[ReportState, set[ReportState]] = {
        ReportState.SUBMITTED: {ReportState.CHECKED, ReportState.RETURNED},
        ReportState.RETURNED: {ReportState.SUBMITTED},
        ReportState.CHECKED: set(),
    }

    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    state: Mapped[ReportState] = mapped_column(default=ReportState.SUBMITTED)
    version: Mapped[int] = mapped_column(default=1)
    year: Mapped[int]
    month: Mapped[int]
    percent: Mapped[int]
    invested_fen: Mapped[Fen]
    problem: Mapped[str] = mapped_column(sa.String(500), default="")
    measure: Mapped[str] = mapped_column(sa.String(500), default="")
    why_percent: Mapped[str] = mapped_column(sa.String(200), default="")
    why_invested: Mapped[str] = mapped_column(sa.String(200), default="")
    why_total: Mapped[str] = mapped_column(sa.String(200), default="")
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    submitted_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    checked_at: Mapped[dt.datetime | None]
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_project.id"))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    project: Mapped[Project] = relationship(innerjoin=True)
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
    photos: Mapped[list["ReportPhoto"]] = relationship(
        order_by="ReportPhoto.id", cascade="all, delete-orphan"
    )

    @property
    def code(self) -> str:
        """Return the month as it stands in an address: 2020-06."""
        return f"{self.year}-{self.month:02}"


class ReportPhoto(Model):
    """A photo of a month; everybody may see it once the report is checked."""

    __tablename__ = "project_photo"
    __table_args__ = (sa.UniqueConstraint("report_id", "attachment_id"),)

    report_id: Mapped[int] = mapped_column(sa.ForeignKey("project_report.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), index=True)

    attachment: Mapped[Attachment] = relationship(innerjoin=True)


class ProjectDate(Model):
    """A day that was entered for a project; the newest row of a kind counts, no day takes it back.

    Triggers, made by the revision that makes the table, refuse UPDATE and DELETE.
    """

    __tablename__ = "project_date"
    __table_args__ = (sa.Index(None, "project_id", "kind"),)

    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    kind: Mapped[DateKind]
    day: Mapped[dt.date | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_project.id"))
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    by: Mapped[Person] = relationship(innerjoin=True)


class Milestone(Model):
    """Something a project must have reached by a day, and whether it has."""

    __tablename__ = "project_milestone"
    __table_args__ = (
        sa.CheckConstraint("(state = 'met') = (met_on IS NOT NULL)", "met_on"),
        sa.UniqueConstraint("project_id", "name"),
    )

    MOVES: dict[MilestoneState, set[MilestoneState]] = {
        MilestoneState.PLANNED: {
            MilestoneState.MET,
            MilestoneState.PARTLY,
            MilestoneState.MISSED,
        },
        MilestoneState.PARTLY: {MilestoneState.MET, MilestoneState.MISSED},
        MilestoneState.MISSED: {MilestoneState.MET, MilestoneState.PARTLY},
        MilestoneState.MET: set(),
    }

    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    state: Mapped[MilestoneState] = mapped_column(default=MilestoneState.PLANNED)
    name: Mapped[str] = mapped_column(sa.String(40))
    planned_on: Mapped[dt.date]
    met_on: Mapped[dt.date | None]
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_project.id"))

    project: Mapped[Project] = relationship(innerjoin=True)
