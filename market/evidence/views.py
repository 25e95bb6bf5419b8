"""Show files."""

import io
from typing import Any

from flask import Blueprint, abort, request, send_file
from flask_login import current_user

from market.adapters.downloads import stored
from market.core.access import public
from market.core.db import db
from market.evidence import queries
from market.evidence.services import CSV, PDF, XLSX

bp = Blueprint("evidence", __name__, url_prefix="/files")


@bp.get("/<token>")
@public
def show(token: str) -> Any:
    """Send a file to whoever may see it; a PDF or a table is saved rather than opened.

    The sandbox keeps whatever might hide in a file from acting as a page of ours.
    """
    person = current_user if current_user.is_authenticated else None
    attachment = queries.attachment_for(db.session, person, token) or abort(404)
    file = attachment.file
    response = send_file(
        io.BytesIO(stored(file.sha256)),
        mimetype=file.media_type,
        download_name=attachment.name,
        as_attachment=file.media_type in (PDF, XLSX, CSV),
        etag=file.sha256,
        last_modified=file.stored_at,
    )
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if attachment.is_public else "private, no-store"
    )
    return response.make_conditional(request)
