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


def test_the_tables_of_money_sum_to_the_plan_and_say_how_far_it_has_come(session, people):
    yesterday = clock.today() - dt.timedelta(days=1)
    every_grouping_of_the_ledger_sums_to_the_plan(session)
    the_ledger_names_the_documents_known_by_then(session, yesterday)
    the_months_sum_to_the_figures(session, yesterday)
    performance_compares_what_was_spent_with_the_plans_money(session)
    what_is_published_says_how_far_each_project_is(session, yesterday)
    words_of_progress_go_on_to_the_end(session, people)


def every_grouping_of_the_ledger_sums_to_the_plan(session):
    wrong = []
    for by, count in {"earmark": 23, "project": 17, "department": 13, "township": 8}.items():
        table = queries.fund_table(session, by=by)
        if len(table.rows) != count:
            wrong.append((by, len(table.rows)))
        for name, fen in (
            ("计划数", PLAN_FEN),
            ("签约数", 110 * WAN),
            ("拨付数", 75 * WAN),
            ("待审占用", 4 * WAN),
        ):
            values, total = column(table, name)
            if not sum(values) == total == fen:
                wrong.append((by, name, values, total))
        rates, given = column(table, "支出率")[0], column(table, "下达数")[0]
        if rates.count("—") != sum(not fen for fen in given):
            wrong.append((by, rates, given))
    assert wrong == []


def the_ledger_names_the_documents_known_by_then(session, yesterday):
    [number, *_], _ = column(queries.fund_table(session), "文件依据")
    assert number.startswith("演示〔2020〕")
    assert set(column(queries.fund_table(session, known_on=yesterday), "文件依据")[0]) == {""}
    today = queries.fund_table(session, known_on=clock.today())
    assert column(today, "文件依据")[0][0].startswith("演示〔2020〕")


def the_months_sum_to_the_figures(session, yesterday):
    assert list(flows(session)) == [(clock.today().year, clock.today().month)]
    table = queries.flow_table(session)
    sums = [column(table, name)[1] for name in ("签约", "拨付", "使用", "验收", "上缴")]
    assert sums == [110 * WAN, 75 * WAN, 60 * WAN, 50 * WAN, 0]
    assert queries.flow_table(session, known_on=yesterday).rows == []


def performance_compares_what_was_spent_with_the_plans_money(session):
    table = queries.performance_table(session)
    assert len(table.rows) == 17
    assert column(table, "资金总额")[1] == 20_559_990_000
    assert column(table, "全年预算数(A)")[1] == PLAN_FEN
    rates, rate = column(table, "执行率(B/A)")
    assert (rates[0], rate) == (60 * WAN * 1000 // 183_150_000, 60 * WAN * 1000 // PLAN_FEN)


def what_is_published_says_how_far_each_project_is(session, yesterday):
    table = queries.disclosure_table(session)
    assert column(table, "进展")[0][:4] == ["部分验收", "已签约", "未启动", "未启动"]
    assert dict(table.foot)["记录链头"] == "尚未封存"
    seal(session)
    assert "环）" in dict(queries.disclosure_table(session).foot)["记录链头"]
    assert column(queries.disclosure_table(session, known_on=yesterday), "资金规模")[1] == 0


def words_of_progress_go_on_to_the_end(session, people):
    earmark = papers.earmark(session, "03")
    agreement = papers.effective(
        session, people, Kind.AGREEMENT, earmark=earmark, fen=earmark.amount_fen
    )
    papers.effective(session, people, Kind.DISBURSEMENT, agreement.amount_fen, agreement=agreement)
    assert column(queries.disclosure_table(session), "进展")[0][2] == "实施中"
    papers.effective(session, people, Kind.CLAIM, agreement.amount_fen, agreement=agreement)
    papers.effective(session, people, Kind.ACCEPTANCE, agreement.amount_fen, agreement=agreement)
    assert column(queries.disclosure_table(session), "进展")[0][2] == "已全部验收"


@pytest.mark.usefixtures("people")
def test_each_table_is_shown_and_taken_away_in_few_questions(
    session, app, sign_in, inspector, count_queries
):
    client = sign_in(inspector)
    for path in NAMES:
        page = client.get(path)
        assert page.status_code == 200, path
        assert "合计" in page.text, path
        with count_queries() as statements:
            client.get(path)
        assert len(statements) <= 6, path
        workbook = client.get(f"{path}?format=xlsx")
        assert read_grid(workbook.data, most=100), path
        assert client.get(f"{path}?format=csv").text.count("\n") > 1, path
        assert client.get(f"{path}?format=pdf").data.startswith(b"%PDF-"), path
        assert client.get(f"{path}?format=doc").status_code == 404, path
    assert "绍庆街道" in client.get("/reports/money/ledger?by=township").text

    # A past day is shown as it was known; one that is none says so.
    yesterday = clock.today() - dt.timedelta(days=1)
    page = client.get(f"/reports/money/months?known_on={yesterday}")
    assert f"截至 {yesterday}" in page.text
    assert "还没有记录" in page.text
    stranger = app.test_client()
    for typed in ("x", "2999-01-01", "1999-01-01"):
        page = stranger.get(f"/reports/disclosure?known_on={typed}")
        assert f"“{typed}”不是过去的日期" in page.text, typed

    # Everybody reads what is published, the desk the rest.
    assert "12317" in stranger.get("/reports/disclosure").text
    assert stranger.get("/reports/money/ledger").status_code == 302
    shopper = sign_in(make.person(session, role=Role.SHOPPER))
    assert shopper.get("/reports/money/ledger").status_code == 403
    assert "分月发生额" not in shopper.get("/reports/disclosure").text
