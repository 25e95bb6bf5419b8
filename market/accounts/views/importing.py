"""Import people from Excel: preview, then all or nothing."""

import io
from typing import Any

from flask import flash, redirect, render_template, send_file, url_for
from flask_login import current_user

from market.accounts import services
from market.accounts.views.bp import bp
from market.accounts.views.people import show_passwords
from market.adapters.spreadsheets import template
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.plan.queries import agencies
from market.units.forms import ApplyForm, UploadForm, held, hold

KEEPERS = (Role.LEAD, Role.COORDINATOR, Role.ADMIN)


@bp.route("/people/import", methods=["GET", "POST"])
@allow(*KEEPERS)
def import_people() -> Any:
    """Look at an uploaded sheet: what importing it would do, and what is wrong with it."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _upload_page(form, 422 if form.is_submitted() else 200)
    try:
        content = form.content()
        sheet = services.read_people(content)
        preview = services.preview_people(
            db.session, sheet, by=current_user, agencies=agencies(db.session)
        )
        token = "" if preview.problems else hold(content, "people")
    except Refused as refusal:
        db.session.rollback()
        form.refuse(Refused(str(refusal), field="file"))
        return _upload_page(form, 422)
    return _preview_page(preview, token)


@bp.post("/people/import/apply")
@allow(*KEEPERS)
def apply_people() -> Any:
    """Import the sheet that was previewed, and show the new people's passwords once."""
    preview = None
    try:
        sheet = services.read_people(held(ApplyForm().held.data, "people"))
        named = agencies(db.session)
        preview = services.preview_people(db.session, sheet, by=current_user, agencies=named)
        made = services.import_people(db.session, sheet, by=current_user, agencies=named)
    except Refused as refusal:
        db.session.rollback()
        if preview is not None and preview.problems:
            return _preview_page(preview, "")
        form = UploadForm()
        form.refuse(Refused(str(refusal), field="file"))
        return _upload_page(form, 422)
    db.session.commit()
    if made:
        return show_passwords(made, f"已导入：新增 {len(made)} 人，修改 {len(preview.changed)} 人")
    if preview.changed:
        flash(f"已导入：修改 {len(preview.changed)} 人。", "success")
    else:
        flash("表格与现有资料一致，没有变化。", "info")
    return redirect(url_for(".people"))


@bp.get("/people/import/template.xlsx")
@allow(*KEEPERS)
def people_template() -> Any:
    """Send the template that people are filled into."""
    made = template(services.COLUMNS, services.EXAMPLES)
    return send_file(io.BytesIO(made), download_name="人员导入模板.xlsx", as_attachment=True)


def _upload_page(form: UploadForm, status: int) -> Any:
    return render_template("accounts/import.html", form=form), status


def _preview_page(preview: services.Preview, token: str) -> Any:
    page = render_template(
        "accounts/preview.html", preview=preview, apply_form=ApplyForm(held=token)
    )
    return page, 422 if preview.problems else 200
