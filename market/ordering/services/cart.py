"""Fill a cart.

A cart is its owner's draft: what somebody only thought of buying stays out of the
audit trail until it is ordered.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.catalog.models import Product, Sku
from market.core import quantity
from market.core.db import upsert
from market.core.errors import Refused
from market.ordering.models import BuyingFor, Cart, CartLine, Order
from market.ordering.queries import carts

MOST_LINES = 200


def set_line(session: Session, *, by: Person, sku: Sku, milli: int) -> None:
    """Put this quantity of a SKU into the cart in place of what was there; zero takes it out.

    Refuses quantities below the minimum or off the step, what is not for sale, and
    what can't be bought for the purpose of the cart.
    """
    cart = _cart_of(session, by)
    if milli == 0:
        _take_out(session, cart, sku)
        return
    quantity.check_order(milli, min_milli=sku.min_milli, step_milli=sku.step_milli, unit=sku.unit)
    if milli > quantity.MOST_MILLI:
        raise Refused(
            f"数量过大，每种最多 {quantity.show(quantity.MOST_MILLI)} {sku.unit}。",
            field="quantity",
        )
    obstacle = carts.unavailable(sku) or carts.not_for(sku, cart.buying_for)
    if obstacle:
        raise Refused(obstacle, field="quantity")
    line = upsert(session, CartLine).values(cart_id=cart.id, sku_id=sku.id, milli=milli)
    session.execute(
        line.on_conflict_do_update(
            index_elements=["cart_id", "sku_id"], set_={"milli": line.excluded.milli}
        )
    )
    if _count(session, cart) > MOST_LINES:
        raise Refused(f"购物车最多放 {MOST_LINES} 种规格，请先提交一部分订单。")
    session.expire(cart)


def add_line(session: Session, *, by: Person, sku: Sku, milli: int) -> None:
    """Put this much more of a SKU into the cart; refuses what ``set_line`` does."""
    if milli <= 0:
        raise Refused("数量必须大于 0。", field="quantity")
    there = session.scalar(
        sa.select(CartLine.milli).where(
            CartLine.cart_id == _cart_of(session, by).id, CartLine.sku_id == sku.id
        )
    )
    set_line(session, by=by, sku=sku, milli=milli + (there or 0))


def change_lines(session: Session, *, by: Person, milli_by_code: Mapping[str, int]) -> None:
    """Set the quantities of lines that are in the cart; those not changed stay as they are.

    A refusal names its line's field, ``quantity-<SKU code>``.
    """
    lines = session.scalars(
        sa.select(CartLine)
        .where(CartLine.cart_id == _cart_of(session, by).id)
        .order_by(CartLine.sku_id)
        .options(joinedload(CartLine.sku).joinedload(Sku.product).joinedload(Product.supplier))
        .execution_options(populate_existing=True)
    ).all()
    for line in lines:
        milli = milli_by_code.get(line.sku.code, line.milli)
        if milli == line.milli:
            continue
        try:
            set_line(session, by=by, sku=line.sku, milli=milli)
        except Refused as refusal:
            raise Refused(str(refusal), field=f"quantity-{line.sku.code}") from None


def choose_buying_for(session: Session, buying_for: BuyingFor, *, by: Person) -> None:
    """Choose for whom the cart is bought; only a unit's buyers may choose the unit.

    Lines that don't suit the purpose stay, and are named in the cart and at checkout.
    """
    if buying_for not in carts.purposes_of(by):
        raise Refused(
            f"只有单位的食堂管理员或负责人才能为{buying_for.label}采购；您可以为本人购买。",
            field="buying_for",
        )
    _cart_of(session, by).buying_for = buying_for
    session.flush()


def remove_line(session: Session, *, by: Person, sku: Sku) -> None:
    """Take a SKU out of the cart."""
    set_line(session, by=by, sku=sku, milli=0)


def empty_cart(session: Session, *, by: Person) -> None:
    """Take everything out of the cart."""
    cart = _cart_of(session, by)
    session.execute(sa.delete(CartLine).where(CartLine.cart_id == cart.id))
    session.expire(cart)


def reorder(session: Session, order: Order, *, by: Person) -> list[str]:
    """Copy an order's lines to the cart, and return a sentence for each that could not be.

    The cart takes the order's purpose where the person may choose it. Quantities
    replace those of the same SKU; prices are today's.
    """
    if order.buying_for in carts.purposes_of(by):
        choose_buying_for(session, order.buying_for, by=by)
    wanted: dict[int, tuple[Sku, int]] = {}
    for line in order.lines:
        _, milli = wanted.get(line.sku_id, (line.sku, 0))
        wanted[line.sku_id] = line.sku, milli + line.ordered_milli
    left_out = []
    for sku, milli in wanted.values():
        try:
            set_line(session, by=by, sku=sku, milli=milli)
        except Refused as refusal:
            left_out.append(f"“{sku.product.name} {sku.name}”未加入：{refusal}")
    return left_out


def _cart_of(session: Session, person: Person) -> Cart:
    """Return the person's cart, made on first use; two first uses at once make one."""
    cart = session.scalar(sa.select(Cart).where(Cart.person_id == person.id))
    if cart is not None:
        return cart
    new = upsert(session, Cart).values(person_id=person.id, buying_for=carts.usual_purpose(person))
    session.execute(new.on_conflict_do_nothing(index_elements=["person_id"]))
    return session.scalars(sa.select(Cart).where(Cart.person_id == person.id)).one()


def _take_out(session: Session, cart: Cart, sku: Sku) -> None:
    session.execute(
        sa.delete(CartLine).where(CartLine.cart_id == cart.id, CartLine.sku_id == sku.id)
    )
    session.expire(cart)


def _count(session: Session, cart: Cart) -> int:
    return session.scalars(
        sa.select(sa.func.count(CartLine.id)).where(CartLine.cart_id == cart.id)
    ).one()
