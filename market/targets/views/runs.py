"""The coordinators' pages that divide a total: begin, calculate, check, return, issue."""

from collections.abc import Callable
from typing import Any

from flask import (
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user

from market.adapters.downloads import download_table
from market.core import clock
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import Page, page_of
from market.evidence.services import attach
from market.reports.queries import year_in
from market.targets.forms import (
    CheckForm,
    IssueForm,
    ReasonForm,
    RunForm,
)
from market.targets.models import AllocationRun, RunState
from market.targets.queries import (
    SORTS,
    Outcome,
    check_fresh,
    division_of,
    held_outside,
    is_raising,
    issued_runs,
    lines_of,
    ordered,
    outcomes,
    run_by_number,
    run_table,
    runs,
    units_taking_part,
    weight_words,
)
from market.targets.services import (
    Frame,
    call_off_run,
    check_run,
    issue_run,
    make_run,
    return_run,
    submit_run,
)
from market.targets.views.board import years_shown
from market.targets.views.bp import bp
from market.units.models import UnitKind
from market.units.services import duty_of

SIZE = 50
CHART_ROWS = 20
# What lets a page show each of its forms.
FORMS_AT = {"issuing": "issues", "returning": "returns", "calling_off": "calls_off"}


@bp.get("/targets/runs")
@allow(*DESK)
def run_index() -> Any:
    """List the runs of a year."""
    year = year_in(request.args)
    return render_template(
        "targets/runs.html",
        year=year,
        years=_years(year),
        page=page_of(db.session, runs(year), request.args.get("page", 1, int), size=SIZE),
        makes=current_user.role is Role.COORDINATOR,
    )


@bp.route("/targets/runs/new", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def run_new() -> Any:
    """Begin a run: the total, the step, the basis, and which units take part."""
    year = year_in(request.args)
    form = RunForm()
    before = {run.number: run for run in issued_runs(db.session, year)}
    form.revises.choices = [
        ("", "— 不是调整，第一次分解 —"),
        *((run.number, f"{run.number}（{run.document_no}）") for run in before.values()),
    ]
    if form.validate_on_submit():
        try:
            run = make_run(
                db.session,
                frame_of(form),
                year=year,
                basis=form.basis.data,
                units=units_taking_part(
                    db.session,
                    [UnitKind(kind) for kind in form.kinds.data or ()],
                    obliged=form.obliged.data,
                ),
                revises=before.get(form.revises.data),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(beside(refusal, {"weights": "basis", "units": "kinds"}))
        else:
            number, done = run.number, run.version
            db.session.commit()
            return redirect(url_for(".run" if done else ".run_edit", number=number))
    if not form.is_submitted():
        today = clock.today()
        form.effective_on.data = today if today.year == year else today.replace(year, 1, 1)
        if request.args.get("revises") in before:
            _fill_from(form, before[request.args["revises"]])
    page = render_template(
        "targets/run_new.html", form=form, year=year, years=_years(year), before=before
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/targets/runs/<number>")
@allow(*DESK)
def run(number: str) -> Any:
    """Show what a run comes to and why, or give it as Excel or CSV."""
    return _run_page(run_or_404(number))


@bp.post("/targets/runs/<number>/submit")
@allow(Role.COORDINATOR)
def run_submit(number: str) -> Any:
    """Put a run before another coordinator."""
    run = run_or_404(number)
    submit_run(db.session, run, by=current_user)
    db.session.commit()
    flash("已提交，等另一位统筹协调人员复核。", "success")
    return redirect(url_for(".run", number=number))


@bp.post("/targets/runs/<number>/check")
@allow(Role.COORDINATOR)
def run_check(number: str) -> Any:
    """Confirm a colleague's run as it was seen."""
    form = CheckForm()
    seen = form.seen_version.data if form.validate() else None
    check_run(db.session, run_or_404(number), seen_version=seen or 0, by=current_user)
    db.session.commit()
    flash("已复核，可以凭文件下达。", "success")
    return redirect(url_for(".run", number=number))


@bp.post("/targets/runs/<number>/return")
@allow(Role.COORDINATOR)
def run_return(number: str) -> Any:
    """Give a run back, with a reason."""
    return _answered(number, return_run, "已退回，经办人可以修改后重新提交。", "returning")


@bp.post("/targets/runs/<number>/call-off")
@allow(Role.COORDINATOR)
def run_call_off(number: str) -> Any:
    """End a run that was not issued, with a reason."""
    return _answered(number, call_off_run, "已取消，这次分解不会下达。", "calling_off")


@bp.post("/targets/runs/<number>/issue")
@allow(Role.COORDINATOR)
def run_issue(number: str) -> Any:
    """Issue what was checked, by a document."""
    run, form = run_or_404(number), IssueForm()
    if form.validate():
        try:
            count = issue_run(
                db.session,
                run,
                document_no=form.document_no.data or "",
                document_on=form.document_on.data,  # type: ignore[arg-type]
                attachment=_attached(form),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(f"已下达，{count} 个单位的目标有变动，已通知这些单位。", "success")
            return redirect(url_for(".run", number=number))
    return _run_page(run_or_404(number), issuing=form), 422


def _answered(number: str, deed: Callable[..., None], done: str, which: str) -> Any:
    run, form = run_or_404(number), ReasonForm()
    if form.validate():
        try:
            deed(db.session, run, reason=form.reason.data, by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(done, "success")
            return redirect(url_for(".run", number=number))
    return _run_page(run_or_404(number), **{which: form}), 422


def _attached(form: IssueForm) -> Any:
    upload = form.attachment.data
    if not upload or not upload.filename:
        return None
    files = current_app.extensions["files"]
    try:
        return attach(db.session, files, upload.read(), name=upload.filename, by=current_user)
    except Refused as refusal:
        raise Refused(str(refusal), field="attachment") from None


def _run_page(run: AllocationRun, **forms: Any) -> Any:
    lines = lines_of(db.session, run)
    rows: list[Outcome] = []
    division = None
    if run.version:
        division = division_of(run, lines)
        rows = outcomes(run, lines, division)
        if request.args.get("format") in ("xlsx", "csv"):
            table = run_table(run, rows, division)
            return download_table(table, request.args["format"], f"allocation-{run.number}")
    calling_off = forms.get("calling_off") or ReasonForm(formdata=None)
    calling_off.reason.id = calling_off.reason.label.field_id = "call-off-reason"
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else "code"
    descending = request.args.get("direction") == "desc"
    coordinates = current_user.role is Role.COORDINATOR
    mine = coordinates and run.made_by_id == current_user.id
    decides = coordinates and run.state in (RunState.SUBMITTED, RunState.CHECKED)
    state = {
        "edits": mine and run.state in (RunState.DRAFT, RunState.RETURNED),
        "submits": mine and run.state in (RunState.DRAFT, RunState.RETURNED) and run.version,
        "checks": decides and run.state is RunState.SUBMITTED and not mine,
        "returns": decides,
        "issues": decides and run.state is RunState.CHECKED,
        "calls_off": coordinates and run.state not in (RunState.ISSUED, RunState.CALLED_OFF),
        "revises": coordinates and run.state is RunState.ISSUED,
    }
    for name, form in forms.items():
        if not state[FORMS_AT[name]]:  # A colleague was quicker: there is no form to say it at.
            raise Refused(next(words for told in form.errors.values() for words in told))
    return render_template(
        "targets/run.html",
        run=run,
        lines=lines,
        division=division,
        page=_page(ordered(rows, sort, descending=descending)),
        rows=rows,
        held_fen=sum(line.held_fen for line in lines),
        raises=is_raising(run.total_fen, lines),
        outside=held_outside(db.session, run),
        stale=_stale(run, lines),
        without_duty=[line.unit for line in lines if not duty_of(line.unit).required],
        weight_words=weight_words,
        sort=sort,
        direction="desc" if descending else "asc",
        chart=_chart(rows),
        issuing=forms.get("issuing") or IssueForm(formdata=None, document_on=clock.today()),
        returning=forms.get("returning") or ReasonForm(formdata=None),
        calling_off=calling_off,
        state=state,
    )


def frame_of(form: Any) -> Frame:
    """Return what a form says of a run as a whole."""
    return Frame(
        form.total_fen.data, form.step_fen.data, form.effective_on.data, form.reason.data or ""
    )


def _fill_from(form: RunForm, run: AllocationRun) -> None:
    form.revises.data, form.basis.data = run.number, run.basis
    form.total_fen.data = run.total_fen  # type: ignore[assignment]
    form.step_fen.data = run.step_fen


def beside(refusal: Refused, fields: dict[str, str]) -> Refused:
    """Put what concerns several rows beside the field by which it is mended."""
    return Refused(str(refusal), field=fields.get(refusal.field or "", refusal.field))


def _stale(run: AllocationRun, lines: Any) -> str:
    """Return why a run can't be issued as it stands; nothing where it can, or never will."""
    if not run.version or run.state in (RunState.ISSUED, RunState.CALLED_OFF):
        return ""
    try:
        check_fresh(db.session, run, lines)
    except Refused as refusal:
        return str(refusal)
    return ""


def _chart(rows: list[Outcome]) -> dict[str, Any]:
    """Draw the largest targets, the largest first."""
    largest = sorted(rows, key=lambda row: (-row.part.amount_fen, row.unit.code))[:CHART_ROWS]
    return {
        "kind": "rank",
        "measure": "wan",
        "categories": [row.unit.name for row in largest],
        "series": [
            {
                "name": "本次目标",
                "tone": "target",
                "values": [row.part.amount_fen for row in largest],
            }
        ],
    }


def _page(rows: list[Outcome]) -> Page[Outcome]:
    last = max(1, -(-len(rows) // SIZE))
    number = min(max(request.args.get("page", 1, int), 1), last)
    return Page(rows[(number - 1) * SIZE : number * SIZE], number, SIZE, len(rows))


def _years(year: int) -> list[int]:
    return years_shown(year, with_next=True)


def run_or_404(number: str) -> AllocationRun:
    """Return a run with this number."""
    return run_by_number(db.session, number) or abort(404)
