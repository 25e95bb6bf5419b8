"""The blueprint of the plan's money, who reads it, and who writes it."""

from flask import Blueprint

from market.core.access import DESK, Role

bp = Blueprint("funds", __name__, url_prefix="/funds")

READERS = DESK
WRITERS = (Role.COORDINATOR, Role.FUND_OFFICER, Role.COUNTY)
CHECKERS = (Role.COORDINATOR, Role.FUND_OFFICER)
