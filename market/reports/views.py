"""Pages of reports: tables to take away."""

from typing import Any

from flask import Blueprint, Response, request

from market.adapters.spreadsheets import Table, to_csv, to_xlsx
from market.core.access import DESK, allow
from market.core.db import db
from market.reports.queries import Wanted, chosen, completion_sheet, completion_table

bp = Blueprint("reports", __name__, url_prefix="/reports")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/completion.xlsx")
@allow(*DESK)
def completion_xlsx() -> Any:
    """Give the lines the board shows as a workbook, with their sum."""
    name, table = _completion()
    return _download(to_xlsx(table), XLSX, f"{name}.xlsx")


@bp.get("/completion.csv")
@allow(*DESK)
def completion_csv() -> Any:
    """Give the lines the board shows as CSV, marked so that Excel reads its Chinese."""
    name, table = _completion()
    return _download("\ufeff" + to_csv(table), "text/csv; charset=utf-8", f"{name}.csv")


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


def _download(content: str | bytes, kind: str, name: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
