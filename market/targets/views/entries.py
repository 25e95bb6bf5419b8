"""The coordinator's pages: issue targets one by one or from Excel, and what was issued."""

import dataclasses
import datetime as dt
from typing import Any

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.adapters.spreadsheets import template
from market.core import money
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import rows_page_of
from market.evidence.services import attach
from market.reports.queries import year_in
from market.targets.forms import ApplyForm, SheetForm, TargetForm
from market.targets.queries import (
    COLUMNS,
    EXAMPLES,
    FIRST_YEAR,
    LAST_YEAR,
    Wish,
    issued_fen,
    preview,
    target_fen,
    unit_for,
    without_target,
)
from market.targets.queries import entries as entries_of
from market.targets.services import import_targets, issue_target
from market.targets.views.board import years_shown
from market.targets.views.bp import bp
from market.units.models import Unit
from market.units.queries import active_units
from market.units.services import duty_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SIZE = 50
TARGET_FIELDS = ("amount_fen", "document_no", "document_on", "reason", "seen_fen")
NAMED = 12  # How many units without a target the page names.


@bp.get("/targets")
@allow(*DESK)
def entries() -> Any:
    """List what was issued and revised in a year, with its sum."""
    year = year_in(request.args)
    page = rows_page_of(db.session, entries_of(year), request.args.get("page", 1, int), size=SIZE)
    sum_fen, units = issued_fen(db.session, year)
    missing = without_target(db.session, year)
    return render_template(
        "targets/entries.html",
        year=year,
        years=years_shown(year, with_next=True),
        page=page,
        sum_fen=sum_fen,
        units=units,
        missing=missing,
        named=missing[:NAMED],
        issues=current_user.role is Role.COORDINATOR,
    )


@bp.get("/targets/new")
@allow(Role.COORDINATOR)
def new() -> Any:
    """Choose the unit and the year to issue a target for."""
    year = year_in(request.args)
    code = request.args.get("unit", "")
    if code and unit_for(db.session, current_user, code):
        return redirect(url_for(".issue", code=code, year=year))
    return render_template("targets/new.html", year=year, units=active_units(db.session))


@bp.route("/targets/<code>/<int:year>", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def issue(code: str, year: int) -> Any:
    """Issue or revise a unit's target of a year."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    unit = unit_for(db.session, current_user, code) or abort(404)
    form = TargetForm()
    if form.validate_on_submit():
        try:
            _issue(unit, year, form)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return redirect(url_for(".unit", code=code, year=year))
    now_fen = target_fen(db.session, unit.id, year)
    if not form.is_submitted():
        form.seen_fen.data = now_fen
    return (
        render_template(
            "targets/issue.html",
            form=form,
            unit=unit,
            year=year,
            now_fen=now_fen,
            duty=duty_of(unit),
            history=db.session.execute(entries_of(year, unit_id=unit.id)).unique().all(),
        ),
        422 if form.is_submitted() else 200,
    )


def _issue(unit: Unit, year: int, form: TargetForm) -> None:
    given: dict[str, Any] = form.data
    upload = given["attachment"]
    attachment = None
    if upload and upload.filename:
        try:
            attachment = attach(
                db.session,
                current_app.extensions["files"],
                upload.read(),
                name=upload.filename,
                unit_id=unit.id,
                by=current_user,
            )
        except Refused as refusal:
            raise Refused(str(refusal), field="attachment") from None
    entry = issue_target(
        db.session,
        unit,
        year=year,
        attachment=attachment,
        **{key: given[key] for key in TARGET_FIELDS},
        by=current_user,
    )
    duty, name, change_fen = duty_of(unit), unit.name, entry.change_fen
    db.session.commit()
    sign = "增加" if change_fen > 0 else "减少"
    flash(f"“{name}”{year}年目标{sign} {money.yuan(abs(change_fen))} 元，已通知该单位。", "success")
    if not duty.required:
        flash(f"请留意：按条款该单位没有采购任务（{duty.reason}）。目标已按文件下达。", "warning")


@bp.route("/targets/import", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def upload() -> Any:
    """Read a sheet of targets, and show what it would do."""
    form, found, refused = SheetForm(), None, False
    if form.validate_on_submit():
        try:
            found = preview(db.session, form.sheet.data.read())
        except Refused as refusal:
            refusal.field = "sheet"
            form.refuse(refusal)
    refused = form.is_submitted() and (found is None or bool(found.problems))
    apply_form = None
    if found and not found.problems:
        # Its own data, not what the sheet's form sent.
        apply_form = ApplyForm(formdata=None)
        apply_form.rows.fill([_packed(wish) for wish in found.wishes])
    page = render_template(
        "targets/import.html", form=form, found=found, apply_form=apply_form, columns=COLUMNS
    )
    return page, 422 if refused else 200


@bp.post("/targets/import/apply")
@allow(Role.COORDINATOR)
def apply() -> Any:
    """Import the rows that were previewed, all or none."""
    form = ApplyForm()
    if not form.validate():
        flash("；".join(str(error) for error in form.rows.errors), "danger")
        return redirect(url_for(".upload"))
    rows: Any = form.rows.data
    wishes = [_unpacked(row) for row in rows]
    try:
        count = import_targets(db.session, wishes, by=current_user)
    except Refused as refusal:
        db.session.rollback()
        flash(f"没有导入任何一行：{refusal}", "danger")
        return redirect(url_for(".upload"))
    db.session.commit()
    flash(f"已导入 {count} 个单位的目标。", "success")
    return redirect(url_for(".entries", year=wishes[0].year))


@bp.get("/targets/template.xlsx")
@allow(Role.COORDINATOR)
def sheet_template() -> Any:
    """Give the sheet to fill in."""
    response = Response(template(COLUMNS, EXAMPLES), mimetype=XLSX)
    response.headers.set("Content-Disposition", "attachment", filename="targets-template.xlsx")
    return response


def _packed(wish: Wish) -> list[Any]:
    values = dataclasses.asdict(wish)
    return [*(values | {"document_on": wish.document_on.isoformat()}).values()]


def _unpacked(values: list[Any]) -> Wish:
    given = dict(zip((field.name for field in dataclasses.fields(Wish)), values, strict=True))
    return Wish(**given | {"document_on": dt.date.fromisoformat(given["document_on"])})
