"""What a project's offices say of a year's performance (绩效自评), and what another person confirmed."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Milli, Model
from market.core.labels import Label
from market.plan.models.written import Project

WHOLE_MILLI = 100_000  # A hundred points.
EXECUTION_MILLI = 10_000  # Of which ten are for 预算执行率, computed from the ledger.
LINES_MILLI = WHOLE_MILLI - EXECUTION_MILLI


class AssessmentState(Label):
    """How far an assessment has come; what is not confirmed stands in no table."""

    DRAFTED = "drafted", "草稿"
    SUBMITTED = "submitted", "待确认"
    RETURNED = "returned", "已退回"
    CONFIRMED = "confirmed", "已确认"


EDITABLE = (AssessmentState.DRAFTED, AssessmentState.RETURNED)


class Aspect(Label):
    """The second level of indicators (二级指标); the first follows from it."""

    QUANTITY = "quantity", "数量指标"
    QUALITY = "quality", "质量指标"
    TIME = "time", "时效指标"
    COST = "cost", "成本指标"
    ECONOMY = "economy", "经济效益"
    SOCIETY = "society", "社会效益"
    ECOLOGY = "ecology", "生态效益"
    LASTING = "lasting", "可持续影响"
    CONTENT = "content", "服务对象满意度"

    @property
    def first(self) -> str:
        """Return the first level (一级指标) that it belongs to."""
        if self in (Aspect.QUANTITY, Aspect.QUALITY, Aspect.TIME, Aspect.COST):
            return "产出指标"
        return "满意度指标" if self is Aspect.CONTENT else "效益指标"


class Assessment(Model):
    """An edition of a project's assessment of a year; a later one corrects a confirmed one.

    ``leader`` is a post and ``phone`` an office's number, nobody's own. ``version`` counts how
    often the year's assessment was written, through all editions: what is confirmed is the
    version that was seen. Points are thousandths; those for 预算执行率 are computed, not kept.
    """

    __tablename__ = "project_assessment"
    __table_args__ = (
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", "year"),
        sa.CheckConstraint("edition >= 1", "edition"),
        sa.CheckConstraint("(edition = 1) = (replaces_id IS NULL)", "names_the_old"),
        sa.CheckConstraint("confirmed_by_id <> made_by_id", "confirmer_is_not_maker"),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_by_id IS NOT NULL)", "confirmed_by_somebody"
        ),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", "confirmed_at"),
        sa.UniqueConstraint("project_id", "year", "edition"),
    )

    MOVES: dict[AssessmentState, set[AssessmentState]] = {
        AssessmentState.DRAFTED: {AssessmentState.SUBMITTED},
        AssessmentState.SUBMITTED: {AssessmentState.CONFIRMED, AssessmentState.RETURNED},
        AssessmentState.RETURNED: {AssessmentState.SUBMITTED},
        AssessmentState.CONFIRMED: set(),
    }

    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    state: Mapped[AssessmentState] = mapped_column(default=AssessmentState.DRAFTED)
    version: Mapped[int]
    year: Mapped[int]
    edition: Mapped[int]
    leader: Mapped[str] = mapped_column(sa.String(40), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    goal: Mapped[str] = mapped_column(sa.String(500), default="")
    correction: Mapped[str] = mapped_column(sa.String(200), default="")
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    written_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    confirmed_at: Mapped[dt.datetime | None]
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_project.id"))
    replaces_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("project_assessment.id"), unique=True
    )
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    project: Mapped[Project] = relationship(innerjoin=True)
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    lines: Mapped[list["AssessmentLine"]] = relationship(
        order_by="AssessmentLine.id", cascade="all, delete-orphan"
    )


class AssessmentLine(Model):
    """An indicator of an assessment: what was wanted, what came of it, and its points.

    A draft may leave anything out.
    """

    __tablename__ = "project_assessment_line"
    __table_args__ = (
        sa.CheckConstraint("worth_milli BETWEEN 1 AND 90000", "worth"),
        sa.CheckConstraint("score_milli BETWEEN 0 AND worth_milli", "score"),
    )

    aspect: Mapped[Aspect | None]
    name: Mapped[str] = mapped_column(sa.String(60))
    target: Mapped[str] = mapped_column(sa.String(60))
    worth_milli: Mapped[Milli | None]
    actual: Mapped[str] = mapped_column(sa.String(60))
    score_milli: Mapped[Milli | None]
    reason: Mapped[str] = mapped_column(sa.String(200))
    assessment_id: Mapped[int] = mapped_column(sa.ForeignKey("project_assessment.id"), index=True)
