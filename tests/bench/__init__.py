"""Measurements that are run by hand."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.postgres import postgres


@contextlib.contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    """Give the address of an empty database: a throw-away PostgreSQL, or a file in a folder."""
    if kind == "postgres":
        with postgres() as url:
            yield url
    else:
        yield f"sqlite:///{home / 'bench.sqlite'}"
