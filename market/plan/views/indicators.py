"""How far the seven areas have come, for everyone; and each indicator with its records."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import abort, render_template, request
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.core import clock
from market.core.access import DESK, allow, public
from market.core.db import db
from market.core.paging import page_of
from market.plan import queries
from market.plan.models import PAIRS, PLAN_YEAR, IndicatorRecord, RecordState, Shape
from market.plan.queries import Light
from market.plan.views.bp import bp
from market.plan.views.knowing import cut_off, day_asked, titled

SIZE = 50
MOST_EXPORTED = 5000


def year_asked() -> int:
    """Return the year of the address; the plan's where there is none that can be meant."""
    year = request.args.get("year", PLAN_YEAR, int)
    return year if PLAN_YEAR <= year <= clock.today().year else PLAN_YEAR


def at_desk() -> bool:
    """Tell whether whoever reads sees more than the public."""
    return current_user.is_authenticated and current_user.role in DESK


@bp.get("/indicators")
@public
def indicators() -> Any:
    """Show the seven areas with their lights, and each indicator with target, done and gap."""
    day = day_asked()
    found = queries.overview(db.session, year_asked(), day)
    lights = [(light, sum(one.light is light for one in found.standings)) for light in Light]
    return render_template(
        "plan/indicators.html",
        found=found,
        lights=lights,
        years=queries.years_of(db.session, day),
        known_on=day,
        at_desk=at_desk(),
    )


@bp.get("/indicators.xlsx")
@public
def indicators_xlsx() -> Any:
    """Give the completion of all indicators as a workbook."""
    name, table = _table()
    return download_table(table, "xlsx", name)


@bp.get("/indicators.pdf")
@public
def indicators_pdf() -> Any:
    """Give the completion of all indicators as a PDF."""
    name, table = _table()
    return download_table(table, "pdf", name)


def _table() -> tuple[str, Table]:
    """Return the completion of all indicators as a table, and a name for its file."""
    day = day_asked()
    found = queries.overview(db.session, year_asked(), day)
    rows = [
        [
            number,
            one.indicator.clause.area.heading,
            one.indicator.our_name,
            one.indicator.text,
            one.indicator.unit or ("万元" if one.indicator.counts_money else ""),
            one.target,
            one.done,
            "，".join(filter(None, (one.light.label, one.gap))),
            "、".join(one.indicator.clause.lead_units),
            "、".join(one.indicator.clause.county_units),
            f"{one.waiting} 条待核实" if at_desk() and one.waiting else "",
        ]
        for number, one in enumerate(found.standings, 1)
    ]
    titles = ("领域", "指标", "原文", "单位", "目标", "完成", "完成情况", "牵头单位", "责任单位")
    table = Table(
        title=titled(f"{found.year}年帮扶方案指标完成情况表", day),
        note=f"{cut_off(day)}；只计已核实的记录；指标名称为本站所拟，原文照录方案。",
        columns=[("序号", "int"), *((title, "text") for title in titles), ("备注", "text")],
        rows=rows,
    )
    return f"indicators-{found.year}-{found.on}", table


@bp.get("/indicators/<code>")
@allow(*DESK)
def indicator(code: str) -> Any:
    """Show one indicator: its card, how far it has come, and the records that say so."""
    found = queries.indicator_by_code(db.session, code) or abort(404)
    year, day = year_asked(), day_asked()
    select = _chosen(found, year, day)
    page = page_of(db.session, select, request.args.get("page", 1, int), size=SIZE)
    return render_template(
        "plan/indicator.html",
        indicator=found,
        standing=queries.standing_of(db.session, found, year, day),
        page=page,
        states_then=_states_then(page.items, day),
        sums=queries.sums_of(db.session, select),
        year=year,
        years=queries.years_of(db.session, day),
        known_on=day,
        states=[(state.value, state.label) for state in RecordState],
        positions=[(n, f"第{n}对") for n in range(1, PAIRS + 1)],
        per_pair=found.shape is Shape.PER_PAIR,
        reports=day is None and queries.may_report(found, current_user),
    )


@bp.get("/indicators/<code>/records.xlsx")
@allow(*DESK)
def records_xlsx(code: str) -> Any:
    """Give the records that the page of an indicator lists, with their sum."""
    found = queries.indicator_by_code(db.session, code) or abort(404)
    year, day = year_asked(), day_asked()
    select = _chosen(found, year, day)
    listed = db.session.scalars(select.limit(MOST_EXPORTED)).all()
    then = _states_then(listed, day)
    rows = [_row(told, then.get(told.id, told.state)) for told in listed]
    sums = queries.sums_of(db.session, select)
    table = Table(
        title=titled(f"{year}年“{found.our_name}”指标记录", day),
        note=f"{cut_off(day)}；合计为所列全部记录，计入合计只含已核实与冲销的行。",
        columns=[
            ("编号", "text"),
            ("日期", "day"),
            ("街村", "text"),
            ("地点", "text"),
            (f"数量（{found.unit or '项'}）", "int"),
            ("金额（元）", "yuan"),
            ("状态", "text"),
            ("说明", "text"),
            ("填报", "text"),
            ("核实", "text"),
        ],
        rows=rows,
        total=["合计", *[None] * 3, sums.value, sums.amount_fen, *[None] * 4],
        foot=[("计入", f"{sums.counted_value} {found.unit}")],
    )
    return download_table(table, "xlsx", f"indicator-{code}-{year}-{day or clock.today()}")


def _chosen(found: Any, year: int, day: dt.date | None) -> Any:
    words = {state.value: state for state in RecordState}
    return queries.records_of(
        found,
        year,
        # What counted by a past day was verified then, whatever it is now.
        state=None if day else words.get(request.args.get("state", "")),
        pair=_position(request.args.get("pair", "")),
        on=day,
    )


def _states_then(listed: Sequence[IndicatorRecord], day: dt.date | None) -> dict[int, RecordState]:
    """Return the states that records which counted had at the end of a past day, by id."""
    if day is None:
        return {}
    taken_back = queries.reversed_by(db.session, listed, day)
    return {
        told.id: RecordState.REVERSED if told.id in taken_back else RecordState.VERIFIED
        for told in listed
    }


def _position(word: str) -> int | None:
    return int(word) if word in {str(n) for n in range(1, PAIRS + 1)} else None


def _row(told: IndicatorRecord, state: RecordState) -> list[Any]:
    return [
        told.number,
        told.happened_on,
        told.pair.name if told.pair else "",
        told.place,
        told.value,
        told.amount_fen,
        "冲销" if told.reverses_id else state.label,
        told.note,
        told.made_by.name,
        told.verified_by.name if told.verified_by else "",
    ]
