"""Claims against goods that were accepted: make, answer, put before a coordinator, rule.

What is agreed or upheld is taken back from the line, and from the unit's completion.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role, people_of_supplier
from market.audit.services import record
from market.core import clock, money, quantity
from market.core.access import Role
from market.core.errors import Refused
from market.core.numbers import new_number
from market.core.settings import settings
from market.core.states import move
from market.evidence.models import Attachment
from market.notices.services import tell
from market.ordering.models import Claim, ClaimState, OrderLine
from market.ordering.queries.claims import claim_by_key, claim_deadline, claimable_of
from market.ordering.queries.consignments import step_of
from market.ordering.queries.receipts import may_receive
from market.targets.services import credit

BOUNDS = ("accepted_milli", "accepted_fen", "claimed_milli", "claimed_fen")


def make_claim(
    session: Session,
    line: OrderLine,
    *,
    milli: int,
    reason: str,
    photo: Attachment | None,
    once_key: str,
    by: Person,
) -> Claim:
    """Complain about an accepted line; the same key gives the same claim.

    By whoever may receive the order, within ``claim_days`` of the acceptance. No more
    than was accepted and is neither taken back nor claimed already: the line's row is
    taken first, so that two claims at once can't exceed it. Goods need not come back.
    """
    session.refresh(line, BOUNDS, with_for_update={"key_share": True})
    made = claim_by_key(session, once_key)
    if made is not None:
        if made.order_line_id != line.id or made.made_by_id != by.id:
            raise Refused("提交码不属于这次售后申请，请刷新页面后重新提交。")
        return made
    if not may_receive(line.order, by):
        raise Refused("只有下单人或本单位的采购人员可以申请售后。")
    last_day = claim_deadline(line.consignment)
    if last_day is None or not line.accepted_milli:
        raise Refused("这种商品还没有验收入账，不能申请售后；到货时可以直接拒收。")
    if clock.today() > last_day:
        raise Refused(
            f"售后期限是验收后 {settings().claim_days} 天，已于 {last_day} 截止；"
            "如有质量问题请直接联系供应商或平台。"
        )
    if not reason.strip():
        raise Refused("请填写售后原因。", field="reason")
    amount_fen = _amount_of(session, line, milli)
    claim = _write(session, line, milli, amount_fen, reason, photo=photo, key=once_key, by=by)
    tell(
        session,
        people_of_supplier(session, line.consignment.supplier_id),
        f"售后申请 {claim.number}：{line.name} {quantity.show(milli)} {line.unit_name}，请处理。",
        path=f"/claims/{claim.number}",
    )
    return claim


def take_back(
    session: Session, line: OrderLine, *, milli: int, reason: str, once_key: str, by: Person
) -> Claim:
    """Take a part of an accepted line back at once, for a coordinator who refunds it.

    A claim that its maker upholds with the same words: it is taken from the line and
    from the unit's completion, once; the same key gives the same claim. Whoever asked
    for it asked the coordinator, so no supplier answers and no deadline runs. Refuses
    others, and what ``make_claim`` refuses of quantities.
    """
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以按行退款；资金管理人员可以退已同意的售后。")
    session.refresh(line, BOUNDS, with_for_update={"key_share": True})
    made = claim_by_key(session, once_key)
    if made is not None:
        if made.order_line_id != line.id or made.made_by_id != by.id:
            raise Refused("提交码不属于这次退款，请刷新页面后重新提交。")
        return made
    if not line.accepted_milli:
        raise Refused("这种商品还没有验收入账，不能按行退款；到货时可以直接拒收。", field="line")
    if not reason.strip():
        raise Refused("请填写退款原因，双方都会看到。", field="reason")
    amount_fen = _amount_of(session, line, milli)
    # It begins where a coordinator decides.
    state = ClaimState.ESCALATED
    claim = _write(session, line, milli, amount_fen, reason, state=state, key=once_key, by=by)
    rule_claim(session, claim, uphold=True, answer=reason, by=by)
    return claim


def answer_claim(session: Session, claim: Claim, *, agree: bool, answer: str, by: Person) -> None:
    """Agree to a claim or refuse it, for the supplier; a refusal needs words."""
    _check_supplier(claim, by)
    if not agree and not answer.strip():
        raise Refused("不同意时请说明理由，申请人会看到。", field="answer")
    claim.answer = answer.strip()
    if agree:
        _settle(session, claim, ClaimState.AGREED, by=by)
    else:
        _close(session, claim, ClaimState.REFUSED, by=by)
    text = f"供应商{'同意' if agree else '不同意'}售后申请 {claim.number}"
    text += f"，扣减 {money.yuan(claim.amount_fen)} 元。" if agree else "，可以申请平台裁定。"
    tell(session, [claim.made_by], text, path=f"/claims/{claim.number}")


def escalate_claim(session: Session, claim: Claim, *, by: Person) -> None:
    """Put a claim that the supplier refused before the coordinators."""
    if not may_receive(claim.order_line.order, by):
        raise Refused("只有下单人或本单位的采购人员可以申请平台裁定。")
    move(session, claim, ClaimState.ESCALATED)
    tell(
        session,
        people_in_role(session, Role.COORDINATOR),
        f"售后申请 {claim.number} 双方意见不一，请裁定。",
        path=f"/claims/{claim.number}",
    )
    record(session, "claim.escalated", claim, by=by)


def rule_claim(session: Session, claim: Claim, *, uphold: bool, answer: str, by: Person) -> None:
    """Decide an escalated claim, with words for both sides; only a coordinator may."""
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以裁定售后申请。")
    if not answer.strip():
        raise Refused("请写明裁定理由，双方都会看到。", field="answer")
    claim.ruling = answer.strip()
    if uphold:
        _settle(session, claim, ClaimState.UPHELD, by=by)
    else:
        _close(session, claim, ClaimState.DISMISSED, by=by)
    text = f"平台裁定售后申请 {claim.number}：{'支持' if uphold else '不支持'}。"
    supplier = people_of_supplier(session, claim.order_line.consignment.supplier_id)
    tell(session, [claim.made_by, *supplier], text, path=f"/claims/{claim.number}")


def _settle(session: Session, claim: Claim, to: ClaimState, *, by: Person) -> None:
    """Take the claimed amount back from the line and from the unit's completion, once.

    The bounds are part of the UPDATE: nothing is taken back that was not accepted.
    """
    _close(session, claim, to, by=by)
    line = claim.order_line
    taken = (
        sa.update(OrderLine)
        .where(
            OrderLine.id == line.id,
            OrderLine.claimed_milli + claim.milli <= OrderLine.accepted_milli,
            OrderLine.claimed_fen + claim.amount_fen <= OrderLine.accepted_fen,
        )
        .values(
            claimed_milli=OrderLine.claimed_milli + claim.milli,
            claimed_fen=OrderLine.claimed_fen + claim.amount_fen,
        )
    )
    if session.scalar(taken.returning(OrderLine.id)) is None:
        raise Refused("申请的数量超过这种商品还可以扣减的数量，请核对此前的售后记录。")
    session.refresh(line, ["claimed_milli", "claimed_fen"])
    order = line.order
    if order.unit_id is not None and line.counts:
        received_at = line.consignment.received_at
        assert received_at is not None  # Only of what was received something is claimed.
        credit(
            session,
            unit_id=order.unit_id,
            channel=order.channel,
            amount_fen=-claim.amount_fen,
            supplier_id=line.consignment.supplier_id,
            product_id=line.product_id,
            happened_on=clock.day_of(received_at),
            claim_id=claim.id,
        )


def _close(session: Session, claim: Claim, to: ClaimState, *, by: Person) -> None:
    move(session, claim, to)
    claim.decided_at, claim.decided_by_id = clock.now(), by.id
    session.flush()
    record(session, f"claim.{to}", claim, by=by, amount_fen=claim.amount_fen)


def _amount_of(session: Session, line: OrderLine, milli: int) -> int:
    """Return what so much of a line comes to; refuses more than may still be claimed of it."""
    left = claimable_of(session, [line])[line.id]
    _check_quantity(line, milli, left.milli)
    amount_fen = min(money.line_fen(line.price_fen, milli), left.fen)
    if milli == left.milli:
        amount_fen = left.fen  # The last claim takes what is left, whatever was rounded before.
    if amount_fen <= 0:
        raise Refused("申请的数量不足 1 分钱，请增加数量。", field="milli")
    return amount_fen


def _write(
    session: Session,
    line: OrderLine,
    milli: int,
    amount_fen: int,
    reason: str,
    *,
    state: ClaimState = ClaimState.OPEN,
    photo: Attachment | None = None,
    key: str,
    by: Person,
) -> Claim:
    claim = Claim(
        state=state,
        number=new_number(session, Claim.number, f"SH{clock.today():%y%m%d}"),
        once_key=key,
        order_line=line,
        milli=milli,
        amount_fen=amount_fen,
        reason=reason.strip(),
        made_at=clock.now(),
        made_by=by,
        photo=photo,
    )
    session.add(claim)
    session.flush()
    record(session, "claim.made", claim, by=by, line=line.id, milli=milli, amount_fen=amount_fen)
    return claim


def _check_supplier(claim: Claim, by: Person) -> None:
    if by.role is not Role.SUPPLIER or by.supplier_id != claim.order_line.consignment.supplier_id:
        raise Refused("只有这批货的供应商可以答复这个售后申请。")


def _check_quantity(line: OrderLine, milli: int, left_milli: int) -> None:
    unit = line.unit_name
    if milli <= 0:
        raise Refused("售后数量必须大于 0。", field="milli")
    if milli > left_milli:
        raise Refused(
            f"最多可以申请 {quantity.show(left_milli)} {unit}"
            f"（实收 {quantity.show(line.accepted_milli or 0)} {unit}，"
            "减去已扣减和正在处理的数量）。",
            field="milli",
        )
    if milli % step_of(line):
        raise Refused(
            f"售后数量须是 {quantity.show(step_of(line))} {unit}的整数倍。", field="milli"
        )
