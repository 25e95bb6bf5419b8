"""What suppliers and those who oversee them look at: own products, stock, the queue."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.adapters.pinyin import patterns
from market.catalog.models import Product, ProductState, Sku, StockMovement, Supplier, SupplierState
from market.catalog.queries.shop import product_for, sees_all_of
from market.core import quantity
from market.core.paging import Page, page_of, rows_page_of


def own_product_for(session: Session, person: Person, code: str) -> Product | None:
    """Return the product to its own supplier and to those who oversee, to nobody else."""
    product = product_for(session, person, code)
    return product if product and sees_all_of(person, product.supplier_id) else None


def own_sku_for(session: Session, person: Person, code: str) -> Sku | None:
    """Return the SKU with product, supplier and tiers, to the same people."""
    sku = (
        session.scalars(
            sa.select(Sku)
            .where(Sku.code == code)
            .options(
                joinedload(Sku.product).joinedload(Product.supplier),
                joinedload(Sku.product).joinedload(Product.picture),
                joinedload(Sku.tiers),
            )
        )
        .unique()
        .one_or_none()
    )
    return sku if sku and sees_all_of(person, sku.product.supplier_id) else None


def stocked_products(
    session: Session,
    person: Person,
    *,
    q: str = "",
    state: ProductState | None = None,
    low: bool = False,
    page: int = 1,
) -> Page[Product]:
    """Return a page of products in every state, SKUs loaded: one's own, or all to overseers.

    ``low`` keeps those of which an offered SKU has less than its smallest order left.
    What needs doing stands first: returned, draft, submitted.
    """
    order = [
        ProductState.RETURNED,
        ProductState.DRAFT,
        ProductState.SUBMITTED,
        ProductState.LISTED,
        ProductState.WITHDRAWN,
    ]
    select = (
        sa.select(Product)
        .where(*(Product.search_text.ilike(pattern, escape="\\") for pattern in patterns(q)))
        .order_by(
            sa.case({one.value: place for place, one in enumerate(order)}, value=Product.state),
            Product.id.desc(),
        )
        .options(
            joinedload(Product.supplier), joinedload(Product.picture), selectinload(Product.skus)
        )
    )
    if person.supplier_id is not None:
        select = select.where(Product.supplier_id == person.supplier_id)
    if state:
        select = select.where(Product.state == state)
    if low:
        select = select.where(
            Product.skus.any(sa.and_(Sku.is_offered, Sku.stock_milli < Sku.min_milli))
        )
    return page_of(session, select, page)


def review_queue(session: Session, page: int = 1) -> Page[Product]:
    """Return a page of the products that wait for a coordinator, the longest waiting first."""
    return page_of(
        session,
        sa.select(Product)
        .where(Product.state == ProductState.SUBMITTED)
        .order_by(Product.submitted_at, Product.id)
        .options(
            joinedload(Product.supplier), joinedload(Product.picture), selectinload(Product.skus)
        ),
        page,
    )


def suppliers(
    session: Session, *, q: str = "", state: SupplierState | None = None, page: int = 1
) -> Page[Any]:
    """Return a page of (supplier, products on sale, products in all), by code."""
    listed = sa.func.count().filter(Product.state == ProductState.LISTED)
    counts = (
        sa.select(Product.supplier_id, listed.label("listed"), sa.func.count().label("products"))
        .group_by(Product.supplier_id)
        .subquery()
    )
    select: Any = (
        sa.select(
            Supplier,
            sa.func.coalesce(counts.c.listed, 0),
            sa.func.coalesce(counts.c.products, 0),
        )
        .outerjoin(counts, counts.c.supplier_id == Supplier.id)
        .where(*(Supplier.search_text.ilike(pattern, escape="\\") for pattern in patterns(q)))
        .order_by(Supplier.code)
    )
    if state:
        select = select.where(Supplier.state == state)
    return rows_page_of(session, select, page)


def all_suppliers(session: Session) -> Sequence[Supplier]:
    """Return the suppliers who may sell, by code."""
    return session.scalars(
        sa.select(Supplier).where(Supplier.state == SupplierState.ACTIVE).order_by(Supplier.code)
    ).all()


def stock_movements_of(session: Session, sku: Sku, page: int = 1) -> Page[Any]:
    """Return a page of (movement, the person's name or nothing, stock after it), newest first."""
    after = sa.func.sum(StockMovement.change_milli).over(order_by=StockMovement.id)
    select: Any = (
        sa.select(StockMovement, Person.name, after)
        .outerjoin(Person, Person.id == StockMovement.by_id)
        .where(StockMovement.sku_id == sku.id)
        .order_by(StockMovement.id.desc())
    )
    return rows_page_of(session, select, page)


def verify_stock(session: Session) -> list[str]:
    """Return one Chinese sentence per SKU whose stock is not the sum of its movements."""
    moved = sa.func.coalesce(sa.func.sum(StockMovement.change_milli), 0)
    rows = session.execute(
        sa.select(Sku.code, Sku.unit, Sku.stock_milli, moved)
        .outerjoin(StockMovement, StockMovement.sku_id == Sku.id)
        .group_by(Sku.id, Sku.code, Sku.unit, Sku.stock_milli)
        .having(Sku.stock_milli != moved)
        .order_by(Sku.code)
    )
    return [
        f"规格 {code}：库存 {quantity.show(stock)} {unit}，"
        f"出入库合计 {quantity.show(int(total))} {unit}，相差 {quantity.show(stock - int(total))} {unit}。"
        for code, unit, stock, total in rows
    ]
