"""Plan a fair, announce it, hold it, or call it off."""

import dataclasses
import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier
from market.audit.services import record
from market.core import clock, money
from market.core.db import BY_ID, upsert
from market.core.errors import Refused
from market.core.numbers import new_number
from market.core.states import move
from market.evidence.models import Attachment
from market.fairs.models import Fair, FairDay, FairPhoto, FairState, StandState
from market.fairs.queries import stands_of
from market.fairs.services.turns import PREPARING, UNCHECKED, check_coordinator, take_fair, words
from market.funds.models import Activity
from market.funds.services import Proposal, propose
from market.notices.services import tell

MOST_VISITORS = 10_000_000
MOST_AREA = 1_000_000
LONGEST = dt.timedelta(days=366)
FIRST_ON = dt.date(2018, 1, 1)


@dataclasses.dataclass(frozen=True)
class Planned:
    """What is planned: when, where, by whom, from which line of the budget, for how much."""

    name: str
    starts_on: dt.date
    ends_on: dt.date
    host: str
    co_host: str = ""
    is_online: bool = False
    place: str = ""
    area_m2: int = 0
    line: str = ""
    asked_fen: int = 0


def plan_fair(
    session: Session, planned: Planned, *, once_key: str, is_demo: bool = False, by: Person
) -> Fair:
    """Plan a fair; the same key gives the same one.

    Only a coordinator. Refuses days the wrong way round, a fair on the spot without a
    place, and words that are missing or too long.
    """
    check_coordinator(by)
    made = session.scalar(sa.select(Fair).where(Fair.once_key == once_key))
    if made is not None:
        if made.made_by_id != by.id:
            raise Refused("提交码不属于这场展销，请刷新页面后重新填写。")
        return made
    fair = Fair(
        number=new_number(session, Fair.number, f"ZX{clock.today():%y%m%d}", digits=4),
        once_key=once_key,
        is_demo=is_demo,
        made_by=by,
        **_checked(planned),
    )
    session.add(fair)
    session.flush()
    record(
        session,
        "fair.planned",
        fair,
        by=by,
        starts_on=fair.starts_on.isoformat(),
        ends_on=fair.ends_on.isoformat(),
        amount_fen=fair.asked_fen,
    )
    return fair


def change_fair(session: Session, fair: Fair, planned: Planned, *, by: Person) -> None:
    """Change what is planned, until the fair opens; whoever stands there is told of new days or place."""
    check_coordinator(by)
    given = _checked(planned)
    take_fair(session, fair, FairState.PLANNED, deed="修改计划", alone=True)
    before = (fair.starts_on, fair.ends_on, fair.place)
    for name, value in given.items():
        setattr(fair, name, value)
    session.flush()
    record(
        session,
        "fair.changed",
        fair,
        by=by,
        starts_on=fair.starts_on.isoformat(),
        ends_on=fair.ends_on.isoformat(),
        amount_fen=fair.asked_fen,
    )
    if before != (fair.starts_on, fair.ends_on, fair.place):
        _tell_stands(session, fair, f"展销“{fair.name}”改为 {_when(fair)}，请留意。")


def announce(session: Session, fair: Fair, *, by: Person) -> None:
    """Let everyone see that there will be a fair."""
    check_coordinator(by)
    take_fair(session, fair, *PREPARING, deed="公布", alone=True)
    session.refresh(fair, ["announced_at"])
    if fair.announced_at is not None:
        raise Refused(f"“{fair.name}”已经公布。")
    fair.announced_at = clock.now()
    session.flush()
    record(session, "fair.announced", fair, by=by)


def open_fair(session: Session, fair: Fair, *, by: Person) -> None:
    """Open a fair on one of its days; from now on sales are entered. It is announced by that."""
    check_coordinator(by)
    today = clock.today()
    if not fair.starts_on <= today <= fair.ends_on:
        raise Refused(
            f"“{fair.name}”的展期是 {_when(fair)}，今天是 {today}，不能开幕；日期有变请先修改计划。"
        )
    session.refresh(fair, ["announced_at"])
    move(session, fair, FairState.OPEN, announced_at=fair.announced_at or clock.now())
    record(session, "fair.opened", fair, by=by)


def close_fair(session: Session, fair: Fair, *, by: Person) -> None:
    """Close a fair on its last day or after; what was sold may still be written down."""
    check_coordinator(by)
    if clock.today() < fair.ends_on:
        raise Refused(f"“{fair.name}”到 {fair.ends_on} 才结束，结束当天起可以闭幕。")
    move(session, fair, FairState.CLOSED)
    record(session, "fair.closed", fair, by=by)


def call_off(session: Session, fair: Fair, reason: str, *, by: Person) -> None:
    """Call a fair off, saying why; refuses where something was sold or signed already."""
    check_coordinator(by)
    reason = words(reason, "取消原因", field="reason")
    move(session, fair, FairState.CALLED_OFF, called_off_reason=reason)
    # After the move, so that no sale slips in between.
    if session.scalar(sa.text(_ANYTHING), {"fair": fair.id}):
        raise Refused("已经有现场销售或签约记录，不能取消；请闭幕后照实报告成果。")
    record(session, "fair.called_off", fair, by=by, reason=reason)
    _tell_stands(session, fair, f"展销“{fair.name}”已取消：{reason}"[:300])


def propose_activity(
    session: Session, fair: Fair, document_no: str, *, once_key: str, by: Person
) -> Activity:
    """Ask for the fair's money as a marketing activity with the fair's own words; once for each fair.

    Refuses a fair without an amount to ask for, and what the funds refuse.
    """
    check_coordinator(by)
    document_no = words(document_no, "方案文号", most=60, field="document_no")
    session.execute(sa.select(Fair.id).where(Fair.id == fair.id).with_for_update())
    session.refresh(fair, ["activity_id", "activity"])
    if fair.activity is not None:
        return fair.activity
    take_fair(session, fair, *UNCHECKED, deed="申请经费")
    if not fair.asked_fen:
        raise Refused("还没有填写申请金额，请先在展销计划里填写预算科目和申请金额。")
    parts = [f"{fair.host}主办", f"{fair.co_host}协办" if fair.co_host else ""]
    proposal = Proposal(
        name=fair.name,
        line=fair.line,
        starts_on=fair.starts_on,
        ends_on=fair.ends_on,
        amount_fen=fair.asked_fen,
        document_no=document_no,
        is_online=fair.is_online,
        place=fair.place,
        purpose=f"展销活动 {fair.number}，" + "，".join(filter(None, parts)) + "。",
    )
    activity = propose(session, proposal, once_key=once_key, by=by)
    fair.activity = activity
    session.flush()
    record(session, "fair.money_asked", fair, by=by, amount_fen=fair.asked_fen)
    return activity


def name_activity(session: Session, fair: Fair, activity: Activity, *, by: Person) -> None:
    """Say which marketing activity, asked for before, pays for the fair; each pays for one."""
    check_coordinator(by)
    take_fair(session, fair, *UNCHECKED, deed="关联经费", alone=True)
    session.refresh(fair, ["activity_id", "activity"])
    if fair.activity_id is not None:
        raise Refused("这场展销已经有经费活动。", field="activity")
    try:
        with session.begin_nested():
            fair.activity = activity
            session.flush()
    except sa.exc.IntegrityError:
        raise Refused("这项经费活动已用于另一场展销。", field="activity") from None
    record(session, "fair.money_named", fair, by=by, document=activity.agreement.number)


def count_day(
    session: Session, fair: Fair, held_on: dt.date, *, visitors: int, purchasers: int, by: Person
) -> None:
    """Say how many came on a day of the fair; a later count takes the place of the earlier.

    The audit trail keeps both. Refuses a day outside the fair or still to come, and counts
    below zero or beyond reason.
    """
    check_coordinator(by)
    if not fair.starts_on <= held_on <= min(fair.ends_on, clock.today()):
        raise Refused(f"请填写展期内、不晚于今天的日期（{_when(fair)}）。", field="held_on")
    for name, what, count in (
        ("visitors", "参观人次", visitors),
        ("purchasers", "采购商数", purchasers),
    ):
        if not 0 <= count <= MOST_VISITORS:
            raise Refused(f"{what}须在 0 至 {MOST_VISITORS:,} 之间。", field=name)
    take_fair(session, fair, FairState.OPEN, FairState.CLOSED, deed="登记人次")
    row = upsert(session, FairDay).values(
        fair_id=fair.id, held_on=held_on, visitors=visitors, purchasers=purchasers
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["fair_id", "held_on"],
            set_={"visitors": row.excluded.visitors, "purchasers": row.excluded.purchasers},
        ).execution_options(populate_existing=True)
    )
    record(
        session,
        "fair.day_counted",
        fair,
        by=by,
        held_on=held_on.isoformat(),
        visitors=visitors,
        purchasers=purchasers,
    )


def add_photo(
    session: Session, fair: Fair, attachment: Attachment, *, caption: str, by: Person
) -> FairPhoto:
    """Keep a photo of the fair; everyone sees it once the result is checked."""
    check_coordinator(by)
    caption = words(caption, "照片说明", most=80, field="caption", needed=False)
    take_fair(session, fair, FairState.OPEN, FairState.CLOSED, deed="上传照片")
    photo = FairPhoto(fair_id=fair.id, attachment=attachment, caption=caption)
    session.add(photo)
    session.flush()
    record(session, "fair.photo_added", fair, by=by, sha256=attachment.file.sha256)
    return photo


def remove_photo(session: Session, fair: Fair, token: str, *, by: Person) -> None:
    """Take a photo out of the result that should not be shown, before it is checked."""
    check_coordinator(by)
    take_fair(session, fair, FairState.OPEN, FairState.CLOSED, deed="移除照片")
    named = sa.select(Attachment.id).where(Attachment.token == token)
    gone = (
        sa.delete(FairPhoto)
        .where(FairPhoto.fair_id == fair.id, FairPhoto.attachment_id.in_(named))
        .returning(FairPhoto.id)
        .execution_options(**BY_ID)
    )
    if session.scalar(gone) is None:
        raise Refused("这张照片已经不在这里，请刷新页面。")
    record(session, "fair.photo_removed", fair, by=by)


_ANYTHING = (
    "SELECT EXISTS (SELECT 1 FROM fair_sale WHERE fair_id = :fair AND state <> 'withdrawn')"
    " OR EXISTS (SELECT 1 FROM fair_intention WHERE fair_id = :fair AND withdrawn_at IS NULL)"
)


def _checked(planned: Planned) -> dict[str, object]:
    """Return what is to be written of a plan, or refuse it."""
    place = words(planned.place, "地点", most=80, field="place", needed=not planned.is_online)
    if planned.ends_on < planned.starts_on:
        raise Refused("结束日期不能早于开始日期。", field="ends_on")
    if planned.ends_on - planned.starts_on > LONGEST:
        raise Refused("一场展销最长一年，请核对日期。", field="ends_on")
    if planned.starts_on < FIRST_ON:
        raise Refused(f"开始日期不能早于 {FIRST_ON}。", field="starts_on")
    if not 0 <= planned.area_m2 <= MOST_AREA:
        raise Refused(f"面积须在 0 至 {MOST_AREA:,} 平方米之间。", field="area_m2")
    if not 0 <= planned.asked_fen <= money.MOST_FEN:
        raise Refused("申请金额不能为负，也不能过大。", field="asked_fen")
    if planned.asked_fen and not planned.line:
        raise Refused("填写了申请金额，请选择预算科目。", field="line")
    return {
        "name": words(planned.name, "展销名称", most=80, field="name"),
        "is_online": planned.is_online,
        "place": place,
        "starts_on": planned.starts_on,
        "ends_on": planned.ends_on,
        "host": words(planned.host, "主办单位", most=80, field="host"),
        "co_host": words(planned.co_host, "协办单位", field="co_host", needed=False),
        "area_m2": planned.area_m2,
        "line": planned.line[:60],
        "asked_fen": planned.asked_fen,
    }


def _when(fair: Fair) -> str:
    days = f"{fair.starts_on} 至 {fair.ends_on}"
    return f"{days}（线上）" if fair.is_online else f"{days}（{fair.place}）"


def _tell_stands(session: Session, fair: Fair, text: str) -> None:
    for stand in stands_of(session, fair):
        if stand.state is not StandState.DECLINED:
            people = people_of_supplier(session, stand.supplier_id)
            tell(session, people, text, path=f"/fairs/{fair.number}")
