"""How the months went, unit by unit, and where the year will end."""

from collections.abc import Sequence
from typing import Any

from flask import abort, render_template, request

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.core import clock, money
from market.core.access import DESK, allow
from market.core.db import db
from market.reports.queries.forecast import (
    Forecast,
    Way,
    forecast_of_all,
    forecasts,
)
from market.reports.queries.groups import (
    By,
    Group,
    WantedGroups,
    chosen_groups,
    groups_table,
    sum_of_groups,
)
from market.reports.queries.groups import groups as groups_of
from market.reports.queries.heat import Heat, heat_of
from market.reports.views.bp import bp
from market.reports.views.groups import FORMATS, paged, years_of
from market.targets.queries import MONTHS, Point, course_of, months_of, time_progress


@bp.get("/heat")
@allow(*DESK)
def heat() -> Any:
    """Show each unit's months as a map, and the course of all beside time and target."""
    wanted = WantedGroups.read({"sort": "name", "direction": "asc", **request.args, "by": By.UNIT})
    rows = chosen_groups(groups_of(db.session, wanted.year, By.UNIT), wanted)
    form = request.args.get("format")
    if form in FORMATS:
        return download_table(groups_table(rows, wanted), form)
    if form is not None:
        abort(404)
    total = sum_of_groups(rows)
    time = time_progress(wanted.year, clock.today())
    course = course_of({m: total.by_month.get(m, 0) for m in MONTHS}, total.target_fen, time)
    return render_template(
        "reports/heat.html",
        wanted=wanted,
        page=paged(rows),
        total=total,
        months=MONTHS,
        heats=list(Heat),
        heat_of=heat_of,
        time=time,
        course=course,
        chart=_course_chart(course, total.target_fen),
        years=years_of(wanted.year),
    )


@bp.get("/forecast")
@allow(*DESK)
def forecast() -> Any:
    """Show where the year will end, for all units and for each, by three ways of computing."""
    year = WantedGroups.read(request.args).year
    units = forecasts(db.session, year)
    whole = forecast_of_all(units, months_of(db.session, year - 1)[year - 1], year)
    words = request.args.get("q", "").strip()[:40]
    wanted = WantedGroups(year, By.UNIT, words=words, sort="name", direction="asc")
    shown = {group.key for group in chosen_groups([group for group, _ in units], wanted)}
    rows = _in_order([row for row in units if row[0].key in shown])
    form = request.args.get("format")
    if form in FORMATS:
        return download_table(_forecast_table(rows, whole, year), form)
    if form is not None:
        abort(404)
    return render_template(
        "reports/forecast.html",
        year=year,
        words_typed=words,
        whole=whole,
        page=paged(rows),
        ways=list(Way),
        years=years_of(year),
    )


def _in_order(rows: Sequence[tuple[Group, Forecast]]) -> list[tuple[Group, Forecast]]:
    """Put those first whose highest figure leaves most to be done; those without one last."""

    def order(row: tuple[Group, Forecast]) -> tuple[bool, int, str]:
        rate = row[1].high_rate
        return rate is None, rate or 0, row[0].name

    return sorted(rows, key=order)


def _course_chart(course: Sequence[Point], target_fen: int) -> dict[str, Any]:
    return {
        "kind": "line",
        "measure": "wan",
        "categories": [f"{point.month}月" for point in course],
        "series": [
            {"name": "累计完成", "tone": "done", "values": [p.so_far_fen for p in course]},
            {"name": "按序时应完成", "tone": "time", "values": [p.due_fen for p in course]},
            {"name": "年度目标", "tone": "target", "values": [target_fen for _ in course]},
        ],
    }


def _forecast_table(rows: Sequence[tuple[Group, Forecast]], whole: Forecast, year: int) -> Table:
    def line(name: str, found: Forecast) -> tuple[Any, ...]:
        return (
            name,
            found.target_fen,
            found.done_fen,
            *(found.fen(way) for way in Way),
            "—" if found.low_rate is None else money.show_rate(found.low_rate),
            "—" if found.high_rate is None else money.show_rate(found.high_rate),
            "" if found.estimates else "；".join(found.missing),
        )

    return Table(
        title=f"{year}年采购完成预测",
        note=f"截至 {clock.today()}；单位：元；按日均、按上年各月占比、谨慎三种算法，不是承诺",
        columns=(
            ("单位", "text"),
            ("目标", "yuan"),
            ("已完成", "yuan"),
            *((way.label, "yuan") for way in Way),
            ("最低完成率", "text"),
            ("最高完成率", "text"),
            ("说明", "text"),
        ),
        rows=[line(group.name, found) for group, found in rows],
        total=line("全部单位合并预测", whole),
    )
