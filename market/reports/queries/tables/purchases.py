"""The purchases of units by month and channel: as a long table, and with the months side by side."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from market.reports.queries.credit_rows import of_group, rows_address
from market.reports.queries.groups import OF_GOODS, By
from market.reports.queries.tables.asking import Asked
from market.targets.models import Credit, CreditTotal
from market.targets.queries.entries import sum_of
from market.units.models import Unit


def months(asked: Asked) -> sa.Select[Any]:
    """Select a row per unit, month and channel that anything was counted in."""
    table = _table(asked)
    fen = sum_of(table.amount_fen)
    return _where(
        sa.select(*unit_columns(), table.month, table.channel, fen.label("fen")), table, asked
    ).group_by(Unit.id, table.month, table.channel)


def matrix(asked: Asked) -> sa.Select[Any]:
    """Select a row per unit and channel, with the sum of each month asked for."""
    table = _table(asked)

    def of_month(month: int) -> sa.ColumnElement[int]:
        return sum_of(sa.case((table.month == month, table.amount_fen), else_=0))

    return _where(
        sa.select(
            *unit_columns(),
            table.channel,
            *(of_month(month).label(f"m{month}") for month in asked.months),
            sum_of(table.amount_fen).label("fen"),
        ),
        table,
        asked,
    ).group_by(Unit.id, table.channel)


def month_rows(asked: Asked, row: Mapping[str, Any] | None, key: str) -> str | None:
    """Return the address of the credits behind a figure of ``months``."""
    if key != "fen":
        return None
    if row is None:
        return rows_address(asked.year, asked.months, asked.where)
    months = range(row["month"], row["month"] + 1)
    return rows_address(asked.year, months, asked.narrowed(_of(row)))


def matrix_rows(asked: Asked, row: Mapping[str, Any] | None, key: str) -> str | None:
    """Return the address of the credits behind a figure of ``matrix``."""
    months = asked.months
    if key != "fen":
        if not key.startswith("m"):
            return None
        months = range(int(key[1:]), int(key[1:]) + 1)
    return rows_address(asked.year, months, asked.narrowed(_of(row) if row else {}))


def unit_columns() -> tuple[sa.ColumnElement[Any], ...]:
    """Return the columns by which a report names a unit and finds it."""
    searched = Unit.name + " " + Unit.code + " " + Unit.search_text
    return (
        Unit.code.label("code"),
        Unit.name.label("unit"),
        Unit.kind.label("kind"),
        searched.label("searched"),
    )


def _of(row: Mapping[str, Any]) -> dict[By, str]:
    return {By.UNIT: row["code"], By.CHANNEL: row["channel"].value}


def _table(asked: Asked) -> Any:
    """Return what is summed: kept totals, or single credits where goods are asked for."""
    return Credit if asked.where.keys() & set(OF_GOODS) else CreditTotal


def _where(select: sa.Select[Any], table: Any, asked: Asked) -> sa.Select[Any]:
    return (
        select.select_from(table)
        .join(Unit, Unit.id == table.unit_id)
        .where(
            table.year == asked.year,
            table.month.in_(asked.months),
            table.amount_fen != 0,
            *(of_group(by, key, table) for by, key in asked.where.items()),
        )
    )
