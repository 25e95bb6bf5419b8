"""The blueprint that the pages of accounts share."""

from flask import Blueprint

bp = Blueprint("accounts", __name__, url_prefix="/account")
