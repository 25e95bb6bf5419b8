"""The rows behind each figure of a bulletin, which sum to it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core import clock, money
from market.core.paging import Page
from market.reports.models import Bulletin
from market.reports.queries.bulletins.content import (
    Marks,
    credits_behind,
    cut_off_of,
    entries_behind,
)
from market.reports.queries.bulletins.fields import points_words
from market.reports.queries.bulletins.report import (
    Line,
    Measure,
    Only,
    Orders,
    Report,
    sum_of_lines,
)
from market.reports.queries.credit_rows import GroupRow, rows_where
from market.reports.queries.groups import member_of
from market.targets.models import Channel, Credit, TargetEntry
from market.targets.queries.entries import sum_of
from market.units.models import Unit

SIZE = 50


@dataclass(frozen=True)
class WantedBehind:
    """Which figure's rows are asked for."""

    figure: str
    unit: str = ""
    channel: Channel | None = None
    in_month: bool = False
    adjusted: bool = False
    only: Only = Only.ALL
    measure: Measure = Measure.COUNT
    which: Orders = Orders.UNPAID

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "WantedBehind":
        """Read the words of an address; what makes no sense there means no wish."""
        return cls(
            figure=given.get("figure", "units"),
            unit=given.get("unit", "")[:20],
            channel=member_of(Channel, given.get("channel")),
            in_month=given.get("month") == "1",
            adjusted=given.get("adjusted") == "1",
            only=member_of(Only, given.get("only")) or Only.ALL,
            measure=member_of(Measure, given.get("measure")) or Measure.COUNT,
            which=member_of(Orders, given.get("which")) or Orders.UNPAID,
        )


def marks_of(bulletin: Bulletin) -> Marks | None:
    """Return what a bulletin knows of; a draft knows everything."""
    if bulletin.credit_mark is None or bulletin.entry_mark is None:
        return None
    return Marks(bulletin.credit_mark, bulletin.entry_mark)


def day_of_bulletin(bulletin: Bulletin) -> dt.date:
    """Return the cut-off: the kept one, or of a draft that of today."""
    if bulletin.content is not None:
        return bulletin.cut_off_on
    return cut_off_of(bulletin.year, bulletin.month, clock.today())


def credits_of_figure(
    session: Session, bulletin: Bulletin, wanted: WantedBehind, *, reader: Person, number: int
) -> tuple[Page[GroupRow], int]:
    """Return a page of the credits behind an amount, and the fen of all its pages; two queries."""
    where = credits_behind(bulletin.year, bulletin.month, marks_of(bulletin))
    if wanted.in_month:
        where.append(Credit.month == bulletin.month)
    if wanted.adjusted:
        where.append(Credit.is_adjustment == sa.true())
    if wanted.channel is not None:
        where.append(Credit.channel == wanted.channel)
    if wanted.unit:
        unit = sa.select(Unit.id).where(Unit.code == wanted.unit).scalar_subquery()
        where.append(Credit.unit_id == unit)
    return rows_where(session, where, reader=reader, number=number)


def entries_of_figure(
    session: Session, bulletin: Bulletin, wanted: WantedBehind, *, number: int
) -> tuple[Page[TargetEntry], int]:
    """Return a page of the entries behind a target, and the fen of all its pages; two queries."""
    where = entries_behind(bulletin.year, day_of_bulletin(bulletin), marks_of(bulletin))
    if wanted.unit:
        unit = sa.select(Unit.id).where(Unit.code == wanted.unit).scalar_subquery()
        where.append(TargetEntry.unit_id == unit)
    total, fen = session.execute(
        sa.select(sa.func.count(), sum_of(TargetEntry.change_fen)).where(*where)
    ).one()
    number = min(max(number, 1), max(1, -(-total // SIZE)))
    rows = session.scalars(
        sa.select(TargetEntry)
        .where(*where)
        .options(joinedload(TargetEntry.unit), joinedload(TargetEntry.run))
        .order_by(TargetEntry.document_on, TargetEntry.id)
        .limit(SIZE)
        .offset((number - 1) * SIZE)
    ).all()
    return Page(rows, number, SIZE, total), fen


def lines_of_figure(report: Report, wanted: WantedBehind) -> list[Line]:
    """Return the units behind a figure; of a rank all that it is among."""
    lines = report.chosen(wanted.only)
    if wanted.unit and wanted.measure is not Measure.RANK:
        lines = [line for line in lines if line.code == wanted.unit]
    return lines


def figure_of_lines(report: Report, wanted: WantedBehind, lines: Sequence[Line]) -> str:
    """Compute the figure out of its rows, in the words in which it stands in the text."""
    total = sum_of_lines(lines, report.time)
    match wanted.measure:
        case Measure.RATE:
            return money.show_rate(total.rate)
        case Measure.TIME:
            return money.show_rate(report.time.rate)
        case Measure.DIFFERENCE:
            return points_words(total.difference)
        case Measure.RANK:
            line = next((line for line in lines if line.code == wanted.unit), None)
            better = sum((one.rate or 0) > (line.rate or 0) for one in lines) if line else 0
            return f"第{better + 1}名" if line and line.rate is not None else "没有排名"
        case Measure.GAP:
            return f"{money.wan(sum(line.gap_fen for line in lines))}万元"
        case _:
            return f"{len(lines)}家"


def orders_of_figure(report: Report, wanted: WantedBehind) -> tuple[list[dict[str, Any]], int]:
    """Return the orders behind an amount as they were when it was read, and their fen."""
    rows = report.orders(wanted.which, wanted.unit)
    return rows, sum(row["fen"] for row in rows)
