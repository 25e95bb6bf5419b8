"""The blueprint that the pages of ordering share."""

from flask import Blueprint

bp = Blueprint("ordering", __name__)
