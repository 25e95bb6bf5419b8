"""Carts: what a person means to buy, and for whom."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.catalog.models import Sku
from market.core.db import Milli, Model
from market.core.labels import Label
from market.targets.models import Channel


class BuyingFor(Label):
    """On whose behalf a cart is bought; the channel of the credit follows from it."""

    CANTEEN = "canteen", "食堂"
    UNION = "union", "单位工会"
    SELF = "self", "本人"

    @property
    def channel(self) -> Channel:
        """The channel that such purchases are credited to."""
        return {
            BuyingFor.CANTEEN: Channel.CANTEEN,
            BuyingFor.UNION: Channel.UNION,
            BuyingFor.SELF: Channel.EMPLOYEE,
        }[self]


class Cart(Model):
    """A person's one cart."""

    __tablename__ = "cart"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    buying_for: Mapped[BuyingFor] = mapped_column(default=BuyingFor.SELF)

    lines: Mapped[list["CartLine"]] = relationship(order_by="CartLine.id")


class CartLine(Model):
    """A quantity of one SKU in a cart."""

    __tablename__ = "cart_line"
    __table_args__ = (
        sa.UniqueConstraint("cart_id", "sku_id"),
        sa.CheckConstraint("milli > 0", "milli"),
    )

    cart_id: Mapped[int] = mapped_column(sa.ForeignKey("cart.id"))
    sku_id: Mapped[int] = mapped_column(sa.ForeignKey("sku.id"))
    milli: Mapped[Milli]

    sku: Mapped[Sku] = relationship()
