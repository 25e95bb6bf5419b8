"""Read a report: its sums, a page of it or all its rows, and write it as a table to take away."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.adapters.spreadsheets import Kind, Table
from market.core import clock, money
from market.core.labels import Label
from market.core.paging import Page
from market.reports.queries.tables.asking import Asked
from market.reports.queries.tables.catalogue import Column, Report, Row, columns_of
from market.targets.queries.entries import sum_of

SIZE = 50
AT_ONCE = 1000


@dataclass(frozen=True)
class Sums:
    """How many rows a report has, and what each key that is summed comes to, over all of them."""

    count: int
    by_key: Mapping[str, int]


def report_sums(session: Session, report: Report, asked: Asked) -> Sums:
    """Return the number of rows of a report and their sums, in one query."""
    keys = _summed(report, asked)
    rows, found = _found(report, asked)
    count, *sums = session.execute(
        found.with_only_columns(
            sa.func.count(),
            *(sum_of(rows.c[key]) for key in keys),
            maintain_column_froms=True,
        )
    ).one()
    return Sums(count, dict(zip(keys, sums, strict=True)))


def report_page(
    session: Session, report: Report, asked: Asked, number: int
) -> tuple[Sums, Page[Row]]:
    """Return a report's sums with a page of its rows, or with the nearest there is.

    One query: what the sums are of takes long to put together, and is the same for both.
    """
    sums, rows = _page_rows(session, report, asked, max(number, 1))
    last = max(1, -(-sums.count // SIZE))
    if number > last:
        sums, rows = _page_rows(session, report, asked, last)
    return sums, Page(rows, min(max(number, 1), last), SIZE, sums.count)


def _page_rows(
    session: Session, report: Report, asked: Asked, number: int
) -> tuple[Sums, Sequence[Row]]:
    keys = _summed(report, asked)
    rows, select = _ordered(report, asked)
    select = select.add_columns(
        sa.func.count().over().label("all_rows"),
        *(_over_all(rows.c[key]).label(f"all_{key}") for key in keys),
    )
    page: Sequence[Any] = (
        session.execute(select.limit(SIZE).offset((number - 1) * SIZE)).mappings().all()
    )
    if not page:
        return report_sums(session, report, asked), page
    return Sums(page[0]["all_rows"], {key: page[0][f"all_{key}"] for key in keys}), page


def report_rows(session: Session, report: Report, asked: Asked) -> Iterator[Row]:
    """Give all rows of a report in order, as they are read; only some are held at once."""
    _, select = _ordered(report, asked)
    select = select.execution_options(yield_per=AT_ONCE)
    with session.execute(select) as found:  # Whoever stops in the middle leaves no cursor open.
        rows: Any = found.mappings()
        yield from rows


def report_records(session: Session, report: Report, asked: Asked) -> Iterator[dict[str, Any]]:
    """Give the rows as plain records for other programs: fen, tenths of a percent, words of addresses."""
    columns = columns_of(report, asked)
    for row in report_rows(session, report, asked):
        yield {one.key: _plain(_value(one, row)) for one in columns}


def cells_of(columns: Sequence[Column], row: Row) -> list[Any]:
    """Return the cells of a row, as a table takes them."""
    return [_cell(column, row) for column in columns]


def total_of(columns: Sequence[Column], sums: Sums) -> list[Any]:
    """Return the cells of the sum; a column whose sum would mean nothing has none."""
    cells = [_cell(one, sums.by_key) if one.summed else "" for one in columns[1:]]
    return [f"合计（{sums.count} 行）", *cells]


def link_of(report: Report, asked: Asked, row: Row | None, column: Column) -> str | None:
    """Return the address of the rows behind a figure, ``None`` as row being the sum.

    The sum of what was found by words has none: no other list knows these words.
    """
    if row is None and asked.words:
        return None
    return report.leads_to(asked, row, column.key)


def report_table(
    report: Report,
    asked: Asked,
    sums: Sums,
    *,
    rows: Iterable[Row] = (),
    told: str = "",
    source: str = "",
    at: dt.datetime | None = None,
) -> Table:
    """Return a report as it is taken away: title, cut-off, unit of money, rows, sum and source.

    ``told`` is what it is narrowed to in words, ``source`` the address where it stands,
    ``at`` the moment at which all of it was read.
    """
    columns = columns_of(report, asked)
    facts = [("数据时刻", f"{at.astimezone(clock.CHINA):%Y-%m-%d %H:%M:%S}")] if at else []
    return Table(
        title=report.title_for(asked),
        note=note_of(report, asked, told),
        columns=[(one.title, _kind(one, asked)) for one in columns],
        rows=[cells_of(columns, row) for row in rows],
        total=total_of(columns, sums),
        foot=[*facts, *([("来源", source)] if source else [])],
    )


def note_of(report: Report, asked: Asked, told: str = "") -> str:
    """Write the cut-off, the unit of money, what counts, and what the report is narrowed to."""
    parts = (f"截至 {clock.today()}", f"单位：{asked.measure.label}", report.note)
    return "；".join([*parts, *([f"只含：{told}"] if told else [])])


def _kind(column: Column, asked: Asked) -> Kind:
    return asked.measure.value if column.kind == "fen" else column.kind  # type: ignore[return-value]


def _cell(column: Column, row: Row) -> Any:
    value = _value(column, row)
    if value is None and column.rate_of:
        return "—"
    return value.label if isinstance(value, Label) else value


def _value(column: Column, row: Row) -> Any:
    if column.rate_of:
        part, whole = (row[key] for key in column.rate_of)
        return money.rate(part, whole)
    return row[column.key]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Label) else value


def _summed(report: Report, asked: Asked) -> list[str]:
    return [*dict.fromkeys(key for one in columns_of(report, asked) for key in one.summed)]


def _over_all(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column).over(), 0), sa.BigInteger)


def _found(report: Report, asked: Asked) -> tuple[sa.Subquery, sa.Select[Any]]:
    """Return a report's rows, and the select of those that have the words asked for."""
    rows = report.select(asked).subquery()
    searched = sa.func.lower(rows.c.searched)
    words = asked.words.lower().split()
    select = sa.select(rows).where(*(searched.contains(w, autoescape=True) for w in words))
    return rows, select


def _ordered(report: Report, asked: Asked) -> tuple[sa.Subquery, sa.Select[Any]]:
    rows, select = _found(report, asked)
    order = [rows.c[key] for key in report.order]
    for column in columns_of(report, asked):
        if column.key == asked.sort:
            value = _sorted_by(column, rows)
            by = value.desc() if asked.is_descending else value.asc()
            order.insert(0, sa.nulls_last(by))
    return rows, select.order_by(*order)


def _sorted_by(column: Column, rows: sa.Subquery) -> sa.ColumnElement[Any]:
    if not column.rate_of:
        return rows.c[column.key]
    part, whole = (rows.c[key] for key in column.rate_of)
    return part * 1000 / sa.func.nullif(whole, 0)
