"""What the ledger says of the plan's projects: their money now, and by month."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.core import clock
from market.funds.models import (
    LADDER,
    Account,
    Document,
    DocumentState,
    Earmark,
    Kind,
    LedgerEntry,
    Stage,
    Transfer,
)
from market.funds.queries.figures import EarmarkFigures, Figures, rows, rows_of_year, total
from market.plan.models import Project

PAID = LADDER[LADDER.index(Stage.DISBURSED) :]


@dataclass(frozen=True)
class ProjectMoney:
    """A project's 2020 money, and the day of the first document in force that handed it down.

    ``codes`` are of the earmarks whose figures sum to it.
    """

    figures: Figures
    appropriated_on: dt.date | None
    codes: list[str]


def money_of_projects(session: Session, known_on: dt.date | None = None) -> dict[int, ProjectMoney]:
    """Return what each project's earmarks come to, by its number in the plan; in three queries.

    ``known_on`` looks at what had been written down by the end of that day.
    """
    by_number: dict[int, list[EarmarkFigures]] = {}
    for row in rows(session, known_on=known_on):
        by_number.setdefault(row.earmark.project.number, []).append(row)
    days = _handed_down(session, known_on)
    return {
        number: ProjectMoney(
            total(part.figures for part in parts),
            days.get(number),
            [part.earmark.code for part in parts],
        )
        for number, parts in by_number.items()
    }


def money_of_year(session: Session, project: Project, year: int) -> Figures:
    """Return what a project's earmarks had come to by the end of a year; in two queries."""
    found = rows_of_year(session, year)
    return total(row.figures for row in found if row.earmark.project_id == project.id)


def disbursed_by_month(
    session: Session, project: Project, known_on: dt.date | None = None
) -> dict[tuple[int, int], int]:
    """Return the fen that had been disbursed (拨付) by the end of each month in which any moved.

    ``known_on`` looks at what had been written down by the end of that day.
    """
    source, target = aliased(Account), aliased(Account)
    earmarks = sa.select(Earmark.id).where(Earmark.project_id == project.id)
    moved = sa.case(
        (target.stage.in_(PAID) & target.earmark_id.in_(earmarks), Transfer.amount_fen), else_=0
    ) - sa.case(
        (source.stage.in_(PAID) & source.earmark_id.in_(earmarks), Transfer.amount_fen), else_=0
    )
    select = (
        sa.select(LedgerEntry.occurred_on, sa.cast(sa.func.sum(moved), sa.BigInteger))
        .join(Transfer, Transfer.entry_id == LedgerEntry.id)
        .join(source, source.id == Transfer.from_id)
        .join(target, target.id == Transfer.to_id)
        .where(sa.or_(Transfer.from_earmark_id.in_(earmarks), Transfer.to_earmark_id.in_(earmarks)))
        .group_by(LedgerEntry.occurred_on)
        .having(sa.func.sum(moved) != 0)
        .order_by(LedgerEntry.occurred_on)
    )
    if known_on is not None:
        select = select.where(LedgerEntry.recorded_at < _end_of(known_on))
    so_far, months = 0, {}
    for day, fen in session.execute(select):
        so_far += fen
        months[(day.year, day.month)] = so_far
    return months


def _handed_down(session: Session, known_on: dt.date | None) -> dict[int, dt.date]:
    select = (
        sa.select(Project.number, sa.func.min(Document.occurred_on))
        .join(Earmark, Earmark.id == Document.earmark_id)
        .join(Project, Project.id == Earmark.project_id)
        .where(Document.kind == Kind.APPROPRIATION)
        .group_by(Project.number)
    )
    if known_on is None:
        select = select.where(Document.state == DocumentState.EFFECTIVE)
    else:
        # What is taken back today was in force before.
        end, reversal = _end_of(known_on), aliased(Document)
        taken_back = sa.exists().where(
            reversal.target_id == Document.id, reversal.effective_at < end
        )
        select = select.where(Document.effective_at < end, ~taken_back)
    return dict(iter(session.execute(select)))


def _end_of(day: dt.date) -> dt.datetime:
    return clock.start_of(day + dt.timedelta(days=1))
