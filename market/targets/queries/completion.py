"""How far units have come."""

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock, money
from market.targets.models import Channel, Credit, CreditTotal, Pace, TargetEntry
from market.targets.queries.entries import has_targets, sum_of
from market.units.models import Unit, UnitState

# How many tenths of a percentage point a rate may stand from the time progress
# before the board says so. The plan names no figure; these are the house's own.
NEAR = 50
FAR = 200

MONTHS = range(1, 13)


@dataclass(frozen=True)
class Figures:
    """A target and what was done of it; all amounts are fen, rates tenths of a percent."""

    target_fen: int
    done_fen: int

    @property
    def gap_fen(self) -> int:
        """What is still missing; nothing once the target is reached."""
        return max(0, self.target_fen - self.done_fen)

    @property
    def rate(self) -> int | None:
        """The completion, floored: 100.0 % appears only when it is reached."""
        return money.rate(self.done_fen, self.target_fen)

    def due_fen(self, time: "Time") -> int:
        """Return what should be done by now if the year's days count alike."""
        return self.target_fen * time.days_past // time.days


@dataclass(frozen=True)
class Time:
    """How much of a target year has passed in China's calendar; today counts as passed."""

    year: int
    days_past: int
    days: int

    @property
    def rate(self) -> int:
        """The time progress (序时进度) in tenths of a percent, floored like every rate."""
        return self.days_past * 1000 // self.days

    @property
    def is_over(self) -> bool:
        """Whether no day of the year is left."""
        return self.days_past == self.days


@dataclass(frozen=True)
class Point:
    """One month of a course: its own fen, the sum so far (if it has begun), and what was due."""

    month: int
    fen: int
    so_far_fen: int | None
    due_fen: int


@dataclass(frozen=True)
class Completion(Figures):
    """How far one unit has come in one year: fen by month and channel.

    ``adjusted`` is the part of each month that belongs to a locked month before it.
    """

    unit_id: int
    year: int
    cells: Mapping[tuple[int, Channel], int]
    adjusted: Mapping[int, int] = field(default_factory=dict)

    @property
    def by_month(self) -> dict[int, int]:
        """Fen of each of the twelve months."""
        return {m: sum(self.cells.get((m, c), 0) for c in Channel) for m in MONTHS}

    @property
    def by_channel(self) -> dict[Channel, int]:
        """Fen of each channel."""
        return {c: sum(self.cells.get((m, c), 0) for m in MONTHS) for c in Channel}


@dataclass(frozen=True)
class Standing(Figures):
    """One unit's line of the board.

    Units whose shown rates are the same share a rank; a unit without a target has
    none. ``on_the_way_fen`` is ordered and not yet accepted: beside the figure,
    never inside it.
    """

    unit: Unit
    by_channel: Mapping[Channel, int]
    time: Time
    on_the_way_fen: int = 0
    rank: int | None = None

    @property
    def difference(self) -> int | None:
        """Tenths of a percentage point by which the rate is ahead of time (序时进度差)."""
        return None if self.rate is None else self.rate - self.time.rate

    @property
    def pace(self) -> Pace:
        """What the difference means, in a word."""
        return pace_of(self, self.time)


@dataclass(frozen=True)
class Totals(Figures):
    """The sum of some units' lines, and the three ways to say how far they are together.

    ``rate`` is Σ done / Σ target; ``capped_rate`` lets nobody's surplus stand in for
    another's gap; ``reached_rate`` counts units.
    """

    on_the_way_fen: int
    capped_fen: int
    reached: int
    with_target: int
    units: int
    by_channel: Mapping[Channel, int] = field(default_factory=dict)

    @property
    def capped_rate(self) -> int | None:
        """Σ min(done, target) / Σ target."""
        return money.rate(self.capped_fen, self.target_fen)

    @property
    def reached_rate(self) -> int | None:
        """Units that reached their target / units that have one."""
        return money.rate(self.reached, self.with_target)


def time_progress(year: int, today: dt.date) -> Time:
    """Return how much of ``year`` has passed on ``today``: nothing before it, all after it."""
    days = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
    past = (today - dt.date(year, 1, 1)).days + 1
    return Time(year, min(max(past, 0), days), days)


def pace_of(figures: Figures, time: Time) -> Pace:
    """Return how a completion stands beside the time; in a year that is over, short is behind."""
    rate = figures.rate
    if rate is None:
        return Pace.NO_TARGET
    difference = rate - time.rate
    if rate >= 1000:
        return Pace.REACHED
    if difference < -FAR:
        return Pace.FAR_BEHIND
    if difference < -NEAR or time.is_over:
        return Pace.BEHIND
    return Pace.AHEAD if difference > NEAR else Pace.ON_TIME


def completion_of(session: Session, unit_id: int, year: int) -> Completion:
    """Return how far a unit has come in a year, in one query over the kept totals.

    Of single credits it reads only those that are adjustments.
    """
    total = sa.select(CreditTotal.month, CreditTotal.channel, CreditTotal.amount_fen).where(
        CreditTotal.unit_id == unit_id, CreditTotal.year == year
    )
    target = sa.select(sa.literal(0), sa.null(), sum_of(TargetEntry.change_fen)).where(
        TargetEntry.unit_id == unit_id, TargetEntry.year == year
    )
    adjustments = (
        sa.select(Credit.month, sa.null(), sum_of(Credit.amount_fen))
        .where(Credit.unit_id == unit_id, Credit.year == year, Credit.is_adjustment)
        .group_by(Credit.month)
    )
    target_fen, cells = 0, {}
    adjusted: dict[int, int] = {}
    for month, channel, fen in session.execute(total.union_all(target, adjustments)):
        if channel is not None:
            cells[month, channel] = fen
        elif month:
            adjusted[month] = fen
        else:
            target_fen = fen
    return Completion(target_fen, sum(cells.values()), unit_id, year, cells, adjusted)


def completions(
    session: Session,
    year: int,
    *,
    today: dt.date | None = None,
    on_the_way: Mapping[int, int] | None = None,
) -> list[Standing]:
    """Return a line for every unit there is, and for a closed one that has a figure.

    In order of rank, then of code; units without a target come last. Two queries,
    whatever the number of units; ``on_the_way`` is fen by unit.
    """
    time = time_progress(year, today or clock.today())
    way = on_the_way or {}
    targets = (
        sa.select(TargetEntry.unit_id, sum_of(TargetEntry.change_fen).label("fen"))
        .where(TargetEntry.year == year)
        .group_by(TargetEntry.unit_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Unit, sa.func.coalesce(targets.c.fen, 0)).outerjoin(
            targets, targets.c.unit_id == Unit.id
        )
    ).all()
    done = _done_by_channel(session, year)
    standings = [
        Standing(
            target_fen=fen,
            done_fen=sum(done.get(unit.id, {}).values()),
            unit=unit,
            by_channel=done.get(unit.id, {}),
            time=time,
            on_the_way_fen=way.get(unit.id, 0),
        )
        for unit, fen in rows
        if unit.state is UnitState.ACTIVE or fen or unit.id in done or way.get(unit.id)
    ]
    return ranked(standings)


def ranked(standings: Iterable[Standing]) -> list[Standing]:
    """Give the ranks, best first: by the shown rate, so that what looks equal is equal."""
    ordered = sorted(standings, key=lambda s: (s.rate is None, -(s.rate or 0), s.unit.code))
    result: list[Standing] = []
    for place, standing in enumerate(ordered, 1):
        if standing.rate is None:
            result.append(standing)
        elif result and result[-1].rate == standing.rate:
            result.append(replace(standing, rank=result[-1].rank))
        else:
            result.append(replace(standing, rank=place))
    return result


def totals_of(standings: Sequence[Standing]) -> Totals:
    """Return the sum of some lines."""
    held = [s for s in standings if s.target_fen > 0]
    return Totals(
        target_fen=sum(s.target_fen for s in standings),
        done_fen=sum(s.done_fen for s in standings),
        on_the_way_fen=sum(s.on_the_way_fen for s in standings),
        capped_fen=sum(min(s.done_fen, s.target_fen) for s in held),
        reached=sum(s.done_fen >= s.target_fen for s in held),
        with_target=len(held),
        units=len(standings),
        by_channel={c: sum(s.by_channel.get(c, 0) for s in standings) for c in Channel},
    )


def months_of(session: Session, *years: int, ahead: int = 0) -> dict[int, dict[int, int]]:
    """Return what all units together did in each month of some years, in fen; one query.

    The year ``ahead`` is among them where it has targets.
    """
    done = (
        sa.select(CreditTotal.year, CreditTotal.month, sum_of(CreditTotal.amount_fen))
        .where(CreditTotal.year.in_((*years, ahead)))
        .group_by(CreditTotal.year, CreditTotal.month)
    )
    issued = sa.select(sa.literal(ahead), sa.literal(0), sa.literal(0)).where(has_targets(ahead))
    found = {(year, month): fen for year, month, fen in session.execute(done.union_all(issued))}
    shown = (*years, ahead) if (ahead, 0) in found else years
    return {year: {month: found.get((year, month), 0) for month in MONTHS} for year in shown}


def course_of(by_month: Mapping[int, int], target_fen: int, time: Time) -> list[Point]:
    """Return a year's twelve points: what each month did, the sum so far, and what was due.

    The sum stops with the month of today, whose due is today's; the due of other
    months is that of their last day.
    """
    points, so_far, past = [], 0, 0
    for month in MONTHS:
        before, past = past, past + calendar.monthrange(time.year, month)[1]
        so_far += by_month[month]
        is_running = before < time.days_past <= past
        due = time.days_past if is_running else past
        points.append(
            Point(
                month,
                by_month[month],
                so_far if before < time.days_past else None,
                target_fen * due // time.days,
            )
        )
    return points


def place_of(session: Session, unit_id: int, year: int) -> tuple[int, int] | None:
    """Return a unit's rank and how many units have a target; none without a target."""
    done = (
        sa.select(CreditTotal.unit_id, sum_of(CreditTotal.amount_fen).label("fen"))
        .where(CreditTotal.year == year)
        .group_by(CreditTotal.unit_id)
        .subquery()
    )
    targets = (
        sa.select(TargetEntry.unit_id, sum_of(TargetEntry.change_fen).label("fen"))
        .where(TargetEntry.year == year)
        .group_by(TargetEntry.unit_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(targets.c.unit_id, targets.c.fen, sa.func.coalesce(done.c.fen, 0))
        .outerjoin(done, done.c.unit_id == targets.c.unit_id)
        .where(targets.c.fen > 0)
    )
    rates = {unit: done_fen * 1000 // fen for unit, fen, done_fen in rows}
    if unit_id not in rates:
        return None
    return 1 + sum(rate > rates[unit_id] for rate in rates.values()), len(rates)


def verify_totals(session: Session) -> list[str]:
    """Return, in Chinese, every kept total that is not the sum of its credits, in both directions."""
    key = ("unit_id", "year", "month", "channel")
    sums = (
        sa.select(*(getattr(Credit, name) for name in key), sum_of(Credit.amount_fen).label("fen"))
        .group_by(*(getattr(Credit, name) for name in key))
        .subquery()
    )
    same = sa.and_(*(sums.c[name] == getattr(CreditTotal, name) for name in key))
    kept = sa.select(
        *(getattr(CreditTotal, name) for name in key),
        CreditTotal.amount_fen.label("kept"),
        sa.func.coalesce(sums.c.fen, 0).label("fen"),
    ).outerjoin(sums, same)
    wrong = kept.where(CreditTotal.amount_fen != sa.func.coalesce(sums.c.fen, 0))
    lost = (
        sa.select(*(sums.c[name] for name in key), sa.literal(0).label("kept"), sums.c.fen)
        .outerjoin(CreditTotal, same)
        .where(CreditTotal.id.is_(None), sums.c.fen != 0)
    )
    found = wrong.union_all(lost).subquery()
    rows = session.execute(
        sa.select(Unit.code, Unit.name, *(found.c[name] for name in (*key[1:], "kept", "fen")))
        .join(Unit, Unit.id == found.c.unit_id)
        .order_by(Unit.code, *(found.c[name] for name in key[1:]))
    )
    return [
        f"{name}（{code}）{year}年{month}月“{channel.label}”："
        f"合计记为 {money.yuan(kept_fen)} 元，逐笔相加为 {money.yuan(fen)} 元，"
        f"相差 {money.yuan(kept_fen - fen)} 元。"
        for code, name, year, month, channel, kept_fen, fen in rows
    ]


def _done_by_channel(session: Session, year: int) -> dict[int, dict[Channel, int]]:
    done: dict[int, dict[Channel, int]] = {}
    rows = session.execute(
        sa.select(CreditTotal.unit_id, CreditTotal.channel, sum_of(CreditTotal.amount_fen))
        .where(CreditTotal.year == year)
        .group_by(CreditTotal.unit_id, CreditTotal.channel)
    )
    for unit_id, channel, fen in rows:
        done.setdefault(unit_id, {})[channel] = fen
    return done
