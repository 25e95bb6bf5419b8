"""The blueprint of fairs, and what its pages share."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect
from flask_login import current_user

from market.core.access import DESK, Role
from market.core.db import db
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.evidence.services import attach
from market.fairs import queries
from market.fairs.models import Fair

bp = Blueprint("fairs", __name__, url_prefix="/fairs")

EXHIBITORS = (*DESK, Role.SUPPLIER)
SELLERS = (Role.COORDINATOR, Role.SUPPLIER)


def fair_or_404(number: str) -> Fair:
    """Return the fair with this number, if whoever asks may see it."""
    person = current_user if current_user.is_authenticated else None
    return queries.fair_for(db.session, person, number) or abort(404)


def kept(upload: Any, *, field: str, images_only: bool = False, **given: Any) -> Attachment:
    """Keep the one file of a form; refuses none."""
    if not getattr(upload, "filename", ""):
        raise Refused("请选择文件。", field=field)
    try:
        return attach(
            db.session,
            current_app.extensions["files"],
            upload.read(),
            name=upload.filename,
            by=current_user,
            images_only=images_only,
            **given,
        )
    except Refused as refusal:
        raise Refused(str(refusal), field=field) from None


def done(said: str, to: str) -> Any:
    """Commit, say so, and go on."""
    db.session.commit()
    flash(said, "success")
    return redirect(to)


def refused(refusal: Refused, to: str) -> Any:
    """Undo, say why, and go back to the page whose button it was."""
    db.session.rollback()
    flash(str(refusal), "danger")
    return redirect(to)
