"""Ask for records of indicators, and who may report and decide them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from market.accounts.models import Person
from market.core.access import Role
from market.evidence.models import Attachment
from market.plan.models import (
    Clause,
    Indicator,
    IndicatorFile,
    IndicatorRecord,
    IndicatorSubject,
    Pair,
    RecordState,
)
from market.plan.queries.completion import COUNTED, sum_where
from market.plan.queries.knowing import counted_by, end_of

ANY_LEAD = "各街道办事处"  # Clause 7 names its offices only together.
ANY_COUNTY = "相关乡镇"


def indicator_by_code(session: Session, code: str) -> Indicator | None:
    """Return an indicator with its clause and area."""
    return session.scalar(
        sa.select(Indicator)
        .where(Indicator.our_code == code)
        .join(Indicator.clause)
        .options(contains_eager(Indicator.clause).joinedload(Clause.area, innerjoin=True))
    )


def is_lead_of(clause: Clause, person: Person) -> bool:
    """Tell whether a coordinator's office leads a clause; one of no office coordinates all."""
    if not person.agency or person.agency in clause.lead_units:
        return True
    return ANY_LEAD in clause.lead_units and person.agency.endswith(ANY_LEAD[1:])


def is_county_of(clause: Clause, person: Person) -> bool:
    """Tell whether a person's county agency answers for a clause; one of no agency for none."""
    if person.agency in clause.county_units:
        return True
    return ANY_COUNTY in clause.county_units and person.agency.endswith(("乡", "镇", "街道"))


def may_report(indicator: Indicator, person: Person) -> bool:
    """Tell whether somebody may report what was done for an indicator."""
    if person.role is Role.COUNTY:
        return is_county_of(indicator.clause, person)
    return person.role is Role.COORDINATOR and is_lead_of(indicator.clause, person)


def may_decide(told: IndicatorRecord, person: Person) -> bool:
    """Tell whether somebody may verify, return or reverse a record: the lead's, never its maker."""
    return (
        person.role is Role.COORDINATOR
        and person.id != told.made_by_id
        and is_lead_of(told.indicator.clause, person)
    )


def records_of(
    indicator: Indicator,
    year: int,
    *,
    state: RecordState | None = None,
    pair: int | None = None,
    on: dt.date | None = None,
) -> sa.Select[Any]:
    """Select the records of an indicator that count or would count in a year, newest first.

    ``pair`` is the position of one of the eight. ``on`` leaves those that counted by the end
    of that day: what waited then may say something else now.
    """
    select = (
        sa.select(IndicatorRecord)
        .where(IndicatorRecord.indicator_id == indicator.id, IndicatorRecord.year == year)
        .options(
            joinedload(IndicatorRecord.pair).joinedload(Pair.unit),
            joinedload(IndicatorRecord.made_by),
            joinedload(IndicatorRecord.verified_by),
            joinedload(IndicatorRecord.reverses),
        )
        .order_by(IndicatorRecord.happened_on.desc(), IndicatorRecord.id.desc())
    )
    if state is not None:
        select = select.where(IndicatorRecord.state == state)
    if pair is not None:
        select = select.where(IndicatorRecord.pair.has(position=pair))
    if on is not None:
        select = select.where(counted_by(on))
    return select


def reversed_by(session: Session, records: Sequence[IndicatorRecord], on: dt.date) -> set[int]:
    """Return the ids of those records that had been taken back by the end of a day."""
    return set(
        session.scalars(
            sa.select(IndicatorRecord.reverses_id).where(
                IndicatorRecord.reverses_id.in_([told.id for told in records]),
                IndicatorRecord.made_at < end_of(on),
            )
        )
    )


@dataclass(frozen=True)
class RecordSums:
    """What a list of records comes to: all of them, and those that count."""

    rows: int
    value: int
    amount_fen: int
    counted_value: int
    counted_fen: int


def sums_of(session: Session, select: sa.Select[Any]) -> RecordSums:
    """Return the sums over all pages of a list of records."""
    counted = IndicatorRecord.state.in_(COUNTED)
    row = session.execute(
        select.order_by(None).with_only_columns(
            sa.func.count(),
            sum_where(sa.true(), IndicatorRecord.value),
            sum_where(sa.true(), IndicatorRecord.amount_fen),
            sum_where(counted, IndicatorRecord.value),
            sum_where(counted, IndicatorRecord.amount_fen),
        )
    ).one()
    return RecordSums(*row)


def record_by_number(session: Session, number: str) -> IndicatorRecord | None:
    """Return a record with everything its page shows."""
    return session.scalar(
        sa.select(IndicatorRecord)
        .where(IndicatorRecord.number == number)
        .options(
            joinedload(IndicatorRecord.indicator, innerjoin=True)
            .joinedload(Indicator.clause, innerjoin=True)
            .joinedload(Clause.area, innerjoin=True),
            joinedload(IndicatorRecord.pair).joinedload(Pair.unit),
            joinedload(IndicatorRecord.made_by),
            joinedload(IndicatorRecord.verified_by),
            joinedload(IndicatorRecord.reverses),
            selectinload(IndicatorRecord.files).joinedload(
                IndicatorFile.attachment, innerjoin=True
            ),
        )
    )


def reversal_of(session: Session, told: IndicatorRecord) -> IndicatorRecord | None:
    """Return the row that takes a record back."""
    return session.scalar(
        sa.select(IndicatorRecord)
        .where(IndicatorRecord.reverses_id == told.id)
        .options(joinedload(IndicatorRecord.made_by))
    )


def repeated_files(session: Session, told: IndicatorRecord) -> Sequence[tuple[str, str]]:
    """Return (file's name, record's number) where another record has the same content as evidence."""
    mine, theirs = aliased(Attachment), aliased(Attachment)
    other = aliased(IndicatorFile)
    rows = session.execute(
        sa.select(mine.name, IndicatorRecord.number)
        .join(IndicatorFile, IndicatorFile.attachment_id == mine.id)
        .join(theirs, theirs.file_id == mine.file_id)
        .join(other, other.attachment_id == theirs.id)
        .join(IndicatorRecord, IndicatorRecord.id == other.record_id)
        .where(IndicatorFile.record_id == told.id, other.record_id != told.id)
        .order_by(IndicatorRecord.number)
        .distinct()
    )
    return [(name, number) for name, number in rows]


def record_faults(session: Session) -> list[str]:
    """Name the records whose people don't make their number, or whose reversal doesn't make nothing."""
    people = (
        sa.select(IndicatorSubject.record_id, sa.func.count().label("people"))
        .group_by(IndicatorSubject.record_id)
        .subquery()
    )
    found = []
    rows = session.execute(
        sa.select(
            IndicatorRecord.number, IndicatorRecord.value, sa.func.coalesce(people.c.people, 0)
        )
        .join(Indicator, Indicator.id == IndicatorRecord.indicator_id)
        .outerjoin(people, people.c.record_id == IndicatorRecord.id)
        .where(
            Indicator.our_distinct,
            IndicatorRecord.reverses_id.is_(None),
            IndicatorRecord.value != sa.func.coalesce(people.c.people, 0),
        )
        .order_by(IndicatorRecord.id)
    )
    for number, value, count in rows:
        found.append(f"指标记录 {number} 填报 {value} 人，名单有 {count} 人")
    taken = aliased(IndicatorRecord)
    odd = session.scalars(
        sa.select(IndicatorRecord.number)
        .join(taken, taken.id == IndicatorRecord.reverses_id)
        .where(
            sa.or_(
                IndicatorRecord.value != -taken.value,
                IndicatorRecord.amount_fen != -taken.amount_fen,
                IndicatorRecord.year != taken.year,
                IndicatorRecord.indicator_id != taken.indicator_id,
                taken.state != RecordState.REVERSED,
            )
        )
        .order_by(IndicatorRecord.id)
    )
    found += [f"指标记录 {number} 与被冲销的记录不相抵" for number in odd]
    lone = session.scalars(
        sa.select(IndicatorRecord.number)
        .outerjoin(taken, taken.reverses_id == IndicatorRecord.id)
        .where(IndicatorRecord.state == RecordState.REVERSED, taken.id.is_(None))
        .order_by(IndicatorRecord.id)
    )
    return found + [f"指标记录 {number} 标为已冲销，却没有冲销行" for number in lone]
