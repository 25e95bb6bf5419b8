"""What was sold, by supplier, product and township, and the households that the goods help."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from market.catalog.models import Product, ProductState, Supplier
from market.ordering.models import AcceptanceLine, OrderLine
from market.reports.queries.credit_rows import of_group, rows_address
from market.reports.queries.groups import NONE, By
from market.reports.queries.tables.asking import Asked
from market.targets.models import Credit
from market.targets.queries.entries import sum_of


def suppliers(asked: Asked) -> sa.Select[Any]:
    """Select a row per supplier, one of them for what has none."""
    sums, orders = _sums(asked), _orders(asked, Credit.supplier_id)
    name = sa.func.coalesce(Supplier.name, "没有登记供应商")
    return (
        _added(sa.select(), sums, orders)
        .add_columns(
            sa.func.coalesce(Supplier.code, NONE).label("code"),
            name.label("name"),
            sa.func.coalesce(Supplier.township, "").label("township"),
            (name + " " + sa.func.coalesce(Supplier.search_text, "")).label("searched"),
        )
        .select_from(sums)
        .outerjoin(Supplier, Supplier.id == sums.c.supplier_id)
        .outerjoin(Product, Product.id == sums.c.product_id)
        .outerjoin(orders, orders.c.key == sums.c.supplier_id)
        .group_by(Supplier.id, orders.c.orders)
    )


def products(asked: Asked) -> sa.Select[Any]:
    """Select a row per product, one of them for what has none."""
    sums, orders = _sums(asked), _orders(asked, Credit.product_id)
    name = sa.func.coalesce(Product.name, "没有登记商品")
    return (
        _added(sa.select(), sums, orders)
        .add_columns(
            sa.func.coalesce(Product.code, NONE).label("code"),
            name.label("name"),
            Product.category.label("category"),
            sa.func.coalesce(Supplier.name, "").label("supplier"),
            sa.func.coalesce(Product.township, "").label("township"),
            (name + " " + sa.func.coalesce(Product.search_text, "")).label("searched"),
        )
        .select_from(sums)
        .outerjoin(Product, Product.id == sums.c.product_id)
        .outerjoin(Supplier, Supplier.id == Product.supplier_id)
        .outerjoin(orders, orders.c.key == sums.c.product_id)
        .group_by(Product.id, Supplier.id, orders.c.orders)
    )


def townships(asked: Asked) -> sa.Select[Any]:
    """Select a row per township of goods; where there are none, of the supplier."""
    grown = _grown()
    sums, orders = _sums(asked), _orders(asked, grown)
    return (
        _added(sa.select(), sums, orders)
        .add_columns(
            grown.label("code"),
            sa.case((grown == NONE, "没有登记产地"), else_=grown).label("name"),
            sa.func.count(sums.c.supplier_id.distinct()).label("suppliers"),
            grown.label("searched"),
        )
        .select_from(sums)
        .outerjoin(Product, Product.id == sums.c.product_id)
        .outerjoin(Supplier, Supplier.id == sums.c.supplier_id)
        .outerjoin(orders, orders.c.key == grown)
        .group_by(grown, orders.c.orders)
    )


def helped(asked: Asked) -> sa.Select[Any]:
    """Select the products on record as helping households, sold or not; drafts were never seen."""
    of_goods = {By.SUPPLIER: Supplier.code, By.TOWNSHIP: Product.township, By.PRODUCT: Product.code}
    sums, orders = _sums(asked), _orders(asked, Credit.product_id)
    fen = sa.select(sums.c.product_id, sum_of(sums.c.fen).label("fen"))
    sold = fen.group_by(sums.c.product_id).subquery()
    searched = Product.name + " " + Product.search_text + " " + Supplier.name
    return (
        sa.select()
        .add_columns(
            Product.township.label("township"),
            Supplier.name.label("supplier"),
            Product.code.label("code"),
            Product.name.label("name"),
            Product.recognition_no.label("recognition"),
            Product.households_helped.label("households"),
            sa.func.coalesce(orders.c.orders, 0).label("orders"),
            sa.func.coalesce(sold.c.fen, 0).label("fen"),
            (searched + " " + Product.township).label("searched"),
        )
        .select_from(Product)
        .join(Supplier, Supplier.id == Product.supplier_id)
        .outerjoin(sold, sold.c.product_id == Product.id)
        .outerjoin(orders, orders.c.key == Product.id)
        .where(
            Product.households_helped > 0,
            Product.state.in_([ProductState.LISTED, ProductState.WITHDRAWN]),
            *(of_goods[by] == key for by, key in asked.where.items() if by in of_goods),
        )
    )


def supplier_rows(asked: Asked, row: Mapping[str, Any] | None, key: str) -> str | None:
    """Return where a figure of a supplier leads."""
    return _rows(asked, By.SUPPLIER, row, key)


def product_rows(asked: Asked, row: Mapping[str, Any] | None, key: str) -> str | None:
    """Return where a figure of a product leads."""
    return _rows(asked, By.PRODUCT, row, key)


def helped_rows(asked: Asked, row: Mapping[str, Any] | None, key: str) -> str | None:
    """Return where a figure of ``helped`` leads; its sum nowhere, since other goods count too."""
    return None if row is None else product_rows(asked, row, key)


def township_rows(asked: Asked, row: Mapping[str, Any] | None, key: str) -> str | None:
    """Return where a figure of a township leads."""
    return _rows(asked, By.TOWNSHIP, row, key)


def _rows(asked: Asked, by: By, row: Mapping[str, Any] | None, key: str) -> str | None:
    if key != "fen":
        return None
    where = asked.narrowed({by: row["code"]} if row else {})
    return rows_address(asked.year, asked.months, where)


def _conditions(asked: Asked) -> list[sa.ColumnElement[bool]]:
    return [
        Credit.year == asked.year,
        Credit.month.in_(asked.months),
        *(of_group(by, key) for by, key in asked.where.items()),
    ]


def _sums(asked: Asked) -> sa.Subquery:
    """Sum what counted by supplier and product: accepted, returned by claims, and all together."""
    accepted = sa.case((Credit.acceptance_line_id.is_not(None), Credit.amount_fen), else_=0)
    returned = sa.case((Credit.claim_id.is_not(None), -Credit.amount_fen), else_=0)
    return (
        sa.select(
            Credit.supplier_id,
            Credit.product_id,
            sum_of(Credit.amount_fen).label("fen"),
            sum_of(accepted).label("accepted"),
            sum_of(returned).label("returned"),
        )
        .where(*_conditions(asked))
        .group_by(Credit.supplier_id, Credit.product_id)
        .subquery()
    )


def _orders(asked: Asked, key: sa.ColumnElement[Any] | Any) -> sa.Subquery:
    """Count the orders of which anything counted, by a key."""
    return (
        sa.select(key.label("key"), sa.func.count(OrderLine.order_id.distinct()).label("orders"))
        .select_from(Credit)
        .join(AcceptanceLine, AcceptanceLine.id == Credit.acceptance_line_id)
        .join(OrderLine, OrderLine.id == AcceptanceLine.order_line_id)
        .outerjoin(Product, Product.id == Credit.product_id)
        .outerjoin(Supplier, Supplier.id == Credit.supplier_id)
        .where(*_conditions(asked))
        .group_by(key)
        .subquery()
    )


def _added(select: sa.Select[Any], sums: sa.Subquery, orders: sa.Subquery) -> sa.Select[Any]:
    """Add what all tables of goods show."""
    return select.add_columns(
        sa.func.count(sums.c.product_id.distinct()).label("products"),
        sa.func.coalesce(orders.c.orders, 0).label("orders"),
        *(sum_of(sums.c[name]).label(name) for name in ("fen", "accepted", "returned")),
        sum_of(Product.households_helped).label("households"),
    )


def _grown() -> sa.ColumnElement[str]:
    return sa.func.coalesce(Product.township, Supplier.township, sa.literal_column(f"'{NONE}'"))
