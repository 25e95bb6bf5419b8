"""One product, one supplier, one SKU, as the person who asks may see them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from market.accounts.models import Person
from market.catalog.models import (
    Certificate,
    Product,
    ProductState,
    Sku,
    Supplier,
    SupplierState,
)
from market.core.access import OVERSEERS

SIMILAR = 4


def product_for(session: Session, person: Person | None, code: str) -> Product | None:
    """Return the product with all that its page shows, or nothing where it may not be seen.

    The public sees what is listed and whose supplier may sell; the product's own
    supplier and those who oversee see it in every state. Three queries.
    """
    product = session.scalar(
        sa.select(Product)
        .where(Product.code == code)
        .options(
            joinedload(Product.supplier),
            joinedload(Product.picture),
            selectinload(Product.skus).joinedload(Sku.tiers),
            selectinload(Product.certificates).joinedload(Certificate.attachment),
        )
    )
    if product is None or product.is_on_sale or sees_all_of(person, product.supplier_id):
        return product
    return None


def supplier_for(session: Session, person: Person | None, code: str) -> Supplier | None:
    """Return a supplier who may sell; one who may not, only to themselves and overseers."""
    supplier = supplier_by_code(session, code)
    if supplier is None or supplier.state is SupplierState.ACTIVE:
        return supplier
    return supplier if sees_all_of(person, supplier.id) else None


def supplier_by_code(session: Session, code: str) -> Supplier | None:
    """Return the supplier of this code, whether it may sell or not."""
    return session.scalar(sa.select(Supplier).where(Supplier.code == code))


def similar_products(
    session: Session, product: Product, *, most: int = SIMILAR
) -> Sequence[Product]:
    """Return other products on sale from the same township, then of the same category.

    One query; SKUs and pictures are loaded.
    """
    near = Product.township == product.township
    return (
        session.scalars(
            sa.select(Product)
            .join(Product.supplier)
            .where(
                Product.id != product.id,
                sa.or_(near, Product.category == product.category),
                Product.state == ProductState.LISTED,
                Supplier.state == SupplierState.ACTIVE,
                Product.skus.any(Sku.is_offered),
            )
            .order_by(sa.case((near, 0), else_=1), Product.sold_count.desc(), Product.id)
            .limit(most)
            .options(
                contains_eager(Product.supplier),
                joinedload(Product.picture),
                joinedload(Product.skus),
            )
        )
        .unique()
        .all()
    )


def sku_for_cart(session: Session, code: str) -> Sku | None:
    """Return the SKU if it can be ordered now: offered, listed, and its supplier may sell.

    Product, supplier, picture and price tiers are loaded. Whether this buyer may buy
    it, and whether there is enough of it, is for the caller to ask.
    """
    return (
        session.scalars(
            sa.select(Sku)
            .join(Sku.product)
            .join(Product.supplier)
            .where(
                Sku.code == code,
                Sku.is_offered,
                Product.state == ProductState.LISTED,
                Supplier.state == SupplierState.ACTIVE,
            )
            .options(
                contains_eager(Sku.product).contains_eager(Product.supplier),
                contains_eager(Sku.product).joinedload(Product.picture),
                joinedload(Sku.tiers),
            )
        )
        .unique()
        .one_or_none()
    )


def sees_all_of(person: Person | None, supplier_id: int) -> bool:
    """Whether a person sees a supplier's things in every state."""
    return person is not None and (person.role in OVERSEERS or person.supplier_id == supplier_id)
