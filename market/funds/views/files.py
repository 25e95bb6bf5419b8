"""Files of a document: put to it and taken off while it may be changed."""

from typing import Any

from flask import abort, current_app, flash, redirect, url_for
from flask_login import current_user

from market.core.access import allow
from market.core.db import db
from market.core.errors import Refused
from market.evidence.services import attach
from market.funds import services
from market.funds.forms import ActForm, UploadForm
from market.funds.models import RULES, Purpose
from market.funds.views.bp import WRITERS, bp
from market.funds.views.documents import document_or_404, document_page


@bp.post("/documents/<number>/files")
@allow(*WRITERS)
def attach_file(number: str) -> Any:
    """Keep a file, and put it to the document."""
    one = document_or_404(number)
    form = UploadForm(prefix="upload")
    form.offer(RULES[one.kind].evidence)
    if not form.validate_on_submit():
        return document_page(one, {"upload": form}), 422
    upload = form.file.data
    try:
        kept = attach(
            db.session,
            current_app.extensions["files"],
            upload.read(),
            name=upload.filename or "",
            by=current_user,
        )
        services.attach(db.session, one, kept, Purpose(form.purpose.data), by=current_user)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return document_page(document_or_404(number), {"upload": form}), 422
    db.session.commit()
    flash(f"“{kept.name}”已上传。", "success")
    return redirect(url_for(".document", number=number, _anchor="files"), 303)


@bp.post("/documents/<number>/files/<int:place>/remove")
@allow(*WRITERS)
def remove_file(number: str, place: int) -> Any:
    """Take a file off the document; they are named by their own numbers."""
    one = document_or_404(number)
    found = next((file for file in one.files if file.id == place), None) or abort(404)
    form = ActForm()
    try:
        services.detach(db.session, one, found, by=current_user)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return document_page(document_or_404(number), {"act": form}), 422
    db.session.commit()
    flash("附件已移除。", "success")
    return redirect(url_for(".document", number=number, _anchor="files"), 303)
