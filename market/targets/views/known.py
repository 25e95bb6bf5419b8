"""What the targets of a year were known to be on a day; and why a unit got what it got."""

import datetime as dt
import io
from typing import Any

from flask import abort, render_template, request, send_file
from flask_login import current_user

from market.adapters.downloads import download_table, stored
from market.adapters.spreadsheets import Table
from market.core import clock
from market.core.access import DESK, UNIT_BUYERS, Role, allow
from market.core.db import db
from market.reports.queries import year_in
from market.targets.models import AllocationRun
from market.targets.queries import (
    Known,
    division_of,
    issued_line,
    lines_of,
    outcomes,
    run_by_number,
    targets_known,
    unit_for,
    weight_words,
)
from market.targets.views.board import years_shown
from market.targets.views.bp import bp
from market.units.models import Unit

EARLIEST = dt.date(2018, 1, 1)


@bp.get("/targets/known")
@allow(*DESK)
def known() -> Any:
    """Show every unit's target of a year as it was known at the end of a day."""
    year, day, today = year_in(request.args), _day(), clock.today()
    rows = targets_known(db.session, year, day)
    if request.args.get("format") in ("xlsx", "csv"):
        return _sent(rows, year, day, request.args["format"])
    present = targets_known(db.session, year, today) if day < today else rows
    return render_template(
        "targets/known.html",
        year=year,
        years=years_shown(year, with_next=True),
        day=day,
        rows=rows,
        now={row.unit.id: row.target_fen for row in present},
        sum_fen=sum(row.target_fen for row in rows),
        coming_fen=sum(row.coming_fen for row in rows),
        now_fen=sum(row.target_fen for row in present),
        typed=request.args.get("on", "")[:20],
    )


@bp.get("/units/<code>/allocation/<number>")
@allow(Role.SHOPPER, *UNIT_BUYERS, *DESK)
def why(code: str, number: str) -> Any:
    """Tell a unit why a run gave it what it gave: its own row, and the weights of all."""
    unit, run = _issued_or_404(code, number)
    lines = lines_of(db.session, run)
    division = division_of(run, lines)
    rows = outcomes(run, lines, division)
    return render_template(
        "targets/why.html",
        unit=unit,
        run=run,
        own=next(row for row in rows if row.unit.id == unit.id),
        rows=rows,
        division=division,
        weight_words=weight_words,
    )


@bp.get("/units/<code>/allocation/<number>/file")
@allow(Role.SHOPPER, *UNIT_BUYERS, *DESK)
def why_file(code: str, number: str) -> Any:
    """Give a unit the document by which its target was issued; it is nobody's own file."""
    _, run = _issued_or_404(code, number)
    attachment = run.attachment or abort(404)
    response = send_file(
        io.BytesIO(stored(attachment.file.sha256)),
        mimetype=attachment.file.media_type,
        download_name=attachment.name,
        as_attachment=True,
    )
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _issued_or_404(code: str, number: str) -> tuple[Unit, AllocationRun]:
    """Return a unit that this person may see, and an issued run that it took part in."""
    unit = unit_for(db.session, current_user, code) or abort(404)
    if issued_line(db.session, unit.id, number) is None:
        abort(404)
    return unit, run_by_number(db.session, number) or abort(404)


def _day() -> dt.date:
    """Return the day that the address asks about; none, or one to come, means today."""
    try:
        day = dt.date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return clock.today()
    return day if EARLIEST <= day < clock.today() else clock.today()


def _sent(rows: list[Known], year: int, day: dt.date, kind: str) -> Any:
    table = Table(
        title=f"{year}年消费帮扶采购目标（按 {day} 已知）",
        note=f"只含 {day} 及以前登记的下达与调整；单位：元",
        columns=(
            ("单位编码", "text"),
            ("单位名称", "text"),
            ("单位类别", "text"),
            ("目标(元)", "yuan"),
            ("其中当日尚未生效(元)", "yuan"),
            ("下达与调整(次)", "int"),
        ),
        rows=[
            (
                row.unit.code,
                row.unit.name,
                row.unit.kind.label,
                row.target_fen,
                row.coming_fen,
                row.entries,
            )
            for row in rows
        ],
        total=(
            "合计",
            f"{len(rows)} 个单位",
            "",
            sum(row.target_fen for row in rows),
            sum(row.coming_fen for row in rows),
            sum(row.entries for row in rows),
        ),
    )
    return download_table(table, kind, f"targets-{year}-{day}")
