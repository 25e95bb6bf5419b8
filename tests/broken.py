"""Let the database stop answering: from a statement on, or once something was committed."""

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session


@contextlib.contextmanager
def broken(session: Session, *, at: str = "COMMIT") -> Iterator[None]:
    """Refuse, within the block, every statement from the first that starts with ``at``.

    By default every one after the first commit, which itself is done.
    """
    engine, seen = session.get_bind(), []

    def ask(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if seen or statement.startswith(at):
            seen.append(statement)
            raise sa.exc.OperationalError(statement, {}, Exception("database is locked"))

    def commit(_connection: Any) -> None:
        if at == "COMMIT":
            seen.append(at)

    event.listen(engine, "before_cursor_execute", ask)
    event.listen(engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", ask)
        event.remove(engine, "commit", commit)
    assert seen
