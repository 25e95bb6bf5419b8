"""Issue a bulletin by a second person, keep what it said, and send it to its units."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.accounts.models import Person
from market.accounts.queries import people_of_units
from market.adapters.files import Files
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS
from market.core.errors import Refused
from market.core.numbers import next_serial
from market.core.states import move
from market.evidence.services import attach, attach_sheet, publish
from market.notices.services import tell
from market.reports.models import Bulletin, BulletinFile, BulletinState, BulletinUnit
from market.reports.queries.bulletins import (
    Line,
    differences,
    file_name,
    files_of,
    heading_of,
    is_locked,
    ledger_sums,
    marks_now,
    programs,
    report_of,
    waiting_count,
)
from market.reports.services.bulletins import CALLED, check_coordinator, take_turn

MOST_NOTICE = 300


def issue_bulletin(
    session: Session, files: Files, bulletin: Bulletin, *, seen_version: int, by: Person
) -> None:
    """Issue a submitted bulletin as it was seen: it gets its number, and its files are kept.

    Refuses whoever drafted, last wrote or submitted it, a month that isn't locked or for which
    something submitted in time isn't verified, figures that have changed since it was
    submitted, and another version than the one seen. Of two
    at once the second waits for the first, so numbers follow one another.
    """
    check_coordinator(by)
    take_turn(session, bulletin)
    if by.id in (bulletin.made_by_id, bulletin.edited_by_id, bulletin.submitted_by_id):
        raise Refused("这份通报由您起草、修改或送审，请由另一位统筹协调人员核对签发。")
    if bulletin.version != seen_version:
        raise Refused(f"{CALLED}刚刚被修改后重新送审，请刷新页面，看过新的内容再签发。")
    if bulletin.state is not BulletinState.SUBMITTED:
        raise Refused(f"当前状态是“{bulletin.state.label}”，不能签发，请刷新页面查看最新情况。")
    _check_final(session, bulletin)
    marks, now = marks_now(session), clock.now()
    year = clock.today().year
    serial = next_serial(session, Bulletin.serial, Bulletin.issue_year == year)
    corrects = bulletin.corrects.number if bulletin.corrects else ""
    signed = {
        "drafted_by": bulletin.made_by.name,
        "issued_by": by.name,
        "corrects": corrects,
        "is_demo": by.is_demo,
    }
    move(
        session,
        bulletin,
        BulletinState.ISSUED,
        Bulletin.version == seen_version,
        Bulletin.made_by_id != by.id,
        Bulletin.edited_by_id != by.id,
        Bulletin.submitted_by_id != by.id,
        content={**(bulletin.content or {}), "is_final": True, "signed": signed},
        credit_mark=marks.credit_id,
        entry_mark=marks.entry_id,
        number=f"消费帮扶通报〔{year}〕第{serial}期",
        issue_year=year,
        serial=serial,
        issued_at=now.replace(microsecond=0),
        issued_by_id=by.id,
        made_with=programs(),
    )
    _keep(session, files, bulletin, by)
    record(
        session,
        "bulletin.issued",
        bulletin,
        by=by,
        number=bulletin.number,
        year=bulletin.year,
        month=bulletin.month,
        is_public=bulletin.is_public,
    )
    tell(
        session,
        [bulletin.made_by],
        f"{bulletin.number}（{bulletin.year}年{bulletin.month}月）已签发，可以发送各单位。",
        path=bulletin.path,
    )


def send_bulletin(session: Session, bulletin: Bulletin, *, by: Person) -> int:
    """Tell the people of each unit in the table of its own line, once; return how many units heard.

    Refuses one that isn't issued, one that was sent, and one that an issued one corrects.
    """
    check_coordinator(by)
    newer = aliased(Bulletin)
    corrected = sa.exists().where(
        newer.corrects_id == bulletin.id, newer.state == BulletinState.ISSUED
    )
    step = (
        sa.update(Bulletin)
        .where(
            Bulletin.id == bulletin.id,
            Bulletin.state == BulletinState.ISSUED,
            Bulletin.sent_at.is_(None),
            ~corrected,
        )
        .values(sent_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    sent = session.scalar(step.returning(Bulletin.id))
    session.refresh(bulletin)
    if sent is None:
        if bulletin.sent_at is not None:
            raise Refused("这份通报已经发送各单位，不需要再发。")
        if bulletin.state is not BulletinState.ISSUED:
            raise Refused(f"这份通报{bulletin.state.label}，签发之后才能发送。")
        raise Refused("这份通报已更正，不能再发送；请打开更正后的通报，发送那一份。")
    content = bulletin.content or {}
    report = report_of(bulletin.year, bulletin.month, bulletin.cut_off_on, content)
    ids = {row["code"]: row["unit_id"] for row in content["rows"]}
    people = people_of_units(session, list(ids.values()), *UNIT_BUYERS)
    heard = [line for line in report.lines if ids[line.code] in people]
    for line in heard:
        text = f"{bulletin.number}（{bulletin.month}月）：{line.name}{_told(line)}"
        tell(session, people[ids[line.code]], text[:MOST_NOTICE], path=bulletin.path)
    record(session, "bulletin.sent", bulletin, by=by, number=bulletin.number, count=len(heard))
    return len(heard)


def _told(line: Line) -> str:
    """Say a unit's own line in a sentence."""
    words = f"累计采购 {money.wan(line.done_fen)} 万元"
    if line.rank is not None:
        words += f"，完成率 {money.show_rate(line.rate)}，排名第 {line.rank}"
        words += f"，还差 {money.wan(line.gap_fen)} 万元" if line.gap_fen else "，已完成全年任务"
    if line.unpaid_fen:
        words += f"，验收后未付款 {money.wan(line.unpaid_fen)} 万元"
    return f"{words}。"


def _check_final(session: Session, bulletin: Bulletin) -> None:
    """Refuse a month that isn't locked or that still takes something, and figures not as submitted."""
    year, month = bulletin.year, bulletin.month
    if not is_locked(session, year, month):
        raise Refused(
            f"{year}年{month}月还没有锁定，数字还会变动；请先在“月度结账”锁定这个月，再签发。"
        )
    sums = ledger_sums(session, year, month, bulletin.cut_off_on)
    assert bulletin.content is not None  # It was submitted.
    changed = differences(session, bulletin.content, sums)
    if changed:
        raise Refused(f"送审之后数字有变动（{changed[0]}），请退回，由经办人重新送审。")
    waiting = waiting_count(session, year, month)
    if waiting:
        raise Refused(
            f"{year}年1月至{month}月还有 {waiting} 笔锁定前提交的平台外采购或展销销售没有核实，"
            "核实后仍会计入；请先核实，或在“月度结账”结账，再签发。"
        )


def _keep(session: Session, files: Files, bulletin: Bulletin, by: Person) -> None:
    """Make the files once, keep them, and note which units stand in the table."""
    content = bulletin.content or {}
    report = report_of(bulletin.year, bulletin.month, bulletin.cut_off_on, content)
    made = files_of(report, bulletin.text, heading_of(bulletin), is_public=bulletin.is_public)
    for kind, held in made.items():
        name = file_name(bulletin, kind.suffix)
        keep = attach if kind.suffix == "pdf" else attach_sheet
        attachment = keep(session, files, held, name=name, by=by)
        if kind.is_public:
            publish(session, [attachment], by=by)
        session.add(BulletinFile(kind=kind, bulletin_id=bulletin.id, attachment_id=attachment.id))
    session.add_all(
        BulletinUnit(bulletin_id=bulletin.id, unit_id=row["unit_id"]) for row in content["rows"]
    )
    session.flush()
