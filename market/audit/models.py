"""The audit trail: deeds, and the seals that chain them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.core import clock
from market.core.db import Model


class Entry(Model):
    """One deed: what was done to which thing, by whom, when; nobody means the system."""

    __tablename__ = "audit_entry"

    at: Mapped[dt.datetime] = mapped_column(default=clock.now, index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    deed: Mapped[str] = mapped_column(sa.String(60), index=True)
    about: Mapped[str] = mapped_column(sa.String(80), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class Seal(Model):
    """One link of the chain: the SHA-256 of the previous link and one entry's canonical JSON.

    ``position`` counts from 1 without gaps, so a chain that was cut short is seen
    by whoever knows a later head.
    """

    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(unique=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    previous: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    sealed_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
