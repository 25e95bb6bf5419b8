"""Ask which subdistrict office helps which village."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.plan.models import IndicatorRecord, Pair, PairStep
from market.plan.queries.knowing import last_steps
from market.units.models import Unit, UnitKind, UnitState


def pairs_of(session: Session, year: int) -> Sequence[Pair]:
    """Return the pairs of a year that were entered, by position, their units loaded."""
    return session.scalars(
        sa.select(Pair)
        .where(Pair.year == year)
        .order_by(Pair.position)
        .options(joinedload(Pair.unit, innerjoin=True))
    ).all()


@dataclass(frozen=True)
class PairThen:
    """A pair as it stood at the end of a day."""

    id: int
    position: int
    township: str
    village: str
    unit: Unit

    @property
    def name(self) -> str:
        """Return both sides in one line."""
        return f"{self.unit.name} — {self.township}{self.village}"


def pairs_then(session: Session, year: int, on: dt.date) -> Sequence[PairThen]:
    """Return the pairs of a year that were entered by the end of a day, by position."""
    rows = session.execute(
        sa.select(Pair.position, PairStep)
        .join(PairStep, PairStep.pair_id == Pair.id)
        .where(Pair.year == year, PairStep.id.in_(last_steps(PairStep, PairStep.pair_id, on)))
        .order_by(Pair.position)
        .options(joinedload(PairStep.unit, innerjoin=True))
    )
    return [
        PairThen(step.pair_id, position, step.township, step.village, step.unit)
        for position, step in rows
    ]


def every_pair(session: Session) -> Sequence[Pair]:
    """Return the pairs of all years, the newest year first."""
    return session.scalars(
        sa.select(Pair)
        .order_by(Pair.year.desc(), Pair.position)
        .options(joinedload(Pair.unit, innerjoin=True))
    ).all()


def pair_at(session: Session, year: int, position: int) -> Pair | None:
    """Return the pair at one of the eight places of a year."""
    return session.scalar(
        sa.select(Pair)
        .where(Pair.year == year, Pair.position == position)
        .options(joinedload(Pair.unit, innerjoin=True))
    )


def named_pairs(session: Session, pair_ids: Sequence[int]) -> set[int]:
    """Return those pairs that a record names, which are no longer changed."""
    return set(
        session.scalars(
            sa.select(IndicatorRecord.pair_id).where(IndicatorRecord.pair_id.in_(pair_ids))
        )
    )


def free_units(session: Session, year: int, but: Pair | None = None) -> Sequence[Unit]:
    """Return the subdistrict offices that have no village yet in a year, ``but``'s own among them."""
    taken = sa.select(Pair.unit_id).where(Pair.year == year)
    free = sa.and_(Unit.state == UnitState.ACTIVE, Unit.id.not_in(taken))
    wanted = sa.or_(free, Unit.id == but.unit_id) if but else free
    return session.scalars(
        sa.select(Unit).where(Unit.kind == UnitKind.SUBDISTRICT, wanted).order_by(Unit.code)
    ).all()
