"""The coordinator's board: every unit, and who is behind."""

from collections import Counter
from typing import Any

from flask import render_template, request, url_for

from market.core import clock
from market.core.access import DESK, allow
from market.core.db import db
from market.core.paging import Page
from market.reports.queries import CompletionTable, Wanted, chosen, completion_table
from market.targets.models import Channel, Pace
from market.targets.queries import Point, Standing, course_of, months_of, totals_of
from market.targets.views.bp import bp
from market.units.models import UnitKind, UnitState

SIZE = 50
CHART_ROWS = 20
WORST_ROWS = 6
PLAN_YEAR = 2020

# The bars of the ranking: name, tone, and whom they show.
BANDS = (
    ("未落后", "done", (Pace.REACHED, Pace.AHEAD, Pace.ON_TIME)),
    ("落后", "behind", (Pace.BEHIND,)),
    ("严重落后", "price", (Pace.FAR_BEHIND,)),
)


@bp.get("/board")
@allow(*DESK)
def board() -> Any:
    """Show how far all units have come in a year, and which of them to call."""
    wanted = Wanted.read(request.args)
    table = completion_table(db.session, wanted.year)
    ahead = clock.today().year + 1
    months = months_of(db.session, wanted.year, wanted.year - 1, ahead=ahead)
    rows = chosen(table, wanted)
    course = course_of(months[wanted.year], table.totals.target_fen, table.time)
    return render_template(
        "targets/board.html",
        wanted=wanted,
        table=table,
        totals=totals_of(rows),
        page=_page(rows),
        course=course,
        worst=_worst(table),
        paces=_paces(table, wanted),
        years=years_shown(wanted.year, with_next=ahead in months),
        kinds=[(kind.value, kind.label) for kind in UnitKind],
        pace_words=[(pace.value, pace.label) for pace in Pace],
        channels=list(Channel),
        rank_chart=_rank_chart(rows, table),
        course_chart=course_chart(course),
        month_chart=_month_chart(course, months[wanted.year - 1], wanted.year),
        exported=_exported(wanted),
    )


def years_shown(year: int, *, with_next: bool = False) -> list[int]:
    """Return the years to switch between, newest first: this, the last, the plan's, and the shown.

    The next year is among them where it is asked for, because something was issued for it.
    """
    present = clock.today().year
    shown = {present, present - 1, PLAN_YEAR, year}
    return sorted({*shown, present + 1} if with_next else shown, reverse=True)


def course_chart(course: list[Point]) -> dict[str, Any]:
    """Draw the sum of the months beside what was due."""
    return {
        "kind": "line",
        "measure": "wan",
        "categories": [f"{point.month}月" for point in course],
        "series": [
            {"name": "累计完成", "tone": "done", "values": [p.so_far_fen for p in course]},
            {"name": "按序时应完成", "tone": "time", "values": [p.due_fen for p in course]},
        ],
    }


def _page(rows: list[Standing]) -> Page[Standing]:
    last = max(1, -(-len(rows) // SIZE))
    number = min(max(request.args.get("page", 1, int), 1), last)
    return Page(rows[(number - 1) * SIZE : number * SIZE], number, SIZE, len(rows))


def _worst(table: CompletionTable) -> list[Standing]:
    """Return the units furthest behind time, the furthest first; one that ended can't be urged."""
    behind = [
        row
        for row in table.rows
        if row.pace in (Pace.BEHIND, Pace.FAR_BEHIND) and row.unit.state is UnitState.ACTIVE
    ]
    return sorted(behind, key=lambda row: (row.difference or 0, row.unit.code))[:WORST_ROWS]


def _paces(table: CompletionTable, wanted: Wanted) -> list[tuple[Pace, int, bool]]:
    """Return how many units stand where, and whether the page shows only them."""
    counts = Counter(row.pace for row in table.rows)
    return [(pace, counts[pace], wanted.pace is pace) for pace in Pace if counts[pace]]


def _rank_chart(rows: list[Standing], table: CompletionTable) -> dict[str, Any]:
    """Draw the rates, best first; of many units only both ends."""
    ranked = sorted((row.rank, row.unit.code, row) for row in rows if row.rank is not None)
    held: list[Standing | None] = [row for _, _, row in ranked]
    if len(held) > CHART_ROWS:
        held = [*held[: CHART_ROWS // 2], None, *held[-CHART_ROWS // 2 :]]
    year = table.year
    return {
        "kind": "rank",
        "measure": "rate",
        "categories": [f"{row.rank}  {row.unit.name}" if row else "⋯" for row in held],
        "series": [
            {
                "name": name,
                "tone": tone,
                "values": [row.rate if row and row.pace in paces else None for row in held],
            }
            for name, tone, paces in BANDS
        ],
        "marks": [{"value": table.time.rate, "label": "序时"}],
        "urls": [
            url_for("targets.unit", code=row.unit.code, year=year) if row else "" for row in held
        ],
    }


def _month_chart(course: list[Point], before: dict[int, int], year: int) -> dict[str, Any]:
    series: list[dict[str, Any]] = [
        {"name": f"{year}年", "tone": "done", "values": [point.fen for point in course]}
    ]
    if any(before.values()):
        series.append(
            {
                "name": f"{year - 1}年同月",
                "tone": "target",
                "line": True,
                "values": list(before.values()),
            }
        )
    return {
        "kind": "columns",
        "measure": "wan",
        "categories": [f"{point.month}月" for point in course],
        "series": series,
    }


def _exported(wanted: Wanted) -> dict[str, Any]:
    """Return the words of an address that exports what this page shows."""
    words = {
        "year": wanted.year,
        "kind": wanted.kind,
        "pace": wanted.pace,
        "q": wanted.words,
        "sort": wanted.sort,
        "direction": wanted.direction,
    }
    return {key: str(value) for key, value in words.items() if value}
