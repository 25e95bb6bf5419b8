"""What may have been written down twice: at a stand, and as a purchase outside the shop."""

from typing import Any

from flask import abort, render_template, request

from market.adapters.downloads import download_table
from market.core import clock
from market.core.access import DESK, allow
from market.core.db import db
from market.core.paging import Page
from market.fairs import queries
from market.fairs.views.bp import bp
from market.plan.models import PLAN_YEAR
from market.reports.queries import year_in

SIZE = 50


@bp.get("/twins")
@allow(*DESK)
def twins() -> Any:
    """List the pairs of a year with their sums, or give the list as a file."""
    year = year_in(request.args)
    found = queries.pairs(db.session, year=year)
    wanted = request.args.get("format")
    if wanted in ("xlsx", "csv", "pdf"):
        return download_table(queries.twins_table(found, f"；{year}年"), wanted)
    if wanted is not None:
        abort(404)
    pages = max(1, -(-len(found) // SIZE))
    present = clock.today().year
    number = min(max(request.args.get("page", 1, int), 1), pages)
    return render_template(
        "fairs/twins.html",
        year=year,
        years=[(one, f"{one}年") for one in sorted({present, present - 1, PLAN_YEAR, year})[::-1]],
        found=found,
        page=Page(found[(number - 1) * SIZE : number * SIZE], number, SIZE, len(found)),
    )
