"""What each unit has still to buy, by when, and how quickly, to reach its target."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.adapters.spreadsheets import Table
from market.core import clock
from market.ordering.models import Order, OrderState
from market.ordering.queries.orders import ALIVE
from market.reports.queries.completion import completion_table
from market.targets.models import Credit
from market.targets.queries import Standing, Time
from market.units.models import Unit, UnitChange, UnitChangePart, UnitState


@dataclass(frozen=True)
class Last:
    """When a unit last bought: the day its newest purchase counted, and that of its newest order.

    ``took_over_on`` is the first day on which it took over from another unit.
    """

    credited_on: dt.date | None = None
    ordered_on: dt.date | None = None
    took_over_on: dt.date | None = None

    @property
    def on(self) -> dt.date | None:
        """The later of both."""
        return max(filter(None, (self.credited_on, self.ordered_on)), default=None)


@dataclass(frozen=True)
class Need:
    """What is missing of a unit's target, and what that asks of the time that is left.

    ``rest_fen`` is what is missing once everything on the way has been accepted; the
    needs are of that, rounded up, so that keeping to them is enough. Today is spent.
    """

    standing: Standing
    last: Last
    days: int
    months: int

    @property
    def gap_fen(self) -> int:
        """What is missing of the target."""
        return self.standing.gap_fen

    @property
    def rest_fen(self) -> int:
        """What is missing beside what is on the way."""
        return max(0, self.gap_fen - self.standing.on_the_way_fen)

    @property
    def weeks(self) -> int:
        """The weeks that are left, a begun one included."""
        return -(-self.days // 7)

    @property
    def weekly_fen(self) -> int:
        """What must be bought in each of them."""
        return -(-self.rest_fen // max(1, self.weeks))

    @property
    def monthly_fen(self) -> int:
        """What must be bought in each month that is left, this one included."""
        return -(-self.rest_fen // max(1, self.months))


SORTS: Mapping[str, Callable[[Need], Any]] = {
    "week": lambda need: need.weekly_fen,
    "gap": lambda need: need.gap_fen,
    "way": lambda need: need.standing.on_the_way_fen,
    "rate": lambda need: need.standing.rate,
    "last": lambda need: need.last.on,
    "name": lambda need: need.standing.unit.name,
}


def need_of(standing: Standing, last: Last) -> Need:
    """Return what a unit's line asks of the time that is left of its year."""
    time: Time = standing.time
    left = time.days - time.days_past
    return Need(standing, last, left, 13 - clock.today().month if left else 0)


def needs(session: Session) -> list[Need]:
    """Return what every unit short of this year's target needs, the greatest need first.

    One that ended buys no more. Four queries, whatever the number of units.
    """
    rows = completion_table(session, clock.today().year).rows
    last = last_purchases(session)
    found = [
        need_of(row, last.get(row.unit.id, Last()))
        for row in rows
        if row.gap_fen and row.unit.state is UnitState.ACTIVE
    ]
    return sorted(found, key=lambda need: (-need.weekly_fen, need.standing.unit.code))


def in_order(found: Sequence[Need], sort: str, direction: str) -> list[Need]:
    """Return the needs by another column; what has no value there comes last."""
    key = SORTS.get(sort, SORTS["week"])
    known = [need for need in found if key(need) is not None]
    unknown = [need for need in found if key(need) is None]
    return sorted(known, key=key, reverse=direction != "asc") + unknown


def last_purchases(session: Session, unit_id: int | None = None) -> dict[int, Last]:
    """Return when each unit (or one) last bought, in one query that finds each by its indexes."""
    credited = (
        sa.select(Credit.credited_on)
        .where(Credit.unit_id == Unit.id, Credit.amount_fen > 0)
        .order_by(Credit.credited_on.desc())
        .limit(1)
        .correlate(Unit)
    )
    ordered = (
        sa.select(Order.placed_at)
        .where(Order.unit_id == Unit.id, Order.state.in_([*ALIVE, OrderState.COMPLETED]))
        .order_by(Order.placed_at.desc())
        .limit(1)
        .correlate(Unit)
    )
    took_over = (
        sa.select(sa.func.min(UnitChange.happened_on))
        .join(UnitChangePart, UnitChangePart.change_id == UnitChange.id)
        .where(UnitChangePart.unit_id == Unit.id, UnitChangePart.is_successor)
        .correlate(Unit)
    )
    select = sa.select(
        Unit.id,
        credited.scalar_subquery(),
        ordered.scalar_subquery(),
        took_over.scalar_subquery(),
    )
    if unit_id is not None:
        select = select.where(Unit.id == unit_id)
    rows = session.execute(select)
    return {id_: Last(day, clock.day_of(at) if at else None, since) for id_, day, at, since in rows}


def needs_table(found: Sequence[Need]) -> Table:
    """Return the list as it is taken away, in yuan, with its sum row."""
    today = clock.today()
    return Table(
        title=f"{today.year}年补足目标清单",
        note=f"截至 {today}；单位：元；每周、每月还需为扣除在途后的缺口除以剩余周数、月数",
        columns=(
            ("单位编码", "text"),
            ("单位", "text"),
            ("完成率", "rate"),
            ("还差", "yuan"),
            ("在途", "yuan"),
            ("扣除在途还差", "yuan"),
            ("剩余周数", "int"),
            ("每周还需", "yuan"),
            ("每月还需", "yuan"),
            ("最近计入", "day"),
            ("最近下单", "day"),
        ),
        rows=[
            (
                need.standing.unit.code,
                need.standing.unit.name,
                need.standing.rate,
                need.gap_fen,
                need.standing.on_the_way_fen,
                need.rest_fen,
                need.weeks,
                need.weekly_fen,
                need.monthly_fen,
                need.last.credited_on,
                need.last.ordered_on,
            )
            for need in found
        ],
        total=(
            "",
            f"合计（{len(found)} 个单位）",
            "",
            *sums_of(found)[:3],
            None,
            *sums_of(found)[3:],
            None,
            None,
        ),
    )


def sums_of(found: Sequence[Need]) -> tuple[int, int, int, int, int]:
    """Return the sums of gap, on the way, rest, and needs by week and month."""
    return (
        sum(need.gap_fen for need in found),
        sum(need.standing.on_the_way_fen for need in found),
        sum(need.rest_fen for need in found),
        sum(need.weekly_fen for need in found),
        sum(need.monthly_fen for need in found),
    )
