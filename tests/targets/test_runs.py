"""Dividing a total among units: calculated, checked by another, issued by a document."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.evidence.services import attach
from market.notices.models import Notice
from market.targets.models import AllocationLine, AllocationRun, Basis, RunState, TargetEntry
from market.targets.queries import (
    Given,
    check_fresh,
    division_of,
    held_outside,
    is_raising,
    issued_line,
    issued_runs,
    lines_of,
    target_fen,
    targets_known,
    units_taking_part,
    verify_entries,
    verify_runs,
)
from market.targets.services import (
    Frame,
    calculate,
    call_off_run,
    check_run,
    issue_run,
    issue_target,
    make_run,
    return_run,
    submit_run,
)
from market.units.models import UnitKind
from market.units.services import close_unit
from tests import make
from tests.targets import world

YEAR = 2026
STEP = 100_00
FIRST = dt.date(2026, 1, 1)


def frame(total_fen=1_000_00, **given):
    return Frame(**{"total_fen": total_fen, "step_fen": STEP, "effective_on": FIRST} | given)


@pytest.fixture
def second(session):
    """何静 coordinates, too, and checks."""
    return make.person(session, name="何静", role=Role.COORDINATOR)


@pytest.fixture
def files(app):
    return app.extensions["files"]


@pytest.fixture
def units(session):
    """Three units whose canteens feed 30, 20 and 10."""
    return [
        make.unit(session, code=f"A{n}", name=f"甲{n}", daily_diners=diners)
        for n, diners in enumerate((30, 20, 10), 1)
    ]


@pytest.fixture
def paper(session, files, coordinator):
    return attach(session, files, b"%PDF-1.7 x", name="通知.pdf", by=coordinator)


def made(session, units, by, given_frame=None, **given):
    return make_run(
        session,
        given_frame or frame(),
        **{"year": YEAR, "basis": Basis.DINERS, "units": units, "by": by} | given,
    )


def checked(session, units, by, second, given_frame=None, **given):
    run = made(session, units, by, given_frame, **given)
    submit_run(session, run, by=by)
    check_run(session, run, seen_version=run.version, by=second)
    return run


def issue(session, run, by, paper, number="演示〔2026〕3号", **given):
    return issue_run(
        session,
        run,
        **{"document_no": number, "document_on": FIRST, "attachment": paper, "by": by} | given,
    )


def amounts(session, run):
    return [(line.amount_fen or 0) // 100 for line in lines_of(session, run)]


def test_a_run_of_diners_is_calculated_at_once(session, units, coordinator):
    run = made(session, units, coordinator)
    assert (run.state, run.version) == (RunState.DRAFT, 1)
    assert [line.weight_milli for line in lines_of(session, run)] == [360_000, 240_000, 120_000]
    assert amounts(session, run) == [500, 300, 200]
    parts = division_of(run, lines_of(session, run)).parts
    # 500, 333⅓ and 166⅔ of a thousand: the step that is left goes to the largest remainder.
    assert [part.rank for part in parts] == [None, 2, 1]
    assert [part.is_raised for part in parts] == [False, False, True]
    deeds = session.scalars(sa.select(Entry.deed).order_by(Entry.id)).all()
    assert deeds[-2:] == ["run.made", "run.calculated"]


def test_purchases_of_the_year_before_weigh_by_the_yuan(session, units, coordinator):
    buyers = [make.person(session, unit=unit) for unit in units[:2]]
    last = dt.datetime(2025, 5, 1, tzinfo=dt.UTC)
    world.credited(session, buyers[0], 300_55, at=last)
    credit = world.credited(session, buyers[1], 100_00, at=last)
    world.claimed(session, credit, 100_01, by=buyers[1], at=last)
    run = made(session, units, coordinator, basis=Basis.PURCHASES)
    assert [line.weight_milli for line in lines_of(session, run)] == [300_550, 0, 0]
    assert amounts(session, run) == [1000, 0, 0]


def test_staff_and_own_weights_wait_until_they_are_given(session, units, coordinator):
    for basis, field in ((Basis.STAFF, "people"), (Basis.OWN, "weight_milli")):
        run = made(session, units, coordinator, basis=basis)
        assert (run.version, amounts(session, run)) == (0, [0, 0, 0])
        with pytest.raises(Refused, match="还没有计算结果"):
            submit_run(session, run, by=coordinator)
        given = [Given(unit.id, **{field: n}) for n, unit in enumerate(units, 1)]
        with pytest.raises(Refused, match="还没有填写") as refusal:
            calculate(session, run, [Given(units[0].id), *given[1:]], frame(), by=coordinator)
        assert refusal.value.field == f"{'weight' if basis is Basis.OWN else 'people'}@A1"
        session.refresh(run)
        calculate(session, run, given, frame(600_00), by=coordinator)
        assert amounts(session, run) == [100, 200, 300]


def test_diners_without_months_are_asked_for(session, units, coordinator):
    run = made(session, units, coordinator)
    for given in (Given(units[0].id, people=3), Given(units[0].id, months=3)):
        with pytest.raises(Refused, match="还没有填写") as refusal:
            calculate(session, run, [given], frame(), by=coordinator)
        assert refusal.value.field == "people@A1"


def test_bounds_are_kept_and_written_down(session, units, coordinator):
    run = made(session, units, coordinator)
    given = [
        Given(units[0].id, people=30, months=12, cap_fen=200_00),
        Given(units[1].id, people=20, months=12),
        Given(units[2].id, people=10, months=6, floor_fen=550_00),
    ]
    calculate(session, run, given, frame(), by=coordinator)
    assert amounts(session, run) == [200, 200, 600]
    with pytest.raises(Refused, match=r"下限合计 600\.00 元，上限合计 不限，目标总额 500\.00 元"):
        calculate(session, run, given, frame(500_00), by=coordinator)


def test_who_takes_part_is_chosen_by_kind_and_duty(session, units):
    school = make.unit(session, kind=UnitKind.PUBLIC_INSTITUTION, daily_diners=20)
    found = units_taking_part(session, [UnitKind.PUBLIC_INSTITUTION], obliged=False)
    assert list(found) == [school]
    assert not units_taking_part(session, list(UnitKind), obliged=True)[3:]


def test_what_a_run_cannot_begin_with(session, units, coordinator, buyer, second, paper):
    for given, words, field in (
        ({"by": buyer}, "只有统筹协调人员", None),
        ({"year": 2017}, "年度须在", "year"),
        ({"given_frame": frame(effective_on=dt.date(2025, 12, 31))}, "生效日期", "effective_on"),
        ({"given_frame": frame(150_00)}, "整数倍", "total_fen"),
        ({"given_frame": frame(reason="长" * 201)}, "最多 200", "reason"),
        ({"units": []}, "没有符合条件的单位", "kinds"),
    ):
        values = {"units": units, "by": coordinator} | given
        with pytest.raises(Refused, match=words) as refusal:
            made(session, values.pop("units"), values.pop("by"), **values)
        assert refusal.value.field == field
    draft = made(session, units, coordinator)
    with pytest.raises(Refused, match="只能调整2026年已下达的分解"):
        made(session, units, coordinator, revises=draft)
    run = checked(session, units, coordinator, second)
    issue(session, run, coordinator, paper)
    with pytest.raises(Refused, match="须说明原因") as refusal:
        made(session, units, coordinator, revises=run)
    assert refusal.value.field == "reason"
    later = frame(effective_on=dt.date(2027, 1, 1), reason="追加")
    with pytest.raises(Refused, match="只能调整2027年"):
        made(session, units, coordinator, later, year=2027, revises=run)


def test_only_its_maker_calculates_and_only_while_it_is_open(session, units, coordinator, second):
    run = made(session, units, coordinator)
    given = [Given(units[0].id, people=1, months=1)]
    with pytest.raises(Refused, match="经办人"):
        calculate(session, run, given, frame(), by=second)
    with pytest.raises(Refused, match="经办人"):
        submit_run(session, run, by=second)
    submit_run(session, run, by=coordinator)
    with pytest.raises(Refused, match="已经提交或刚被重新计算"):
        calculate(session, run, given, frame(), by=coordinator)


def test_a_closed_unit_takes_no_part(session, units, coordinator, second, admin, paper):
    run = checked(session, units, coordinator, second)
    draft = made(session, units, coordinator)
    close_unit(session, units[0], by=admin)
    with pytest.raises(Refused, match="“甲1”已撤销") as refusal:
        calculate(session, draft, [Given(units[0].id, people=1, months=1)], frame(), by=coordinator)
    assert refusal.value.field == "units"
    session.refresh(draft)
    with pytest.raises(Refused, match="“甲1”已撤销，不能再下达"):
        submit_run(session, draft, by=coordinator)
    with pytest.raises(Refused, match="“甲1”已撤销，不能再下达"):
        issue(session, run, coordinator, paper)


def test_a_run_goes_from_a_draft_to_the_units(session, units, coordinator, second, paper):
    manager = make.person(session, unit=units[0])
    run = checked(session, units, coordinator, second)
    assert issue(session, run, coordinator, paper) == 3
    assert run.state is RunState.ISSUED
    assert [target_fen(session, unit.id, YEAR) for unit in units] == [500_00, 300_00, 200_00]
    entries = session.scalars(sa.select(TargetEntry).order_by(TargetEntry.id)).all()
    assert {(e.run_id, e.effective_on, e.attachment_id) for e in entries} == {
        (run.id, FIRST, paper.id)
    }
    told = session.scalars(sa.select(Notice.text).where(Notice.person_id == manager.id)).all()
    assert told == ["2026年采购目标下达： 500.00 元（演示〔2026〕3号）。"]
    assert (
        "待您复核"
        in session.scalars(sa.select(Notice.text).where(Notice.person_id == second.id)).one()
    )
    assert (
        "已复核"
        in session.scalars(sa.select(Notice.text).where(Notice.person_id == coordinator.id)).one()
    )
    assert verify_runs(session) == verify_entries(session) == []
    assert list(issued_runs(session, YEAR)) == [run]
    assert issued_line(session, units[0].id, run.number)
    assert held_outside(session, run) == (0, 0)


def test_nobody_checks_what_they_calculated(session, units, coordinator, buyer, second):
    run = made(session, units, coordinator)
    submit_run(session, run, by=coordinator)
    with pytest.raises(Refused, match="另一位统筹协调人员"):
        check_run(session, run, seen_version=1, by=coordinator)
    with pytest.raises(Refused, match="只有统筹协调人员"):
        check_run(session, run, seen_version=1, by=buyer)
    with pytest.raises(Refused, match="又重新计算过"):
        check_run(session, run, seen_version=2, by=second)
    check = sa.update(AllocationRun).values(checked_by_id=AllocationRun.made_by_id)
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(check)


def test_what_is_returned_says_why_and_is_calculated_anew(
    session, units, coordinator, second, paper
):
    run = checked(session, units, coordinator, second)
    for reason, words in (("  ", "请填写退回的原因"), ("长" * 201, "最多 200")):
        with pytest.raises(Refused, match=words):
            return_run(session, run, reason=reason, by=second)
    return_run(session, run, reason="甲1 的人数不对", by=second)
    assert (run.state, run.answer, run.checked_by_id) == (RunState.RETURNED, "甲1 的人数不对", None)
    with pytest.raises(Refused, match="当前状态是“已退回”"):
        issue(session, run, coordinator, paper)
    given = [Given(unit.id, people=10, months=12) for unit in units[:2]]
    calculate(session, run, given, frame(), by=coordinator)
    assert amounts(session, run) == [500, 500]
    submit_run(session, run, by=coordinator)
    assert (run.answer, run.version) == ("", 2)


def test_what_is_called_off_stays_to_be_read(session, units, coordinator, second, buyer, paper):
    run = made(session, units, coordinator)
    with pytest.raises(Refused, match="只有统筹协调人员"):
        call_off_run(session, run, reason="改用另一依据", by=buyer)
    call_off_run(session, run, reason="改用另一依据", by=second)
    assert (run.state, run.answer) == (RunState.CALLED_OFF, "改用另一依据")
    with pytest.raises(Refused, match="当前状态是“已取消”"):
        submit_run(session, run, by=coordinator)


def test_a_document_is_what_issues(session, units, coordinator, second, buyer, paper):
    run = checked(session, units, coordinator, second)
    for given, words, field in (
        ({"number": " "}, "请填写下达文件的文号", "document_no"),
        ({"number": "长" * 61}, "文号最多 60", "document_no"),
        ({"document_on": dt.date(2026, 11, 25)}, "晚于今天", "document_on"),
        ({"attachment": None}, "请上传下达文件", "attachment"),
        ({"by": buyer}, "只有统筹协调人员", None),
    ):
        values = {"by": coordinator} | given
        with pytest.raises(Refused, match=words) as refusal:
            issue(session, run, values.pop("by"), paper, **values)
        assert refusal.value.field == field


def test_a_number_sets_a_units_target_once_a_year(session, units, coordinator, second, paper):
    world.target(session, units[0], 400_00, by=coordinator, document_no="演示〔2026〕3号")
    run = checked(session, units, coordinator, second, frame(reason="统一分解"))
    with pytest.raises(Refused, match="文号“演示〔2026〕3号”已用于“甲1”2026年"):
        issue(session, run, coordinator, paper)


def test_changing_what_was_issued_takes_a_reason(session, units, coordinator):
    world.target(session, units[0], 400_00, by=coordinator)
    run = made(session, units, coordinator)
    with pytest.raises(Refused, match="须说明原因"):
        submit_run(session, run, by=coordinator)


def test_targets_that_changed_since_are_calculated_anew(session, units, coordinator, second, paper):
    run = checked(session, units, coordinator, second)
    world.target(session, units[1], 100, by=coordinator)
    with pytest.raises(Refused, match="计算之后，“甲2”2026年的目标已有变动"):
        issue(session, run, coordinator, paper)
    session.rollback()


def test_many_changed_targets_are_counted_not_listed(session, coordinator):
    many = [make.unit(session, code=f"B{n}", name=f"乙{n}") for n in range(5)]
    run = made(session, many, coordinator)
    for unit in many:
        world.target(session, unit, 100, by=coordinator)
    with pytest.raises(Refused, match="“乙0”、“乙1”、“乙2” 等 5 个单位2026年的目标已有变动"):
        check_fresh(session, run, lines_of(session, run))


def test_raising_lowers_nobody_and_writes_only_differences(
    session, units, coordinator, second, paper
):
    first = checked(session, units, coordinator, second)
    issue(session, first, coordinator, paper)
    outside = make.unit(session)
    world.target(session, outside, 7_00, by=coordinator)
    more = frame(1_100_00, reason="追加", effective_on=dt.date(2026, 7, 1))
    run = made(session, units, coordinator, more, revises=first)
    given = [
        Given(unit.id, people=people, months=12)
        for unit, people in zip(units, (1, 1, 100), strict=True)
    ]
    calculate(session, run, given, more, by=coordinator)
    assert is_raising(run.total_fen, lines_of(session, run))
    assert amounts(session, run) == [500, 300, 300]
    submit_run(session, run, by=coordinator)
    check_run(session, run, seen_version=run.version, by=second)
    assert issue(session, run, coordinator, paper, "演示〔2026〕7号") == 1
    changes = session.execute(
        sa.select(TargetEntry.unit_id, TargetEntry.change_fen).where(TargetEntry.run_id == run.id)
    ).all()
    assert changes == [(units[2].id, 100_00)]
    assert held_outside(session, run) == (1, 7_00)
    assert verify_runs(session) == []


def test_a_revision_takes_over_weights_and_may_lower(session, units, coordinator, second, paper):
    run = made(session, units, coordinator, basis=Basis.OWN)
    given = [Given(unit.id, weight_milli=1500, cap_fen=400_00) for unit in units]
    calculate(session, run, given, frame(), by=coordinator)
    submit_run(session, run, by=coordinator)
    check_run(session, run, seen_version=1, by=second)
    issue(session, run, coordinator, paper)
    new = make.unit(session, code="A4", name="甲4")
    less = frame(600_00, reason="疫情")
    again = made(session, [*units, new], coordinator, less, basis=Basis.OWN, revises=run)
    assert again.version == 0  # The new unit's weight is not known.
    assert [line.weight_milli for line in lines_of(session, again)] == [1500, 1500, 1500, None]
    again = made(session, units, coordinator, less, basis=Basis.OWN, revises=run)
    assert not is_raising(again.total_fen, lines_of(session, again))
    assert amounts(session, again) == [200, 200, 200]
    other = made(session, units, coordinator, less, revises=run)
    assert [line.people for line in lines_of(session, other)] == [30, 20, 10]


def test_every_earlier_state_is_known_on_its_day(session, units, coordinator, second, paper):
    def on(day):
        return {
            k.unit.code: (k.target_fen, k.coming_fen) for k in targets_known(session, YEAR, day)
        }

    with clock.set_to(dt.datetime(2026, 2, 1, 4, tzinfo=dt.UTC)):
        run = checked(session, units, coordinator, second)
        issue(session, run, coordinator, paper)
    with clock.set_to(dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)):  # Midnight of 1 July in China.
        late = frame(1_200_00, reason="追加", effective_on=dt.date(2026, 8, 1))
        more = checked(session, units, coordinator, second, late, revises=run)
        issue(session, more, coordinator, paper, "演示〔2026〕7号")
    assert on(dt.date(2026, 1, 31)) == {}
    assert on(dt.date(2026, 6, 30)) == {"A1": (500_00, 0), "A2": (300_00, 0), "A3": (200_00, 0)}
    july = on(dt.date(2026, 7, 1))
    assert sum(fen for fen, _ in july.values()) == 1_200_00
    assert sum(coming for _, coming in july.values()) == 200_00
    assert sum(coming for _, coming in on(dt.date(2026, 8, 1)).values()) == 0
    assert on(dt.date.max) == on(dt.date(2026, 8, 1))


def test_verify_names_what_is_not_as_it_was_calculated(session, units, coordinator, second, paper):
    run = checked(session, units, coordinator, second)
    issue(session, run, coordinator, paper)
    line = lines_of(session, run)[0]
    line.amount_fen = 600_00
    entry = session.scalars(sa.select(TargetEntry).where(TargetEntry.unit_id == units[1].id)).one()
    entry.change_fen += 1
    session.flush()
    first, second_fault = verify_runs(session)
    assert "“甲1”记为 600.00 元，按所记权重重算为 500.00 元" in first
    assert "“甲2”下达的变动为 300.01 元，应为 300.00 元" in second_fault
    session.execute(sa.update(AllocationLine).values(weight_milli=0))
    session.expire_all()
    assert verify_runs(session) == [
        f"分解 {run.number} 不能重算：所有单位的权重都是 0，无法分解；至少一个单位的权重须大于 0。"
    ]


def test_a_target_issued_alone_may_name_its_day(session, units, coordinator):
    entry = issue_target(
        session,
        units[0],
        year=YEAR,
        amount_fen=1,
        document_no="1号",
        document_on=FIRST,
        effective_on=dt.date(2026, 3, 1),
        by=coordinator,
    )
    assert entry.effective_on == dt.date(2026, 3, 1)


def test_a_number_is_given_once(session, units, coordinator, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    numbers = [made(session, units, coordinator).number for _ in range(2)]
    assert numbers == ["FJ2026-00007", "FJ2026-00008"]
