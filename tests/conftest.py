"""The application on both databases, a session, a browser, and a server for it."""

import contextlib
import functools
import gc
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from market.accounts.models import Person
from market.adapters import migrations
from market.app import config, create_app
from market.core.db import Model, db
from market.core.limits import limiter
from tests.postgres import postgres

pytest_plugins = ["tests.cast", "tests.measuring", "tests.till"]

# The same examples on every run and machine, however slow it is.
settings.register_profile("market", deadline=None, derandomize=True, database=None)
settings.load_profile("market")

# Debian's headless shell is the same engine without the browser around it: twice as quick.
PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--lang=zh-CN",  # Else a date field shows month/day/year.
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what asks no database: nothing would be other than on SQLite."""
    if os.environ.get("MARKET_TEST_DB") == "postgres":
        asking, others = [], []
        for item in items:
            asks = "database_url" in getattr(item, "fixturenames", ())
            (asking if asks else others).append(item)
        config.hook.pytest_deselected(items=others)
        items[:] = asking


@pytest.fixture(scope="session", autouse=True)
def _nothing_from_outside() -> Iterator[None]:
    """Let tests talk to this machine only."""
    connect = socket.socket.connect

    def connect_here(this: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise ConnectionRefusedError(f"A test wants to talk to {address}.")
        connect(this, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give an empty database, of the kind that MARKET_TEST_DB names."""
    kind = os.environ.get("MARKET_TEST_DB", "sqlite")
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'market.sqlite'}"
    elif kind == "postgres":
        with postgres() as url:
            yield url
    else:
        pytest.exit(f"MARKET_TEST_DB is {kind!r}; it must be sqlite or postgres.", 2)


@pytest.fixture
def empty_database_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Give a second database of the same kind, for tests that build its tables themselves."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server = sa.create_engine(database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE empty"))
        yield database_url.replace("/postgres?", "/empty?")
        connection.execute(sa.text("DROP DATABASE empty WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def _app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = make_app(database_url, tmp_path_factory.mktemp("home"))
    with app.app_context():
        migrations.upgrade(db.engine)
    # What is loaded by now stays: looking through it for garbage took a tenth of the tests' time.
    gc.freeze()
    yield app
    with app.app_context():
        db.engine.dispose()


def make_app(url: str, home: Path) -> Flask:
    """Build an application whose database is at ``url`` and whose files are in ``home``."""
    app = create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "test",
            "HOME": home,
            "FILES": home / "files",
            "WTF_CSRF_ENABLED": False,
            "SQLALCHEMY_ENGINES": {"default": config.engine(url)},
        }
    )

    @app.after_request
    def check_headers(response: Response) -> Response:
        str(response.headers).encode("latin-1")  # Which a server does, and the test client doesn't.
        return response

    return app


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    """The application on an empty database; tests commit for real."""
    yield _app
    limiter.reset()
    with _app.app_context(), db.engine.begin() as connection:
        empty(connection)


def empty(connection: sa.Connection) -> None:
    """Delete every row."""
    names = [table.name for table in reversed(Model.metadata.sorted_tables)]
    with unguarded(connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(";".join(f'DELETE FROM "{name}"' for name in names))
            return
        # Most tests fill few tables: on SQLite to ask which is quicker than to delete nothing.
        filled = set(connection.exec_driver_sql(_filled()).scalars())
        for name in names:
            if name in filled:
                connection.exec_driver_sql(f'DELETE FROM "{name}"')


@functools.cache
def _filled() -> str:
    """Return the question which tables hold any row."""
    each = (
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in Model.metadata.tables
    )
    return " UNION ALL ".join(each)


@contextlib.contextmanager
def unguarded(connection: sa.Connection) -> Iterator[None]:
    """Let a test change what the database keeps from being changed, where there is any of it."""
    if connection.dialect.name == "postgresql":
        # For the superuser, and for this transaction only.
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        yield
        return
    triggers = ()
    kept = "SELECT EXISTS (SELECT 1 FROM fund_entry) OR EXISTS (SELECT 1 FROM project_date)"
    if connection.scalar(sa.text(kept)):
        triggers = connection.execute(
            sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        connection.exec_driver_sql(sql)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of the test's own; commit before you make a request."""
    with app.app_context():
        made = db.sessionmaker()
    with made:
        yield made


@pytest.fixture
def sign_in(app: Flask, session: Session) -> Callable[[Person], FlaskClient]:
    """Commit, and return a client signed in as the given person."""

    def sign_in(person: Person) -> FlaskClient:
        identity = person.get_id()
        session.commit()  # Nothing is read after it, so no transaction stands in the way.
        client = app.test_client()
        with app.test_request_context(environ_base=client.environ_base):
            browser = app.login_manager._session_identifier_generator()  # type: ignore[attr-defined]
        with client.session_transaction() as cookie:
            cookie["_id"] = browser  # Without it the protection of sessions signs the person out.
            cookie["_user_id"] = identity
            cookie["_fresh"] = True
        return client

    return sign_in


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """Return a context manager whose value lists the statements run within it.

    ``with count_queries() as statements: client.get(…)``, then look at ``len(statements)``.
    """
    with app.app_context():
        engine = db.engine

    @contextlib.contextmanager
    def count_queries() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("BEGIN"):  # On PostgreSQL it is not seen here either.
                statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return count_queries


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium without a window."""
    # Without one of Debian's or Ubuntu's, Playwright looks for its own.
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield made
        made.close()


@pytest.fixture(scope="session")
def _server(_app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, _app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def live(app: Flask, _server: str) -> str:
    """The address of a server that shows the test's database to a browser."""
    return _server
