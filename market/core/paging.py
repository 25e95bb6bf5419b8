"""One page of a long list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

SIZE = 24

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """The rows shown, and where they stand in the whole list."""

    items: Sequence[T]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))


def page_of(
    session: Session, select: sa.Select[Any], number: int = 1, *, size: int = SIZE
) -> Page[Any]:
    """Return one page of the things that ``select`` finds, in two queries.

    A page number before the first or beyond the last gives the nearest one.
    """
    number, total = _place(session, select, number, size)
    rows = session.scalars(select.limit(size).offset((number - 1) * size)).unique().all()
    return Page(rows, number, size, total)


def rows_page_of(
    session: Session, select: sa.Select[Any], number: int = 1, *, size: int = SIZE
) -> Page[Any]:
    """Return one page as ``page_of`` does, of whole rows where a select has several columns."""
    number, total = _place(session, select, number, size)
    rows = session.execute(select.limit(size).offset((number - 1) * size)).all()
    return Page(rows, number, size, total)


def _place(session: Session, select: sa.Select[Any], number: int, size: int) -> tuple[int, int]:
    # The one column counted must be named once: two tables may both have an id.
    bare = select.order_by(None).with_only_columns(sa.literal(1), maintain_column_froms=True)
    total = session.scalar(sa.select(sa.func.count()).select_from(bare.subquery())) or 0
    return min(max(number, 1), max(1, -(-total // size))), total
