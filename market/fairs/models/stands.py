"""Stands of a fair, what suppliers bring there, and the photos of their receipts."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.catalog.models import Sku, Supplier
from market.core import clock
from market.core.db import Fen, Milli, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.fairs.models.fairs import Fair


class StandState(Label):
    """What a supplier answered to the invitation."""

    INVITED = "invited", "待答复"
    ACCEPTED = "accepted", "参展"
    DECLINED = "declined", "不参展"


class FairStand(Model):
    """A supplier's stand at a fair, by the number on the stand."""

    __tablename__ = "fair_stand"
    __table_args__ = (
        sa.CheckConstraint("(state = 'declined') = (reason <> '')", "reason"),
        sa.CheckConstraint("(state = 'invited') = (answered_at IS NULL)", "answered"),
        sa.UniqueConstraint("fair_id", "supplier_id"),
        sa.UniqueConstraint("fair_id", "number"),
    )

    # Until the fair is over a supplier may think better of it.
    MOVES: dict[StandState, set[StandState]] = {
        StandState.INVITED: {StandState.ACCEPTED, StandState.DECLINED},
        StandState.ACCEPTED: {StandState.DECLINED},
        StandState.DECLINED: {StandState.ACCEPTED},
    }

    number: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[StandState] = mapped_column(default=StandState.INVITED)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    invited_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[dt.datetime | None]
    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"))
    supplier_id: Mapped[int] = mapped_column(sa.ForeignKey("supplier.id"), index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    fair: Mapped[Fair] = relationship(innerjoin=True)
    supplier: Mapped[Supplier] = relationship(innerjoin=True)


class FairGood(Model):
    """Goods that a stand brings: one of the supplier's SKUs, or free words; worth price × quantity."""

    __tablename__ = "fair_good"
    __table_args__ = (
        sa.CheckConstraint("price_fen > 0", "price"),
        sa.CheckConstraint("brought_milli > 0", "brought"),
        sa.CheckConstraint("stock_fen >= 0", "stock"),
    )

    name: Mapped[str] = mapped_column(sa.String(80))
    unit: Mapped[str] = mapped_column(sa.String(10))
    price_fen: Mapped[Fen]
    brought_milli: Mapped[Milli]
    stock_fen: Mapped[Fen]
    stand_id: Mapped[int] = mapped_column(sa.ForeignKey("fair_stand.id"), index=True)
    sku_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sku.id"))

    sku: Mapped[Sku | None] = relationship()


class FairProof(Model):
    """A photo of the receipts of a stand, by which a second person verifies its sales."""

    __tablename__ = "fair_proof"
    __table_args__ = (sa.UniqueConstraint("stand_id", "attachment_id"),)

    stand_id: Mapped[int] = mapped_column(sa.ForeignKey("fair_stand.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), index=True)

    attachment: Mapped[Attachment] = relationship(innerjoin=True)
