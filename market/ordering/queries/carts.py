"""What a cart holds, what it costs today, and what stands in its way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.catalog.models import Product, ProductState, Sku, Supplier, SupplierState
from market.core import clock, money, quantity
from market.core.access import UNIT_BUYERS, Role
from market.core.errors import Refused
from market.ordering.models import BuyingFor, Cart, CartLine


@dataclass(frozen=True)
class Item:
    """One line of a cart at today's price; ``obstacle`` says why it can't be ordered."""

    sku: Sku
    milli: int
    price_fen: int
    amount_fen: int
    counts: bool
    obstacle: str | None

    @property
    def is_tier_price(self) -> bool:
        """Whether the quantity earned a lower price."""
        return self.price_fen < self.sku.price_fen


@dataclass(frozen=True)
class Parcel:
    """The lines of a cart that one supplier will send."""

    supplier: Supplier
    items: Sequence[Item]

    @property
    def amount_fen(self) -> int:
        """What these lines cost."""
        return sum(item.amount_fen for item in self.items)


@dataclass(frozen=True)
class Basket:
    """A person's cart as it would be ordered now."""

    buying_for: BuyingFor
    parcels: Sequence[Parcel]

    @property
    def items(self) -> list[Item]:
        """Every line, supplier by supplier."""
        return [item for parcel in self.parcels for item in parcel.items]

    @property
    def total_fen(self) -> int:
        """What the whole cart costs."""
        return sum(parcel.amount_fen for parcel in self.parcels)

    @property
    def counting_fen(self) -> int:
        """The part of the total that would count toward the unit's target."""
        return sum(item.amount_fen for item in self.items if item.counts)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to order and nothing in the way."""
        return bool(self.parcels) and not any(item.obstacle for item in self.items)


def basket_of(session: Session, person: Person) -> Basket:
    """Return the person's cart, grouped by supplier, in one query."""
    cart = session.scalars(
        sa.select(Cart)
        .where(Cart.person_id == person.id)
        .options(
            joinedload(Cart.lines)
            .joinedload(CartLine.sku)
            .options(
                joinedload(Sku.tiers),
                joinedload(Sku.product).options(
                    joinedload(Product.supplier), joinedload(Product.picture)
                ),
            )
        )
        .execution_options(populate_existing=True)
    ).unique()
    found = cart.one_or_none()
    if found is None:
        return Basket(usual_purpose(person), [])
    items = [item_of(line.sku, line.milli, found.buying_for) for line in found.lines]
    return Basket(found.buying_for, parcels_of(items))


def item_of(sku: Sku, milli: int, buying_for: BuyingFor) -> Item:
    """Return a quantity of a SKU at today's price, with what stands in its way."""
    price_fen = sku.price_for(milli)
    return Item(
        sku=sku,
        milli=milli,
        price_fen=price_fen,
        amount_fen=money.line_fen(price_fen, milli),
        counts=sku.product.recognised_on(clock.today()),
        obstacle=obstacle_of(sku, milli, buying_for),
    )


def parcels_of(items: Iterable[Item]) -> list[Parcel]:
    """Group lines by supplier, suppliers in the order in which they first appear."""
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(item.sku.product.supplier_id, []).append(item)
    return [Parcel(group[0].sku.product.supplier, group) for group in groups.values()]


def obstacle_of(sku: Sku, milli: int, buying_for: BuyingFor) -> str | None:
    """Return why this can't be ordered now, as a sentence that names it, or nothing."""
    return (
        unavailable(sku)
        or not_for(sku, buying_for)
        or _off_step(sku, milli)
        or (
            f"{_name(sku)}库存不足：只剩 {quantity.show(sku.stock_milli)} {sku.unit}，"
            "请减少数量或换一种规格。"
            if sku.stock_milli < milli
            else None
        )
    )


def unavailable(sku: Sku) -> str | None:
    """Return why nobody can buy this now, or nothing."""
    if sku.product.supplier.state is not SupplierState.ACTIVE:
        return f"{_name(sku)}的供应商已暂停供货，请从购物车移除。"
    if sku.product.state is not ProductState.LISTED or not sku.is_offered:
        return f"{_name(sku)}已下架或停售，请从购物车移除。"
    return None


def not_for(sku: Sku, buying_for: BuyingFor) -> str | None:
    """Return why this can't be bought for that purpose, or nothing; a union may buy either kind."""
    if buying_for is BuyingFor.CANTEEN and not sku.for_canteen:
        return f"{_name(sku)}不供食堂采购，请移除，或把采购用途改为“单位工会”或“本人”。"
    if buying_for is BuyingFor.SELF and not sku.for_retail:
        return f"{_name(sku)}只供单位采购，个人不能购买，请移除或选择其他规格。"
    return None


def purposes_of(person: Person) -> list[BuyingFor]:
    """Return for whom a person may buy: a unit's buyers for the unit too, others for themselves."""
    if person.role in UNIT_BUYERS and person.unit_id is not None:
        return list(BuyingFor)
    return [BuyingFor.SELF]


def needs_approval(buying_for: BuyingFor, total_fen: int, person: Person) -> bool:
    """Whether a lead must approve first: unit orders above the unit's own limit, save a lead's.

    A unit without a limit has every order of it approved.
    """
    if buying_for is BuyingFor.SELF or person.role is Role.LEAD or person.unit is None:
        return False
    limit_fen = person.unit.approval_limit_fen
    return limit_fen is None or total_fen > limit_fen


def usual_purpose(person: Person) -> BuyingFor:
    """Return for whom a person buys until they say otherwise."""
    return purposes_of(person)[0]


def sku_by_code(session: Session, code: str) -> Sku | None:
    """Return a SKU by its code, with its product and supplier."""
    return session.scalar(
        sa.select(Sku)
        .where(Sku.code == code)
        .options(joinedload(Sku.product).joinedload(Product.supplier))
    )


def _off_step(sku: Sku, milli: int) -> str | None:
    try:
        quantity.check_order(
            milli, min_milli=sku.min_milli, step_milli=sku.step_milli, unit=sku.unit
        )
    except Refused as refusal:
        return f"{_name(sku)}：{refusal}"
    return None


def _name(sku: Sku) -> str:
    return f"“{sku.product.name} {sku.name}”"
