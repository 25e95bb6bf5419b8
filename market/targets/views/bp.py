"""The blueprint that all pages of targets hang on."""

from flask import Blueprint

bp = Blueprint("targets", __name__)
