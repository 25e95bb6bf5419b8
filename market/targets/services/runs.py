"""Divide a total among units (分解下达): calculated by one coordinator, checked by another, issued."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock, money
from market.core.access import Role
from market.core.db import BY_ID
from market.core.errors import Refused
from market.core.numbers import new_number
from market.core.states import move
from market.evidence.models import Attachment
from market.notices.services import tell
from market.targets.models import AllocationLine, AllocationRun, Basis, RunState, TargetEntry
from market.targets.queries import FIRST_YEAR, LAST_YEAR, Division, check_total
from market.targets.queries.runs import (
    OPEN,
    Given,
    bought_in,
    check_fresh,
    division_of,
    held_by,
    lines_of,
    named,
    weight_of,
)
from market.targets.services.issuing import Paper, Setting, take_units, write_targets
from market.units.models import Unit, UnitState

MONTHS = 12  # For how many months of a year a canteen serves, unless somebody says otherwise.


@dataclasses.dataclass(frozen=True)
class Frame:
    """What a run divides: fen, in steps of fen, since when, and why."""

    total_fen: int
    step_fen: int
    effective_on: dt.date
    reason: str = ""


def make_run(
    session: Session,
    frame: Frame,
    *,
    year: int,
    basis: Basis,
    units: Sequence[Unit],
    revises: AllocationRun | None = None,
    by: Person,
) -> AllocationRun:
    """Begin a run with what is known of the units, and calculate it if that is all it needs.

    A run that revises another takes over what that says of the same units. Refuses
    what ``calculate`` refuses, a year outside 2018–2100, a run to revise that was not issued in
    the same year, and a revision without a reason. Only a coordinator may.
    """
    _only_coordinators(by)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"年度须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。", field="year")
    _check_frame(frame, year)
    if not units:
        raise Refused("没有符合条件的单位，请放宽筛选条件，或先登记单位。", field="kinds")
    if revises is not None:
        if revises.state is not RunState.ISSUED or revises.year != year:
            raise Refused(f"只能调整{year}年已下达的分解，{revises.number} 不是。", field="revises")
        if not frame.reason.strip():
            raise Refused(f"调整已下达的分解 {revises.number} 须说明原因。", field="reason")
    run = AllocationRun(
        number=new_number(session, AllocationRun.number, f"FJ{year}-"),
        year=year,
        basis=basis,
        revises=revises,
        made_by=by,
        **dataclasses.asdict(frame),
    )
    session.add(run)
    session.flush()
    record(
        session,
        "run.made",
        run,
        by=by,
        year=year,
        basis=basis,
        total_fen=frame.total_fen,
        step_fen=frame.step_fen,
        count=len(units),
    )
    before = {}
    if revises is not None and revises.basis is basis:
        before = {line.unit_id: line for line in lines_of(session, revises)}
    given = [known_of(unit, basis, before.get(unit.id)) for unit in units]
    bought = bought_in(session, year - 1)
    if all(weight_of(basis, one, bought) is not None for one in given):
        calculate(session, run, given, frame, by=by)
    else:
        session.add_all(AllocationLine(run_id=run.id, **dataclasses.asdict(one)) for one in given)
        session.flush()
    return run


def calculate(
    session: Session, run: AllocationRun, given: Sequence[Given], frame: Frame, *, by: Person
) -> Division:
    """Write down who takes part and by which weights, and what each unit then gets.

    The units are those given, and no others. Only the run's maker, while it is a draft
    or returned. Refuses what ``divide`` refuses, a unit that is closed, one of which the
    basis lacks a figure, and a day of effect outside the year.
    """
    if run.made_by_id != by.id:
        raise Refused("只有这次分解的经办人可以重新计算，请联系经办人，或另建一次分解。")
    _check_frame(frame, run.year)
    # Only one of two pages writes: the other finds another version.
    step = sa.update(AllocationRun).where(
        AllocationRun.id == run.id,
        AllocationRun.state.in_(OPEN),
        AllocationRun.version == run.version,
    )
    written = step.values(version=run.version + 1, **dataclasses.asdict(frame))
    written = written.execution_options(synchronize_session=False)
    if session.scalar(written.returning(AllocationRun.id)) is None:
        raise Refused("这次分解已经提交或刚被重新计算，请刷新页面查看最新情况。")
    session.refresh(run)
    units = {
        unit.id: unit
        for unit in session.scalars(
            sa.select(Unit).where(Unit.id.in_([one.unit_id for one in given]))
        )
    }
    closed = [unit for unit in units.values() if unit.state is UnitState.CLOSED]
    if closed:
        raise Refused(f"{named(closed)}已撤销，不能参加分解，请去掉后重新计算。", field="units")
    held, bought = held_by(session, run.year, units), bought_in(session, run.year - 1)
    lines = []
    for one in given:
        weight = weight_of(run.basis, one, bought)
        if weight is None:
            unit = units[one.unit_id]
            field = "weight" if run.basis is Basis.OWN else "people"
            raise Refused(
                f"“{unit.name}”还没有填写{run.basis.label}，请填写不小于 0 的数，或去掉该单位。",
                field=f"{field}@{unit.code}",
            )
        values = dataclasses.asdict(one) | {"weight_milli": weight}
        now_fen = held.get(one.unit_id, 0)
        lines.append(AllocationLine(run_id=run.id, held_fen=now_fen, **values))
        lines[-1].unit = units[one.unit_id]
    with session.no_autoflush:
        division = division_of(run, lines)
    for line in lines:
        line.amount_fen = division.by_code[line.unit.code].amount_fen
    before = sa.delete(AllocationLine).where(AllocationLine.run_id == run.id)
    with session.no_autoflush:
        session.execute(before.execution_options(**BY_ID))
    session.add_all(lines)
    session.flush()
    record(
        session,
        "run.calculated",
        run,
        by=by,
        total_fen=run.total_fen,
        step_fen=run.step_fen,
        count=len(lines),
        version=run.version,
    )
    return division


def submit_run(session: Session, run: AllocationRun, *, by: Person) -> None:
    """Put a calculated run before another coordinator. Only its maker.

    Refuses one that was never calculated, whose units or targets have changed since, and
    one that changes targets without a reason.
    """
    if run.made_by_id != by.id:
        raise Refused("只有这次分解的经办人可以提交复核，请联系经办人。")
    if not run.version:
        raise Refused("这次分解还没有计算结果，请先填写权重并计算，再提交复核。")
    lines = lines_of(session, run)
    check_fresh(session, run, lines)
    if not run.reason and any(line.held_fen and line.held_fen != line.amount_fen for line in lines):
        raise Refused("这次分解会改变已有的目标，须说明原因；请在“修改并计算”中填写原因。")
    move(session, run, RunState.SUBMITTED, AllocationRun.version == run.version, answer="")
    record(session, "run.submitted", run, by=by, version=run.version)
    others = [one for one in people_in_role(session, Role.COORDINATOR) if one.id != by.id]
    tell(session, others, f"{_called(run)}待您复核。", path=path_of(run))


def check_run(session: Session, run: AllocationRun, *, seen_version: int, by: Person) -> None:
    """Confirm what a colleague calculated, as it was seen; never one's own.

    Refuses another version than was seen, and targets that have changed since.
    """
    _only_coordinators(by)
    if run.made_by_id == by.id:
        raise Refused("自己计算的分解须由另一位统筹协调人员复核，请联系同事。")
    _check_seen(run, seen_version)
    check_fresh(session, run, lines_of(session, run))
    move(
        session,
        run,
        RunState.CHECKED,
        AllocationRun.made_by_id != by.id,
        AllocationRun.version == seen_version,
        checked_by_id=by.id,
        checked_at=clock.now(),
    )
    record(session, "run.checked", run, by=by, version=seen_version)
    tell(session, [run.made_by], f"{_called(run)}已复核，可以凭文件下达。", path=path_of(run))


def return_run(session: Session, run: AllocationRun, *, reason: str, by: Person) -> None:
    """Give a run back to be calculated anew, with a reason; a check made before is void."""
    _only_coordinators(by)
    reason = _reason(reason, "退回")
    move(session, run, RunState.RETURNED, answer=reason, checked_by_id=None, checked_at=None)
    record(session, "run.returned", run, by=by, version=run.version)
    tell(session, [run.made_by], f"{_called(run)}已退回：{reason}", path=path_of(run))


def call_off_run(session: Session, run: AllocationRun, *, reason: str, by: Person) -> None:
    """End a run that was not issued, with a reason; it stays to be read."""
    _only_coordinators(by)
    reason = _reason(reason, "取消")
    move(session, run, RunState.CALLED_OFF, answer=reason)
    record(session, "run.called_off", run, by=by, version=run.version)


def issue_run(
    session: Session,
    run: AllocationRun,
    *,
    document_no: str,
    document_on: dt.date,
    attachment: Attachment | None,
    by: Person,
) -> int:
    """Issue what was checked: write the differences as targets, tell each unit; return how many.

    Refuses one that was not checked, a document without number or file, with a date to come,
    or used before for one of the units in this year, a unit that is closed, and targets that have
    changed since it was calculated. Of two runs at once the second waits for the first, and is
    refused where they touch the same unit. Only a coordinator may.
    """
    _only_coordinators(by)
    paper = Paper(document_no.strip(), document_on, run.effective_on, run.reason, attachment)
    paper.check()
    if attachment is None:
        raise Refused("请上传下达文件（PDF 或图片），目标凭文件下达。", field="attachment")
    move(
        session,
        run,
        RunState.ISSUED,
        document_no=paper.document_no,
        document_on=document_on,
        attachment_id=attachment.id,
        issued_by_id=by.id,
        issued_at=clock.now(),
    )
    taken = sa.select(AllocationLine.unit_id).where(AllocationLine.run_id == run.id)
    unit_ids = session.scalars(taken).all()
    take_units(session, unit_ids)
    lines = lines_of(session, run)  # Read after the wait: who is closed now is closed.
    check_fresh(session, run, lines)
    used = session.execute(
        sa.select(TargetEntry.unit_id, TargetEntry.document_no).where(
            TargetEntry.year == run.year, TargetEntry.unit_id.in_(unit_ids)
        )
    ).all()
    changed = [line for line in lines if line.amount_fen != line.held_fen]
    again = {unit_id for unit_id, number in used if number == paper.document_no}
    if any(line.unit_id in again for line in changed):
        raise Refused(
            f"文号“{paper.document_no}”已用于{named([x.unit for x in changed if x.unit_id in again])}"
            f"{run.year}年的目标，请填写新的文号。",
            field="document_no",
        )
    known = {unit_id for unit_id, _ in used}
    settings = [
        Setting(line.unit, line.held_fen, line.amount_fen or 0, line.unit_id not in known)
        for line in changed
    ]
    write_targets(session, settings, year=run.year, paper=paper, run=run, by=by)
    record(
        session,
        "run.issued",
        run,
        by=by,
        year=run.year,
        total_fen=run.total_fen,
        document_no=paper.document_no,
        document_on=document_on.isoformat(),
        count=len(settings),
    )
    return len(settings)


def path_of(run: AllocationRun) -> str:
    """Return the address of a run's page."""
    return f"/targets/runs/{run.number}"


def known_of(unit: Unit, basis: Basis, before: AllocationLine | None = None) -> Given:
    """Return what a run begins with: what the run before said, or the register."""
    if before is not None:
        fields = (field.name for field in dataclasses.fields(Given))
        return Given(**{name: getattr(before, name) for name in fields})
    if basis is Basis.DINERS:
        return Given(unit.id, people=unit.daily_diners, months=MONTHS)
    return Given(unit.id)


def _check_frame(frame: Frame, year: int) -> None:
    check_total(frame.total_fen, frame.step_fen)
    if frame.effective_on.year != year:
        raise Refused(f"生效日期须在{year}年之内，例如 {year}-01-01。", field="effective_on")
    if len(frame.reason) > 200:
        raise Refused("原因最多 200 个字。", field="reason")


def _check_seen(run: AllocationRun, seen_version: int) -> None:
    if run.version != seen_version:
        raise Refused("分解结果在您查看之后又重新计算过，请刷新页面，核对最新结果后再复核。")


def _only_coordinators(by: Person) -> None:
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以分解和下达任务，请联系统筹协调。")


def _reason(text: str, verb: str) -> str:
    reason = text.strip()
    if not reason:
        raise Refused(f"请填写{verb}的原因，便于对方修改和日后查阅。", field="reason")
    if len(reason) > 200:
        raise Refused("原因最多 200 个字。", field="reason")
    return reason


def _called(run: AllocationRun) -> str:
    return f"{run.year}年目标分解 {run.number}（{money.yuan(run.total_fen)} 元）"
