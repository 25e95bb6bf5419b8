"""The way of a document: submitted (money held), decided by others, paid, in effect."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.funds.models import (
    EDITABLE,
    RULES,
    Approval,
    Decision,
    Document,
    DocumentLine,
    DocumentState,
    Kind,
    YearState,
    steps_of,
)
from market.funds.queries.bodies import body_of, digest_of
from market.funds.queries.documents import (
    approvals_of,
    duplicates_of,
    is_lead_of,
    missing_evidence,
)
from market.funds.services.ledger import (
    check_year,
    effect_of,
    hold,
    hold_of,
    refuse_halted,
    release,
    resolve,
    take_earmarks,
)
from market.funds.services.moves import held_moves, moves_for, open_next_year, settle_year
from market.notices.services import tell

PAST = {
    Decision.APPROVE: "approved",
    Decision.RETURN: "returned",
    Decision.REJECT: "rejected",
}
AFTER = {
    Decision.RETURN: DocumentState.RETURNED,
    Decision.REJECT: DocumentState.REJECTED,
}


def submit(session: Session, document: Document, *, by: Person) -> None:
    """Put a document before those who decide, and hold the money it asks for.

    Only its maker. What it says is hashed: an approval is of that. Refuses a lack of
    evidence, a year that is closed, an agreement that no longer stands, an invoice that
    another claim has, and more than there is (with what used the rest up).
    """
    _take(session, document)
    if document.made_by_id != by.id:
        raise Refused("只有填写人可以提交这份单据，请联系填写人。")
    if document.state not in EDITABLE:
        raise Refused(f"单据{document.state.label}，不能重复提交。")
    missing = missing_evidence(document)
    if missing:
        names = "、".join(purpose.label for purpose in missing)
        raise Refused(f"还缺{names}，请先上传，再提交。", field="files")
    _check_parents(document)
    _check_years(session, document, YearState.OPEN)
    moves = moves_for(session, document)
    if document.kind is Kind.CARRY_OVER:
        document.amount_fen = sum(one.amount_fen for one in moves)
    document.version += 1
    document.submitted_at = clock.now()
    session.flush()
    document.body_sha256 = digest_of(body_of(session, document))
    session.flush()
    _set_live(session, document, True)
    if document.kind is Kind.SETTLEMENT:
        settle_year(session, document, YearState.SETTLING)
    hold(session, document, moves, by=by)
    move(session, document, DocumentState.SUBMITTED)
    record(
        session,
        "fund.submitted",
        document,
        by=by,
        version=document.version,
        amount_fen=document.amount_fen,
        body_sha256=document.body_sha256,
    )
    _tell_next(session, document)


def recall(session: Session, document: Document, *, by: Person) -> None:
    """Take a document back before it is decided, to change it; what it held is free again."""
    _take(session, document)
    if document.made_by_id != by.id:
        raise Refused("只有填写人可以撤回这份单据，请联系填写人或请审核人退回。")
    move(session, document, DocumentState.DRAFT)
    _let_go(session, document, by=by)
    record(session, "fund.recalled", document, by=by, version=document.version)


def decide(
    session: Session,
    document: Document,
    decision: Decision,
    *,
    seen_sha256: str,
    note: str = "",
    duplicates_seen: bool = False,
    by: Person,
) -> Approval:
    """Approve, return or reject one step of a document: the one place where anybody does.

    Whoever made it, is paid by it or signed an earlier step can't (administrators no
    less); nor another role than the step's, nor a coordinator of an office that does not
    lead the clause. What is decided is the body that was seen. A file that another
    document has too must be said to have been looked at. The last step puts it into effect.
    """
    _take(session, document)
    if document.state is not DocumentState.SUBMITTED:
        raise Refused(f"单据{document.state.label}，不在审核中，请刷新页面查看最新情况。")
    earlier = approvals_of(session, document)
    steps = steps_of(document.kind, document.amount_fen)
    role = steps[len(earlier)]
    _check_checker(document, earlier, role, by)
    if seen_sha256 != document.body_sha256 or digest_of(body_of(session, document)) != seen_sha256:
        raise Refused("单据内容在您打开之后有变动，请重新打开，核对后再审批。")
    if decision is not Decision.APPROVE and not note.strip():
        raise Refused(f"{decision.label}时请写明原因，填写人会看到。", field="note")
    if decision is Decision.APPROVE and not duplicates_seen and duplicates_of(session, document):
        raise Refused(
            "附件中有文件也用在别的单据上，请点开核对；确认不是重复报账后勾选“已核对”再同意。",
            field="duplicates_seen",
        )
    approval = Approval(
        document=document,
        version=document.version,
        step=len(earlier) + 1,
        role=role,
        decision=decision,
        body_sha256=seen_sha256,
        note=note.strip(),
        maker_id=document.made_by_id,
        payee_id=document.payee_person_id,
        checker=by,
    )
    session.add(approval)
    session.flush()
    record(
        session,
        f"fund.{PAST[decision]}",
        document,
        by=by,
        step=approval.step,
        version=document.version,
        body_sha256=seen_sha256,
    )
    if decision is not Decision.APPROVE:
        move(session, document, AFTER[decision])
        _let_go(session, document, by=by)
        text = f"{document.kind.label} {document.number} 被{decision.label}：{note.strip()}"
        tell(session, [document.made_by], text, path=f"/funds/documents/{document.number}")
    elif approval.step < len(steps):
        _tell_next(session, document)
    elif RULES[document.kind].paid:
        move(session, document, DocumentState.APPROVED)
        _tell_payers(session, document)
    else:
        take_effect(session, document, document.occurred_on, by=by)
    return approval


def pay(
    session: Session, document: Document, *, paid_on: dt.date, bank_serial: str, by: Person
) -> None:
    """Write down that the bank has moved what was approved: then it takes effect.

    By a fund officer who did not make the document. Refuses a day before it was
    approved or in the future, and a serial number that another document has.
    """
    _take(session, document)
    if by.role is not Role.FUND_OFFICER:
        raise Refused("付款由资金管理人员登记，请联系他们。")
    if by.id in (document.made_by_id, document.payee_person_id):
        raise Refused("填写人和收款人不能登记付款，请由另一名资金管理人员登记。")
    if document.state is not DocumentState.APPROVED:
        raise Refused(f"单据{document.state.label}，不能登记付款。")
    serial = bank_serial.strip()
    if not serial:
        raise Refused("请填写银行流水号。", field="bank_serial")
    if paid_on > clock.today():
        raise Refused(f"付款日期不能晚于今天（{clock.today()}）。", field="paid_on")
    if paid_on < document.occurred_on:
        raise Refused(
            f"付款日期不能早于申请日期（{document.occurred_on}），请核对。", field="paid_on"
        )
    other = session.scalar(sa.select(Document.number).where(Document.bank_serial == serial))
    if other is not None:
        raise Refused(f"这个流水号已用于 {other}，请核对。", field="bank_serial")
    take_effect(session, document, paid_on, by=by, bank_serial=serial, paid_on=paid_on)


def call_off(session: Session, document: Document, *, reason: str, by: Person) -> None:
    """Give an approved payment back to its maker, because the bank can't make it.

    By a fund officer; what was held is free again, and a new version must be approved anew.
    The reason stays with the document, and each one in the audit trail.
    """
    _take(session, document)
    if by.role is not Role.FUND_OFFICER:
        raise Refused("付款由资金管理人员办理，请联系他们。")
    reason = reason.strip()
    if not reason:
        raise Refused("请写明不能付款的原因，填写人会看到。", field="reason")
    if document.state is not DocumentState.APPROVED:
        raise Refused(f"单据{document.state.label}，没有待付的款项。")
    move(session, document, DocumentState.RETURNED, called_off_reason=reason)
    _let_go(session, document, by=by)
    record(session, "fund.called_off", document, by=by, version=document.version, reason=reason)
    text = f"{document.kind.label} {document.number} 未能付款：{reason}"
    tell(session, [document.made_by], text, path=f"/funds/documents/{document.number}")


def take_effect(
    session: Session, document: Document, occurred_on: dt.date, *, by: Person, **also: object
) -> None:
    """Let a document do what it says: the hold ends, the money moves on."""
    settling = document.kind is Kind.SETTLEMENT
    _check_years(session, document, YearState.SETTLING if settling else YearState.OPEN)
    moves = held_moves(session, document, hold_of(session, document))
    reverses = None
    if document.kind is Kind.CARRY_OVER:
        open_next_year(session, document)
    if document.kind is Kind.SETTLEMENT:
        settle_year(session, document, YearState.SETTLED)
    if document.kind is Kind.REVERSAL:
        assert document.target is not None
        reverses = effect_of(session, document.target)
        move(session, document.target, DocumentState.REVERSED)
        _set_live(session, document.target, False)
        record(session, "fund.reversed", document.target, by=by, by_document=document.number)
    resolve(session, document, moves, occurred_on=occurred_on, by=by, reverses=reverses)
    move(session, document, DocumentState.EFFECTIVE, effective_at=clock.now(), **also)
    record(
        session,
        "fund.effective",
        document,
        by=by,
        amount_fen=document.amount_fen,
        occurred_on=occurred_on.isoformat(),
    )
    text = f"{document.kind.label} {document.number} 已生效。"
    tell(session, [document.made_by], text, path=f"/funds/documents/{document.number}")


def _let_go(session: Session, document: Document, *, by: Person) -> None:
    """End the hold of a document that does not go on."""
    if document.kind is Kind.SETTLEMENT:
        settle_year(session, document, YearState.OPEN)
    release(session, document, occurred_on=clock.today(), by=by)
    _set_live(session, document, False)


def _take(session: Session, document: Document) -> None:
    """Take the rows that whoever moves this document's money must have: its earmarks, then itself.

    Refuses while a halt stands: what is shown then is nothing to sign either.
    """
    take_earmarks(session, (document.earmark_id, document.to_earmark_id))
    refuse_halted(session)
    session.refresh(document, with_for_update={"key_share": True, "of": Document})
    if document.target is not None:
        session.refresh(document.target, ("state",))
    if document.agreement is not None:
        session.refresh(document.agreement, ("state",))


def _check_years(session: Session, document: Document, wanted: YearState) -> None:
    """Refuse where the money may not move in the year, or not where it is to go."""
    for earmark_id in (document.earmark_id, document.to_earmark_id):
        if earmark_id is not None:
            check_year(session, earmark_id, document.year, wanted)


def _check_parents(document: Document) -> None:
    for parent in (document.agreement, document.target):
        if parent is not None and parent.state is not DocumentState.EFFECTIVE:
            raise Refused(
                f"{parent.kind.label} {parent.number} {parent.state.label}，"
                f"不能再办理{document.kind.label}。"
            )


def _check_checker(document: Document, earlier: Sequence[Approval], role: Role, by: Person) -> None:
    """Refuse whoever may not sign this step; the database refuses the same (constraints of Approval)."""
    if by.id == document.made_by_id:
        raise Refused("不能审批自己填写的单据，请由另一人审批。")
    if by.id == document.payee_person_id:
        raise Refused("收款人不能审批给自己的款项，请由另一人审批。")
    if any(one.checker_id == by.id for one in earlier):
        raise Refused("您已审批过这份单据的前一步，后一步必须由另一人审批。")
    if by.role is not role:
        raise Refused(
            f"这一步由{role.label}审批，您的身份是{by.role.label}；"
            "金额较大的单据还须再经一名资金管理人员，请等他们处理。"
        )
    if by.role is Role.COORDINATOR and not is_lead_of(document, by):
        raise Refused(f"这笔资金由{_leads(document)}牵头，您属于{by.agency}，请由牵头单位审核。")


def _leads(document: Document) -> str:
    assert document.earmark is not None
    return "、".join(document.earmark.project.clause.lead_units)


def _set_live(session: Session, document: Document, live: bool) -> None:
    """Say whether the invoices of a claim are taken; refuse one that another claim has."""
    if document.kind is not Kind.CLAIM:
        return
    try:
        with session.begin_nested():
            for line in document.lines:
                line.is_live = live
    except sa.exc.IntegrityError:
        taken = _taken_invoice(session, document)
        raise Refused(
            f"发票 {taken.invoice_code} {taken.invoice_number} 已在 {taken.document.number} "
            "报账，同一张发票只能报一次；请删去这一行，或核对号码。",
            field="invoices",
        ) from None


def _taken_invoice(session: Session, document: Document) -> DocumentLine:
    ours = [(line.invoice_code, line.invoice_number) for line in document.lines]
    return session.scalars(
        sa.select(DocumentLine)
        .where(
            sa.tuple_(DocumentLine.invoice_code, DocumentLine.invoice_number).in_(ours),
            DocumentLine.is_live,
            DocumentLine.document_id != document.id,
        )
        .limit(1)
    ).one()


def _tell_next(session: Session, document: Document) -> None:
    done = len(approvals_of(session, document))
    role = steps_of(document.kind, document.amount_fen)[done]
    people = [
        person
        for person in people_in_role(session, role)
        if person.id != document.made_by_id
        and (role is not Role.COORDINATOR or is_lead_of(document, person))
    ]
    text = f"{document.kind.label} {document.number}“{document.title}”等您审批。"
    tell(session, people, text, path=f"/funds/documents/{document.number}")


def _tell_payers(session: Session, document: Document) -> None:
    text = f"{document.kind.label} {document.number} 已批准，付款后请登记银行流水号。"
    officers = people_in_role(session, Role.FUND_OFFICER)
    tell(session, officers, text, path=f"/funds/documents/{document.number}")
