"""What a reader finds on the shelves, and at what cost."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from market.adapters.pinyin import patterns, search_text
from market.catalog.models import Audience, Category, Product, ProductState, SupplierState
from market.catalog.queries import Filters, Sort, listing, price_expression
from market.core import clock
from tests import make


def stocked(session: Session, **given: Any) -> Product:
    """Make a listed product with one SKU; words for the SKU begin with ``sku_``."""
    sku = {name.removeprefix("sku_"): given.pop(name) for name in [*given] if name[:4] == "sku_"}
    product = make.product(session, **given)
    make.sku(session, product=product, **sku)
    return product


def names(session: Session, **given: Any) -> list[str]:
    return [product.name for product in listing(session, Filters(**given)).items]


def test_search_text_holds_the_word_its_pinyin_and_its_initials():
    assert search_text("苕粉", "苕粉", "") == "苕粉 shaofen sf"


def test_search_text_is_narrow_and_in_lower_case():
    assert search_text("ＡＢ 米 2.5KG") == "ab 米 2.5kg abmi2.5kg abm2.5kg"


def test_a_pattern_per_word_with_wildcards_escaped():
    assert patterns("50%　a_b \\") == ["%50\\%%", "%a\\_b%", "%\\\\%"]


@pytest.mark.parametrize(
    "q", ["苕粉", "shaofen", "sf", "晶丝 shaofen", "SF", "ｓｆ", "郁山合作社", "2.5公斤"]
)
def test_a_product_is_found_by_characters_pinyin_and_initials(session: Session, q: str):
    supplier = make.supplier(session, name="郁山合作社")
    product = stocked(session, name="晶丝苕粉", supplier=supplier, sku_name="2.5公斤/箱")
    product.search_text = search_text(*product.words)
    stocked(session, name="土鸡蛋", search_text=search_text("土鸡蛋"))
    assert names(session, q=q) == ["晶丝苕粉"]


@pytest.mark.parametrize(("q", "found"), [("50%", "五折50%装"), ("a_b", "a_b型"), ("\\", "反\\杠")])
def test_wildcards_are_only_characters(session: Session, q: str, found: str):
    for name in ("五折50%装", "a_b型", "反\\杠", "500装", "axb型"):
        stocked(session, name=name, search_text=search_text(name))
    assert names(session, q=q) == [found]


def test_every_word_must_be_found(session: Session):
    stocked(session, name="晶丝苕粉", search_text=search_text("晶丝苕粉"))
    assert names(session, q="苕粉 鸡蛋") == []


def test_only_what_is_listed_offered_and_may_be_sold_is_on_the_shelves(session: Session):
    stocked(session, name="在售")
    for state in set(ProductState) - {ProductState.LISTED}:
        stocked(session, name=state.label, state=state)
    stocked(session, name="停售规格", sku_is_offered=False)
    make.product(session, name="没有规格")
    suspended = make.supplier(session, state=SupplierState.SUSPENDED)
    stocked(session, name="暂停的供应商", supplier=suspended)
    assert names(session) == ["在售"]


def test_filters_by_category_township_and_supplier(session: Session):
    egg = stocked(session, name="鸡蛋", category=Category.MEAT, township="鞍子镇")
    stocked(session, name="腊肉", category=Category.MEAT, township="大垭乡")
    stocked(session, name="苕粉", category=Category.NOODLES, township="鞍子镇")
    assert names(session, category=Category.MEAT) == ["腊肉", "鸡蛋"]
    assert names(session, township="鞍子镇") == ["苕粉", "鸡蛋"]
    assert names(session, township="鞍子镇", category=Category.MEAT) == ["鸡蛋"]
    assert names(session, supplier_id=egg.supplier_id) == ["鸡蛋"]


def test_counts_say_what_another_choice_would_show(session: Session):
    stocked(session, category=Category.MEAT, township="鞍子镇")
    stocked(session, category=Category.MEAT, township="大垭乡")
    stocked(session, category=Category.NOODLES, township="鞍子镇")
    shelf = listing(session, Filters(category=Category.MEAT, township="鞍子镇"))
    assert shelf.total == 1
    assert shelf.by_category == {Category.MEAT: 1, Category.NOODLES: 1}
    assert shelf.by_township == {"鞍子镇": 1, "大垭乡": 1}


def test_in_stock_means_enough_for_the_smallest_order(session: Session):
    stocked(session, name="够", sku_stock_milli=5000, sku_min_milli=5000)
    stocked(session, name="不够", sku_stock_milli=4000, sku_min_milli=5000)
    stocked(session, name="没有", sku_stock_milli=0)
    assert names(session, in_stock=True) == ["够"]
    assert sorted(names(session)) == ["不够", "够", "没有"]


def test_certified_means_recognised_today_both_ends_included(session: Session):
    today = clock.today()
    day = dt.timedelta(days=1)
    cases = {
        "首日": (today, today + day),
        "末日": (today - day, today),
        "已过期": (today - 2 * day, today - day),
        "未生效": (today + day, today + 2 * day),
    }
    for name, (start, end) in cases.items():
        stocked(session, name=name, recognition_from=start, recognition_until=end)
    stocked(
        session,
        name="没有认定",
        recognition_no="",
        recognition_from=None,
        recognition_until=None,
    )
    assert sorted(names(session, certified=True)) == ["末日", "首日"]
    assert {
        product.name
        for product in listing(session, Filters()).items
        if product.recognised_on(today)
    } == {"末日", "首日"}


@pytest.mark.parametrize(
    ("season", "month", "expected"),
    [
        ((None, None), 6, True),
        ((3, 5), 3, True),
        ((3, 5), 5, True),
        ((3, 5), 6, False),
        ((3, 5), 2, False),
        ((11, 2), 11, True),
        ((11, 2), 12, True),
        ((11, 2), 1, True),
        ((11, 2), 2, True),
        ((11, 2), 3, False),
        ((11, 2), 10, False),
        ((7, 7), 7, True),
        ((7, 7), 8, False),
    ],
)
def test_a_season_may_wrap_around_the_year(
    session: Session, season: tuple[int, int], month: int, expected: bool
):
    product = stocked(session, season_from=season[0], season_to=season[1])
    assert bool(names(session, season=str(month))) is expected
    assert product.in_season(month) is expected


def test_in_season_now_asks_for_the_month_of_china(session: Session):
    stocked(session, name="四月的", season_from=4, season_to=4)
    # In China it is already April.
    with clock.set_to(dt.datetime(2026, 3, 31, 20, tzinfo=dt.UTC)):
        assert names(session, season="now") == ["四月的"]
    with clock.set_to(dt.datetime(2026, 3, 31, 2, tzinfo=dt.UTC)):
        assert names(session, season="now") == []


def test_an_audience_sees_what_is_packed_for_it(session: Session):
    make.weighed_sku(session, product=make.product(session, name="散装"))
    stocked(session, name="礼盒", sku_for_canteen=False)
    stocked(session, name="都可以")
    assert names(session, audience=Audience.CANTEEN) == ["都可以", "散装"]
    assert names(session, audience=Audience.RETAIL) == ["都可以", "礼盒"]


def test_stock_and_audience_are_asked_of_the_same_sku(session: Session):
    product = stocked(session, sku_for_canteen=False)
    make.sku(session, product=product, for_retail=False, stock_milli=0)
    assert names(session, audience=Audience.CANTEEN, in_stock=True) == []


def test_sorts_by_the_cheapest_price_on_offer(session: Session):
    wide = stocked(session, name="有便宜规格", sku_price_fen=9000)
    make.sku(session, product=wide, price_fen=1000)
    make.sku(session, product=wide, price_fen=1, is_offered=False)
    stocked(session, name="中等", sku_price_fen=5000)
    stocked(session, name="最贵", sku_price_fen=7000)
    assert names(session, sort=Sort.PRICE_UP) == ["有便宜规格", "中等", "最贵"]
    assert names(session, sort=Sort.PRICE_DOWN) == ["最贵", "中等", "有便宜规格"]


def test_the_price_shown_is_the_price_sorted_by(session: Session):
    both = stocked(session, name="都有", sku_price_fen=2500)
    make.weighed_sku(session, product=both, price_fen=900)
    make.weighed_sku(session, product=make.product(session, name="只散装"), price_fen=1200)
    stocked(session, name="袋装", sku_price_fen=2000)
    for audience, expected in (
        (None, [("都有", 900), ("只散装", 1200), ("袋装", 2000)]),
        (Audience.RETAIL, [("只散装", 1200), ("袋装", 2000), ("都有", 2500)]),
    ):
        shelf = listing(session, Filters(sort=Sort.PRICE_UP, prices_for=audience))
        shown = [(product.name, product.shown_sku(audience)) for product in shelf.items]
        assert [(name, sku and sku.price_fen) for name, sku in shown] == expected


def test_the_price_expression_is_none_where_nothing_is_on_offer(session: Session):
    product = make.product(session)
    session.flush()
    assert product.shown_sku() is None
    assert session.query(price_expression()).filter(Product.id == product.id).scalar() is None


def test_sorts_by_sales_and_by_the_day_of_listing(session: Session):
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    stocked(session, name="旧", sold_count=9, listed_at=day)
    stocked(session, name="新", sold_count=2, listed_at=day + dt.timedelta(days=1))
    stocked(session, name="不知何时", sold_count=5)
    assert names(session, sort=Sort.SALES) == ["旧", "不知何时", "新"]
    assert names(session, sort=Sort.NEW) == ["新", "旧", "不知何时"]


def test_recommends_first_what_can_be_bought_and_counts(session: Session):
    stocked(session, name="售罄", sold_count=99, sku_stock_milli=0)
    stocked(
        session,
        name="不计入",
        sold_count=50,
        recognition_no="",
        recognition_from=None,
        recognition_until=None,
    )
    stocked(session, name="少人买", sold_count=1)
    stocked(session, name="多人买", sold_count=5)
    assert names(session) == ["多人买", "少人买", "不计入", "售罄"]


def test_pages_follow_one_another_without_a_gap(session: Session):
    for _ in range(7):
        stocked(session)
    pages = [listing(session, Filters(), number, size=3) for number in (1, 2, 3)]
    seen = [product.id for page in pages for product in page.items]
    assert len(seen) == len(set(seen)) == 7
    assert [len(page.items) for page in pages] == [3, 3, 1]
    assert {(page.total, page.pages) for page in pages} == {(7, 3)}


@pytest.mark.parametrize(("asked", "given"), [(-3, 1), (0, 1), (99, 3)])
def test_a_page_beyond_the_ends_is_the_nearest(session: Session, asked: int, given: int):
    for _ in range(5):
        stocked(session)
    assert listing(session, Filters(), asked, size=2).number == given


def test_an_empty_shelf_has_one_page(session: Session):
    shelf = listing(session, Filters(q="没有"))
    assert (shelf.total, shelf.pages, list(shelf.items), shelf.by_category) == (0, 1, [], {})


def test_filters_are_read_from_an_address():
    read = Filters.read(
        {
            "q": " 苕粉 ",
            "category": "noodles",
            "township": "三义乡",
            "season": "11",
            "in_stock": "1",
            "certified": "1",
            "audience": "canteen",
            "sort": "price_up",
        },
        prices_for=Audience.RETAIL,
    )
    assert read == Filters(
        q="苕粉",
        category=Category.NOODLES,
        township="三义乡",
        season="11",
        in_stock=True,
        certified=True,
        audience=Audience.CANTEEN,
        sort=Sort.PRICE_UP,
        prices_for=Audience.RETAIL,
    )
    assert (read.month, read.buyer) == (11, Audience.CANTEEN)
    assert read.without("q", "season").month is None


@pytest.mark.parametrize(
    "words",
    [{}, {"category": "x", "sort": "x", "season": "13", "audience": "x", "in_stock": "yes"}],
)
def test_words_that_mean_nothing_filter_nothing(words: dict[str, str]):
    assert Filters.read(words) == Filters()


@pytest.mark.parametrize("count", [3, 30])
def test_a_page_of_products_costs_three_queries(
    session: Session, count_queries: Any, app: Any, count: int
):
    for _ in range(count):
        product = stocked(session)
        make.weighed_sku(session, product=product)
    session.commit()
    session.expire_all()
    with count_queries() as statements:
        shelf = listing(session, Filters(prices_for=Audience.RETAIL))
        for product in shelf.items:
            assert product.supplier.name
            assert product.picture is None
            assert [tier for sku in product.skus for tier in sku.tiers] == []
    assert len([one for one in statements if one.startswith("SELECT")]) == 3
