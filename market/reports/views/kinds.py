"""The reports: which there are, each on screen and as a file, and those that are kept."""

from typing import Any, get_args

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download, download_table, stored
from market.adapters.spreadsheets import TEXTS, Kind, Table, told
from market.core import money
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.core.steps import Steps, result_of
from market.core.streaming import onward, streamed
from market.reports.models import KeptReport
from market.reports.queries.kept import SEE_ALL, kept_report_for, kept_reports_for
from market.reports.queries.tables import (
    REPORTS,
    Asked,
    Measure,
    Report,
    Sums,
    cells_of,
    choices_of,
    columns_of,
    link_of,
    report_page,
    report_rows,
    report_sums,
    report_table,
    told_of,
)
from market.reports.services import LARGE, drop_kept, keep_steps
from market.reports.views.bp import bp
from market.reports.views.groups import FORMATS, years_of
from market.targets.queries import MONTHS

KEEPERS = tuple(role for role in DESK if role is not Role.INSPECTOR)
MOST_PDF = 2000  # Rows; a page of paper has about forty.
NAME = f"<any({', '.join(REPORTS)}):name>"


@bp.get("/")
@allow(*DESK)
def catalogue() -> Any:
    """List the reports there are, and the pages that watch the year."""
    kinds = {name: one for name, one in REPORTS.items() if current_user.role in one.roles}
    return render_template("reports/catalogue.html", kinds=kinds)


@bp.get(f"/tables/{NAME}")
@allow(*DESK)
def table(name: str) -> Any:
    """Show a report, a page at a time with the sum over all, or give it as Excel, CSV or PDF."""
    report, asked = _asked(name)
    form = request.args.get("format")
    if form in FORMATS:
        return _file(name, report, asked, report_sums(db.session, report, asked), form)
    if form is not None:
        abort(404)
    sums, page = report_page(db.session, report, asked, request.args.get("page", 1, int))
    columns = columns_of(report, asked)
    shown = report_table(report, asked, sums, told=told_of(db.session, asked))
    return render_template(
        "reports/table.html",
        name=name,
        report=report,
        asked=asked,
        page=page,
        columns=columns,
        rows=[_linked(report, asked, row, cells_of(columns, row), shown) for row in page.items],
        total=_linked(report, asked, None, list(shown.total or ()), shown),
        table=shown,
        choices=choices_of(db.session, report.filters),
        measures=[(one.value, one.label) for one in Measure],
        year_choices=[(year, f"{year}年") for year in years_of(asked.year)],
        month_choices=[(month, f"{month}月") for month in MONTHS],
        figures=[kind for kind in ("fen", *get_args(Kind)) if kind not in TEXTS],
        title_key=report.named_by,
        may_keep=current_user.role in KEEPERS,
        large=LARGE,
        most_pdf=MOST_PDF,
    )


@bp.post(f"/tables/{NAME}/keep")
@allow(*KEEPERS)
def keep(name: str) -> Any:
    """Make a report as a workbook and keep it; a large one shows how far it is."""
    report, asked = _asked(name)
    is_large = report_sums(db.session, report, asked).count > LARGE
    back = url_for(".table", name=name) + f"?{asked.query}"
    source = _source(name, asked)

    def made() -> Steps[KeptReport]:
        files = current_app.extensions["files"]
        return keep_steps(db.session, files, name, asked, source=source, by=current_user)

    if is_large:
        return streamed(
            lambda: _shown(made()),
            lambda: db.session,
            heading=f"正在生成：{report.title_for(asked)}",
            back=back,
            back_label=report.title,
        )
    try:
        kept = result_of(made())
    except Refused as refusal:
        db.session.rollback()
        flash(str(refusal), "danger")
        return redirect(back, 303)
    token = kept.attachment.token
    db.session.commit()
    return redirect(url_for(".kept_report", token=token), 303)


@bp.get("/kept")
@allow(*DESK)
def kept() -> Any:
    """List the kept reports: one's own, for those who oversee also everybody's."""
    mine = request.args.get("mine") == "1"
    select = kept_reports_for(current_user, mine=mine)
    page = page_of(db.session, select, request.args.get("page", 1, int))
    return render_template(
        "reports/kept.html", page=page, mine=mine, sees_all=current_user.role in SEE_ALL
    )


@bp.get("/kept/<token>")
@allow(*DESK)
def kept_report(token: str) -> Any:
    """Show one kept report: who asked for what, of which moment, and what it came to."""
    kept = _kept_or_404(token)
    asked = Asked.written(kept.query)
    return render_template(
        "reports/kept_report.html",
        kept=kept,
        told=told_of(db.session, asked),
        period=asked.period if REPORTS[kept.kind].has_period else None,
        is_mine=kept.by_id == current_user.id,
    )


@bp.get("/kept/<token>/file")
@allow(*DESK)
def kept_file(token: str) -> Any:
    """Give the workbook of a kept report, as it was made."""
    kept = _kept_or_404(token)
    return download(stored(kept.attachment.file.sha256), kept.attachment.name)


@bp.post("/kept/<token>/delete")
@allow(*KEEPERS)
def drop(token: str) -> Any:
    """Delete a kept report of one's own."""
    kept = _kept_or_404(token)
    title = kept.title
    try:
        drop_kept(db.session, kept, by=current_user)
    except Refused as refusal:  # There is no page to go back to.
        db.session.rollback()
        flash(str(refusal), "danger")
    else:
        db.session.commit()
        flash(f"已删除“{title}”。", "success")
    return redirect(url_for(".kept"), 303)


def _shown(steps: Steps[KeptReport]) -> Steps[str]:
    kept = yield from steps
    address = url_for(".kept_report", token=kept.attachment.token)
    words = f"已生成：{kept.title}，{kept.row_count} 行，合计 {money.yuan(kept.sum_fen)} 元。"
    end = onward(address, "查看并下载", words)
    db.session.commit()
    return end


def _kept_or_404(token: str) -> KeptReport:
    return kept_report_for(db.session, current_user, token) or abort(404)


def _asked(name: str) -> tuple[Report, Asked]:
    """Return the report of a page and what of the address it knows; a stranger to it is refused."""
    report = REPORTS[name]
    if current_user.role not in report.roles:
        abort(403)
    return report, report.known(Asked.read(request.args))


def _file(name: str, report: Report, asked: Asked, sums: Sums, form: str) -> Any:
    most = MOST_PDF if form == "pdf" else LARGE
    if sums.count > most:
        raise Refused(
            f"这张表有 {sums.count} 行，直接下载{'打印版 ' if form == 'pdf' else ''}最多 {most} 行；"
            "请缩小筛选范围，或用“生成并保存”得到整张 Excel。"
        )
    made = report_table(
        report,
        asked,
        sums,
        rows=report_rows(db.session, report, asked),
        told=told_of(db.session, asked),
        source=_source(name, asked),
    )
    return download_table(made, form, is_whole=True)


def _source(name: str, asked: Asked) -> str:
    """Return the whole address of a report, for whoever has the file only."""
    return url_for(".table", name=name, _external=True) + f"?{asked.query}"


def _linked(
    report: Report, asked: Asked, row: Any, cells: list[Any], table: Table
) -> list[tuple[str, str | None, bool]]:
    """Return what stands in each cell, where it leads, and whether it is anything: a zero is not."""
    columns = columns_of(report, asked)
    links = [link_of(report, asked, row, column) for column in columns]
    words = told(cells, table.columns)
    return [
        (word, link if cell else None, bool(cell))
        for word, link, cell in zip(words, links, cells, strict=True)
    ]
