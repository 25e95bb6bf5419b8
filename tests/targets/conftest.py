"""When these tests happen: always on the same day, whatever the calendar says."""

import datetime as dt
from collections.abc import Iterator

import pytest

from market.core import clock


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    """It is noon of 24 November 2026 in China: 328 of 365 days have begun, 89.8 %."""
    with clock.set_to(dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)):
        yield
