"""What may go into a cart, and what it says of it."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from market.audit.models import Entry
from market.catalog.models import PriceTier, ProductState, SupplierState
from market.core import money, quantity
from market.core.access import Role
from market.core.errors import Refused
from market.ordering import services
from market.ordering.models import BuyingFor, CartLine
from market.ordering.queries import basket_of, purposes_of, sku_by_code
from tests import make
from tests.ordering.placing import place


def held(session, person):
    return {item.sku.code: item.milli for item in basket_of(session, person).items}


def deeds_since(session, seen=0):
    found = session.scalars(sa.select(Entry).where(Entry.id > seen).order_by(Entry.id)).all()
    return [(entry.deed, entry.by_id, entry.facts) for entry in found]


def last_deed(session):
    return session.scalar(sa.select(sa.func.max(Entry.id))) or 0


def test_a_change_of_a_cart_is_recorded_and_not_what_was_in_it(session, buyer):
    rice, tea = make.sku(session), make.sku(session)
    order = place(session, buyer, (rice, 2000), (tea, 1000), buying_for=BuyingFor.UNION)
    changed = ("cart.changed", buyer.id, {})
    for change, deeds in (
        (lambda: services.set_line(session, by=buyer, sku=rice, milli=1000), [changed]),
        (lambda: services.set_line(session, by=buyer, sku=rice, milli=1000), []),
        (lambda: services.add_line(session, by=buyer, sku=rice, milli=1000), [changed]),
        (lambda: services.change_lines(session, by=buyer, milli_by_code={}), []),
        (
            lambda: services.change_lines(session, by=buyer, milli_by_code={rice.code: 5000}),
            [changed],
        ),
        (lambda: services.choose_buying_for(session, BuyingFor.SELF, by=buyer), [changed]),
        (lambda: services.choose_buying_for(session, BuyingFor.SELF, by=buyer), []),
        (lambda: services.remove_line(session, by=buyer, sku=rice), [changed]),
        (lambda: services.remove_line(session, by=buyer, sku=rice), []),
        (lambda: services.reorder(session, order, by=buyer), [changed]),
        (lambda: services.reorder(session, order, by=buyer), []),
        (lambda: services.empty_cart(session, by=buyer), [changed]),
        (lambda: services.empty_cart(session, by=buyer), []),
    ):
        seen = last_deed(session)
        change()
        assert deeds_since(session, seen) == deeds


def test_the_first_use_of_a_cart_is_recorded(session, shopper):
    services.empty_cart(session, by=shopper)
    assert deeds_since(session) == [("cart.made", shopper.id, {})]


def test_a_line_is_added_replaced_and_taken_out_by_zero(session, shopper):
    sku = make.sku(session)
    services.set_line(session, by=shopper, sku=sku, milli=2000)
    assert held(session, shopper) == {sku.code: 2000}
    services.set_line(session, by=shopper, sku=sku, milli=3000)
    assert held(session, shopper) == {sku.code: 3000}
    services.add_line(session, by=shopper, sku=sku, milli=1000)
    assert held(session, shopper) == {sku.code: 4000}
    services.set_line(session, by=shopper, sku=sku, milli=0)
    assert held(session, shopper) == {}


def test_a_cart_is_removed_from_and_emptied(session, shopper):
    skus = [make.sku(session) for _ in range(3)]
    for sku in skus:
        services.set_line(session, by=shopper, sku=sku, milli=1000)
    services.remove_line(session, by=shopper, sku=skus[0])
    assert held(session, shopper) == {skus[1].code: 1000, skus[2].code: 1000}
    services.empty_cart(session, by=shopper)
    assert held(session, shopper) == {}
    assert session.query(CartLine).count() == 0


@pytest.mark.parametrize(
    ("milli", "sentence"),
    [
        (-1000, "数量必须大于 0"),
        (4000, "低于起订量 5 袋"),
        (5500, "须为 1 袋 的整数倍"),
        (quantity.MOST_MILLI + 1000, "数量过大"),
    ],
)
def test_quantities_that_cannot_be_ordered_are_refused(session, shopper, milli, sentence):
    sku = make.sku(session, min_milli=5000)
    with pytest.raises(Refused, match=sentence) as refusal:
        services.set_line(session, by=shopper, sku=sku, milli=milli)
    assert refusal.value.field == "quantity"
    assert held(session, shopper) == {}


def test_a_sum_that_cannot_be_ordered_says_what_is_there_already(session, shopper):
    sku = make.sku(session)
    with pytest.raises(Refused, match=r"^数量 0\.3 袋 低于起订量 1 袋"):
        services.add_line(session, by=shopper, sku=sku, milli=300)
    services.set_line(session, by=shopper, sku=sku, milli=1000)
    with pytest.raises(Refused, match=r"已有 1 袋，合计 1\.3 袋：.*可以改为 1、2 袋") as refusal:
        services.add_line(session, by=shopper, sku=sku, milli=300)
    assert refusal.value.field == "quantity"


@pytest.mark.parametrize("milli", [0, -1000])
def test_nothing_and_less_cannot_be_added(session, shopper, milli):
    with pytest.raises(Refused, match="大于 0"):
        services.add_line(session, by=shopper, sku=make.sku(session), milli=milli)


@pytest.mark.parametrize(
    ("buying_for", "for_canteen", "for_retail", "sentence"),
    [
        (BuyingFor.SELF, True, False, "只供单位采购"),
        (BuyingFor.CANTEEN, False, True, "不供食堂采购"),
        (BuyingFor.SELF, False, True, None),
        (BuyingFor.CANTEEN, True, False, None),
        (BuyingFor.UNION, True, False, None),
        (BuyingFor.UNION, False, True, None),
    ],
)
def test_a_sku_is_sold_only_for_its_purpose(
    session, buyer, buying_for, for_canteen, for_retail, sentence
):
    sku = make.sku(session, for_canteen=for_canteen, for_retail=for_retail)
    services.choose_buying_for(session, buying_for, by=buyer)
    if sentence is None:
        services.set_line(session, by=buyer, sku=sku, milli=1000)
        assert held(session, buyer) == {sku.code: 1000}
    else:
        with pytest.raises(Refused, match=sentence):
            services.set_line(session, by=buyer, sku=sku, milli=1000)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [("sku", "已下架或停售"), ("product", "已下架或停售"), ("supplier", "供应商已暂停供货")],
)
def test_what_is_not_for_sale_is_refused_and_named_in_the_cart(session, shopper, what, sentence):
    sku = make.sku(session)
    services.set_line(session, by=shopper, sku=sku, milli=1000)
    if what == "sku":
        sku.is_offered = False
    elif what == "product":
        sku.product.state = ProductState.WITHDRAWN
    else:
        sku.product.supplier.state = SupplierState.SUSPENDED
    with pytest.raises(Refused, match=sentence):
        services.set_line(session, by=shopper, sku=sku, milli=2000)
    basket = basket_of(session, shopper)
    assert sentence in basket.items[0].obstacle
    assert not basket.is_ready
    services.set_line(session, by=shopper, sku=sku, milli=0)
    assert held(session, shopper) == {}


def test_a_cart_holds_only_so_many_lines(session, shopper, monkeypatch):
    monkeypatch.setattr(services.cart, "MOST_LINES", 1)
    services.set_line(session, by=shopper, sku=make.sku(session), milli=1000)
    with pytest.raises(Refused, match="最多放 1 种"):
        services.set_line(session, by=shopper, sku=make.sku(session), milli=1000)


def test_only_a_units_buyers_choose_for_whom(session, buyer, lead, shopper):
    assert purposes_of(buyer) == purposes_of(lead) == list(BuyingFor)
    assert purposes_of(shopper) == [BuyingFor.SELF]
    assert basket_of(session, buyer).buying_for is BuyingFor.CANTEEN
    assert basket_of(session, shopper).buying_for is BuyingFor.SELF
    for person in (buyer, lead):
        services.choose_buying_for(session, BuyingFor.UNION, by=person)
        assert basket_of(session, person).buying_for is BuyingFor.UNION
    with pytest.raises(Refused, match="只有单位的食堂管理员或负责人"):
        services.choose_buying_for(session, BuyingFor.CANTEEN, by=shopper)


def test_lines_that_do_not_suit_the_purpose_stay_and_are_named(session, buyer):
    sku = make.weighed_sku(session)
    services.set_line(session, by=buyer, sku=sku, milli=5000)
    services.choose_buying_for(session, BuyingFor.SELF, by=buyer)
    assert "只供单位采购" in basket_of(session, buyer).items[0].obstacle


def test_changed_lines_are_set_and_the_others_left(session, shopper):
    kept, changed, gone = (make.sku(session) for _ in range(3))
    for sku in (kept, changed, gone):
        services.set_line(session, by=shopper, sku=sku, milli=1000)
    kept.is_offered = False  # What is not touched is not judged.
    foreign = make.sku(session)
    services.change_lines(
        session,
        by=shopper,
        milli_by_code={kept.code: 1000, changed.code: 2000, gone.code: 0, foreign.code: 1000},
    )
    assert held(session, shopper) == {kept.code: 1000, changed.code: 2000}


def test_a_refused_change_names_its_line(session, shopper):
    sku = make.sku(session)
    services.set_line(session, by=shopper, sku=sku, milli=1000)
    with pytest.raises(Refused, match="整数倍") as refusal:
        services.change_lines(session, by=shopper, milli_by_code={sku.code: 1500})
    assert refusal.value.field == f"quantity-{sku.code}"


def test_the_basket_groups_by_supplier_and_applies_tiers(session, buyer):
    one, two = make.supplier(session), make.supplier(session)
    rice = make.sku(session, product=make.product(session, supplier=one), price_fen=1000)
    rice.tiers.append(PriceTier(from_milli=5000, price_fen=900))
    rice.tiers.append(PriceTier(from_milli=10000, price_fen=800))
    tea = make.sku(session, product=make.product(session, supplier=two), price_fen=300)
    oil = make.sku(session, product=make.product(session, supplier=one), price_fen=50)
    make.cart(session, buyer, (rice, 5000), (tea, 2000), (oil, 1000))

    basket = basket_of(session, buyer)

    assert [parcel.supplier for parcel in basket.parcels] == [one, two]
    assert [parcel.amount_fen for parcel in basket.parcels] == [4550, 600]
    assert basket.total_fen == 5150
    assert [(item.price_fen, item.is_tier_price) for item in basket.items] == [
        (900, True),
        (50, False),
        (300, False),
    ]
    assert basket.is_ready


def test_what_is_not_recognised_is_sold_but_does_not_count(session, buyer):
    lapsed = make.product(session, recognition_until=dt.date(2020, 12, 31))
    make.cart(session, buyer, (make.sku(session), 1000), (make.sku(session, product=lapsed), 1000))
    basket = basket_of(session, buyer)
    assert [item.counts for item in basket.items] == [True, False]
    assert (basket.total_fen, basket.counting_fen) == (5000, 2500)


def test_too_little_stock_is_said_in_the_cart(session, shopper):
    sku = make.sku(session, stock_milli=1000)
    services.set_line(session, by=shopper, sku=sku, milli=2000)
    assert "库存不足：只剩 1 袋" in basket_of(session, shopper).items[0].obstacle


def test_a_minimum_raised_later_is_said_in_the_cart(session, shopper):
    sku = make.sku(session)
    services.set_line(session, by=shopper, sku=sku, milli=2000)
    sku.min_milli = 3000
    assert "低于起订量 3 袋" in basket_of(session, shopper).items[0].obstacle


def test_reordering_copies_the_lines_and_says_what_it_could_not(session, buyer):
    rice, tea, oil = (make.sku(session) for _ in range(3))
    order = place(
        session, buyer, (rice, 2000), (tea, 3000), (oil, 1000), buying_for=BuyingFor.UNION
    )
    services.choose_buying_for(session, BuyingFor.SELF, by=buyer)
    tea.is_offered = False
    oil.min_milli = 2000

    left_out = services.reorder(session, order, by=buyer)

    assert held(session, buyer) == {rice.code: 2000}
    assert basket_of(session, buyer).buying_for is BuyingFor.UNION
    assert [tea.product.name in left_out[0], oil.product.name in left_out[1]] == [True, True]
    assert "未加入" in left_out[0]


def test_who_may_not_buy_for_a_unit_reorders_for_themself(session, buyer):
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    buyer.role = Role.SHOPPER
    services.choose_buying_for(session, BuyingFor.SELF, by=buyer)
    assert services.reorder(session, order, by=buyer) == []
    assert basket_of(session, buyer).buying_for is BuyingFor.SELF


def test_a_sku_is_found_by_its_code(session):
    sku = make.sku(session)
    assert sku_by_code(session, sku.code) is sku
    assert sku_by_code(session, "nothing") is None


@given(st.integers(1, 10**7), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_line_never_strays_half_a_fen_from_the_exact_price(price_fen, steps, step):
    milli = steps * step % quantity.MOST_MILLI + 1
    exact = price_fen * milli
    assert abs(money.line_fen(price_fen, milli) * 1000 - exact) * 2 <= 1000
