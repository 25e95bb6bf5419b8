"""A unit's own view of what is missing, where its year will end, and how to close the gap."""

from typing import Any

from flask import abort, render_template
from flask_login import current_user

from market.core import clock
from market.core.access import DESK, UNIT_BUYERS, allow
from market.core.db import db
from market.ordering.queries import on_the_way_by_unit
from market.reports.queries.forecast import forecast_of_unit
from market.reports.queries.gap import Way, again_step, cheapest_first, fair_steps, season_steps
from market.reports.queries.todo import last_purchases, need_of
from market.reports.views.bp import bp
from market.targets.queries import Standing, completion_of, time_progress, unit_for


@bp.get("/units/<code>/gap")
@allow(*UNIT_BUYERS, *DESK)
def gap(code: str) -> Any:
    """Show a unit what it has still to buy this year, and the cheapest ways to do so."""
    unit = unit_for(db.session, current_user, code) or abort(404)
    today = clock.today()
    done = completion_of(db.session, unit.id, today.year)
    before = completion_of(db.session, unit.id, today.year - 1)
    time = time_progress(today.year, today)
    way = on_the_way_by_unit(db.session, [unit.id])
    standing = Standing(
        target_fen=done.target_fen,
        done_fen=done.done_fen,
        unit=unit,
        by_channel=done.by_channel,
        time=time,
        on_the_way_fen=way.get(unit.id, 0),
    )
    need = need_of(standing, last_purchases(db.session, unit.id)[unit.id])
    steps: list[Way] = []
    if need.rest_fen:
        season = season_steps(db.session, done, need.rest_fen)
        again = again_step(db.session, unit.id, done, need.rest_fen, reader=current_user)
        fairs = fair_steps(db.session, done, need.rest_fen)
        steps = cheapest_first([*season, *([again] if again else []), *fairs])
    return render_template(
        "reports/gap.html",
        unit=unit,
        need=need,
        forecast=forecast_of_unit(done.by_month, before.by_month, done.target_fen, time),
        steps=steps,
        is_own=current_user.unit_id == unit.id and current_user.role in UNIT_BUYERS,
    )
