"""A page as it was known at the end of a past day: the day that is asked for, and its refusal."""

import datetime as dt
import re
from typing import Any

from flask import render_template, request

from market.core import clock
from market.plan.queries import WrongDay, day_known
from market.plan.views.bp import bp

_FILE = re.compile(r"(/records)?\.(xlsx|pdf|csv)$")


def day_asked() -> dt.date | None:
    """Return the past day of the address, nothing for now; or refuse it."""
    return day_known(request.args.get("on", ""))


def cut_off(day: dt.date | None) -> str:
    """Say for a table as of which day it is."""
    return f"截至 {day}（按当日已登记的记录）" if day else f"截至 {clock.today()}"


def titled(title: str, day: dt.date | None) -> str:
    """Return a title that names the past day it is of."""
    return f"{title}（截至 {day}）" if day else title


@bp.errorhandler(WrongDay)
def wrong_day(refusal: WrongDay) -> Any:
    """Say beside the picker what is wrong with the day, for a page as for its files."""
    page = render_template(
        "plan/wrong_day.html",
        refusal=refusal,
        typed=request.args.get("on", "")[:20],
        where=_FILE.sub("", request.path),
    )
    return page, 422
