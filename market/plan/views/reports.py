"""Report of a project's month, and check it as another person."""

import re
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.plan import queries, services
from market.plan.forms import DecideForm, ReportForm
from market.plan.models import Project, ProjectReport, ReportState
from market.plan.services import Said
from market.plan.views.bp import bp
from market.plan.views.deeds import done
from market.plan.views.project import project_or_404
from market.plan.views.records import attached

SAID = ("percent", "invested_fen", "problem", "measure", *queries.REASONS)
_MONTH = re.compile(r"(20[0-9]{2}|2100)-(0[1-9]|1[0-2])", re.ASCII)


@bp.route("/projects/<int(max=99):number>/reports/new", methods=["GET", "POST"])
@allow(Role.COUNTY)
def new_report(number: int) -> Any:
    """Report of a month; the last figures stand beside the form."""
    project = project_or_404(number)
    if not queries.may_report_project(project, current_user):
        abort(403)
    form = ReportForm()
    if not form.is_submitted():
        form.month.data = f"{clock.today():%Y-%m}"

    def submit() -> tuple[str, str]:
        year, month = _month_of(form.month.data or "")
        made = services.submit_report(
            db.session,
            project,
            year,
            month,
            _said(form),
            attached(form.photos.data, field="photos", images_only=True),
            once_key=form.once.data or "",
            by=current_user,
        )
        where = url_for(".report", number=number, month=made.code)
        return f"{made.code} 月报已提交，核对后计入并公开。", where

    return done(form, submit) or _form_page(number, form)


@bp.get("/projects/<int(max=99):number>/reports/<month>")
@allow(*DESK)
def report(number: int, month: str) -> Any:
    """Show one report with its photos, and to whom it falls the buttons to decide it."""
    return _report_page(_report_or_404(number, month), DecideForm(formdata=None))


@bp.route("/projects/<int(max=99):number>/reports/<month>/edit", methods=["GET", "POST"])
@allow(Role.COUNTY)
def edit_report(number: int, month: str) -> Any:
    """Correct a returned report and put it before the checker again."""
    made = _report_or_404(number, month)
    if not queries.may_report_project(made.project, current_user):
        abort(403)
    if made.state is not ReportState.RETURNED:
        flash("只有被退回的月报可以修改。", "warning")
        return redirect(url_for(".report", number=number, month=month))
    held = {name: getattr(made, name) for name in SAID}
    form = ReportForm(data=held)

    def resubmit() -> tuple[str, str]:
        photos = attached(form.photos.data, field="photos", images_only=True)
        without = form.without.data or ()
        services.resubmit_report(
            db.session, made, _said(form), photos, without=without, by=current_user
        )
        where = url_for(".report", number=number, month=month)
        return f"{month} 月报已重新提交，核对后计入并公开。", where

    return done(form, resubmit) or _form_page(number, form, _report_or_404(number, month))


@bp.post("/projects/<int(max=99):number>/reports/<month>/check")
@allow(Role.COORDINATOR)
def check(number: int, month: str) -> Any:
    """Say that a report is true."""
    return _decide(
        number,
        month,
        "已核对，计入项目进展并公开。",
        lambda made, form: services.check_report(
            db.session, made, version=form.version.data or 0, by=current_user
        ),
    )


@bp.post("/projects/<int(max=99):number>/reports/<month>/return")
@allow(Role.COORDINATOR)
def return_report(number: int, month: str) -> Any:
    """Send a report back to the county."""
    return _decide(
        number,
        month,
        "已退回，并通知填报人。",
        lambda made, form: services.return_report(
            db.session,
            made,
            version=form.version.data or 0,
            answer=form.answer.data or "",
            by=current_user,
        ),
    )


def _decide(number: int, month: str, said: str, deed: Any) -> Any:
    made, form = _report_or_404(number, month), DecideForm()

    def decide() -> tuple[str, str]:
        deed(made, form)
        return said, url_for(".report", number=number, month=month)

    return done(form, decide) or (_report_page(_report_or_404(number, month), form), 422)


def _report_page(made: ProjectReport, form: DecideForm) -> str:
    where = (db.session, made.project, made.year, made.month)
    return render_template(
        "plan/report.html",
        made=made,
        before=queries.report_beside(*where),
        after=queries.report_beside(*where, later=True),
        reasons=queries.REASONS,
        form=form,
        decides=queries.may_check(made, current_user),
        edits=queries.may_report_project(made.project, current_user),
    )


def _form_page(number: int, form: ReportForm, made: ProjectReport | None = None) -> Any:
    project: Project = project_or_404(number)
    year, month = (made.year, made.month) if made else (2101, 1)
    page = render_template(
        "plan/report_form.html",
        row=project,
        form=form,
        made=made,
        before=queries.report_beside(db.session, project, year, month),
        after=queries.report_beside(db.session, project, year, month, later=True),
    )
    return page, 422 if form.is_submitted() else 200


def _report_or_404(number: int, month: str) -> ProjectReport:
    found = _MONTH.fullmatch(month) or abort(404)
    year, of_year = int(found[1]), int(found[2])
    return queries.report_of(db.session, number, year, of_year) or abort(404)


def _month_of(typed: str) -> tuple[int, int]:
    found = _MONTH.fullmatch(typed.strip())
    if found is None:
        raise Refused("请按“年-月”填写月份，例如 2020-06。", field="month")
    return int(found[1]), int(found[2])


def _said(form: ReportForm) -> Said:
    return Said(
        percent=form.percent.data or 0,  # type: ignore[arg-type]
        invested_fen=form.invested_fen.data or 0,  # type: ignore[arg-type]
        **{name: form[name].data or "" for name in ("problem", "measure", *queries.REASONS)},
    )
