"""Write credits, and issue targets."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_unit
from market.audit.services import record
from market.core import clock, money
from market.core.access import Role
from market.core.db import upsert
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.notices.services import tell
from market.targets.models import Channel, Credit, CreditTotal, TargetEntry
from market.targets.queries import FIRST_YEAR, LAST_YEAR, Wish, documents_of, target_fen
from market.units.models import Unit, UnitState


def credit(
    session: Session,
    *,
    unit_id: int,
    channel: Channel,
    amount_fen: int,
    supplier_id: int,
    product_id: int,
    acceptance_line_id: int | None = None,
    claim_id: int | None = None,
) -> Credit:
    """Write what an accepted line adds to a unit's completion, or an agreed claim takes back.

    ``amount_fen`` is positive with an acceptance line, negative with a claim. Dated
    today, in China's calendar; the kept total moves in the same transaction. The
    caller's own guarded deed (signing, agreeing) makes sure that it happens once.
    """
    today = clock.today()
    thing = Credit(
        unit_id=unit_id,
        year=today.year,
        month=today.month,
        channel=channel,
        amount_fen=amount_fen,
        credited_on=today,
        supplier_id=supplier_id,
        product_id=product_id,
        acceptance_line_id=acceptance_line_id,
        claim_id=claim_id,
    )
    session.add(thing)
    total = upsert(session, CreditTotal).values(
        unit_id=unit_id,
        year=today.year,
        month=today.month,
        channel=channel,
        amount_fen=amount_fen,
    )
    adding = total.on_conflict_do_update(
        index_elements=["unit_id", "year", "month", "channel"],
        set_={"amount_fen": CreditTotal.amount_fen + total.excluded.amount_fen},
    )
    # The total doesn't depend on the row: the rows of one deed are written together, later.
    with session.no_autoflush:
        session.execute(adding)
    return thing


def issue_target(
    session: Session,
    unit: Unit,
    *,
    year: int,
    amount_fen: int,
    document_no: str,
    document_on: dt.date,
    reason: str = "",
    attachment: Attachment | None = None,
    seen_fen: int | None = None,
    by: Person,
) -> TargetEntry:
    """Set a unit's target of a year to ``amount_fen``, and tell the unit.

    The first is the issue (下达), a later one a revision (调整) that writes only the
    difference: nothing is overwritten. Only a coordinator may. Refuses a year outside 2018–2100, a negative
    amount or a first one of zero, the amount it has already, a revision without a
    reason, a document without a number, with a date to come, or used before for this
    unit and year, a higher target for a unit that is closed, and, where ``seen_fen``
    says what the person saw, a target that has changed since.
    """
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以下达和调整任务，请联系统筹协调。")
    document_no, reason = document_no.strip(), reason.strip()
    _check_paper(year, amount_fen, document_no, document_on)
    # Whoever sets this unit's target next waits here, and then sees this one.
    session.execute(sa.select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True))
    now_fen = target_fen(session, unit.id, year)
    used = documents_of(session, unit.id, year)
    name = f"“{unit.name}”{year}年的目标"
    if seen_fen is not None and seen_fen != now_fen:
        raise Refused(
            f"{name}刚被改为 {money.yuan(now_fen)} 元（您看到的是 {money.yuan(seen_fen)} 元），"
            "请核对后重新提交。",
            field="amount_fen",
        )
    if document_no in used:
        raise Refused(
            f"文号“{document_no}”已用于{name}，调整目标请填写新的文号。", field="document_no"
        )
    if amount_fen == now_fen:
        said = (
            f"{name}已经是 {money.yuan(now_fen)} 元，没有变化。"
            if used
            else f"首次下达{name}必须大于 0 元。"
        )
        raise Refused(said, field="amount_fen")
    if used and not reason:
        raise Refused(
            f"{name}现为 {money.yuan(now_fen)} 元，调整为 {money.yuan(amount_fen)} 元须说明原因。",
            field="reason",
        )
    if unit.state is UnitState.CLOSED and amount_fen > now_fen:
        raise Refused(f"“{unit.name}”已撤销，不能再下达或调高目标，只能调低。", field="amount_fen")
    entry = TargetEntry(
        unit_id=unit.id,
        year=year,
        change_fen=amount_fen - now_fen,
        document_no=document_no,
        document_on=document_on,
        reason=reason,
        attachment_id=attachment.id if attachment else None,
        by_id=by.id,
    )
    session.add(entry)
    session.flush()
    record(
        session,
        "target.revised" if used else "target.issued",
        entry,
        by=by,
        unit=unit.code,
        year=year,
        change_fen=entry.change_fen,
        target_fen=amount_fen,
        document_no=document_no,
        document_on=document_on.isoformat(),
    )
    deed = "调整为" if used else "下达："
    tell(
        session,
        people_of_unit(session, unit.id, Role.LEAD, Role.CANTEEN),
        f"{year}年采购目标{deed} {money.yuan(amount_fen)} 元（{document_no}）。",
        path=f"/units/{unit.code}/completion?year={year}",
    )
    return entry


def import_targets(session: Session, wishes: Sequence[Wish], *, by: Person) -> int:
    """Issue or revise many targets, all or none, and return how many changed.

    Refuses like ``issue_target``, naming the unit; a row whose target is that already
    is passed over. The caller rolls back on a refusal.
    """
    count = 0
    # In the order of ids, so that two imports at once can't wait for each other.
    for wish in sorted(wishes, key=lambda wish: (wish.unit_id, wish.year)):
        if not wish.change_fen:
            continue
        issue_target(
            session,
            session.get_one(Unit, wish.unit_id),
            year=wish.year,
            amount_fen=wish.amount_fen,
            document_no=wish.document_no,
            document_on=wish.document_on,
            reason=wish.reason,
            seen_fen=wish.seen_fen,
            by=by,
        )
        count += 1
    if not count:
        raise Refused("文件中的目标与现有目标完全相同，没有需要写入的内容。")
    return count


def _check_paper(year: int, amount_fen: int, document_no: str, document_on: dt.date) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"年度须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。", field="year")
    if amount_fen < 0:
        raise Refused("目标不能小于 0 元。", field="amount_fen")
    if amount_fen > money.MOST_FEN:
        raise Refused(
            f"目标过大，最多 {money.yuan(money.MOST_FEN)} 元，请检查是否多输了几位。",
            field="amount_fen",
        )
    if not document_no:
        raise Refused("请填写下达文件的文号，目标凭文件下达。", field="document_no")
    if len(document_no) > 60:
        raise Refused("文号最多 60 个字。", field="document_no")
    if document_on > clock.today():
        raise Refused(
            f"发文日期 {document_on} 晚于今天（{clock.today()}），请核对。", field="document_on"
        )
