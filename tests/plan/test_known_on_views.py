"""Pages and files of the plan as known on a day, and the ledger's rows behind their money."""

import csv
import datetime as dt
import html
import io
import re
import zipfile
from urllib.parse import urlsplit

import pytest
import time_machine

from market.core import clock, money
from market.core.access import Role
from market.funds.models import Kind
from market.plan import services
from market.plan.models import DateKind, MilestoneState
from market.plan.queries import Told
from market.plan.services import load_plan
from tests import make
from tests.funds import papers
from tests.kept import kept, kept_world
from tests.plan import reports, works
from tests.plan.works import WAN

JUNE, AUGUST = "2020-06-30T04:00:00Z", "2020-08-31T04:00:00Z"


BUILDER = {"name": "向晴", "role": Role.COUNTY, "agency": "县交通局"}


@pytest.fixture
def builder(plan):
    """向晴 reports for 县交通局, which answers for projects 1, 2, 3, 11 and 14."""
    return make.person(plan, **BUILDER)


@pytest.fixture
def history(session):
    """Something known at the end of June, and more at the end of August; it is September."""
    kept_world(session, "a plan's summer", summer)
    session.commit()
    with time_machine.travel("2020-09-10T04:00:00Z", tick=False):
        yield


def summer(session):
    """Let people of a project, an indicator and a pair act in June and in August."""
    kept(session, "plan", load_plan, "plan_")
    builder = make.person(session, **BUILDER)
    clerk = make.person(session, name="冉宁", role=Role.COUNTY, agency="县卫生健康委")
    checker = make.person(session, name="罗川", role=Role.COORDINATOR)
    earmark, offices = papers.open_ledger(session)["01"], papers.offices(session)
    with time_machine.travel(JUNE, tick=False):
        papers.effective(session, offices, Kind.APPROPRIATION, 100 * WAN, earmark=earmark)
        works.checked(session, month=6, percent=300, by=builder, checker=checker)
        waits = works.report(session, month=5, percent=250, by=builder)
        works.date(session, DateKind.STARTED, dt.date(2020, 6, 1), by=builder)
        goal = works.milestone(session, name="路基", by=builder)
        one = reports.verified(session, "4i", value=12, by=clerk, checker=checker)
        two = reports.submit(session, "4i", value=7, by=clerk)
        pair = reports.pair(session, 1, by=checker)
    with time_machine.travel(AUGUST, tick=False):
        agreement = papers.effective(session, offices, Kind.AGREEMENT, 90 * WAN, earmark=earmark)
        papers.effective(session, offices, Kind.DISBURSEMENT, 80 * WAN, agreement=agreement)
        works.checked(
            session, month=8, percent=700, invested_fen=200 * WAN, by=builder, checker=checker
        )
        services.check_report(session, waits, version=1, by=checker)
        services.close_milestone(session, goal, MilestoneState.MISSED, note="雨", by=builder)
        services.reverse_record(session, one, reason="写错", by=checker)
        services.verify_record(session, two, version=1, by=checker)
        services.change_pair(
            session, pair, unit=pair.unit, township="大垭乡", village="塘口村", by=checker
        )
    return ()


@pytest.mark.usefixtures("history")
def test_the_pages_of_an_earlier_day_say_what_was_known_then(app, inspector, sign_in):
    client = app.test_client()
    page = client.get("/plan/progress?on=2020-07-15").text
    assert "（截至 2020-07-15）" in page
    assert "30.0%" in page
    assert "70.0%" not in page
    assert "progress.xlsx?on=2020-07-15" in page
    assert "2020-07-15 结束时" in page
    project = client.get("/plan/projects/1?on=2020-07-15").text
    assert ("计划中" in project, "未达成" in project, "2020-05" in project) == (True, False, False)
    assert "未达成" in client.get("/plan/projects/1?on=2020-08-31").text
    desk = sign_in(inspector)
    overview = desk.get("/plan/indicators?on=2020-07-15").text
    assert ("12 次" in overview, "1 条待核实" in overview) == (True, True)
    now = desk.get("/plan/indicators").text
    assert ("7 次" in now, "条待核实" in now) == (True, False)
    records = desk.get("/plan/indicators/4i?on=2020-07-15&state=submitted").text
    assert ("已冲销" in records, "冲销行" in records, "已核实" in records) == (False, False, True)
    assert "已冲销" in desk.get("/plan/indicators/4i?on=2020-08-31").text
    assert "还没有计入的记录" in desk.get("/plan/indicators/4i?on=2020-03-01").text
    pairs = desk.get("/plan/pairs?on=2020-07-15").text
    assert ("村1" in pairs, "塘口" in pairs) == (True, False)
    assert "塘口" in desk.get("/plan/pairs?on=2020-08-31").text

    # Today is as it is now.
    assert client.get("/plan/progress?on=2020-09-10").text.count("（截至") == 0
    assert "70.0%" in client.get("/plan/progress?on=").text


@pytest.mark.usefixtures("history")
def test_the_files_of_an_earlier_day_say_what_was_known_then(app, inspector, sign_in):
    client = app.test_client()
    for address, words in (
        ("progress.xlsx", "对口帮扶项目进展情况表（截至 2020-07-15）"),
        ("indicators.xlsx", "2020年帮扶方案指标完成情况表（截至 2020-07-15）"),
    ):
        sheet = client.get(f"/plan/{address}?on=2020-07-15")
        assert "2020-07-15.xlsx" in sheet.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(sheet.data)) as parts:
            assert words in parts.read("xl/sharedStrings.xml").decode()
    for address in ("progress.pdf", "indicators.pdf"):
        paper = client.get(f"/plan/{address}?on=2020-07-15")
        assert paper.data.startswith(b"%PDF-")
        assert "2020-07-15.pdf" in paper.headers["Content-Disposition"]
    rows = {
        on: next(
            csv.DictReader(io.StringIO(client.get(f"/plan/progress.csv{on}").text.lstrip("\ufeff")))
        )
        for on in ("?on=2020-07-15", "?on=2020-08-31", "")
    }
    assert [row["形象进度%"] for row in rows.values()] == ["30.0%", "70.0%", "70.0%"]
    assert [row["帮扶资金到位情况"][-5:] for row in rows.values()] == [" 0.0%", "80.0%", "80.0%"]
    assert rows["?on=2020-08-31"] == rows[""] | {"预警": rows["?on=2020-08-31"]["预警"]}
    sheet = sign_in(inspector).get("/plan/indicators/4i/records.xlsx?on=2020-07-15")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as parts:
        words = parts.read("xl/sharedStrings.xml").decode()
    assert ("已核实" in words, "已冲销" in words, "（截至 2020-07-15）" in words) == (
        True,
        False,
        True,
    )


@pytest.mark.usefixtures("history")
def test_a_day_that_cannot_be_meant_is_refused_beside_the_picker(inspector, sign_in):
    client = sign_in(inspector)
    wrong = []
    for typed, words in (
        ("2020-09-11", "2020-09-11 还没有到"),
        ("2019-12-31", "方案自 2020-01-01 起执行"),
        ("八月", "请按“年-月-日”填写"),
        ("²", "请按“年-月-日”填写"),
    ):
        for address, where in (
            ("progress", "progress"),
            ("progress.csv", "progress"),
            ("progress.pdf", "progress"),
            ("projects/1", "projects/1"),
            ("indicators", "indicators"),
            ("indicators.xlsx", "indicators"),
            ("indicators/2.1d", "indicators/2.1d"),
            ("indicators/2.1d/records.xlsx", "indicators/2.1d"),
            ("pairs", "pairs"),
        ):
            answer = client.get(f"/plan/{address}?on={typed}&year=2020")
            beside = (words, f'action="/plan/{where}"', f'value="{typed}"')
            if answer.status_code != 422 or not all(one in answer.text for one in beside):
                wrong.append((typed, address, answer.status_code))
    assert wrong == []


def test_a_record_waits_in_the_year_that_it_told_of_then(plan, clerk, checker):
    with time_machine.travel("2020-12-30T04:00:00Z", tick=False) as traveller:
        made = reports.submit(plan, "4i", value=3, by=clerk)
        traveller.move_to("2021-01-05T04:00:00Z")
        services.return_record(plan, made, version=1, answer="日期不对", by=checker)
        again = Told(dt.date(2021, 1, 2), value=3, place="乡卫生院")
        services.resubmit_record(plan, made, again, by=clerk)
        traveller.move_to("2021-01-06T04:00:00Z")
        told = {
            (year, on): reports.standing(plan, "4i", year, on).waiting
            for year in (2020, 2021)
            for on in (dt.date(2020, 12, 29), dt.date(2020, 12, 30), dt.date(2021, 1, 5))
        }
    assert [key for key, count in told.items() if count] == [
        (2020, dt.date(2020, 12, 30)),
        (2021, dt.date(2021, 1, 5)),
    ]


def test_an_earlier_day_asks_little_more(plan, clerk, checker, count_queries, app):
    reports.verified(plan, "4i", value=3, by=clerk, checker=checker)
    plan.commit()
    client, yesterday = app.test_client(), clock.today() - dt.timedelta(1)
    for address in ("/plan/progress", "/plan/indicators", "/plan/projects/1"):
        with count_queries() as now:
            client.get(address)
        with count_queries() as then:
            client.get(f"{address}?on={yesterday}")
        assert len(then) <= len(now) + 1


@pytest.mark.usefixtures("history")
def test_each_figure_of_money_leads_to_rows_that_sum_to_it(inspector, sign_in):
    client = sign_in(inspector)
    for on in ("", "2020-07-15", "2020-08-31"):
        found = []
        for page in (f"/plan/progress?on={on}", f"/plan/projects/1?on={on}"):
            for link, figure in figures_on(client.get(page).text):
                stage = re.search("下达|签约|拨付|使用|验收", link[1])[0]
                assert sum_at(client, link[0], stage) == figure, (page, link)
                found.append((stage, figure))
        stages = ["下达"] if on == "2020-07-15" else ["下达", "签约", "拨付"]
        # Of the row, the sum, the project's page.
        assert [stage for stage, _ in found] == stages * 3, on
        assert ("拨付", "80.00") in found or on == "2020-07-15", on


def test_a_project_of_several_earmarks_leads_to_all_of_them(plan, inspector, sign_in):
    earmarks, offices = papers.open_ledger(plan), papers.offices(plan)
    for code in [code for code in earmarks if code.startswith("05")][:2]:
        papers.effective(plan, offices, Kind.APPROPRIATION, 10 * WAN, earmark=earmarks[code])
    client = sign_in(inspector)
    links = dict(figures_on(client.get("/plan/progress?township=太原镇").text))
    (link,) = links
    assert (links[link], sum_at(client, link[0], "下达")) == ("20.00", "20.00")


def test_money_leads_nowhere_for_who_would_not_see_all_of_it(app, plan, builder, sign_in):
    earmarks, offices = papers.open_ledger(plan), papers.offices(plan)
    for code in ("01", next(code for code in earmarks if code.startswith("05"))):
        papers.effective(plan, offices, Kind.APPROPRIATION, 10 * WAN, earmark=earmarks[code])
    part = make.person(plan, role=Role.COUNTY, agency="县司法局")
    plan.commit()
    assert figures_on(app.test_client().get("/plan/progress").text) == []
    assert figures_on(sign_in(part).get("/plan/progress").text) == []
    links = figures_on(sign_in(builder).get("/plan/progress").text)
    assert [urlsplit(link[0]).path for link, _ in links] == ["/funds/earmarks/01"]


def figures_on(page):
    """Return ((address, title), figure) of the figures on a page that lead to the ledger."""
    found = re.findall(
        r'<a class="figure-link num" href="(/funds[^"]*)" title="([^"]*)">([^<]*)<', page
    )
    return [((html.unescape(url), title), text) for url, title, text in found]


def sum_at(client, address, stage):
    """Return the sum row's figure of a stage on a page of the ledger, in 万元."""
    page = client.get(address.partition("#")[0]).text
    foot = re.search(r"<tfoot>(?!.*<tfoot>)(.*?)</tfoot>", page, re.DOTALL)[1]
    if "/earmarks/" in address:
        assert f"流水：{stage}" in page
        yuan = re.search(r'data-label="计入（元）">([^<]*)<', foot)[1]
        return money.wan(money.parse_yuan(yuan))
    return re.search(rf'data-label="{stage}">([^<]*)<', foot)[1]
