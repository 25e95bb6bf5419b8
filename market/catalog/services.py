"""Change what is for sale."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import MovementKind, Product, Sku, StockMovement
from market.core import quantity
from market.core.errors import Refused


def take_stock(
    session: Session, sku: Sku, milli: int, *, about: str, by: Person | None
) -> None:
    """Take ``milli`` off the shelf for an order, or refuse if there is less than that.

    The check is part of the UPDATE, so two buyers can't both take the last box.
    Callers take several SKUs in the order of their ids, so that they can't deadlock.
    """
    taken = (
        sa.update(Sku)
        .where(Sku.id == sku.id, Sku.stock_milli >= milli)
        .values(stock_milli=Sku.stock_milli - milli)
    )
    if session.scalar(taken.returning(Sku.id)) is None:
        session.refresh(sku, ["stock_milli"])
        raise Refused(
            f"“{sku.product.name} {sku.name}”库存不足：只剩 {quantity.show(sku.stock_milli)}"
            f" {sku.unit}，请减少数量或换一种规格。"
        )
    _moved(session, sku.id, MovementKind.ORDERED, -milli, about=about, by=by)


def return_stock(
    session: Session, sku_id: int, milli: int, *, about: str, by: Person | None
) -> None:
    """Put ``milli`` that an order had taken back on the shelf."""
    session.execute(
        sa.update(Sku).where(Sku.id == sku_id).values(stock_milli=Sku.stock_milli + milli)
    )
    _moved(session, sku_id, MovementKind.RELEASED, milli, about=about, by=by)


def note_sale(session: Session, product_id: int) -> None:
    """Count one more accepted order line of a product."""
    session.execute(
        sa.update(Product)
        .where(Product.id == product_id)
        .values(sold_count=Product.sold_count + 1)
    )


def _moved(
    session: Session,
    sku_id: int,
    kind: MovementKind,
    change_milli: int,
    *,
    about: str,
    by: Person | None,
) -> None:
    session.add(
        StockMovement(
            sku_id=sku_id,
            kind=kind,
            change_milli=change_milli,
            about=about,
            by_id=by.id if by else None,
        )
    )
