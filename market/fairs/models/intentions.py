"""What was signed at a fair (签约), and what became of it (兑现)."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.evidence.models import Attachment
from market.fairs.models.stands import FairStand
from market.units.models import Unit


class FairIntention(Model):
    """An intention signed at a fair: by a unit, or by somebody who is none, with one stand."""

    __tablename__ = "fair_intention"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.CheckConstraint("unit_id IS NOT NULL OR buyer <> ''", "buyer"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason = '')", "withdrawn"),
    )

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    buyer: Mapped[str] = mapped_column(sa.String(80), default="")
    amount_fen: Mapped[Fen]
    goods: Mapped[str] = mapped_column(sa.String(200), default="")
    signed_on: Mapped[dt.date]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"), index=True)
    stand_id: Mapped[int] = mapped_column(sa.ForeignKey("fair_stand.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    stand: Mapped[FairStand] = relationship(innerjoin=True)
    unit: Mapped[Unit | None] = relationship()
    attachment: Mapped[Attachment] = relationship(innerjoin=True)
    made_by: Mapped[Person] = relationship(innerjoin=True)

    @property
    def buyer_name(self) -> str:
        """Return who signed."""
        return self.unit.name if self.unit else self.buyer


class FairFulfilment(Model):
    """What was delivered of an intention outside the shop, with its evidence; taken back by a counter-row."""

    __tablename__ = "fair_fulfilment"
    __table_args__ = (
        sa.CheckConstraint(
            "(reverses_id IS NULL AND amount_fen > 0) OR (reverses_id IS NOT NULL AND amount_fen < 0)",
            "sign",
        ),
    )

    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    amount_fen: Mapped[Fen]
    happened_on: Mapped[dt.date]
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    intention_id: Mapped[int] = mapped_column(sa.ForeignKey("fair_intention.id"), index=True)
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"))
    reverses_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("fair_fulfilment.id"), unique=True
    )
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    attachment: Mapped[Attachment] = relationship(innerjoin=True)
    by: Mapped[Person] = relationship(innerjoin=True)


class FairIntentionOrder(Model):
    """An order of the shop by which an intention was kept; an order keeps one intention."""

    __tablename__ = "fair_intention_order"

    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    intention_id: Mapped[int] = mapped_column(sa.ForeignKey("fair_intention.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"), unique=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
