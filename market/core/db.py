"""The database session and the base of every model."""

import contextlib
import contextvars
import datetime as dt
import enum
from collections.abc import Iterator
from typing import Annotated, Any

import sqlalchemy as sa
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import event, orm
from sqlalchemy.dialects import postgresql, sqlite

db = SQLAlchemy()

Fen = Annotated[int, orm.mapped_column(sa.BigInteger)]
Milli = Annotated[int, orm.mapped_column(sa.BigInteger)]

MOST_PREPARED = 1000

_reading: contextvars.ContextVar[bool] = contextvars.ContextVar("reading", default=False)


class UTCDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An instant: aware in Python, naive UTC in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """Store the instant as naive UTC."""
        return value and value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """Give the instant back, aware."""
        return value and value.replace(tzinfo=dt.UTC)


class Model(orm.DeclarativeBase):
    """Base of every table; its ``id`` never leaves the database."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        dt.datetime: UTCDateTime,
        enum.Enum: sa.Enum(
            enum.Enum,
            native_enum=False,
            length=30,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)


# How a session learns of an UPDATE or DELETE: by the ids that the database gives back, instead
# of weighing the condition on everything it holds. ``.execution_options(**BY_ID)``.
BY_ID: dict[str, Any] = {"synchronize_session": "fetch"}


def say_reading(reads: bool) -> None:
    """Say whether the transactions begun from now on, in this thread, only read.

    SQLite takes its one write lock at the start of every other transaction: one
    that begins as a reader and writes later fails under load, however long it waits.
    """
    _reading.set(reads)


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Let a page that is only asked for write within the block; it ends with no transaction open."""
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


@contextlib.contextmanager
def one_moment(session: orm.Session) -> Iterator[None]:
    """Let the block read everything as it stood at one moment, while others go on writing.

    What the session had not committed is undone before it, and so is what the block changed.
    """
    session.rollback()
    token = _reading.set(True)
    try:
        if session.get_bind().dialect.name == "postgresql":  # SQLite's transactions all do.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield
    finally:
        session.rollback()
        _reading.reset(token)


def prepare_engine(engine: sa.Engine) -> None:
    """Set up an engine: foreign keys, WAL and honest transactions on SQLite; plans on PostgreSQL."""
    if engine.dialect.name == "postgresql":

        @event.listens_for(engine, "connect")
        def keep_plans(connection: Any, _record: Any) -> None:
            # The pages ask several hundred kinds of questions: with room for only a hundred,
            # a connection would forget each before it comes again, and plan it anew.
            connection.prepared_max = MOST_PREPARED

        return

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # We begin transactions ourselves, below.
        cursor = connection.cursor()
        for pragma in (
            "foreign_keys=ON",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            # INSERT OR REPLACE then fires the triggers that keep rows from being deleted.
            "recursive_triggers=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute("PRAGMA busy_timeout=20000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def upsert(session: orm.Session, table: Any) -> Any:
    """Return the dialect's own INSERT, which knows ``on_conflict_do_…``, for a model."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def count_anew(session: orm.Session, *models: type[Model]) -> None:
    """Have PostgreSQL look again at how much tables hold, which have just grown by thousands of rows.

    It would do so by itself a minute later; until then it takes them to be small, and a page that
    takes a tenth of a second takes half a minute. SQLite plans without it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.flush()
        for model in models:
            session.execute(sa.text(f"ANALYZE {model.__tablename__}"))
