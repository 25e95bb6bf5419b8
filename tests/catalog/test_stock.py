"""Stock is the sum of its movements, never below zero."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import MovementKind, Sku, Supplier
from market.catalog.queries import stock_movements_of, verify_stock
from market.catalog.services import adjust_stock, receive_stock, return_stock, take_stock
from market.core.errors import Refused
from market.core.quantity import MOST_MILLI
from tests import make


@pytest.fixture
def sku(session: Session, vendor: Person) -> Sku:
    """Ten bags of the vendor's."""
    supplier = session.get_one(Supplier, vendor.supplier_id)
    return make.sku(session, product=make.product(session, supplier=supplier))


def movements(session: Session, sku: Sku) -> list[tuple[MovementKind, int]]:
    return [(row[0].kind, row[0].change_milli) for row in stock_movements_of(session, sku).items]


def test_a_receipt_adds_and_is_written_down(session: Session, sku: Sku, vendor: Person):
    receive_stock(session, sku, 5000, about="11月第一批", by=vendor)
    session.refresh(sku)
    assert sku.stock_milli == 15_000
    assert movements(session, sku)[0] == (MovementKind.RECEIPT, 5000)


def test_the_second_click_of_a_receipt_adds_nothing(session: Session, sku: Sku, vendor: Person):
    for _ in range(3):
        receive_stock(session, sku, 5000, once_key="k1", by=vendor)
    receive_stock(session, sku, 5000, once_key="k2", by=vendor)
    session.refresh(sku)
    assert sku.stock_milli == 20_000
    assert len(movements(session, sku)) == 3


def test_a_key_that_received_something_else_is_refused(session, vendor):
    product = make.product(session, supplier=session.get_one(Supplier, vendor.supplier_id))
    first, second = make.sku(session, product=product), make.sku(session, product=product)
    receive_stock(session, first, 5000, once_key="k1", by=vendor)
    for sku, milli in ((second, 5000), (first, 6000)):
        with pytest.raises(Refused, match="另一次入库"):
            receive_stock(session, sku, milli, once_key="k1", by=vendor)


@pytest.mark.parametrize("milli", [0, -1000, 500, 1001])
def test_a_receipt_that_makes_no_sense_is_refused(
    session: Session, sku: Sku, vendor: Person, milli: int
):
    with pytest.raises(Refused) as refusal:
        receive_stock(session, sku, milli, by=vendor)
    assert refusal.value.field == "received"


def test_goods_by_weight_come_in_parts_of_a_kilogram(session: Session, sku: Sku, vendor: Person):
    weighed = make.weighed_sku(session, product=sku.product)
    receive_stock(session, weighed, 12_345, by=vendor)
    adjust_stock(session, weighed, 1, reason="过秤", by=vendor)
    session.refresh(weighed)
    assert weighed.stock_milli == 1


def test_a_count_sets_the_stock_and_writes_the_difference(
    session: Session, sku: Sku, vendor: Person
):
    adjust_stock(session, sku, 8000, reason="破损 2 袋", by=vendor)
    adjust_stock(session, sku, 9000, reason="又找到 1 袋", by=vendor)
    adjust_stock(session, sku, 0, reason="清仓", by=vendor)
    assert [change for _, change in movements(session, sku)] == [-9000, 1000, -2000, 10_000]
    assert verify_stock(session) == []


@pytest.mark.parametrize(
    ("counted", "reason", "field"),
    [
        (-1000, "x", "counted"),
        (500, "x", "counted"),
        (10_000, "x", "counted"),
        (9000, " ", "reason"),
    ],
)
def test_a_count_that_makes_no_sense_is_refused(
    session: Session, sku: Sku, vendor: Person, counted: int, reason: str, field: str
):
    with pytest.raises(Refused) as refusal:
        adjust_stock(session, sku, counted, reason=reason, by=vendor)
    assert refusal.value.field == field


def test_a_count_does_not_swallow_an_order_made_meanwhile(
    session: Session, sku: Sku, vendor: Person, buyer: Person
):
    take_stock(session, sku, 3000, about="订单", by=buyer)
    with pytest.raises(Refused, match=r"账面已是 7 袋（打开页面时为 10 袋）"):
        adjust_stock(session, sku, 9000, reason="盘点", seen_milli=10_000, by=vendor)
    assert sku.stock_milli == 7000
    assert verify_stock(session) == []


def test_nobody_else_touches_the_stock(session: Session, sku: Sku, buyer: Person):
    other = make.supplier_person(session, make.supplier(session))
    for by in (buyer, other):
        with pytest.raises(Refused, match="只有该商品的供应商"):
            receive_stock(session, sku, 1000, by=by)
        with pytest.raises(Refused, match="只有该商品的供应商"):
            adjust_stock(session, sku, 1000, reason="x", by=by)


def test_no_more_is_taken_than_there_is(session: Session, sku: Sku, buyer: Person):
    with pytest.raises(Refused, match=r"只剩 10 袋"):
        take_stock(session, sku, 11_000, about="订单", by=buyer)
    take_stock(session, sku, 10_000, about="订单", by=buyer)
    return_stock(session, sku.id, 4000, about="取消", by=None)
    session.refresh(sku)
    assert sku.stock_milli == 4000
    assert verify_stock(session) == []


def test_movements_say_who_and_what_was_left(session: Session, sku: Sku, vendor: Person):
    receive_stock(session, sku, 5000, by=vendor)
    take_stock(session, sku, 1000, about="订单 1", by=None)
    page = stock_movements_of(session, sku)
    assert [(name, int(after)) for _, name, after in page.items] == [
        (None, 14_000),
        (vendor.name, 15_000),
        (None, 10_000),
    ]


def test_a_page_of_movements_knows_the_stock_before_it(session: Session, sku: Sku, vendor: Person):
    for _ in range(30):
        receive_stock(session, sku, 1000, by=vendor)
    last = stock_movements_of(session, sku, 2)
    assert [int(after) for _, _, after in last.items] == [
        16_000, 15_000, 14_000, 13_000, 12_000, 11_000, 10_000,
    ]  # fmt: skip


def test_verify_names_every_sku_whose_stock_is_wrong(session: Session, sku: Sku):
    never_moved = make.sku(session, product=sku.product, stock_milli=0)
    right = make.sku(session, product=sku.product)
    session.execute(sa.update(Sku).where(Sku.id == sku.id).values(stock_milli=10_001))
    session.execute(sa.update(Sku).where(Sku.id == never_moved.id).values(stock_milli=1000))
    assert verify_stock(session) == [
        f"规格 {sku.code}：库存 10.001 袋，出入库合计 10 袋，相差 0.001 袋。",
        f"规格 {never_moved.code}：库存 1 袋，出入库合计 0 袋，相差 1 袋。",
    ]
    assert right.stock_milli == 10_000


MOVES = some.lists(
    some.tuples(
        some.sampled_from(["receive", "adjust", "take", "return"]),
        some.one_of(some.integers(-2, 40).map(lambda n: n * 1000), some.integers(-5, 50_000)),
    ),
    max_size=12,
)


@given(moves=MOVES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_stock_is_the_sum_of_its_movements_and_not_below_zero(
    session: Session, vendor: Person, buyer: Person, sku: Sku, moves: list[tuple[str, int]]
):
    """Random receipts, counts, orders and cancellations; refused ones change nothing."""
    session.commit()
    expected, taken = sku.stock_milli, 0
    for deed, milli in moves:
        try:
            with session.begin_nested():
                expected, taken = _do(session, sku, deed, milli, expected, taken, vendor, buyer)
        except Refused:
            pass
        session.refresh(sku)
        assert sku.stock_milli == expected >= 0
        assert verify_stock(session) == []
    session.rollback()


def _do(
    session: Session,
    sku: Sku,
    deed: str,
    milli: int,
    stock: int,
    taken: int,
    vendor: Person,
    buyer: Person,
) -> tuple[int, int]:
    if deed == "receive":
        receive_stock(session, sku, milli, by=vendor)
        return stock + milli, taken
    if deed == "adjust":
        adjust_stock(session, sku, milli, reason="盘点", by=vendor)
        return milli, taken
    if deed == "take" and milli > 0:
        take_stock(session, sku, milli, about="订单", by=buyer)
        return stock - milli, taken + milli
    back = min(taken, max(milli, 0))
    if deed == "return" and back:
        return_stock(session, sku.id, back, about="取消", by=None)
        return stock + back, taken - back
    return stock, taken


def test_the_largest_stock_fits(session: Session, sku: Sku, vendor: Person):
    largest: Any = MOST_MILLI
    receive_stock(session, sku, largest, by=vendor)
    session.refresh(sku)
    assert sku.stock_milli == MOST_MILLI + 10_000
