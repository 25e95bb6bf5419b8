"""How figures and times are written on screen; registered as template filters."""

import datetime as dt

from flask import Flask

from market.core import clock, money, quantity


def day(value: dt.date | None) -> str:
    """Write a date of China: 2026-11-23; nothing where there is none."""
    return value.isoformat() if value else "—"


def instant(value: dt.datetime | None) -> str:
    """Write an instant by China's clock: 2026-11-23 14:05."""
    return value.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M") if value else "—"


def register(app: Flask) -> None:
    """Give templates the filters yuan, wan, quantity, rate, day and instant."""
    app.jinja_env.filters.update(
        yuan=money.yuan,
        wan=money.wan,
        quantity=quantity.show,
        rate=money.show_rate,
        day=day,
        instant=instant,
    )
