"""Report many records from Excel: preview first, then all of them or none."""

import dataclasses
import datetime as dt
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_login import current_user

from market.adapters.downloads import download
from market.adapters.spreadsheets import template
from market.core.access import allow
from market.core.db import db
from market.core.errors import Refused
from market.plan import queries, services
from market.plan.forms import ApplyForm, SheetForm
from market.plan.queries import COLUMNS, EXAMPLES, Wish
from market.plan.views.bp import bp
from market.plan.views.records import REPORTERS, attached, people_key


@bp.route("/records/import", methods=["GET", "POST"])
@allow(*REPORTERS)
def upload() -> Any:
    """Read a sheet of records, and show what it would do."""
    form, found = SheetForm(), None
    if form.validate_on_submit():
        content = form.sheet.data.read()
        try:
            found = queries.preview(db.session, content, key=people_key(), by=current_user)
        except Refused as refusal:
            refusal.field = "sheet"
            form.refuse(refusal)
    apply_form = None
    if found and not found.problems:
        # Its own data, not what the sheet's form sent.
        apply_form = ApplyForm(formdata=None)
        apply_form.rows.fill([_packed(wish) for wish in found.wishes])
    wishes = found.wishes if found else []
    refused = form.is_submitted() and apply_form is None
    return _page(form, apply_form, wishes, found.problems if found else []), 422 if refused else 200


@bp.post("/records/import/apply")
@allow(*REPORTERS)
def apply() -> Any:
    """Make the records that were previewed, all or none; the preview stays where files are lacking."""
    form = ApplyForm()
    if not form.validate():
        errors = [*form.once.errors, *form.rows.errors, *form.files.errors]
        flash("；".join(str(error) for error in errors), "danger")
        return redirect(url_for(".upload"))
    rows: Any = form.rows.data
    wishes = [_unpacked(row) for row in rows]
    try:
        count = services.import_records(
            db.session,
            wishes,
            attached(form.files.data),
            once_key=form.once.data or "",
            by=current_user,
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(SheetForm(formdata=None), form, wishes, []), 422
    db.session.commit()
    flash(f"已填报 {count} 条记录，核实后计入。", "success")
    return redirect(url_for(".indicators", year=wishes[0].happened_on.year))


@bp.get("/records/template.xlsx")
@allow(*REPORTERS)
def sheet_template() -> Any:
    """Give the sheet to fill in."""
    return download(template(COLUMNS, EXAMPLES), "indicator-records-template.xlsx")


def _page(form: SheetForm, apply_form: Any, wishes: list[Wish], problems: list[Any]) -> str:
    return render_template(
        "plan/record_import.html",
        form=form,
        apply_form=apply_form,
        wishes=wishes,
        problems=problems,
        columns=COLUMNS,
    )


def _packed(wish: Wish) -> list[Any]:
    values = {field.name: getattr(wish, field.name) for field in dataclasses.fields(wish)}
    told = values | {"happened_on": wish.happened_on.isoformat(), "digests": list(wish.digests)}
    return [*told.values()]


def _unpacked(values: list[Any]) -> Wish:
    given = dict(zip((field.name for field in dataclasses.fields(Wish)), values, strict=True))
    return Wish(**given | {"happened_on": dt.date.fromisoformat(given["happened_on"])})
