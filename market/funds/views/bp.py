"""The blueprint of the plan's money."""

from flask import Blueprint

import market.funds.services  # noqa

bp = Blueprint("funds", __name__, url_prefix="/funds")
