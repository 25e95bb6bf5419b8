"""The figures of the earmarks: kept now, or as they were known at the end of a day."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.funds.models import LADDER, Account, Earmark, LedgerEntry, Stage, Transfer
from market.plan.models import Project


@dataclass
class Figures:
    """What of some money stands where; the stages of the chain count all that follow them.

    So 预算 ≥ 下达 ≥ 签约 ≥ 拨付 ≥ 使用 ≥ 验收 always. Held money counts where it came from;
    ``available_fen`` alone is what nothing holds.
    """

    standing: dict[tuple[Stage, bool], int] = field(default_factory=dict)

    def add(self, stage: Stage, is_held: bool, fen: int) -> None:
        """Count further fen in."""
        key = (stage, is_held)
        self.standing[key] = self.standing.get(key, 0) + fen

    def at(self, stage: Stage) -> int:
        """Return the fen that stand in a stage, held or not."""
        return self.standing.get((stage, False), 0) + self.standing.get((stage, True), 0)

    def _from(self, stage: Stage) -> int:
        return sum(self.at(later) for later in LADDER[LADDER.index(stage) :])

    @property
    def budget_fen(self) -> int:
        """All of it, wherever it stands: constant but for reallocations."""
        return sum(fen for (stage, _), fen in self.standing.items() if stage is not Stage.SOURCE)

    @property
    def planned_fen(self) -> int:
        """What the plan gives and no document has handed down yet."""
        return self.at(Stage.PLANNED)

    @property
    def appropriated_fen(self) -> int:
        """What was handed down (下达), cumulative; what was surrendered had been, too."""
        return self._from(Stage.AVAILABLE) + self.at(Stage.SURRENDERED)

    @property
    def committed_fen(self) -> int:
        """What agreements bind (签约), cumulative."""
        return self._from(Stage.COMMITTED)

    @property
    def disbursed_fen(self) -> int:
        """What reached the department that answers for it (拨付), cumulative."""
        return self._from(Stage.DISBURSED)

    @property
    def spent_fen(self) -> int:
        """What invoices prove (使用), cumulative."""
        return self._from(Stage.SPENT)

    @property
    def accepted_fen(self) -> int:
        """What was accepted (验收)."""
        return self.at(Stage.ACCEPTED)

    @property
    def available_fen(self) -> int:
        """What may be bound by an agreement now: handed down, not bound, not held."""
        return self.standing.get((Stage.AVAILABLE, False), 0)

    @property
    def held_fen(self) -> int:
        """What waits for a second person, in any stage."""
        return sum(fen for (_, is_held), fen in self.standing.items() if is_held)

    @property
    def surrendered_fen(self) -> int:
        """What was given back at the end of a year."""
        return self.at(Stage.SURRENDERED)


@dataclass(frozen=True)
class EarmarkFigures:
    """An earmark with its figures."""

    earmark: Earmark
    figures: Figures


def earmarks(
    session: Session, *, department: str = "", by: Person | None = None
) -> Sequence[Earmark]:
    """Return the earmarks in the plan's order, with their projects and clauses.

    ``by`` sees those of its own department where it is a county agency, else all.
    """
    select = (
        sa.select(Earmark)
        .options(joinedload(Earmark.project, innerjoin=True).joinedload(Project.clause))
        .order_by(Earmark.code)
    )
    if department:
        select = select.where(Earmark.department == department)
    if by is not None and by.role is Role.COUNTY:
        select = select.where(Earmark.department == by.agency)
    return session.scalars(select).all()


def figures(
    session: Session,
    *,
    known_on: dt.date | None = None,
    until: dt.date | None = None,
    year: int | None = None,
) -> dict[int, Figures]:
    """Return the figures of every earmark by its id.

    From the kept balances; ``known_on`` sums instead the transfers that had been written
    down by the end of that day in China, so that an earlier table comes out again.
    ``until`` sums those that happened by the end of that day, whenever written down.
    ``year`` counts only the money of one year's accounts.
    """
    found: dict[int, Figures] = {}
    kept = known_on is None and until is None
    rows = _standing(year) if kept else _known(known_on, year, until=until)
    for earmark_id, stage, is_held, fen in session.execute(rows):
        found.setdefault(earmark_id, Figures()).add(stage, is_held, int(fen))
    return found


def by_agreement(
    session: Session,
    earmark: Earmark,
    *,
    known_on: dt.date | None = None,
    year: int | None = None,
) -> dict[int, Figures]:
    """Return the figures of an earmark's agreements by their ids, as ``figures`` does."""
    key = Account.agreement_id
    rows = _standing(year, key) if known_on is None else _known(known_on, year, key)
    rows = rows.where(Account.earmark_id == earmark.id, key.is_not(None))
    found: dict[int, Figures] = {}
    for agreement_id, stage, is_held, fen in session.execute(rows):
        found.setdefault(agreement_id, Figures()).add(stage, is_held, int(fen))
    return found


def rows(
    session: Session,
    *,
    department: str = "",
    known_on: dt.date | None = None,
    until: dt.date | None = None,
    year: int | None = None,
    by: Person | None = None,
) -> list[EarmarkFigures]:
    """Return the earmarks that ``earmarks`` does, with their figures, in the plan's order."""
    by_id = figures(session, known_on=known_on, until=until, year=year)
    return [
        EarmarkFigures(earmark, by_id.get(earmark.id, Figures()))
        for earmark in earmarks(session, department=department, by=by)
    ]


def rows_of_year(
    session: Session, year: int, *, known_on: dt.date | None = None
) -> list[EarmarkFigures]:
    """Return all earmarks with what had come of their money by the end of a year, in two queries."""
    # Of a year that goes on, everything did so far.
    until = dt.date(year, 12, 31) if year < clock.today().year else None
    return rows(session, known_on=known_on, until=until)


def export_rows(session: Session) -> Iterator[dict[str, str | int]]:
    """Give, per earmark, what ``export funds`` prints: integers in fen, each stage cumulative.

    So 预算 ≥ 签约 ≥ 拨付 ≥ 使用 ≥ 验收 in every row.
    """
    for row in rows(session):
        yield {
            "earmark": row.earmark.code,
            "project": row.earmark.project.name,
            "department": row.earmark.department,
            "budget": row.figures.budget_fen,
            "appropriated": row.figures.appropriated_fen,
            "committed": row.figures.committed_fen,
            "disbursed": row.figures.disbursed_fen,
            "spent": row.figures.spent_fen,
            "accepted": row.figures.accepted_fen,
            "available": row.figures.available_fen,
        }


def total(parts: Iterable[Figures]) -> Figures:
    """Return the sum of figures."""
    whole = Figures()
    for part in parts:
        for (stage, is_held), fen in part.standing.items():
            whole.add(stage, is_held, fen)
    return whole


def _standing(year: int | None, key: Any = Account.earmark_id) -> sa.Select:
    select = sa.select(
        key, Account.stage, Account.is_held, sa.func.sum(Account.balance_fen)
    ).group_by(key, Account.stage, Account.is_held)
    return select.where(Account.year == year) if year else select


def _known(
    day: dt.date | None,
    year: int | None,
    key: Any = Account.earmark_id,
    *,
    until: dt.date | None = None,
) -> sa.Select:
    sides = sa.union_all(
        sa.select(
            Transfer.to_id.label("account_id"), Transfer.amount_fen.label("fen"), Transfer.entry_id
        ),
        sa.select(Transfer.from_id, -Transfer.amount_fen, Transfer.entry_id),
    ).subquery()
    select = (
        sa.select(key, Account.stage, Account.is_held, sa.func.sum(sides.c.fen))
        .join(sides, sides.c.account_id == Account.id)
        .join(LedgerEntry, LedgerEntry.id == sides.c.entry_id)
        .group_by(key, Account.stage, Account.is_held)
    )
    if day is not None:
        end = clock.start_of(day + dt.timedelta(days=1))
        select = select.where(LedgerEntry.recorded_at < end)
    if until is not None:
        select = select.where(LedgerEntry.occurred_on <= until)
    return select.where(Account.year == year) if year else select


def flows(
    session: Session, *, known_on: dt.date | None = None
) -> dict[tuple[int, int], tuple[int, int, int, int, int, int]]:
    """Return the fen that reached 下达, 签约, 拨付, 使用, 验收 and 上缴, per (year, month) of the day they did.

    What a counter-move or a reversal takes back counts below zero in its own month, so
    the months of a stage sum to its cumulative figure. Carrying over reaches nothing new.
    """
    source, target = aliased(Account), aliased(Account)
    select = (
        sa.select(
            LedgerEntry.occurred_on, source.stage, target.stage, sa.func.sum(Transfer.amount_fen)
        )
        .select_from(Transfer)
        .join(LedgerEntry, LedgerEntry.id == Transfer.entry_id)
        .join(source, source.id == Transfer.from_id)
        .join(target, target.id == Transfer.to_id)
        .where(source.stage != target.stage, source.stage != Stage.SOURCE)
        .group_by(LedgerEntry.occurred_on, source.stage, target.stage)
        .order_by(LedgerEntry.occurred_on)
    )
    if known_on is not None:
        end = clock.start_of(known_on + dt.timedelta(days=1))
        select = select.where(LedgerEntry.recorded_at < end)
    found: dict[tuple[int, int], list[int]] = {}
    for day, start, end_stage, fen in session.execute(select):
        reached = found.setdefault((day.year, day.month), [0] * len(REACHED))
        for place, stages in enumerate(REACHED):
            reached[place] += ((end_stage in stages) - (start in stages)) * int(fen)
    return {month: tuple(reached) for month, reached in found.items()}  # type: ignore[misc]


# The stages that count as having reached 下达, 签约, 拨付, 使用, 验收, 上缴.
REACHED = (
    (*LADDER, Stage.SURRENDERED),
    *(LADDER[place:] for place in range(1, len(LADDER))),
    (Stage.SURRENDERED,),
)
