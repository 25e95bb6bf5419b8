"""Earmarks of the plan's 2020 money, and the stages their money goes through."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core.db import Fen, Model
from market.core.labels import Label
from market.plan.models import Project


class Stage(Label):
    """Where money of an earmark stands; each stage but the first has a free and a held part.

    The source is the plan itself: it alone may fall below zero, so that what it gave out
    and what stands in the other stages always make nothing.
    """

    SOURCE = "source", "方案来源"
    PLANNED = "planned", "待下达"
    AVAILABLE = "available", "可用"
    COMMITTED = "committed", "已签约"
    DISBURSED = "disbursed", "已拨付"
    SPENT = "spent", "已使用"
    ACCEPTED = "accepted", "已验收"
    SURRENDERED = "surrendered", "结余上缴"


# In the order in which money goes through them; a published figure counts all that follow it.
LADDER = (Stage.AVAILABLE, Stage.COMMITTED, Stage.DISBURSED, Stage.SPENT, Stage.ACCEPTED)


class YearState(Label):
    """Whether an earmark's money may still move in a year."""

    OPEN = "open", "执行中"
    SETTLING = "settling", "决算中"
    SETTLED = "settled", "已决算"


class Earmark(Model):
    """One row of the plan's 2020 money, or one department's part of a row: 23 in all.

    Money never leaves it but by an approved reallocation (专款专用). ``amount_fen`` is
    the plan's and never changes; ``department`` answers for it in the county;
    ``cost_types`` are what it may be spent on.
    """

    __tablename__ = "earmark"
    __table_args__ = (sa.CheckConstraint("amount_fen > 0", "amount"),)

    code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    department: Mapped[str] = mapped_column(sa.String(40), index=True)
    amount_fen: Mapped[Fen]
    cost_types: Mapped[list[str]] = mapped_column(sa.JSON)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_project.id"), index=True)

    project: Mapped[Project] = relationship(innerjoin=True)

    @property
    def name(self) -> str:
        """Return what people call it: code, project, and place."""
        place = f"（{self.project.place}）" if self.project.place else ""
        return f"{self.code} {self.project.name}{place}"


class EarmarkYear(Model):
    """A year in which an earmark's money may move: 2020, and those it was carried over to."""

    __tablename__ = "earmark_year"
    __table_args__ = (sa.UniqueConstraint("earmark_id", "year"),)

    MOVES: dict[YearState, set[YearState]] = {
        YearState.OPEN: {YearState.SETTLING},
        YearState.SETTLING: {YearState.OPEN, YearState.SETTLED},
        YearState.SETTLED: set(),
    }

    year: Mapped[int]
    state: Mapped[YearState] = mapped_column(default=YearState.OPEN)
    earmark_id: Mapped[int] = mapped_column(sa.ForeignKey("earmark.id"))

    earmark: Mapped[Earmark] = relationship()


class Account(Model):
    """What of an earmark's money of a year stands in one stage; from 已签约 on, under one agreement.

    ``name`` says all of that and is unique. Held money waits for a second person. The
    balance is kept: guarded in the UPDATE that takes from it, and proved by ``verify``,
    which sums the transfers.
    """

    __tablename__ = "fund_account"
    __table_args__ = (sa.CheckConstraint("balance_fen >= 0 OR stage = 'source'", "balance"),)

    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    year: Mapped[int]
    stage: Mapped[Stage]
    is_held: Mapped[bool]
    balance_fen: Mapped[Fen] = mapped_column(default=0)
    earmark_id: Mapped[int] = mapped_column(sa.ForeignKey("earmark.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fund_document.id"), index=True)

    earmark: Mapped[Earmark] = relationship()
