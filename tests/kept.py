"""Load what many tests begin with by the real services once, and put the same rows back after."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core.db import Model

# Per database and name: the rows of each table, as the services left them.
_rows: dict[tuple[str, str], list[tuple[sa.Table, list[dict[str, Any]]]]] = {}
# What was made there that tests look at: its class and id.
_made: dict[tuple[str, str], list[tuple[Any, int]]] = {}


def kept(session: Session, name: str, load: Callable[[Session], Any], *prefixes: str) -> None:
    """Load into an empty part of the database, or put back what the first call loaded there.

    ``prefixes`` begin the names of the tables that the services fill. The rows are the
    services' own, with their ids: those that a database gives later are above them.
    """
    key = (str(session.get_bind().engine.url), name)
    if key not in _rows:
        load(session)
        session.flush()
        _rows[key] = [
            (table, _of(session, table))
            for table in Model.metadata.sorted_tables
            if table.name.startswith(prefixes)
        ]
        return
    for table, rows in _rows[key]:
        if rows:
            session.execute(sa.insert(table), rows)


def _of(session: Session, table: sa.Table) -> list[dict[str, Any]]:
    """Return a table's rows, oldest first: a later one may name an earlier one of the same table."""
    select = sa.select(table).order_by(*table.primary_key)
    return [dict(row) for row in session.execute(select).mappings()]


def kept_world(session: Session, name: str, make: Callable[[Session], Iterable[Any]]) -> list[Any]:
    """Make things in an empty database and return them, or put back what the first call made.

    It comes before any other row of the test's: those would be put back for others, too.
    """
    key = (str(session.get_bind().engine.url), name)

    def load(session: Session) -> None:
        tables = Model.metadata.sorted_tables
        assert [one.name for one in tables if session.execute(sa.select(one)).first()] == []
        things = list(make(session))
        session.flush()
        _made[key] = [(type(thing), thing.id) for thing in things]

    kept(session, name, load, "")
    return [session.get_one(kind, id_) for kind, id_ in _made[key]]
