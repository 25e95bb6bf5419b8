"""What became of things and when: rows that are only added, so that an earlier day comes out again."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core import clock
from market.core.db import Model
from market.plan.models.progress import MilestoneState, ReportState
from market.plan.models.records import RecordState
from market.units.models import Unit


class ReportStep(Model):
    """A monthly report came into a state."""

    __tablename__ = "project_report_step"
    __table_args__ = (sa.Index(None, "report_id", "at"),)

    became: Mapped[ReportState]
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    report_id: Mapped[int] = mapped_column(sa.ForeignKey("project_report.id"))


class RecordStep(Model):
    """A record of an indicator came into a state; ``year`` is the one it counted in then."""

    __tablename__ = "indicator_record_step"
    __table_args__ = (sa.Index(None, "record_id", "at"),)

    became: Mapped[RecordState]
    year: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_record.id"))


class MilestoneStep(Model):
    """A milestone was added, or it was said what became of it."""

    __tablename__ = "project_milestone_step"
    __table_args__ = (sa.Index(None, "milestone_id", "at"),)

    became: Mapped[MilestoneState]
    met_on: Mapped[dt.date | None]
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    milestone_id: Mapped[int] = mapped_column(sa.ForeignKey("project_milestone.id"))


class PairStep(Model):
    """A pair was entered, or corrected."""

    __tablename__ = "plan_pair_step"
    __table_args__ = (sa.Index(None, "pair_id", "at"),)

    township: Mapped[str] = mapped_column(sa.String(20))
    village: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    pair_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_pair.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)

    unit: Mapped[Unit] = relationship(innerjoin=True)
