"""The credits behind a figure of any group, with their sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import Product, Supplier
from market.core.paging import Page
from market.ordering.models import AcceptanceLine, BuyingFor, Claim, Order, OrderLine
from market.ordering.queries.orders import visible_to
from market.reports.queries.groups import WantedRows, conditions
from market.targets.models import Credit
from market.targets.queries.entries import sum_of
from market.units.models import Unit

SIZE = 50


@dataclass(frozen=True)
class GroupRow:
    """One credit of any unit; ``goods`` is empty where what somebody bought stays private."""

    credit: Credit
    unit_code: str
    unit_name: str
    supplier: str | None
    township: str | None
    goods: str | None
    order_number: str | None
    is_open: int


def credit_rows(
    session: Session, wanted: WantedRows, *, reader: Person, number: int = 1
) -> tuple[Page[GroupRow], int]:
    """Return a page of the credits behind a figure, newest first, and the fen of all its pages.

    Two queries. Newest is what was written last: credits are only added to.
    """
    return rows_where(session, conditions(wanted), reader=reader, number=number)


def rows_where(
    session: Session, where: Sequence[sa.ColumnElement[bool]], *, reader: Person, number: int = 1
) -> tuple[Page[GroupRow], int]:
    """Return a page of the credits that meet some conditions, as ``credit_rows`` does."""
    total, fen = session.execute(
        sa.select(sa.func.count(), sum_of(Credit.amount_fen)).where(*where)
    ).one()
    number = min(max(number, 1), max(1, -(-total // SIZE)))
    is_open = sa.and_(Order.id.is_not(None), visible_to(reader))
    is_private = (Order.buying_for == BuyingFor.SELF) & ~is_open
    select: sa.Select[Any] = (
        sa.select(
            Credit,
            Unit.code,
            Unit.name,
            Supplier.name,
            sa.func.coalesce(Product.township, Supplier.township),
            sa.case((is_private, ""), else_=sa.func.coalesce(OrderLine.name, Product.name)),
            Order.number,
            sa.case((is_open, 1), else_=0),
        )
        .join(Unit, Unit.id == Credit.unit_id)
        .outerjoin(Supplier, Supplier.id == Credit.supplier_id)
        .outerjoin(Product, Product.id == Credit.product_id)
        .outerjoin(Claim, Claim.id == Credit.claim_id)
        .outerjoin(AcceptanceLine, AcceptanceLine.id == Credit.acceptance_line_id)
        .outerjoin(
            OrderLine,
            OrderLine.id == sa.func.coalesce(AcceptanceLine.order_line_id, Claim.order_line_id),
        )
        .outerjoin(Order, Order.id == OrderLine.order_id)
        .where(*where)
        .order_by(Credit.id.desc())
        .limit(SIZE)
        .offset((number - 1) * SIZE)
    )
    rows = [GroupRow(*row) for row in session.execute(select)]
    return Page(rows, number, SIZE, total), fen
