"""What the ledger says of the plan's projects: their money now, and by month."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

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
from market.funds.queries.figures import Figures, rows, total
from market.plan.models import Project

PAID = LADDER[LADDER.index(Stage.DISBURSED) :]


@dataclass(frozen=True)
class ProjectMoney:
    """A project's 2020 money, and the day of the first document in force that handed it down."""

    figures: Figures
    appropriated_on: dt.date | None


def money_of_projects(session: Session) -> dict[int, ProjectMoney]:
    """Return what each project's earmarks come to, by its number in the plan; in three queries."""
    by_number: dict[int, list[Figures]] = {}
    for row in rows(session):
        by_number.setdefault(row.earmark.project.number, []).append(row.figures)
    days = _handed_down(session)
    return {
        number: ProjectMoney(total(parts), days.get(number)) for number, parts in by_number.items()
    }


def disbursed_by_month(session: Session, project: Project) -> dict[tuple[int, int], int]:
    """Return the fen that had been disbursed (拨付) by the end of each month in which any moved."""
    source, target = aliased(Account), aliased(Account)
    earmarks = sa.select(Earmark.id).where(Earmark.project_id == project.id)
    moved = sa.case(
        (target.stage.in_(PAID) & target.earmark_id.in_(earmarks), Transfer.amount_fen), else_=0
    ) - sa.case(
        (source.stage.in_(PAID) & source.earmark_id.in_(earmarks), Transfer.amount_fen), else_=0
    )
    found = session.execute(
        sa.select(LedgerEntry.occurred_on, sa.cast(sa.func.sum(moved), sa.BigInteger))
        .join(Transfer, Transfer.entry_id == LedgerEntry.id)
        .join(source, source.id == Transfer.from_id)
        .join(target, target.id == Transfer.to_id)
        .where(sa.or_(Transfer.from_earmark_id.in_(earmarks), Transfer.to_earmark_id.in_(earmarks)))
        .group_by(LedgerEntry.occurred_on)
        .having(sa.func.sum(moved) != 0)
        .order_by(LedgerEntry.occurred_on)
    )
    so_far, months = 0, {}
    for day, fen in found:
        so_far += fen
        months[(day.year, day.month)] = so_far
    return months


def _handed_down(session: Session) -> dict[int, dt.date]:
    found = session.execute(
        sa.select(Project.number, sa.func.min(Document.occurred_on))
        .join(Earmark, Earmark.id == Document.earmark_id)
        .join(Project, Project.id == Earmark.project_id)
        .where(Document.kind == Kind.APPROPRIATION, Document.state == DocumentState.EFFECTIVE)
        .group_by(Project.number)
    )
    return dict(iter(found))
