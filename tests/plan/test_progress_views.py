"""Pages of projects: open progress beside money; reports for the desk, checked by another person."""

import csv
import datetime as dt
import io
import zipfile

import pytest
import sqlalchemy as sa

from market.core import clock
from market.core.access import Role
from market.funds.models import Kind
from market.funds.queries.projects import disbursed_by_month, money_of_projects
from market.plan import services
from market.plan.models import (
    DateKind,
    Milestone,
    MilestoneState,
    ProjectDate,
    ProjectReport,
    ReportState,
)
from tests import make
from tests.funds import papers
from tests.plan import reports, works
from tests.plan.test_indicator_views import once_of, photo

WAN = works.WAN


@pytest.fixture(autouse=True)
def today():
    """It is noon on 18 June 2020 in China."""
    with clock.set_to(dt.datetime(2020, 6, 18, 4, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def builder(plan):
    """向晴 reports for 县交通局, which answers for projects 1, 2, 3, 11 and 14."""
    return make.person(plan, name="向晴", role=Role.COUNTY, agency="县交通局")


def paid(session, fen=100 * WAN):
    """Hand down, bind and disburse some of project 1's money."""
    earmark = papers.open_ledger(session)["01"]
    people = papers.offices(session)
    papers.effective(session, people, Kind.APPROPRIATION, fen, earmark=earmark)
    agreement = papers.effective(session, people, Kind.AGREEMENT, fen, earmark=earmark)
    papers.effective(session, people, Kind.DISBURSEMENT, fen * 4 // 5, agreement=agreement)


def test_everyone_sees_what_was_checked_and_no_names(app, plan, builder, checker):
    file = reports.file(plan, builder)
    works.checked(
        plan, month=5, percent=305, problem="雨多", by=builder, checker=checker, photos=[file]
    )
    works.report(plan, month=6, percent=777, by=builder)
    works.date(plan, DateKind.STARTED, dt.date(2020, 3, 1), by=builder)
    late = works.milestone(plan, by=builder)
    services.close_milestone(plan, late, MilestoneState.MISSED, note="内部说明", by=builder)
    works.date(plan, DateKind.STARTED, dt.date(2020, 3, 2), reason="内部说明", by=builder)
    token = file.token
    plan.commit()
    client = app.test_client()
    overview, page = client.get("/plan/progress").text, client.get("/plan/projects/1").text
    for words in (overview, page):
        assert "30.5%" in words
        assert "77.7%" not in words
        assert "向晴" not in words
        assert checker.name not in words
        assert "填月报" not in words
        assert "内部说明" not in words
    for word in ("主体封顶", "未达成", "雨多", "2020-03-01", f"/files/{token}", "资金缺口"):
        assert word in page
    assert client.get("/plan/projects/99").status_code == 404
    assert client.get("/plan/projects/1/reports/2020-05").status_code == 302
    assert "还没有核对过的月报" in client.get("/plan/projects/2").text
    assert "项目进展与资金" in client.get("/plan/projects").text


def test_without_a_plan_the_progress_says_what_to_do(app, session):
    assert "还没有载入" in app.test_client().get("/plan/progress").text


def test_money_stands_beside_progress(app, plan, builder, checker):
    paid(plan)
    works.checked(plan, month=6, by=builder, checker=checker)
    plan.commit()
    found = money_of_projects(plan)
    assert len(found) == 17
    assert found[1].appropriated_on == clock.today()
    assert found[2].appropriated_on is None
    project = works.project(plan)
    assert disbursed_by_month(plan, project) == {(2020, 6): 80 * WAN}
    assert disbursed_by_month(plan, works.project(plan, 2)) == {}
    page = app.test_client().get("/plan/progress?sort=rate").text
    assert "80.0%" in page
    assert page.index('/plan/projects/1"') < page.index('/plan/projects/2"')
    table = app.test_client().get("/plan/progress.csv").text
    assert "下达 100.00，拨付 80.00，拨付率 80.0%" in table
    page = app.test_client().get("/plan/projects/1").text
    assert "43.6%" in page  # 80 of 183.15 万元.
    assert "30.0%" in page  # 100 of 333.15 万元.


def test_projects_are_filtered_sorted_and_exported(app, plan, builder, checker):
    works.date(plan, DateKind.PLANNED, dt.date(2020, 6, 1), by=builder)
    works.checked(plan, percent=305, problem="雨多", measure="抢工", by=builder, checker=checker)
    plan.commit()
    client = app.test_client()

    def names(query):
        content = client.get(f"/plan/progress.csv?{query}").data.decode("utf-8-sig")
        return [row["序号"] for row in csv.DictReader(io.StringIO(content))]

    assert names("township=三义乡") == ["8", "9", "10", "11"]
    assert names("department=县司法局") == ["5"]
    assert names("category=教育资助") == ["16"]
    assert names("alert=overdue") == ["1"]
    assert names("alert=nothing") == []
    assert names("sort=gap&direction=desc")[0] == "6"
    assert names("sort=delay")[0] == "1"
    assert names("sort=nonsense") == [str(number) for number in range(1, 18)]
    assert client.get("/plan/progress.pdf?alert=overdue").data.startswith(b"%PDF-")
    sheet = client.get("/plan/progress.xlsx?alert=overdue")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as parts:
        words = parts.read("xl/sharedStrings.xml").decode()
    for word in (
        *("序号", "所属镇", "建设性质", "项目完成情况", "存在问题及拟解决措施", "总投资额"),
        *("帮扶资金到位情况", "开工日期", "计划完工", "形象进度%", "累计完成投资", "牵头单位"),
        *("责任单位", "填报日期", "预警", "雨多；抢工", "未下达", "已逾期 17 天未完工"),
    ):
        assert word in words
    page = client.get("/plan/progress?alert=overdue&sort=percent&direction=asc").text
    assert "1 个项目" in page
    assert "progress.xlsx?alert=overdue&amp;sort=percent&amp;direction=asc" in page
    assert "没有符合条件的项目" in client.get("/plan/progress?alert=nothing").text


def test_a_month_is_reported_on_a_phone_and_checked_at_the_desk(plan, builder, checker, sign_in):
    plan.commit()
    county = sign_in(builder)
    assert "/plan/projects/14/reports/new" in county.get("/plan/progress").text
    assert "填月报" in county.get("/plan/projects/1").text
    form = county.get("/plan/projects/1/reports/new").text
    assert 'value="2020-06"' in form
    told = {
        "once": once_of(form),
        "month": "2020-06",
        "percent": "45.5",
        "invested_fen": "1,200,000.00",
        "problem": "",
        "measure": "",
    }
    for change, words in (
        ({"month": "6月"}, "年-月"),
        ({"month": "2020-07"}, "还没有到"),
        ({"percent": "45.55"}, "最多一位小数"),
        ({"percent": "101"}, "0 至 100"),
        ({"percent": "多"}, "只能是数字"),
        ({"percent": ""}, "请填写形象进度"),
        ({"invested_fen": "99999999"}, "超过总投资"),
        ({"photos": (io.BytesIO(b"%PDF-1.4"), "a.pdf")}, "不能上传 PDF"),
    ):
        page = county.post("/plan/projects/1/reports/new", data=told | change)
        assert page.status_code == 422
        assert words in page.text
    page = county.post("/plan/projects/1/reports/new", data=told | {"photos": [photo(), photo()]})
    assert page.location == "/plan/projects/1/reports/2020-06"
    made = plan.scalars(sa.select(ProjectReport)).one()
    assert (made.percent, made.invested_fen, len(made.photos)) == (455, 120 * WAN, 2)
    plan.commit()
    assert "核对之前不计入" in county.get(page.location).text
    assert county.post(f"{page.location}/check", data={"version": 1}).status_code == 403
    desk = sign_in(checker)
    assert "待您核对的月报（1）" in desk.get("/plan/progress").text
    assert "核对无误" in desk.get(page.location).text
    refused = desk.post(f"{page.location}/check", data={"version": "9"})
    assert (refused.status_code, "刚刚被修改" in refused.text) == (422, True)
    assert desk.post(f"{page.location}/return", data={"version": "x"}).status_code == 422
    desk.post(f"{page.location}/return", data={"version": 1, "answer": "少一张照片"})
    assert "少一张照片" in county.get(f"{page.location}/edit").text
    again = told | {"percent": "46", "without": made.photos[0].attachment.token}
    plan.commit()
    wrong = county.post(f"{page.location}/edit", data=again | {"invested_fen": "99999999"})
    assert (wrong.status_code, "超过总投资" in wrong.text) == (422, True)
    assert 'name="why_total"' in wrong.text
    assert 'name="why_percent"' not in wrong.text
    assert f'value="{again["without"]}" checked' in wrong.text
    again |= {"invested_fen": "99999999", "why_total": "征地增加"}
    assert county.post(f"{page.location}/edit", data=again).location == page.location
    assert "征地增加" in desk.get(page.location).text
    assert "只有被退回的月报" in county.get(f"{page.location}/edit", follow_redirects=True).text
    desk.post(f"{page.location}/check", data={"version": 2})
    plan.expire_all()
    assert (made.state, made.percent, made.version) == (ReportState.CHECKED, 460, 2)
    assert len(made.photos) == 1
    assert "向晴" in desk.get("/plan/projects/1").text


def test_others_reach_no_form_of_a_project(plan, builder, checker, inspector, sign_in):
    works.report(plan, by=builder)
    stranger = make.person(plan, role=Role.COUNTY, agency="县教委")
    office = make.person(plan, role=Role.COORDINATOR, agency="没有这个局")
    plan.commit()
    client = sign_in(stranger)
    for address in ("reports/new", "reports/2020-06/edit", "dates", "milestones/new"):
        assert client.get(f"/plan/projects/1/{address}").status_code == 403
    assert client.get("/plan/projects/99/reports/new").status_code == 404
    for month in ("2020-05", "2020-13", "x"):
        assert client.get(f"/plan/projects/1/reports/{month}").status_code == 404
    office = sign_in(office)
    page = office.post("/plan/projects/1/reports/2020-06/check", data={"version": 1})
    assert (page.status_code, "统筹协调人员核对" in page.text) == (422, True)
    assert "核对无误" not in sign_in(inspector).get("/plan/projects/1/reports/2020-06").text


def test_days_are_entered_and_changed_with_a_reason(plan, builder, sign_in):
    plan.commit()
    client = sign_in(builder)
    where = "/plan/projects/1/dates"

    def enter(**given):
        form = client.get(where).text
        return client.post(where, data={"once": once_of(form), "kind": "started"} | given)

    assert enter(day="2020-03-01").location.startswith("/plan/projects/1")
    assert "已经是 2020-03-01" in enter(day="2020-03-01").text
    assert enter(day="2020-03-02").status_code == 422
    assert enter(kind="nonsense", day="2020-03-02").status_code == 422
    assert enter(day="", reason="填错").status_code == 302
    assert plan.scalars(sa.select(ProjectDate.day).order_by(ProjectDate.id)).all() == [
        dt.date(2020, 3, 1),
        None,
    ]
    assert "撤销" in client.get("/plan/projects/1").text


def test_milestones_are_added_and_closed(plan, builder, checker, sign_in):
    works.milestone(plan, name="路基", planned_on=dt.date(2020, 9, 1), by=builder)
    plan.commit()
    client = sign_in(checker)
    where = "/plan/projects/1/milestones"
    form = client.get(f"{where}/new").text
    told = {"once": once_of(form), "name": "路基", "planned_on": "2020-05-01"}
    assert "已有里程碑" in client.post(f"{where}/new", data=told).text
    assert client.post(f"{where}/new", data=told | {"name": "测量"}).status_code == 302
    # Planned earlier, it stands first; its address is still that of the second one added.
    page = client.get("/plan/projects/1").text
    assert page.index(f"{where}/2") < page.index(f"{where}/1")
    assert "测量" in client.get(f"{where}/2").text
    assert "达成日期" in client.post(f"{where}/2", data={"state": "met"}).text
    assert client.post(f"{where}/2", data={"state": "planned"}).status_code == 422
    closed = client.post(f"{where}/2", data={"state": "met", "met_on": "2020-05-02"})
    assert closed.status_code == 302
    states = plan.execute(sa.select(Milestone.name, Milestone.state).order_by(Milestone.id))
    assert states.all() == [("路基", MilestoneState.PLANNED), ("测量", MilestoneState.MET)]
    assert "不再修改" in client.get(f"{where}/2", follow_redirects=True).text
    for place in ("0", "3", "1000"):
        assert client.get(f"{where}/{place}").status_code == 404


def test_the_pages_ask_the_same_however_much_was_reported(
    app, plan, builder, checker, count_queries
):
    for month in (1, 2):
        works.checked(plan, month=month, by=builder, checker=checker)
    plan.commit()
    client = app.test_client()

    def asked(address):
        with count_queries() as statements:
            client.get(address)
        return len(statements)

    before = asked("/plan/progress"), asked("/plan/projects/1")
    for month in (3, 4, 5, 6):
        photos = [reports.file(plan, builder)]
        works.checked(plan, month=month, by=builder, checker=checker, photos=photos)
        works.checked(plan, month=month, number=2, by=builder, checker=checker)
        works.milestone(plan, name=f"里程碑{month}", by=builder)
    plan.commit()
    after = asked("/plan/progress"), asked("/plan/projects/1")
    assert before[0] == after[0]
    assert after[0] <= 12
    assert after[1] <= before[1] + 1  # The photos.
    assert after[1] <= 18
