"""How far each indicator and each area has come: the worst part says so, nothing is averaged."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from market.core import clock, money
from market.core.labels import Label
from market.plan.models import (
    PAIRS,
    PLAN_YEAR,
    Area,
    Clause,
    Indicator,
    IndicatorRecord,
    Pair,
    RecordState,
    RecordStep,
    Shape,
)
from market.plan.queries.knowing import counted_by, last_steps
from market.plan.queries.pairs import PairThen, pairs_of, pairs_then

# A row that was reversed stands beside the row that takes it back; together they are nothing.
COUNTED = (RecordState.VERIFIED, RecordState.REVERSED)


class Light(Label):
    """The light of a part, an indicator or an area; the later in this list, the worse."""

    REACHED = "done", "已完成"
    GOING = "running", "推进中"
    OVER = "review", "超出"
    BEHIND = "overdue", "落后"


LIGHTS = list(Light)


def worst(lights: Iterable[Light]) -> Light:
    """Return the worst of some lights; of none there is nothing to be behind with."""
    return max(lights, key=LIGHTS.index, default=Light.REACHED)


@dataclass(frozen=True)
class Time:
    """The days of a year that are over, and all of its days."""

    gone: int
    days: int

    def due(self, target: int) -> int:
        """Return what should be done of a target by now, rounded down: one thing is due at year's end."""
        return target * self.gone // self.days


@dataclass(frozen=True)
class Part:
    """One thing that must be reached: a number, an amount of fen, or what one pair has done.

    ``most`` is the number that must not be exceeded, where the plan says so exactly.
    """

    name: str
    done: int
    least: int
    most: int | None = None
    unit: str = ""
    is_money: bool = False

    @property
    def gap(self) -> int:
        """Return what is missing, never less than nothing."""
        return max(self.least - self.done, 0)

    @property
    def over(self) -> int:
        """Return by how much the most is exceeded."""
        return 0 if self.most is None else max(self.done - self.most, 0)

    @property
    def reached(self) -> bool:
        """Whether it is done, and not overdone."""
        return not self.gap and not self.over

    @property
    def capped(self) -> int:
        """Return what is done, counting no more than was asked for."""
        return min(max(self.done, 0), self.least)

    def light(self, time: Time) -> Light:
        """Return the light at a time: behind is who has less than is due by then."""
        if self.over:
            return Light.OVER
        if not self.gap:
            return Light.REACHED
        return Light.BEHIND if self.done < time.due(self.least) else Light.GOING

    def shown(self, figure: int) -> str:
        """Write one of its figures with its unit."""
        if self.is_money:
            return f"{money.wan(figure)} 万元"
        return f"{figure} {self.unit}".rstrip()


@dataclass(frozen=True)
class Standing:
    """How far one indicator has come in a year, by what was verified of it."""

    indicator: Indicator
    parts: Sequence[Part]
    waiting: int
    time: Time

    @property
    def light(self) -> Light:
        """Return the light of the worst part."""
        return worst(part.light(self.time) for part in self.parts)

    @property
    def reached(self) -> int:
        """Return how many parts are reached."""
        return sum(part.reached for part in self.parts)

    @property
    def capped(self) -> int:
        """Return the sum of what the parts have done, none counting for another."""
        return sum(part.capped for part in self.parts)

    @property
    def target(self) -> str:
        """Write the target by its shape."""
        part = self.parts[0]
        match self.indicator.shape:
            case Shape.DONE:
                return "完成"
            case Shape.AT_LEAST:
                return f"≥ {part.shown(part.least)}"
            case Shape.EXACTLY:
                return f"= {part.shown(part.least)}"
            case Shape.RANGE:
                return f"{part.least}—{part.shown(part.most or part.least)}"
            case Shape.PER_PAIR:
                return f"{PAIRS} 对各 ≥ {part.shown(part.least)}"
            case _:
                return "、".join(part.shown(part.least) for part in self.parts)

    @property
    def done(self) -> str:
        """Write what was verified, by shape; of pairs how many are reached, and the capped sum."""
        part = self.parts[0]
        match self.indicator.shape:
            case Shape.DONE:
                return "已完成" if part.reached else "未完成"
            case Shape.PER_PAIR:
                total = sum(part.least for part in self.parts)
                capped = f"封顶合计 {self.capped}/{part.shown(total)}"
                return f"{self.reached}/{PAIRS} 对达标，{capped}"
            case _:
                return "、".join(part.shown(part.done) for part in self.parts)

    @property
    def gap(self) -> str:
        """Write what is missing or too much; nothing where it is reached, or only done or not."""
        if self.indicator.shape is Shape.DONE:
            return ""
        if self.indicator.shape is Shape.PER_PAIR:
            gap = sum(part.gap for part in self.parts)
            if not gap:
                return ""
            behind = PAIRS - self.reached
            return f"{behind} 对未达标，共差 {self.parts[0].shown(gap)}"
        return "、".join(
            f"超出 {part.shown(part.over)}" if part.over else f"差 {part.shown(part.gap)}"
            for part in self.parts
            if not part.reached
        )


@dataclass(frozen=True)
class AreaStanding:
    """How far one of the seven areas has come."""

    area: Area
    standings: Sequence[Standing]

    @property
    def light(self) -> Light:
        """Return the light of the worst indicator."""
        return worst(standing.light for standing in self.standings)

    @property
    def reached(self) -> int:
        """Return how many indicators are reached."""
        return sum(standing.light is Light.REACHED for standing in self.standings)

    @property
    def waiting(self) -> int:
        """Return how many records wait to be verified."""
        return sum(standing.waiting for standing in self.standings)


@dataclass(frozen=True)
class Overview:
    """All areas at a time; ``on`` is the day at whose end it was so, today for now."""

    year: int
    on: dt.date
    areas: Sequence[AreaStanding]

    @property
    def standings(self) -> list[Standing]:
        """Return all indicators, in the plan's order."""
        return [standing for area in self.areas for standing in area.standings]

    @property
    def waiting(self) -> int:
        """Return how many records wait to be verified."""
        return sum(area.waiting for area in self.areas)


@dataclass(frozen=True)
class _Sums:
    value: int = 0
    amount_fen: int = 0
    waiting: int = 0


_Held = dict[tuple[int, int | None], _Sums]
_Pairs = Sequence[Pair] | Sequence[PairThen]


def overview(session: Session, year: int = PLAN_YEAR, on: dt.date | None = None) -> Overview:
    """Return how far all areas have come, in three queries; ``on`` a past day as known then, in four."""
    indicators = session.scalars(_indicators()).all()
    pairs, held, time = _pairs(session, year, on), _sums(session, year, on), time_of(year, on)
    by_area: dict[Area, list[Standing]] = {}
    for indicator in indicators:
        standing = _standing(indicator, pairs, held, time)
        by_area.setdefault(indicator.clause.area, []).append(standing)
    found = [AreaStanding(area, standings) for area, standings in by_area.items()]
    return Overview(year, on or clock.today(), found)


def standing_of(
    session: Session, indicator: Indicator, year: int = PLAN_YEAR, on: dt.date | None = None
) -> Standing:
    """Return how far one indicator has come; ``on`` a past day as it was known then."""
    held = _sums(session, year, on, indicator.id)
    return _standing(indicator, _pairs(session, year, on), held, time_of(year, on))


def years_of(session: Session, on: dt.date | None = None) -> list[int]:
    """Return the plan's year and those that records count in, the newest first; by ``on`` begun."""
    found = session.scalars(sa.select(IndicatorRecord.year).distinct())
    years = sorted({PLAN_YEAR, *found}, reverse=True)
    return [year for year in years if on is None or year <= on.year]


def time_of(year: int, on: dt.date | None = None) -> Time:
    """Return how much of a year is over by China's calendar, today or on another day."""
    first, last = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    days = (last - first).days
    return Time(min(max(((on or clock.today()) - first).days, 0), days), days)


def _pairs(session: Session, year: int, on: dt.date | None) -> _Pairs:
    return pairs_of(session, year) if on is None else pairs_then(session, year, on)


def _indicators() -> sa.Select[Any]:
    return (
        sa.select(Indicator)
        .join(Indicator.clause)
        .join(Clause.area)
        .options(contains_eager(Indicator.clause).contains_eager(Clause.area))
        .order_by(Area.number, Clause.id, Indicator.our_code)
    )


def _sums(
    session: Session, year: int, on: dt.date | None, indicator_id: int | None = None
) -> _Held:
    """Return what was verified, and how many records wait, by indicator and pair.

    By the end of a past day those wait whose last step then was to be submitted; what they
    said may have been corrected since, so they are told of no pair.
    """
    counted: sa.ColumnElement[bool] = IndicatorRecord.state.in_(COUNTED)
    waits: sa.ColumnElement[bool] = IndicatorRecord.state == RecordState.SUBMITTED
    if on is not None:
        counted, waits = counted_by(on), sa.false()
    select = (
        sa.select(
            IndicatorRecord.indicator_id,
            IndicatorRecord.pair_id,
            sum_where(counted, IndicatorRecord.value),
            sum_where(counted, IndicatorRecord.amount_fen),
            sum_where(waits, sa.literal(1)),
        )
        .where(IndicatorRecord.year == year)
        .group_by(IndicatorRecord.indicator_id, IndicatorRecord.pair_id)
    )
    if indicator_id is not None:
        select = select.where(IndicatorRecord.indicator_id == indicator_id)
    held = {(row[0], row[1]): _Sums(*row[2:]) for row in session.execute(select)}
    waiting_then = {} if on is None else _waiting(session, year, on)
    for id_, waiting in waiting_then.items():
        known = held.get((id_, None), _Sums())
        held[(id_, None)] = dataclasses.replace(known, waiting=waiting)
    return held


def _waiting(session: Session, year: int, on: dt.date) -> dict[int, int]:
    """Return how many records of each indicator waited at the end of a day, to count in a year."""
    select = (
        sa.select(IndicatorRecord.indicator_id, sa.func.count())
        .join(RecordStep, RecordStep.record_id == IndicatorRecord.id)
        .where(
            RecordStep.id.in_(last_steps(RecordStep, RecordStep.record_id, on)),
            RecordStep.became == RecordState.SUBMITTED,
            RecordStep.year == year,
        )
        .group_by(IndicatorRecord.indicator_id)
    )
    return dict(iter(session.execute(select)))


def sum_where(condition: sa.ColumnElement[bool], what: object) -> sa.ColumnElement[int]:
    """Return the sum over some rows of a group, an int on every database."""
    told = sa.func.coalesce(sa.func.sum(sa.case((condition, what), else_=0)), 0)
    return sa.cast(told, sa.BigInteger)


def _standing(indicator: Indicator, pairs: _Pairs, held: _Held, time: Time) -> Standing:
    mine = {pair_id: sums for (id_, pair_id), sums in held.items() if id_ == indicator.id}
    if indicator.shape is Shape.PER_PAIR:
        parts = _pair_parts(indicator, pairs, mine)
    else:
        parts = parts_of(indicator, mine.get(None, _Sums()))
    return Standing(indicator, parts, sum(sums.waiting for sums in mine.values()), time)


def parts_of(indicator: Indicator, sums: _Sums) -> list[Part]:
    """Return what must be reached of an indicator that isn't of pairs."""
    exact = indicator.shape is Shape.EXACTLY
    parts = []
    if indicator.our_money_fen is not None:
        target = indicator.our_money_fen
        most = target if exact else None
        parts.append(Part("金额", sums.amount_fen, target, most, is_money=True))
    if indicator.counts_things:
        least = indicator.least or 1
        most = least if exact else indicator.most
        name = "人数" if parts else "完成"
        parts.append(Part(name, sums.value, least, most, indicator.unit))
    return parts


def _pair_parts(indicator: Indicator, pairs: _Pairs, mine: dict[int | None, _Sums]) -> list[Part]:
    """Return one part per pair; one that nobody has entered yet has done nothing."""
    by_position = {pair.position: pair for pair in pairs}
    parts = []
    for position in range(1, PAIRS + 1):
        pair = by_position.get(position)
        name = pair.name if pair else f"第{position}对（未登记）"
        done = mine.get(pair.id, _Sums()).value if pair else 0
        parts.append(Part(name, done, indicator.least or 1, None, indicator.unit))
    return parts
