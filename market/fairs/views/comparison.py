"""What fairs came to beside one another: sold, signed and kept, for each yuan spent."""

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request

from market.adapters.downloads import download_table
from market.core.access import DESK, allow
from market.core.db import db
from market.fairs.views.bp import bp
from market.reports.queries import Compared, compared, comparison_table

CHART_ROWS = 12
SORTS: dict[str, Callable[[Compared], Any]] = {
    "day": lambda row: row.fair.starts_on,
    "sold": lambda row: row.outcome.sold_fen,
    "signed": lambda row: row.outcome.signed_fen,
    "fulfilled": lambda row: row.fulfilled_fen,
    "units": lambda row: row.outcome.units,
    "visitors": lambda row: row.outcome.visitors,
    "spent": lambda row: row.spent_fen,
    "per_yuan": lambda row: row.per_yuan if row.per_yuan is not None else -1,
}


@bp.get("/comparison")
@allow(*DESK)
def comparison() -> Any:
    """Show the fairs that were held beside one another, sorted, or give the table as a file."""
    word = request.args.get("sort", "")
    sort = word if word in SORTS else "day"
    ascending = request.args.get("direction") == "asc"
    rows = sorted(compared(db.session), key=SORTS[sort], reverse=not ascending)
    table = comparison_table(rows)
    wanted = request.args.get("format")
    if wanted in ("xlsx", "csv", "pdf"):
        return download_table(table, wanted)
    if wanted is not None:
        abort(404)
    names = [name for name, _ in table.columns]
    return render_template(
        "fairs/comparison.html",
        rows=rows,
        total=dict(zip(names, table.total or (), strict=True)),
        sort=sort,
        direction="asc" if ascending else "desc",
        chart=_chart(rows[:CHART_ROWS]) if rows else None,
    )


def _chart(rows: list[Compared]) -> dict[str, Any]:
    """Draw what was sold, what was signed and kept, and what it cost."""
    parts: tuple[tuple[str, str, Callable[[Compared], int]], ...] = (
        ("现场销售", "done", lambda row: row.outcome.sold_fen),
        ("签约", "target", lambda row: row.outcome.signed_fen),
        ("兑现", "way", lambda row: row.fulfilled_fen),
        ("使用经费", "price", lambda row: row.spent_fen),
    )
    return {
        "kind": "columns",
        "measure": "wan",
        "stacked": False,
        "categories": [row.fair.name for row in rows],
        "series": [
            {"name": name, "tone": tone, "values": [of(row) for row in rows]}
            for name, tone, of in parts
        ],
    }
