"""The transfers behind a figure: which entries brought money into it, and which took it out."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.labels import Label
from market.funds.models import (
    LADDER,
    Account,
    Document,
    Earmark,
    EarmarkYear,
    Kind,
    LedgerEntry,
    Stage,
    Transfer,
)
from market.funds.queries.figures import Figures, by_agreement
from market.plan.models import Project


class Measure(Label):
    """A figure of the chain, as the pages show it; each is a set of accounts."""

    BUDGET = "budget", "方案数"
    PLANNED = "planned", "待下达"
    APPROPRIATED = "appropriated", "下达"
    COMMITTED = "committed", "签约"
    DISBURSED = "disbursed", "拨付"
    SPENT = "spent", "使用"
    ACCEPTED = "accepted", "验收"
    AVAILABLE = "available", "可用"
    HELD = "held", "待审占用"
    SURRENDERED = "surrendered", "结余上缴"

    def of(self, figures: Figures) -> int:
        """Return the fen of this figure."""
        fen: int = getattr(figures, f"{self.value}_fen")
        return fen


def _from(stage: Stage) -> tuple[Stage, ...]:
    return LADDER[LADDER.index(stage) :]


# The stages that a figure counts; two of them count only what is free, or what is held.
_STAGES: dict[Measure, tuple[Stage, ...]] = {
    Measure.BUDGET: (Stage.PLANNED, *LADDER, Stage.SURRENDERED),
    Measure.PLANNED: (Stage.PLANNED,),
    Measure.APPROPRIATED: (*LADDER, Stage.SURRENDERED),
    Measure.COMMITTED: _from(Stage.COMMITTED),
    Measure.DISBURSED: _from(Stage.DISBURSED),
    Measure.SPENT: _from(Stage.SPENT),
    Measure.ACCEPTED: _from(Stage.ACCEPTED),
    Measure.AVAILABLE: (Stage.AVAILABLE,),
    Measure.HELD: (Stage.PLANNED, *LADDER, Stage.SURRENDERED),
    Measure.SURRENDERED: (Stage.SURRENDERED,),
}
_ONLY: dict[Measure, bool] = {Measure.AVAILABLE: False, Measure.HELD: True}


@dataclass(frozen=True)
class Flow:
    """Which transfers are asked for: of an earmark or all, those that make a figure or any."""

    measure: Measure | None = None
    year: int | None = None
    known_on: dt.date | None = None
    agreement: Document | None = None


def earmark_for(session: Session, by: Person, code: str) -> Earmark | None:
    """Return the earmark of this code with its project and clause, if the person may see it."""
    select = (
        sa.select(Earmark)
        .where(Earmark.code == code)
        .options(joinedload(Earmark.project, innerjoin=True).joinedload(Project.clause))
    )
    if by.role is Role.COUNTY:
        select = select.where(Earmark.department == by.agency)
    return session.scalar(select)


def years(session: Session) -> Sequence[int]:
    """Return the years in which any earmark's money may or might move."""
    return session.scalars(sa.select(EarmarkYear.year).distinct().order_by(EarmarkYear.year)).all()


def years_of(session: Session, earmark: Earmark) -> Sequence[EarmarkYear]:
    """Return an earmark's years, and whether its money may still move in them."""
    return session.scalars(
        sa.select(EarmarkYear)
        .where(EarmarkYear.earmark_id == earmark.id)
        .order_by(EarmarkYear.year)
    ).all()


def lines(earmark: Earmark, flow: Flow) -> sa.Select[Any]:
    """Return a select of an earmark's transfers, newest first, with who moved them and why.

    ``fen`` is what a transfer adds to the figure asked for, or takes from it (below
    zero): the fen of all lines sum to that figure. Without a figure it is the amount moved.
    """
    source, target = aliased(Account), aliased(Account)
    inside = _inside(earmark, flow)
    comes, goes = inside(target), inside(source)
    if flow.measure is None:
        fen: Any = Transfer.amount_fen
        wanted = sa.or_(comes, goes)
    else:
        fen = sa.case((comes, Transfer.amount_fen), else_=-Transfer.amount_fen)
        wanted = sa.or_(sa.and_(comes, ~goes), sa.and_(goes, ~comes))
    select: Any = (
        sa.select(
            Transfer.id.label("id"),
            fen.label("fen"),
            LedgerEntry.act.label("act"),
            LedgerEntry.occurred_on.label("occurred_on"),
            LedgerEntry.recorded_at.label("recorded_at"),
            Document.number.label("number"),
            Document.kind.label("kind"),
            Document.title.label("title"),
            Person.name.label("name"),
            source.stage.label("from_stage"),
            source.is_held.label("from_held"),
            source.year.label("from_year"),
            target.stage.label("to_stage"),
            target.is_held.label("to_held"),
            target.year.label("to_year"),
            Transfer.from_earmark_id.label("from_earmark_id"),
            Transfer.to_earmark_id.label("to_earmark_id"),
        )
        .join(LedgerEntry, LedgerEntry.id == Transfer.entry_id)
        .join(source, source.id == Transfer.from_id)
        .join(target, target.id == Transfer.to_id)
        .outerjoin(Document, Document.id == LedgerEntry.document_id)
        .outerjoin(Person, Person.id == LedgerEntry.by_id)
        .where(wanted)
        .order_by(Transfer.id.desc())
    )
    if flow.known_on is not None:
        end = clock.start_of(flow.known_on + dt.timedelta(days=1))
        select = select.where(LedgerEntry.recorded_at < end)
    found: sa.Select[Any] = select
    return found


def sum_of(session: Session, select: sa.Select[Any]) -> int:
    """Return the sum of the fen of lines."""
    found = select.order_by(None).subquery()
    return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(found.c.fen), 0))) or 0)


def _inside(earmark: Earmark, flow: Flow) -> Callable[[Any], sa.ColumnElement[bool]]:
    """Return what tells of an account whether the figure counts what stands in it."""

    def inside(account: Any) -> sa.ColumnElement[bool]:
        conditions = [account.earmark_id == earmark.id, account.stage != Stage.SOURCE]
        if flow.measure is None:
            conditions.pop()  # Every line of the earmark, that which opened it too.
        else:
            conditions.append(account.stage.in_(_STAGES[flow.measure]))
            if flow.measure in _ONLY:
                conditions.append(account.is_held.is_(_ONLY[flow.measure]))
        if flow.year is not None:
            conditions.append(account.year == flow.year)
        if flow.agreement is not None:
            # An account above the agreements has none: that is no answer of its own.
            conditions.append(sa.func.coalesce(account.agreement_id, 0) == flow.agreement.id)
        return sa.and_(*conditions)

    return inside


@dataclass(frozen=True)
class AgreementFigures:
    """An agreement with its own figures, from 签约 on."""

    agreement: Document
    figures: Figures


def agreements_of(
    session: Session,
    earmark: Earmark,
    *,
    known_on: dt.date | None = None,
    year: int | None = None,
) -> list[AgreementFigures]:
    """Return the agreements under an earmark that have money of their own, oldest first."""
    found = by_agreement(session, earmark, known_on=known_on, year=year)
    agreements = session.scalars(
        sa.select(Document)
        .join(Document.made_by)
        .options(contains_eager(Document.made_by))
        .where(Document.kind == Kind.AGREEMENT, Document.id.in_(found))
        .order_by(Document.id)
    )
    return [AgreementFigures(one, found[one.id]) for one in agreements]
