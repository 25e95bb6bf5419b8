"""Pages of the inbox."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

from market.core.access import signed_in
from market.core.db import db
from market.core.paging import page_of
from market.notices import queries, services

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
@signed_in
def index() -> Any:
    """List one's own notices, the unread first."""
    page = page_of(db.session, queries.notices_of(current_user), request.args.get("page", 1, int))
    return render_template("notices/index.html", page=page)


@bp.post("/read")
@signed_in
def read() -> Any:
    """Mark all one's notices as read."""
    services.mark_read(db.session, by=current_user)
    db.session.commit()
    return redirect(url_for(".index"))
