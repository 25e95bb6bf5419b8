"""Pages of the audit trail."""

from typing import Any

from flask import Blueprint, render_template, request

from market.audit import queries
from market.core.access import Role, allow
from market.core.db import db
from market.core.paging import rows_page_of

MOST_TYPED = 80  # As long as the longest thing that is looked for.

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("")
@allow(Role.COORDINATOR, Role.FUND_OFFICER, Role.INSPECTOR, Role.ADMIN)
def index() -> Any:
    """List the deeds, newest first, by the beginning of the deed, the thing, or a person's name."""
    words = ("deed", "about", "name")
    given = {name: request.args.get(name, "").strip()[:MOST_TYPED] for name in words}
    page = rows_page_of(
        db.session, queries.entries(**given), request.args.get("page", 1, int), size=50
    )
    return render_template(
        "audit/index.html", page=page, given=given, head=queries.head(db.session)
    )
