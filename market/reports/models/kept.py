"""Reports that were made and are kept."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.evidence.models import Attachment

MOST_QUERY = 700


class KeptReport(Model):
    """A large report as somebody had it made: what was asked, of which moment, what it came to.

    ``query`` are the parameters as an address writes them, ``cut_off_at`` the moment that all of
    it was read at. Whoever asks again for the same on the same day, and finds the same rows
    (``rows_sha256``), gets the kept one.
    """

    __tablename__ = "kept_report"
    __table_args__ = (
        sa.UniqueConstraint("by_id", "kind", "query", "cut_off_on", "rows_sha256"),
        sa.CheckConstraint("row_count > 0", "row_count"),
    )

    kind: Mapped[str] = mapped_column(sa.String(20))
    query: Mapped[str] = mapped_column(sa.String(MOST_QUERY))
    title: Mapped[str] = mapped_column(sa.String(120))
    note: Mapped[str] = mapped_column(sa.String(1000))
    cut_off_on: Mapped[dt.date]
    cut_off_at: Mapped[dt.datetime]
    row_count: Mapped[int]
    sum_fen: Mapped[Fen]
    rows_sha256: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now, index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), unique=True)

    by: Mapped[Person] = relationship()
    attachment: Mapped[Attachment] = relationship()
