"""Write down what was signed at a fair, and what became of it."""

import dataclasses
import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock, money
from market.core.db import BY_ID
from market.core.errors import Refused
from market.core.numbers import new_number
from market.evidence.models import Attachment
from market.fairs.models import (
    FairFulfilment,
    FairIntention,
    FairIntentionOrder,
    FairStand,
    FairState,
    StandState,
)
from market.fairs.queries import unit_named
from market.fairs.services.stands import check_stand
from market.fairs.services.turns import SELLING, check_coordinator, take_fair, words

KEEPING = (FairState.OPEN, FairState.CLOSED, FairState.SUBMITTED, FairState.REPORTED)


@dataclasses.dataclass(frozen=True)
class Signed:
    """What was signed: a unit by code or name, or else another buyer's name; fen; on which day."""

    amount_fen: int
    signed_on: dt.date
    unit: str = ""
    buyer: str = ""
    goods: str = ""


def sign_intention(
    session: Session,
    stand: FairStand,
    signed: Signed,
    attachment: Attachment,
    *,
    once_key: str,
    by: Person,
) -> FairIntention:
    """Write down an intention with the paper that was signed; the same key gives the same one.

    Refuses a stand that doesn't come, no buyer or both kinds of one, an amount that is not
    above zero, and a day outside the fair or to come.
    """
    check_stand(stand, by)
    made = session.scalar(sa.select(FairIntention).where(FairIntention.once_key == once_key))
    if made is not None:
        return made
    fair = stand.fair
    buyer = words(signed.buyer, "采购方名称", most=80, field="buyer", needed=False)
    if bool(buyer) == bool(signed.unit.strip()):
        raise Refused("请填写本平台的单位，或者别的采购方名称，二者填一个。", field="unit")
    _check_amount(signed.amount_fen)
    if not fair.starts_on <= signed.signed_on <= min(fair.ends_on, clock.today()):
        raise Refused(
            f"签约日期须在展期内（{fair.starts_on} 至 {fair.ends_on}）且不晚于今天。",
            field="signed_on",
        )
    goods = words(signed.goods, "商品说明", field="goods", needed=False)
    unit = None if buyer else unit_named(session, signed.unit)
    take_fair(session, fair, *SELLING, deed="登记签约")
    session.refresh(stand, ["state"])
    if stand.state is not StandState.ACCEPTED:
        raise Refused(f"展位 {stand.number} 的供应商{stand.state.label}，不能登记签约。")
    made = FairIntention(
        number=new_number(session, FairIntention.number, f"QY{clock.today():%y%m%d}"),
        once_key=once_key,
        buyer=buyer,
        unit=unit,
        amount_fen=signed.amount_fen,
        goods=goods,
        signed_on=signed.signed_on,
        fair_id=fair.id,
        stand=stand,
        attachment=attachment,
        made_by=by,
    )
    session.add(made)
    session.flush()
    record(
        session,
        "fair.signed",
        made,
        by=by,
        fair=fair.number,
        amount_fen=made.amount_fen,
        unit=unit.code if unit else "",
    )
    return made


def withdraw_intention(
    session: Session, intention: FairIntention, *, reason: str, by: Person
) -> None:
    """Say that an intention was written down in error, before the result is checked; the row stays."""
    check_stand(intention.stand, by)
    reason = words(reason, "作废原因", field="reason")
    take_fair(session, intention.stand.fair, *SELLING, deed="作废签约")
    step = (
        sa.update(FairIntention)
        .where(FairIntention.id == intention.id, FairIntention.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now(), withdrawn_reason=reason)
        .returning(FairIntention.id)
        .execution_options(**BY_ID)
    )
    if session.scalar(step) is None:
        raise Refused("这份签约已经作废，请刷新页面。")
    record(session, "fair.intention_withdrawn", intention, by=by, reason=reason)


def fulfil(
    session: Session,
    intention: FairIntention,
    attachment: Attachment,
    *,
    amount_fen: int,
    happened_on: dt.date,
    note: str = "",
    once_key: str,
    by: Person,
) -> FairFulfilment:
    """Write down what was delivered of an intention outside the shop, with its evidence; once a key.

    It may come to more than was signed. Refuses a day before the signing or to come, and
    an intention that was withdrawn.
    """
    check_coordinator(by)
    made = session.scalar(sa.select(FairFulfilment).where(FairFulfilment.once_key == once_key))
    if made is not None:
        return made
    _check_amount(amount_fen)
    if not intention.signed_on <= happened_on <= clock.today():
        raise Refused("兑现日期须在签约之后、不晚于今天。", field="happened_on")
    note = words(note, "说明", field="note", needed=False)
    _take_standing(session, intention)
    made = FairFulfilment(
        once_key=once_key,
        amount_fen=amount_fen,
        happened_on=happened_on,
        note=note,
        intention_id=intention.id,
        attachment=attachment,
        by=by,
    )
    session.add(made)
    session.flush()
    record(session, "fair.fulfilled", intention, by=by, amount_fen=amount_fen)
    return made


def take_back_fulfilment(
    session: Session, intention: FairIntention, fulfilment_id: int, *, reason: str, by: Person
) -> FairFulfilment:
    """Take back what was recorded as delivered, by a row with the opposite amount."""
    check_coordinator(by)
    reason = words(reason, "冲销原因", field="reason")
    _take_standing(session, intention)
    one = session.scalar(
        sa.select(FairFulfilment).where(
            FairFulfilment.id == fulfilment_id, FairFulfilment.intention_id == intention.id
        )
    )
    again = sa.select(FairFulfilment.id).where(FairFulfilment.reverses_id == fulfilment_id)
    if one is None or one.reverses_id is not None or session.scalar(again):
        raise Refused("这笔兑现不能冲销，或已经冲销，请刷新页面。")
    row = FairFulfilment(
        once_key=f"reverses:{one.id}",
        amount_fen=-one.amount_fen,
        happened_on=clock.today(),
        note=reason,
        intention_id=intention.id,
        attachment=one.attachment,
        reverses_id=one.id,
        by=by,
    )
    session.add(row)
    session.flush()
    record(
        session,
        "fair.fulfilment_reversed",
        intention,
        by=by,
        amount_fen=row.amount_fen,
        reason=reason,
    )
    return row


def keep_by_order(
    session: Session, intention: FairIntention, order_id: int, *, unit_id: int | None, by: Person
) -> None:
    """Say that an order of the shop keeps an intention; an order keeps one.

    ``unit_id`` is the unit the order counts for. Refuses another unit's order than the one
    that signed, and one that is linked already.
    """
    check_coordinator(by)
    if intention.unit_id is not None and unit_id != intention.unit_id:
        raise Refused("这个订单不是签约单位的，请核对订单编号。", field="order")
    _take_standing(session, intention)
    link = FairIntentionOrder(intention_id=intention.id, order_id=order_id, by_id=by.id)
    try:
        with session.begin_nested():
            session.add(link)
    except sa.exc.IntegrityError:
        raise Refused("这个订单已经挂在一份签约上，不能重复计算。", field="order") from None
    record(session, "fair.order_linked", intention, by=by, order=order_id)


def link_off(session: Session, intention: FairIntention, order_id: int, *, by: Person) -> None:
    """Take back that an order keeps an intention."""
    check_coordinator(by)
    gone = (
        sa.delete(FairIntentionOrder)
        .where(
            FairIntentionOrder.intention_id == intention.id,
            FairIntentionOrder.order_id == order_id,
        )
        .returning(FairIntentionOrder.id)
        .execution_options(**BY_ID)
    )
    if session.scalar(gone) is None:
        raise Refused("这个订单没有挂在这份签约上，请刷新页面。")
    record(session, "fair.order_unlinked", intention, by=by, order=order_id)


def _take_standing(session: Session, intention: FairIntention) -> None:
    """Wait for whoever writes about the intention, and refuse one that was withdrawn."""
    take_fair(session, intention.stand.fair, *KEEPING, deed="登记兑现")
    held = sa.select(FairIntention.withdrawn_at).where(FairIntention.id == intention.id)
    if session.scalars(held.with_for_update()).one() is not None:
        raise Refused("这份签约已经作废，不能登记兑现。")


def _check_amount(amount_fen: int) -> None:
    if not 0 < amount_fen <= money.MOST_FEN:
        raise Refused("金额必须大于 0。", field="amount_fen")
