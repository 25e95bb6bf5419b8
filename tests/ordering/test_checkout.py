"""From a cart to an order."""

import datetime as dt

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from market.audit.models import Entry
from market.catalog.models import (
    PriceTier,
    Product,
    ProductState,
    Sku,
    StockMovement,
    Supplier,
    SupplierState,
)
from market.core import clock, quantity
from market.core.access import Role
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering import services
from market.ordering.models import BuyingFor, CartLine, Order, OrderState, Terms
from market.ordering.queries import basket_of, check_digits, is_sound, typed_number
from market.ordering.queries.carts import Basket, item_of, parcels_of
from market.targets.models import Channel
from market.units.services import close_unit
from tests import make
from tests.ordering.placing import check_out, place


def test_an_order_fixes_prices_takes_stock_and_empties_the_cart(session, buyer):
    rice = make.weighed_sku(session)
    rice.tiers.append(PriceTier(from_milli=100_000, price_fen=1200))
    oil = make.sku(session)
    order = place(session, buyer, (rice, 100_500), (oil, 2000), buying_for=BuyingFor.CANTEEN)
    rice.price_fen, rice.product.name, rice.name = 1, "改名", "改规格"
    session.commit()

    weighed, counted = order.lines
    assert (weighed.price_fen, weighed.ordered_milli, weighed.ordered_fen) == (
        1200,
        100_500,
        120_600,
    )
    assert (weighed.spec, weighed.unit_name, weighed.is_by_weight) == ("散装过秤", "公斤", True)
    assert weighed.name != "改名"
    assert (counted.price_fen, counted.ordered_fen) == (2500, 5000)
    assert order.total_fen == 125_600
    assert (rice.stock_milli, oil.stock_milli) == (399_500, 8000)
    moved = session.query(StockMovement).filter_by(about=f"order:{order.number}").all()
    assert {(m.sku_id, m.change_milli) for m in moved} == {(rice.id, -100_500), (oil.id, -2000)}
    assert session.query(CartLine).count() == 0
    placed = session.query(Entry).one()
    assert (placed.deed, placed.by_id, placed.facts["total_fen"]) == (
        "order.placed",
        buyer.id,
        125_600,
    )


def test_each_supplier_gets_a_consignment(session, shopper):
    one, two = make.supplier(session), make.supplier(session)
    first, second = make.supplier_person(session, one), make.supplier_person(session, two)
    skus = [
        make.sku(session, product=make.product(session, supplier=who)) for who in (one, two, one)
    ]
    order = place(session, shopper, *((sku, 1000) for sku in skus))
    assert [(c.number, c.supplier) for c in order.consignments] == [
        (f"{order.number}-1", one),
        (f"{order.number}-2", two),
    ]
    assert [[line.sku for line in c.lines] for c in order.consignments] == [
        [skus[0], skus[2]],
        [skus[1]],
    ]
    assert not session.query(Notice).filter(Notice.person_id.in_([first.id, second.id])).count()


@pytest.mark.parametrize(
    ("buying_for", "channel", "terms", "state"),
    [
        (BuyingFor.CANTEEN, Channel.CANTEEN, Terms.ON_ACCOUNT, OrderState.OPEN),
        (BuyingFor.UNION, Channel.UNION, Terms.ON_ACCOUNT, OrderState.OPEN),
        (BuyingFor.SELF, Channel.EMPLOYEE, Terms.PREPAID, OrderState.AWAITING_PAYMENT),
    ],
)
def test_channel_terms_and_state_follow_from_whom_it_is_for(
    session, buyer, buying_for, channel, terms, state
):
    order = place(session, buyer, (make.sku(session), 1000), buying_for=buying_for)
    assert (order.channel, order.terms, order.state) == (channel, terms, state)
    assert order.unit_id == buyer.unit_id
    assert order.placed_by is buyer


def test_a_retail_order_is_paid_within_three_days_of_placing(session, shopper):
    with time_machine.travel("2026-11-23T06:00:00Z", tick=False):
        order = place(session, shopper, (make.sku(session), 1000))
    assert order.pay_by_at == dt.datetime(2026, 11, 26, 6, 0, tzinfo=dt.UTC)
    notice = session.query(Notice).filter_by(person_id=shopper.id).one()
    assert notice.path == f"/orders/{order.number}/payment"


def test_a_social_buyers_order_belongs_to_no_unit(session):
    citizen = make.person(session, role=Role.SHOPPER, unit=None)
    order = place(session, citizen, (make.sku(session), 1000))
    assert order.unit_id is None


@pytest.mark.parametrize(
    ("limit_fen", "role", "state"),
    [
        (5000, Role.CANTEEN, OrderState.OPEN),
        (4999, Role.CANTEEN, OrderState.SUBMITTED),
        (None, Role.CANTEEN, OrderState.SUBMITTED),
        (0, Role.CANTEEN, OrderState.SUBMITTED),
        (4999, Role.LEAD, OrderState.OPEN),
        (None, Role.LEAD, OrderState.OPEN),
    ],
)
def test_a_unit_order_above_the_limit_waits_for_a_lead(session, limit_fen, role, state):
    unit = make.unit(session, approval_limit_fen=limit_fen)
    buyer = make.person(session, unit=unit, role=role)
    leads = [make.person(session, unit=unit, role=Role.LEAD) for _ in range(2)]
    vendor = make.supplier_person(session, make.supplier(session))
    product = make.product(session, supplier=session.get(Supplier, vendor.supplier_id))
    order = place(
        session,
        buyer,
        (make.sku(session, product=product), 2000),
        buying_for=BuyingFor.CANTEEN,
    )
    assert order.state is state
    told = {notice.person_id: notice.path for notice in session.query(Notice)}
    if state is OrderState.SUBMITTED:
        assert told == {person.id: "/approvals" for person in leads}
    else:
        assert told == {vendor.id: f"/consignments/{order.number}-1"}


def test_what_nobody_could_approve_is_refused_with_the_next_step(session, buyer):
    with pytest.raises(Refused, match="还没有负责人可以审批；请联系统筹协调"):
        place(
            session,
            buyer,
            (make.sku(session, stock_milli=900_000), 900_000),
            buying_for=BuyingFor.CANTEEN,
        )


def test_a_closed_unit_buys_no_more_but_its_people_do(session, buyer):
    close_unit(session, buyer.unit, by=None)
    sku = make.sku(session)
    with pytest.raises(Refused, match="单位已撤销"):
        place(session, buyer, (sku, 1000), buying_for=BuyingFor.UNION)
    session.rollback()


def test_what_counts_is_decided_by_chinas_date_of_the_order(session, shopper):
    product = make.product(session, recognition_until=dt.date(2026, 11, 23))
    sku = make.sku(session, product=product)
    # At 15:59 UTC it is still the 23rd in China, a minute later it is not.
    with time_machine.travel("2026-11-23T15:59:00Z", tick=False):
        order = place(session, shopper, (sku, 1000))
    assert (order.lines[0].counts, order.lines[0].recognition_no) == (True, product.recognition_no)
    with time_machine.travel("2026-11-23T16:00:00Z", tick=False):
        order = place(session, shopper, (sku, 1000))
    assert (order.lines[0].counts, order.lines[0].recognition_no) == (False, "")


def test_the_same_key_returns_the_order_it_made(session, shopper):
    sku = make.sku(session)
    order = place(session, shopper, (sku, 1000), once_key="first")
    assert check_out(session, shopper, once_key="first") is order
    services.set_line(session, by=shopper, sku=sku, milli=2000)
    assert check_out(session, shopper, once_key="first") is order
    assert session.query(CartLine).count() == 1
    with pytest.raises(Refused, match="不属于当前登录的账号"):
        check_out(session, make.person(session), once_key="first")


def test_who_clicks_while_the_first_click_is_at_work_gets_its_order(session, shopper, monkeypatch):
    """At the first look there was no order of this key, and then the cart's lines were gone."""
    sku = make.sku(session)
    order = place(session, shopper, (sku, 1000), once_key="first")
    looks = iter([None, order])
    monkeypatch.setattr(services.checkout, "_made_before", lambda *_: next(looks))
    assert check_out(session, shopper, once_key="first") is order


def test_an_empty_cart_is_refused(session, shopper):
    with pytest.raises(Refused, match="购物车是空的"):
        check_out(session, shopper)
    place(session, shopper, (make.sku(session), 1000))
    with pytest.raises(Refused, match="购物车是空的"):
        check_out(session, shopper, once_key="another")


def test_a_total_that_has_changed_is_refused_with_both(session, shopper):
    sku = make.sku(session)
    make.cart(session, shopper, (sku, 2000))
    seen = basket_of(session, shopper).total_fen
    sku.price_fen = 2600
    with pytest.raises(Refused, match=r"合计是 50\.00 元，现在是 52\.00 元"):
        check_out(session, shopper, seen_total_fen=seen)


def test_a_refused_checkout_leaves_the_cart_and_the_stock(session, shopper):
    rice, oil = make.sku(session), make.sku(session, stock_milli=1000)
    make.cart(session, shopper, (rice, 2000), (oil, 2000))
    session.commit()
    with pytest.raises(Refused, match=f"{oil.product.name}.*库存不足：只剩 1 袋"):
        check_out(session, shopper)
    session.rollback()
    assert rice.stock_milli == 10_000
    assert session.query(CartLine).count() == 2
    assert session.query(Order).count() == 0


def test_every_line_that_cannot_be_ordered_is_named(session, buyer):
    weighed, gone, high = make.weighed_sku(session), make.sku(session), make.sku(session)
    make.cart(session, buyer, (weighed, 5000), (gone, 1000), (high, 1000))
    gone.product.state = ProductState.WITHDRAWN
    high.min_milli = 3000
    with pytest.raises(Refused) as refusal:
        check_out(session, buyer)
    for sku in (weighed, gone, high):
        assert sku.product.name in str(refusal.value)


def test_who_no_longer_buys_for_the_unit_is_refused(session, buyer):
    make.cart(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    buyer.role = Role.SHOPPER
    with pytest.raises(Refused, match="您不能为食堂采购"):
        check_out(session, buyer)


@pytest.mark.parametrize("days", [-1, 61])
def test_a_day_in_the_past_or_too_far_is_refused(session, shopper, days):
    make.cart(session, shopper, (make.sku(session), 1000))
    with pytest.raises(Refused, match="60 天内") as refusal:
        check_out(session, shopper, wanted_on=clock.today() + dt.timedelta(days=days))
    assert refusal.value.field == "wanted_on"


@pytest.mark.parametrize("days", [0, 60])
def test_the_first_and_the_last_day_are_accepted(session, shopper, days):
    wanted_on = clock.today() + dt.timedelta(days=days)
    order = place(session, shopper, (make.sku(session), 1000), wanted_on=wanted_on)
    assert order.wanted_on == wanted_on


def test_a_number_is_the_date_chance_and_check_digits(session, shopper, monkeypatch):
    chances = iter([42, 42, 7])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(chances))
    sku = make.sku(session)
    with time_machine.travel("2026-11-23T16:00:00Z", tick=False):
        first = place(session, shopper, (sku, 1000), once_key="a")
        second = place(session, shopper, (sku, 1000), once_key="b")
    assert first.number == "26112400042" + check_digits("26112400042")
    assert second.number[:11] == "26112400007"
    assert is_sound(first.number)
    assert is_sound(second.number)


bodies = st.integers(0, 10**11 - 1).map(lambda n: f"{n:011d}")


@given(bodies, st.integers(0, 12), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(body, place, more):
    number = body + check_digits(body)
    assert is_sound(number)
    wrong = str((int(number[place]) + more) % 10)
    assert not is_sound(number[:place] + wrong + number[place + 1 :])


@given(bodies, st.integers(0, 11))
def test_every_swap_of_neighbours_is_found(body, place):
    number = body + check_digits(body)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_sound(swapped) == (swapped == number)


@pytest.mark.parametrize("text", ["", "abc", "2611230001", "26112300017000", "²6112300017001"])
def test_what_is_no_number_at_all_is_not_sound(text):
    assert not is_sound(text)


def test_blanks_and_wide_digits_are_understood():
    assert typed_number(" 2611 2300 0179\u30001 ") == "2611230001791"
    assert typed_number("２６11") == "2611"


lines = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 400)), min_size=1, max_size=5)


@given(lines)
def test_a_total_is_the_sum_of_its_lines_and_of_its_parcels(wanted):
    suppliers = [Supplier(id=n, name=f"合作社{n}", state=SupplierState.ACTIVE) for n in range(3)]
    items = []
    for n, (price_fen, halves) in enumerate(wanted):
        supplier = suppliers[n % 3]
        product = Product(
            id=n,
            name="米",
            supplier=supplier,
            supplier_id=supplier.id,
            state=ProductState.LISTED,
            recognition_no="",
        )
        sku = Sku(
            product=product,
            name="散装",
            unit="公斤",
            price_fen=price_fen,
            min_milli=500,
            step_milli=500,
            stock_milli=quantity.MOST_MILLI,
            for_canteen=True,
            for_retail=False,
            is_offered=True,
        )
        items.append(item_of(sku, halves * 500, BuyingFor.CANTEEN))
    basket = Basket(BuyingFor.CANTEEN, parcels_of(items))
    assert basket.is_ready
    assert basket.total_fen == sum(item.amount_fen for item in items)
    assert basket.total_fen == sum(parcel.amount_fen for parcel in basket.parcels)
    assert basket.counting_fen == 0
    doubled = sum(price_fen * halves for price_fen, halves in wanted)
    assert abs(2 * basket.total_fen - doubled) <= len(wanted)


def test_an_order_beyond_all_measure_is_refused(session, buyer):
    dear = make.sku(session, price_fen=10**12, stock_milli=10**9)
    with pytest.raises(Refused, match="过大"):
        place(session, buyer, (dear, 2000), buying_for=BuyingFor.CANTEEN)
