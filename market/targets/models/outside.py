"""Purchases made outside the shop (平台外申报), with what proves them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.catalog.models import Supplier
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.units.models import Unit


class OutsideKind(Label):
    """Where a purchase outside the shop was made."""

    NATIONAL_PLATFORM = "national_platform", "国家平台（832平台）"
    INVOICE = "invoice", "线下采购（凭发票）"
    FAIR_STAND = "fair_stand", "展销摊位"
    OTHER = "other", "其他渠道"


class OutsideState(Label):
    """How far a purchase has come; what is not verified doesn't count."""

    SUBMITTED = "submitted", "待核实"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"
    VERIFIED = "verified", "已核实"
    REVERSED = "reversed", "已冲销"


# Among these an invoice, an order of the national platform and a unit's receipt of a day may stand once.
LIVE = "state IN ('submitted', 'verified')"


class OutsidePurchase(Model):
    """What a unit says it bought outside the shop, until another person has verified it.

    ``version`` counts how often it was submitted: what is verified is the version that
    was seen. ``supplier_id`` where the seller is one of ours, whose name stands in
    ``seller`` all the same.
    """

    __tablename__ = "outside_purchase"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.CheckConstraint("verified_by_id <> made_by_id", "verifier_is_not_maker"),
        sa.CheckConstraint(
            "(state IN ('verified', 'reversed')) = (verified_by_id IS NOT NULL)",
            "verified_by_somebody",
        ),
        sa.CheckConstraint(
            "(state = 'reversed') = (reversed_by_id IS NOT NULL)", "reversed_by_somebody"
        ),
        sa.CheckConstraint(
            "reversed_by_id <> made_by_id AND reversed_by_id <> verified_by_id",
            "another_reverses",
        ),
        sa.Index(
            "uq_outside_purchase_live_invoice",
            "invoice_code",
            "invoice_no",
            unique=True,
            sqlite_where=sa.text(f"invoice_no <> '' AND {LIVE}"),
            postgresql_where=sa.text(f"invoice_no <> '' AND {LIVE}"),
        ),
        sa.Index(
            "uq_outside_purchase_live_order",
            "order_no",
            unique=True,
            sqlite_where=sa.text(f"order_no <> '' AND {LIVE}"),
            postgresql_where=sa.text(f"order_no <> '' AND {LIVE}"),
        ),
        sa.Index(
            "uq_outside_purchase_live_receipt",
            "unit_id",
            "bought_on",
            "receipt_no",
            unique=True,
            sqlite_where=sa.text(f"receipt_no <> '' AND {LIVE}"),
            postgresql_where=sa.text(f"receipt_no <> '' AND {LIVE}"),
        ),
        sa.Index(None, "unit_id", "bought_on"),
        sa.Index(None, "state", "bought_on"),
    )

    MOVES: dict[OutsideState, set[OutsideState]] = {
        OutsideState.SUBMITTED: {
            OutsideState.VERIFIED,
            OutsideState.RETURNED,
            OutsideState.WITHDRAWN,
        },
        OutsideState.RETURNED: {OutsideState.SUBMITTED, OutsideState.WITHDRAWN},
        OutsideState.WITHDRAWN: set(),
        OutsideState.VERIFIED: {OutsideState.REVERSED},
        OutsideState.REVERSED: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    state: Mapped[OutsideState] = mapped_column(default=OutsideState.SUBMITTED)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[OutsideKind]
    bought_on: Mapped[dt.date]
    seller: Mapped[str] = mapped_column(sa.String(80))
    products: Mapped[str] = mapped_column(sa.String(200))
    amount_fen: Mapped[Fen]
    invoice_code: Mapped[str] = mapped_column(sa.String(20), default="")
    invoice_no: Mapped[str] = mapped_column(sa.String(20), default="")
    order_no: Mapped[str] = mapped_column(sa.String(40), default="")
    receipt_no: Mapped[str] = mapped_column(sa.String(40), default="")
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    submitted_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    verified_at: Mapped[dt.datetime | None]
    reversed_at: Mapped[dt.datetime | None]
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    supplier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supplier.id"), index=True)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    verified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    reversed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    unit: Mapped[Unit] = relationship(innerjoin=True)
    supplier: Mapped[Supplier | None] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    verified_by: Mapped[Person | None] = relationship(foreign_keys=[verified_by_id])
    reversed_by: Mapped[Person | None] = relationship(foreign_keys=[reversed_by_id])
    files: Mapped[list["OutsideFile"]] = relationship(
        order_by="OutsideFile.id", cascade="all, delete-orphan"
    )


class OutsideFile(Model):
    """A file that proves a purchase."""

    __tablename__ = "outside_file"
    __table_args__ = (sa.UniqueConstraint("purchase_id", "attachment_id"),)

    purchase_id: Mapped[int] = mapped_column(sa.ForeignKey("outside_purchase.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), index=True)

    attachment: Mapped[Attachment] = relationship(innerjoin=True)
