"""Ask about months: which are locked, and what counted in them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from market.targets.models import Period, PeriodState


def counted(period: Any = Period) -> sa.ColumnElement[int]:
    """Return the place of a row's month among all months: 12 a year, without a gap."""
    return period.year * 12 + period.month


def count_of(year: int, month: int) -> int:
    """Return the place of a month in the row of all months."""
    return year * 12 + month


def month_of(count: int) -> tuple[int, int]:
    """Return the year and month at a place in the row."""
    year, before = divmod(count - 1, 12)
    return year, before + 1


def locked_until() -> sa.Select[Any]:
    """Select the place of the last month that is locked or closed; zero where none is.

    Months are locked in order: whatever stands before it is locked, too.
    """
    locked = aliased(Period)
    return sa.select(sa.func.coalesce(sa.func.max(counted(locked)), 0)).where(
        locked.state != PeriodState.OPEN
    )
