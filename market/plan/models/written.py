"""The plan as written: areas, clauses, indicators, projects, safeguards; and our notes."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core.db import Fen, Model
from market.core.labels import Label


class Shape(Label):
    """How the target of an indicator is to be read."""

    AT_LEAST = "at_least", "不少于"
    EXACTLY = "exactly", "等于"
    RANGE = "range", "区间"
    DONE = "done", "完成即可"
    MONEY_PEOPLE = "money_people", "金额与人数"
    PER_PAIR = "per_pair", "每对街村"


class PlanText(Model):
    """The running text of the document: its title, preamble, general part and sum."""

    __tablename__ = "plan_text"

    title: Mapped[str] = mapped_column(sa.String(80))
    annex_title: Mapped[str] = mapped_column(sa.String(80))
    preamble: Mapped[str] = mapped_column(sa.Text)
    general: Mapped[list[str]] = mapped_column(sa.JSON)
    tasks_intro: Mapped[str] = mapped_column(sa.Text)
    total_fen: Mapped[Fen]


class Area(Model):
    """One of the seven areas of help, with its heading as written."""

    __tablename__ = "plan_area"

    number: Mapped[int] = mapped_column(unique=True)
    heading: Mapped[str] = mapped_column(sa.String(40))

    clauses: Mapped[list["Clause"]] = relationship(order_by="Clause.id", overlaps="area")


class Clause(Model):
    """One paragraph of an area: its words, who leads it, who answers for it in the county."""

    __tablename__ = "plan_clause"

    code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    text: Mapped[str] = mapped_column(sa.Text)
    lead_units: Mapped[list[str]] = mapped_column(sa.JSON)
    county_units: Mapped[list[str]] = mapped_column(sa.JSON)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_area.id"))

    area: Mapped[Area] = relationship(overlaps="clauses", innerjoin=True)
    indicators: Mapped[list["Indicator"]] = relationship(
        order_by="Indicator.our_code", overlaps="clause"
    )


class Indicator(Model):
    """A promise of a clause that can be measured; the text is the plan's, the rest is ours.

    What counts, what doesn't and which evidence is wanted is our reading of the clause.
    ``our_distinct`` says that a person counts once a year (人、名, not 人次).
    ``our_money_fen`` is the target of one that is measured in money, alone (万元) or
    beside people.
    """

    __tablename__ = "plan_indicator"

    our_code: Mapped[str] = mapped_column(sa.String(10), index=True, unique=True)
    our_name: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.String(200))
    shape: Mapped[Shape]
    least: Mapped[int | None]
    most: Mapped[int | None]
    unit: Mapped[str] = mapped_column(sa.String(10), default="")
    our_counts: Mapped[str] = mapped_column(sa.String(200), default="")
    our_not: Mapped[str] = mapped_column(sa.String(200), default="")
    our_evidence: Mapped[str] = mapped_column(sa.String(100), default="")
    our_distinct: Mapped[bool] = mapped_column(default=False)
    our_money_fen: Mapped[Fen | None]
    clause_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_clause.id"))

    clause: Mapped[Clause] = relationship(overlaps="indicators", innerjoin=True)

    @property
    def counts_money(self) -> bool:
        """Whether its records say an amount."""
        return self.our_money_fen is not None

    @property
    def counts_things(self) -> bool:
        """Whether its records say a number in its unit; money alone is no number of things."""
        return not self.counts_money or self.shape is Shape.MONEY_PEOPLE


class Project(Model):
    """One row of the annex. Texts are as written; fen are those texts read as 万元.

    ``our_responsible`` is inferred from the clause: the table's own column is empty.
    """

    __tablename__ = "plan_project"
    __table_args__ = (sa.CheckConstraint("aid_2020_fen > 0", "aid_2020"),)

    number: Mapped[int] = mapped_column(unique=True)
    category: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(60))
    place: Mapped[str] = mapped_column(sa.String(60))
    content: Mapped[str] = mapped_column(sa.Text)
    finish_year: Mapped[int]
    total_text: Mapped[str] = mapped_column(sa.String(20))
    aid_2019_text: Mapped[str] = mapped_column(sa.String(20))
    aid_2020_text: Mapped[str] = mapped_column(sa.String(80))
    responsible: Mapped[str] = mapped_column(sa.String(60))
    remark: Mapped[str] = mapped_column(sa.String(20))
    total_fen: Mapped[Fen]
    aid_2019_fen: Mapped[Fen]
    aid_2020_fen: Mapped[Fen]
    our_responsible: Mapped[str] = mapped_column(sa.String(60), default="")
    clause_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_clause.id"))

    clause: Mapped[Clause] = relationship()
    splits: Mapped[list["Split"]] = relationship(order_by="Split.id")

    @property
    def township(self) -> str:
        """The township at the head of the place: 鞍子镇干田村 is in 鞍子镇."""
        for end in ("街道", "镇", "乡"):
            head, found, _ = self.place.partition(end)
            if found:
                return head + end
        return "未注明地点"

    @property
    def gap_fen(self) -> int:
        """The part of the total investment that neither year's aid covers; computed, not written."""
        return self.total_fen - self.aid_2019_fen - self.aid_2020_fen


class Split(Model):
    """One department's part of a project's 2020 money, as the table writes it in brackets."""

    __tablename__ = "plan_split"

    department: Mapped[str] = mapped_column(sa.String(40))
    aid_2020_fen: Mapped[Fen]
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_project.id"), index=True)


class Safeguard(Model):
    """One of the five safeguards (保障措施)."""

    __tablename__ = "plan_safeguard"

    number: Mapped[int] = mapped_column(unique=True)
    heading: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.Text)


class Note(Model):
    """Our remark on a gap or contradiction of the plan, shown beside it, mending nothing."""

    __tablename__ = "plan_note"

    text: Mapped[str] = mapped_column(sa.Text)
    projects: Mapped[list[int]] = mapped_column(sa.JSON)
    clause_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_clause.id"))
