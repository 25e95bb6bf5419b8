"""What was accepted and is not paid: each unit's debt to each supplier, by how long it has been due."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from market.catalog.models import Supplier
from market.ordering.models import Order
from market.payments.models import Statement
from market.payments.queries.ageing import Age, billed_places
from market.payments.queries.statements import BILLED, UNBILLED, only_suppliers
from market.reports.queries.groups import NONE, By
from market.reports.queries.tables.asking import Asked
from market.reports.queries.tables.purchases import unit_columns
from market.targets.queries.entries import sum_of
from market.units.models import Unit

SEVERAL = "多家供应商（未出单）"


def unpaid(asked: Asked) -> sa.Select[Any]:
    """Select a row per unit and supplier that the unit still owes something.

    What is on no statement yet belongs to the supplier of its order, if that is only one.
    """
    found, only = billed_places(), only_suppliers()
    name = sa.func.coalesce(Supplier.name, SEVERAL)
    code = sa.func.coalesce(Supplier.code, NONE)
    parts = {By.KIND: Unit.kind, By.UNIT: Unit.code, By.SUPPLIER: code}

    def owed(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sum_of(sa.case((condition, found.c.owed), else_=0))

    return (
        sa.select(
            *unit_columns()[:3],
            name.label("supplier"),
            code.label("supplier_code"),
            *(
                owed((found.c.part == BILLED) & age.has(found.c.whole)).label(age.value)
                for age in Age
            ),
            owed(found.c.part == UNBILLED).label("unbilled"),
            sum_of(found.c.owed).label("fen"),
            (
                unit_columns()[3] + " " + name + " " + sa.func.coalesce(Supplier.search_text, "")
            ).label("searched"),
        )
        .select_from(found)
        .join(Order, Order.id == found.c.order_id)
        .join(Unit, Unit.id == Order.unit_id)
        .outerjoin(Statement, Statement.id == found.c.statement_id)
        .outerjoin(only, only.c.order_id == found.c.order_id)
        .outerjoin(
            Supplier,
            Supplier.id == sa.func.coalesce(Statement.supplier_id, only.c.supplier_id),
        )
        .where(
            found.c.owed > 0,
            *(
                sa.cast(parts[by], sa.String) == key
                for by, key in asked.where.items()
                if by in parts
            ),
        )
        .group_by(Unit.id, Supplier.id)
    )


def unpaid_rows(asked: Asked, row: Mapping[str, Any] | None, key: str) -> str | None:
    """Return where a figure leads: to the statements of its age, or the orders on none yet."""
    words = {"unit": row["code"], "supplier": row["supplier_code"]} if row else {}
    if row is None and asked.where:
        return None
    if key == "unbilled":
        return f"/statements/unbilled?{urlencode(words)}"
    if key in [age.value for age in Age]:
        return f"/statements?{urlencode({**words, 'age': key})}"
    return None
