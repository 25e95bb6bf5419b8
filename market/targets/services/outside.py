"""Submit purchases made outside the shop; another person verifies, returns or reverses them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role, people_of_unit
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.core.errors import Refused, reason_of
from market.core.numbers import new_number
from market.core.states import move, move_seen
from market.evidence.models import Attachment
from market.notices.services import tell
from market.targets.models import Channel, Credit, OutsideFile, OutsidePurchase, OutsideState
from market.targets.queries.outside import (
    live_papers,
    live_receipts,
    may_report_outside,
    repeated_evidence,
    suppliers_named,
)
from market.targets.queries.told import Bought, check_bought
from market.targets.queries.twins import receipt_key
from market.targets.services.credits import credit, reverse_credit

MOST_FILES = 20
CALLED = "这条申报"


def submit_outside(
    session: Session,
    told: Bought,
    files: Sequence[Attachment],
    *,
    once_key: str,
    by: Person,
) -> OutsidePurchase:
    """Submit a purchase of one's unit, and tell the coordinators.

    The same one-time key gives the same purchase. Refuses whoever buys for no unit, what
    ``check_bought`` refuses, no evidence, and an invoice, order or receipt that stands already.
    """
    known = _made_before(session, once_key)
    if known is not None:
        return known
    if not may_report_outside(by):
        raise Refused("平台外采购由单位的食堂管理员或负责人申报，请联系他们。")
    check_bought(session, told)
    _check_files(len(files))
    assert by.unit_id is not None  # Whoever may report one buys for a unit.
    _check_papers_are_new(session, told, by.unit_id)
    made = OutsidePurchase(
        number=new_number(session, OutsidePurchase.number, f"PW{clock.today():%y%m%d}"),
        once_key=once_key,
        unit_id=by.unit_id,
        made_by=by,
    )
    _write(session, made, told)
    made.files = [OutsideFile(attachment=file) for file in files]
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except sa.exc.IntegrityError:  # The second click, or the same invoice, at the same moment.
        known = _made_before(session, once_key)
        if known is not None:
            return known
        _check_papers_are_new(session, told, by.unit_id)
        raise Refused("刚才同时有人申报，没有提交成功，请再提交一次。") from None
    record(session, "outside.submitted", made, by=by, **_facts(made))
    _tell_deciders(session, made)
    return made


def resubmit_outside(
    session: Session,
    made: OutsidePurchase,
    told: Bought,
    files: Sequence[Attachment] = (),
    *,
    by: Person,
) -> None:
    """Put a returned purchase before the verifier again, corrected; its evidence stays, more may come.

    Anybody of the unit who may submit one.
    """
    _check_own(made, by)
    check_bought(session, told)
    _check_files(len(made.files) + len(files))
    _check_papers_are_new(session, told, made.unit_id, but=made)
    try:
        with session.begin_nested():
            move(
                session,
                made,
                OutsideState.SUBMITTED,
                version=made.version + 1,
                submitted_at=clock.now(),
            )
            _write(session, made, told)
            made.files += [OutsideFile(attachment=file) for file in files]
            session.flush()
    except sa.exc.IntegrityError:  # Somebody submitted the same invoice at the same moment.
        _check_papers_are_new(session, told, made.unit_id, but=made)
        raise Refused("刚才同时有人申报，没有提交成功，请再提交一次。") from None
    record(session, "outside.resubmitted", made, by=by, **_facts(made))
    _tell_deciders(session, made)


def withdraw_outside(session: Session, made: OutsidePurchase, *, by: Person) -> None:
    """Take back what one's unit submitted, while it isn't verified."""
    _check_own(made, by)
    move(session, made, OutsideState.WITHDRAWN)
    record(session, "outside.withdrawn", made, by=by, **_facts(made))


def verify_outside_purchase(
    session: Session,
    made: OutsidePurchase,
    *,
    version: int,
    same_files_seen: bool = False,
    apart_reason: str = "",
    by: Person,
) -> Credit:
    """Say that a purchase is true, and let it count.

    Refuses its maker and the people of its unit, a version that is not the one that was
    seen, files that prove a purchase of another unit, too, until the verifier says to
    have looked at them, and what a fair's stand sold and counted already: one that is only
    like it needs ``apart_reason``.
    """
    _check_decider(made, by)
    repeated = [one for one in repeated_evidence(session, made) if one.is_other_unit]
    if repeated and not same_files_seen:
        others = "、".join(sorted({f"{one.unit} {one.number}" for one in repeated}))
        raise Refused(
            f"同样的材料也附在 {others} 上，请逐份对照，确认不是重复申报后勾选再核实。",
            field="same_files_seen",
        )
    move_seen(
        session,
        made,
        OutsideState.VERIFIED,
        version=version,
        called=CALLED,
        verified_by_id=by.id,
        verified_at=clock.now(),
    )
    thing = credit(
        session,
        unit_id=made.unit_id,
        channel=Channel.OUTSIDE,
        amount_fen=made.amount_fen,
        supplier_id=made.supplier_id,
        happened_on=made.bought_on,
        submitted_at=made.submitted_at,
        receipt_no=made.receipt_no,
        apart_reason=apart_reason,
        outside_purchase_id=made.id,
    )
    session.flush()
    record(
        session,
        "outside.verified",
        made,
        by=by,
        amount_fen=made.amount_fen,
        happened_on=made.bought_on.isoformat(),
        year=thing.year,
        month=thing.month,
        is_adjustment=thing.is_adjustment,
        same_files_seen=bool(repeated),
        apart_reason=thing.apart_reason or "",
        version=made.version,
    )
    where = f"{thing.year}年{thing.month}月"
    if thing.is_adjustment:
        where += "（以前期间调整）"
    said = f"平台外申报 {made.number} 已核实，{money.yuan(made.amount_fen)} 元计入{where}。"
    _tell_unit(session, made, said)
    return thing


def return_outside(
    session: Session, made: OutsidePurchase, *, version: int, answer: str, by: Person
) -> None:
    """Send a purchase back with what is wrong; its invoice is free for another."""
    _check_decider(made, by)
    answer = reason_of(answer, "退回原因")
    move_seen(session, made, OutsideState.RETURNED, version=version, called=CALLED, answer=answer)
    record(session, "outside.returned", made, by=by, **_facts(made))
    _tell_unit(session, made, f"平台外申报 {made.number} 被退回：{answer}")


def reverse_outside(session: Session, made: OutsidePurchase, *, reason: str, by: Person) -> Credit:
    """Take a verified purchase back by a counter-row; its invoice is free for another.

    By another coordinator than the one who verified it. Refuses no reason, and what is
    not verified or reversed already.
    """
    _check_decider(made, by)
    if by.id == made.verified_by_id:
        raise Refused("不能冲销自己核实的申报，请由另一位统筹协调人员办理。")
    reason = reason_of(reason, "冲销原因")
    move(
        session,
        made,
        OutsideState.REVERSED,
        reversed_by_id=by.id,
        reversed_at=clock.now(),
        answer=reason,
    )
    counted = sa.select(Credit).where(
        Credit.outside_purchase_id == made.id, Credit.reverses_id.is_(None)
    )
    back = reverse_credit(session, session.scalars(counted).one())
    session.flush()
    record(
        session,
        "outside.reversed",
        made,
        by=by,
        amount_fen=-made.amount_fen,
        happened_on=made.bought_on.isoformat(),
        year=back.year,
        month=back.month,
        is_adjustment=back.is_adjustment,
        version=made.version,
    )
    said = f"平台外申报 {made.number} 已被冲销，{money.yuan(made.amount_fen)} 元不再计入：{reason}"
    _tell_unit(session, made, said)
    return back


def _made_before(session: Session, once_key: str) -> OutsidePurchase | None:
    return session.scalar(sa.select(OutsidePurchase).where(OutsidePurchase.once_key == once_key))


def _check_files(count: int) -> None:
    if not count:
        raise Refused("请至少上传一份凭证（发票、订单截图、收据等）。", field="files")
    if count > MOST_FILES:
        raise Refused(f"一条申报最多 {MOST_FILES} 份材料，请合并后再上传。", field="files")


def _check_papers_are_new(
    session: Session, told: Bought, unit_id: int, *, but: OutsidePurchase | None = None
) -> None:
    invoice = (told.invoice_code, told.invoice_no)
    by_invoice, by_order = live_papers(session, [invoice], [told.order_no])
    (by_receipt,) = live_receipts(session, unit_id, [told])
    for field, what, found in (
        ("invoice_no", f"发票 {told.invoice_no}", by_invoice.get(invoice)),
        ("order_no", f"平台订单 {told.order_no}", by_order.get(told.order_no)),
        ("receipt_no", f"小票 {told.receipt_no}", by_receipt),
    ):
        if found is not None and found is not but:
            raise Refused(
                f"{what} 已由“{found.unit.name}”申报（{found.number}，{found.state.label}），"
                "同一张单据只能申报一次，请核对。",
                field=field,
            )


def _check_own(made: OutsidePurchase, by: Person) -> None:
    if by.role not in UNIT_BUYERS or by.unit_id != made.unit_id:
        raise Refused("只有申报单位的食堂管理员或负责人可以修改和撤回，请联系他们。")


def _check_decider(made: OutsidePurchase, by: Person) -> None:
    """Refuse whoever made it or is of the unit (administrators no less), and who doesn't coordinate."""
    if by.id == made.made_by_id or by.unit_id == made.unit_id:
        raise Refused("不能核实、退回或冲销自己或本单位的申报，请由另一人办理。")
    if by.role is not Role.COORDINATOR:
        raise Refused("平台外申报由统筹协调人员核实，请联系统筹协调。")


def _write(session: Session, made: OutsidePurchase, told: Bought) -> None:
    for name, value in vars(told).items():
        setattr(made, name, value)
    made.receipt_no = receipt_key(told.receipt_no)  # As it is compared, so that it stands once.
    made.supplier = suppliers_named(session, [told.seller]).get(told.seller)


def _facts(made: OutsidePurchase) -> dict[str, str | int]:
    """Return what a purchase says, for the audit trail."""
    return {
        "kind": made.kind.value,
        "happened_on": made.bought_on.isoformat(),
        "amount_fen": made.amount_fen,
        "version": made.version,
    }


def _tell_unit(session: Session, made: OutsidePurchase, said: str) -> None:
    people = people_of_unit(session, made.unit_id, *UNIT_BUYERS)
    tell(session, people, said, path=f"/outside/{made.number}")


def _tell_deciders(session: Session, made: OutsidePurchase) -> None:
    tell(
        session,
        people_in_role(session, Role.COORDINATOR),
        f"“{made.unit.name}”有一条平台外申报待核实：{made.number}，"
        f"{money.yuan(made.amount_fen)} 元。",
        path=f"/outside/{made.number}",
    )
