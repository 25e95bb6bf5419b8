"""What counted, and the totals kept of it."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.catalog.models import Supplier
from market.core.db import Fen, Model
from market.core.labels import Label
from market.units.models import Unit


class Channel(Label):
    """By which way a purchase came; the columns of the bulletin."""

    CANTEEN = "canteen", "食堂定点采购"
    UNION = "union", "单位及工会采购"
    EMPLOYEE = "employee", "职工个人线上"
    SUBSCRIPTION = "subscription", "订单认购"
    FAIR = "fair", "展销现场"
    OUTSIDE = "outside", "平台外申报"


# The columns that say where a credit comes from. Whoever adds one extends the check of the table.
SOURCES = ("acceptance_line_id", "claim_id", "outside_purchase_id", "fair_sale_id")


def exactly_one_of(columns: Sequence[str]) -> str:
    """Return the condition that exactly one of some columns has a value."""
    return " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in columns) + " = 1"


class Credit(Model):
    """What one accepted line, agreed claim or verified purchase does to a unit's completion.

    Append-only: signed fen, written on ``credited_on``, for a purchase of ``happened_on``,
    both in China's calendar. ``year`` and ``month`` are those it is counted in: where the
    purchase's own was closed by then it ``is_adjustment`` (以前期间调整) of a later one.
    Exactly one source. What is taken back by a row of its own (``reverses_id``) has the
    same source with the opposite amount, once. Supplier and product are known for what
    came through the shop; a purchase outside of it may have neither. ``receipt_no`` is that
    of a stand at a fair, as it is compared; ``apart_reason`` says why it is another purchase
    than one like it that counted before.
    """

    __tablename__ = "credit"
    __table_args__ = (
        sa.CheckConstraint("amount_fen <> 0", "amount"),
        sa.CheckConstraint("month BETWEEN 1 AND 12", "month"),
        sa.CheckConstraint(exactly_one_of(SOURCES), "one_source"),
        sa.CheckConstraint(
            "(amount_fen > 0) = (claim_id IS NULL AND reverses_id IS NULL)", "sign_of_source"
        ),
        sa.UniqueConstraint("acceptance_line_id"),
        sa.UniqueConstraint("claim_id"),
        sa.UniqueConstraint("reverses_id"),
        sa.Index(None, "unit_id", "year", "month", "channel"),
        sa.Index(
            "ix_credit_adjustment",
            "unit_id",
            "year",
            "month",
            sqlite_where=sa.text("is_adjustment"),
            postgresql_where=sa.text("is_adjustment"),
        ),
        sa.Index(
            "uq_credit_outside_purchase",
            "outside_purchase_id",
            unique=True,
            sqlite_where=sa.text("reverses_id IS NULL"),
            postgresql_where=sa.text("reverses_id IS NULL"),
        ),
        sa.Index(
            "uq_credit_fair_sale",
            "fair_sale_id",
            unique=True,
            sqlite_where=sa.text("reverses_id IS NULL"),
            postgresql_where=sa.text("reverses_id IS NULL"),
        ),
    )

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    year: Mapped[int]
    month: Mapped[int]
    channel: Mapped[Channel]
    amount_fen: Mapped[Fen]
    happened_on: Mapped[dt.date]
    credited_on: Mapped[dt.date]
    is_adjustment: Mapped[bool] = mapped_column(default=False)
    receipt_no: Mapped[str | None] = mapped_column(sa.String(40))
    apart_reason: Mapped[str | None] = mapped_column(sa.String(200))
    supplier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supplier.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("product.id"), index=True)
    acceptance_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("acceptance_line.id"))
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claim.id"))
    outside_purchase_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("outside_purchase.id"), index=True
    )
    fair_sale_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fair_sale.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("credit.id"))

    unit: Mapped[Unit] = relationship()
    supplier: Mapped[Supplier | None] = relationship()


class CreditTotal(Model):
    """The kept sum of a unit's credits by month and channel, so that a board reads no million rows.

    Moved in the same transaction as the credit; ``verify`` proves it. The indexes
    cover the two questions of the board, which reads no row of the table itself.
    """

    __tablename__ = "credit_total"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "year", "month", "channel"),
        sa.Index(None, "year", "unit_id", "channel", "amount_fen"),
        sa.Index(None, "year", "month", "amount_fen"),
    )

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    year: Mapped[int]
    month: Mapped[int]
    channel: Mapped[Channel]
    amount_fen: Mapped[Fen]
