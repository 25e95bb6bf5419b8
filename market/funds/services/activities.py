"""Marketing activities: ask for money before, say what came of it after, link the orders it brought."""

import dataclasses
import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.funds.models import Activity, ActivityOrder, DocumentState, Kind
from market.funds.queries.marketing import marketing_earmark
from market.funds.services.drafts import Content, draft

MAKERS = (Role.COORDINATOR, Role.FUND_OFFICER, Role.COUNTY)


@dataclasses.dataclass(frozen=True)
class Proposal:
    """What is planned, when, where, from which line of the budget, and for how much."""

    name: str
    line: str
    starts_on: dt.date
    ends_on: dt.date
    amount_fen: int
    document_no: str
    is_online: bool = False
    place: str = ""
    purpose: str = ""


def propose(session: Session, proposal: Proposal, *, once_key: str, by: Person) -> Activity:
    """Plan an activity, and draft the agreement that asks for its money; the same key, the same one.

    The money is asked for where all of the plan's money is: evidence, submitting and
    approval are those of the agreement. Refuses a line that the budget doesn't have, days
    the wrong way round, an activity on the spot without a place, and what ``draft`` refuses.
    """
    made = session.scalar(sa.select(Activity).where(Activity.agreement.has(once_key=once_key)))
    if made is not None:
        if made.made_by_id != by.id:
            raise Refused("提交码不属于这项活动，请刷新页面后重新填写。")
        return made
    earmark = marketing_earmark(session)
    if earmark is None:
        raise Refused("资金账还没有按方案建立，请联系系统管理员。")
    if not proposal.line:
        raise Refused("请选择预算科目。", field="line")
    if proposal.ends_on < proposal.starts_on:
        raise Refused("结束日期不能早于开始日期。", field="ends_on")
    if not proposal.is_online and not proposal.place.strip():
        raise Refused("线下活动请填写地点。", field="place")
    content = Content(
        title=proposal.name,
        occurred_on=clock.today(),
        amount_fen=proposal.amount_fen,
        reason=proposal.purpose,
        cost_type=proposal.line,
        document_no=proposal.document_no,
        earmark=earmark,
    )
    try:
        agreement = draft(session, Kind.AGREEMENT, content, once_key=once_key, by=by)
    except Refused as refusal:
        field = {"title": "name", "cost_type": "line"}.get(refusal.field or "", refusal.field)
        raise Refused(str(refusal), field=field) from None
    activity = Activity(
        name=proposal.name.strip(),
        is_online=proposal.is_online,
        place=proposal.place.strip(),
        starts_on=proposal.starts_on,
        ends_on=proposal.ends_on,
        purpose=proposal.purpose.strip(),
        agreement=agreement,
        made_by=by,
    )
    session.add(activity)
    session.flush()
    record(
        session,
        "activity.proposed",
        activity,
        by=by,
        amount_fen=agreement.amount_fen,
        document=agreement.number,
    )
    return activity


def report(session: Session, activity: Activity, text: str, *, visitors: int, by: Person) -> None:
    """Say what came of an activity, once it is over; a later report takes the place of the earlier.

    The audit trail keeps every one. Refuses a report before the last day, without words,
    or of an activity whose money was not approved.
    """
    _check_maker(by)
    if activity.agreement.state is not DocumentState.EFFECTIVE:
        raise Refused(f"活动经费{activity.agreement.state.label}，批准之后才能填写总结。")
    if clock.today() < activity.ends_on:
        raise Refused(f"活动到 {activity.ends_on} 才结束，结束后再填写总结。", field="report")
    if not text.strip():
        raise Refused("请写明做了什么、效果如何、有什么问题。", field="report")
    if visitors < 0:
        raise Refused("参加人次不能为负。", field="visitors")
    activity.report, activity.visitors = text.strip(), visitors
    activity.reported_at = clock.now()
    session.flush()
    record(session, "activity.reported", activity, by=by, visitors=visitors)


def link_order(session: Session, activity: Activity, order_id: int, *, by: Person) -> None:
    """Say that an order came from an activity; no order comes from two."""
    _check_maker(by)
    taken = session.scalar(sa.select(ActivityOrder).where(ActivityOrder.order_id == order_id))
    if taken is not None:
        same = taken.activity_id == activity.id
        raise Refused(
            "这个订单已经挂在本活动上。" if same else "这个订单已挂在另一项活动上，不能重复计算。",
            field="order",
        )
    try:
        with session.begin_nested():
            session.add(ActivityOrder(activity_id=activity.id, order_id=order_id, by_id=by.id))
    except sa.exc.IntegrityError:  # Somebody linked it since it was looked up.
        raise Refused("这个订单刚被挂到活动上，请刷新页面查看。", field="order") from None
    record(session, "activity.order_linked", activity, by=by, order=order_id)


def unlink_order(session: Session, activity: Activity, order_id: int, *, by: Person) -> None:
    """Take back that an order came from an activity."""
    _check_maker(by)
    gone = (
        sa.delete(ActivityOrder)
        .where(ActivityOrder.activity_id == activity.id, ActivityOrder.order_id == order_id)
        .returning(ActivityOrder.id)
        .execution_options(synchronize_session="fetch")
    )
    if session.scalar(gone) is None:
        raise Refused("这个订单没有挂在本活动上，请刷新页面。")
    record(session, "activity.order_unlinked", activity, by=by, order=order_id)


def _check_maker(by: Person) -> None:
    if by.role not in MAKERS:
        names = "、".join(role.label for role in MAKERS)
        raise Refused(f"活动由{names}办理，您的身份是{by.role.label}。")
