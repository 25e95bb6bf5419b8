"""Where the pages of the catalogue hang."""

from typing import Any

from flask import Blueprint, abort
from flask_login import current_user

from market.accounts.models import Person
from market.catalog import queries
from market.catalog.models import Product, Sku
from market.core.access import Role
from market.core.db import db

bp = Blueprint("catalog", __name__)

EDITORS = (Role.SUPPLIER, Role.COORDINATOR, Role.ADMIN)
READERS = (*EDITORS, Role.INSPECTOR)


def reader() -> Person | None:
    """Return who reads, or nobody."""
    person: Any = current_user
    return person if person.is_authenticated else None


def own_product_or_404(code: str) -> Product:
    """Return the product to those who keep it or oversee it; to others there is no such page."""
    return queries.own_product_for(db.session, current_user, code) or abort(404)


def own_sku_or_404(code: str) -> Sku:
    """Return the SKU to the same people."""
    return queries.own_sku_for(db.session, current_user, code) or abort(404)
