"""The rules that units are watched by, and which units each names today."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.core import clock, money
from market.ordering.models import Acceptance, AcceptanceState, BuyingFor, Consignment, Order
from market.ordering.queries.orders import late_on_the_way
from market.payments.queries import figures, rests_going_on
from market.reports.models import WatchKind, WatchNotice, WatchRule
from market.reports.queries.completion import completion_table
from market.reports.queries.todo import Last, last_purchases
from market.targets.queries import Standing
from market.units.models import Unit, UnitState


@dataclass(frozen=True)
class Rule:
    """A rule as it holds now; ``row`` is who set it, none while it is the usual one."""

    kind: WatchKind
    number: int
    is_enabled: bool
    row: WatchRule | None

    @property
    def words(self) -> str:
        """Say it in a few words."""
        return {
            WatchKind.BEHIND: f"完成率比序时进度落后 {self.number} 个百分点及以上",
            WatchKind.NO_PURCHASE: f"还没有完成目标，连续 {self.number} 周没有下单也没有验收",
            WatchKind.UNPAID: f"验收满 {self.number} 天的单位订单还有欠款（转入下期的小额差额除外）",
            WatchKind.UNACCEPTED: f"下单满 {self.number} 天的单位订单还没有验收",
        }[self.kind]


@dataclass(frozen=True)
class Named:
    """A unit that a rule names, with what was found, in words; ``path`` shows the rows of it."""

    unit: Unit
    words: str
    path: str


def rules(session: Session) -> list[Rule]:
    """Return every kind's rule, in one query; what nobody has set is the usual, and on."""
    rows = {
        row.kind: row
        for row in session.scalars(
            sa.select(WatchRule)
            .options(joinedload(WatchRule.changed_by))
            .execution_options(populate_existing=True)
        )
    }
    return [_rule(kind, rows.get(kind)) for kind in WatchKind]


def rule_of(session: Session, kind: WatchKind) -> Rule:
    """Return one kind's rule."""
    return next(rule for rule in rules(session) if rule.kind is kind)


def named(session: Session, asked: Iterable[Rule]) -> dict[WatchKind, list[Named]]:
    """Return the units that each enabled rule names today, by name; a rule that is off names none.

    Seven queries at most, whatever the number of units; what no rule asks is not read.
    """
    on = {rule.kind: rule.number for rule in asked if rule.is_enabled}
    found: dict[WatchKind, list[Named]] = {}
    if on.keys() & {WatchKind.BEHIND, WatchKind.NO_PURCHASE}:
        rows = completion_table(session, clock.today().year).rows
        rows = [row for row in rows if row.unit.state is UnitState.ACTIVE and row.gap_fen]
        if WatchKind.BEHIND in on:
            found[WatchKind.BEHIND] = _behind(rows, on[WatchKind.BEHIND])
        if WatchKind.NO_PURCHASE in on:
            weeks = on[WatchKind.NO_PURCHASE]
            found[WatchKind.NO_PURCHASE] = _idle(rows, last_purchases(session), weeks)
    if WatchKind.UNPAID in on:
        found[WatchKind.UNPAID] = _unpaid(session, on[WatchKind.UNPAID])
    if WatchKind.UNACCEPTED in on:
        found[WatchKind.UNACCEPTED] = _unaccepted(session, on[WatchKind.UNACCEPTED])
    return {kind: sorted(units, key=lambda one: one.unit.name) for kind, units in found.items()}


def told_on(session: Session, occasions: Sequence[str]) -> set[tuple[WatchKind, int]]:
    """Return which units were told of which rule on any of these occasions."""
    rows = session.execute(
        sa.select(WatchNotice.kind, WatchNotice.unit_id).where(WatchNotice.occasion.in_(occasions))
    )
    return {(kind, unit_id) for kind, unit_id in rows}


def day_word(day: dt.date) -> str:
    """Return the occasion of a click."""
    return day.isoformat()


def week_word(day: dt.date) -> str:
    """Return the occasion of a week: that of ISO, which begins on Monday."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _rule(kind: WatchKind, row: WatchRule | None) -> Rule:
    if row is None:
        return Rule(kind, kind.usual, True, None)
    return Rule(kind, row.number, row.is_enabled, row)


def _behind(rows: Sequence[Standing], points: int) -> list[Named]:
    return [
        Named(
            row.unit,
            f"完成率 {money.show_rate(row.rate)}，比序时进度落后"
            f" {money.show_rate(-row.difference).removesuffix('%')} 个百分点，"
            f"还差 {money.yuan(row.gap_fen)} 元",
            _gap_path(row.unit),
        )
        for row in rows
        if row.difference is not None and row.difference <= -points * 10
    ]


def _idle(rows: Sequence[Standing], last: Mapping[int, Last], weeks: int) -> list[Named]:
    """Count from the last purchase, or from the beginning of the year where there is none in it.

    Of a unit that has never bought and took over from another one this year: from that day.
    """
    today = clock.today()
    first = dt.date(today.year, 1, 1)
    found = []
    for row in rows:
        on, took_over = last[row.unit.id].on, last[row.unit.id].took_over_on
        days = (today - max(on or took_over or first, first)).days
        if days >= weeks * 7:
            said = f"上次采购在 {on}" if on else "还没有采购过"
            words = f"{said}，今年已 {days // 7} 周没有采购，还差 {money.yuan(row.gap_fen)} 元"
            found.append(Named(row.unit, words, _gap_path(row.unit)))
    return found


def _unpaid(session: Session, days: int) -> list[Named]:
    """Ask what is owed of the units' own orders of which anything was signed long enough ago.

    Rests that a unit has chosen to pay with the next statement are not overdue, and name nobody.
    """
    signed = (
        sa.select(
            Consignment.order_id.label("order_id"), sa.func.min(Acceptance.signed_at).label("at")
        )
        .join(Consignment, Consignment.id == Acceptance.consignment_id)
        .join(Order, Order.id == Consignment.order_id)
        .where(
            Acceptance.state == AcceptanceState.SIGNED,
            Acceptance.signed_at < _ago(days),
            Order.buying_for != BuyingFor.SELF,
        )
        .group_by(Consignment.order_id)
        .subquery()
    )
    sums, later = figures(among=sa.select(signed.c.order_id)), rests_going_on()
    owed = sums.c.due - sums.c.applied - sa.func.coalesce(later.c.fen, 0)
    rows = session.execute(
        sa.select(
            Unit,
            sa.func.count(),
            sa.cast(sa.func.sum(owed), sa.BigInteger),
            sa.func.min(signed.c.at),
        )
        .join(Order, Order.unit_id == Unit.id)
        .join(signed, signed.c.order_id == Order.id)
        .join(sums, sums.c.id == Order.id)
        .outerjoin(later, later.c.order_id == Order.id)
        .where(owed > 0)
        .group_by(Unit.id)
    )
    return [
        Named(
            unit,
            f"{count} 个订单验收已满 {days} 天还没有付清，共欠 {money.yuan(fen)} 元，"
            f"最早的 {clock.day_of(at)} 验收",
            f"/units/{unit.code}/account?standing=owing",
        )
        for unit, count, fen, at in rows
    ]


def _unaccepted(session: Session, days: int) -> list[Named]:
    late = late_on_the_way(session, _ago(days))
    units = session.scalars(sa.select(Unit).where(Unit.id.in_(late)))
    found = []
    for unit in units:
        count, fen, at = late[unit.id]
        words = (
            f"{count} 个订单下单已满 {days} 天还没有验收，在途 {money.yuan(fen)} 元，"
            f"最早的 {clock.day_of(at)} 下单"
        )
        found.append(Named(unit, words, f"/units/{unit.code}/on-the-way"))
    return found


def _ago(days: int) -> dt.datetime:
    """Return the instant before which something is so many days old, by China's calendar."""
    return clock.start_of(clock.today() - dt.timedelta(days=days - 1))


def _gap_path(unit: Unit) -> str:
    return f"/units/{unit.code}/completion"
