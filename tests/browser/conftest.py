"""Windows for the tests' people, on a desk and on a phone, with scripts and without."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.desk import ON_POSTGRES, Visitor, describe
from tests.browser.world import busy_world, world

__all__ = ["busy_world", "world"]

Visit = Callable[..., Visitor]


@dataclass(frozen=True)
class Manner:
    """How the people of a test look at the shop."""

    phone: bool
    script: bool

    def __str__(self) -> str:
        return f"{'phone' if self.phone else 'desktop'}-{'script' if self.script else 'plain'}"


# Without scripts one width is enough: the pages are the same HTML. On PostgreSQL this manner is.
PLAIN = Manner(phone=True, script=False)


def _manners(first: Manner) -> list[Manner]:
    return [PLAIN] if ON_POSTGRES else [PLAIN, first]


BY_PHONE = _manners(Manner(phone=True, script=True))
AT_DESK = _manners(Manner(phone=False, script=True))


@pytest.fixture(scope="session", autouse=True)
def _read_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the test processes tell each other which pages axe has read."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    Visitor.known = run / "read by axe"
    Visitor.known.mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def _forms_are_protected(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let forms be sent with the token they were given, as in use."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def window(browser: Browser, live: str) -> Iterator[Visit]:
    """Open windows; when the test is over, nothing may have been wrong in any of them."""
    opened: list[Visitor] = []

    def window(*, phone: bool = False, script: bool = True) -> Visitor:
        opened.append(Visitor(browser, live, phone=phone, script=script))
        return opened[-1]

    yield window
    for visitor in opened:
        visitor.close()
    faults = [fault for visitor in opened for fault in visitor.faults]
    assert not faults, describe(faults)


@pytest.fixture(params=BY_PHONE, ids=str)
def visit(request: pytest.FixtureRequest, window: Visit) -> Visit:
    """Open a window for somebody who comes by phone first, and sign in; no login, no signing in."""
    return _visits(window, request.param)


@pytest.fixture(params=AT_DESK, ids=str)
def visit_at_desk(request: pytest.FixtureRequest, window: Visit) -> Visit:
    """Open a window for somebody who works at a desk first, and sign in."""
    return _visits(window, request.param)


def _visits(window: Visit, manner: Manner) -> Visit:
    def visit(login: str | None = None) -> Visitor:
        visitor = window(phone=manner.phone, script=manner.script)
        return visitor.sign_in(login) if login else visitor

    return visit
