"""A unit's own pages: how far it has come, and the rows behind every figure."""

from typing import Any

import sqlalchemy as sa
from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import DESK, UNIT_BUYERS, Role, allow
from market.core.db import db
from market.core.paging import rows_page_of
from market.ordering.queries import on_the_way_by_unit, on_the_way_lines
from market.reports.queries import credit_line, credits_of, credits_sum, year_in
from market.targets.models import Channel
from market.targets.queries import (
    MONTHS,
    Completion,
    completion_of,
    course_of,
    entries,
    has_targets,
    pace_of,
    place_of,
    time_progress,
    unit_for,
)
from market.targets.views.board import course_chart, years_shown
from market.targets.views.bp import bp
from market.units.models import Unit
from market.units.services import duty_of

SIZE = 50
SEE_ROWS = (*UNIT_BUYERS, *DESK)


@bp.get("/units/<code>/completion")
@allow(Role.SHOPPER, *SEE_ROWS)
def unit(code: str) -> Any:
    """Show one unit's target, what is done of it, what is on the way, and what is missing."""
    found = _unit_or_404(code)
    year, today = year_in(request.args), clock.today()
    completion = completion_of(db.session, found.id, year)
    time = time_progress(year, today)
    way = on_the_way_by_unit(db.session, [found.id]) if year == today.year else {}
    course = course_of(completion.by_month, completion.target_fen, time)
    ahead = db.session.scalar(sa.select(has_targets(today.year + 1, found.id)))
    return render_template(
        "targets/unit.html",
        unit=found,
        duty=duty_of(found),
        year=year,
        years=years_shown(year, with_next=bool(ahead)),
        completion=completion,
        way_fen=way.get(found.id, 0),
        time=time,
        pace=pace_of(completion, time),
        place=place_of(db.session, found.id, year),
        history=db.session.execute(entries(year, unit_id=found.id)).unique().all(),
        channels=_used(completion),
        months=MONTHS,
        sees_rows=current_user.role in SEE_ROWS,
        issues=current_user.role is Role.COORDINATOR,
        month_chart=_month_chart(completion),
        course_chart=course_chart(course),
    )


@bp.get("/units/<code>/credits")
@allow(*SEE_ROWS)
def credits(code: str) -> Any:
    """List the credits behind a figure: each with its order, its acceptance or its claim."""
    found = _unit_or_404(code)
    year = year_in(request.args)
    month = request.args.get("month", type=int)
    month = month if month in MONTHS else None
    channel = next((c for c in Channel if c.value == request.args.get("channel")), None)
    adjusted = request.args.get("adjusted") == "1"
    behind: Any = {"month": month, "channel": channel, "adjusted": adjusted}
    select = credits_of(found.id, year, reader=current_user, **behind)
    page = rows_page_of(db.session, select, request.args.get("page", 1, int), size=SIZE)
    return render_template(
        "targets/credits.html",
        unit=found,
        year=year,
        month=month,
        channel=channel,
        adjusted=adjusted,
        page=page,
        lines=[credit_line(row) for row in page.items],
        opens_claims=current_user.role is not Role.FUND_OFFICER,
        sum_fen=credits_sum(db.session, found.id, year, **behind),
        year_words=[(one, f"{one}年") for one in years_shown(year)],
        month_words=[(one, f"{one}月") for one in MONTHS],
        channel_words=[(one.value, one.label) for one in Channel],
    )


@bp.get("/units/<code>/on-the-way")
@allow(*SEE_ROWS)
def on_the_way(code: str) -> Any:
    """List what is ordered and not yet accepted."""
    found = _unit_or_404(code)
    lines = on_the_way_lines(db.session, found.id)
    return render_template(
        "targets/on_the_way.html",
        unit=found,
        lines=lines,
        sum_fen=sum(line.amount_fen for line in lines),
        opens=current_user.role is not Role.COUNTY,
    )


@bp.get("/my-unit")
@allow(Role.SHOPPER, *UNIT_BUYERS)
def mine() -> Any:
    """Go to one's own unit; who has none learns how to join it."""
    if current_user.unit is None:
        return render_template("targets/mine.html")
    year = request.args.get("year", type=int)
    return redirect(url_for(".unit", code=current_user.unit.code, year=year))


def _unit_or_404(code: str) -> Unit:
    return unit_for(db.session, current_user, code) or abort(404)


def _used(completion: Completion) -> list[Channel]:
    """Return the channels by which anything came, or the canteen's where nothing did."""
    used = {channel for _, channel in completion.cells}
    return [channel for channel in Channel if channel in used] or [Channel.CANTEEN]


def _month_chart(completion: Completion) -> dict[str, Any]:
    return {
        "kind": "columns",
        "measure": "wan",
        "categories": [f"{month}月" for month in MONTHS],
        "series": [
            {
                "name": channel.label,
                "values": [completion.cells.get((month, channel), 0) for month in MONTHS],
            }
            for channel in _used(completion)
        ],
    }
