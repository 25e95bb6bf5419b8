"""Draft a month's bulletin, write its text, and put it before another coordinator."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.db import upsert
from market.core.errors import Refused, reason_of
from market.core.numbers import new_number
from market.core.states import move, move_seen
from market.notices.services import tell
from market.reports.models import Bulletin, BulletinState
from market.reports.queries.bulletins import (
    Report,
    check_text,
    content_of,
    cut_off_of,
    drafted,
    marks_now,
    report_of,
)
from market.targets.models import Period, PeriodState
from market.targets.queries import FIRST_YEAR, LAST_YEAR
from market.targets.queries.periods import count_of
from market.units.models import Unit

CALLED = "这份通报"


class Overtaken(Refused):
    """Somebody else changed the text since it was opened; what was typed is not written yet."""


def draft_bulletin(session: Session, year: int, month: int, *, by: Person) -> Bulletin:
    """Begin a month's bulletin with a text drafted from its figures.

    Refuses anybody but a coordinator, a month to come, and one that has a bulletin already:
    what was issued is corrected instead.
    """
    check_coordinator(by)
    today = clock.today()
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise Refused(f"月份须在 {FIRST_YEAR}年1月 至 {LAST_YEAR}年12月 之间。")
    if count_of(year, month) > count_of(today.year, today.month):
        raise Refused(f"{year}年{month}月还没有开始，到时再起草。")
    bulletin = _begin(session, year, month, by)
    if bulletin is None:
        raise Refused(f"{year}年{month}月已有通报，请在清单中打开；已签发的如有差错，请发更正。")
    record(session, "bulletin.drafted", bulletin, by=by, year=year, month=month)
    return bulletin


def correct_bulletin(session: Session, old: Bulletin, *, reason: str, by: Person) -> Bulletin:
    """Begin a bulletin that corrects an issued one, with the reason; the old one stays as it is.

    It begins with the old text, for the same readers. Refuses one that isn't issued, one that is corrected already, and anybody but a coordinator.
    """
    check_coordinator(by)
    reason = reason_of(reason, "更正的原因")
    if old.state is not BulletinState.ISSUED:
        raise Refused(f"这份通报{old.state.label}，签发之后才谈得上更正；现在请直接修改。")
    bulletin = _begin(session, old.year, old.month, by, old, reason)
    if bulletin is None:
        raise Refused("这份通报已有更正，请打开更正后的通报；它如有差错，再更正那一份。")
    record(
        session,
        "bulletin.correction_drafted",
        bulletin,
        by=by,
        year=old.year,
        month=old.month,
        number=old.number,
        reason=reason,
    )
    return bulletin


def write_bulletin(
    session: Session,
    bulletin: Bulletin,
    text: Mapping[str, str],
    *,
    is_public: bool,
    seen_version: int,
    by: Person,
) -> None:
    """Write the text, and whether the bulletin will be for everyone.

    Refuses, beside its section, an unknown field and what ``check_text`` refuses; a text
    that somebody else changed meanwhile, and one that is submitted or issued.
    """
    check_coordinator(by)
    found = check_text(text, is_public=is_public)
    _change(session, bulletin, found, seen_version, by, is_public=is_public)
    record(
        session,
        "bulletin.written",
        bulletin,
        by=by,
        version=bulletin.version,
        is_public=is_public,
    )


def redraft_bulletin(
    session: Session, bulletin: Bulletin, *, seen_version: int, by: Person
) -> None:
    """Put the text that is drafted from the present figures in the place of what was written."""
    check_coordinator(by)
    report = _report(session, bulletin.year, bulletin.month)
    text = drafted(report, is_public=bulletin.is_public)
    _change(session, bulletin, text, seen_version, by)
    record(session, "bulletin.redrafted", bulletin, by=by, version=bulletin.version)


def submit_bulletin(session: Session, bulletin: Bulletin, *, seen_version: int, by: Person) -> None:
    """Put a bulletin before another coordinator; its figures are kept as they are now.

    Refuses while the month runs, and a text that would be refused now. What is written into
    its ledgers at this moment is waited for, so that the marks and the figures agree.
    """
    check_coordinator(by)
    year, month, today = bulletin.year, bulletin.month, clock.today()
    if count_of(year, month) >= count_of(today.year, today.month):
        raise Refused(f"{year}年{month}月还没有过完，月末之后才能送审；现在可以先写好文字。")
    take_turn(session, bulletin)
    check_text(bulletin.text, is_public=bulletin.is_public)
    if bulletin.version != seen_version:
        raise Refused(f"{CALLED}刚刚被修改，请刷新页面，看过新的内容再送审。")
    day = cut_off_of(year, month, today)
    marks = marks_now(session)
    move(
        session,
        bulletin,
        BulletinState.SUBMITTED,
        Bulletin.version == seen_version,
        version=seen_version + 1,
        content=content_of(session, year, month, day),
        credit_mark=marks.credit_id,
        entry_mark=marks.entry_id,
        cut_off_on=day,
        submitted_at=clock.now(),
        submitted_by_id=by.id,
    )
    record(session, "bulletin.submitted", bulletin, by=by, version=seen_version)
    writers = {bulletin.made_by_id, bulletin.edited_by_id, by.id}
    others = [one for one in people_in_role(session, Role.COORDINATOR) if one.id not in writers]
    tell(session, others, f"{year}年{month}月消费帮扶通报待签发。", path=bulletin.path)


def return_bulletin(
    session: Session, bulletin: Bulletin, *, answer: str, seen_version: int, by: Person
) -> None:
    """Give a submitted bulletin back to be written on, with the reason, as it was seen."""
    check_coordinator(by)
    answer = reason_of(answer, "退回的原因")
    move_seen(
        session,
        bulletin,
        BulletinState.RETURNED,
        version=seen_version,
        called=CALLED,
        answer=answer,
        content=None,
        credit_mark=None,
        entry_mark=None,
    )
    record(session, "bulletin.returned", bulletin, by=by, reason=answer)
    writers = {bulletin.made_by, bulletin.edited_by, bulletin.submitted_by}
    tell(
        session,
        [one for one in writers if one is not None and one.id != by.id],
        f"{bulletin.year}年{bulletin.month}月消费帮扶通报被退回：{answer}"[:300],
        path=bulletin.path,
    )


def call_off_bulletin(
    session: Session, bulletin: Bulletin, *, seen_version: int, by: Person
) -> None:
    """End a bulletin that was not issued, as it was seen; its month may have another one."""
    check_coordinator(by)
    if bulletin.version != seen_version:
        raise Refused(f"{CALLED}刚刚被修改，请刷新页面，看过新的内容再决定是否取消。")
    move(session, bulletin, BulletinState.CALLED_OFF, Bulletin.version == seen_version)
    record(
        session,
        "bulletin.called_off",
        bulletin,
        by=by,
        year=bulletin.year,
        month=bulletin.month,
    )


def check_coordinator(by: Person) -> None:
    """Refuse anybody but a coordinator."""
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以起草、送审和签发通报，请联系统筹协调。")


def take_turn(session: Session, bulletin: Bulletin) -> None:
    """Let other issuers, and whoever writes into this year's figures, finish first or wait.

    A row that another transaction has numbered and not committed yet would come below the
    mark and change what is computed up to it. Who writes targets holds the units, who
    writes credits the month.
    """
    waiting = sa.select(Bulletin.id).where(Bulletin.state == BulletinState.SUBMITTED)
    session.execute(waiting.order_by(Bulletin.id).with_for_update())
    session.execute(sa.select(Unit.id).order_by(Unit.id).with_for_update(read=True))
    months = sa.select(Period.id).where(
        Period.year == bulletin.year,
        Period.month <= bulletin.month,
        Period.state != PeriodState.CLOSED,
    )
    session.execute(months.order_by(Period.month).with_for_update())
    session.refresh(bulletin)


def _begin(
    session: Session,
    year: int,
    month: int,
    by: Person,
    old: Bulletin | None = None,
    reason: str = "",
) -> Bulletin | None:
    """Insert a draft unless the month (or what is corrected) has one: of two at once, one is first."""
    text = dict(old.text) if old else drafted(_report(session, year, month))
    row = upsert(session, Bulletin).values(
        ref=new_number(session, Bulletin.ref, f"TB{year % 100:02}{month:02}"),
        year=year,
        month=month,
        cut_off_on=cut_off_of(year, month, clock.today()),
        state=BulletinState.DRAFT,
        text=text,
        is_public=old is not None and old.is_public,
        reason=reason,
        corrects_id=old.id if old else None,
        made_by_id=by.id,
        edited_by_id=by.id,
    )
    made = session.scalar(row.on_conflict_do_nothing().returning(Bulletin.id))
    return session.get(Bulletin, made) if made else None


def _report(session: Session, year: int, month: int) -> Report:
    day = cut_off_of(year, month, clock.today())
    return report_of(year, month, day, content_of(session, year, month, day))


def _change(
    session: Session,
    bulletin: Bulletin,
    text: Mapping[str, str],
    seen_version: int,
    by: Person,
    **also: object,
) -> None:
    """Write what is edited if it still is as it was seen."""
    if not bulletin.is_editable:
        raise Refused(f"这份通报{bulletin.state.label}，不能再修改；待签发的可以先退回。")
    step = (
        sa.update(Bulletin)
        .where(
            Bulletin.id == bulletin.id,
            Bulletin.version == seen_version,
            Bulletin.state.in_([BulletinState.DRAFT, BulletinState.RETURNED]),
        )
        .values(
            text=dict(text),
            version=seen_version + 1,
            edited_by_id=by.id,
            edited_at=clock.now(),
            **also,
        )
    )
    if session.scalar(step.returning(Bulletin.id)) is None:
        session.refresh(bulletin)
        raise Overtaken(
            "这份通报刚刚被别人修改，您写的还没有保存；请另开一页核对，再保存时以您写的为准。"
        )
    session.refresh(bulletin)
