"""Stock: every change of it is a movement, and its sum is what is there."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.catalog.models import MovementKind, Product, Sku, StockMovement
from market.catalog.services.claim import claim_product
from market.core import clock, quantity
from market.core.db import BY_ID, upsert
from market.core.errors import Refused


def take_stock(session: Session, sku: Sku, milli: int, *, about: str, by: Person | None) -> None:
    """Take ``milli`` off the shelf for an order, or refuse if there is less than that.

    The check is part of the UPDATE, so two buyers can't both take the last box.
    Callers take several SKUs in the order of their ids, so that they can't deadlock.
    """
    taken = (
        sa.update(Sku)
        .where(Sku.id == sku.id, Sku.stock_milli >= milli)
        .values(stock_milli=Sku.stock_milli - milli)
        .execution_options(**BY_ID)
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
    back = sa.update(Sku).where(Sku.id == sku_id).values(stock_milli=Sku.stock_milli + milli)
    session.execute(back.execution_options(**BY_ID))
    _moved(session, sku_id, MovementKind.RELEASED, milli, about=about, by=by)


def take_in_returned(
    session: Session, sku_id: int, milli: int, *, about: str, by: Person | None
) -> None:
    """Put ``milli`` that a buyer sent back on the shelf, because somebody looked and said so."""
    session.execute(
        sa.update(Sku).where(Sku.id == sku_id).values(stock_milli=Sku.stock_milli + milli)
    )
    _moved(session, sku_id, MovementKind.RETURNED, milli, about=about, by=by)


def note_sale(session: Session, product_id: int) -> None:
    """Count one more accepted order line of a product."""
    sold = sa.update(Product).where(Product.id == product_id)
    counted = sold.values(sold_count=Product.sold_count + 1)
    session.execute(counted.execution_options(**BY_ID))


def receive_stock(
    session: Session,
    sku: Sku,
    milli: int,
    *,
    about: str = "",
    once_key: str | None = None,
    by: Person,
) -> None:
    """Put ``milli`` that arrived on the shelf; the same ``once_key`` again adds nothing.

    Refuses zero and less, parts of a piece, a key that was used for something else,
    and whoever may not change the product.
    """
    claim_product(session, sku.product, by=by)
    if milli <= 0:
        raise Refused("入库数量必须大于 0；减少库存请用盘点。", field="received")
    _check_whole(sku, milli, field="received")
    if not _moved(
        session, sku.id, MovementKind.RECEIPT, milli, about=about.strip(), once_key=once_key, by=by
    ):
        made = session.scalars(sa.select(StockMovement).filter_by(once_key=once_key)).one()
        if (made.sku_id, made.change_milli) != (sku.id, milli):
            raise Refused(
                "这个页面的提交码已用于另一次入库，请刷新页面后重新填写。", field="received"
            )
        return
    more = sa.update(Sku).where(Sku.id == sku.id).values(stock_milli=Sku.stock_milli + milli)
    session.execute(more.execution_options(**BY_ID))
    record(session, "stock.received", sku, by=by, milli=milli)


def adjust_stock(
    session: Session,
    sku: Sku,
    counted_milli: int,
    *,
    reason: str,
    seen_milli: int | None = None,
    by: Person,
) -> None:
    """Set the stock to what was counted; the movement is the difference.

    ``seen_milli`` is the stock that the person who counted saw; if orders have
    changed it since, the count no longer fits and is refused. Refuses a count below
    zero or equal to the stock, parts of a piece, and a missing reason.
    """
    claim_product(session, sku.product, by=by)
    seen = sku.stock_milli if seen_milli is None else seen_milli
    if counted_milli < 0:
        raise Refused("盘点数量不能小于 0；没有了请填 0。", field="counted")
    _check_whole(sku, counted_milli, field="counted")
    if not reason.strip():
        raise Refused("请填写盘点差异的原因，例如“破损 2 袋”。", field="reason")
    if counted_milli == seen:
        raise Refused(
            f"盘点数与账面库存相同（{quantity.show(seen)} {sku.unit}），不需要调整。",
            field="counted",
        )
    counted = (
        sa.update(Sku)
        .where(Sku.id == sku.id, Sku.stock_milli == seen)
        .values(stock_milli=counted_milli)
    )
    if session.scalar(counted.returning(Sku.id)) is None:
        session.refresh(sku, ["stock_milli"])
        raise Refused(
            f"盘点期间有订单占用或退回库存，账面已是 {quantity.show(sku.stock_milli)} {sku.unit}"
            f"（打开页面时为 {quantity.show(seen)} {sku.unit}），请核对后重新填写。",
            field="counted",
        )
    difference = counted_milli - seen
    _moved(session, sku.id, MovementKind.ADJUSTMENT, difference, about=reason.strip(), by=by)
    record(session, "stock.adjusted", sku, by=by, from_milli=seen, to_milli=counted_milli)


def _check_whole(sku: Sku, milli: int, *, field: str) -> None:
    if not sku.is_by_weight and milli % 1000:
        raise Refused(f"按{sku.unit}计的商品只能是整数，不能有小数。", field=field)


def _moved(
    session: Session,
    sku_id: int,
    kind: MovementKind,
    change_milli: int,
    *,
    about: str,
    once_key: str | None = None,
    by: Person | None,
) -> bool:
    """Write the movement; return whether it is the first with this key."""
    row = upsert(session, StockMovement).values(
        sku_id=sku_id,
        kind=kind,
        change_milli=change_milli,
        about=about[:80],
        once_key=once_key,
        at=clock.now(),
        by_id=by.id if by else None,
    )
    first = row.on_conflict_do_nothing(index_elements=["once_key"]).returning(StockMovement.id)
    return session.scalar(first) is not None
