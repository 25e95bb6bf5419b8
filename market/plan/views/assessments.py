"""Assess a year of a project (绩效自评), and confirm it as another person."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import money
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.funds.queries.projects import money_of_year
from market.plan import queries, services
from market.plan.forms import AssessmentForm, DecideForm, LineRow
from market.plan.models import (
    LINES_MILLI,
    WHOLE_MILLI,
    Aspect,
    Assessment,
    AssessmentState,
    Project,
)
from market.plan.services import Assessed, Wanted
from market.plan.views.bp import bp
from market.plan.views.deeds import done
from market.plan.views.project import project_or_404

WHERE = "/projects/<int(max=99):number>/assessments/<int(min=2020,max=2100):year>"
TOLD = ("leader", "phone", "goal", "correction", "version")
LINE = ("aspect", "name", "target", "worth_milli", "actual", "score_milli", "reason")


@bp.get(WHERE)
@allow(*DESK)
def assessment(number: int, year: int) -> Any:
    """Show an edition of an assessment, the newest by default, and to whom it falls the buttons."""
    edition = request.args.get("edition", type=int)
    edition = edition if edition is None or 0 < edition < 1000 else 0
    project = project_or_404(number)
    held = queries.assessment_of(db.session, project, year, edition) or abort(404)
    return _page(held, DecideForm(formdata=None))


@bp.route(f"{WHERE}/edit", methods=["GET", "POST"])
@allow(Role.COUNTY)
def edit_assessment(number: int, year: int) -> Any:
    """Write an assessment, correct a returned one, or begin the edition after a confirmed one."""
    project = project_or_404(number)
    if not queries.may_report_project(project, current_user):
        abort(403)
    held = queries.assessment_of(db.session, project, year)
    if held is None and year not in queries.assessable_years(project):
        abort(404)
    if held is not None and held.state is AssessmentState.SUBMITTED and request.method == "GET":
        flash("自评已提交待确认，退回后才能修改。", "warning")
        return redirect(url_for(".assessment", number=number, year=year))
    form = AssessmentForm(data=_data(held))
    if form.is_submitted() and request.form.get("more"):
        form.add_rows()
        return _form_page(project, year, form, held)
    submits = request.form.get("then") == "submit"

    def write() -> tuple[str, str]:
        services.write_assessment(
            db.session,
            project,
            year,
            _told(form),
            seen=form.version.data or 0,
            submits=submits,
            once_key=form.once.data or "",
            by=current_user,
        )
        said = "自评已提交，确认后列入绩效自评表。" if submits else "草稿已保存，还没有提交。"
        return said, url_for(".assessment", number=number, year=year)

    gone_on = done(form, write)
    if gone_on:
        return gone_on
    # A refusal has undone everything: what is shown beside the form is read anew.
    project = project_or_404(number)
    held = queries.assessment_of(db.session, project, year)
    page = _form_page(project, year, form, held)
    return page, 422 if form.is_submitted() else 200


@bp.post(f"{WHERE}/confirm")
@allow(Role.COORDINATOR)
def confirm_assessment(number: int, year: int) -> Any:
    """Say that an assessment is right."""
    return _decide(
        number,
        year,
        "已确认，列入绩效自评表。",
        lambda held, form: services.confirm_assessment(
            db.session, held, version=form.version.data or 0, by=current_user
        ),
    )


@bp.post(f"{WHERE}/return")
@allow(Role.COORDINATOR)
def return_assessment(number: int, year: int) -> Any:
    """Send an assessment back to the county."""
    return _decide(
        number,
        year,
        "已退回，并通知填写人。",
        lambda held, form: services.return_assessment(
            db.session,
            held,
            version=form.version.data or 0,
            answer=form.answer.data or "",
            by=current_user,
        ),
    )


def _decide(number: int, year: int, said: str, deed: Any) -> Any:
    held, form = _newest_or_404(number, year), DecideForm()

    def decide() -> tuple[str, str]:
        deed(held, form)
        return said, url_for(".assessment", number=number, year=year)

    return done(form, decide) or (_page(_newest_or_404(number, year), form), 422)


def _newest_or_404(number: int, year: int) -> Assessment:
    return queries.assessment_of(db.session, project_or_404(number), year) or abort(404)


def _page(held: Assessment, form: DecideForm) -> str:
    project = held.project
    editions = [one for one in queries.editions_of(db.session, project) if one.year == held.year]
    is_newest = held.edition == editions[0].edition
    return render_template(
        "plan/assessment.html",
        row=project,
        held=held,
        editions=editions,
        form=form,
        decides=is_newest and queries.may_check(held, current_user),
        edits=is_newest and queries.may_report_project(project, current_user),
        **_execution(project, held),
    )


def _form_page(project: Project, year: int, form: AssessmentForm, held: Assessment | None) -> str:
    return render_template(
        "plan/assessment_form.html",
        row=project,
        year=year,
        form=form,
        held=held,
        corrects=held is not None
        and (held.state is AssessmentState.CONFIRMED or held.replaces_id is not None),
        wanted_milli=LINES_MILLI,
        **_execution_of_year(project, year),
    )


def _execution_of_year(project: Project, year: int) -> dict[str, Any]:
    """Return budget, execution and their rate as the ledger has them, and the points for it."""
    figures = money_of_year(db.session, project, year)
    rate = money.rate(figures.spent_fen, figures.budget_fen)
    return {"figures": figures, "rate": rate, "execution_milli": queries.execution_score(rate)}


def _execution(project: Project, held: Assessment) -> dict[str, Any]:
    found = _execution_of_year(project, held.year)
    return found | {
        "whole_milli": WHOLE_MILLI,
        "worth_milli": sum(line.worth_milli or 0 for line in held.lines),
        "score_milli": queries.score_of(held.lines, found["rate"]),
    }


def _data(held: Assessment | None) -> dict[str, Any]:
    """Return what the form shows of what is written upon; a new edition begins with the old one's."""
    if held is None:
        return {}
    told = {name: getattr(held, name) for name in TOLD}
    if held.state is AssessmentState.CONFIRMED:
        told["correction"] = ""
    return told | {"lines": [{name: getattr(line, name) for name in LINE} for line in held.lines]}


def _told(form: AssessmentForm) -> Assessed:
    return Assessed(
        leader=form.leader.data or "",
        phone=form.phone.data or "",
        goal=form.goal.data or "",
        correction=form.correction.data or "",
        lines=[_wanted(row) for row in form.filled()],
    )


def _wanted(row: LineRow) -> Wanted:
    chosen = row.aspect.data
    return Wanted(
        aspect=Aspect(chosen) if chosen in set(Aspect) else None,
        name=row.name.data or "",
        target=row.target.data or "",
        worth_milli=row.worth_milli.data,  # type: ignore[arg-type]
        actual=row.actual.data or "",
        score_milli=row.score_milli.data,  # type: ignore[arg-type]
        reason=row.reason.data or "",
    )
