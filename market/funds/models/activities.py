"""Marketing activities: what the plan's 20 万元 are spent on, and what came of it."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Model
from market.funds.models.documents import Document


class Activity(Model):
    """One activity online or on the spot: asked for before, paid while, reported after.

    Its money is that of its agreement, under the marketing earmark; ``line`` of the budget
    is the agreement's cost type. Where it is a fair, the fair names the activity.
    """

    __tablename__ = "fund_activity"
    __table_args__ = (
        sa.CheckConstraint("starts_on <= ends_on", "days"),
        sa.CheckConstraint("(report = '') = (reported_at IS NULL)", "report"),
        sa.CheckConstraint("visitors >= 0", "visitors"),
    )

    name: Mapped[str] = mapped_column(sa.String(80))
    is_online: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(sa.String(80), default="")
    starts_on: Mapped[dt.date] = mapped_column(index=True)
    ends_on: Mapped[dt.date]
    purpose: Mapped[str] = mapped_column(sa.String(500), default="")
    visitors: Mapped[int] = mapped_column(default=0)
    report: Mapped[str] = mapped_column(sa.Text, default="")
    reported_at: Mapped[dt.datetime | None]
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    agreement_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_document.id"), unique=True)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    agreement: Mapped[Document] = relationship(innerjoin=True)
    made_by: Mapped[Person] = relationship(innerjoin=True)


class ActivityOrder(Model):
    """An order that an activity brought, linked by a person; an order belongs to one activity."""

    __tablename__ = "fund_activity_order"

    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_activity.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"), unique=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
