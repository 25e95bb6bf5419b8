"""The board in groups: its sums, the rows behind each figure, and what it costs to ask."""

import datetime as dt
import html
import itertools
import re

import pytest
import sqlalchemy as sa

from market.adapters.spreadsheets import to_csv
from market.core import clock
from market.core.access import Role
from market.ordering.models import BuyingFor
from market.reports.queries.credit_rows import WantedRows, credit_rows, names_of
from market.reports.queries.groups import (
    NONE,
    By,
    Group,
    Span,
    WantedGroups,
    chosen_groups,
    groups,
    groups_chart,
    groups_table,
    member_of,
    sum_of_groups,
)
from market.targets.models import Channel, Credit
from market.units.models import UnitKind
from tests import make
from tests.targets import world

LINK = re.compile(r'class="figure-link num" href="([^"]+)"[^>]*>([\d,.−-]+)<')
SUM = re.compile(r'合计 <span class="num text-success">([\d,.-]+)</span> 元')


@pytest.fixture(autouse=True)
def _september(session):
    """It is the tenth of September 2026."""
    session.expire_on_commit = False
    with clock.set_to(dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)):
        yield


def at(month: int, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, 5, 4, tzinfo=dt.UTC)


@pytest.fixture
def year(session, coordinator):
    """A head with a subordinate and a stationed agency, who bought in three months by two channels."""
    head = make.unit(session, code="A", name="甲街道")
    below = make.unit(
        session, code="B", name="甲食堂", kind=UnitKind.PUBLIC_INSTITUTION, parent_id=head.id
    )
    agency = make.unit(session, code="C", name="丙机构", kind=UnitKind.STATIONED_AGENCY)
    people = [make.person(session, unit=unit) for unit in (head, below, agency)]
    world.credited(session, people[0], 1_000_000, at=at(1))
    world.credited(session, people[0], 2_000_000, at=at(4), buying_for=BuyingFor.UNION)
    taken = world.credited(session, people[1], 3_000_000, at=at(4))
    world.claimed(session, taken, 500_000, by=people[1], at=at(8))
    world.credited(session, people[2], 7_000_000, at=at(9), buying_for=BuyingFor.SELF)
    world.credited(session, people[2], 9_000_000, at=at(9, 2025))
    for person in people[:2]:
        world.target(session, person.unit, 5_000_000, by=coordinator)
    session.flush()
    return people


def test_every_grouping_sums_to_what_all_units_did(session, year):
    wrong = []
    for by in By:
        total = sum_of_groups(groups(session, 2026, by))
        said = total.done_fen, [total.fen(Span.QUARTER, n) for n in (1, 2, 3, 4)], total.target_fen
        target_fen = 10_000_000 if by.has_target else 0
        if said != (12_500_000, [1_000_000, 5_000_000, 6_500_000, 0], target_fen):
            wrong.append((by, said))
    assert wrong == []

    # Units are grouped by kind and below their parent.
    by_kind = {group.name: group.done_fen for group in groups(session, 2026, By.KIND)}
    assert by_kind == {"街道办事处": 3_000_000, "事业单位": 2_500_000, "驻区机构": 7_000_000}
    by_parent = {group.name: group for group in groups(session, 2026, By.PARENT)}
    assert by_parent["甲街道"].done_fen == 5_500_000
    assert by_parent["甲街道"].target_fen == 10_000_000
    assert by_parent["甲街道"].rate == 550
    assert by_parent["丙机构"].rate is None
    by_channel = {group.name: group.done_fen for group in groups(session, 2026, By.CHANNEL)}
    assert by_channel[Channel.UNION.label] == 2_000_000

    # A township is that of the goods.
    product = session.scalars(sa.select(Credit).where(Credit.amount_fen == 7_000_000)).one()
    thing = session.get_one(make.Product, product.product_id)
    thing.township = "郁山镇"
    session.flush()
    assert {group.name: group.done_fen for group in groups(session, 2026, By.TOWNSHIP)} == {
        "三义乡": 5_500_000,
        "郁山镇": 7_000_000,
    }


@pytest.mark.usefixtures("year")
def test_every_figure_of_the_groups_opens_rows_that_sum_to_it(coordinator, sign_in):
    client = sign_in(coordinator)
    wrong = []
    for by, span in itertools.product(By, Span):
        page = client.get(f"/reports/groups?year=2026&by={by}&period={span}")
        links = set(LINK.findall(page.text))
        if not links:
            wrong.append((by, span, "no links"))
        for address, shown in links:
            rows = client.get(html.unescape(address))
            fen = round(float(SUM.search(rows.text)[1].replace(",", "")) * 100)
            if f"{fen / 1_000_000:,.2f}" != shown:
                wrong.append((by, span, address, fen, shown))
    assert wrong == []


@pytest.mark.usefixtures("year")
def test_the_groups_and_their_rows_stay_within_the_boards_budget(
    coordinator, sign_in, count_queries
):
    client = sign_in(coordinator)
    wrong = []
    for by in By:
        for address, most in (("groups?", 4), ("groups/rows?key=A&", 5)):
            with count_queries() as statements:
                client.get(f"/reports/{address}by={by}")
            if len(statements) > most:
                wrong.append((by, address, len(statements)))
    assert wrong == []


@pytest.mark.usefixtures("year")
def test_goods_are_summed_from_an_index_that_covers_the_question(session):
    if session.get_bind().dialect.name != "sqlite":
        # On a table this small PostgreSQL's planner takes what it likes, by what it last counted:
        # the index is there, and has every column of the question.
        defined = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_credit_goods'"
        columns = "(year, supplier_id, product_id, month, amount_fen, acceptance_line_id, claim_id)"
        assert session.scalar(sa.text(defined)).endswith(columns)
        return
    seen = []
    engine = session.get_bind()

    def note(_connection, _cursor, statement, parameters, *_):
        seen.append((statement, parameters))

    plans = {}
    for by in (By.SUPPLIER, By.TOWNSHIP, By.PRODUCT):
        sa.event.listen(engine, "before_cursor_execute", note)
        groups(session, 2026, by)
        sa.event.remove(engine, "before_cursor_execute", note)
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN " + seen[-1][0], seen[-1][1]
        )
        plans[by] = str(plan.all())
    assert {
        by: said for by, said in plans.items() if "COVERING INDEX ix_credit_goods" not in said
    } == {}


@pytest.mark.usefixtures("year")
def test_a_search_finds_names_by_their_pinyin_and_lines_are_sorted_by_any_column(session):
    found = groups(session, 2026, By.UNIT)
    wanted = WantedGroups.read({"year": "2026", "by": "unit", "q": "jiajiedao", "sort": "name"})
    rows = chosen_groups(found, wanted)
    assert [row.name for row in rows] == ["甲街道"]
    table = groups_table(rows, wanted)
    assert table.total[-3:] == (3_000_000, 5_000_000, 600)
    assert "筛选" in table.note
    assert "甲街道,10000.00" in to_csv(table)

    # What has no rate comes last.
    def order(sort, direction):
        given = {"year": "2026", "by": "unit", "sort": sort, "direction": direction}
        return [row.key for row in chosen_groups(found, WantedGroups.read(given))]

    assert order("rate", "desc") == ["A", "B", "C"]
    assert order("rate", "asc") == ["B", "A", "C"]
    assert order("total", "desc") == ["C", "A", "B"]
    assert order("p4", "desc") == ["B", "A", "C"]
    assert order("target", "asc")[0] == "C"
    assert order("nonsense", "desc") == ["C", "A", "B"]


def test_many_groups_are_drawn_as_the_largest_and_the_rest():
    rows = [Group(str(n), f"组{n}", {1: n * 100}) for n in range(1, 9)]
    drawn = groups_chart(rows, Span.QUARTER)
    assert [one["name"] for one in drawn["series"]] == [
        *(f"组{n}" for n in (8, 7, 6, 5, 4)),
        "其余 3 组",
    ]
    assert drawn["series"][-1]["values"] == [600, 0, 0, 0]
    year = groups_chart(rows[:2], Span.YEAR)
    assert year["categories"] == ["组2", "组1"]
    assert year["series"][0]["values"] == [200, 100]


@pytest.mark.usefixtures("year")
def test_the_groups_are_given_as_files_and_what_somebody_bought_for_themself_stays_private(
    session, coordinator, sign_in
):
    client = sign_in(coordinator)
    for form in ("xlsx", "csv", "pdf"):
        answer = client.get(f"/reports/groups?by=supplier&period=year&format={form}")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get("/reports/groups?format=doc").status_code == 404
    county = make.person(session, role=Role.COUNTY)
    page = sign_in(county).get("/reports/groups/rows?by=channel&key=employee&year=2026")
    assert "职工个人购买，不显示内容" in page.text
    assert "苕粉" not in page.text


def test_an_address_that_names_nothing_lists_nothing_and_one_without_words_lists_all(session, year):
    reader = year[0]
    for by in By:
        wanted = WantedRows.read({"year": "2026", "by": by, "key": "gone", "n": "77"})
        page, fen = credit_rows(session, wanted, reader=reader)
        assert (page.total, fen) == (0, 0), by
        assert names_of(session, wanted) == "gone", by
    everything = WantedRows.read({"year": "2026", "n": "x"})
    page, fen = credit_rows(session, everything, reader=reader)
    assert (page.total, fen) == (5, 12_500_000)
    assert names_of(session, everything) == "全部"

    # What has no supplier or place on record is a group of its own.
    for by in (By.SUPPLIER, By.TOWNSHIP, By.PRODUCT):
        wanted = WantedRows.read({"year": "2026", "by": by, "key": NONE})
        _, fen = credit_rows(session, wanted, reader=reader)
        assert fen == 0, by
        assert names_of(session, wanted).startswith("没有登记"), by

    # Names of groups are the words people read.
    def name(by, key):
        return names_of(session, WantedRows.read({"year": "2026", "by": by, "key": key}))

    assert name("kind", "subdistrict") == "街道办事处"
    assert name("channel", "union") == "单位及工会采购"
    assert name("parent", "A") == "甲街道"
    supplier = groups(session, 2026, By.SUPPLIER)[0]
    assert name("supplier", supplier.key) == supplier.name
    assert member_of(By, None) is None


def test_an_empty_year_says_what_to_do_next(session, coordinator, sign_in):
    client = sign_in(coordinator)
    assert "2026年还没有目标和采购" in client.get("/reports/groups").text
    assert "没有符合条件的单位类别" in client.get("/reports/groups?q=xyz").text
    assert "没有符合条件的计入记录" in client.get("/reports/groups/rows").text
