"""Pages of reports: tables to read and to take away."""

import datetime as dt
from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import TEXTS, Table, told
from market.core import clock
from market.core.access import DESK, allow, public
from market.core.db import db
from market.funds.queries.halts import doubted, standing_halt
from market.reports import queries
from market.reports.queries import Wanted, chosen, completion_sheet, completion_table
from market.reports.views.bp import bp


@bp.get("/completion.xlsx")
@allow(*DESK)
def completion_xlsx() -> Any:
    """Give the lines the board shows as a workbook, with their sum."""
    name, table = _completion()
    return download_table(table, "xlsx", name)


@bp.get("/completion.csv")
@allow(*DESK)
def completion_csv() -> Any:
    """Give the lines the board shows as CSV, marked so that Excel reads its Chinese."""
    name, table = _completion()
    return download_table(table, "csv", name)


# The tables of the plan's money; what is published is for everyone.
MONEY = {
    "ledger": ("资金台账", queries.fund_table),
    "months": ("分月发生额", queries.flow_table),
    "performance": ("绩效自评", queries.performance_table),
    "disclosure": ("资金公示", queries.disclosure_table),
}


@bp.get("/disclosure")
@public
def disclosure() -> Any:
    """Show what is published of the plan's money, or give it as Excel, CSV or PDF."""
    return _money("disclosure")


@bp.get("/money/<any(ledger, months, performance):name>")
@allow(*DESK)
def money(name: str) -> Any:
    """Show a table of the plan's money, or give it as Excel, CSV or PDF."""
    return _money(name)


def _money(name: str) -> Any:
    day = _known_on()
    given: dict[str, Any] = {"known_on": day}
    by, year, groups, years = request.args.get("by", ""), None, {}, []
    if name == "ledger":
        groups = {key: label for key, (label, _) in queries.GROUPS.items()}
    elif name == "performance":
        groups, years = queries.BY, queries.assessment_years()
        year = request.args.get("year", type=int)
        year = given["year"] = year if year in years else None
    if groups:
        by = given["by"] = by if by in groups else next(iter(groups))
    word, make = MONEY[name]
    table = make(db.session, **given)
    file = f"{word}_{day or clock.today()}"
    wanted = request.args.get("format")
    if wanted in ("xlsx", "csv", "pdf"):
        return download_table(doubted(db.session, table), wanted, file)
    if wanted is not None:
        abort(404)
    at_desk = current_user.is_authenticated and current_user.role in DESK
    return render_template(
        "reports/money.html",
        table=table,
        rows=[told(row, table.columns) for row in table.rows],
        total=told(table.total or (), table.columns),
        right=[kind not in TEXTS for _, kind in table.columns],
        name=name,
        links=[(label, _page(key), key == name) for key, (label, _) in MONEY.items()],
        at_desk=at_desk,
        groups=groups.items(),
        by=by,
        years=years,
        year=year,
        known_on=day,
        halt=standing_halt(db.session),
        names_findings=False,
        typed=request.args.get("known_on", "")[:20],
    )


def _page(name: str) -> str:
    return url_for(".disclosure") if name == "disclosure" else url_for(".money", name=name)


def _known_on() -> dt.date | None:
    """Return the day that the address asks about; none, or one to come, means as it is now."""
    try:
        day = dt.date.fromisoformat(request.args.get("known_on", ""))
    except ValueError:
        return None
    return day if dt.date(2020, 1, 1) <= day < clock.today() else None


def _completion() -> tuple[str, Table]:
    wanted = Wanted.read(request.args)
    table = completion_table(db.session, wanted.year)
    told = [
        wanted.kind.label if wanted.kind else "",
        wanted.pace.label if wanted.pace else "",
        f"“{wanted.words}”" if wanted.words else "",
    ]
    sheet = completion_sheet(table, chosen(table, wanted), "、".join(filter(None, told)))
    return f"completion-{wanted.year}-{table.on}", sheet
