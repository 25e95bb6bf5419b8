"""The table of performance: confirmed assessments beside the money, summed, as known on a day."""

import datetime as dt

import pytest

from market.core import clock
from market.core.access import Role
from market.funds.models import Kind
from market.plan.models import Aspect
from market.plan.services import load_plan
from market.reports import queries
from tests import make
from tests.funds import papers
from tests.funds.papers import WAN
from tests.kept import kept
from tests.plan import assessments
from tests.plan.assessments import line, told
from tests.reports.test_money import column


def at(year, month, day):
    """Set the clock to a noon in China."""
    return clock.set_to(dt.datetime(year, month, day, 4, tzinfo=dt.UTC))


@pytest.fixture
def assessed(session):
    """A project a fifth of whose money is spent in 2020 and more in 2021; two are assessed for 2020."""
    kept(session, "plan", load_plan, "plan_")  # So that the ledger is opened on this day.
    with at(2020, 6, 1):
        earmarks = papers.open_ledger(session)
        people = papers.offices(session)
        agreement = papers.ready(session, people, earmarks["01"], 100 * WAN)
        papers.effective(session, people, Kind.DISBURSEMENT, 80 * WAN, agreement=agreement)
        papers.effective(session, people, Kind.CLAIM, 36_630_000, agreement=agreement)
    builder = make.person(session, role=Role.COUNTY, agency="县交通局")
    checker = make.person(session, role=Role.COORDINATOR)
    with at(2021, 1, 15):
        who = {"by": builder, "checker": checker}
        late = line(Aspect.SOCIETY, 40, score_milli=35_000, reason="三月补齐")
        assessments.confirmed(session, told(line(), late), **who)
        assessments.confirmed(session, told(), number=2, **who)
        assessments.write(session, told(), number=3, by=builder)
    with at(2021, 2, 1):
        papers.effective(session, people, Kind.CLAIM, 10 * WAN, agreement=agreement)
        new = told(goal="更正后的目标", correction="补记")
        assessments.confirmed(session, new, seen=1, **who)
    session.commit()
    return session


def test_each_project_has_its_money_and_its_indicators(assessed):
    table = queries.performance_table(assessed, known_on=dt.date(2021, 1, 20))
    assert "2020年" in table.title
    assert len(table.rows) == 17 + 2 + 2
    scores, total = column(table, "得分")
    # 36.63 of 183.15 万元 are 20 %: two points of ten.
    assert scores[:6] == [2000, 50_000, 35_000, 0, 50_000, 40_000]
    assert total == 2000 + 85_000 + 90_000
    whole, sums = column(table, "自评总分")
    assert (whole[0], whole[3], whole[6], sums) == (87_000, 90_000, "—", total)
    assert column(table, "分值")[1] == 200_000
    assert column(table, "一级指标")[0][:3] == ["预算执行", "产出指标", "效益指标"]
    assert column(table, "负责人及电话")[0][0] == "建设科负责人，023-00000000"
    facts = dict(table.head)
    assert facts["自评情况"] == "17 个项目中 2 个已确认自评，平均 88.5 分"
    assert "填写" in facts["下一步"]


def test_a_correction_counts_from_the_day_it_is_confirmed_and_the_year_ends_in_december(assessed):
    table = queries.performance_table(assessed)
    assert column(table, "年度目标")[0][0] == "更正后的目标"
    assert column(table, "全年执行数(B)")[1] == 36_630_000
    next_year = queries.performance_table(assessed, year=2021)
    assert column(next_year, "全年执行数(B)")[1] == 46_630_000
    assert column(next_year, "得分") == (["—"] * 17, 0)
    before = queries.performance_table(assessed, known_on=dt.date(2020, 7, 1))
    assert dict(before.head)["自评情况"] == "17 个项目中 0 个已确认自评"


@pytest.mark.parametrize(("by", "count"), [("department", 13), ("township", 8)])
def test_groups_sum_to_the_same(assessed, by, count):
    table = queries.performance_table(assessed, by=by)
    assert len(table.rows) == count
    for name in ("全年预算数(A)", "全年执行数(B)"):
        values, total = column(table, name)
        assert sum(values) == total == column(queries.performance_table(assessed), name)[1]
    assert column(table, "项目数")[1] == 17
    assert column(table, "已确认自评")[1] == 2
    assert column(table, "平均自评总分")[1] == (92_000 + 90_000) // 2


def test_without_a_ledger_nothing_is_scored(assessed):
    nothing = queries.performance_table(assessed, year=2020, known_on=dt.date(2020, 5, 1))
    assert column(nothing, "执行率(B/A)")[0] == ["—"] * 17
    with clock.set_to(dt.datetime(2020, 5, 1, 4, tzinfo=dt.UTC)):
        group = queries.performance_table(assessed, by="township", known_on=clock.today())
    assert column(group, "平均自评总分")[1] == "—"


def test_the_page_filters_links_and_gives_the_same_as_files(assessed, sign_in, inspector):
    client = sign_in(inspector)
    address = "/reports/money/performance"
    page = client.get(f"{address}?year=2020").text
    for words in ("三级指标", "更正后的目标", "/plan/projects/1#assessments", "2 个已确认自评"):
        assert words in page
    assert "按乡镇" in page
    assert "平均自评总分" in client.get(f"{address}?by=township&year=x").text
    text = client.get(f"{address}?format=csv&year=2020&known_on=2021-01-20").text
    assert "三月补齐" in text
    for form in ("xlsx", "pdf"):
        assert client.get(f"{address}?format={form}").status_code == 200
