"""The fund ledger: entries and their transfers, which the database itself lets nobody change.

Triggers, made by the revision that makes the tables, refuse UPDATE and DELETE.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.funds.models.earmarks import Account


class Act(Label):
    """What an entry does to money."""

    OPEN = "open", "按方案立账"
    HOLD = "hold", "占用（待审）"
    EFFECT = "effect", "生效"
    VOID = "void", "释放"


class LedgerEntry(Model):
    """One act on the ledger: when it happened, when it was written down, by whom, for which document.

    Never changed. ``once_key`` with ``body_sha256`` makes it happen once: the same key
    with another body is refused. An effect or a release names the hold it ends, and a
    hold is ended once; the effect of a reversal names the entry it mirrors, and an entry
    is mirrored once.
    """

    __tablename__ = "fund_entry"
    __table_args__ = (
        sa.CheckConstraint("(act IN ('effect', 'void')) = (resolves_id IS NOT NULL)", "resolves"),
        sa.CheckConstraint("reverses_id IS NULL OR act = 'effect'", "reverses"),
        sa.CheckConstraint("(document_id IS NULL) = (act = 'open')", "has_document"),
        sa.Index(None, "recorded_at"),
    )

    once_key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    body_sha256: Mapped[str] = mapped_column(sa.String(64))
    act: Mapped[Act]
    occurred_on: Mapped[dt.date]
    recorded_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fund_document.id"), index=True)
    resolves_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fund_entry.id"), unique=True)
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fund_entry.id"), unique=True)

    transfers: Mapped[list["Transfer"]] = relationship(order_by="Transfer.id")


class Transfer(Model):
    """Fen that an entry moves from one account to another; never changed.

    The earmarks and the kind of document stand here too, so that the database can
    refuse what crosses from one earmark into another without a reallocation (专款专用).
    """

    __tablename__ = "fund_transfer"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.CheckConstraint("from_id <> to_id", "moves"),
        sa.CheckConstraint(
            "from_earmark_id = to_earmark_id OR crossing IN ('reallocation', 'reversal')",
            "stays_in_its_earmark",
        ),
    )

    amount_fen: Mapped[Fen]
    crossing: Mapped[str] = mapped_column(sa.String(20), default="")
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_entry.id"), index=True)
    from_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_account.id"), index=True)
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_account.id"), index=True)
    from_earmark_id: Mapped[int] = mapped_column(sa.ForeignKey("earmark.id"))
    to_earmark_id: Mapped[int] = mapped_column(sa.ForeignKey("earmark.id"))

    source: Mapped[Account] = relationship(foreign_keys=[from_id])
    target: Mapped[Account] = relationship(foreign_keys=[to_id])
