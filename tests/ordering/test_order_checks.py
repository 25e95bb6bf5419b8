"""``verify`` finds every order whose figures do not follow from its rows."""

import sqlalchemy as sa

from market.ordering.models import ConsignmentState, Order, OrderLine, OrderState, ShortRest
from market.ordering.queries import verify_orders
from tests import make, make_orders


def test_what_follows_a_short_shipment_may_carry_its_rounding(session, buyer):
    potatoes = make.weighed_sku(session, price_fen=101, min_milli=500)
    part = make_orders.consignment(
        session, buyer, (potatoes, 2000), state=ConsignmentState.ACCEPTED
    )
    follower = part
    for _ in range(3):  # Half a kilogram at 1.01 is rounded up each time.
        follower = make_orders.shipped(
            session, follower, {follower.lines[0].id: 500}, short_rest=ShortRest.FOLLOW
        )
    fen = [line.ordered_fen for line in session.query(OrderLine).order_by(OrderLine.id)]
    assert (fen, part.order.total_fen) == ([51, 51, 51, 49], 202)
    assert verify_orders(session) == []


def test_one_fen_of_an_order_or_its_line_is_found(session, buyer):
    order = make_orders.order(session, buyer, (make.sku(session), 2000))
    session.execute(sa.update(OrderLine).values(ordered_fen=5001))
    session.execute(sa.update(Order).values(total_fen=5001))
    line = order.lines[0]
    assert verify_orders(session) == [
        f"订单 {order.number} 行 {line.id} 金额 5001 分，应为 5000 分"
    ]
    session.execute(sa.update(OrderLine).values(ordered_fen=5000))
    assert verify_orders(session) == [f"订单 {order.number} 总额 5001 分，订单行合计 5000 分"]


def test_an_order_that_is_over_while_its_goods_are_not_is_found(session, buyer):
    order = make_orders.order(session, buyer, (make.sku(session), 2000))
    session.execute(sa.update(Order).values(state=OrderState.COMPLETED))
    assert verify_orders(session) == [f"订单 {order.number} 状态“已完成”与其发货单不符"]
