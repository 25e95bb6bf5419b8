"""Which tests are measured for coverage, and in which order tests are handed out.

Measuring makes a test nearly twice as long. Those named here walk through all pages or
thousands of steps and reach no line that the others don't; in a browser, the tracer and
Playwright's greenlets hang each other besides. On PostgreSQL only what it alone does is
measured: its dialect, and people who really act at the same moment.
"""

import contextlib
import os
import re
from collections.abc import Generator, Iterator

import coverage
import pytest

# In this order: no process waits for the other at the end when the longest don't come last.
UNMEASURED = (
    "tests/test_bad_input.py",
    "tests/browser/test_walk.py",
    "tests/funds/test_fund_machine.py",
    "tests/payments/test_money_machine.py",
    "tests/browser/",
    "tests/test_migrations.py",
    "tests/test_house_rules.py",
)
AT_ONCE = re.compile(r"/test_(\w+_)?races\.py$")
ITS_OWN = ("tests/core/", "tests/payments/test_bank_import.py")


def is_measured(path: str) -> bool:
    """Whether the tests of this file, named from the project's folder, are measured."""
    if os.environ.get("MARKET_TEST_DB") == "postgres":
        return path.startswith(ITS_OWN) or AT_ONCE.search(path) is not None
    return not path.startswith(UNMEASURED) and not AT_ONCE.search(path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what is measured first, so that what is done once in a process is measured, too."""

    def rank(item: pytest.Item) -> int:
        path = _path(item)
        if is_measured(path):
            return 0
        return next((n for n, name in enumerate(UNMEASURED, 1) if path.startswith(name)), 9)

    items.sort(key=rank)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure the test, or don't."""
    if is_measured(_path(item)):
        return (yield)
    with _unmeasured():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Don't measure how the last test puts away what all had, a browser among it."""
    if nextitem:
        return (yield)
    with _unmeasured():
        return (yield)


def _path(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@contextlib.contextmanager
def _unmeasured() -> Iterator[None]:
    measuring = coverage.Coverage.current()
    if not measuring:
        yield
        return
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
