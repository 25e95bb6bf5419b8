"""Fill a cart.

A cart is its owner's draft: the audit trail says that they changed it, and when, but
not what was in it. What somebody only thought of buying stays private until it is ordered.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.audit.services import record
from market.catalog.models import Product, Sku
from market.core import quantity
from market.core.db import BY_ID, upsert
from market.core.errors import Refused
from market.ordering.models import BuyingFor, Cart, CartLine, Order
from market.ordering.queries import carts

MOST_LINES = 200


def set_line(session: Session, *, by: Person, sku: Sku, milli: int) -> None:
    """Put this quantity of a SKU into the cart in place of what was there; zero takes it out.

    Refuses quantities below the minimum or off the step, what is not for sale, and
    what can't be bought for the purpose of the cart. Nothing is recorded where nothing changed.
    """
    cart = _cart_of(session, by)
    if _put(session, cart, sku, milli):
        record(session, "cart.changed", cart, by=by)


def add_line(session: Session, *, by: Person, sku: Sku, milli: int) -> None:
    """Put this much more of a SKU into the cart; refuses what ``set_line`` does."""
    if milli <= 0:
        raise Refused("数量必须大于 0。", field="quantity")
    cart = _cart_of(session, by)
    there = session.scalar(
        sa.select(CartLine.milli).where(CartLine.cart_id == cart.id, CartLine.sku_id == sku.id)
    )
    total = milli + (there or 0)
    if there:
        try:
            _check_quantity(sku, total)
        except Refused as refusal:
            # What is refused is the sum, of which only a part was typed.
            raise Refused(
                f"购物车里已有 {quantity.show(there)} {sku.unit}，"
                f"合计 {quantity.show(total)} {sku.unit}：{refusal}",
                field="quantity",
            ) from None
    set_line(session, by=by, sku=sku, milli=total)


def change_lines(session: Session, *, by: Person, milli_by_code: Mapping[str, int]) -> None:
    """Set the quantities of lines that are in the cart; those not changed stay as they are.

    A refusal names its line's field, ``quantity-<SKU code>``.
    """
    cart, changed = _cart_of(session, by), False
    lines = session.scalars(
        sa.select(CartLine)
        .where(CartLine.cart_id == cart.id)
        .order_by(CartLine.sku_id)
        .options(joinedload(CartLine.sku).joinedload(Sku.product).joinedload(Product.supplier))
        .execution_options(populate_existing=True)
    ).all()
    for line in lines:
        milli = milli_by_code.get(line.sku.code, line.milli)
        if milli == line.milli:
            continue
        try:
            changed |= _put(session, cart, line.sku, milli)
        except Refused as refusal:
            raise Refused(str(refusal), field=f"quantity-{line.sku.code}") from None
    if changed:
        record(session, "cart.changed", cart, by=by)


def choose_buying_for(session: Session, buying_for: BuyingFor, *, by: Person) -> None:
    """Choose for whom the cart is bought; only a unit's buyers may choose the unit.

    Lines that don't suit the purpose stay, and are named in the cart and at checkout.
    """
    cart = _cart_of(session, by)
    if _choose(session, cart, buying_for, by):
        record(session, "cart.changed", cart, by=by)


def remove_line(session: Session, *, by: Person, sku: Sku) -> None:
    """Take a SKU out of the cart."""
    set_line(session, by=by, sku=sku, milli=0)


def empty_cart(session: Session, *, by: Person) -> None:
    """Take everything out of the cart."""
    cart = _cart_of(session, by)
    if _took_out(session, cart):
        record(session, "cart.changed", cart, by=by)


def reorder(session: Session, order: Order, *, by: Person) -> list[str]:
    """Copy an order's lines to the cart, and return a sentence for each that could not be.

    The cart takes the order's purpose where the person may choose it. Quantities
    replace those of the same SKU; prices are today's.
    """
    cart, changed = _cart_of(session, by), False
    if order.buying_for in carts.purposes_of(by):
        changed = _choose(session, cart, order.buying_for, by)
    wanted: dict[int, tuple[Sku, int]] = {}
    for line in order.lines:
        _, milli = wanted.get(line.sku_id, (line.sku, 0))
        wanted[line.sku_id] = line.sku, milli + line.ordered_milli
    left_out = []
    for sku, milli in wanted.values():
        try:
            changed |= _put(session, cart, sku, milli)
        except Refused as refusal:
            left_out.append(f"“{sku.product.name} {sku.name}”未加入：{refusal}")
    if changed:
        record(session, "cart.changed", cart, by=by)
    return left_out


def _choose(session: Session, cart: Cart, buying_for: BuyingFor, by: Person) -> bool:
    """Set for whom the cart is bought; return whether that is new."""
    if buying_for not in carts.purposes_of(by):
        raise Refused(
            f"只有单位的食堂管理员或负责人才能为{buying_for.label}采购；您可以为本人购买。",
            field="buying_for",
        )
    if cart.buying_for is buying_for:
        return False
    cart.buying_for = buying_for
    session.flush()
    return True


def _put(session: Session, cart: Cart, sku: Sku, milli: int) -> bool:
    """Set the quantity of a SKU; return whether it was another."""
    if milli == 0:
        return _took_out(session, cart, CartLine.sku_id == sku.id)
    _check_quantity(sku, milli)
    obstacle = carts.unavailable(sku) or carts.not_for(sku, cart.buying_for)
    if obstacle:
        raise Refused(obstacle, field="quantity")
    line = upsert(session, CartLine).values(cart_id=cart.id, sku_id=sku.id, milli=milli)
    changed = session.scalar(
        line.on_conflict_do_update(
            index_elements=["cart_id", "sku_id"],
            set_={"milli": line.excluded.milli},
            where=CartLine.milli != line.excluded.milli,
        ).returning(CartLine.id)
    )
    if _count(session, cart) > MOST_LINES:
        raise Refused(f"购物车最多放 {MOST_LINES} 种规格，请先提交一部分订单。")
    session.expire(cart, ["lines"])
    return changed is not None


def _check_quantity(sku: Sku, milli: int) -> None:
    quantity.check_order(milli, min_milli=sku.min_milli, step_milli=sku.step_milli, unit=sku.unit)
    if milli > quantity.MOST_MILLI:
        raise Refused(
            f"数量过大，每种最多 {quantity.show(quantity.MOST_MILLI)} {sku.unit}。",
            field="quantity",
        )


def _took_out(session: Session, cart: Cart, *conditions: sa.ColumnElement[bool]) -> bool:
    """Take the lines out of a cart; return whether there was any."""
    taken = sa.delete(CartLine).where(CartLine.cart_id == cart.id, *conditions)
    gone = session.scalars(taken.returning(CartLine.id).execution_options(**BY_ID)).all()
    session.expire(cart, ["lines"])
    return bool(gone)


def _cart_of(session: Session, person: Person) -> Cart:
    """Return the person's cart, made on first use; two first uses at once make one."""
    mine = sa.select(Cart).where(Cart.person_id == person.id)
    cart = session.scalar(mine)
    if cart is not None:
        return cart
    new = upsert(session, Cart).values(person_id=person.id, buying_for=carts.usual_purpose(person))
    made = new.on_conflict_do_nothing(index_elements=["person_id"]).returning(Cart.id)
    is_new = session.scalar(made) is not None
    cart = session.scalars(mine).one()
    if is_new:
        record(session, "cart.made", cart, by=person)
    return cart


def _count(session: Session, cart: Cart) -> int:
    return session.scalars(
        sa.select(sa.func.count(CartLine.id)).where(CartLine.cart_id == cart.id)
    ).one()
