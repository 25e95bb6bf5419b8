"""Fairs, their days and photos, and what was reported of them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.funds.models import Activity


class FairState(Label):
    """How far a fair has come."""

    PLANNED = "planned", "筹备中"
    OPEN = "open", "进行中"
    CLOSED = "closed", "已闭幕"
    SUBMITTED = "submitted", "成果待核对"
    REPORTED = "reported", "成果已核定"
    CALLED_OFF = "called_off", "已取消"


class ResultState(Label):
    """What a second coordinator said of a result sheet."""

    SUBMITTED = "submitted", "待核对"
    RETURNED = "returned", "已退回"
    CHECKED = "checked", "已核定"


class Fair(Model):
    """One fair, online or on the spot, on some days at some place.

    Everyone sees it once it is announced. Its money is that of its funds activity: ``line``
    and ``asked_fen`` are what is to be asked for. While its result waits and once it is
    checked, nothing of it changes but what became of the intentions.
    """

    __tablename__ = "fair"
    __table_args__ = (
        sa.CheckConstraint("starts_on <= ends_on", "days"),
        sa.CheckConstraint("area_m2 >= 0", "area"),
        sa.CheckConstraint("asked_fen >= 0", "asked"),
        sa.CheckConstraint("(state = 'called_off') = (called_off_reason <> '')", "reason"),
    )

    MOVES: dict[FairState, set[FairState]] = {
        FairState.PLANNED: {FairState.OPEN, FairState.CALLED_OFF},
        FairState.OPEN: {FairState.CLOSED, FairState.CALLED_OFF},
        FairState.CLOSED: {FairState.SUBMITTED},
        FairState.SUBMITTED: {FairState.CLOSED, FairState.REPORTED},
        # A correction: what was checked is kept, and a new sheet is checked after it.
        FairState.REPORTED: {FairState.CLOSED},
        FairState.CALLED_OFF: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    state: Mapped[FairState] = mapped_column(default=FairState.PLANNED, index=True)
    is_online: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(sa.String(80), default="")
    starts_on: Mapped[dt.date] = mapped_column(index=True)
    ends_on: Mapped[dt.date]
    host: Mapped[str] = mapped_column(sa.String(80))
    co_host: Mapped[str] = mapped_column(sa.String(200), default="")
    area_m2: Mapped[int] = mapped_column(default=0)
    line: Mapped[str] = mapped_column(sa.String(60), default="")
    asked_fen: Mapped[Fen] = mapped_column(default=0)
    called_off_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    announced_at: Mapped[dt.datetime | None]
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fund_activity.id"), unique=True)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    activity: Mapped[Activity | None] = relationship()
    made_by: Mapped[Person] = relationship(innerjoin=True)


class FairDay(Model):
    """Who came on one day of a fair: visitors by head, purchasers by organisation."""

    __tablename__ = "fair_day"
    __table_args__ = (
        sa.CheckConstraint("visitors >= 0 AND purchasers >= 0", "counts"),
        sa.UniqueConstraint("fair_id", "held_on"),
    )

    held_on: Mapped[dt.date]
    visitors: Mapped[int]
    purchasers: Mapped[int]
    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"))


class FairPhoto(Model):
    """A photo of a fair; everyone may see it once the result is checked."""

    __tablename__ = "fair_photo"
    __table_args__ = (sa.UniqueConstraint("fair_id", "attachment_id"),)

    caption: Mapped[str] = mapped_column(sa.String(80), default="")
    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), index=True)

    attachment: Mapped[Attachment] = relationship(innerjoin=True)


class FairResult(Model):
    """The result sheet as it was submitted, kept word for word, and what another coordinator said of it.

    ``figures`` are whole numbers by name, money in fen; ``digest`` is the SHA-256 of them in
    canonical JSON. A corrected result is a new row with the next version.
    """

    __tablename__ = "fair_result"
    __table_args__ = (
        sa.CheckConstraint("checked_by_id <> submitted_by_id", "checker_is_another"),
        sa.CheckConstraint("(state = 'submitted') = (checked_by_id IS NULL)", "checked_by"),
        sa.UniqueConstraint("fair_id", "version"),
    )

    MOVES: dict[ResultState, set[ResultState]] = {
        ResultState.SUBMITTED: {ResultState.RETURNED, ResultState.CHECKED},
        ResultState.RETURNED: set(),
        ResultState.CHECKED: set(),
    }

    state: Mapped[ResultState] = mapped_column(default=ResultState.SUBMITTED)
    version: Mapped[int]
    figures: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    submitted_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    checked_at: Mapped[dt.datetime | None]
    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"))
    submitted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    submitted_by: Mapped[Person] = relationship(foreign_keys=[submitted_by_id], innerjoin=True)
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
