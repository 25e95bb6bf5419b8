"""Times in which the plan's money stands still, because ``verify`` found that it doesn't add up."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.core import clock
from market.core.db import Model


class Halt(Model):
    """From the moment at which ``verify`` found differences to the one at which it found none.

    While one stands, nothing is posted; at most one does. A row stays when it is lifted.
    ``findings`` are the first of the ``count`` differences, as ``verify`` named them.
    """

    __tablename__ = "fund_halt"
    __table_args__ = (
        sa.CheckConstraint("is_standing = (lifted_at IS NULL)", "standing"),
        sa.CheckConstraint("count > 0", "count"),
        sa.Index(
            "uq_fund_halt_standing",
            "is_standing",
            unique=True,
            sqlite_where=sa.text("is_standing"),
            postgresql_where=sa.text("is_standing"),
        ),
    )

    is_standing: Mapped[bool] = mapped_column(default=True)
    raised_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    lifted_at: Mapped[dt.datetime | None]
    count: Mapped[int]
    findings: Mapped[list[str]] = mapped_column(sa.JSON)

    @property
    def since(self) -> str:
        """Return when it began, to the minute, in China."""
        return f"{self.raised_at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}"
