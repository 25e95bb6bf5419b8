"""The rules that units are watched by, what was sent of them, and the indexes of reports."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Model
from market.core.labels import Label
from market.targets.models import Credit


class WatchKind(Label):
    """What a unit is watched for."""

    BEHIND = "behind", "落后序时进度"
    NO_PURCHASE = "no_purchase", "久未采购"
    UNPAID = "unpaid", "验收后未付款"
    UNACCEPTED = "unaccepted", "下单后未验收"

    @property
    def unit(self) -> str:
        """What its number counts."""
        return {WatchKind.BEHIND: "个百分点", WatchKind.NO_PURCHASE: "周"}.get(self, "天")

    @property
    def usual(self) -> int:
        """The number it begins with: the plan names none, these are the house's own."""
        return {
            WatchKind.BEHIND: 10,
            WatchKind.NO_PURCHASE: 4,
            WatchKind.UNPAID: 30,
            WatchKind.UNACCEPTED: 14,
        }[self]

    @property
    def most(self) -> int:
        """The highest number that makes sense."""
        return {WatchKind.BEHIND: 100, WatchKind.NO_PURCHASE: 52}.get(self, 365)


class WatchRule(Model):
    """A rule as a coordinator set it; a kind without a row has its usual number and is on."""

    __tablename__ = "watch_rule"
    __table_args__ = (sa.CheckConstraint("number BETWEEN 1 AND 365", "number"),)

    kind: Mapped[WatchKind] = mapped_column(unique=True)
    number: Mapped[int]
    is_enabled: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.String(200))
    changed_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    changed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    changed_by: Mapped[Person] = relationship()


class WatchNotice(Model):
    """That a unit was told of a rule, once an occasion: a day (2026-11-27) or a week (2026-W48)."""

    __tablename__ = "watch_notice"
    __table_args__ = (sa.UniqueConstraint("unit_id", "kind", "occasion"),)

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    kind: Mapped[WatchKind]
    occasion: Mapped[str] = mapped_column(sa.String(10), index=True)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)


# Sums by supplier and by product (so by township), also of what was accepted and of what claims
# took back, come from this index alone: the rows of a million credits are not read. It is
# declared here, with the room that asks.
sa.Index(
    "ix_credit_goods",
    Credit.year,
    Credit.supplier_id,
    Credit.product_id,
    Credit.month,
    Credit.amount_fen,
    Credit.acceptance_line_id,
    Credit.claim_id,
)

# When a unit last bought is the last row of this index that is a purchase.
sa.Index("ix_credit_last", Credit.unit_id, Credit.credited_on, Credit.amount_fen)
