"""The eight pairs of street and village, and what each has done."""

from typing import Any

from flask import abort, render_template, url_for
from flask_login import current_user

from market.core.access import DESK, Role, allow
from market.core.db import db
from market.plan import queries, services
from market.plan.forms import PairForm
from market.plan.models import PAIRS, Pair, Shape
from market.plan.views.bp import bp
from market.plan.views.deeds import done
from market.plan.views.indicators import year_asked
from market.plan.views.knowing import day_asked
from market.units.queries import unit_by_code


@bp.get("/pairs")
@allow(*DESK)
def pairs() -> Any:
    """Show the eight pairs of a year, each beside what the plan asks of it."""
    year, day = year_asked(), day_asked()
    found = queries.overview(db.session, year, day)
    entered = (
        queries.pairs_then(db.session, year, day) if day else queries.pairs_of(db.session, year)
    )
    by_position = {pair.position: pair for pair in entered}
    standings = [s for s in found.standings if s.indicator.shape is Shape.PER_PAIR]
    return render_template(
        "plan/pairs.html",
        year=year,
        years=queries.years_of(db.session, day),
        known_on=day,
        found=found,
        standings=standings,
        rows=[(n, by_position.get(n)) for n in range(1, PAIRS + 1)],
        named=queries.named_pairs(db.session, [pair.id for pair in by_position.values()]),
        edits=day is None and current_user.role is Role.COORDINATOR,
    )


@bp.route("/pairs/<int:year>/<int:position>", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def pair(year: int, position: int) -> Any:
    """Enter one of the pairs, or correct it while no record names it."""
    if not 1 <= position <= PAIRS or not 2020 <= year <= 2100:
        abort(404)
    held = queries.pair_at(db.session, year, position)
    form = PairForm(obj=held) if held is None else PairForm(data=_data(held))
    form.offer(list(queries.free_units(db.session, year, held)))

    def enter() -> tuple[str, str]:
        given: dict[str, Any] = {
            "unit": unit_by_code(db.session, form.unit.data or ""),
            "township": form.township.data,
            "village": form.village.data,
        }
        if held is None:
            services.add_pair(db.session, year=year, position=position, by=current_user, **given)
        else:
            services.change_pair(db.session, held, by=current_user, **given)
        return f"{year}年第 {position} 对街村已登记。", url_for(".pairs", year=year)

    gone_on = done(form, enter)
    if gone_on:
        return gone_on
    page = render_template(
        "plan/pair_form.html", form=form, year=year, position=position, held=held
    )
    return page, 422 if form.is_submitted() else 200


def _data(held: Pair) -> dict[str, str]:
    return {"unit": held.unit.code, "township": held.township, "village": held.village}
