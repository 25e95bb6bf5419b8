"""The home page."""

from typing import Any

from flask import Blueprint, render_template

from market.catalog import queries as catalog
from market.catalog.models import Audience, Category
from market.core import clock
from market.core.access import public
from market.core.db import db
from market.press import queries

bp = Blueprint("press", __name__)

SHOWN = 8


@bp.get("/")
@public
def home() -> Any:
    """Show what is in season, what sells, and how far this year's purchases have come."""
    today = clock.today()
    # A visitor is shown what anyone may buy, at its retail price.
    filters = catalog.Filters(
        season="now", sort=catalog.Sort.SALES, in_stock=True, prices_for=Audience.RETAIL
    )
    return render_template(
        "press/home.html",
        shelf=catalog.listing(db.session, filters, size=SHOWN),
        audience=Audience.RETAIL,
        categories=list(Category),
        year=today.year,
        month=today.month,
        result=queries.result_of(db.session, today.year),
    )
