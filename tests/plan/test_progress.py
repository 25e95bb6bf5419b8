"""Projects by month: reported by whom, checked by another; their days and milestones."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.notices.models import Notice
from market.plan import queries, services
from market.plan.models import (
    DateKind,
    Milestone,
    MilestoneState,
    ProjectDate,
    ProjectReport,
    ReportState,
)
from market.plan.services import Said
from tests import make
from tests.plan import reports, works
from tests.plan.works import DAY, WAN


@pytest.fixture(autouse=True)
def today():
    """It is noon on 18 June 2020 in China."""
    with clock.set_to(dt.datetime(2020, 6, 18, 4, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def builder(plan):
    """向晴 reports for 县交通局, which answers for projects 1, 2, 3, 11 and 14."""
    return make.person(plan, name="向晴", role=Role.COUNTY, agency="县交通局")


def test_a_report_is_submitted_checked_and_told(plan, builder, checker):
    photo = reports.file(plan, builder)
    made = works.report(plan, by=builder, photos=[photo])
    assert (made.state, made.code, photo.is_public) == (ReportState.SUBMITTED, "2020-06", False)
    services.check_report(plan, made, version=1, by=checker)
    assert (made.state, made.checked_by, photo.is_public) == (ReportState.CHECKED, checker, True)
    deeds = plan.scalars(sa.select(Entry.deed).where(Entry.about.like("project_report:%"))).all()
    assert deeds == ["report.submitted", "report.checked"]
    told = plan.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert [notice.person_id for notice in told] == [checker.id, builder.id]
    assert told[0].path == "/plan/projects/1/reports/2020-06"


def test_the_second_click_gets_the_first_ones_report(plan, builder):
    first = works.report(plan, once_key="same", by=builder)
    assert works.report(plan, once_key="same", by=builder) is first


@pytest.mark.parametrize(
    ("role", "agency", "number", "reports_it", "steers", "checks"),
    [
        (Role.COUNTY, "县交通局", 1, True, True, False),
        (Role.COUNTY, "", 1, False, False, False),
        (Role.COUNTY, "县教委", 1, False, False, False),
        (Role.COUNTY, "县司法局", 5, True, True, False),
        (Role.COUNTY, "县卫生健康委", 5, True, True, False),
        (Role.COUNTY, "县交通局", 5, False, False, False),
        (Role.COORDINATOR, "", 1, False, True, True),
        (Role.COORDINATOR, "没有这个局", 1, False, False, False),
        (Role.FUND_OFFICER, "", 1, False, False, False),
        (Role.ADMIN, "县交通局", 1, False, False, False),
    ],
)
def test_who_reports_and_who_checks(
    plan, builder, role, agency, number, reports_it, steers, checks
):
    person = make.person(plan, role=role, agency=agency)
    project = works.project(plan, number)
    assert queries.may_report_project(project, person) is reports_it
    assert queries.may_steer(project, person) is steers
    report = works.report(plan, by=builder)
    if number == 1:
        assert queries.may_check(report, person) is checks
        if not checks:
            with pytest.raises(Refused, match="统筹协调人员核对"):
                services.check_report(plan, report, version=1, by=person)
    if not reports_it:
        with pytest.raises(Refused, match="由责任单位"):
            works.report(plan, number=number, month=5, by=person)
    if not steers:
        with pytest.raises(Refused, match="登记"):
            works.date(plan, DateKind.STARTED, DAY, number=number, by=person)
        with pytest.raises(Refused, match="登记"):
            works.milestone(plan, number=number, by=person)


def test_a_coordinator_of_the_clauses_lead_checks(plan, builder):
    lead = works.project(plan).clause.lead_units[0]
    report = works.report(plan, by=builder)
    services.check_report(
        plan, report, version=1, by=make.person(plan, role=Role.COORDINATOR, agency=lead)
    )
    assert report.state is ReportState.CHECKED


def test_nobody_checks_what_they_reported(plan, builder, checker):
    report = works.report(plan, by=builder)
    builder.role, builder.agency = Role.COORDINATOR, ""
    with pytest.raises(Refused, match="不能核对或退回自己"):
        services.check_report(plan, report, version=1, by=builder)
    with pytest.raises(Refused, match="不能核对或退回自己"):
        services.return_report(plan, report, version=1, answer="错", by=builder)
    plan.commit()
    with pytest.raises(sa.exc.IntegrityError, match="checker_is_not_maker"):
        plan.execute(sa.update(ProjectReport).values(state="checked", checked_by_id=builder.id))


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"month": 7}, "month", "最晚可填报本月（2020-06）"),
        ({"month": 0}, "month", "请选择"),
        ({"month": 13}, "month", "请选择"),
        ({"year": 2019}, "month", "2020-01 以后"),
        ({"percent": -1}, "percent", "0 至 100%"),
        ({"percent": 1001}, "percent", "0 至 100%"),
        ({"invested_fen": -1}, "invested_fen", "累计完成投资须在"),
        ({"invested_fen": 10**15}, "invested_fen", "累计完成投资须在"),
        ({"problem": "长" * 501}, "problem", "最多 500"),
        ({"measure": "长" * 501}, "measure", "最多 500"),
        ({"why_total": "长" * 201}, "why_total", "超过总投资的原因最多 200"),
        ({"invested_fen": 334 * WAN}, "why_total", "超过总投资 3,331,500.00 元"),
        ({"percent": 299}, "why_percent", "比 2020-05 的 30.0% 低"),
        ({"invested_fen": 50 * WAN - 1}, "why_invested", "比 2020-05 的 500,000.00 元低"),
        ({"month": 5}, "month", "已经填报过"),
    ],
)
def test_what_is_reported_must_hold(plan, builder, facts, field, words):
    works.report(plan, month=5, percent=300, invested_fen=50 * WAN, by=builder)
    with pytest.raises(Refused, match=words) as refusal:
        works.report(plan, by=builder, **facts)
    assert refusal.value.field == field


ODD = {"percent": 200, "invested_fen": 400 * WAN}
WHY = {"why_percent": "返工", "why_total": "征地增加"}


def test_each_odd_figure_passes_with_a_reason_of_its_own(plan, builder):
    works.report(plan, month=5, percent=300, invested_fen=50 * WAN, by=builder)
    with pytest.raises(services.Unexplained) as refusal:
        works.report(plan, problem="雨多", measure="抢工", by=builder, **ODD)
    assert [one.field for one in refusal.value.each] == ["why_percent", "why_total"]
    for reason in WHY:
        with pytest.raises(services.Unexplained) as refusal:
            works.report(plan, by=builder, **ODD, **WHY | {reason: " "})
        assert [one.field for one in refusal.value.each] == [reason]
    made = works.report(plan, by=builder, why_invested="没有减少", **ODD, **WHY)
    assert (made.why_percent, made.why_invested, made.why_total) == ("返工", "", "征地增加")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"percent": 199}, "形象进度比 2020-03 的 20.0% 低，请"),
        ({"percent": 401}, "形象进度比后面 2020-05 的 40.0% 高，请"),
        ({"invested_fen": 20 * WAN - 1}, "累计完成投资比 2020-03 的 200,000.00 元低，请"),
        ({"invested_fen": 40 * WAN + 1}, "累计完成投资比后面 2020-05 的 400,000.00 元高，请"),
        ({"percent": 200, "invested_fen": 20 * WAN}, ""),
        ({"percent": 400, "invested_fen": 40 * WAN}, ""),
    ],
)
def test_a_late_month_stands_between_its_neighbours(plan, builder, checker, facts, words):
    for month in (3, 5):
        told = {"percent": month * 100 - 100, "invested_fen": (month - 1) * 10 * WAN}
        works.report(plan, month=month, by=builder, **told)
    works.report(plan, month=2, percent=0, invested_fen=0, by=builder)
    works.report(plan, month=6, percent=1000, invested_fen=300 * WAN, by=builder)
    back = works.report(plan, month=4, percent=300, invested_fen=30 * WAN, by=builder)
    services.return_report(plan, back, version=1, answer="请核对", by=checker)
    said = Said(**{"percent": 300, "invested_fen": 30 * WAN} | facts)
    if words:
        with pytest.raises(Refused, match=words):
            services.resubmit_report(plan, back, said, by=builder)
    else:
        services.resubmit_report(plan, back, said, by=builder)
        assert back.version == 2


def test_photos_are_taken_off_a_returned_report_and_their_files_stay(plan, builder, checker):
    photos = [reports.file(plan, builder) for _ in range(3)]
    made = works.report(plan, by=builder, photos=photos)
    services.return_report(plan, made, version=1, answer="拍到了人脸", by=checker)
    gone, kept, _ = photos
    more = [reports.file(plan, builder) for _ in range(18)]
    said, without = Said(450, 110 * WAN), {gone.token, "no such token"}
    with pytest.raises(Refused, match="最多 20 张"):
        services.resubmit_report(plan, made, said, [*more, kept], without=without, by=builder)
    services.resubmit_report(plan, made, said, more, without=without, by=builder)
    plan.expire_all()
    assert len(made.photos) == 20
    assert gone.id not in {photo.attachment_id for photo in made.photos}
    services.check_report(plan, made, version=2, by=checker)
    assert (gone.is_public, kept.is_public) == (False, True)
    facts = plan.scalars(sa.select(Entry.facts).where(Entry.deed == "report.photo_removed")).one()
    assert facts == {"project": 1, "month": "2020-06", "sha256": gone.file.sha256}


def test_photos_are_bounded(plan, builder, checker):
    with pytest.raises(Refused, match="最多 20 张") as refusal:
        works.report(plan, by=builder, photos=[reports.file(plan, builder)] * 21)
    assert refusal.value.field == "photos"


def test_a_returned_report_is_corrected_and_its_version_is_what_is_checked(plan, builder, checker):
    made = works.report(plan, by=builder, photos=[reports.file(plan, builder)])
    with pytest.raises(Refused, match="退回原因"):
        services.return_report(plan, made, version=1, answer=" ", by=checker)
    services.return_report(plan, made, version=1, answer="请附照片", by=checker)
    assert queries.report_beside(plan, made.project, 2020, 7) is None
    colleague = make.person(plan, role=Role.COUNTY, agency="县交通局")
    services.resubmit_report(
        plan, made, Said(450, 110 * WAN), [reports.file(plan, builder)], by=colleague
    )
    assert (made.version, made.made_by, len(made.photos)) == (2, colleague, 2)
    with pytest.raises(Refused, match="刚刚被修改"):
        services.check_report(plan, made, version=1, by=checker)
    services.check_report(plan, made, version=2, by=checker)
    with pytest.raises(Refused, match="当前状态是“已核对”"):
        services.return_report(plan, made, version=2, answer="晚了", by=checker)
    with pytest.raises(Refused, match="当前状态是“已核对”"):
        services.resubmit_report(plan, made, Said(500, 110 * WAN), by=colleague)
    with pytest.raises(Refused, match="由责任单位"):
        services.resubmit_report(plan, made, Said(500, 0), by=checker)


def test_what_was_resubmitted_meanwhile_is_not_checked(plan, builder, checker):
    """The version is part of the UPDATE: without it the unseen figures would count."""
    made = works.report(plan, by=builder)
    plan.commit()
    plan.refresh(made)
    plan.execute(
        sa.update(ProjectReport)
        .values(version=2, percent=999)
        .execution_options(synchronize_session=False)
    )
    with pytest.raises(Refused, match="当前状态是"):
        services.check_report(plan, made, version=1, by=checker)


def test_a_click_at_the_same_moment_reports_once(plan, builder):
    works.before_savepoint(
        plan,
        ProjectReport,
        once_key="same",
        year=2020,
        month=6,
        percent=400,
        invested_fen=0,
        project_id=works.project(plan).id,
        made_by_id=builder.id,
    )
    made = works.report(plan, once_key="same", by=builder)
    assert made.invested_fen == 0
    assert plan.scalar(sa.select(sa.func.count(ProjectReport.id))) == 1


def test_the_newest_day_of_a_kind_counts_and_all_are_kept(plan, builder, checker):
    works.date(plan, DateKind.STARTED, dt.date(2020, 3, 1), by=builder)
    works.date(plan, DateKind.PLANNED, dt.date(2020, 10, 1), once_key="same", by=checker)
    works.date(plan, DateKind.PLANNED, dt.date(2020, 10, 2), once_key="same", by=checker)
    works.date(plan, DateKind.PLANNED, dt.date(2020, 12, 1), reason="雨季停工", by=checker)
    works.date(plan, DateKind.FINISHED, dt.date(2020, 6, 1), by=builder)
    works.date(plan, DateKind.FINISHED, None, reason="登记错了项目", by=builder)
    project = works.project(plan)
    assert queries.dates_of(plan) == {
        project.id: queries.Dates(dt.date(2020, 3, 1), dt.date(2020, 12, 1), None)
    }
    assert len(queries.days_of(plan, project)) == 5
    assert (
        plan.scalars(sa.select(Entry.deed).where(Entry.about.like("project_date:%"))).all()
        == ["project.date_set"] * 5
    )


@pytest.mark.parametrize(
    ("kind", "day", "reason", "field", "words"),
    [
        (DateKind.STARTED, DAY + dt.timedelta(1), "改", "day", "不能晚于今天"),
        (DateKind.FINISHED, DAY + dt.timedelta(1), "", "day", "不能晚于今天"),
        (DateKind.STARTED, dt.date(2009, 12, 31), "改", "day", "日期须在"),
        (DateKind.PLANNED, dt.date(2101, 1, 1), "", "day", "日期须在"),
        (DateKind.PLANNED, dt.date(2020, 2, 28), "", "day", "不能早于开工日期 2020-03-01"),
        (DateKind.FINISHED, dt.date(2020, 2, 28), "", "day", "完工不能早于开工"),
        (DateKind.STARTED, dt.date(2020, 3, 1), "", "day", "已经是 2020-03-01"),
        (DateKind.FINISHED, None, "", "day", "还没有登记"),
        (DateKind.STARTED, dt.date(2020, 3, 2), " ", "reason", "请填写原因"),
        (DateKind.STARTED, dt.date(2020, 3, 2), "长" * 201, "reason", "最多 200"),
    ],
)
def test_a_day_must_be_possible(plan, builder, kind, day, reason, field, words):
    works.date(plan, DateKind.STARTED, dt.date(2020, 3, 1), by=builder)
    with pytest.raises(Refused, match=words) as refusal:
        works.date(plan, kind, day, reason=reason, by=builder)
    assert refusal.value.field == field


def test_a_project_does_not_start_after_it_finished(plan, builder):
    works.date(plan, DateKind.FINISHED, dt.date(2020, 6, 1), by=builder)
    with pytest.raises(Refused, match="开工不能晚于已登记的完工日期"):
        works.date(plan, DateKind.STARTED, dt.date(2020, 6, 2), by=builder)
    works.date(plan, DateKind.STARTED, dt.date(2020, 6, 1), by=builder)


@pytest.mark.parametrize(
    "change", ["UPDATE project_date SET day = NULL", "DELETE FROM project_date"]
)
def test_the_database_keeps_every_day(plan, builder, change):
    works.date(plan, DateKind.STARTED, DAY, by=builder)
    plan.commit()
    with pytest.raises(sa.exc.DatabaseError, match="only added to"):
        plan.execute(sa.text(change))
    plan.rollback()
    assert plan.scalar(sa.select(ProjectDate.day)) == DAY


def test_a_milestone_is_added_and_closed(plan, builder, checker):
    made = works.milestone(plan, once_key="same", by=builder)
    assert works.milestone(plan, once_key="same", by=builder) is made
    services.close_milestone(plan, made, MilestoneState.PARTLY, note="差护栏", by=checker)
    services.close_milestone(plan, made, MilestoneState.MET, met_on=DAY, by=builder)
    assert (made.state, made.met_on, made.note) == (MilestoneState.MET, DAY, "")
    with pytest.raises(Refused, match="当前状态是“已达成”"):
        services.close_milestone(plan, made, MilestoneState.MISSED, note="错", by=builder)
    assert queries.milestone_of(plan, 1, 1) is made
    assert queries.milestone_of(plan, 1, 2) is None
    assert queries.milestone_of(plan, 99, 1) is None
    deeds = plan.scalars(sa.select(Entry.deed).where(Entry.about.like("project_milestone:%")))
    assert deeds.all() == ["milestone.added", "milestone.closed", "milestone.closed"]


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"name": " "}, "name", "里程碑名称"),
        ({"name": "长" * 41}, "name", "最多 40"),
        ({"name": "路基"}, "name", "已有里程碑“路基”"),
        ({"planned_on": dt.date(2009, 1, 1)}, "planned_on", "日期须在"),
    ],
)
def test_a_milestone_has_a_name_of_its_own_and_a_day(plan, builder, facts, field, words):
    works.milestone(plan, name="路基", by=builder)
    with pytest.raises(Refused, match=words) as refusal:
        works.milestone(plan, by=builder, **facts)
    assert refusal.value.field == field


def test_a_milestone_clicked_twice_at_once_is_one(plan, builder):
    works.before_savepoint(
        plan,
        Milestone,
        once_key="same",
        name="路基",
        planned_on=DAY,
        project_id=works.project(plan).id,
    )
    assert works.milestone(plan, name="路基", once_key="same", by=builder).name == "路基"
    assert plan.scalar(sa.select(sa.func.count(Milestone.id))) == 1


@pytest.mark.parametrize(
    ("to", "facts", "field", "words"),
    [
        (MilestoneState.MET, {}, "met_on", "达成日期"),
        (MilestoneState.MET, {"met_on": DAY + dt.timedelta(1)}, "met_on", "不晚于今天"),
        (MilestoneState.MISSED, {}, "note", "还差什么"),
        (MilestoneState.PARTLY, {"note": "长" * 201}, "note", "最多 200"),
    ],
)
def test_a_milestone_is_closed_with_a_day_or_a_word(plan, builder, to, facts, field, words):
    made = works.milestone(plan, by=builder)
    with pytest.raises(Refused, match=words) as refusal:
        services.close_milestone(plan, made, to, by=builder, **facts)
    assert refusal.value.field == field
    stranger = make.person(plan, role=Role.COUNTY, agency="县教委")
    with pytest.raises(Refused, match="登记"):
        services.close_milestone(plan, made, MilestoneState.MISSED, note="差", by=stranger)


def test_a_key_of_another_report_is_refused(plan, builder):
    works.report(plan, once_key="same", by=builder)
    with pytest.raises(Refused, match="提交码不属于这份月报"):
        works.report(plan, once_key="same", number=2, by=builder)


@pytest.mark.parametrize(
    ("day", "found"),
    [("2020-12-30", False), ("2020-12-31", True), ("2021-01-01", True), ("2022-06-30", True)],
)
def test_a_low_rate_is_told_from_the_end_of_the_year_of_the_money_on(day, found):
    money = queries.Money(
        appropriated_fen=100, disbursed_fen=10, appropriated_on=dt.date(2020, 6, 8)
    )
    facts = queries.Facts(2021, queries.Dates(), money)
    rules = {alert.rule for alert in queries.alerts_of(facts, dt.date.fromisoformat(day))}
    assert (queries.Rule.LOW_RATE in rules) is found
