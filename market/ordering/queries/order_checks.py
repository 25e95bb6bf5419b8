"""Prove what orders keep against the rows it comes from."""

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import money
from market.ordering.models import Consignment, ConsignmentState, Order, OrderLine, OrderState

_FINAL = (
    ConsignmentState.RECEIVED,
    ConsignmentState.DECLINED,
    ConsignmentState.CANCELLED,
)
_CALLED_OFF = (OrderState.RETURNED, OrderState.EXPIRED, OrderState.CANCELLED)


def verify_orders(session: Session) -> list[str]:
    """Name every order whose total, lines or state do not follow from its rows."""
    return [*_totals(session), *_lines(session), *_states(session)]


def _totals(session: Session) -> list[str]:
    lines_fen = (
        sa.select(sa.func.coalesce(sa.func.sum(OrderLine.ordered_fen), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Order.number, Order.total_fen, lines_fen)
        .where(Order.total_fen != lines_fen)
        .order_by(Order.id)
    )
    return [
        f"订单 {number} 总额 {total_fen} 分，订单行合计 {sum_fen} 分"
        for number, total_fen, sum_fen in rows
    ]


def _lines(session: Session) -> list[str]:
    """Recompute each line; only what follows a short shipment carries the rounding of those before."""
    rows = session.execute(
        sa.select(OrderLine, Order.number)
        .join(Order, Order.id == OrderLine.order_id)
        .order_by(OrderLine.id)
        .execution_options(yield_per=1000)
    )
    splits = _splits_before(session)
    faults = []
    for line, number in rows:
        right_fen = money.line_fen(line.price_fen, line.ordered_milli)
        # Half a fen of the whole, of each part before, and of this one.
        carried_fen = (splits[line.consignment_id] + 2) // 2 if splits[line.consignment_id] else 0
        if abs(line.ordered_fen - right_fen) > carried_fen:
            faults.append(
                f"订单 {number} 行 {line.id} 金额 {line.ordered_fen} 分，应为 {right_fen} 分"
            )
    return faults


def _splits_before(session: Session) -> Counter[int | None]:
    """Return how many short shipments each consignment follows, by its id."""
    splits = Counter[int | None]()
    followers = sa.select(Consignment.id, Consignment.follows_id).order_by(Consignment.id)
    for follower_id, first_id in session.execute(
        followers.where(Consignment.follows_id.is_not(None))
    ):
        splits[follower_id] = splits[first_id] + 1
    return splits


def _states(session: Session) -> list[str]:
    """Name orders that are over while a consignment is not, and the other way round."""
    moving = (
        sa.select(Consignment.id)
        .where(Consignment.order_id == Order.id, Consignment.state.not_in(_FINAL))
        .correlate(Order)
        .exists()
    )
    rows = session.execute(
        sa.select(Order.number, Order.state)
        .where(
            sa.or_(
                (Order.state == OrderState.OPEN) & ~moving,
                (Order.state == OrderState.COMPLETED) & moving,
                Order.state.in_(_CALLED_OFF) & moving,
            )
        )
        .order_by(Order.id)
    )
    return [f"订单 {number} 状态“{state.label}”与其发货单不符" for number, state in rows]
