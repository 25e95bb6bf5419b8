"""Who must buy what by when."""

from typing import Any

from flask import abort, render_template, request

from market.adapters.downloads import download_table
from market.core.access import DESK, allow
from market.core.db import db
from market.reports.queries.todo import SORTS, in_order, needs, needs_table, sums_of
from market.reports.views.bp import bp
from market.reports.views.groups import FORMATS, paged


@bp.get("/todo")
@allow(*DESK)
def todo() -> Any:
    """Show what each unit needs to reach 100 %, or give it as Excel, CSV or PDF."""
    words = request.args.get("q", "").strip().lower()[:40]
    sort, direction = request.args.get("sort", ""), request.args.get("direction", "")
    rows = [
        need
        for need in needs(db.session)
        if not words
        or words in f"{need.standing.unit.name} {need.standing.unit.search_text}".lower()
    ]
    if sort in SORTS:
        rows = in_order(rows, sort, direction)
    form = request.args.get("format")
    if form in FORMATS:
        return download_table(needs_table(rows), form)
    if form is not None:
        abort(404)
    return render_template(
        "reports/todo.html",
        page=paged(rows),
        sums=sums_of(rows),
        sort=sort if sort in SORTS else "week",
        direction="asc" if direction == "asc" else "desc",
        words_typed=words,
    )
