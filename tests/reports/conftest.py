"""What several tests of bulletins begin with."""

import pytest

from market.core import clock
from tests.reports.bulletins import JULY, desk


@pytest.fixture
def summer(session):
    """It is Thursday, the second of July 2026."""
    session.expire_on_commit = False
    with clock.set_to(JULY):
        yield


@pytest.fixture
def three(session):
    return desk(session)


@pytest.fixture
def files(app):
    return app.extensions["files"]
