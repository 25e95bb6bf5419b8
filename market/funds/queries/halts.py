"""Ask whether the plan's money stands still."""

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.adapters.spreadsheets import Table
from market.core.clock import day_of
from market.funds.models import Halt


def standing_halt(session: Session) -> Halt | None:
    """Return the halt that stands: one look into an index of at most one row."""
    return session.scalar(sa.select(Halt).where(Halt.is_standing))


def doubted(session: Session, table: Table) -> Table:
    """Return a table of the plan's money as it is taken away: its note says that the money stands still."""
    halt = standing_halt(session)
    if halt is None:
        return table
    words = f"资金账核对不符，{day_of(halt.raised_at)} 起停止记账，数字可能有误"
    return replace(table, note=f"{table.note}；{words}")
