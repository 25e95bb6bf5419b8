"""Notices."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.core import clock
from market.core.db import Model


class Notice(Model):
    """One message to one person, with the page where the next step is taken."""

    __tablename__ = "notice"
    __table_args__ = (sa.Index(None, "person_id", "read_at"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(sa.String(300))
    path: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    read_at: Mapped[dt.datetime | None]
