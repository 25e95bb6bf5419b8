"""What an order does to the completion of its unit."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from market.core import clock, money
from market.targets.queries import completion_of


@dataclass(frozen=True)
class Effect:
    """A unit's completion this year, and what it becomes when ``adds_fen`` is accepted."""

    year: int
    target_fen: int
    done_fen: int
    adds_fen: int

    @property
    def rate(self) -> int | None:
        """The completion now, in tenths of a percent; ``None`` where there is no target."""
        return money.rate(self.done_fen, self.target_fen)

    @property
    def rate_after(self) -> int | None:
        """The completion after, in tenths of a percent."""
        return money.rate(self.done_fen + self.adds_fen, self.target_fen)

    def plus(self, adds_fen: int) -> "Effect":
        """Return what this much more would do."""
        return replace(self, adds_fen=self.adds_fen + adds_fen)


def effect_on(session: Session, unit_id: int | None, adds_fen: int) -> Effect | None:
    """Return what ``adds_fen`` would do to a unit this year; nobody's purchases do nothing."""
    if unit_id is None:
        return None
    year = clock.today().year
    done = completion_of(session, unit_id, year)
    return Effect(year, done.target_fen, done.done_fen, adds_fen)
