"""What was reported of an indicator, with its evidence and the people it counts."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.plan.models.pairs import Pair
from market.plan.models.written import Indicator

PLAN_YEAR = 2020


class RecordState(Label):
    """How far a record has come; what is not verified doesn't count."""

    SUBMITTED = "submitted", "待核实"
    RETURNED = "returned", "已退回"
    VERIFIED = "verified", "已核实"
    REVERSED = "reversed", "已冲销"


class IndicatorRecord(Model):
    """One thing done for an indicator: on which day, how much, where, proved by which files.

    Value is in the indicator's unit, 1 for one that is only done or not; money stands in fen.
    ``year`` is the one it counts in. A reversal is a row of its own with the opposite
    figures and the day it was made, counted in the year of the row it takes back; both
    stand in the list, so that the rows sum to the figure. ``version`` counts how often it
    was submitted: what is verified is the version that was seen.
    """

    __tablename__ = "indicator_record"
    __table_args__ = (
        sa.CheckConstraint("value <> 0 OR amount_fen <> 0", "says_something"),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND value >= 0 AND amount_fen >= 0)"
            " OR (reverses_id IS NOT NULL AND value <= 0 AND amount_fen <= 0)",
            "sign",
        ),
        sa.CheckConstraint("verified_by_id <> made_by_id", "verifier_is_not_maker"),
        sa.CheckConstraint(
            "reverses_id IS NOT NULL"
            " OR (state IN ('verified', 'reversed')) = (verified_by_id IS NOT NULL)",
            "verified_by_somebody",
        ),
        sa.CheckConstraint("reverses_id IS NULL OR state = 'verified'", "reversal_stands"),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", "year"),
        sa.Index(None, "indicator_id", "year", "state"),
        sa.Index(None, "year", "state"),
    )

    MOVES: dict[RecordState, set[RecordState]] = {
        RecordState.SUBMITTED: {RecordState.VERIFIED, RecordState.RETURNED},
        RecordState.RETURNED: {RecordState.SUBMITTED},
        RecordState.VERIFIED: {RecordState.REVERSED},
        RecordState.REVERSED: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    state: Mapped[RecordState] = mapped_column(default=RecordState.SUBMITTED)
    version: Mapped[int] = mapped_column(default=1)
    year: Mapped[int]
    happened_on: Mapped[dt.date]
    value: Mapped[int]
    amount_fen: Mapped[Fen] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(sa.String(60))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    verified_at: Mapped[dt.datetime | None]
    indicator_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_indicator.id"))
    pair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_pair.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("indicator_record.id"), unique=True
    )
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    verified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    indicator: Mapped[Indicator] = relationship(innerjoin=True)
    pair: Mapped[Pair | None] = relationship()
    reverses: Mapped["IndicatorRecord | None"] = relationship(remote_side="IndicatorRecord.id")
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    verified_by: Mapped[Person | None] = relationship(foreign_keys=[verified_by_id])
    files: Mapped[list["IndicatorFile"]] = relationship(
        order_by="IndicatorFile.id", cascade="all, delete-orphan"
    )


class IndicatorFile(Model):
    """A file that proves a record."""

    __tablename__ = "indicator_file"
    __table_args__ = (sa.UniqueConstraint("record_id", "attachment_id"),)

    record_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_record.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), index=True)

    attachment: Mapped[Attachment] = relationship(innerjoin=True)


class IndicatorSubject(Model):
    """One person that a record counts, as a keyed digest; who it is, is kept nowhere.

    ``is_live`` says that the record is submitted or verified: among those the database
    lets a person stand once per indicator and year.
    """

    __tablename__ = "indicator_subject"
    __table_args__ = (
        sa.UniqueConstraint("record_id", "digest"),
        sa.Index(
            "uq_indicator_subject_live_person",
            "indicator_id",
            "year",
            "digest",
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        ),
    )

    digest: Mapped[str] = mapped_column(sa.String(64))
    year: Mapped[int]
    is_live: Mapped[bool] = mapped_column(default=True)
    indicator_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_indicator.id"))
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator_record.id"))
