"""What part of its canteen's purchases a unit reserves for the plan in a year (预留份额)."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.units.models import Canteen, Unit


class ReserveState(Label):
    """How far a filing has come."""

    SUBMITTED = "submitted", "待确认"
    RETURNED = "returned", "已退回"
    CONFIRMED = "confirmed", "已确认"


class ReserveYear(Model):
    """Whether units file their reserved share in a year; without a row they don't.

    ``least_rate`` (tenths of a percent) is a suggestion that is shown, never a bound; the
    plan names none.
    """

    __tablename__ = "reserve_year"
    __table_args__ = (
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", "year"),
        sa.CheckConstraint("least_rate BETWEEN 0 AND 1000", "least_rate"),
    )

    year: Mapped[int] = mapped_column(unique=True)
    is_open: Mapped[bool]
    least_rate: Mapped[int] = mapped_column(default=0)


class ReserveFiling(Model):
    """What a unit files for a year: its canteen, its budget for ingredients, and the share of it.

    ``rate`` is in tenths of a percent, ``reserved_fen`` the budget's share, rounded half
    up. A unit that eats in another's canteen names it and files no budget of its own.
    ``version`` counts how often it was submitted.
    """

    __tablename__ = "reserve_filing"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "year"),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", "year"),
        sa.CheckConstraint("rate BETWEEN 0 AND 1000", "rate"),
        sa.CheckConstraint("reserved_fen BETWEEN 0 AND budget_fen", "reserved"),
        sa.CheckConstraint(
            "(canteen = 'shared') = (shared_with_id IS NOT NULL)", "shared_names_one"
        ),
        sa.CheckConstraint(
            "canteen IN ('own', 'outsourced') OR budget_fen = 0", "budget_of_a_canteen"
        ),
        sa.CheckConstraint("confirmed_by_id <> made_by_id", "another_confirms"),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_by_id IS NOT NULL)", "confirmed_by_somebody"
        ),
    )

    MOVES = {
        ReserveState.SUBMITTED: {ReserveState.CONFIRMED, ReserveState.RETURNED},
        ReserveState.RETURNED: {ReserveState.SUBMITTED},
        ReserveState.CONFIRMED: {ReserveState.RETURNED},
    }

    state: Mapped[ReserveState] = mapped_column(default=ReserveState.SUBMITTED)
    version: Mapped[int] = mapped_column(default=1)
    year: Mapped[int]
    canteen: Mapped[Canteen]
    budget_fen: Mapped[Fen] = mapped_column(default=0)
    rate: Mapped[int] = mapped_column(default=0)
    reserved_fen: Mapped[Fen] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    submitted_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    confirmed_at: Mapped[dt.datetime | None]
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    shared_with_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], innerjoin=True)
    shared_with: Mapped[Unit | None] = relationship(foreign_keys=[shared_with_id])
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
