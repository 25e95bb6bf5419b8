"""The months in which credits are kept, and which of them still take any."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.core.db import Fen, Model
from market.core.labels import Label


class PeriodState(Label):
    """Whether a month still takes credits."""

    OPEN = "open", "开放"
    SOFT_LOCKED = "soft_locked", "已锁定"
    CLOSED = "closed", "已结账"


class Period(Model):
    """A month of China's calendar: open, locked while the rest is verified, or closed for good.

    Locked and closed in order: whatever stands before the last locked month is locked
    too, also where it has no row since nothing was counted in it. ``locked_at`` decides which purchases were
    submitted in time; ``closed_fen`` is what all units together came to when it was closed.
    """

    __tablename__ = "period"
    __table_args__ = (
        sa.UniqueConstraint("year", "month"),
        sa.CheckConstraint("month BETWEEN 1 AND 12", "month"),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", "year"),
        sa.CheckConstraint("(state = 'open') = (locked_at IS NULL)", "locked"),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL AND closed_fen IS NOT NULL)", "closed"
        ),
    )

    MOVES = {
        PeriodState.OPEN: {PeriodState.SOFT_LOCKED},
        PeriodState.SOFT_LOCKED: {PeriodState.OPEN, PeriodState.CLOSED},
        PeriodState.CLOSED: set(),
    }

    year: Mapped[int]
    month: Mapped[int]
    state: Mapped[PeriodState] = mapped_column(default=PeriodState.OPEN)
    locked_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    closed_fen: Mapped[Fen | None]
