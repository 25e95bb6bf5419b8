"""What a supplier does with its part of an order: accept it, decline it, ship it.

A consignment's own row decides between people who act at once; its order's row is
taken last, as everywhere once an order is open.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_unit
from market.audit.services import record
from market.catalog.services import return_stock, take_stock
from market.core import clock, money, quantity
from market.core.access import UNIT_BUYERS
from market.core.errors import Refused
from market.core.settings import settings
from market.core.states import move
from market.notices.services import tell
from market.ordering.models import (
    BuyingFor,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
    ShortRest,
)
from market.ordering.queries.consignments import least_milli, most_milli, step_of
from market.ordering.services.orders import complete_if_done

_ORDER_IS_OPEN = (
    sa.select(Order.id)
    .where(Order.id == Consignment.order_id, Order.state == OrderState.OPEN)
    .correlate(Consignment)
    .exists()
)


@dataclass(frozen=True)
class Parcel:
    """How much of one line is shipped, and of which lot; ``produced_on`` is China's date."""

    line_id: int
    milli: int
    lot: str = ""
    produced_on: dt.date | None = None


def accept_consignment(session: Session, consignment: Consignment, *, by: Person) -> None:
    """Promise to deliver, as its supplier. Refused once the order is no longer open: the UPDATE looks."""
    _check_theirs_and_open(consignment, by)
    move(session, consignment, ConsignmentState.ACCEPTED, _ORDER_IS_OPEN, accepted_at=clock.now())
    _tell_buyer(session, consignment, f"供应商已接单，正在备货：{consignment.number}。")
    record(session, "consignment.accepted", consignment, by=by)


def decline_consignment(
    session: Session, consignment: Consignment, *, reason: str, by: Person
) -> None:
    """Say, as its supplier, that this part can't be delivered; its stock goes back, with a reason."""
    if not reason.strip():
        raise Refused("请填写谢绝原因，采购人会看到。", field="reason")
    _check_theirs_and_open(consignment, by)
    move(
        session,
        consignment,
        ConsignmentState.DECLINED,
        _ORDER_IS_OPEN,
        declined_reason=reason.strip(),
    )
    about = f"consignment:{consignment.number}"
    for line in sorted(consignment.lines, key=_sku_order):
        return_stock(session, line.sku_id, line.ordered_milli, about=about, by=by)
    _tell_buyer(
        session,
        consignment,
        f"供应商谢绝了 {consignment.number}：{consignment.declined_reason}，请改选其他供应商。",
    )
    record(session, "consignment.declined", consignment, by=by)
    complete_if_done(session, consignment.order, by=by)


def ship(
    session: Session,
    consignment: Consignment,
    *,
    carrier: str,
    tracking: str,
    parcels: Sequence[Parcel],
    short_rest: ShortRest | None,
    by: Person,
) -> Consignment | None:
    """Send the goods off, as their supplier; return the consignment that the rest follows in, if any.

    One parcel per line, zero to what was ordered; goods by weight may exceed it by
    the tolerance of the settings, and the extra is taken from stock. What is missing
    (more than the tolerance, for goods by weight) needs ``short_rest``: its stock
    goes back, or it becomes a consignment of its own, so that what the order's lines
    sum to stays. A refusal names the field and the place of its line, ``milli.0``.
    """
    pairs = _paired(consignment, parcels)
    _check_theirs_and_open(consignment, by)
    if not carrier.strip():
        raise Refused("请填写承运商；自己送货请写“自送”和司机电话。", field="carrier")
    for place, (line, parcel) in enumerate(pairs):
        _check_parcel(place, line, parcel)
    if not any(parcel.milli for _, parcel in pairs):
        raise Refused("至少要有一种商品的发货数量大于 0；全部无货请改为谢绝。")
    short = [line for line, parcel in pairs if parcel.milli < least_milli(line)]
    if short and short_rest is None:
        names = "、".join(line.name for line in short)
        raise Refused(f"{names}没有发足，请选择余量怎么处理：取消或补发。", field="short_rest")

    move(
        session,
        consignment,
        ConsignmentState.SHIPPED,
        _ORDER_IS_OPEN,
        carrier=carrier.strip(),
        tracking=tracking.strip(),
        shipped_at=clock.now(),
        short_rest=short_rest if short else None,
    )
    follows = short_rest is ShortRest.FOLLOW
    # What the order holds of the stock and what leaves: the rest that follows stays held.
    changes = [
        (line, parcel.milli - line.ordered_milli)
        for line, parcel in pairs
        if not (follows and line in short)
    ]
    for line, parcel in pairs:
        line.shipped_milli = parcel.milli
        line.lot, line.produced_on = parcel.lot.strip(), parcel.produced_on
    follower = _split_off(session, consignment, short) if follows and short else None
    _settle_stock(session, consignment, changes, by)
    _tell_shipped(session, consignment, follower)
    record(
        session,
        "consignment.shipped",
        consignment,
        by=by,
        short_rest=consignment.short_rest,
        lines=[[line.id, parcel.milli] for line, parcel in pairs],
    )
    return follower


def _check_theirs_and_open(consignment: Consignment, by: Person) -> None:
    """Refuse other suppliers; say it plainly where the order is not open (the UPDATE decides)."""
    if by.supplier_id != consignment.supplier_id:
        raise Refused("只有这批货的供应商可以接单、谢绝或发货。")
    state = consignment.order.state
    if state is not OrderState.OPEN:
        raise Refused(f"订单当前是“{state.label}”，不能接单、谢绝或发货，请刷新页面查看。")


def _paired(consignment: Consignment, parcels: Sequence[Parcel]) -> list[tuple[OrderLine, Parcel]]:
    """Return each line with its parcel, in id order; refuses lines missing, twice or unknown."""
    lines = sorted(consignment.lines, key=lambda line: line.id)
    by_line = {parcel.line_id: parcel for parcel in parcels}
    if len(by_line) != len(parcels) or by_line.keys() != {line.id for line in lines}:
        raise Refused("发货明细与订单不一致，请刷新页面后逐行填写。")
    return [(line, by_line[line.id]) for line in lines]


def _check_parcel(place: int, line: OrderLine, parcel: Parcel) -> None:
    most, unit = most_milli(line, line.ordered_milli), line.unit_name
    if parcel.milli < 0:
        raise Refused(f"{line.name}的发货数量不能小于 0。", field=f"milli.{place}")
    if parcel.milli > most:
        tolerance = settings().weight_tolerance_percent
        extra = f"（称重商品最多超出 {tolerance}%）" if line.is_by_weight else ""
        raise Refused(
            f"{line.name}最多发 {quantity.show(most)} {unit}{extra}，"
            f"订购数是 {quantity.show(line.ordered_milli)} {unit}。",
            field=f"milli.{place}",
        )
    if parcel.milli % step_of(line):
        raise Refused(
            f"{line.name}须按 {quantity.show(step_of(line))} {unit}的整数倍发货。",
            field=f"milli.{place}",
        )
    if parcel.produced_on and parcel.produced_on > clock.today():
        raise Refused(
            f"{line.name}的生产日期不能晚于今天（{clock.today()}）。", field=f"produced_on.{place}"
        )


def _split_off(
    session: Session, consignment: Consignment, short: Sequence[OrderLine]
) -> Consignment:
    """Make the consignment in which the rest follows; the order's lines still sum to the same."""
    first, count = consignment, 2
    while first.follows is not None:
        first, count = first.follows, count + 1
    follower = Consignment(
        number=f"{first.number}-{count}",
        state=ConsignmentState.ACCEPTED,
        order=consignment.order,
        supplier_id=consignment.supplier_id,
        follows=consignment,
        accepted_at=clock.now(),
    )
    session.add(follower)
    session.flush()
    for line in short:
        if line.shipped_milli:
            _split(line, line.shipped_milli, follower)
        else:  # Nothing of it was shipped: it follows as it is.
            line.consignment = follower
            line.shipped_milli, line.lot, line.produced_on = None, "", None
    session.flush()
    return follower


def _split(line: OrderLine, shipped_milli: int, follower: Consignment) -> None:
    """Leave what was shipped on the line, and put the rest and its fen on a new one."""
    kept_fen = min(money.line_fen(line.price_fen, shipped_milli), line.ordered_fen)
    follower.lines.append(
        OrderLine(
            order=line.order,
            product_id=line.product_id,
            sku_id=line.sku_id,
            name=line.name,
            spec=line.spec,
            unit_name=line.unit_name,
            price_fen=line.price_fen,
            is_by_weight=line.is_by_weight,
            counts=line.counts,
            recognition_no=line.recognition_no,
            ordered_milli=line.ordered_milli - shipped_milli,
            ordered_fen=line.ordered_fen - kept_fen,
        )
    )
    line.ordered_milli, line.ordered_fen = shipped_milli, kept_fen


def _settle_stock(
    session: Session, consignment: Consignment, changes: Sequence[tuple[OrderLine, int]], by: Person
) -> None:
    """Take what was shipped above the order from stock, and put back what will not be shipped."""
    about = f"consignment:{consignment.number}"
    for line, change in sorted(changes, key=lambda pair: _sku_order(pair[0])):
        if change > 0:
            take_stock(session, line.sku, change, about=about, by=by)
        elif change < 0:
            return_stock(session, line.sku_id, -change, about=about, by=by)


def _tell_shipped(session: Session, consignment: Consignment, follower: Consignment | None) -> None:
    text = f"{consignment.number} 已发货（{consignment.carrier} {consignment.tracking}），到货后请验收。"
    if follower is not None:
        text += f"余量另行补发：{follower.number}。"
    elif consignment.short_rest is ShortRest.CANCEL:
        text += "有商品没有发足，余量已取消。"
    _tell_buyer(session, consignment, text)


def _tell_buyer(session: Session, consignment: Consignment, text: str) -> None:
    """Tell whoever placed the order, and for a unit's order those who may receive it."""
    order = consignment.order
    people = [order.placed_by]
    if order.buying_for is not BuyingFor.SELF and order.unit_id is not None:
        unit = people_of_unit(session, order.unit_id, *UNIT_BUYERS)
        people += [person for person in unit if person.id != order.placed_by_id]
    tell(session, people, text, path=f"/consignments/{consignment.number}")


def _sku_order(line: OrderLine) -> tuple[int, int]:
    return line.sku_id, line.id
