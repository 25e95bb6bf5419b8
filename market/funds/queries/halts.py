"""Ask whether the plan's money stands still."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.funds.models import Halt


def standing_halt(session: Session) -> Halt | None:
    """Return the halt that stands: one look into an index of at most one row."""
    return session.scalar(sa.select(Halt).where(Halt.is_standing))
