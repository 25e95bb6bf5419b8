"""Records of indicators: by whom, of what, proved by what; and people who count once."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.notices.models import Notice
from market.plan import queries, services
from market.plan.models import IndicatorRecord, IndicatorSubject, RecordState
from market.plan.queries import Told
from tests import make
from tests.meanwhile import meanwhile
from tests.plan import reports
from tests.plan.reports import DAY, submit


def test_a_record_is_submitted_verified_and_told(plan, clerk, checker):
    made = submit(plan, "4a", by=clerk)
    assert (made.state, made.value, made.year) == (RecordState.SUBMITTED, 1, 2020)
    services.verify_record(plan, made, version=1, by=checker)
    assert (made.state, made.verified_by_id) == (RecordState.VERIFIED, checker.id)
    deeds = plan.scalars(sa.select(Entry.deed).where(Entry.about.like("indicator_record:%"))).all()
    assert deeds == ["indicator.submitted", "indicator.verified"]
    told = plan.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert [notice.person_id for notice in told] == [checker.id, clerk.id]
    assert told[0].path == f"/plan/records/{made.number}"


def test_the_second_click_gets_the_first_ones_record(plan, clerk):
    first = submit(plan, "4a", once_key="same", by=clerk)
    assert submit(plan, "4a", once_key="same", by=clerk) is first


@pytest.mark.parametrize(
    ("role", "agency", "code", "may"),
    [
        (Role.COUNTY, "县卫生健康委", "4a", True),
        (Role.COUNTY, "", "4a", False),
        (Role.COUNTY, "县教委", "4a", False),
        (Role.COUNTY, "三义乡", "7b", True),
        (Role.COUNTY, "县教委", "7b", False),
        (Role.COORDINATOR, "", "4a", True),
        (Role.COORDINATOR, "区一院", "4a", True),
        (Role.COORDINATOR, "教育局", "4a", False),
        (Role.COORDINATOR, "人和街道办事处", "7b", True),
        (Role.ADMIN, "", "4a", False),
        (Role.FUND_OFFICER, "", "4a", False),
        (Role.INSPECTOR, "", "4a", False),
    ],
)
def test_who_reports_is_of_the_clause(plan, role, agency, code, may):
    person = make.person(plan, role=role, agency=agency)
    assert queries.may_report(queries.indicator_by_code(plan, code), person) is may
    if code == "4a" and not may:
        with pytest.raises(Refused, match="牵头单位或县级责任单位"):
            submit(plan, code, by=person)


@pytest.mark.parametrize(
    ("code", "facts", "field", "words"),
    [
        ("4a", {"happened_on": dt.date(2099, 1, 1)}, "happened_on", "晚于今天"),
        ("4a", {"happened_on": dt.date(2019, 12, 31)}, "happened_on", "2020 年起"),
        ("4a", {"place": " "}, "place", "地点"),
        ("4a", {"place": "长" * 61}, "place", "最多 60"),
        ("4a", {"note": "长" * 501}, "note", "最多 500"),
        ("4a", {"value": 0}, "value", "数量"),
        ("4a", {"value": -1}, "value", "0 至 1000000"),
        ("4a", {"value": 1_000_001}, "value", "0 至 1000000"),
        ("4a", {"value": 1, "amount_fen": 5}, "amount_fen", "不按金额计"),
        ("4a", {"files": []}, "files", "至少上传一份"),
        ("2.1d", {"amount_fen": -1}, "amount_fen", "金额须在"),
        ("2.1d", {"amount_fen": 0}, "amount_fen", "请填写金额"),
        ("2.1d", {"amount_fen": 5, "value": 1}, "value", "只按金额计"),
        ("4b", {"digests": ()}, "people", "人员名单"),
        ("4b", {"digests": ("a", "b"), "value": 3}, "people", "名单有 2 人"),
        ("7b", {}, "pair", "哪一对"),
    ],
)
def test_what_doesnt_fit_the_indicator_is_refused_beside_its_field(
    plan, checker, code, facts, field, words
):
    with pytest.raises(Refused, match=words) as refusal:
        submit(plan, code, by=checker, **facts)
    assert refusal.value.field == field


def test_a_pair_is_of_pair_indicators_and_of_the_records_year(plan, checker):
    one = reports.pair(plan, 1, by=checker)
    with pytest.raises(Refused, match="不按街村计"):
        submit(plan, "4a", pair=one, by=checker)
    with pytest.raises(Refused, match="2020 年的结对"):
        submit(plan, "7b", pair=one, happened_on=dt.date(2021, 1, 5), by=checker)


def test_one_record_has_at_most_twenty_files(plan, checker):
    files = [reports.file(plan, checker) for _ in range(21)]
    with pytest.raises(Refused, match="最多 20 份"):
        submit(plan, "4a", files=files, by=checker)


def test_a_done_indicator_is_done_once_whatever_number_is_typed(plan, checker):
    assert submit(plan, "4g", value=7, by=checker).value == 1


def test_nobody_decides_what_they_reported(plan, checker, other):
    made = submit(plan, "4a", by=checker)
    for decide in (
        lambda: services.verify_record(plan, made, version=1, by=checker),
        lambda: services.return_record(plan, made, version=1, answer="不对", by=checker),
        lambda: services.reverse_record(plan, made, reason="不对", by=checker),
    ):
        with pytest.raises(Refused, match="自己填报的记录"):
            decide()
    plan.commit()
    change = sa.update(IndicatorRecord).values(state="verified", verified_by_id=checker.id)
    with pytest.raises(sa.exc.IntegrityError, match="verifier_is_not_maker"):
        plan.execute(change)


@pytest.mark.parametrize(
    ("role", "agency"),
    [(Role.ADMIN, ""), (Role.COUNTY, ""), (Role.FUND_OFFICER, ""), (Role.COORDINATOR, "教育局")],
)
def test_only_the_leads_coordinator_decides(plan, clerk, role, agency):
    person = make.person(plan, role=role, agency=agency)
    made = submit(plan, "4a", by=clerk)
    with pytest.raises(Refused, match="社发局、区一院"):
        services.verify_record(plan, made, version=1, by=person)
    assert not queries.may_decide(queries.record_by_number(plan, made.number), person)


def test_a_returned_record_is_corrected_by_its_maker_and_seen_again(plan, clerk, checker):
    made = submit(plan, "4i", value=3, by=clerk)
    with pytest.raises(Refused, match="退回原因"):
        services.return_record(plan, made, version=1, answer=" ", by=checker)
    services.return_record(plan, made, version=1, answer="少一次", by=checker)
    assert (made.state, made.answer) == (RecordState.RETURNED, "少一次")
    again = Told(happened_on=dt.date(2021, 1, 4), value=4, place="乡卫生院")
    with pytest.raises(Refused, match="只有填报人"):
        services.resubmit_record(plan, made, again, by=checker)
    more = [reports.file(plan, clerk)]
    services.resubmit_record(plan, made, again, more, by=clerk)
    assert (made.state, made.version, made.value, made.year) == (RecordState.SUBMITTED, 2, 4, 2021)
    assert len(made.files) == 2
    with pytest.raises(Refused, match="刚刚被修改"):
        services.verify_record(plan, made, version=1, by=checker)
    services.verify_record(plan, made, version=2, by=checker)
    with pytest.raises(Refused, match="不能改为"):
        services.resubmit_record(plan, made, again, by=clerk)


def test_a_reversal_is_a_row_of_its_own_and_nothing_is_edited(plan, clerk, checker, other):
    made = reports.verified(plan, "4i", value=3, by=clerk, checker=checker)
    with pytest.raises(Refused, match="冲销原因"):
        services.reverse_record(plan, made, reason="", by=other)
    row = services.reverse_record(plan, made, reason="查房未实施", by=other)
    assert (row.value, row.year, row.happened_on) == (-3, 2020, clock.today())
    assert (row.reverses_id, made.value, made.state) == (made.id, 3, RecordState.REVERSED)
    assert queries.reversal_of(plan, made) is row
    with pytest.raises(Refused, match="不能改为"):
        services.reverse_record(plan, made, reason="再冲一次", by=other)
    with pytest.raises(Refused, match="不能再冲销"):
        services.reverse_record(plan, row, reason="恢复", by=checker)
    with pytest.raises(Refused, match="不需要核实"):
        services.verify_record(plan, row, version=1, by=checker)
    assert queries.record_faults(plan) == []


def test_a_person_counts_once_a_year_and_is_named_by_line_only(plan, clerk, checker):
    of = reports.indicator(plan, "4b")
    first = submit(plan, "4b", **reports.people(of, "500243199001011234", "XS001"), by=clerk)
    assert first.value == 2
    again = reports.people(of, "XS002", "", "ｘｓ 001")
    with pytest.raises(Refused, match="名单第 3 行的人今年已计入"):
        submit(plan, "4b", **again, by=clerk)
    plan.rollback()


def test_in_another_year_or_of_another_indicator_a_person_counts_again(plan, checker, other):
    for code, day in (("4b", DAY), ("4d", DAY), ("4b", dt.date(2021, 3, 1))):
        told = reports.people(reports.indicator(plan, code), "XS001", year=day.year)
        reports.verified(plan, code, happened_on=day, **told, by=checker, checker=other)
    digests = plan.scalars(sa.select(IndicatorSubject.digest)).all()
    assert len(set(digests)) == 3  # Nobody can be followed from list to list.
    assert not any("XS001" in digest for digest in digests)


def test_whoever_was_returned_or_reversed_is_free_for_another_record(plan, clerk, checker):
    of = reports.indicator(plan, "4b")
    told = reports.people(of, "XS001", "XS002")
    made = submit(plan, "4b", **told, by=clerk)
    services.return_record(plan, made, version=1, answer="请核对", by=checker)
    submit(plan, "4b", **told, by=clerk)
    with pytest.raises(Refused, match="名单第 1、2 行"):
        services.resubmit_record(plan, made, Told(DAY, place="县城", **told), by=clerk)
    plan.rollback()


def test_a_reversed_records_people_are_free_again(plan, clerk, checker):
    of = reports.indicator(plan, "4b")
    told = reports.people(of, "XS001")
    made = reports.verified(plan, "4b", **told, by=clerk, checker=checker)
    services.reverse_record(plan, made, reason="写错人", by=checker)
    reports.verified(plan, "4b", **told, by=clerk, checker=checker)
    standing = queries.standing_of(plan, queries.indicator_by_code(plan, "4b"))
    assert standing.parts[0].done == 1
    assert queries.record_faults(plan) == []


@pytest.mark.parametrize(
    ("code", "typed", "words"),
    [
        ("4b", "张三", "名单第 1 行不是证件号"),
        ("4b", "XS001\n12", "名单第 2 行不是证件号"),
        ("4b", "9" * 41, "名单第 1 行不是证件号"),
        ("4b", "XS001\n\nxs001", "名单第 3 行与第 1 行是同一个人"),
        ("4b", "\n".join(f"XS{n:05}" for n in range(2001)), "2001 行，一次最多 2000"),
        ("3c", "XS001", "不按人去重"),
    ],
)
def test_a_list_that_cant_be_read_is_refused_by_its_line(plan, code, typed, words):
    with pytest.raises(Refused, match=words) as refusal:
        queries.digests_of(reports.indicator(plan, code), 2020, typed, key=reports.KEY)
    assert refusal.value.field == "people"


def test_money_and_people_may_come_apart_and_both_must_come(plan, checker, other):
    of = reports.indicator(plan, "5a")
    told = reports.people(of, "XS001")
    reports.verified(plan, "5a", **told, amount_fen=80_000, by=checker, checker=other)
    reports.verified(plan, "5a", amount_fen=20_000, by=checker, checker=other)
    standing = queries.standing_of(plan, queries.indicator_by_code(plan, "5a"))
    assert [part.done for part in standing.parts] == [100_000, 1]


def test_many_people_who_count_already_are_named_in_short(plan, clerk):
    of = reports.indicator(plan, "4b")
    told = reports.people(of, *(f"XS{n:03}" for n in range(12)))
    submit(plan, "4b", **told, by=clerk)
    with pytest.raises(Refused, match="10 等 12 行的人"):
        submit(plan, "4b", **told, by=clerk)
    plan.rollback()


def test_the_same_file_on_two_records_is_shown(plan, clerk):
    first = submit(plan, "4a", files=[reports.file(plan, clerk, "f" * 64)], by=clerk)
    second = submit(plan, "4i", files=[reports.file(plan, clerk, "f" * 64)], by=clerk)
    assert queries.repeated_files(plan, second) == [("照片.png", first.number)]


def test_records_that_dont_hold_together_are_named(plan, clerk, checker):
    of = reports.indicator(plan, "4b")
    one = submit(plan, "4b", **reports.people(of, "XS001", "XS002"), by=clerk)
    two = reports.verified(plan, "4i", value=3, by=clerk, checker=checker)
    row = services.reverse_record(plan, two, reason="错", by=checker)
    three = reports.verified(plan, "4a", by=clerk, checker=checker)
    move(plan, three, RecordState.REVERSED)
    plan.execute(sa.update(IndicatorRecord).where(IndicatorRecord.id == row.id).values(value=-2))
    plan.execute(
        sa.delete(IndicatorSubject).where(
            IndicatorSubject.id == sa.select(sa.func.min(IndicatorSubject.id)).scalar_subquery()
        )
    )
    assert queries.record_faults(plan) == [
        f"指标记录 {one.number} 填报 2 人，名单有 1 人",
        f"指标记录 {row.number} 与被冲销的记录不相抵",
        f"指标记录 {three.number} 标为已冲销，却没有冲销行",
    ]


def test_a_number_that_is_taken_is_drawn_again(plan, clerk, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    first, second = submit(plan, "4a", by=clerk), submit(plan, "4a", by=clerk)
    assert (first.number[-5:], second.number[-5:]) == ("00007", "00008")


def test_a_number_that_somebody_took_at_this_moment_asks_to_submit_again(
    plan, clerk, checker, monkeypatch
):
    """Without the savepoint the page would answer that it is our fault."""
    made = submit(plan, "4a", by=checker)
    monkeypatch.setattr("secrets.randbelow", lambda _: 7)
    row = IndicatorRecord(
        number=f"ZB{clock.today():%y%m%d}00007",
        once_key="theirs",
        state=RecordState.SUBMITTED,
        version=1,
        year=2020,
        happened_on=DAY,
        value=1,
        amount_fen=0,
        place="县城",
        note="",
        answer="",
        made_at=clock.now(),
        indicator_id=made.indicator_id,
        made_by_id=checker.id,
    )
    file = reports.file(plan, clerk)
    meanwhile(plan, row)
    with pytest.raises(Refused, match="请再提交一次"):
        submit(plan, "4a", files=[file], by=clerk)
