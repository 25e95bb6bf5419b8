"""Report what was done for an indicator; another person verifies, returns or reverses it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.db import BY_ID, upsert
from market.core.errors import Refused, reason_of
from market.core.numbers import new_number
from market.core.states import move
from market.evidence.models import Attachment
from market.notices.services import tell
from market.plan.models import (
    Indicator,
    IndicatorFile,
    IndicatorRecord,
    IndicatorSubject,
    RecordState,
)
from market.plan.queries.knowing import made_before
from market.plan.queries.people import lines_named
from market.plan.queries.records import is_lead_of, may_report
from market.plan.queries.telling import Told, value_of
from market.plan.services.steps import keep_step, move_seen_step

MOST_FILES = 20


def submit_record(
    session: Session,
    indicator: Indicator,
    told: Told,
    files: Sequence[Attachment],
    *,
    once_key: str,
    by: Person,
) -> IndicatorRecord:
    """Report something done for an indicator, and tell those who may verify it.

    The same one-time key gives the same record. Refuses another agency's clause, a day
    before the plan's year or still to come, a figure that is not of the indicator's
    shape, no evidence, and a person who counts already in the year.
    """
    known = made_before(session, IndicatorRecord, once_key)
    if known is not None:
        return known
    if not may_report(indicator, by):
        raise Refused("这个指标由其牵头单位或县级责任单位填报，请联系他们。")
    value = value_of(indicator, told)
    _check_files(len(files))
    made = IndicatorRecord(
        number=new_number(session, IndicatorRecord.number, f"ZB{clock.today():%y%m%d}"),
        once_key=once_key,
        indicator=indicator,
        made_by=by,
        year=told.happened_on.year,
    )
    _write(made, told, value)
    made.files = [IndicatorFile(attachment=file) for file in files]
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except sa.exc.IntegrityError:  # The second click came at the same moment, or the number did.
        known = made_before(session, IndicatorRecord, once_key)
        if known is None:
            raise Refused("刚才同时有人填报，没有提交成功，请再提交一次。") from None
        return known
    keep_step(session, made, made.made_at)
    _count_people(session, made, told)
    record(
        session,
        "indicator.submitted",
        made,
        by=by,
        indicator=made.indicator.our_code,
        happened_on=made.happened_on.isoformat(),
        value=made.value,
        amount_fen=made.amount_fen,
        version=made.version,
    )
    _tell_deciders(session, made)
    return made


def resubmit_record(
    session: Session,
    made: IndicatorRecord,
    told: Told,
    files: Sequence[Attachment] = (),
    *,
    by: Person,
) -> None:
    """Put a returned record before the verifier again, corrected; its evidence stays, more may come.

    Only its maker. A list of people must be given again: it was not kept.
    """
    if made.made_by_id != by.id:
        raise Refused("只有填报人可以修改后重新提交，请联系填报人。")
    value = value_of(made.indicator, told)
    _check_files(len(made.files) + len(files))
    move(session, made, RecordState.SUBMITTED, version=made.version + 1)
    made.year = told.happened_on.year
    _write(made, told, value)
    made.files += [IndicatorFile(attachment=file) for file in files]
    people = sa.delete(IndicatorSubject).where(IndicatorSubject.record_id == made.id)
    session.execute(people.execution_options(**BY_ID))
    session.flush()
    keep_step(session, made, clock.now())
    _count_people(session, made, told)
    record(
        session,
        "indicator.resubmitted",
        made,
        by=by,
        indicator=made.indicator.our_code,
        happened_on=made.happened_on.isoformat(),
        value=made.value,
        amount_fen=made.amount_fen,
        version=made.version,
    )
    _tell_deciders(session, made)


def verify_record(session: Session, made: IndicatorRecord, *, version: int, by: Person) -> None:
    """Say that a record is true; from now on it counts.

    Refuses its maker, who doesn't coordinate for the clause's lead, and a version that
    is not the one that was seen.
    """
    _check_decider(made, by)
    if made.reverses_id is not None:
        raise Refused("冲销行随冲销生效，不需要核实。")
    now = clock.now()
    told = {"verified_by_id": by.id, "verified_at": now}
    move_seen_step(session, made, RecordState.VERIFIED, version=version, at=now, **told)
    record(
        session,
        "indicator.verified",
        made,
        by=by,
        indicator=made.indicator.our_code,
        happened_on=made.happened_on.isoformat(),
        value=made.value,
        amount_fen=made.amount_fen,
        version=made.version,
    )
    tell(
        session,
        [made.made_by],
        f"您填报的“{made.indicator.our_name}”记录 {made.number} 已核实，计入完成数。",
        path=f"/plan/records/{made.number}",
    )


def return_record(
    session: Session, made: IndicatorRecord, *, version: int, answer: str, by: Person
) -> None:
    """Send a record back to its maker with what is wrong; its people are free for another."""
    _check_decider(made, by)
    answer = reason_of(answer, "退回原因")
    now = clock.now()
    move_seen_step(session, made, RecordState.RETURNED, version=version, at=now, answer=answer)
    _free_people(session, made)
    record(session, "indicator.returned", made, by=by, version=version)
    tell(
        session,
        [made.made_by],
        f"您填报的“{made.indicator.our_name}”记录 {made.number} 被退回：{answer}",
        path=f"/plan/records/{made.number}",
    )


def reverse_record(
    session: Session, made: IndicatorRecord, *, reason: str, by: Person
) -> IndicatorRecord:
    """Take a verified record back by a row of its own with the opposite figures, dated today.

    It counts in the year of the record, whose people are free for another. Refuses the
    maker, who may not verify, no reason, and what is not verified or reversed already.
    """
    _check_decider(made, by)
    reason = reason_of(reason, "冲销原因")
    if made.reverses_id is not None:
        raise Refused("冲销行不能再冲销；需要恢复请重新填报。")
    now = clock.now()
    move(session, made, RecordState.REVERSED)
    keep_step(session, made, now)
    _free_people(session, made)
    row = IndicatorRecord(
        number=new_number(session, IndicatorRecord.number, f"ZB{clock.today():%y%m%d}"),
        once_key=f"reverses:{made.number}",
        state=RecordState.VERIFIED,
        indicator=made.indicator,
        pair_id=made.pair_id,
        year=made.year,
        happened_on=clock.today(),
        value=-made.value,
        amount_fen=-made.amount_fen,
        place=made.place,
        note=reason,
        made_at=now,
        verified_at=now,
        reverses=made,
        made_by=by,
    )
    session.add(row)
    session.flush()
    keep_step(session, row, now)
    record(
        session,
        "indicator.reversed",
        row,
        by=by,
        number=made.number,
        indicator=row.indicator.our_code,
        happened_on=row.happened_on.isoformat(),
        value=row.value,
        amount_fen=row.amount_fen,
        version=row.version,
    )
    tell(
        session,
        [made.made_by],
        f"“{made.indicator.our_name}”记录 {made.number} 已被冲销：{reason}",
        path=f"/plan/records/{made.number}",
    )
    return row


def _check_files(count: int) -> None:
    if not count:
        raise Refused("请至少上传一份佐证材料（照片或 PDF）。", field="files")
    if count > MOST_FILES:
        raise Refused(f"一条记录最多 {MOST_FILES} 份材料，请合并后再上传。", field="files")


def _check_decider(made: IndicatorRecord, by: Person) -> None:
    """Refuse whoever made it (administrators no less), and who doesn't coordinate for its lead."""
    if made.made_by_id == by.id:
        raise Refused("不能核实、退回或冲销自己填报的记录，请由另一人办理。")
    if by.role is not Role.COORDINATOR or not is_lead_of(made.indicator.clause, by):
        leads = "、".join(made.indicator.clause.lead_units)
        raise Refused(f"这条记录由牵头单位（{leads}）的统筹协调人员办理，请联系他们。")


def _write(made: IndicatorRecord, told: Told, value: int) -> None:
    made.happened_on, made.value, made.amount_fen = told.happened_on, value, told.amount_fen
    made.place, made.note, made.pair = told.place.strip(), told.note.strip(), told.pair


def _count_people(session: Session, made: IndicatorRecord, told: Told) -> None:
    """Write down the people of a record, each once a year; who counts already is named by line."""
    if not told.digests:
        return
    rows = [
        {
            "digest": digest,
            "year": made.year,
            "is_live": True,
            "indicator_id": made.indicator_id,
            "record_id": made.id,
        }
        for digest in told.digests
    ]
    # In one order, so that two lists with the same people can't wait for each other.
    rows.sort(key=lambda row: str(row["digest"]))
    insert = upsert(session, IndicatorSubject).values(rows).on_conflict_do_nothing()
    counted = set(session.scalars(insert.returning(IndicatorSubject.digest)))
    again = [place for place, digest in enumerate(told.digests) if digest not in counted]
    if again:
        raise Refused(
            f"名单第 {lines_named(told.people, again)}的人今年已计入这个指标或正待核实，"
            "同一人全年只计一次，请删去后再提交。",
            field="people",
        )


def _free_people(session: Session, made: IndicatorRecord) -> None:
    free = sa.update(IndicatorSubject).where(IndicatorSubject.record_id == made.id)
    session.execute(free.values(is_live=False).execution_options(**BY_ID))


def _tell_deciders(session: Session, made: IndicatorRecord) -> None:
    people = [
        person
        for person in people_in_role(session, Role.COORDINATOR)
        if person.id != made.made_by_id and is_lead_of(made.indicator.clause, person)
    ]
    tell(
        session,
        people,
        f"“{made.indicator.our_name}”有一条记录待核实：{made.number}。",
        path=f"/plan/records/{made.number}",
    )
