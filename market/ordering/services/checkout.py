"""Turn a cart into an order."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier, people_of_unit
from market.audit.services import record
from market.catalog.models import Product, Sku
from market.catalog.services import take_stock
from market.core import clock, money
from market.core.access import Role
from market.core.errors import Refused
from market.core.numbers import new_number
from market.core.settings import settings
from market.notices.services import tell
from market.ordering.models import (
    BuyingFor,
    Cart,
    CartLine,
    Consignment,
    Order,
    OrderLine,
    OrderState,
    Terms,
)
from market.ordering.queries import carts
from market.ordering.queries.numbers import check_digits
from market.units.models import UnitState

WANTED_WITHIN_DAYS = 60


def place_order(
    session: Session,
    *,
    by: Person,
    once_key: str,
    seen_total_fen: int,
    receiver: str,
    phone: str,
    address: str,
    wanted_on: dt.date | None,
    remark: str,
) -> Order:
    """Turn the cart of ``by`` into an order: fix the prices, take the stock, empty the cart.

    The same key again returns the order it already made. Refuses when the cart is
    empty, when a line can't be ordered (it is named), when the total is no longer
    the one seen or beyond ``money.MOST_FEN``, when a unit is closed or has nobody to
    approve what needs it, and when stock has run out; the caller then rolls back.
    """
    made = _made_before(session, once_key, by)
    if made is not None:
        return made
    _check_wanted_on(wanted_on)
    cart = session.scalar(
        sa.select(Cart).where(Cart.person_id == by.id).execution_options(populate_existing=True)
    )
    # Of two clicks at once only one finds the lines; what it deletes is what it orders.
    taken = _empty(session, cart) if cart else []
    if not cart or not taken:
        made = _made_before(session, once_key, by)
        if made is not None:
            return made
        raise Refused("购物车是空的，可能已在另一个页面提交；请到“订单”查看，或重新选购。")
    buying_for = cart.buying_for
    if buying_for not in carts.purposes_of(by):
        raise Refused(f"您不能为{buying_for.label}采购，请在购物车改为“本人”。")
    if buying_for is not BuyingFor.SELF and by.unit and by.unit.state is UnitState.CLOSED:
        raise Refused("您的单位已撤销，不能再为单位采购；请在购物车改为“本人”，或联系统筹协调。")
    items = _items_of(session, taken, buying_for)
    total_fen = sum(item.amount_fen for item in items)
    if total_fen > money.MOST_FEN:
        raise Refused(
            f"订单合计 {money.yuan(total_fen)} 元过大，每个订单最多 {money.yuan(money.MOST_FEN)} 元，"
            "请检查数量是否多输了几位。"
        )
    if total_fen != seen_total_fen:
        raise Refused(
            f"价格或数量有变动：您看到的合计是 {money.yuan(seen_total_fen)} 元，"
            f"现在是 {money.yuan(total_fen)} 元，请核对后重新提交。"
        )
    order = Order(
        number=new_number(session, Order.number, f"{clock.today():%y%m%d}", close=check_digits),
        once_key=once_key,
        state=_first_state(session, buying_for, total_fen, by),
        buying_for=buying_for,
        channel=buying_for.channel,
        terms=Terms.PREPAID if buying_for is BuyingFor.SELF else Terms.ON_ACCOUNT,
        pay_by_at=pay_deadline() if buying_for is BuyingFor.SELF else None,
        placed_at=clock.now(),
        total_fen=total_fen,
        receiver=receiver,
        phone=phone,
        address=address,
        wanted_on=wanted_on,
        remark=remark,
        unit_id=by.unit_id,
        placed_by=by,
        consignments=[],
    )
    # Every order takes SKUs in the same sequence, so two can't deadlock.
    for item in sorted(items, key=lambda item: item.sku.id):
        take_stock(session, item.sku, item.milli, about=f"order:{order.number}", by=by)
    for position, parcel in enumerate(carts.parcels_of(items), 1):
        consignment = Consignment(
            order=order, number=f"{order.number}-{position}", supplier=parcel.supplier
        )
        consignment.lines = [_line_of(item, order) for item in parcel.items]
    session.add(order)
    session.flush()
    _tell(session, order)
    record(
        session,
        "order.placed",
        order,
        by=by,
        total_fen=total_fen,
        buying_for=buying_for,
        state=order.state,
    )
    return order


def pay_deadline() -> dt.datetime:
    """Return the instant by which an order placed now must be paid by transfer."""
    return clock.now() + dt.timedelta(days=settings().transfer_pay_days)


def tell_suppliers(session: Session, order: Order) -> None:
    """Tell each supplier of an order that is now theirs to accept."""
    for consignment in order.consignments:
        tell(
            session,
            people_of_supplier(session, consignment.supplier_id),
            f"新订单 {consignment.number} 待接单，请在备货前确认。",
            path=f"/consignments/{consignment.number}",
        )


def _made_before(session: Session, once_key: str, by: Person) -> Order | None:
    made = session.scalar(sa.select(Order).where(Order.once_key == once_key))
    if made is not None and made.placed_by_id != by.id:
        raise Refused("提交码不属于当前登录的账号，请核对后重新提交。")
    return made


def _check_wanted_on(wanted_on: dt.date | None) -> None:
    if wanted_on is None:
        return
    today = clock.today()
    last = today + dt.timedelta(days=WANTED_WITHIN_DAYS)
    if not today <= wanted_on <= last:
        raise Refused(
            f"期望送达日期须在 {today} 至 {last} 之间（{WANTED_WITHIN_DAYS} 天内），请重新选择。",
            field="wanted_on",
        )


def _empty(session: Session, cart: Cart) -> Sequence[tuple[int, int]]:
    """Delete the cart's lines; return the SKU and quantity of those that this call deleted."""
    gone = session.execute(
        sa.delete(CartLine)
        .where(CartLine.cart_id == cart.id)
        .returning(CartLine.id, CartLine.sku_id, CartLine.milli)
        .execution_options(synchronize_session=False)
    ).all()
    session.expire(cart)
    return [(sku_id, milli) for _, sku_id, milli in sorted(tuple(row) for row in gone)]


def _items_of(
    session: Session, taken: Sequence[tuple[int, int]], buying_for: BuyingFor
) -> list[carts.Item]:
    """Return the lines at today's prices, or refuse and name each that can't be ordered."""
    found = session.scalars(
        sa.select(Sku)
        .where(Sku.id.in_([sku_id for sku_id, _ in taken]))
        .options(selectinload(Sku.tiers), joinedload(Sku.product).joinedload(Product.supplier))
        .execution_options(populate_existing=True)
    )
    skus = {sku.id: sku for sku in found}
    items = [carts.item_of(skus[sku_id], milli, buying_for) for sku_id, milli in taken]
    obstacles = [item.obstacle for item in items if item.obstacle]
    if obstacles:
        raise Refused("".join(obstacles))
    return items


def _first_state(session: Session, buying_for: BuyingFor, total_fen: int, by: Person) -> OrderState:
    """Return where an order begins."""
    if buying_for is BuyingFor.SELF:
        return OrderState.AWAITING_PAYMENT
    if carts.needs_approval(buying_for, total_fen, by):
        if not people_of_unit(session, by.unit_id or 0, Role.LEAD):
            raise Refused(
                "这个金额超过本单位的审批限额，而本单位还没有负责人可以审批；"
                "请联系统筹协调添加单位负责人，或减少数量后重新提交。"
            )
        return OrderState.SUBMITTED
    return OrderState.OPEN


def _line_of(item: carts.Item, order: Order) -> OrderLine:
    """Make the order line that a line of the cart becomes today."""
    sku, product = item.sku, item.sku.product
    return OrderLine(
        order=order,
        product=product,
        sku=sku,
        name=product.name,
        spec=sku.name,
        unit_name=sku.unit,
        price_fen=item.price_fen,
        is_by_weight=sku.is_by_weight,
        counts=item.counts,
        recognition_no=product.recognition_no if item.counts else "",
        ordered_milli=item.milli,
        ordered_fen=item.amount_fen,
    )


def _tell(session: Session, order: Order) -> None:
    """Tell whoever must act next: the unit's leads, the suppliers, or the buyer who pays."""
    if order.state is OrderState.SUBMITTED:
        assert order.unit_id is not None
        tell(
            session,
            people_of_unit(session, order.unit_id, Role.LEAD),
            f"{order.placed_by.name}提交的订单 {order.number}（{money.yuan(order.total_fen)} 元）待您审批。",
            path="/approvals",
        )
    elif order.state is OrderState.OPEN:
        tell_suppliers(session, order)
    else:
        tell(
            session,
            [order.placed_by],
            f"订单 {order.number} 待付款 {money.yuan(order.total_fen)} 元，逾期自动关闭。",
            path=f"/orders/{order.number}/payment",
        )
