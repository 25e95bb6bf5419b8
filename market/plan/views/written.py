"""Read-only pages of the plan as written, open to everyone."""

from typing import Any

from flask import render_template

from market.core.access import public
from market.core.db import db
from market.plan import queries
from market.plan.views.bp import bp


@bp.get("")
@public
def index() -> Any:
    """Show the text: general part, seven areas with clauses, safeguards, and our notes."""
    return render_template(
        "plan/index.html",
        text=queries.text(db.session),
        areas=queries.areas(db.session),
        safeguards=queries.safeguards(db.session),
        notes=queries.notes(db.session),
    )


@bp.get("/projects")
@public
def projects() -> Any:
    """Show the annex: 17 rows, their sums by several views, and our notes."""
    rows = queries.projects(db.session)
    return render_template(
        "plan/projects.html",
        text=queries.text(db.session),
        rows=rows,
        by_place=_sums(rows, lambda row: row.township),
        by_category=_sums(rows, lambda row: row.category),
        notes=queries.notes(db.session),
    )


def _sums(rows: Any, key: Any) -> list[tuple[str, int, int]]:
    """Return (name, rows, 2020 aid in fen) per key, the largest first."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        count, total_fen = sums.get(key(row), (0, 0))
        sums[key(row)] = (count + 1, total_fen + row.aid_2020_fen)
    ordered = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    return [(name, count, total_fen) for name, (count, total_fen) in ordered]
