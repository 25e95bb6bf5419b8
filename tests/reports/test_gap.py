"""A unit's own view: what is missing, where its year ends, and what closes the gap."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from market.core import clock
from market.core.access import Role
from market.fairs.services import Good, add_good, announce, answer
from market.ordering.models import BuyingFor
from market.reports.queries.gap import again_step, cheapest_first, fair_steps, season_steps
from market.targets.queries import Figures
from tests import make, make_orders
from tests.fairs.held import held
from tests.reports.test_queries import on_the_way
from tests.targets import world

SHORT = Figures(target_fen=1_000_000, done_fen=400_000)


@pytest.fixture(autouse=True)
def _september(session):
    """It is the tenth of September 2026."""
    session.expire_on_commit = False
    with clock.set_to(dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)):
        yield


def figures(text: str) -> str:
    inline = re.sub(r"</?(b|span|a)\b[^>]*>", "", text)
    return " ".join(re.sub(r"<[^>]+>", " ", inline).split())


def test_goods_in_season_that_count_are_offered_the_smallest_order_first(session):
    dear = make.sku(session, price_fen=9_000, min_milli=1000)
    small = make.sku(session, price_fen=2_000, min_milli=2000)
    make.sku(session, price_fen=100, stock_milli=0)
    make.sku(session, price_fen=100, product=make.product(session, season_from=1, season_to=3))
    make.sku(session, price_fen=100, product=make.product(session, recognition_no=""))
    make.sku(session, price_fen=100, for_canteen=False)
    steps = season_steps(session, SHORT, 600_000)
    assert [one.sku.code for one in steps] == [small.code, dear.code]
    assert (steps[0].step.fen, steps[0].step.rate_after, steps[0].step.times) == (4_000, 404, 150)


def test_the_last_order_is_offered_again_for_what_counts_and_is_there_today(session, buyer):
    first, gone, weak = (make.sku(session, price_fen=price) for price in (2_500, 500, 300))
    make_orders.order(session, buyer, (first, 2000), (gone, 1000), (weak, 1000))
    session.execute(sa.update(type(gone)).where(type(gone).id == gone.id).values(is_offered=False))
    weak.product.recognition_until = dt.date(2026, 9, 9)
    session.flush()
    session.expire_all()
    again = again_step(session, buyer.unit_id, SHORT, 600_000, reader=buyer)
    assert (again.lines, again.left_out) == (1, 2)
    assert (again.step.fen, again.step.rate_after, again.step.times) == (5_000, 405, 120)
    assert cheapest_first([again, *season_steps(session, SHORT, 600_000)])[-1] is again


def test_fairs_to_come_are_offered_by_their_cheapest_goods_that_count(session, buyer):
    today, day = clock.today(), dt.timedelta(days=1)
    late, soon = {"starts_on": today + 9 * day, "ends_on": today + 9 * day}, {"ends_on": today}
    for given in ({"starts_on": today - 3 * day, "ends_on": today - 3 * day}, {}):
        held(session, opened=False, **given)  # Over, and not announced.
    now, later = held(session, opened=False, **soon), held(session, opened=False, **late)
    weak = make.sku(session, product=make.product(session, supplier=now.stand.supplier))
    weak.product.recognition_no = ""
    for at, price_fen, sku in ((now, 900, None), (now, 100, weak)):
        name = {} if sku else {"name": "红薯", "unit": "公斤"}
        good = Good(price_fen=price_fen, brought_milli=1000, sku=sku, **name)
        add_good(session, at.stand, good, by=at.seller)
    for at in (now, later):
        announce(session, at.fair, by=at.coordinator)
    answer(session, later.stand, accepts=False, reason="无货", by=later.seller)
    first, second = fair_steps(session, SHORT, 600_000)
    assert (first.goods.name, first.step.fen, first.step.times) == ("红薯", 900, 667)
    assert (second.fair, second.step) == (later.fair, None)
    assert cheapest_first([second, first]) == [first, second]


def test_there_is_no_order_to_repeat_where_none_counts_or_may_be_seen(session, buyer, stranger):
    sku = make.sku(session)
    assert again_step(session, buyer.unit_id, SHORT, 1, reader=buyer) is None
    make_orders.order(session, buyer, (sku, 1000), buying_for=BuyingFor.SELF)
    assert again_step(session, buyer.unit_id, SHORT, 1, reader=buyer) is None
    make_orders.order(session, buyer, (sku, 1000))
    assert again_step(session, buyer.unit_id, SHORT, 1, reader=buyer)
    assert again_step(session, buyer.unit_id, SHORT, 1, reader=stranger) is None
    sku.product.recognition_no = ""
    session.flush()
    assert again_step(session, buyer.unit_id, SHORT, 1, reader=buyer) is None


def test_a_unit_reads_what_is_missing_and_repeats_its_last_order(
    session, coordinator, buyer, sign_in
):
    world.target(session, buyer.unit, 1_000_000, by=coordinator)
    world.credited(session, buyer, 360_000)
    order = make_orders.order(session, buyer, (make.sku(session, stock_milli=40_000), 16_000))
    at = held(session, opened=False)
    announce(session, at.fair, by=at.coordinator)
    client = sign_in(buyer)
    page = client.get(f"/reports/units/{buyer.unit.code}/gap")
    assert f"/fairs/{at.fair.number}" in page.text
    text = figures(page.text)
    assert "还差 6,400.00 元，其中在途订单验收后计入 400.00 元" in text
    assert "到年底还剩 16 周（含本月 4 个月）：每周还需采购 375.00 元，或每月 1,500.00 元" in text
    assert f"照上次的订单 {order.number} 再买一次" in text
    assert "400.00 40.0% 15 次" in text
    assert "数据太少，不作预测" in text
    assert f'action="/orders/{order.number}/reorder"' in page.text
    assert "怎样补足目标" in client.get(f"/units/{buyer.unit.code}/completion").text


def test_others_read_it_without_the_buttons_and_strangers_not_at_all(
    session, coordinator, buyer, stranger, sign_in
):
    world.target(session, buyer.unit, 1_000_000, by=coordinator)
    order = make_orders.order(session, buyer, (make.sku(session), 1000))
    address = f"/reports/units/{buyer.unit.code}/gap"
    page = sign_in(coordinator).get(address).text
    assert order.number in page
    assert "reorder" not in page
    county = make.person(session, role=Role.COUNTY)
    assert order.number not in sign_in(county).get(address).text
    assert sign_in(stranger).get(address).status_code == 404


def test_the_page_says_when_nothing_is_missing(session, coordinator, buyer, sign_in):
    address = f"/reports/units/{buyer.unit.code}/gap"
    client = sign_in(buyer)
    assert "没有缺口" in client.get(address).text
    world.target(session, buyer.unit, 1_000, by=coordinator)
    session.commit()
    assert "现在没有当季又计入的商品" in client.get(address).text
    on_the_way(session, buyer, 1_000)
    session.commit()
    assert "在途订单全部验收后就能完成" in client.get(address).text
    world.credited(session, buyer, 1_000)
    session.commit()
    assert "目标已经完成" in client.get(address).text


@pytest.mark.parametrize("count", [1, 20])
def test_the_view_takes_fourteen_queries_however_much_there_is(
    session, coordinator, buyer, sign_in, count_queries, count
):
    world.target(session, buyer.unit, 100_000_000, by=coordinator)
    skus = [make.sku(session) for _ in range(count)]
    make_orders.order(session, buyer, *((sku, 1000) for sku in skus))
    client = sign_in(buyer)
    with count_queries() as statements:
        assert client.get(f"/reports/units/{buyer.unit.code}/gap").status_code == 200
    assert len(statements) <= 14
