"""How much each unit should buy in a year: runs that divide a total, and what documents issue."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Milli, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.units.models import Unit, UnitChange


class Pace(Label):
    """How a unit's rate stands beside the time that has passed; the words of the board."""

    REACHED = "reached", "已完成"
    AHEAD = "ahead", "超前"
    ON_TIME = "on_time", "正常"
    BEHIND = "behind", "落后"
    FAR_BEHIND = "far_behind", "严重落后"
    NO_TARGET = "no_target", "无任务"


class Basis(Label):
    """What a unit's weight in a run is made of."""

    DINERS = "diners", "用餐人数 × 供餐月数"
    STAFF = "staff", "职工人数"
    PURCHASES = "purchases", "上年采购额"
    OWN = "own", "自定权重"


class RunState(Label):
    """How far a run has come, from the first figures to the document."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待复核"
    CHECKED = "checked", "已复核"
    RETURNED = "returned", "已退回"
    ISSUED = "issued", "已下达"
    CALLED_OFF = "called_off", "已取消"


class AllocationRun(Model):
    """A total divided among units (分解下达): who takes part, by which weights, and what came of it.

    What each unit gets is computed from what stands here, by ``queries.divide``, as often
    as anybody wants to see it. ``version`` counts the calculations; zero is none yet.
    ``revises_id`` is the run whose targets it changes.
    """

    __tablename__ = "allocation_run"
    __table_args__ = (
        sa.CheckConstraint("total_fen > 0", "total"),
        sa.CheckConstraint("step_fen > 0 AND total_fen % step_fen = 0", "step"),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", "year"),
        sa.CheckConstraint("checked_by_id <> made_by_id", "another_checks"),
        sa.CheckConstraint(
            "state NOT IN ('checked', 'issued') OR checked_by_id IS NOT NULL", "checked"
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (document_no IS NOT NULL AND document_on IS NOT NULL"
            " AND attachment_id IS NOT NULL)",
            "issued_by_document",
        ),
        sa.Index(None, "year"),
    )

    MOVES = {
        RunState.DRAFT: {RunState.SUBMITTED, RunState.CALLED_OFF},
        RunState.SUBMITTED: {RunState.CHECKED, RunState.RETURNED, RunState.CALLED_OFF},
        RunState.CHECKED: {RunState.ISSUED, RunState.RETURNED, RunState.CALLED_OFF},
        RunState.RETURNED: {RunState.SUBMITTED, RunState.CALLED_OFF},
        RunState.ISSUED: set(),
        RunState.CALLED_OFF: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[RunState] = mapped_column(default=RunState.DRAFT)
    year: Mapped[int]
    total_fen: Mapped[Fen]
    step_fen: Mapped[Fen]
    basis: Mapped[Basis]
    effective_on: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    version: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    checked_at: Mapped[dt.datetime | None]
    issued_at: Mapped[dt.datetime | None]
    document_no: Mapped[str | None] = mapped_column(sa.String(60))
    document_on: Mapped[dt.date | None]
    revises_id: Mapped[int | None] = mapped_column(sa.ForeignKey("allocation_run.id"))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    attachment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))

    revises: Mapped["AllocationRun | None"] = relationship(remote_side="AllocationRun.id")
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
    issued_by: Mapped[Person | None] = relationship(foreign_keys=[issued_by_id])
    attachment: Mapped[Attachment | None] = relationship()


class AllocationLine(Model):
    """One unit of a run: what its weight is made of, its bounds, and what it got.

    ``weight_milli`` is in thousandths and ``None`` while it was not given; ``people``
    and ``months`` are what it was multiplied from. ``held_fen`` was the unit's target
    when the run was calculated, ``amount_fen`` what it becomes.
    """

    __tablename__ = "allocation_line"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "unit_id"),
        sa.CheckConstraint("weight_milli >= 0", "weight"),
        sa.CheckConstraint("people >= 0", "people"),
        sa.CheckConstraint("months BETWEEN 0 AND 12", "months"),
        sa.CheckConstraint("floor_fen >= 0", "floor"),
        sa.CheckConstraint("cap_fen >= 0", "cap"),
        sa.CheckConstraint("amount_fen >= 0", "amount"),
    )

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("allocation_run.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    people: Mapped[int | None]
    months: Mapped[int | None]
    weight_milli: Mapped[Milli | None]
    floor_fen: Mapped[Fen | None]
    cap_fen: Mapped[Fen | None]
    held_fen: Mapped[Fen] = mapped_column(default=0)
    amount_fen: Mapped[Fen | None]

    unit: Mapped[Unit] = relationship()


class TargetEntry(Model):
    """One issue or revision of a unit's target for a year; the target is their sum.

    Never changed: a revision is a new row with the difference, its own document
    number and date, and a reason. ``effective_on`` is the day since which the document
    lets it hold, ``at`` when it was written down. It may come of a run that divided a
    total, or of units that merged or split, whose entries sum to nothing.
    """

    __tablename__ = "target_entry"
    __table_args__ = (
        sa.CheckConstraint("change_fen <> 0", "change"),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", "year"),
        sa.UniqueConstraint("unit_id", "year", "document_no"),
        sa.Index(None, "year", "unit_id"),
    )

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    year: Mapped[int]
    change_fen: Mapped[Fen]
    document_no: Mapped[str] = mapped_column(sa.String(60))
    document_on: Mapped[dt.date]
    effective_on: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    attachment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("allocation_run.id"), index=True)
    unit_change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit_change.id"), index=True)

    unit: Mapped[Unit] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
    run: Mapped["AllocationRun | None"] = relationship()
    unit_change: Mapped[UnitChange | None] = relationship()
