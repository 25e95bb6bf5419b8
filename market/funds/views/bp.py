"""The blueprint of the plan's money, who reads it, who writes it, and what stands above its pages."""

from typing import Any

from flask import Blueprint
from flask_login import current_user

from market.core.access import DESK, OVERSEERS, Role
from market.core.db import db
from market.funds.queries.halts import standing_halt

bp = Blueprint("funds", __name__, url_prefix="/funds")

READERS = DESK
WRITERS = (Role.COORDINATOR, Role.FUND_OFFICER, Role.COUNTY)
CHECKERS = (Role.COORDINATOR, Role.FUND_OFFICER)


@bp.context_processor
def surround() -> dict[str, Any]:
    """Give the pages the halt that stands; findings name any earmark, so not everyone reads them."""
    return {
        "halt": standing_halt(db.session),
        "at_desk": True,
        "names_findings": current_user.role in (*OVERSEERS, Role.FUND_OFFICER),
    }
