"""Files and what they are attached for."""

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core import clock
from market.core.db import Model


class StoredFile(Model):
    """The content of an upload; the same content twice is one row."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(sa.String(80))
    stored_at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class Attachment(Model):
    """A file as somebody gave it: its name, and who may see it.

    Anyone sees a public one; others are seen by who gave it, by the people of its
    unit and of its supplier, and by those who oversee.
    """

    __tablename__ = "attachment"

    token: Mapped[str] = mapped_column(
        sa.String(30), unique=True, default=lambda: secrets.token_urlsafe(16)
    )
    name: Mapped[str] = mapped_column(sa.String(200))
    is_public: Mapped[bool] = mapped_column(default=False)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    supplier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supplier.id"))

    file: Mapped[StoredFile] = relationship()
