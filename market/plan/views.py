"""Pages of plan."""

from flask import Blueprint

bp = Blueprint("plan", __name__, url_prefix="/plan")
