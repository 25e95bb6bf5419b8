"""Numbers that things are called by."""

import secrets
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session


def new_number(
    session: Session,
    column: InstrumentedAttribute[Any],
    start: str,
    *,
    digits: int = 5,
    close: Callable[[str], str] = lambda _body: "",
) -> str:
    """Return a number that no row has in ``column``: its start, random digits, and what closes it.

    ``close`` makes check digits of the rest. Of two who draw the same one at the same
    moment, the second meets the column's unique index.
    """
    while True:
        body = f"{start}{secrets.randbelow(10**digits):0{digits}d}"
        number = body + close(body)
        if session.scalar(sa.select(column).where(column == number)) is None:
            return number


def next_serial(
    session: Session, column: InstrumentedAttribute[Any], *within: sa.ColumnElement[bool]
) -> int:
    """Return the number after the highest in ``column`` among the rows ``within``; the first is 1.

    Whoever gives numbers in turn first lets the others wait, so that nobody draws the same.
    """
    return (session.scalar(sa.select(sa.func.max(column)).where(*within)) or 0) + 1
