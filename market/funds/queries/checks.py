"""Prove the fund ledger: recompute everything that is kept, and name every difference."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.core import money
from market.evidence.models import Attachment
from market.funds.models import (
    CARRIED,
    RULES,
    Account,
    Act,
    Approval,
    Decision,
    Document,
    DocumentFile,
    DocumentState,
    Earmark,
    EarmarkYear,
    Kind,
    LedgerEntry,
    Stage,
    Transfer,
    YearState,
    steps_of,
)
from market.funds.queries.bodies import body_of, digest_of
from market.funds.queries.places import place_of
from market.plan.models import PlanText

DECIDED = (DocumentState.APPROVED, DocumentState.EFFECTIVE, DocumentState.REVERSED)
IN_EFFECT = (DocumentState.EFFECTIVE, DocumentState.REVERSED)
WAITING = (DocumentState.SUBMITTED, DocumentState.APPROVED)


def verify_earmarks(session: Session) -> list[str]:
    """Name earmarks whose money is not what the plan and reallocations make of it.

    All earmarks together are the plan's 5 487 000 000 fen; each is its own amount, plus
    and minus the reallocations in effect, whatever stages it has gone through. Money stands
    only in years that the earmark has, and none waits in one that is settled.
    """
    text = session.scalar(sa.select(PlanText))
    earmarks = session.scalars(sa.select(Earmark).order_by(Earmark.code)).all()
    if text is None or not earmarks:
        return []
    faults = []
    stands = dict(
        session.execute(
            sa.select(Account.earmark_id, sa.func.sum(Account.balance_fen))
            .where(Account.stage != Stage.SOURCE)
            .group_by(Account.earmark_id)
        ).all()
    )
    moved = _reallocated(session)
    for earmark in earmarks:
        wanted = earmark.amount_fen + moved[earmark.id]
        found = int(stands.get(earmark.id, 0))
        if found != wanted:
            faults.append(f"专款 {earmark.code} 各阶段合计 {_yuan(found)}，应为 {_yuan(wanted)}")
    faults += _year_faults(session)
    for name, total in (
        ("各专款方案数合计", sum(earmark.amount_fen for earmark in earmarks)),
        ("各专款各阶段合计", sum(int(fen) for fen in stands.values())),
    ):
        if total != text.total_fen:
            faults.append(f"{name} {_yuan(total)}，应为方案总额 {_yuan(text.total_fen)}")
    return faults


def verify_balances(session: Session) -> list[str]:
    """Name accounts whose kept balance is not the sum of their transfers, or below nothing."""
    sums: Counter[int] = Counter()
    transfers = sa.select(Transfer.from_id, Transfer.to_id, Transfer.amount_fen)
    for from_id, to_id, fen in session.execute(transfers):
        sums[from_id] -= fen
        sums[to_id] += fen
    faults = []
    for account in session.scalars(sa.select(Account).order_by(Account.id)):
        if account.balance_fen != sums[account.id]:
            faults.append(
                f"账户 {account.name} 余额 {_yuan(account.balance_fen)}，"
                f"按流水应为 {_yuan(sums[account.id])}"
            )
        if sums[account.id] < 0 and account.stage is not Stage.SOURCE:
            faults.append(f"账户 {account.name} 按流水为负：{_yuan(sums[account.id])}")
        if account.name != place_of(account).name:
            faults.append(f"账户 {account.id} 的名称 {account.name} 与其内容不符")
    return faults


def verify_moves(session: Session) -> list[str]:
    """Name transfers that no rule allows: another stage, another earmark, another hand's money."""
    faults = []
    for entry in _entries(session):
        for transfer in entry.transfers:
            if not _allowed(entry, transfer, entry_document(session, entry)):
                faults.append(
                    f"记账 {entry.once_key} 的流水 {transfer.id} 不合规则："
                    f"{transfer.source.name} → {transfer.target.name}"
                )
    return faults


def verify_holds(session: Session) -> list[str]:
    """Name holds that are not ended exactly, or stand without a document that waits.

    What ends a hold takes the same fen out of the same held places; money is held for
    exactly the documents that are being decided or paid.
    """
    entries = {entry.id: entry for entry in _entries(session)}
    ended = {entry.resolves_id for entry in entries.values() if entry.resolves_id}
    faults = []
    for entry in entries.values():
        if entry.resolves_id is not None:
            held = Counter(_places(entries[entry.resolves_id], incoming=True))
            taken = Counter(_places(entry, incoming=False))
            if held != taken:
                faults.append(f"记账 {entry.once_key} 没有把占用的资金恰好了结")
    states = dict(session.execute(sa.select(Document.id, Document.state)).all())
    open_holds: set[int] = set()
    for entry in entries.values():
        if entry.act is Act.HOLD and entry.id not in ended and entry.document_id is not None:
            open_holds.add(entry.document_id)
            if states[entry.document_id] not in WAITING:
                faults.append(
                    f"记账 {entry.once_key} 仍占用资金，但单据{states[entry.document_id].label}"
                )
    for document_id, state in states.items():
        if state in WAITING and document_id not in open_holds:
            faults.append(f"单据 {document_id} {state.label}，却没有占用资金")
    return faults


def verify_documents(session: Session) -> list[str]:
    """Name documents in effect that were not signed as the rules say, or say something else since.

    Each step by its role, each by another person, none by the maker or the payee; every
    signature and the ledger's entry over the hash of what the document says now; lines
    that sum to it; evidence that its kind demands.
    """
    approvals: defaultdict[int, list[Approval]] = defaultdict(list)
    for approval in session.scalars(sa.select(Approval).order_by(Approval.step)):
        approvals[approval.document_id].append(approval)
    hashes = {
        (entry.document_id, entry.act): entry.body_sha256
        for entry in session.scalars(sa.select(LedgerEntry).where(LedgerEntry.act == Act.EFFECT))
    }
    faults = []
    for document in session.scalars(
        sa.select(Document)
        .where(Document.state.in_(DECIDED))
        .options(
            selectinload(Document.lines),
            selectinload(Document.files),
            joinedload(Document.earmark),
            joinedload(Document.to_earmark),
            joinedload(Document.agreement),
            joinedload(Document.target),
        )
        .order_by(Document.id)
    ):
        signed = [one for one in approvals[document.id] if one.version == document.version]
        for problem in _problems(session, document, signed):
            faults.append(f"单据 {document.number}：{problem}")
        told = hashes.get((document.id, Act.EFFECT))
        if document.state in IN_EFFECT and told != document.body_sha256:
            faults.append(f"单据 {document.number}：生效记账与所批准的内容不是同一份")
    return faults


def proving_files(session: Session) -> set[int]:
    """Return the ids of the stored files that documents rest on which are under way or stand."""
    return set(
        session.scalars(
            sa.select(Attachment.file_id)
            .join(DocumentFile, DocumentFile.attachment_id == Attachment.id)
            .join(Document, Document.id == DocumentFile.document_id)
            .where(Document.state.in_((DocumentState.SUBMITTED, *DECIDED)))
        )
    )


def _problems(session: Session, document: Document, signed: Sequence[Approval]) -> list[str]:
    found = []
    steps = steps_of(document.kind, document.amount_fen)
    if [one.role for one in signed if one.decision is Decision.APPROVE] != list(steps):
        found.append("审批步骤不完整")
    people = [one.checker_id for one in signed]
    if len(set(people)) < len(people) or {document.made_by_id, document.payee_person_id} & set(
        people
    ):
        found.append("同一人担任了两个角色")
    digest = digest_of(body_of(session, document))
    if digest != document.body_sha256 or any(one.body_sha256 != digest for one in signed):
        found.append("内容与审批时不同")
    if document.kind is Kind.CLAIM:
        lines = sum(line.amount_fen for line in document.lines)
        if lines != document.amount_fen:
            found.append(f"发票合计 {_yuan(lines)}，单据 {_yuan(document.amount_fen)}")
    purposes = {file.purpose for file in document.files}
    if not purposes >= set(RULES[document.kind].evidence):
        found.append("缺少必要附件")
    return found


def entry_document(session: Session, entry: LedgerEntry) -> Document | None:
    """Return the document of an entry, from what the session already holds where it can."""
    return session.get(Document, entry.document_id) if entry.document_id else None


def _allowed(entry: LedgerEntry, transfer: Transfer, document: Document | None) -> bool:
    source, target = place_of(transfer.source), place_of(transfer.target)
    crosses = source.earmark_id != target.earmark_id
    if (transfer.from_earmark_id, transfer.to_earmark_id) != (
        source.earmark_id,
        target.earmark_id,
    ):
        return False
    if document is None:
        return (source.stage, target.stage, crosses) == (Stage.SOURCE, Stage.PLANNED, False)
    if entry.act is Act.HOLD:
        return source.held == target and not source.is_held
    if entry.act is Act.VOID:
        return target.held == source and not target.is_held
    if not source.is_held or target.is_held:
        return False
    if document.kind is Kind.REVERSAL and document.target is not None:
        rule = RULES[document.target.kind]
        ways = {(rule.target, rule.source)}
        crossing = document.target.kind is Kind.REALLOCATION
        same = document.target.kind is Kind.CARRY_OVER
    else:
        rule = RULES[document.kind]
        ways = {(rule.source, rule.target)}
        crossing = document.kind is Kind.REALLOCATION
        same = document.kind is Kind.CARRY_OVER
    if same:
        years = abs(source.year - target.year) == 1
        return source.stage is target.stage and years and not crosses
    return (
        (source.stage, target.stage) in ways and source.year == target.year and crosses is crossing
    )


def _entries(session: Session) -> Sequence[LedgerEntry]:
    return session.scalars(
        sa.select(LedgerEntry)
        .options(
            selectinload(LedgerEntry.transfers).joinedload(Transfer.source, innerjoin=True),
            selectinload(LedgerEntry.transfers).joinedload(Transfer.target, innerjoin=True),
        )
        .order_by(LedgerEntry.id)
    ).all()


def _places(entry: LedgerEntry, *, incoming: bool) -> dict[str, int]:
    """Return the fen that an entry puts into, or takes out of, each account."""
    sums: Counter[str] = Counter()
    for transfer in entry.transfers:
        account = transfer.target if incoming else transfer.source
        sums[account.name] += transfer.amount_fen
    return sums


def _year_faults(session: Session) -> list[str]:
    """Name years that have money but no state, or are settled with money left to account for."""
    rows = session.execute(
        sa.select(Earmark.code, Account.year, EarmarkYear.state)
        .join(Account, Account.earmark_id == Earmark.id)
        .outerjoin(
            EarmarkYear,
            sa.and_(EarmarkYear.earmark_id == Earmark.id, EarmarkYear.year == Account.year),
        )
        .where(Account.balance_fen != 0, Account.stage.in_(CARRIED))
        .where(sa.or_(EarmarkYear.id.is_(None), EarmarkYear.state == YearState.SETTLED))
        .distinct()
        .order_by(Earmark.code, Account.year)
    )
    return [
        f"专款 {code} {year} 年"
        + ("已决算，却还有没有了结的资金" if state else "有资金，却没有这个年度")
        for code, year, state in rows
    ]


def _reallocated(session: Session) -> Counter[int]:
    """Return what reallocations in effect brought each earmark; reversed ones are mirrored away."""
    moved: Counter[int] = Counter()
    rows = session.execute(
        sa.select(Transfer.from_earmark_id, Transfer.to_earmark_id, Transfer.amount_fen).where(
            Transfer.from_earmark_id != Transfer.to_earmark_id
        )
    )
    for from_id, to_id, fen in rows:
        moved[from_id] -= fen
        moved[to_id] += fen
    return moved


def _yuan(fen: int) -> str:
    return f"{money.yuan(fen)} 元"
