"""How Alembic meets the shop: its models, its engine, and what a revision looks like."""

import contextlib
from collections.abc import Iterator
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from market.app import create_app
from market.core.db import Model, UTCDateTime, db


def migrate(connection: sa.Connection) -> None:
    """Run the revisions asked for, all in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        # SQLite too can undo a table: `prepare_engine` begins its transactions honestly.
        transactional_ddl=True,
        render_item=render,
        # SQLite changes a table by building it anew and moving the rows.
        render_as_batch=True,
    )
    with without_references(connection), context.begin_transaction():
        context.run_migrations()
        check_references(connection)


def render(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own types as what they are in the database.

    A revision then needs no code of ours, and a new state is no migration.
    """
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(thing, sa.Enum):
        return f"sa.String(length={thing.length})"
    return False


@contextlib.contextmanager
def without_references(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite build a table anew while rows elsewhere refer to it.

    SQLite takes the setting only outside a transaction, so it goes past
    SQLAlchemy, which would begin one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    if connection.in_transaction():
        raise RuntimeError("Give a connection on which no transaction has begun.")
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def check_references(connection: sa.Connection) -> None:
    """Refuse to finish when rows refer to nothing; PostgreSQL has seen to it by itself."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"The migration leaves references to nothing: {broken[:5]}")


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_app().app_context(), db.engine.connect() as connection:
        migrate(connection)
