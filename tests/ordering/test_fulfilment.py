"""What a supplier may do with its part of an order."""

import datetime as dt

import pytest

from market.audit.models import Entry
from market.core import clock
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering import services
from market.ordering.models import Consignment, ConsignmentState, OrderState, ShortRest
from market.ordering.queries import shipped_fen
from market.ordering.services import Parcel
from tests import make, make_orders

ACCEPTED, SHIPPED = ConsignmentState.ACCEPTED, ConsignmentState.SHIPPED


def goods(session, **given):
    """Noodles by the bag and potatoes by weight, of one supplier."""
    product = make.product(session)
    bags = make.sku(session, product=product, stock_milli=100_000, **given)
    return bags, make.weighed_sku(session, product=product)


def told(session, person):
    return [notice.text for notice in session.query(Notice).filter_by(person_id=person.id)]


def deeds(session):
    return [entry.deed for entry in session.query(Entry).order_by(Entry.id)]


def stock(session, *skus):
    [session.refresh(sku) for sku in skus]
    return tuple(sku.stock_milli for sku in skus)


def ship(session, consignment, *milli, short_rest=None, **given):
    parcels = [
        Parcel(line.id, amount, "L1", clock.today())
        for line, amount in zip(consignment.lines, milli, strict=True)
    ]
    return services.ship(
        session,
        consignment,
        **{
            "carrier": "彭水货运",
            "tracking": "PS1",
            "parcels": parcels,
            "short_rest": short_rest,
            "by": make_orders.seller(session, consignment),
        }
        | given,
    )


def test_only_its_own_supplier_acts_on_a_consignment(session, buyer, vendor):
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000))
    for by in (vendor, buyer):
        with pytest.raises(Refused, match="只有这批货的供应商"):
            services.accept_consignment(session, consignment, by=by)
        with pytest.raises(Refused, match="只有这批货的供应商"):
            services.decline_consignment(session, consignment, reason="断路", by=by)
        with pytest.raises(Refused, match="只有这批货的供应商"):
            ship(session, consignment, 2000, by=by)


def test_a_supplier_accepts_and_the_buyer_is_told(session, buyer):
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000))
    services.accept_consignment(session, consignment, by=make_orders.seller(session, consignment))
    assert consignment.state is ACCEPTED
    assert consignment.accepted_at
    assert "已接单" in told(session, buyer)[-1]
    assert deeds(session)[-1] == "consignment.accepted"


def test_nothing_is_done_with_an_order_that_is_not_open(session, shopper):
    order = make_orders.order(session, shopper, (make.sku(session), 2000), opened=False)
    consignment = order.consignments[0]
    for act in (
        lambda: services.accept_consignment(
            session, consignment, by=make_orders.seller(session, consignment)
        ),
        lambda: services.decline_consignment(
            session, consignment, reason="无货", by=make_orders.seller(session, consignment)
        ),
        lambda: ship(session, consignment, 2000),
    ):
        with pytest.raises(Refused, match="待付款"):
            act()
    assert consignment.state is ConsignmentState.WAITING


def test_the_update_itself_looks_whether_the_order_is_open(session, buyer):
    """The page was read before the buyer cancelled; only the UPDATE can know."""
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000))
    session.execute(
        Consignment.__table__.metadata.tables["order"].update().values(state=OrderState.CANCELLED)
    )
    assert consignment.order.state is OrderState.OPEN
    with pytest.raises(Refused):
        services.accept_consignment(
            session, consignment, by=make_orders.seller(session, consignment)
        )
    assert consignment.state is ConsignmentState.WAITING


@pytest.mark.parametrize("state", [ConsignmentState.WAITING, ACCEPTED])
def test_declining_puts_the_stock_back_and_says_why(session, buyer, state):
    sku = make.sku(session)
    consignment = make_orders.consignment(session, buyer, (sku, 2000), state=state)
    assert stock(session, sku) == (8000,)
    services.decline_consignment(
        session, consignment, reason=" 暴雨断路 ", by=make_orders.seller(session, consignment)
    )
    assert consignment.state is ConsignmentState.DECLINED
    assert consignment.declined_reason == "暴雨断路"
    assert stock(session, sku) == (10_000,)
    assert any("暴雨断路" in text for text in told(session, buyer))
    assert "consignment.declined" in deeds(session)
    # It was the only part of the order, which comes to its end.
    assert consignment.order.state is OrderState.CANCELLED


def test_declining_needs_a_reason(session, buyer):
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000))
    with pytest.raises(Refused, match="谢绝原因") as refusal:
        services.decline_consignment(
            session, consignment, reason="  ", by=make_orders.seller(session, consignment)
        )
    assert refusal.value.field == "reason"


def test_what_was_shipped_can_be_neither_declined_nor_shipped_again(session, buyer):
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000), state=SHIPPED)
    with pytest.raises(Refused, match="待收货"):
        services.decline_consignment(
            session, consignment, reason="无货", by=make_orders.seller(session, consignment)
        )
    with pytest.raises(Refused, match="待收货"):
        ship(session, consignment, 2000)


def test_goods_that_were_not_accepted_first_cannot_be_shipped(session, buyer):
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000))
    with pytest.raises(Refused, match="待接单"):
        ship(session, consignment, 2000)


def test_shipping_in_full(session, buyer, colleague):
    bags, potatoes = goods(session)
    consignment = make_orders.consignment(
        session, buyer, (bags, 20_000), (potatoes, 50_000), state=ACCEPTED
    )
    before = stock(session, bags, potatoes)
    assert [shipped_fen(line) for line in consignment.lines] == [None, None]
    assert ship(session, consignment, 20_000, 50_000, short_rest=ShortRest.CANCEL) is None
    assert consignment.state is SHIPPED
    assert [line.shipped_milli for line in consignment.lines] == [20_000, 50_000]
    assert [line.lot for line in consignment.lines] == ["L1", "L1"]
    assert [shipped_fen(line) for line in consignment.lines] == [50_000, 64_000]
    assert consignment.lines[0].produced_on == clock.today()
    assert (consignment.carrier, consignment.tracking) == ("彭水货运", "PS1")
    assert consignment.short_rest is None  # Nothing was short.
    assert stock(session, bags, potatoes) == before
    for person in (buyer, colleague):
        assert "已发货" in told(session, person)[-1]
    assert deeds(session)[-1] == "consignment.shipped"


def test_goods_by_weight_take_what_exceeds_the_order_from_stock(session, buyer):
    _, potatoes = goods(session)
    consignment = make_orders.consignment(session, buyer, (potatoes, 50_000), state=ACCEPTED)
    ship(session, consignment, 53_210)
    assert stock(session, potatoes) == (500_000 - 53_210,)


def test_goods_by_weight_within_the_tolerance_are_not_short(session, buyer):
    _, potatoes = goods(session)
    consignment = make_orders.consignment(session, buyer, (potatoes, 50_000), state=ACCEPTED)
    ship(session, consignment, 45_000)
    assert consignment.short_rest is None
    assert stock(session, potatoes) == (500_000 - 45_000,)


def test_the_extra_is_refused_where_there_is_no_more_of_it(session, buyer):
    potatoes = make.weighed_sku(session, stock_milli=51_000)
    consignment = make_orders.consignment(session, buyer, (potatoes, 50_000), state=ACCEPTED)
    with pytest.raises(Refused, match="库存不足：只剩 1 公斤"):
        ship(session, consignment, 52_000)


@pytest.mark.parametrize(
    ("milli", "sentence", "field"),
    [
        ((21_000, 50_000), "最多发 20 袋，订购数是 20 袋", "milli.0"),
        ((19_500, 50_000), "1 袋的整数倍", "milli.0"),
        ((-1000, 50_000), "不能小于 0", "milli.0"),
        ((20_000, 55_001), "最多发 55 公斤（称重商品最多超出 10%）", "milli.1"),
        ((0, 0), "全部无货请改为谢绝", None),
        ((19_000, 50_000), "没有发足", "short_rest"),
        ((20_000, 44_999), "没有发足", "short_rest"),
    ],
)
def test_quantities_that_cannot_be_shipped(session, buyer, milli, sentence, field):
    bags, potatoes = goods(session)
    consignment = make_orders.consignment(
        session, buyer, (bags, 20_000), (potatoes, 50_000), state=ACCEPTED
    )
    with pytest.raises(Refused, match=sentence) as refusal:
        ship(session, consignment, *milli)
    assert refusal.value.field == field
    assert consignment.state is ACCEPTED


def test_a_production_date_lies_not_in_the_future(session, buyer):
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000), state=ACCEPTED)
    tomorrow = clock.today() + dt.timedelta(days=1)
    with pytest.raises(Refused, match="不能晚于今天") as refusal:
        ship(
            session,
            consignment,
            2000,
            parcels=[Parcel(consignment.lines[0].id, 2000, "", tomorrow)],
        )
    assert refusal.value.field == "produced_on.0"


def test_shipping_needs_a_carrier_and_every_line_once(session, buyer):
    consignment = make_orders.consignment(session, buyer, (make.sku(session), 2000), state=ACCEPTED)
    line = consignment.lines[0]
    with pytest.raises(Refused, match="承运商") as refusal:
        ship(session, consignment, 2000, carrier=" ")
    assert refusal.value.field == "carrier"
    for parcels in (
        [],
        [Parcel(line.id, 1000), Parcel(line.id, 1000)],
        [Parcel(line.id, 2000), Parcel(line.id + 99, 1000)],
    ):
        with pytest.raises(Refused, match="与订单不一致"):
            ship(session, consignment, 2000, parcels=parcels)


def test_the_rest_of_a_short_shipment_may_be_cancelled(session, buyer):
    bags, potatoes = goods(session)
    consignment = make_orders.consignment(
        session, buyer, (bags, 20_000), (potatoes, 50_000), state=ACCEPTED
    )
    assert ship(session, consignment, 0, 30_000, short_rest=ShortRest.CANCEL) is None
    assert consignment.short_rest is ShortRest.CANCEL
    assert [line.ordered_milli for line in consignment.lines] == [20_000, 50_000]
    assert [line.shipped_milli for line in consignment.lines] == [0, 30_000]
    assert stock(session, bags, potatoes) == (100_000, 470_000)
    assert "余量已取消" in told(session, buyer)[-1]


def test_the_rest_of_a_short_shipment_may_follow(session, buyer):
    bags, potatoes = goods(session, price_fen=3333)
    oil = make.sku(session, product=bags.product, stock_milli=100_000)
    consignment = make_orders.consignment(
        session, buyer, (bags, 20_000), (potatoes, 50_500), (oil, 3000), state=ACCEPTED
    )
    order = consignment.order
    before = stock(session, bags, potatoes, oil)
    old_lines = list(consignment.lines)

    follower = ship(session, consignment, 0, 30_333, 3000, short_rest=ShortRest.FOLLOW)

    assert follower.number == f"{consignment.number}-2"
    assert follower.state is ACCEPTED
    assert follower.follows is consignment
    assert follower.number in told(session, buyer)[-1]
    session.expire_all()
    # What was not shipped at all moved over as it was; the potatoes were split.
    assert [line.id for line in consignment.lines] == [old_lines[1].id, old_lines[2].id]
    assert [line.ordered_milli for line in consignment.lines] == [30_333, 3000]
    assert follower.lines[0].id == old_lines[0].id
    assert [line.ordered_milli for line in follower.lines] == [20_000, 20_167]
    assert [line.shipped_milli for line in follower.lines] == [None, None]
    assert [line.lot for line in follower.lines] == ["", ""]
    split = follower.lines[1]
    assert (split.name, split.price_fen, split.counts) == (
        old_lines[1].name,
        old_lines[1].price_fen,
        old_lines[1].counts,
    )
    assert sum(line.ordered_fen for line in order.lines) == order.total_fen
    assert stock(session, bags, potatoes, oil) == before

    # The rest of the rest is numbered on, not nested.
    last = ship(session, follower, 20_000, 10_000, short_rest=ShortRest.FOLLOW)
    assert last.number == f"{consignment.number}-3"
    session.expire_all()
    assert [part.state for part in order.consignments] == [SHIPPED, SHIPPED, ACCEPTED]
    assert sum(line.ordered_fen for line in order.lines) == order.total_fen
    assert sum(line.ordered_milli for line in order.lines) == 20_000 + 50_500 + 3000
    assert stock(session, bags, potatoes, oil) == before
