"""Read what a bulletin says: figures from the ledgers, and the facts that stand beside them."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from market.core import clock, money
from market.fairs.models import FairSale, SaleState
from market.ordering.models import Acceptance, AcceptanceState, BuyingFor, Consignment, Order
from market.ordering.queries.orders import on_the_way_orders
from market.payments.queries import figures
from market.reports.models import WatchKind
from market.reports.queries.rules import rule_of
from market.targets.models import (
    Credit,
    CreditTotal,
    OutsidePurchase,
    OutsideState,
    Period,
    PeriodState,
    TargetEntry,
)
from market.targets.queries import time_progress
from market.targets.queries.entries import sum_of
from market.targets.queries.periods import count_of, locked_until
from market.units.models import INDEPENDENT, Unit, UnitChange, UnitChangePart, UnitState
from market.units.queries import must_buy


@dataclass(frozen=True)
class Marks:
    """The last credit and the last entry of a target that a bulletin knows of."""

    credit_id: int
    entry_id: int


@dataclass
class Sums:
    """What the ledgers say of one unit, in fen; channels sum to what was done up to the month."""

    target_fen: int = 0
    month_fen: int = 0
    adjusted_fen: int = 0
    channels: dict[str, int] = field(default_factory=dict)

    @property
    def written(self) -> dict[str, Any]:
        """The same as it is kept; channels without a figure are left out."""
        kept = {name: fen for name, fen in sorted(self.channels.items()) if fen}
        return {
            "target_fen": self.target_fen,
            "month_fen": self.month_fen,
            "adjusted_fen": self.adjusted_fen,
            "channels": kept,
        }


def cut_off_of(year: int, month: int, today: dt.date) -> dt.date:
    """Return the day a month's figures are cut off: its last, or today while it runs."""
    return min(dt.date(year, month, calendar.monthrange(year, month)[1]), today)


def is_locked(session: Session, year: int, month: int) -> bool:
    """Whether a month is locked: until it is closed it still takes what ``waiting_count`` counts."""
    return count_of(year, month) <= session.scalars(locked_until()).one()


def waiting_count(session: Session, year: int, month: int) -> int:
    """Count what would still change a bulletin's figures if it were verified now; two queries.

    That is what was submitted before its month was locked, in the months that aren't closed:
    purchases outside the shop that wait, and sales of fairs that wait or were returned.
    """
    bought: list[sa.ColumnElement[bool]] = [sa.false()]
    sold: list[sa.ColumnElement[bool]] = [sa.false()]
    locked = sa.select(Period.month, Period.locked_at).where(
        Period.year == year, Period.month <= month, Period.state == PeriodState.SOFT_LOCKED
    )
    for at, locked_at in session.execute(locked):
        first = dt.date(year, at, 1)
        after = first + dt.timedelta(days=calendar.monthrange(year, at)[1])
        bought.append(
            (OutsidePurchase.bought_on >= first)
            & (OutsidePurchase.bought_on < after)
            & (OutsidePurchase.submitted_at <= locked_at)
        )
        sold.append(
            (FairSale.sold_at >= clock.start_of(first))
            & (FairSale.sold_at < clock.start_of(after))
            & (FairSale.made_at <= locked_at)
        )
    purchases = sa.select(sa.func.count()).where(
        OutsidePurchase.state == OutsideState.SUBMITTED, sa.or_(*bought)
    )
    sales = sa.select(sa.func.count()).where(
        FairSale.state.in_([SaleState.SUBMITTED, SaleState.RETURNED]),
        FairSale.unit_id.is_not(None),
        sa.or_(*sold),
    )
    return session.scalars(sa.select(purchases.scalar_subquery() + sales.scalar_subquery())).one()


def marks_now(session: Session) -> Marks:
    """Return the marks of what is written by now; one query."""
    last = sa.select(sa.func.coalesce(sa.func.max(Credit.id), 0)).scalar_subquery()
    entry = sa.select(sa.func.coalesce(sa.func.max(TargetEntry.id), 0)).scalar_subquery()
    return Marks(*session.execute(sa.select(last, entry)).one())


def credits_behind(year: int, month: int, marks: Marks | None) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of the credits that a bulletin counts: of its year, up to its month."""
    found = [Credit.year == year, Credit.month <= month]
    return [*found, Credit.id <= marks.credit_id] if marks else found


def entries_behind(
    year: int, cut_off_on: dt.date, marks: Marks | None
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of the entries that make its targets: by documents up to the cut-off."""
    found = [TargetEntry.year == year, TargetEntry.document_on <= cut_off_on]
    return [*found, TargetEntry.id <= marks.entry_id] if marks else found


def ledger_sums(
    session: Session, year: int, month: int, cut_off_on: dt.date, marks: Marks | None = None
) -> dict[int, Sums]:
    """Return what the ledgers say of each unit that they name; three queries.

    Without marks as it stands now, from the kept totals; with marks as it stood when
    they were taken, from the single rows.
    """
    found: dict[int, Sums] = {}
    table: Any = Credit if marks else CreditTotal
    where = (
        credits_behind(year, month, marks)
        if marks
        else [CreditTotal.year == year, CreditTotal.month <= month]
    )
    own = sa.case((table.month == month, table.amount_fen), else_=0)
    rows = session.execute(
        sa.select(table.unit_id, table.channel, sum_of(table.amount_fen), sum_of(own))
        .where(*where)
        .group_by(table.unit_id, table.channel)
    )
    for unit_id, channel, fen, month_fen in rows:
        sums = found.setdefault(unit_id, Sums())
        sums.channels[channel.value] = fen
        sums.month_fen += month_fen
    adjusted = (
        sa.select(Credit.unit_id, sum_of(Credit.amount_fen))
        .where(
            *credits_behind(year, month, marks),
            Credit.month == month,
            Credit.is_adjustment == sa.true(),
        )
        .group_by(Credit.unit_id)
    )
    for unit_id, fen in session.execute(adjusted):
        found.setdefault(unit_id, Sums()).adjusted_fen = fen
    targets = (
        sa.select(TargetEntry.unit_id, sum_of(TargetEntry.change_fen))
        .where(*entries_behind(year, cut_off_on, marks))
        .group_by(TargetEntry.unit_id)
    )
    for unit_id, fen in session.execute(targets):
        found.setdefault(unit_id, Sums()).target_fen = fen
    return found


def content_of(session: Session, year: int, month: int, cut_off_on: dt.date) -> dict[str, Any]:
    """Return everything a bulletin says of a month, as it is now, fit to be kept as JSON.

    In it are the units that must buy, and those with a target or a figure. About ten
    queries, whatever the number of units.
    """
    sums = ledger_sums(session, year, month, cut_off_on)
    rows = session.execute(sa.select(Unit, must_buy().label("duty")).order_by(Unit.code)).all()
    units = {
        unit.id: unit
        for unit, duty in rows
        if duty or any(sums[unit.id].written.values() if unit.id in sums else ())
    }
    ends = _ends(session, [u.id for u in units.values() if u.state is UnitState.CLOSED], cut_off_on)
    late = rule_of(session, WatchKind.UNACCEPTED).number
    unpaid = _of_units(_unpaid(session), units)
    # Of a year that is over those placed in it that still stand; what came later is not its.
    way = [
        row for row in _of_units(on_the_way_orders(session), units) if row["on"] <= f"{year}-12-31"
    ]
    owed: dict[str, int] = {}
    for row in unpaid:
        owed[row["unit"]] = owed.get(row["unit"], 0) + row["fen"]
    time = time_progress(year, cut_off_on)
    return {
        "at": clock.now().isoformat(),
        "is_final": is_locked(session, year, month),
        "days_past": time.days_past,
        "days": time.days,
        "late_days": late,
        "late_before": (clock.today() - dt.timedelta(days=late)).isoformat(),
        "rows": [
            {
                "unit_id": unit.id,
                "code": unit.code,
                "name": unit.name,
                "kind": unit.kind.label,
                "has_canteen": unit.canteen in INDEPENDENT,
                "diners": unit.daily_diners,
                "unpaid_fen": owed.get(unit.code, 0),
                "notes": ends.get(unit.id, []),
                **sums.get(unit.id, Sums()).written,
            }
            for unit in units.values()
        ],
        "unpaid": unpaid,
        "way": way,
    }


def with_sums(content: Mapping[str, Any], sums: Mapping[int, Sums]) -> dict[str, Any]:
    """Return a kept content with the figures of the ledgers in the place of its own."""
    rows = [row | sums.get(row["unit_id"], Sums()).written for row in content["rows"]]
    return {**content, "rows": rows}


def differences(
    session: Session, content: Mapping[str, Any], sums: Mapping[int, Sums]
) -> list[str]:
    """Name, in Chinese, the units of which the ledgers say something else than a kept content.

    One query.
    """
    kept = {row["unit_id"]: row for row in content["rows"]}
    missing = [
        unit_id for unit_id in sums if unit_id not in kept and any(sums[unit_id].written.values())
    ]
    names = sa.select(Unit.name).where(Unit.id.in_(missing)).order_by(Unit.code)
    words = [f"{name}有计入或目标，通报中没有" for name in session.scalars(names)]
    for unit_id, row in kept.items():
        now = sums.get(unit_id, Sums()).written
        if any(row[name] != value for name, value in now.items()):
            before, after = sum(row["channels"].values()), sum(now["channels"].values())
            words.append(
                f"{row['name']}累计采购额 {money.yuan(before)} 元、目标 "
                f"{money.yuan(row['target_fen'])} 元，按台账重算为 {money.yuan(after)} 元、"
                f"{money.yuan(now['target_fen'])} 元"
            )
    return words


def _unpaid(session: Session) -> Sequence[Any]:
    """Return the units' own orders of which something was accepted and is not paid, in fen."""
    signed = (
        sa.select(
            Consignment.order_id.label("order_id"), sa.func.min(Acceptance.signed_at).label("at")
        )
        .join(Consignment, Consignment.id == Acceptance.consignment_id)
        .join(Order, Order.id == Consignment.order_id)
        .where(
            Acceptance.state == AcceptanceState.SIGNED,
            Acceptance.signed_at <= clock.now(),
            Order.buying_for != BuyingFor.SELF,
        )
        .group_by(Consignment.order_id)
        .subquery()
    )
    sums = figures(among=sa.select(signed.c.order_id))
    return session.execute(
        sa.select(
            Order.unit_id,
            Order.number,
            sa.cast(sums.c.due - sums.c.applied, sa.BigInteger),
            signed.c.at,
        )
        .join(signed, signed.c.order_id == Order.id)
        .join(sums, sums.c.id == Order.id)
        .where(sums.c.due > sums.c.applied)
        .order_by(signed.c.at, Order.id)
    ).all()


def _of_units(rows: Sequence[Any], units: Mapping[int, Unit]) -> list[dict[str, Any]]:
    return [
        {
            "unit": units[unit_id].code,
            "order": number,
            "fen": fen,
            "on": clock.day_of(at).isoformat(),
        }
        for unit_id, number, fen, at in rows
        if unit_id in units
    ]


def _ends(session: Session, unit_ids: Sequence[int], until: dt.date) -> dict[int, list[str]]:
    """Return, in words, what had become by a day of units that are closed now.

    Of one that a document ended later nothing is said: on that day it still bought for itself.
    Of one that was closed without a document the day is on no record: it is said at once.
    """
    words = {unit_id: ["已撤销"] for unit_id in unit_ids}
    mine = sa.select(UnitChangePart.change_id).where(
        UnitChangePart.unit_id.in_(unit_ids), ~UnitChangePart.is_successor
    )
    changes = session.scalars(
        sa.select(UnitChange)
        .where(UnitChange.id.in_(mine))
        .options(selectinload(UnitChange.parts).joinedload(UnitChangePart.unit))
        .order_by(UnitChange.id)
    )
    for change in changes:
        heirs = "、".join(part.unit.name for part in change.parts if part.is_successor)
        for part in change.parts:
            if part.unit_id in words and not part.is_successor:
                into = f"，由{heirs}承接" if heirs else ""
                ended = [f"{change.happened_on} {change.kind.label}{into}"]
                words[part.unit_id] = ended if change.happened_on <= until else []
    return words
