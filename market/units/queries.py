"""Ask about units."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.adapters.pinyin import patterns
from market.core.access import DESK
from market.core.settings import StationedRule, settings
from market.units.models import (
    EXCEPTED,
    INDEPENDENT,
    LEAST_DINERS,
    Unit,
    UnitChange,
    UnitChangePart,
    UnitKind,
    UnitState,
)


def unit_by_code(session: Session, code: str) -> Unit | None:
    """Return the unit with this code, its parent and the unit it shares with loaded."""
    return session.scalar(
        sa.select(Unit)
        .where(Unit.code == code)
        .options(joinedload(Unit.parent), joinedload(Unit.shared_with))
    )


def units_by_code(session: Session, codes: Collection[str]) -> dict[str, Unit]:
    """Return those of these units that there are, by code, in one query."""
    found = session.scalars(
        sa.select(Unit).where(Unit.code.in_(codes)).options(joinedload(Unit.shared_with))
    )
    return {unit.code: unit for unit in found}


def unit_for(session: Session, person: Any, code: str) -> Unit | None:
    """Return the unit if this person may see it: those at a desk any, others their own."""
    unit = unit_by_code(session, code)
    if unit is not None and (person.role in DESK or person.unit_id == unit.id):
        return unit
    return None


def units_matching(
    *,
    q: str = "",
    kind: UnitKind | None = None,
    state: UnitState | None = None,
    duty: bool | None = None,
    rule: StationedRule | None = None,
) -> sa.Select[Any]:
    """Return a select of units by code, for ``page_of`` or ``scalars``.

    ``q`` is looked for in name, code, pinyin and initials; ``duty`` asks for those that
    must buy, or need not.
    """
    select = sa.select(Unit).options(joinedload(Unit.shared_with)).order_by(Unit.code)
    for pattern in patterns(q):
        select = select.where(Unit.search_text.ilike(pattern, escape="\\"))
    if kind is not None:
        select = select.where(Unit.kind == kind)
    if state is not None:
        select = select.where(Unit.state == state)
    if duty is not None:
        obliged = must_buy(rule)
        select = select.where(obliged if duty else sa.not_(obliged))
    return select


def diners_of(session: Session, select: sa.Select[Any]) -> int:
    """Return how many people eat daily at all the units that ``units_matching`` selects."""
    found = select.order_by(None).with_only_columns(Unit.daily_diners).subquery()
    return session.scalar(sa.select(sa.func.sum(found.c.daily_diners))) or 0


def units_of_kinds(session: Session, kinds: Collection[UnitKind]) -> Sequence[Unit]:
    """Return the active units of these kinds, by code."""
    return session.scalars(
        sa.select(Unit)
        .where(Unit.kind.in_(kinds), Unit.state == UnitState.ACTIVE)
        .order_by(Unit.code)
    ).all()


def active_units(session: Session) -> Sequence[Unit]:
    """Return every unit that still exists, by code."""
    return units_of_kinds(session, list(UnitKind))


def must_buy(rule: StationedRule | None = None) -> sa.ColumnElement[bool]:
    """Return the condition that ``services.duty_of`` answers yes, for the database."""
    meets = sa.and_(Unit.canteen.in_(INDEPENDENT), Unit.daily_diners >= LEAST_DINERS)
    always = [UnitKind.SUBDISTRICT, UnitKind.AFFAIRS_CENTER]
    if (rule or settings().stationed_rule) is StationedRule.ALWAYS:
        always.append(UnitKind.STATIONED_AGENCY)
    return sa.and_(
        Unit.state == UnitState.ACTIVE,
        sa.or_(
            Unit.kind.in_(always),
            sa.and_(Unit.kind == UnitKind.STATIONED_AGENCY, meets),
            sa.and_(Unit.kind == UnitKind.PUBLIC_INSTITUTION, Unit.nature.not_in(EXCEPTED), meets),
        ),
    )


def sharers_of(session: Session, unit: Unit) -> Sequence[Unit]:
    """Return the active units whose shared canteen this unit files for."""
    return session.scalars(
        sa.select(Unit)
        .where(Unit.shared_with_id == unit.id, Unit.state == UnitState.ACTIVE)
        .order_by(Unit.code)
    ).all()


def every_unit(session: Session) -> Sequence[Unit]:
    """Return all units, closed ones too, with the units they name, in one query."""
    return session.scalars(
        sa.select(Unit)
        .order_by(Unit.code)
        .options(joinedload(Unit.parent), joinedload(Unit.shared_with))
    ).all()


def changes_of(session: Session, unit: Unit) -> Sequence[UnitChange]:
    """Return the changes a unit had a part in, the newest first."""
    mine = sa.select(UnitChangePart.change_id).where(UnitChangePart.unit_id == unit.id)
    return session.scalars(
        sa.select(UnitChange)
        .where(UnitChange.id.in_(mine))
        .options(selectinload(UnitChange.parts).joinedload(UnitChangePart.unit))
        .order_by(UnitChange.id.desc())
    ).all()
