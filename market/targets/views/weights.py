"""The page on which a run's maker fills in weights and bounds, by hand or from Excel."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Problem
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.targets.forms import SheetForm, WeightsForm
from market.targets.models import AllocationLine, AllocationRun, Basis, RunState
from market.targets.queries import Given, lines_of, read_weights, weights_sheet
from market.targets.services import Frame, calculate, known_of
from market.targets.views.bp import bp
from market.targets.views.runs import beside, frame_of, run_or_404
from market.units.queries import units_by_code

MOST_ON_SCREEN = 400  # Rows that fit into one form; more are filled in in Excel.
ASKED = {
    Basis.DINERS: (("people", "用餐人数"), ("months", "供餐月数")),
    Basis.STAFF: (("people", "职工人数"),),
    Basis.PURCHASES: (),
    Basis.OWN: (("weight", "权重"),),
}


@bp.route("/targets/runs/<number>/edit", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def run_edit(number: str) -> Any:
    """Fill in weights and bounds, and calculate."""
    run = _own_or_404(number)
    form = WeightsForm()
    form.offer_step(run.step_fen)
    if not form.is_submitted():
        _fill(form, run, lines_of(db.session, run))
        return _edit_page(form, SheetForm(formdata=None), run)
    if form.validate():
        try:
            given = _given(form, run)
            if form.seen_version.data != run.version:
                raise Refused("这次分解刚被重新计算，请刷新页面查看最新情况。")
            calculate(db.session, run, given, frame_of(form), by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(beside(refusal, {"bounds": "total_fen", "units": "more"}))
        else:
            db.session.commit()
            return redirect(url_for(".run", number=number))
    return _edit_page(form, SheetForm(formdata=None), _own_or_404(number)), 422


@bp.post("/targets/runs/<number>/sheet")
@allow(Role.COORDINATOR)
def run_sheet(number: str) -> Any:
    """Take over who takes part and by which weights from Excel, and calculate."""
    run, upload, problems = _own_or_404(number), SheetForm(), list[Problem]()
    if upload.validate():
        try:
            filled = read_weights(db.session, run.basis, upload.sheet.data.read())
            problems = filled.problems
            if not problems:
                frame = Frame(run.total_fen, run.step_fen, run.effective_on, run.reason)
                calculate(db.session, run, filled.given, frame, by=current_user)
                db.session.commit()
                flash(f"已按 Excel 计算，共 {len(filled.given)} 个单位。", "success")
                return redirect(url_for(".run", number=number))
        except Refused as refusal:
            db.session.rollback()
            upload.refuse(Refused(str(refusal), field="sheet"))
    run = _own_or_404(number)
    form = WeightsForm(formdata=None)
    form.offer_step(run.step_fen)
    _fill(form, run, lines_of(db.session, run))
    return _edit_page(form, upload, run, problems), 422


@bp.get("/targets/runs/<number>/sheet.xlsx")
@allow(*DESK)
def run_sheet_xlsx(number: str) -> Any:
    """Give the sheet to fill in, with what is known already."""
    run = run_or_404(number)
    table = weights_sheet(run, lines_of(db.session, run))
    return download_table(table, "xlsx", f"weights-{number}")


def _edit_page(
    form: WeightsForm, upload: SheetForm, run: AllocationRun, problems: list[Problem] | None = None
) -> Any:
    codes = [row.form.code.data for row in form.lines]
    return render_template(
        "targets/run_edit.html",
        form=form,
        upload=upload,
        run=run,
        problems=problems or [],
        asked=ASKED[run.basis],
        units=units_by_code(db.session, codes),
        most=MOST_ON_SCREEN,
    )


def _fill(form: WeightsForm, run: AllocationRun, lines: Any) -> None:
    form.total_fen.data = run.total_fen  # type: ignore[assignment]
    form.step_fen.data = run.step_fen
    form.effective_on.data, form.reason.data = run.effective_on, run.reason
    form.seen_version.data = run.version
    for line in lines if len(lines) <= MOST_ON_SCREEN else ():
        form.lines.append_entry(_row(line))


def _row(line: AllocationLine) -> dict[str, Any]:
    names = ("people", "months", "floor_fen", "cap_fen")
    row = {name: getattr(line, name) for name in names}
    return row | {"code": line.unit.code, "takes_part": True, "weight": line.weight_milli}


def _given(form: WeightsForm, run: AllocationRun) -> list[Given]:
    """Return what the rows say; units that were named to join get a row of their own."""
    more = (form.more.data or "").replace("，", " ").replace(",", " ").replace("、", " ").split()
    rows = {row.form.code.data: row.form for row in form.lines}
    units = units_by_code(db.session, [*rows, *more])
    unknown = [code for code in more if code not in units]
    if unknown:
        raise Refused(f"没有编码为“{unknown[0]}”的单位，可在“单位”页查到编码。", field="more")
    given = []
    for code, row in rows.items():
        if code in units and row.takes_part.data:
            given.append(
                Given(
                    units[code].id,
                    people=row.people.data,
                    months=row.months.data,
                    weight_milli=row.weight.data,
                    floor_fen=row.floor_fen.data,
                    cap_fen=row.cap_fen.data,
                )
            )
    for code in dict.fromkeys(more):
        if code not in rows:
            known = known_of(units[code], run.basis)
            form.lines.append_entry(
                {"code": code, "takes_part": True, "people": known.people, "months": known.months}
            )
            given.append(known)
    form.more.data = ""
    return given


def _own_or_404(number: str) -> AllocationRun:
    """Return a run that its maker may still change; to others the form is not there."""
    run = run_or_404(number)
    if run.made_by_id != current_user.id or run.state not in (RunState.DRAFT, RunState.RETURNED):
        abort(404)
    return run
