"""The reports: their figures, the rows behind each, what they are narrowed by, and their files."""

import datetime as dt
import html
import re

import pytest

from market.adapters.spreadsheets import read_grid
from market.catalog.models import ProductState
from market.core import clock
from market.core.access import Role
from market.ordering.models import BuyingFor
from market.payments.services.statements import make_statements
from market.reports.queries.groups import By
from market.reports.queries.tables import (
    REPORTS,
    Asked,
    Measure,
    choices_of,
    link_of,
    report_page,
    report_records,
    report_rows,
    report_sums,
    told_of,
)
from market.reports.queries.tables.catalogue import columns_of
from market.targets.models import Credit
from market.units.models import UnitKind
from tests import make
from tests.payments import billing
from tests.targets import world

LINK = re.compile(r'class="figure-link num" href="([^"]+)"[^>]*>([\d,.−-]+)<')
SUM = re.compile(r'合计 <span class="num text-success">([\d,.-]+)</span> 元')


@pytest.fixture(autouse=True)
def _september(session):
    """It is the tenth of September 2026."""
    session.expire_on_commit = False
    with clock.set_to(dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)):
        yield


def at(month: int) -> dt.datetime:
    return dt.datetime(2026, month, 5, 4, tzinfo=dt.UTC)


@pytest.fixture
def year(session):
    """Two units bought by two channels in three months; a part came back, and one fair sale has no goods."""
    street = make.unit(session, code="A", name="甲街道")
    agency = make.unit(session, code="C", name="丙机构", kind=UnitKind.STATIONED_AGENCY)
    people = [make.person(session, unit=unit) for unit in (street, agency)]
    world.credited(session, people[0], 1_000_000, at=at(1))
    taken = world.credited(session, people[0], 2_000_000, at=at(4), buying_for=BuyingFor.UNION)
    world.claimed(session, taken, 500_000, by=people[0], at=at(4))
    whole = world.credited(session, people[1], 4_000_000, at=at(4))
    world.claimed(session, whole, 4_000_000, by=people[1], at=at(4))
    world.credited(session, people[1], 7_000_000, at=at(9), buying_for=BuyingFor.SELF)
    products = [session.get_one(make.Product, one.product_id) for one in (taken, whole)]
    products[0].households_helped = 12
    products[0].township = "郁山镇"
    products[1].households_helped = 30
    make.product(session, households_helped=5, name="没有卖出的")
    make.product(session, households_helped=9, state=ProductState.DRAFT)
    session.commit()
    return people


def rows_of(session, name, **given):
    report = REPORTS[name]
    asked = report.known(Asked.read({"year": "2026"} | given))
    rows = list(report_rows(session, report, asked))
    sums = report_sums(session, report, asked)
    assert sums.count == len(rows)
    for column in columns_of(report, asked):
        for key in column.summed:
            assert sums.by_key[key] == sum(row[key] for row in rows)
    return rows


def test_months_and_matrix_say_the_same_and_leave_out_what_came_to_nothing(session, year):
    found = rows_of(session, "months")
    assert [(r["code"], r["month"], r["channel"].value, r["fen"]) for r in found] == [
        ("A", 1, "canteen", 1_000_000),
        ("A", 4, "union", 1_500_000),
        ("C", 9, "employee", 7_000_000),
    ]
    matrix = rows_of(session, "matrix", **{"from": "4", "to": "9"})
    assert [(r["code"], r["m4"], r["m9"], r["fen"]) for r in matrix] == [
        ("A", 1_500_000, 0, 1_500_000),
        ("C", 0, 7_000_000, 7_000_000),
    ]


def test_a_report_is_narrowed_by_months_groups_and_words(session, year):
    def codes(**given):
        return [row["code"] for row in rows_of(session, "months", **given)]

    assert codes(channel="union") == ["A"]
    assert codes(kind="stationed_agency") == ["C"]
    assert codes(township="郁山镇") == ["A"]
    assert codes(supplier="-") == []
    assert codes(q="丙") == codes(q="BING jg") == ["C"]
    assert codes(q="%") == []
    assert codes(**{"from": "9", "to": "4"}) == ["A", "C"]
    assert codes(unit="A") == ["A", "A"]


def test_suppliers_products_and_townships_say_orders_returns_and_households(session, year):
    by_name = {row["fen"]: row for row in rows_of(session, "suppliers")}
    part = by_name[1_500_000]
    assert (part["orders"], part["products"], part["households"]) == (1, 1, 12)
    assert (part["returned"], part["accepted"]) == (500_000, 2_000_000)
    products = {row["fen"]: row for row in rows_of(session, "products", supplier="", q="苕粉")}
    assert set(products) == {1_000_000, 1_500_000, 0, 7_000_000}
    towns = {row["name"]: row for row in rows_of(session, "townships")}
    assert (towns["郁山镇"]["fen"], towns["三义乡"]["suppliers"]) == (1_500_000, 3)
    assert len(rows_of(session, "townships", channel="union")) == 1


def test_what_has_no_goods_on_record_is_a_row_of_its_own(session, year):
    outside = session.query(Credit).filter_by(amount_fen=7_000_000).one()
    outside.supplier_id = outside.product_id = None
    session.flush()
    for name in ("suppliers", "products", "townships"):
        assert [r["fen"] for r in rows_of(session, name) if r["code"] == "-"] == [7_000_000]


def test_helped_households_are_those_that_listed_products_name(session, year):
    found = {row["households"]: row["fen"] for row in rows_of(session, "helped")}
    assert found == {12: 1_500_000, 30: 0, 5: 0}
    assert [r["households"] for r in rows_of(session, "helped", township="郁山镇")] == [12]
    assert [r["households"] for r in rows_of(session, "helped", q="没有卖出")] == [5]


@pytest.fixture
def owing(session):
    """One unit owes two suppliers: by an overdue statement, and by orders on none yet."""
    unit = make.unit(session, code="A", name="甲街道")
    by = make.person(session, unit=unit)
    first, second = make.supplier(session, code="S-1"), make.supplier(session, code="S-2")
    goods = [make.sku(session, product=make.product(session, supplier=s)) for s in (first, second)]
    with clock.set_to(at(4)):
        billing.delivered(session, by, (goods[0], 2000))
    with clock.set_to(at(5)):
        make_statements(session, 2026, 4)
    billing.delivered(session, by, (goods[1], 1000))
    session.commit()


def test_what_is_unpaid_stands_by_unit_supplier_and_age(session, owing, coordinator, sign_in):
    by_code = {row["supplier_code"]: row for row in rows_of(session, "unpaid")}
    assert (by_code["S-1"]["fen"], by_code["S-1"]["unbilled"]) == (5000, 0)
    assert sum(by_code["S-1"][age] for age in ("to_60", "to_90", "above_90")) == 5000
    assert (by_code["S-2"]["fen"], by_code["S-2"]["unbilled"]) == (2500, 2500)
    assert [r["fen"] for r in rows_of(session, "unpaid", supplier="S-2", kind="subdistrict")] == [
        2500
    ]
    client = sign_in(coordinator)
    page = client.get("/reports/tables/unpaid").text
    links = {html.unescape(link): shown for link, shown in LINK.findall(page)}
    unbilled = [link for link in links if "unbilled?unit=A" in link]
    assert "25.00" in client.get(unbilled[0]).text
    assert "没有未出单的货款" in client.get(unbilled[0].replace("S-2", "-")).text
    billed = next(link for link in links if "unit=A&supplier=S-1&age=" in link)
    assert "50.00" in client.get(billed).text
    kept = client.post("/reports/tables/unpaid/keep", follow_redirects=True).text
    assert "数据时刻" in kept
    assert "期间" not in kept  # It is of a moment.
    narrowed = client.get("/reports/tables/unpaid?kind=subdistrict").text
    assert not [link for link, _ in LINK.findall(narrowed) if "unit=" not in link]


def test_every_figure_of_money_opens_rows_that_sum_to_it(session, year, coordinator, sign_in):
    client = sign_in(coordinator)
    for name in ("months", "matrix", "suppliers", "products", "townships", "helped"):
        page = client.get(f"/reports/tables/{name}?year=2026&kind=&from=2")
        links = LINK.findall(page.text)
        assert links
        for address, shown in set(links):
            rows = client.get(html.unescape(address)).text
            assert SUM.search(rows)[1] == shown, (name, address)


def test_the_sum_of_what_words_find_leads_nowhere(session, year):
    report = REPORTS["months"]
    fen = columns_of(report, Asked(2026))[-1]
    assert link_of(report, Asked(2026, words="x"), None, fen) is None
    assert link_of(report, Asked(2026), None, fen)


def test_records_for_other_programs_hold_plain_values(session, year):
    report, asked = REPORTS["products"], Asked(2026, where={By.CHANNEL: "union"})
    (record,) = report_records(session, report, asked)
    assert (record["category"], record["fen"], record["rate"]) == ("noodles", 1_500_000, 250)


def test_a_report_sorts_by_any_column_and_what_has_no_rate_comes_last(session, year):
    report = REPORTS["products"]
    session.query(Credit).filter(Credit.amount_fen == 7_000_000).one().is_adjustment = False
    for way, rates in (("desc", [1000, 250, 0, 0]), ("asc", [0, 0, 250, 1000])):
        asked = report.known(Asked.read({"year": "2026", "sort": "rate", "direction": way}))
        sums, page = report_page(session, report, asked, 9)
        assert (page.number, sums) == (1, report_sums(session, report, asked))
        assert [row["returned"] * 1000 // row["accepted"] for row in page.items] == rates
    asked = report.known(Asked.read({"year": "2026", "sort": "fen"}))
    assert [row["fen"] for row in report_rows(session, report, asked)] == [
        0,
        1_000_000,
        1_500_000,
        7_000_000,
    ]
    assert report.known(Asked.read({"sort": "nothing", "direction": "desc"})).query == (
        Asked.read({}).query
    )


def test_parameters_are_written_and_read_again():
    asked = Asked(2026, range(2, 5), {By.CHANNEL: "fair"}, Measure.WAN, "甲 乙", "fen", True)
    assert Asked.written(asked.query) == asked
    assert asked.period == "2026年2—4月"
    assert Asked(2026, range(3, 4)).period == "2026年3月"


def test_what_a_report_is_narrowed_to_is_told(session, year):
    asked = Asked(2026, where={By.UNIT: "A", By.CHANNEL: "union"}, words="甲")
    assert told_of(session, asked) == "单位 甲街道、渠道 单位及工会采购、“甲”"


def test_a_report_offers_the_townships_of_goods_and_of_suppliers(session, year):
    offered = choices_of(session, (By.TOWNSHIP,))[By.TOWNSHIP]
    assert {("郁山镇", "郁山镇"), ("三义乡", "三义乡")} <= set(offered)


def test_screen_and_files_have_one_title_cut_off_unit_sum_and_source(
    session, year, coordinator, sign_in
):
    client = sign_in(coordinator)
    address = "/reports/tables/months?year=2026&channel=union&money=wan"
    page = client.get(address).text
    words = [
        "2026年各单位分月分渠道采购",
        "截至 2026-09-10；单位：万元",
        "只含：渠道 单位及工会采购",
    ]
    for word in (*words, "合计（1 行）", "150.00" if "150.00" in page else "1.50"):
        assert word in page
    table = read_grid(client.get(f"{address}&format=xlsx").data, most=100).lines
    csv = client.get(f"{address}&format=csv").data.decode("utf-8-sig")
    flat = "\n".join(str(cell) for line in table for cell in line if cell is not None)
    for text in (flat, csv):
        for word in (*words, "合计（1 行）", "1.5", "来源", "/reports/tables/months?year=2026"):
            assert word in text
    assert client.get(f"{address}&format=pdf").data.startswith(b"%PDF-")
    assert client.get(f"{address}&format=doc").status_code == 404


def test_a_report_that_is_too_long_is_not_given_at_once(
    session, year, coordinator, sign_in, monkeypatch
):
    monkeypatch.setattr("market.reports.views.kinds.LARGE", 2)
    monkeypatch.setattr("market.reports.views.kinds.MOST_PDF", 1)
    client = sign_in(coordinator)
    reply = client.get("/reports/tables/months?year=2026&format=csv")
    assert (reply.status_code, "这张表有 3 行" in reply.text) == (409, True)
    assert "format=xlsx" not in client.get("/reports/tables/months?year=2026").text


def test_who_reads_which_report(session, year, inspector, sign_in):
    county = sign_in(make.person(session, role=Role.COUNTY))
    page = county.get("/reports/").text
    assert "供应商销售情况" in page
    assert "未付款账龄" not in page
    assert county.get("/reports/tables/unpaid").status_code == 403
    assert county.get("/reports/tables/nothing").status_code == 404
    client = sign_in(inspector)
    assert "未付款账龄" in client.get("/reports/").text
    assert "生成并保存" not in client.get("/reports/tables/months?year=2026").text
    assert client.post("/reports/tables/months/keep").status_code == 403


def test_an_empty_report_says_what_to_do(session, coordinator, sign_in):
    client = sign_in(coordinator)
    assert "还没有数据" in client.get("/reports/tables/months").text
    assert "清除筛选" in client.get("/reports/tables/suppliers?q=x").text


def test_a_report_asks_no_more_often_for_more_rows(
    session, year, coordinator, sign_in, count_queries
):
    client = sign_in(coordinator)
    for name in REPORTS:
        with count_queries() as statements:
            assert client.get(f"/reports/tables/{name}?year=2026").status_code == 200
        assert len(statements) <= 5, name
