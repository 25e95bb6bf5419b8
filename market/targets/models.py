"""Targets, credits, and the totals kept of them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.units.models import Unit


class Channel(Label):
    """By which way a purchase came; the columns of the bulletin."""

    CANTEEN = "canteen", "食堂定点采购"
    UNION = "union", "单位及工会采购"
    EMPLOYEE = "employee", "职工个人线上"
    SUBSCRIPTION = "subscription", "订单认购"
    FAIR = "fair", "展销现场"
    OUTSIDE = "outside", "平台外申报"


class Pace(Label):
    """How a unit's rate stands beside the time that has passed; the words of the board."""

    REACHED = "reached", "已完成"
    AHEAD = "ahead", "超前"
    ON_TIME = "on_time", "正常"
    BEHIND = "behind", "落后"
    FAR_BEHIND = "far_behind", "严重落后"
    NO_TARGET = "no_target", "无任务"


class TargetEntry(Model):
    """One issue or revision of a unit's target for a year; the target is their sum.

    Never changed: a revision is a new row with the difference, its own document
    number and date, and a reason.
    """

    __tablename__ = "target_entry"
    __table_args__ = (
        sa.CheckConstraint("change_fen <> 0", "change"),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", "year"),
        sa.UniqueConstraint("unit_id", "year", "document_no"),
        sa.Index(None, "year", "unit_id"),
    )

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    year: Mapped[int]
    change_fen: Mapped[Fen]
    document_no: Mapped[str] = mapped_column(sa.String(60))
    document_on: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    attachment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))

    unit: Mapped[Unit] = relationship()
    attachment: Mapped[Attachment | None] = relationship()


class Credit(Model):
    """What one accepted line, or one agreed claim against it, does to a unit's completion.

    Append-only: signed fen, dated the day it was written, in China's calendar. A
    claim writes a negative one; nothing is ever changed.
    """

    __tablename__ = "credit"
    __table_args__ = (
        sa.CheckConstraint("amount_fen <> 0", "amount"),
        sa.CheckConstraint("month BETWEEN 1 AND 12", "month"),
        sa.CheckConstraint("(acceptance_line_id IS NULL) <> (claim_id IS NULL)", "one_source"),
        sa.CheckConstraint("(claim_id IS NULL) = (amount_fen > 0)", "sign_of_source"),
        sa.UniqueConstraint("acceptance_line_id"),
        sa.UniqueConstraint("claim_id"),
        sa.Index(None, "unit_id", "year", "month", "channel"),
    )

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    year: Mapped[int]
    month: Mapped[int]
    channel: Mapped[Channel]
    amount_fen: Mapped[Fen]
    credited_on: Mapped[dt.date]
    supplier_id: Mapped[int] = mapped_column(sa.ForeignKey("supplier.id"), index=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    acceptance_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("acceptance_line.id"))
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claim.id"))


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
