"""What becomes of an order: approved, paid, expired, called off, finished; and who sees it."""

import datetime as dt

import pytest
import time_machine

from market.audit.models import Entry
from market.catalog.models import StockMovement
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.notices.models import Notice
from market.ordering import services
from market.ordering.models import BuyingFor, ConsignmentState, Order, OrderState
from market.ordering.queries import (
    Wanted,
    on_the_way_by_unit,
    on_the_way_lines,
    order_for,
    orders_for,
    shown_state,
    sum_for,
    waiting_for,
)
from tests import make
from tests.ordering.placing import place

ARRIVED = [ConsignmentState.ACCEPTED, ConsignmentState.SHIPPED, ConsignmentState.RECEIVED]


@pytest.fixture
def sku(session):
    return make.sku(session, stock_milli=1_000_000)


@pytest.fixture
def submitted(session, buyer, lead, sku):
    """An order of 王芳's that 周强 must approve."""
    order = place(session, buyer, (sku, 300_000), buying_for=BuyingFor.CANTEEN)
    assert order.state is OrderState.SUBMITTED
    return order


@pytest.fixture
def unpaid(session, shopper, sku):
    """An order that 吴敏 has yet to pay."""
    return place(session, shopper, (sku, 1000))


@pytest.fixture
def opened(session, buyer, sku):
    """An open order of 王芳's with a part of each of two suppliers."""
    other = make.sku(session, stock_milli=10_000)
    return place(session, buyer, (sku, 2000), (other, 3000), buying_for=BuyingFor.UNION)


def walk(session, consignment, *states):
    for state in states:
        move(session, consignment, state)


def deeds(session):
    return [entry.deed for entry in session.query(Entry).order_by(Entry.id)]


# Approval


def test_a_lead_approves_and_the_suppliers_are_told(session, submitted, lead, sku):
    vendor = make.supplier_person(session, sku.product.supplier)
    services.approve(session, submitted, by=lead)
    session.flush()
    assert submitted.state is OrderState.OPEN
    assert (submitted.decided_by, submitted.decided_at is not None) == (lead, True)
    assert session.query(Notice).filter_by(person_id=vendor.id).count() == 1
    assert (
        "已审批通过" in session.query(Notice).filter_by(person_id=submitted.placed_by_id).one().text
    )
    assert deeds(session) == ["order.placed", "order.approved"]


def test_a_lead_returns_with_a_reason_and_the_stock_goes_back(session, submitted, lead, sku):
    services.return_order(session, submitted, reason=" 请改到下周 ", by=lead)
    session.commit()
    assert submitted.state is OrderState.RETURNED
    assert submitted.decision_reason == "请改到下周"
    assert submitted.consignments[0].state is ConsignmentState.CANCELLED
    assert sku.stock_milli == 1_000_000
    assert sum(m.change_milli for m in session.query(StockMovement)) == 1_000_000
    assert (
        "请改到下周" in session.query(Notice).filter_by(person_id=submitted.placed_by_id).one().text
    )


def test_a_return_needs_a_reason(session, submitted, lead):
    with pytest.raises(Refused, match="请写明退回原因") as refusal:
        services.return_order(session, submitted, reason="  ", by=lead)
    assert refusal.value.field == "reason"


def test_only_another_lead_of_the_unit_decides(session, submitted, lead, colleague, coordinator):
    foreign = make.person(session, role=Role.LEAD)
    for person in (colleague, coordinator, foreign):
        with pytest.raises(Refused, match="只有本单位负责人"):
            services.approve(session, submitted, by=person)
        with pytest.raises(Refused, match="只有本单位负责人"):
            services.return_order(session, submitted, reason="x", by=person)
    submitted.placed_by = lead
    session.flush()
    with pytest.raises(Refused, match="不能审批自己提交的订单"):
        services.approve(session, submitted, by=lead)


def test_a_lead_decides_nothing_of_what_employees_buy_themselves(session, unpaid, lead):
    with pytest.raises(Refused, match="只有本单位负责人"):
        services.approve(session, unpaid, by=lead)


def test_an_order_is_decided_once(session, submitted, lead):
    services.approve(session, submitted, by=lead)
    with pytest.raises(Refused, match="当前状态是“进行中”"):
        services.approve(session, submitted, by=lead)
    with pytest.raises(Refused, match="当前状态是“进行中”"):
        services.return_order(session, submitted, reason="x", by=lead)


# Paying and expiring


def test_a_paid_order_goes_to_the_suppliers(session, unpaid, coordinator, sku):
    vendor = make.supplier_person(session, sku.product.supplier)
    services.mark_paid(session, unpaid, by=coordinator)
    session.flush()
    assert unpaid.state is OrderState.OPEN
    assert session.query(Notice).filter_by(person_id=vendor.id).count() == 1
    assert deeds(session) == ["order.placed", "order.paid"]


def test_at_the_deadline_an_order_is_expired_and_not_paid(session, unpaid, coordinator, sku):
    with clock.set_to(unpaid.pay_by_at - dt.timedelta(seconds=1)):
        assert services.expire_orders(session) == 0
        assert shown_state(unpaid) is OrderState.AWAITING_PAYMENT
    with clock.set_to(unpaid.pay_by_at):
        assert shown_state(unpaid) is OrderState.EXPIRED
        with pytest.raises(Refused, match="付款期限已过"):
            services.mark_paid(session, unpaid, by=coordinator)
        assert unpaid.state is OrderState.AWAITING_PAYMENT
        assert services.expire_orders(session) == 1
        assert services.expire_orders(session) == 0
    session.commit()
    assert unpaid.state is OrderState.EXPIRED
    assert unpaid.closed_reason == "超过付款期限"
    assert unpaid.consignments[0].state is ConsignmentState.CANCELLED
    assert sku.stock_milli == 1_000_000
    assert deeds(session) == ["order.placed", "order.expired"]
    assert "已关闭" in session.query(Notice).order_by(Notice.id.desc()).first().text


def test_the_deadline_is_part_of_the_update(session, unpaid, coordinator):
    """Someone who read the order before its deadline, and pays after it, is refused."""
    unpaid.is_overdue = lambda _now: False
    with clock.set_to(unpaid.pay_by_at), pytest.raises(Refused, match="不能改为“进行中”"):
        services.mark_paid(session, unpaid, by=coordinator)
    assert unpaid.state is OrderState.AWAITING_PAYMENT


def test_expiry_leaves_alone_what_is_paid_or_on_account(session, unpaid, opened, coordinator):
    services.mark_paid(session, unpaid, by=coordinator)
    with clock.set_to(clock.now() + dt.timedelta(days=99)):
        assert services.expire_orders(session) == 0
    assert {unpaid.state, opened.state} == {OrderState.OPEN}


def test_an_order_that_is_paid_as_it_expires_stays_paid(session, unpaid, coordinator, monkeypatch):
    """The job read it as waiting; before its UPDATE the payment came."""

    def slow(session, thing, to, *conditions):
        monkeypatch.undo()
        with clock.set_to(thing.pay_by_at - dt.timedelta(minutes=1)):
            move(session, thing, OrderState.OPEN)
        thing.__dict__["state"] = OrderState.AWAITING_PAYMENT
        move(session, thing, to, *conditions)

    monkeypatch.setattr(services.orders, "move", slow)
    with clock.set_to(unpaid.pay_by_at):
        assert services.expire_orders(session) == 0
    assert unpaid.state is OrderState.OPEN


# Calling off


def test_an_order_is_called_off_and_its_stock_returned(session, opened, buyer, sku):
    vendor = make.supplier_person(session, sku.product.supplier)
    walk(session, opened.consignments[0], ConsignmentState.ACCEPTED)
    services.cancel_order(session, opened, reason="填错数量", by=buyer)
    session.commit()
    assert opened.state is OrderState.CANCELLED
    assert (opened.closed_by, opened.closed_reason) == (buyer, "填错数量")
    assert {c.state for c in opened.consignments} == {ConsignmentState.CANCELLED}
    assert [line.sku.stock_milli for line in opened.lines] == [1_000_000, 10_000]
    assert "停止备货" in session.query(Notice).filter_by(person_id=vendor.id).one().text


def test_what_a_supplier_declined_is_not_returned_twice(session, opened, buyer):
    walk(session, opened.consignments[0], ConsignmentState.DECLINED)
    services.cancel_order(session, opened, reason="x", by=buyer)
    session.commit()
    assert [line.sku.stock_milli for line in opened.lines] == [998_000, 10_000]
    assert opened.consignments[0].state is ConsignmentState.DECLINED


@pytest.mark.parametrize("which", ["submitted", "unpaid"])
def test_what_is_not_open_yet_can_be_called_off(session, which, request, sku):
    order = request.getfixturevalue(which)
    services.cancel_order(session, order, reason="x", by=order.placed_by)
    session.commit()
    assert order.state is OrderState.CANCELLED
    assert sku.stock_milli == 1_000_000


def test_a_colleague_calls_off_a_units_order_and_the_buyer_is_told(
    session, opened, colleague, buyer
):
    services.cancel_order(session, opened, reason="x", by=colleague)
    session.flush()
    assert "已由孙丽取消" in session.query(Notice).filter_by(person_id=buyer.id).one().text


def test_others_cannot_call_an_order_off(
    session, opened, unpaid, lead, shopper, stranger, coordinator
):
    for person in (shopper, stranger, coordinator):
        with pytest.raises(Refused, match="只有下单人或本单位"):
            services.cancel_order(session, opened, reason="x", by=person)
    for person in (lead, stranger):
        with pytest.raises(Refused, match="只有下单人或本单位"):
            services.cancel_order(session, unpaid, reason="x", by=person)


def test_calling_off_needs_a_reason(session, opened, buyer):
    with pytest.raises(Refused, match="请填写取消原因"):
        services.cancel_order(session, opened, reason=" ", by=buyer)


@pytest.mark.parametrize("steps", [2, 3])
def test_after_shipment_an_order_cannot_be_called_off(session, opened, buyer, steps):
    walk(session, opened.consignments[1], *ARRIVED[:steps])
    with pytest.raises(Refused, match="已有供应商发货，不能再取消"):
        services.cancel_order(session, opened, reason="x", by=buyer)
    assert opened.state is OrderState.OPEN


def test_an_order_is_called_off_once(session, opened, buyer):
    services.cancel_order(session, opened, reason="x", by=buyer)
    with pytest.raises(Refused, match="当前状态是“已取消”"):
        services.cancel_order(session, opened, reason="x", by=buyer)


# Finishing


def test_an_order_is_completed_when_every_part_has_ended(session, opened):
    first, second = opened.consignments
    walk(session, first, *ARRIVED)
    services.complete_if_done(session, opened)
    assert opened.state is OrderState.OPEN
    walk(session, second, ConsignmentState.DECLINED)
    services.complete_if_done(session, opened)
    assert opened.state is OrderState.COMPLETED
    services.complete_if_done(session, opened)
    session.flush()
    assert deeds(session)[-1] == "order.completed"


def test_an_order_of_which_nothing_came_is_cancelled(session, opened, buyer):
    for consignment in opened.consignments:
        walk(session, consignment, ConsignmentState.DECLINED)
    services.complete_if_done(session, opened)
    session.flush()
    assert opened.state is OrderState.CANCELLED
    assert opened.closed_reason == "供应商均未供货"
    assert "均未供货" in session.query(Notice).filter_by(person_id=buyer.id).one().text


# Who sees what


def test_who_sees_which_orders(session, opened, unpaid, buyer, lead, colleague, shopper, stranger):
    desk = [
        make.person(session, role=role)
        for role in (Role.COORDINATOR, Role.FUND_OFFICER, Role.INSPECTOR, Role.ADMIN)
    ]
    vendor = make.supplier_person(session, make.supplier(session))
    county = make.person(session, role=Role.COUNTY)
    sees = {
        (buyer, lead, colleague): (True, False),
        (shopper,): (False, True),
        (stranger, vendor, county): (False, False),
        tuple(desk): (True, True),
    }
    for people, expected in sees.items():
        for person in people:
            found = tuple(
                order_for(session, person, order.number) is order for order in (opened, unpaid)
            )
            assert found == expected, person.role
            listed = session.scalars(orders_for(session, person, Wanted())).unique().all()
            assert ((opened in listed), (unpaid in listed)) == expected


def test_a_unit_buyers_own_private_order_is_theirs_alone(session, buyer, lead, sku):
    order = place(session, buyer, (sku, 1000))
    assert order_for(session, buyer, order.number) is order
    assert order_for(session, lead, order.number) is None


def test_a_list_is_filtered_and_summed(session, shopper, sku):
    with time_machine.travel("2026-10-31T16:30:00Z", tick=False):  # 1 November in China.
        first = place(session, shopper, (sku, 1000), once_key="a")
    with time_machine.travel("2026-11-30T16:30:00Z", tick=False):  # 1 December in China.
        second = place(session, shopper, (sku, 2000), once_key="b")
        second_now = clock.now()

    def found(**wanted):
        rows = session.scalars(orders_for(session, shopper, Wanted(**wanted))).unique().all()
        assert sum_for(session, shopper, Wanted(**wanted)) == sum(o.total_fen for o in rows)
        return rows

    with clock.set_to(second_now):
        assert found() == [second, first]
        assert found(month=dt.date(2026, 11, 17)) == [first]
        assert found(month=dt.date(2026, 12, 1)) == [second]
        assert found(search=first.number[:9]) == [first]
        assert found(search="%") == []
        assert found(buying_for=BuyingFor.SELF) == [second, first]
        assert found(buying_for=BuyingFor.CANTEEN) == []
        # The job has not run; what is overdue is closed all the same.
        assert found(state=OrderState.EXPIRED) == [first]
        assert found(state=OrderState.AWAITING_PAYMENT) == [second]
        assert found(state=OrderState.OPEN) == []


def test_a_lead_is_shown_what_waits_for_the_unit(
    session, submitted, opened, unpaid, lead, stranger
):
    assert session.scalars(waiting_for(session, lead)).all() == [submitted]
    assert session.scalars(waiting_for(session, stranger)).all() == []


# On the way


def test_on_the_way_is_what_is_ordered_counts_and_is_not_received(session, opened, unpaid, buyer):
    unit_id = buyer.unit_id
    assert on_the_way_by_unit(session) == {unit_id: opened.total_fen + unpaid.total_fen}
    assert on_the_way_by_unit(session, [unit_id]) == on_the_way_by_unit(session)
    assert on_the_way_by_unit(session, [0]) == {}
    assert on_the_way_by_unit(session, []) == {}
    with clock.set_to(unpaid.pay_by_at):
        assert on_the_way_by_unit(session) == {unit_id: opened.total_fen}

    first, second = opened.consignments
    second.lines[0].counts = False
    first.lines[0].shipped_milli = 1333  # 25.00 × 1.333 = 33.325, half up.
    session.flush()
    assert on_the_way_by_unit(session) == {unit_id: 3333 + unpaid.total_fen}
    walk(session, first, *ARRIVED)
    assert on_the_way_by_unit(session) == {unit_id: unpaid.total_fen}


def test_what_waits_for_approval_is_on_the_way_and_what_was_returned_is_not(
    session, submitted, lead
):
    assert on_the_way_by_unit(session) == {submitted.unit_id: submitted.total_fen}
    services.return_order(session, submitted, reason="x", by=lead)
    assert on_the_way_by_unit(session) == {}


def test_lines_on_the_way_sum_to_the_figure_and_keep_private_what_is(
    session, opened, unpaid, buyer
):
    lines = on_the_way_lines(session, buyer.unit_id)
    assert sum(line.amount_fen for line in lines) == on_the_way_by_unit(session)[buyer.unit_id]
    assert [(line.order_number, line.name) for line in lines] == [
        (opened.number, opened.lines[0].name),
        (opened.number, opened.lines[1].name),
        (unpaid.number, ""),
    ]
    assert session.query(Order).count() == 2
