"""The board in groups: by kind, parent, unit, channel, supplier or township, and the rows behind it."""

from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.core import clock
from market.core.access import DESK, allow
from market.core.db import db
from market.core.paging import Page
from market.reports.queries.credit_rows import WantedRows, credit_rows, names_of
from market.reports.queries.groups import (
    By,
    Group,
    Span,
    WantedGroups,
    chosen_groups,
    groups_chart,
    groups_table,
    sum_of_groups,
)
from market.reports.queries.groups import groups as groups_of
from market.reports.views.bp import bp

SIZE = 50
FORMATS = ("xlsx", "csv", "pdf")


@bp.get("/groups")
@allow(*DESK)
def groups() -> Any:
    """Show a year's purchases in groups by period, or give them as Excel, CSV or PDF."""
    wanted = WantedGroups.read(request.args)
    rows = chosen_groups(groups_of(db.session, wanted.year, wanted.by), wanted)
    form = request.args.get("format")
    if form in FORMATS:
        return download_table(groups_table(rows, wanted), form)
    if form is not None:
        abort(404)
    return render_template(
        "reports/groups.html",
        wanted=wanted,
        page=paged(rows),
        total=sum_of_groups(rows),
        places=wanted.span.places if wanted.span is not Span.YEAR else (),
        chart=groups_chart(rows, wanted.span),
        years=years_of(wanted.year),
        bys=list(By),
        spans=list(Span),
        behind=_behind(wanted),
    )


@bp.get("/groups/rows")
@allow(*DESK)
def group_rows() -> Any:
    """List the credits behind a figure of a group; they sum to it."""
    wanted = WantedRows.read(request.args)
    page, fen = credit_rows(
        db.session, wanted, reader=current_user, number=request.args.get("page", 1, int)
    )
    return render_template(
        "reports/group_rows.html",
        wanted=wanted,
        name=names_of(db.session, wanted),
        page=page,
        sum_fen=fen,
    )


def paged(rows: list[Any]) -> Page[Any]:
    """Return the page of a list that the address asks for, or the nearest."""
    last = max(1, -(-len(rows) // SIZE))
    number = min(max(request.args.get("page", 1, int), 1), last)
    return Page(rows[(number - 1) * SIZE : number * SIZE], number, SIZE, len(rows))


def years_of(year: int) -> list[int]:
    """Return the years to switch between, newest first."""
    present = clock.today().year
    return sorted({present, present - 1, year}, reverse=True)


def _behind(wanted: WantedGroups) -> Any:
    """Return how a page names the address of the rows behind a figure; the sum of a filter has none."""

    def address(group: Group, place: int | None = None) -> str:
        words: dict[str, Any] = {"year": wanted.year}
        if group.key:
            words |= {"by": wanted.by.value, "key": group.key}
        if place is not None:
            words |= {"period": wanted.span.value, "n": place}
        return url_for("reports.group_rows", **words)

    return address
