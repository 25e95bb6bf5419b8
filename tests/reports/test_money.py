"""Tables of the plan's money: they sum to the ledger, on screen, in Excel, as PDF; as known on a day."""

import datetime as dt

import pytest

from market.adapters.spreadsheets import read_grid
from market.audit.services import seal
from market.core import clock
from market.core.access import Role
from market.funds.models import Kind
from market.funds.queries.figures import flows
from market.reports import queries
from tests import make
from tests.funds import papers
from tests.funds.papers import WAN

PLAN_FEN = 5_487_000_000
NAMES = [
    "/reports/disclosure",
    *(f"/reports/money/{n}" for n in ("ledger", "months", "performance")),
]


@pytest.fixture
def people(session):
    """Money of two earmarks has moved: one to acceptance and a part of it back."""
    earmarks = papers.open_ledger(session)
    made = papers.offices(session)
    agreement = papers.ready(session, made, earmarks["01"], 100 * WAN)
    papers.effective(session, made, Kind.DISBURSEMENT, 80 * WAN, agreement=agreement)
    papers.effective(session, made, Kind.CLAIM, 60 * WAN, agreement=agreement)
    papers.effective(session, made, Kind.ACCEPTANCE, 50 * WAN, agreement=agreement)
    papers.effective(session, made, Kind.RETURN, 5 * WAN, agreement=agreement)
    bound = papers.ready(session, made, earmarks["02"], 10 * WAN)
    papers.submitted(session, made, Kind.DISBURSEMENT, 4 * WAN, agreement=bound)
    papers.effective(
        session, made, Kind.APPROPRIATION, earmarks["03"].amount_fen, earmark=earmarks["03"]
    )
    session.commit()
    return made


def column(table, name):
    place = [title for title, _ in table.columns].index(name)
    return [row[place] for row in table.rows], (table.total or ())[place]


@pytest.mark.parametrize(
    ("by", "count"), [("earmark", 23), ("project", 17), ("department", 13), ("township", 8)]
)
def test_the_ledgers_table_sums_to_the_plan_however_it_is_grouped(session, people, by, count):
    table = queries.fund_table(session, by=by)
    assert len(table.rows) == count
    for name, fen in (
        ("计划数", PLAN_FEN),
        ("签约数", 110 * WAN),
        ("拨付数", 75 * WAN),
        ("待审占用", 4 * WAN),
    ):
        values, total = column(table, name)
        assert sum(values) == total == fen
    assert column(table, "支出率")[0].count("—") == sum(
        not given for given in column(table, "下达数")[0]
    )


def test_the_ledgers_table_names_the_documents_it_rests_on(session, people):
    [number, *_], _ = column(queries.fund_table(session), "文件依据")
    assert number.startswith("演示〔2020〕")


def test_the_months_sum_to_the_figures(session, people):
    assert list(flows(session)) == [(clock.today().year, clock.today().month)]
    table = queries.flow_table(session)
    sums = [column(table, name)[1] for name in ("签约", "拨付", "使用", "验收", "上缴")]
    assert sums == [110 * WAN, 75 * WAN, 60 * WAN, 50 * WAN, 0]
    yesterday = clock.today() - dt.timedelta(days=1)
    assert queries.flow_table(session, known_on=yesterday).rows == []


def test_performance_compares_what_was_spent_with_the_plans_money(session, people):
    table = queries.performance_table(session)
    assert len(table.rows) == 17
    assert column(table, "资金总额")[1] == 20_559_990_000
    assert column(table, "全年预算数(A)")[1] == PLAN_FEN
    rates, rate = column(table, "执行率(B/A)")
    assert (rates[0], rate) == (60 * WAN * 1000 // 183_150_000, 60 * WAN * 1000 // PLAN_FEN)


def test_what_is_published_says_how_far_each_project_is_and_the_head_of_the_chain(session, people):
    table = queries.disclosure_table(session)
    assert column(table, "进展")[0][:4] == ["部分验收", "已签约", "未启动", "未启动"]
    assert dict(table.foot)["记录链头"] == "尚未封存"
    seal(session)
    assert "环）" in dict(queries.disclosure_table(session).foot)["记录链头"]
    yesterday = clock.today() - dt.timedelta(days=1)
    assert column(queries.disclosure_table(session, known_on=yesterday), "资金规模")[1] == 0


def test_words_of_progress_to_the_end(session, people):
    agreement = papers.effective(
        session,
        people,
        Kind.AGREEMENT,
        earmark=papers.earmark(session, "03"),
        fen=papers.earmark(session, "03").amount_fen,
    )
    papers.effective(session, people, Kind.DISBURSEMENT, agreement.amount_fen, agreement=agreement)
    assert column(queries.disclosure_table(session), "进展")[0][2] == "实施中"
    papers.effective(session, people, Kind.CLAIM, agreement.amount_fen, agreement=agreement)
    papers.effective(session, people, Kind.ACCEPTANCE, agreement.amount_fen, agreement=agreement)
    assert column(queries.disclosure_table(session), "进展")[0][2] == "已全部验收"


@pytest.mark.parametrize("path", NAMES)
def test_each_table_is_shown_and_taken_away(session, people, sign_in, inspector, path):
    client = sign_in(inspector)
    page = client.get(path)
    assert page.status_code == 200
    assert "合计" in page.text
    workbook = client.get(f"{path}?format=xlsx")
    assert read_grid(workbook.data, most=100)
    assert client.get(f"{path}?format=csv").text.count("\n") > 1
    assert client.get(f"{path}?format=pdf").data.startswith(b"%PDF-")
    assert client.get(f"{path}?format=doc").status_code == 404


def test_everybody_reads_what_is_published_and_the_desk_the_rest(session, people, app, sign_in):
    stranger = app.test_client()
    assert "12317" in stranger.get("/reports/disclosure").text
    assert stranger.get("/reports/money/ledger").status_code == 302
    shopper = sign_in(make.person(session, role=Role.SHOPPER))
    assert shopper.get("/reports/money/ledger").status_code == 403
    assert "分月发生额" not in shopper.get("/reports/disclosure").text


def test_what_is_published_asks_six_times(session, people, sign_in, inspector, count_queries):
    client = sign_in(inspector)
    client.get("/reports/disclosure")
    with count_queries() as statements:
        client.get("/reports/disclosure")
    assert len(statements) <= 6


@pytest.mark.parametrize("typed", ["x", "2999-01-01", "1999-01-01"])
def test_a_day_that_is_none_says_so(session, people, app, typed):
    page = app.test_client().get(f"/reports/disclosure?known_on={typed}")
    assert f"“{typed}”不是过去的日期" in page.text


def test_a_past_day_is_shown_as_it_was_known(session, people, sign_in, inspector):
    yesterday = clock.today() - dt.timedelta(days=1)
    page = sign_in(inspector).get(f"/reports/money/months?known_on={yesterday}")
    assert f"截至 {yesterday}" in page.text
    assert "还没有记录" in page.text
    grouped = sign_in(inspector).get("/reports/money/ledger?by=township")
    assert "绍庆街道" in grouped.text


@pytest.mark.parametrize("path", NAMES)
def test_a_table_asks_few_questions(session, people, sign_in, inspector, count_queries, path):
    client = sign_in(inspector)
    client.get(path)
    with count_queries() as statements:
        client.get(path)
    assert len(statements) <= 6


def test_documents_that_came_later_are_not_named_for_an_earlier_day(session, people):
    yesterday = clock.today() - dt.timedelta(days=1)
    assert set(column(queries.fund_table(session, known_on=yesterday), "文件依据")[0]) == {""}
    today = queries.fund_table(session, known_on=clock.today())
    assert column(today, "文件依据")[0][0].startswith("演示〔2020〕")
