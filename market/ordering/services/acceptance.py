"""Receive goods: what was found, and the second person's signature that makes it count.

A consignment's own row decides between people who act at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier, people_of_unit
from market.audit.services import record
from market.catalog.services import note_sale
from market.core import clock, money, quantity
from market.core.access import UNIT_BUYERS
from market.core.errors import Refused
from market.core.states import move
from market.evidence.models import Attachment
from market.notices.services import tell
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    BuyingFor,
    Consignment,
    ConsignmentState,
    OrderLine,
)
from market.ordering.queries.consignments import most_milli, step_of
from market.ordering.queries.receipts import may_receive
from market.ordering.services.orders import complete_if_done
from market.targets.services import credit


@dataclass(frozen=True)
class Finding:
    """What was found of one line, weighed or counted; rejected goods need a reason."""

    line_id: int
    accepted_milli: int
    rejected_milli: int = 0
    reason: str = ""
    photo: Attachment | None = None


def inspect(
    session: Session,
    consignment: Consignment,
    *,
    findings: Sequence[Finding],
    remark: str,
    once_key: str,
    by: Person,
) -> Acceptance:
    """Write down what arrived of a shipped consignment; the same key gives the same acceptance.

    For a unit any of its buyers; it waits for a second one's signature. What a
    person bought for themself only they accept, and it takes effect at once. One
    finding per shipped line; accepted and rejected together may not exceed what was
    shipped (goods by weight: by more than the tolerance). What is accepted is priced
    here, once. A refusal names the field and the place of its line among those
    shipped, ``accepted.0``.
    """
    # The row is taken before looking, so that a second click sees what the first made.
    session.refresh(consignment, ["state"], with_for_update={"key_share": True})
    made = session.scalar(sa.select(Acceptance).where(Acceptance.once_key == once_key))
    if made is not None:
        if made.consignment_id != consignment.id or made.inspected_by_id != by.id:
            raise Refused("提交码不属于这次验收，请刷新页面后重新提交。")
        return made
    _check_receiver(consignment, by)
    pairs = _paired(consignment, findings)
    for place, (line, finding) in enumerate(pairs):
        _check_finding(place, line, finding)
    if not any(found.accepted_milli or found.rejected_milli for _, found in pairs):
        raise Refused("实收和拒收都是 0。没有收到货请不要验收，请先联系供应商。")

    acceptance = Acceptance(
        once_key=once_key,
        consignment=consignment,
        inspected_at=clock.now(),
        inspected_by=by,
        remark=remark.strip(),
        lines=[_line_of(line, finding) for line, finding in [*pairs, *_not_shipped(consignment)]],
    )
    alone = consignment.order.buying_for is BuyingFor.SELF
    if not alone:
        move(session, consignment, ConsignmentState.INSPECTED)
    session.add(acceptance)
    session.flush()
    if not alone:
        _tell_colleagues(session, acceptance, by)
    record(
        session,
        "acceptance.inspected",
        acceptance,
        by=by,
        consignment=consignment.number,
        lines=[
            [line.order_line_id, line.accepted_milli, line.rejected_milli]
            for line in acceptance.lines
        ],
    )
    if alone:
        _take_effect(session, acceptance, by=by)
    return acceptance


def sign(session: Session, acceptance: Acceptance, *, by: Person) -> None:
    """Make a unit's acceptance count, as its second person; whoever inspected is refused."""
    _check_receiver(acceptance.consignment, by)
    if acceptance.inspected_by_id == by.id:
        raise Refused("验收须由两人完成：您已验货，请本单位另一位食堂管理员或负责人复核签字。")
    _take_effect(session, acceptance, by=by, signed_by_id=by.id)


def return_acceptance(session: Session, acceptance: Acceptance, *, reason: str, by: Person) -> None:
    """Send an acceptance that was not signed yet back to be inspected anew; its row is kept.

    By any buyer of the unit, also by whoever inspected and saw a slip.
    """
    _check_receiver(acceptance.consignment, by)
    if not reason.strip():
        raise Refused("请填写退回原因，便于重新验货。", field="reason")
    move(session, acceptance, AcceptanceState.RETURNED, returned_reason=reason.strip())
    consignment = acceptance.consignment
    move(session, consignment, ConsignmentState.SHIPPED)
    tell(
        session,
        [acceptance.inspected_by],
        f"{consignment.number} 的验收被退回：{acceptance.returned_reason}，请重新验货。",
        path=f"/consignments/{consignment.number}/acceptance",
    )
    record(session, "acceptance.returned", acceptance, by=by, consignment=consignment.number)


def _take_effect(
    session: Session, acceptance: Acceptance, *, by: Person, signed_by_id: int | None = None
) -> None:
    """Let an acceptance count: lines, sales, credits. The move makes sure that it happens once.

    Rows are taken in the same sequence everywhere: lines and products by id, then the
    unit's kept total, then the order.
    """
    now = clock.now()
    move(session, acceptance, AcceptanceState.SIGNED, signed_at=now, signed_by_id=signed_by_id)
    consignment = acceptance.consignment
    order = consignment.order
    move(session, consignment, ConsignmentState.RECEIVED, received_at=now)
    found = sorted(acceptance.lines, key=lambda line: line.order_line_id)
    for line in found:
        line.order_line.accepted_milli = line.accepted_milli
        line.order_line.rejected_milli = line.rejected_milli
        line.order_line.accepted_fen = line.accepted_fen
    session.flush()
    for product_id in sorted(line.order_line.product_id for line in found if line.accepted_milli):
        note_sale(session, product_id)
    for line in found:
        if order.unit_id is not None and line.order_line.counts and line.accepted_fen:
            credit(
                session,
                unit_id=order.unit_id,
                channel=order.channel,
                amount_fen=line.accepted_fen,
                supplier_id=consignment.supplier_id,
                product_id=line.order_line.product_id,
                acceptance_line_id=line.id,
            )
    accepted_fen = sum(line.accepted_fen for line in found)
    text = f"{consignment.number} 已验收，实收 {money.yuan(accepted_fen)} 元。"
    if any(line.rejected_milli for line in found):
        text += "有商品被拒收，请查看原因；拒收的货物不回到库存，请与采购人商定取回。"
    tell(
        session,
        people_of_supplier(session, consignment.supplier_id),
        text,
        path=f"/consignments/{consignment.number}",
    )
    record(
        session,
        "acceptance.signed",
        acceptance,
        by=by,
        consignment=consignment.number,
        accepted_fen=accepted_fen,
    )
    complete_if_done(session, order, by=by)


def _check_receiver(consignment: Consignment, by: Person) -> None:
    if may_receive(consignment.order, by):
        return
    if consignment.order.buying_for is BuyingFor.SELF:
        raise Refused("本人购买的订单只能由下单人自己验收。")
    raise Refused("只有本单位的食堂管理员或负责人可以验收这批货。")


def _paired(
    consignment: Consignment, findings: Sequence[Finding]
) -> list[tuple[OrderLine, Finding]]:
    """Return each shipped line with what was found of it, in id order."""
    by_line = {finding.line_id: finding for finding in findings}
    lines = sorted(
        (line for line in consignment.lines if line.shipped_milli), key=lambda line: line.id
    )
    if len(by_line) != len(findings) or by_line.keys() != {line.id for line in lines}:
        raise Refused("验收明细与送货单不一致，请刷新页面后逐行填写。")
    return [(line, by_line[line.id]) for line in lines]


def _not_shipped(consignment: Consignment) -> list[tuple[OrderLine, Finding]]:
    """Return the lines of which nothing was shipped: nothing of them is accepted."""
    return [(line, Finding(line.id, 0)) for line in consignment.lines if not line.shipped_milli]


def _check_finding(place: int, line: OrderLine, finding: Finding) -> None:
    name, unit, step = line.name, line.unit_name, step_of(line)
    accepted, rejected = finding.accepted_milli, finding.rejected_milli
    if accepted < 0 or rejected < 0:
        which = "accepted" if accepted < 0 else "rejected"
        raise Refused(f"{name}的数量不能小于 0。", field=f"{which}.{place}")
    if accepted % step or rejected % step:
        which = "accepted" if accepted % step else "rejected"
        raise Refused(
            f"{name}按{unit}计数，须是 {quantity.show(step)} 的整数倍。", field=f"{which}.{place}"
        )
    shipped = line.shipped_milli or 0
    most = most_milli(line, shipped)
    if accepted + rejected > most:
        extra = f"，含称重误差最多 {quantity.show(most)} {unit}" if line.is_by_weight else ""
        raise Refused(
            f"{name}实收加拒收是 {quantity.show(accepted + rejected)} {unit}，"
            f"超过送货数 {quantity.show(shipped)} {unit}{extra}。",
            field=f"accepted.{place}",
        )
    if rejected and not finding.reason.strip():
        raise Refused(f"{name}有拒收，请填写拒收原因。", field=f"reason.{place}")


def _line_of(line: OrderLine, finding: Finding) -> AcceptanceLine:
    return AcceptanceLine(
        order_line=line,
        accepted_milli=finding.accepted_milli,
        rejected_milli=finding.rejected_milli,
        accepted_fen=money.line_fen(line.price_fen, finding.accepted_milli),
        reason=finding.reason.strip(),
        photo=finding.photo,
    )


def _tell_colleagues(session: Session, acceptance: Acceptance, by: Person) -> None:
    consignment = acceptance.consignment
    assert consignment.order.unit_id is not None  # Only what is bought for oneself has none.
    people = people_of_unit(session, consignment.order.unit_id, *UNIT_BUYERS)
    tell(
        session,
        [person for person in people if person.id != by.id],
        f"{by.name}已验收 {consignment.number}，请您复核后签字。",
        path=f"/consignments/{consignment.number}/acceptance/sign",
    )
