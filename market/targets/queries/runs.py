"""Runs that divide a total: what stands in them, what comes of it, and what was known when."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from market.core import clock, money
from market.core.errors import Refused
from market.targets.models import (
    AllocationLine,
    AllocationRun,
    Basis,
    CreditTotal,
    RunState,
    TargetEntry,
)
from market.targets.queries.allocation import Claimant, Division, divide
from market.targets.queries.entries import sum_of
from market.units.models import Unit, UnitKind, UnitState
from market.units.queries import must_buy

OPEN = (RunState.DRAFT, RunState.RETURNED)  # Its maker may still calculate it anew.
MILLI = 1000
NAMED = 3  # How many units a refusal names.


@dataclass(frozen=True)
class Given:
    """What somebody says of a unit in a run; what the basis doesn't ask for is ``None``."""

    unit_id: int
    people: int | None = None
    months: int | None = None
    weight_milli: int | None = None
    floor_fen: int | None = None
    cap_fen: int | None = None


@dataclass(frozen=True)
class Known:
    """A unit's target of a year as far as it was written down by the end of a day.

    ``coming_fen`` is the part of it whose day had not come by then.
    """

    unit: Unit
    target_fen: int
    coming_fen: int
    entries: int


def runs(year: int) -> sa.Select[Any]:
    """Select the runs of a year, newest first, with their makers."""
    return (
        sa.select(AllocationRun)
        .where(AllocationRun.year == year)
        .options(joinedload(AllocationRun.made_by), joinedload(AllocationRun.revises))
        .order_by(AllocationRun.id.desc())
    )


def run_by_number(session: Session, number: str) -> AllocationRun | None:
    """Return a run with the people and the document that belong to it."""
    return session.scalar(
        sa.select(AllocationRun)
        .where(AllocationRun.number == number)
        .options(
            joinedload(AllocationRun.made_by),
            joinedload(AllocationRun.checked_by),
            joinedload(AllocationRun.issued_by),
            joinedload(AllocationRun.attachment),
            joinedload(AllocationRun.revises),
        )
    )


def issued_runs(session: Session, year: int) -> Sequence[AllocationRun]:
    """Return the runs of a year whose targets were issued, newest first."""
    issued = runs(year).where(AllocationRun.state == RunState.ISSUED)
    return session.scalars(issued).unique().all()


def lines_of(session: Session, run: AllocationRun) -> Sequence[AllocationLine]:
    """Return a run's lines with their units, by code."""
    return session.scalars(
        sa.select(AllocationLine)
        .join(AllocationLine.unit)
        .options(contains_eager(AllocationLine.unit).joinedload(Unit.shared_with))
        .where(AllocationLine.run_id == run.id)
        .order_by(Unit.code)
        # What the session holds already may be older than what is asked for.
        .execution_options(populate_existing=True)
    ).all()


def issued_line(session: Session, unit_id: int, number: str) -> AllocationLine | None:
    """Return a unit's line of a run that was issued, if it took part in it."""
    return session.scalar(
        sa.select(AllocationLine)
        .join(AllocationRun, AllocationRun.id == AllocationLine.run_id)
        .where(
            AllocationLine.unit_id == unit_id,
            AllocationRun.number == number,
            AllocationRun.state == RunState.ISSUED,
        )
    )


def is_raising(total_fen: int, lines: Iterable[AllocationLine]) -> bool:
    """Tell whether a run divides more than its units have: then it lowers nobody."""
    return total_fen > sum(line.held_fen for line in lines) > 0


def division_of(run: AllocationRun, lines: Sequence[AllocationLine]) -> Division:
    """Compute a run from what is written in it; refuses like ``divide``.

    Where it raises, what each unit has is the least it gets.
    """
    raises = is_raising(run.total_fen, lines)
    return divide(
        run.total_fen,
        run.step_fen,
        (
            Claimant(
                line.unit.code,
                line.weight_milli or 0,
                max(line.floor_fen or 0, line.held_fen if raises else 0),
                line.cap_fen,
            )
            for line in lines
        ),
    )


def weight_of(basis: Basis, given: Given, bought_fen: Mapping[int, int]) -> int | None:
    """Return a weight in thousandths; ``None`` where what it is made of was not given.

    Purchases weigh by the yuan of the year before; who bought nothing weighs nothing.
    """
    match basis:
        case Basis.DINERS:
            if given.people is None or given.months is None:
                return None
            return given.people * given.months * MILLI
        case Basis.STAFF:
            return None if given.people is None else given.people * MILLI
        case Basis.PURCHASES:
            return max(bought_fen.get(given.unit_id, 0), 0) * MILLI // 100
        case _:
            return given.weight_milli


def bought_in(session: Session, year: int) -> dict[int, int]:
    """Return the fen that counted for each unit in a year."""
    rows = session.execute(
        sa.select(CreditTotal.unit_id, sum_of(CreditTotal.amount_fen))
        .where(CreditTotal.year == year)
        .group_by(CreditTotal.unit_id)
    )
    return {unit_id: fen for unit_id, fen in rows}  # noqa: C416 (rows are no pairs to mypy)


def held_by(session: Session, year: int, unit_ids: Iterable[int]) -> dict[int, int]:
    """Return the target of a year of each of these units that has entries, in fen."""
    rows = session.execute(
        sa.select(TargetEntry.unit_id, sum_of(TargetEntry.change_fen))
        .where(TargetEntry.year == year, TargetEntry.unit_id.in_(list(unit_ids)))
        .group_by(TargetEntry.unit_id)
    )
    return {unit_id: fen for unit_id, fen in rows}  # noqa: C416


def check_fresh(session: Session, run: AllocationRun, lines: Sequence[AllocationLine]) -> None:
    """Refuse a run of which a unit was closed or a target has changed since it was calculated."""
    closed = [line.unit for line in lines if line.unit.state is UnitState.CLOSED]
    if closed:
        raise Refused(f"{named(closed)}已撤销，不能再下达目标，请退回后去掉已撤销的单位重新计算。")
    held = held_by(session, run.year, [line.unit_id for line in lines])
    changed = [line.unit for line in lines if line.held_fen != held.get(line.unit_id, 0)]
    if changed:
        raise Refused(
            f"计算之后，{named(changed)}{run.year}年的目标已有变动，这次分解依据的现行目标不再准确。"
            "请退回后重新计算，再提交复核。"
        )


def named(units: Sequence[Unit]) -> str:
    """Name a few units, and say how many there are."""
    names = "、".join(f"“{unit.name}”" for unit in units[:NAMED])
    return names if len(units) <= NAMED else f"{names} 等 {len(units)} 个单位"


def units_taking_part(
    session: Session, kinds: Iterable[UnitKind], *, obliged: bool
) -> Sequence[Unit]:
    """Return the active units of these kinds, by code; ``obliged`` leaves out who need not buy."""
    select = (
        sa.select(Unit)
        .where(Unit.kind.in_(list(kinds)), Unit.state == UnitState.ACTIVE)
        .options(joinedload(Unit.shared_with))
        .order_by(Unit.code)
    )
    return session.scalars(select.where(must_buy()) if obliged else select).all()


def held_outside(session: Session, run: AllocationRun) -> tuple[int, int]:
    """Return how many units outside a run have a target of its year, and the sum in fen."""
    inside = sa.select(AllocationLine.unit_id).where(AllocationLine.run_id == run.id)
    row = session.execute(
        sa.select(
            sa.func.count(sa.distinct(TargetEntry.unit_id)), sum_of(TargetEntry.change_fen)
        ).where(TargetEntry.year == run.year, TargetEntry.unit_id.not_in(inside))
    ).one()
    return row[0], row[1]


def targets_known(session: Session, year: int, day: dt.date) -> list[Known]:
    """Return every unit's target of a year as it was known at the end of a day, by code."""
    end = clock.start_of(day + dt.timedelta(days=1)) if day < dt.date.max else None
    coming = sa.case((TargetEntry.effective_on > day, TargetEntry.change_fen), else_=0)
    sums = (
        sa.select(
            TargetEntry.unit_id,
            sum_of(TargetEntry.change_fen).label("fen"),
            sum_of(coming).label("coming"),
            sa.func.count().label("entries"),
        )
        .where(TargetEntry.year == year)
        .group_by(TargetEntry.unit_id)
    )
    if end is not None:
        sums = sums.where(TargetEntry.at < end)
    found = sums.subquery()
    rows = session.execute(
        sa.select(Unit, found.c.fen, found.c.coming, found.c.entries)
        .join(found, found.c.unit_id == Unit.id)
        .order_by(Unit.code)
    )
    return [Known(unit, fen, later, count) for unit, fen, later, count in rows]


def verify_runs(session: Session) -> list[str]:
    """Return, in Chinese, every run whose figures are not what its own inputs come to.

    And every issued one whose entries are not the differences that it says, and every
    change of units whose entries don't sum to nothing.
    """
    lines: dict[int, list[AllocationLine]] = defaultdict(list)
    every = sa.select(AllocationLine).options(joinedload(AllocationLine.unit))
    for line in session.scalars(every.order_by(AllocationLine.id)):
        lines[line.run_id].append(line)
    written: dict[tuple[int | None, int], int] = {
        (run_id, unit_id): fen
        for run_id, unit_id, fen in session.execute(
            sa.select(TargetEntry.run_id, TargetEntry.unit_id, sum_of(TargetEntry.change_fen))
            .where(TargetEntry.run_id.is_not(None))
            .group_by(TargetEntry.run_id, TargetEntry.unit_id)
        )
    }
    faults = []
    calculated = sa.select(AllocationRun).where(AllocationRun.version > 0)
    for run in session.scalars(calculated.order_by(AllocationRun.id)):
        faults += _faults(run, lines[run.id], written)
    moved = (
        sa.select(TargetEntry.unit_change_id, TargetEntry.year, sum_of(TargetEntry.change_fen))
        .where(TargetEntry.unit_change_id.is_not(None))
        .group_by(TargetEntry.unit_change_id, TargetEntry.year)
        .having(sum_of(TargetEntry.change_fen) != 0)
    )
    faults += [
        f"单位变动 {change} 在{year}年移交的目标合计为 {money.yuan(fen)} 元，应为 0 元"
        for change, year, fen in session.execute(moved)
    ]
    return faults


def _faults(
    run: AllocationRun, lines: list[AllocationLine], written: Mapping[tuple[int | None, int], int]
) -> list[str]:
    try:
        parts = division_of(run, lines).by_code
    except Refused as refusal:
        return [f"分解 {run.number} 不能重算：{refusal}"]
    faults = []
    for line in lines:
        part = parts[line.unit.code]
        if line.amount_fen != part.amount_fen:
            faults.append(
                f"分解 {run.number}“{line.unit.name}”记为 {money.yuan(line.amount_fen or 0)} 元，"
                f"按所记权重重算为 {money.yuan(part.amount_fen)} 元"
            )
        change = written.get((run.id, line.unit_id), 0)
        if run.state is RunState.ISSUED and change != part.amount_fen - line.held_fen:
            faults.append(
                f"分解 {run.number}“{line.unit.name}”下达的变动为 {money.yuan(change)} 元，"
                f"应为 {money.yuan(part.amount_fen - line.held_fen)} 元"
            )
    return faults
