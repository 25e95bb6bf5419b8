"""Write documents: draft, change, attach what proves them, discard."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock, money
from market.core.access import Role
from market.core.errors import Refused
from market.core.numbers import new_number
from market.core.states import move
from market.evidence.models import Attachment
from market.funds.models import (
    CITY,
    COUNTY_TREASURY,
    EDITABLE,
    IRREVERSIBLE,
    RULES,
    Document,
    DocumentFile,
    DocumentLine,
    DocumentState,
    Earmark,
    Kind,
    Purpose,
)

MOST_LINES = 60


@dataclasses.dataclass(frozen=True)
class Invoice:
    """One line of a claim, as typed."""

    cost_type: str
    payee: str
    invoice_code: str
    invoice_number: str
    invoice_on: dt.date
    amount_fen: int


@dataclasses.dataclass(frozen=True)
class Content:
    """What a person says in a document; its kind decides which of it is asked for.

    ``earmark`` is chosen only where there is neither an agreement nor a document to
    reverse to take it from. The amount of a claim is the sum of its invoices, of a
    reversal that of what it takes back, of a carry-over what is left when it is submitted.
    """

    title: str
    occurred_on: dt.date
    year: int = 2020
    amount_fen: int = 0
    reason: str = ""
    cost_type: str = ""
    document_no: str = ""
    payer: str = ""
    payee: str = ""
    earmark: Earmark | None = None
    to_earmark: Earmark | None = None
    agreement: Document | None = None
    target: Document | None = None
    payee_person: Person | None = None
    invoices: Sequence[Invoice] = ()


def draft(session: Session, kind: Kind, content: Content, *, once_key: str, by: Person) -> Document:
    """Begin a document; the same key gives the same one.

    Refuses whoever doesn't make this kind, or not for this department; amounts that are
    not above zero; a day in the future; an earmark, agreement or cost type that does
    not fit. What is held by it is nothing yet.
    """
    made = session.scalar(sa.select(Document).where(Document.once_key == once_key))
    if made is not None:
        if made.made_by_id != by.id or made.kind is not kind:
            raise Refused("提交码不属于这份单据，请刷新页面后重新填写。")
        return made
    _check_maker(kind, by)
    document = Document(
        number=new_number(session, Document.number, f"ZJ{clock.today():%y%m%d}"),
        once_key=once_key,
        kind=kind,
        made_by=by,
    )
    _fill(document, content, by=by)
    session.add(document)
    session.flush()
    record(session, "fund.drafted", document, by=by, **_facts(document))
    return document


def edit(session: Session, document: Document, content: Content, *, by: Person) -> None:
    """Change a draft, or one that was returned; what was approved of it before is void.

    Only its maker changes a document. Refuses what ``draft`` refuses.
    """
    _check_editable(session, document, by)
    document.lines = []
    session.flush()  # The old lines go before new ones take their places.
    _fill(document, content, by=by)
    session.flush()
    record(session, "fund.edited", document, by=by, **_facts(document))


def attach(
    session: Session, document: Document, attachment: Attachment, purpose: Purpose, *, by: Person
) -> None:
    """Put a file to a document as proof of something; only its maker, while it may be changed."""
    _check_editable(session, document, by)
    document.files.append(DocumentFile(purpose=purpose, attachment=attachment))
    session.flush()
    record(
        session, "fund.attached", document, by=by, purpose=purpose, sha256=attachment.file.sha256
    )


def detach(session: Session, document: Document, file: DocumentFile, *, by: Person) -> None:
    """Take a file off a document that may still be changed; the file itself is kept."""
    _check_editable(session, document, by)
    sha256 = file.attachment.file.sha256
    document.files.remove(file)
    session.flush()
    record(session, "fund.detached", document, by=by, sha256=sha256)


def discard(session: Session, document: Document, *, by: Person) -> None:
    """Give up a draft, or one that was returned; it stays to be read."""
    _check_editable(session, document, by)
    move(session, document, DocumentState.DISCARDED)
    record(session, "fund.discarded", document, by=by)


def _check_maker(kind: Kind, by: Person) -> None:
    makers = RULES[kind].makers
    if by.role not in makers:
        names = "、".join(role.label for role in Role if role in makers)
        raise Refused(f"{kind.label}由{names}填写，您的身份是{by.role.label}，请联系他们办理。")


def _check_editable(session: Session, document: Document, by: Person) -> None:
    session.refresh(document, ("state",), with_for_update={"key_share": True, "of": Document})
    if document.made_by_id != by.id:
        raise Refused("只有填写人可以修改这份单据，请联系填写人。")
    if document.state not in EDITABLE:
        raise Refused(f"单据{document.state.label}，不能修改；需要修改时请先撤回，或由审核人退回。")


def _fill(document: Document, content: Content, *, by: Person) -> None:
    kind, rule = document.kind, RULES[document.kind]
    if not content.title.strip():
        raise Refused("请填写事由标题，让审核的人一眼看懂。", field="title")
    if content.occurred_on > clock.today():
        raise Refused(f"业务日期不能晚于今天（{clock.today()}）。", field="occurred_on")
    if rule.numbered and not content.document_no.strip():
        raise Refused(f"请填写{kind.label}的文号或协议编号。", field="document_no")
    earmark = _earmark_of(kind, content)
    _check_scope(kind, earmark, content, by)
    document.earmark, document.to_earmark = earmark, content.to_earmark
    document.agreement, document.target = _agreement_of(kind, content), content.target
    document.title, document.reason = content.title.strip(), content.reason.strip()
    document.document_no = content.document_no.strip()
    document.occurred_on = content.occurred_on
    document.year = content.target.year if content.target else content.year
    document.cost_type = _cost_type(earmark, content.cost_type)
    document.payer = content.payer.strip() or _hands(kind, earmark)[0]
    document.payee = content.payee.strip() or _hands(kind, earmark)[1]
    document.payee_person = content.payee_person
    document.lines = _lines(earmark, content) if rule.has_lines else []
    document.amount_fen = _amount_of(document, content)


def _earmark_of(kind: Kind, content: Content) -> Earmark | None:
    """Return the earmark: the agreement's or the reversed document's where there is one."""
    if kind is Kind.FRAMEWORK:
        return None
    if kind is Kind.REVERSAL:
        if content.target is None:
            raise Refused("请从要冲销的单据页面发起冲销。")
        if content.target.kind in IRREVERSIBLE:
            raise Refused(f"{content.target.kind.label}不能冲销。")
        return content.target.earmark
    if RULES[kind].under_agreement:
        agreement = content.agreement
        if agreement is None or agreement.kind is not Kind.AGREEMENT:
            raise Refused(f"{kind.label}必须在一份项目协议之下，请先选择协议。", field="agreement")
        if agreement.state is not DocumentState.EFFECTIVE:
            raise Refused(
                f"协议 {agreement.number} {agreement.state.label}，不能办理{kind.label}，"
                "请等协议生效或另选协议。",
                field="agreement",
            )
        return agreement.earmark
    if content.earmark is None:
        raise Refused("请选择这笔资金属于哪个项目（专款）。", field="earmark")
    return content.earmark


def _agreement_of(kind: Kind, content: Content) -> Document | None:
    if kind is Kind.REVERSAL and content.target is not None:
        return content.target.agreement
    return content.agreement if RULES[kind].under_agreement else None


def _check_scope(kind: Kind, earmark: Earmark | None, content: Content, by: Person) -> None:
    """Refuse a department that is not the maker's own, and a reallocation that leads nowhere else."""
    if by.role is Role.COUNTY and (earmark is None or earmark.department != by.agency):
        raise Refused(
            f"这笔资金的责任单位是{earmark.department if earmark else '资金管理人员'}，"
            f"您属于{by.agency or '（未登记单位）'}，不能为其填写单据。",
            field="earmark",
        )
    if kind is not Kind.REALLOCATION:
        if content.to_earmark is not None:
            raise Refused("专款专用：只有资金调剂可以换到另一个项目。", field="to_earmark")
    elif content.to_earmark is None or content.to_earmark is earmark:
        raise Refused("请选择调入的另一个项目（专款）。", field="to_earmark")
    if kind is Kind.REALLOCATION and not content.reason.strip():
        raise Refused("资金调剂必须写明理由。", field="reason")
    if kind is Kind.REVERSAL and not content.reason.strip():
        raise Refused("冲销必须写明原因。", field="reason")


def _cost_type(earmark: Earmark | None, given: str) -> str:
    if given and (earmark is None or given not in earmark.cost_types):
        allowed = "、".join(earmark.cost_types) if earmark else "无"
        raise Refused(f"“{given}”不在这笔专款的使用范围内，可以是：{allowed}。", field="cost_type")
    return given


def _hands(kind: Kind, earmark: Earmark | None) -> tuple[str, str]:
    """Return who pays and who is paid, by the chain 市财政局 → 县财政 → 责任单位 → 收款人."""
    department = earmark.department if earmark else ""
    hands = {
        Kind.APPROPRIATION: (CITY, COUNTY_TREASURY),
        Kind.DISBURSEMENT: (COUNTY_TREASURY, department),
        Kind.CLAIM: (department, ""),
        Kind.RETURN: (department, COUNTY_TREASURY),
        Kind.SURRENDER: (COUNTY_TREASURY, CITY),
    }
    return hands.get(kind, ("", ""))


def _lines(earmark: Earmark | None, content: Content) -> list[DocumentLine]:
    if not content.invoices:
        raise Refused("请至少填写一张发票。", field="invoices")
    if len(content.invoices) > MOST_LINES:
        raise Refused(f"一份报账最多 {MOST_LINES} 张发票，请分成几份。", field="invoices")
    lines = []
    for position, invoice in enumerate(content.invoices, 1):
        where = f"第 {position} 张发票"
        if not (invoice.invoice_number.strip() and invoice.payee.strip() and invoice.cost_type):
            raise Refused(f"{where}的号码、收款人和费用类别都要填写。", field="invoices")
        if invoice.amount_fen <= 0:
            raise Refused(f"{where}的金额必须大于 0。", field="invoices")
        if invoice.invoice_on > content.occurred_on:
            raise Refused(f"{where}的开票日期晚于业务日期，请核对。", field="invoices")
        try:
            _cost_type(earmark, invoice.cost_type)
        except Refused as refusal:
            raise Refused(f"{where}：{refusal}", field="invoices") from None
        told = {
            name: text.strip() if isinstance(text, str) else text
            for name, text in dataclasses.asdict(invoice).items()
        }
        lines.append(DocumentLine(position=position, **told))
    keys = [(line.invoice_code, line.invoice_number) for line in lines]
    if len(set(keys)) < len(keys):
        raise Refused("同一份报账里有两张代码和号码相同的发票，请删去重复的。", field="invoices")
    return lines


def _amount_of(document: Document, content: Content) -> int:
    if document.lines:
        return sum(line.amount_fen for line in document.lines)
    if document.kind is Kind.REVERSAL and content.target is not None:
        return content.target.amount_fen
    if document.kind in (Kind.CARRY_OVER, Kind.SETTLEMENT):
        return 0
    if type(content.amount_fen) is not int or content.amount_fen <= 0:
        raise Refused("金额必须大于 0。", field="amount_fen")
    if content.amount_fen > money.MOST_FEN:
        raise Refused(f"金额过大，最多 {money.yuan(money.MOST_FEN)} 元。", field="amount_fen")
    return content.amount_fen


def _facts(document: Document) -> dict[str, object]:
    return {
        "kind": document.kind.value,
        "amount_fen": document.amount_fen,
        "earmark": document.earmark.code if document.earmark else None,
        "year": document.year,
    }
