"""A year of a project is assessed by its office, and confirmed by another person."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.notices.models import Notice
from market.plan import queries, services
from market.plan.models import Aspect, Assessment, AssessmentLine, AssessmentState
from market.plan.services import Wanted
from tests import make
from tests.plan import assessments, works
from tests.plan.assessments import POINT, line, told
from tests.plan.test_indicator_views import once_of

WHERE = "/plan/projects/1/assessments/2020"


@pytest.fixture(autouse=True)
def today():
    """It is noon on 15 January 2021 in China."""
    with clock.set_to(dt.datetime(2021, 1, 15, 4, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def builder(plan):
    """向晴 answers for 县交通局, whose are projects 1, 2, 3, 11 and 14."""
    return make.person(plan, name="向晴", role=Role.COUNTY, agency="县交通局")


def test_an_assessment_goes_from_a_draft_to_a_confirmed_one_that_a_new_edition_corrects(
    plan, builder, checker
):
    held = assessments.write(plan, told(Wanted(name="里程"), leader=""), submits=False, by=builder)
    assert (held.state, held.version, held.lines[0].aspect) == (AssessmentState.DRAFTED, 1, None)
    again = assessments.write(plan, seen=1, once_key="same", by=builder)
    assert again is held
    assert assessments.write(plan, seen=1, once_key="same", by=builder) is held
    with pytest.raises(Refused, match="已提交待确认"):
        assessments.write(plan, seen=2, by=builder)
    services.return_assessment(plan, held, version=2, answer="里程不对", by=checker)
    assert assessments.write(plan, seen=2, submits=False, by=builder).state.value == "returned"
    assessments.write(plan, seen=3, by=builder)
    with pytest.raises(Refused, match="刚刚被修改"):
        services.confirm_assessment(plan, held, version=3, by=checker)
    services.confirm_assessment(plan, held, version=4, by=checker)
    assert [one.aspect for one in held.lines] == [Aspect.QUANTITY, Aspect.CONTENT]
    with pytest.raises(Refused, match="更正了什么"):
        assessments.write(plan, seen=4, by=builder)
    new = assessments.write(plan, told(correction="里程重测"), seen=4, by=builder)
    assert (new.edition, new.replaces_id, new.version) == (2, held.id, 5)
    assert (held.state, held.correction) == (AssessmentState.CONFIRMED, "")
    services.return_assessment(plan, new, version=5, answer="再核", by=checker)
    with pytest.raises(Refused, match="更正了什么"):
        assessments.write(plan, seen=5, by=builder)
    deeds = sa.select(Entry.deed).where(Entry.deed.like("assessment.%")).order_by(Entry.id)
    assert plan.scalars(deeds).all() == [
        *(f"assessment.{one}" for one in ("written", "submitted", "returned", "written")),
        *(f"assessment.{one}" for one in ("submitted", "confirmed", "submitted", "returned")),
    ]
    heard = plan.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert [one.person_id == checker.id for one in heard] == [True, False, True, False, True, False]
    assert heard[0].path == WHERE


def test_only_the_projects_offices_assess_it_and_only_its_leads_other_person_confirms(
    plan, builder, checker
):
    stranger = make.person(plan, role=Role.COUNTY, agency="县教委")
    with pytest.raises(Refused, match="由责任单位（县交通局）"):
        assessments.write(plan, by=stranger)
    with pytest.raises(Refused, match="2020 至 2021"):
        assessments.write(plan, year=2022, by=builder)
    held = assessments.write(plan, by=builder)
    with pytest.raises(Refused, match="统筹协调人员确认"):
        services.confirm_assessment(plan, held, version=1, by=stranger)
    builder.role, builder.agency = Role.COORDINATOR, ""
    for deed, given in (
        (services.confirm_assessment, {}),
        (services.return_assessment, {"answer": "错"}),
    ):
        with pytest.raises(Refused, match="不能确认或退回自己"):
            deed(plan, held, version=1, by=builder, **given)
    plan.commit()
    for values, words in (
        (
            {
                "state": "confirmed",
                "confirmed_by_id": builder.id,
                "confirmed_at": clock.now(),
            },
            "confirmer_is_not_maker",
        ),
        ({"edition": 2}, "names_the_old"),
    ):
        with pytest.raises(sa.exc.IntegrityError, match=words):
            plan.execute(sa.update(Assessment).values(**values))
        plan.rollback()
    with pytest.raises(sa.exc.IntegrityError, match="ck_project_assessment_line_score"):
        plan.execute(sa.update(AssessmentLine).values(score_milli=90_000))


def test_each_fault_stands_beside_its_field_with_its_limit(plan, builder):
    bad = Wanted(name="x" * 61, worth_milli=5, score_milli=91 * POINT, reason="x" * 201)
    less = line(worth=30, score_milli=20 * POINT)
    with pytest.raises(services.Incomplete) as refusal:
        assessments.write(
            plan,
            told(bad, less, leader="", phone="138 0000-0000", goal="x" * 501, correction="x" * 201),
            by=builder,
        )
    found = {one.field: str(one) for one in refusal.value.each}
    for field, words in {
        "leader": "请填写负责人",
        "phone": "不要填个人手机号码",
        "goal": "最多 500 个字，现在 501",
        "correction": "最多 200 个字",
        "lines-0-aspect": "请选择二级指标",
        "lines-0-name": "最多 60 个字，现在 61",
        "lines-0-target": "请填写指标值",
        "lines-0-worth_milli": "最多 90 分",
        "lines-0-score_milli": "0 至分值（90）",
        "lines-0-reason": "最多 200 个字",
        "lines-1-reason": "得分低于分值",
        "lines": "合计 30.005 分，应为 90 分",
    }.items():
        assert words in found.pop(field)
    assert set(found) == {"lines-0-actual"}
    # A draft may leave out, and may not exceed.
    with pytest.raises(services.Incomplete) as refusal:
        assessments.write(plan, told(bad, leader="x" * 41), submits=False, by=builder)
    assert {one.field for one in refusal.value.each} == {
        *("leader", "lines-0-name", "lines-0-worth_milli", "lines-0-score_milli"),
        "lines-0-reason",
    }
    for lines, words in (
        ([line(), line(worth=41)], "多了 1 分"),
        ([line(worth=3)] * 31, "最多 30 条指标，现在 31 条"),
        ([line(), replace(line(worth=40), score_milli=None)], "没有完成填 0"),
    ):
        with pytest.raises(Refused, match=words):
            assessments.write(plan, told(*lines), by=builder)
    assert plan.scalar(sa.select(Assessment)) is None


def test_what_somebody_else_wrote_before_is_not_written_over(plan, builder):
    assessments.write(plan, submits=False, by=builder)
    with pytest.raises(Refused, match="别人修改过"):
        assessments.write(plan, submits=False, by=builder)
    plan.commit()
    assert queries.assessment_of(plan, works.project(plan), 2020).version == 1
    unseen = sa.update(Assessment).values(version=2)
    plan.execute(unseen.execution_options(synchronize_session=False))
    with pytest.raises(Refused, match="别人修改过"):
        assessments.write(plan, seen=1, submits=False, by=builder)
    plan.rollback()


def test_of_two_who_begin_at_once_one_does(plan, builder):
    values = {"once_key": "faster", "state": "drafted", "version": 0, "year": 2020, "edition": 1}
    values |= dict.fromkeys(("leader", "phone", "goal", "correction", "answer"), "")
    values |= {"written_at": clock.now(), "made_by_id": builder.id}
    project_id = works.project(plan).id
    works.before_savepoint(plan, Assessment, project_id=project_id, **values)
    with pytest.raises(Refused, match="别人修改过"):
        assessments.write(plan, by=builder)


def sent(*lines, **given):
    """Return an assessment as a page does, with its six rows."""
    names = ("aspect", "name", "target", "worth_milli", "actual", "score_milli", "reason")
    found = {f"lines-{place}-{name}": "" for place in range(6) for name in names}
    found |= {"version": "0", "leader": "建设科", "phone": "023-00000000", "goal": "修路"} | given
    for place, one in lines:
        found |= {f"lines-{place}-{name}": value for name, value in one.items()}
    return found


def test_a_year_is_assessed_on_a_phone_without_scripts_and_confirmed_at_the_desk(
    plan, builder, checker, sign_in
):
    plan.commit()
    county = sign_in(builder)
    assert f"{WHERE}/edit" in county.get("/plan/projects/1").text
    form = county.get(f"{WHERE}/edit").text
    assert form.count("三级指标") == 6
    first = {"aspect": "quantity", "name": "里程", "target": "4公里", "worth_milli": "50"}
    first |= {"actual": "4公里", "score_milli": "50"}
    last = first | {"aspect": "content", "worth_milli": "４0", "score_milli": "39.5", "reason": ""}
    data = sent((0, first), (5, last), once=once_of(form))
    more = county.post(f"{WHERE}/edit", data=data | {"more": "1"})
    assert (more.status_code, more.text.count('class="h4"')) == (200, 12)
    for change, words in (
        ({"lines-5-worth_milli": "多"}, "只能是数字"),
        ({"lines-5-score_milli": "41"}, "0 至分值（40）"),
        ({"lines-5-worth_milli": "30"}, "还差 10 分"),
        ({"lines-5-aspect": "x"}, "请选择二级指标"),
        ({}, "得分低于分值"),
        ({"version": "7"}, "得分低于分值"),
    ):
        page = county.post(f"{WHERE}/edit", data=data | change | {"then": "submit"})
        assert (page.status_code, words in page.text) == (422, True), words
        assert 'value="4公里"' in page.text
    assert 'id="lines-5-reason-error"' in page.text
    data |= {"lines-5-reason": "一处护栏未完，三月补齐"}
    stale = county.post(f"{WHERE}/edit", data=data | {"version": "7", "then": "submit"})
    assert (stale.status_code, "别人修改过" in stale.text) == (422, True)
    assert county.post(f"{WHERE}/edit", data=data | {"then": "keep"}).location == WHERE
    assert "草稿" in county.get(WHERE).text
    draft = county.get(f"{WHERE}/edit").text
    data |= {"once": once_of(draft), "version": "1", "then": "submit"}
    assert county.post(f"{WHERE}/edit", data=data).location == WHERE
    assert "退回后才能修改" in county.get(f"{WHERE}/edit", follow_redirects=True).text
    desk = sign_in(checker)
    assert "确认自评" in desk.get(WHERE).text
    stale = desk.post(f"{WHERE}/confirm", data={"version": "1"})
    assert (stale.status_code, "刚刚被修改" in stale.text) == (422, True)
    desk.post(f"{WHERE}/return", data={"version": "2", "answer": "补护栏"})
    assert "退回原因：补护栏" in county.get(f"{WHERE}/edit").text
    data |= {"once": once_of(county.get(f"{WHERE}/edit").text), "version": "2"}
    county.post(f"{WHERE}/edit", data=data)
    assert desk.post(f"{WHERE}/confirm", data={"version": "3"}).location == WHERE
    new = county.get(f"{WHERE}/edit").text
    assert "更正说明" in new
    data |= {"once": once_of(new), "version": "3", "correction": "补记"}
    county.post(f"{WHERE}/edit", data=data)
    assert "更正第 1 版" in county.get(WHERE).text
    assert "这是旧版" in county.get(f"{WHERE}?edition=1").text
    page = desk.get("/plan/projects/1").text
    assert f"{WHERE}?edition=2" in page
    past = desk.get("/plan/projects/1?on=2021-01-14").text
    assert "还没有绩效自评" in past


def test_others_reach_no_assessment(app, plan, builder, sign_in):
    assessments.write(plan, by=builder)
    stranger = make.person(plan, role=Role.COUNTY, agency="县教委")
    plan.commit()
    client = sign_in(stranger)
    assert client.get(f"{WHERE}/edit").status_code == 403
    assert "提交确认" not in client.get(WHERE).text
    assert client.get(f"{WHERE}?edition=99999999999999999999").status_code == 404
    assert client.get("/plan/projects/1/assessments/2021").status_code == 404
    county = sign_in(builder)
    assert county.get("/plan/projects/1/assessments/2022/edit").status_code == 404
    assert app.test_client().get(WHERE).status_code == 302
    assert "绩效自评" not in app.test_client().get("/plan/projects/1").text


def test_an_assessment_asks_no_more_often_for_more_lines(
    plan, builder, checker, sign_in, count_queries
):
    assessments.confirmed(plan, by=builder, checker=checker)
    assessments.confirmed(plan, told(*[line(worth=3)] * 30), number=2, by=builder, checker=checker)
    client = sign_in(builder)
    asked = []
    for number in (1, 2):
        for path in ("", "/edit"):
            with count_queries() as statements:
                assert (
                    client.get(f"/plan/projects/{number}/assessments/2020{path}").status_code < 400
                )
            asked.append(len(statements))
    assert asked[:2] == asked[2:]
    assert max(asked) <= 12
