"""The one source of the current time; call it as ``clock.now()`` so that it can be set."""

import contextlib
import contextvars
import datetime as dt
from collections.abc import Iterator

CHINA = dt.timezone(dt.timedelta(hours=8), "CST")

_set_to: contextvars.ContextVar[dt.datetime | None] = contextvars.ContextVar("clock", default=None)


def now() -> dt.datetime:
    """Return the present instant, aware, in UTC."""
    return _set_to.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return the present date of China's calendar, which decides years and months."""
    return day_of(now())


def day_of(instant: dt.datetime) -> dt.date:
    """Return the date an instant has in China."""
    return instant.astimezone(CHINA).date()


def start_of(day: dt.date) -> dt.datetime:
    """Return the instant at which a date begins in China."""
    return dt.datetime.combine(day, dt.time(), CHINA).astimezone(dt.UTC)


@contextlib.contextmanager
def set_to(instant: dt.datetime) -> Iterator[None]:
    """Let the house believe, within the block, that it is this aware instant.

    Only the demonstration world uses it, to live through a past year with the
    real services.
    """
    token = _set_to.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _set_to.reset(token)
