"""Ask what units file of their reserved share, and who may file and confirm it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.adapters.pinyin import patterns
from market.adapters.spreadsheets import Table
from market.core import clock
from market.core.access import DESK, UNIT_BUYERS, Role
from market.targets.models import ReserveFiling, ReserveState, ReserveYear
from market.targets.queries.entries import sum_of
from market.units.models import Unit, UnitState


@dataclass(frozen=True)
class ReserveSums:
    """What some units file: how many there are, have filed and are confirmed, and fen.

    ``confirmed_fen`` is the part of what is reserved that is confirmed.
    """

    units: int
    filed: int
    confirmed: int
    budget_fen: int
    reserved_fen: int
    confirmed_fen: int


def reserve_year(session: Session, year: int) -> ReserveYear | None:
    """Return what was set for a year, if anything was."""
    return session.scalars(sa.select(ReserveYear).where(ReserveYear.year == year)).one_or_none()


def may_file_reserve(unit: Unit, person: Person) -> bool:
    """Tell whether somebody may file for a unit: its own buyers."""
    return person.role in UNIT_BUYERS and person.unit_id == unit.id


def may_confirm_reserve(unit: Unit, person: Person) -> bool:
    """Tell whether somebody may confirm for a unit: the lead of its parent, or of none a coordinator."""
    if unit.parent_id is not None:
        return person.role is Role.LEAD and person.unit_id == unit.parent_id
    return person.role is Role.COORDINATOR and person.unit_id != unit.id


def reserves_for(person: Person, year: int, *, state: str = "", words: str = "") -> sa.Select[Any]:
    """Select (unit, filing or nothing) that a person may see, by the unit's code.

    From the desk every unit there is, and a closed one that has filed; for others their
    unit and those below it. ``state`` is that of the filing, or ``none``.
    """
    select: Any = (
        sa.select(Unit, ReserveFiling)
        .outerjoin(
            ReserveFiling, sa.and_(ReserveFiling.unit_id == Unit.id, ReserveFiling.year == year)
        )
        .where(sa.or_(Unit.state == UnitState.ACTIVE, ReserveFiling.id.is_not(None)))
        .options(
            joinedload(Unit.parent),
            joinedload(ReserveFiling.shared_with),
            # Not every unit has filed.
            joinedload(ReserveFiling.made_by, innerjoin=False),
            joinedload(ReserveFiling.confirmed_by),
        )
        .order_by(Unit.code)
    )
    if person.role not in DESK:
        own = sa.or_(Unit.id == person.unit_id, Unit.parent_id == person.unit_id)
        select = select.where(own)
    if state == "none":
        select = select.where(ReserveFiling.id.is_(None))
    elif state:
        select = select.where(ReserveFiling.state == ReserveState(state))
    for pattern in patterns(words):
        select = select.where(Unit.search_text.ilike(pattern, escape="\\"))
    return select


def reserve_sums(session: Session, select: sa.Select[Any]) -> ReserveSums:
    """Return the sums over all pages of a list of filings."""
    is_confirmed = ReserveFiling.state == ReserveState.CONFIRMED
    row = session.execute(
        select.order_by(None).with_only_columns(
            sa.func.count(),
            sa.func.count(ReserveFiling.id),
            sum_of(sa.case((is_confirmed, 1), else_=0)),
            sum_of(ReserveFiling.budget_fen),
            sum_of(ReserveFiling.reserved_fen),
            sum_of(sa.case((is_confirmed, ReserveFiling.reserved_fen), else_=0)),
            maintain_column_froms=True,
        )
    ).one()
    return ReserveSums(*row)


def reserve_for(
    session: Session, person: Person, year: int, code: str
) -> tuple[Unit, ReserveFiling | None] | None:
    """Return a unit with its filing of a year, if this person may see it."""
    row = session.execute(reserves_for(person, year).where(Unit.code == code)).one_or_none()
    return None if row is None else (row[0], row[1])


def reserve_table(
    year: int,
    rows: Sequence[Any],
    sums: ReserveSums,
) -> Table:
    """Return the filings of a year as a table to take away, with their sums."""
    return Table(
        title=f"{year}年食堂预留份额填报",
        note=f"截至 {clock.today()}；单位：元；预留金额 = 年度食堂食材采购总额 × 预留比例",
        columns=(
            ("单位编码", "text"),
            ("单位名称", "text"),
            ("主管单位", "text"),
            ("食堂情况", "text"),
            ("由谁填报", "text"),
            ("年度食堂食材采购总额(元)", "yuan"),
            ("预留比例", "rate"),
            ("预留金额(元)", "yuan"),
            ("状态", "text"),
            ("备注", "text"),
        ),
        rows=[
            (
                unit.code,
                unit.name,
                unit.parent.name if unit.parent else "",
                filing.canteen.label if filing else "",
                filing.shared_with.name if filing and filing.shared_with else "",
                filing.budget_fen if filing else 0,
                filing.rate if filing else 0,
                filing.reserved_fen if filing else 0,
                filing.state.label if filing else "未填报",
                filing.note if filing else "",
            )
            for unit, filing in rows
        ],
        total=(
            "",
            f"合计（{sums.units} 个单位，已填报 {sums.filed} 个）",
            "",
            "",
            "",
            sums.budget_fen,
            sums.reserved_fen * 1000 // sums.budget_fen if sums.budget_fen else 0,
            sums.reserved_fen,
            f"已确认 {sums.confirmed} 个",
            "",
        ),
    )
