"""Let units merge, split and end during the year without losing a fen.

What a unit bought stays with it, and so does the part of its target that is done. What
it had still to buy goes to its successors, by entries that sum to nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import money
from market.core.access import Role
from market.core.errors import Refused
from market.targets.models import TargetEntry
from market.targets.queries.runs import bought_in, held_by, named
from market.targets.services.issuing import Paper, Setting, take_units, write_targets
from market.units.models import Unit, UnitChange
from market.units.services import Changed, write_change


@dataclass(frozen=True)
class Heir:
    """A unit that takes over, and by which weight it shares in what is left to buy."""

    unit: Unit
    weight: int = 1


def merge_units(
    session: Session, before: Sequence[Unit], into: Unit, changed: Changed, *, by: Person
) -> UnitChange:
    """Merge units into another one, which takes over what they have still to buy.

    Refuses what ``write_change`` refuses, a document used before for one of the units in
    the year, and anybody but a coordinator.
    """
    if into in before:
        raise Refused(f"“{into.name}”不能并入自己，请选择另一个单位。", field="after")
    return _hand_over(session, before, [Heir(into)], changed, closes=True, by=by)


def split_unit(
    session: Session,
    unit: Unit,
    heirs: Sequence[Heir],
    changed: Changed,
    *,
    kept_weight: int | None = None,
    by: Person,
) -> UnitChange:
    """Split a unit: its successors share by weight what it has still to buy.

    With ``kept_weight`` it goes on and shares too, without it is closed. The largest
    remainder divides to the fen. Refuses no successor, weights that are negative or all
    zero, and what ``merge_units`` refuses.
    """
    if not heirs:
        raise Refused("分设至少要有一个承接单位；新单位请先在“单位”页登记。", field="after")
    weights = [heir.weight for heir in heirs] + [kept_weight or 0]
    if min(weights) < 0 or not any(weights):
        raise Refused("划分权重不能小于 0，也不能全部为 0。", field="after")
    stays = [] if kept_weight is None else [Heir(unit, kept_weight)]
    return _hand_over(session, [unit], [*stays, *heirs], changed, closes=not stays, by=by)


def end_unit(
    session: Session, unit: Unit, changed: Changed, *, successor: Unit | None = None, by: Person
) -> UnitChange:
    """Close a unit by a document; a successor takes over what it has still to buy.

    Without one its target stays as it was issued. Refuses what ``merge_units`` refuses.
    """
    heirs = [Heir(successor)] if successor else []
    return _hand_over(session, [unit], heirs, changed, closes=True, by=by)


def _hand_over(
    session: Session,
    before: Sequence[Unit],
    heirs: Sequence[Heir],
    changed: Changed,
    *,
    closes: bool,
    by: Person,
) -> UnitChange:
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以办理单位合并、分设和撤销，请联系统筹协调。")
    after = [heir.unit for heir in heirs if heir.unit not in before]
    units = {unit.id: unit for unit in (*before, *after)}
    take_units(session, units)
    made = write_change(session, changed, before=before, after=after, closes=closes, by=by)
    paper = Paper(made.document_no, made.document_on, made.happened_on, made.reason)
    years = sa.select(TargetEntry.year).where(
        TargetEntry.unit_id.in_([unit.id for unit in before]),
        TargetEntry.year >= made.happened_on.year,
    )
    for year in sorted(session.scalars(years.distinct())) if heirs else ():
        held, done = held_by(session, year, units), bought_in(session, year)
        moved: dict[int, int] = defaultdict(int)
        for unit in before:
            rest = max(held.get(unit.id, 0) - max(done.get(unit.id, 0), 0), 0)
            moved[unit.id] -= rest
            parts = money.shares(rest, [heir.weight for heir in heirs])
            for heir, fen in zip(heirs, parts, strict=True):
                moved[heir.unit.id] += fen
        settings = [
            Setting(units[id_], held.get(id_, 0), held.get(id_, 0) + fen, id_ not in held)
            for id_, fen in sorted(moved.items())
            if fen
        ]
        _check_unused(session, year, [setting.unit for setting in settings], paper.document_no)
        write_targets(session, settings, year=year, paper=paper, change=made, by=by)
    return made


def _check_unused(session: Session, year: int, units: Sequence[Unit], document_no: str) -> None:
    used = set(
        session.scalars(
            sa.select(TargetEntry.unit_id).where(
                TargetEntry.year == year,
                TargetEntry.document_no == document_no,
                TargetEntry.unit_id.in_([unit.id for unit in units]),
            )
        )
    )
    again = [unit for unit in units if unit.id in used]
    if again:
        raise Refused(
            f"文号“{document_no}”已用于{named(again)}{year}年的目标，请填写单位变动文件的文号。",
            field="document_no",
        )
