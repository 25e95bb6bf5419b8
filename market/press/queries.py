"""Ask what the public is shown."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.targets.models import CreditTotal


@dataclass(frozen=True)
class YearResult:
    """What counted in a year: fen, and by how many units."""

    done_fen: int
    units: int


def result_of(session: Session, year: int) -> YearResult:
    """Return what all units together have bought in a year, from the kept totals."""
    done_fen, units = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(CreditTotal.amount_fen), 0),
            sa.func.count(sa.distinct(CreditTotal.unit_id)),
        ).where(CreditTotal.year == year)
    ).one()
    return YearResult(int(done_fen), units)
