"""Submit many purchases from Excel: preview first, then all of them or none."""

import dataclasses
import datetime as dt
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_login import current_user

from market.adapters.downloads import download
from market.adapters.spreadsheets import template
from market.core.access import UNIT_BUYERS, allow
from market.core.db import db
from market.core.errors import Refused
from market.targets import queries, services
from market.targets.forms import OutsideApplyForm, SheetForm
from market.targets.models import OutsideKind
from market.targets.queries import OUTSIDE_COLUMNS, OUTSIDE_EXAMPLES, Bought, OutsideWish
from market.targets.views.bp import bp
from market.targets.views.outside import attached


@bp.route("/outside/import", methods=["GET", "POST"])
@allow(*UNIT_BUYERS)
def upload_outside() -> Any:
    """Read a sheet of purchases, and show what it would do."""
    form, found = SheetForm(), None
    if form.validate_on_submit():
        try:
            assert current_user.unit_id is not None  # Whoever buys for a unit has one.
            found = queries.preview_outside(
                db.session, form.sheet.data.read(), unit_id=current_user.unit_id
            )
        except Refused as refusal:
            refusal.field = "sheet"
            form.refuse(refusal)
    apply_form = None
    if found and not found.problems:
        # Its own data, not what the sheet's form sent.
        apply_form = OutsideApplyForm(formdata=None)
        apply_form.rows.fill([_packed(wish) for wish in found.wishes])
    wishes = found.wishes if found else []
    refused = form.is_submitted() and apply_form is None
    return _page(form, apply_form, wishes, found.problems if found else []), 422 if refused else 200


@bp.post("/outside/import/apply")
@allow(*UNIT_BUYERS)
def apply_outside() -> Any:
    """Submit the purchases that were previewed, all or none; the preview stays where files are lacking."""
    form = OutsideApplyForm()
    if not form.validate():
        errors = [*form.once.errors, *form.rows.errors, *form.files.errors]
        flash("；".join(str(error) for error in errors), "danger")
        return redirect(url_for(".upload_outside"))
    rows: Any = form.rows.data
    wishes = [_unpacked(row) for row in rows]
    try:
        count = services.import_outside(
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
    flash(f"已提交 {count} 条申报，核实后计入。", "success")
    return redirect(url_for(".outside"))


@bp.get("/outside/import/template.xlsx")
@allow(*UNIT_BUYERS)
def outside_template() -> Any:
    """Give the sheet to fill in."""
    return download(template(OUTSIDE_COLUMNS, OUTSIDE_EXAMPLES), "outside-purchases-template.xlsx")


def _page(form: SheetForm, apply_form: Any, wishes: list[OutsideWish], problems: list[Any]) -> str:
    return render_template(
        "targets/outside_import.html",
        form=form,
        apply_form=apply_form,
        wishes=wishes,
        sum_fen=sum(wish.told.amount_fen for wish in wishes),
        problems=problems,
        columns=OUTSIDE_COLUMNS,
        reports=queries.may_report_outside(current_user),
    )


def _packed(wish: OutsideWish) -> list[Any]:
    told = dataclasses.asdict(wish.told) | {
        "kind": wish.told.kind.value,
        "bought_on": wish.told.bought_on.isoformat(),
    }
    return [wish.row, told, wish.year, wish.month]


def _unpacked(values: list[Any]) -> OutsideWish:
    row, told, year, month = values
    given = told | {
        "kind": OutsideKind(told["kind"]),
        "bought_on": dt.date.fromisoformat(told["bought_on"]),
    }
    return OutsideWish(row, Bought(**given), year, month)
