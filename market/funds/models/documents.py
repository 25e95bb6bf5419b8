"""Documents that move the plan's money: what they say, their evidence, who signed them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.funds.models.earmarks import Earmark


class Kind(Label):
    """What a document does; ``rules.RULES`` says how."""

    FRAMEWORK = "framework", "对口帮扶协议"
    APPROPRIATION = "appropriation", "资金下达"
    AGREEMENT = "agreement", "项目协议"
    AMENDMENT = "amendment", "协议增额"
    DECOMMITMENT = "decommitment", "协议减额"
    DISBURSEMENT = "disbursement", "资金拨付"
    CLAIM = "claim", "报账"
    ACCEPTANCE = "acceptance", "验收"
    RETURN = "return", "资金退回"
    REALLOCATION = "reallocation", "资金调剂"
    CARRY_OVER = "carry_over", "结转下年"
    SURRENDER = "surrender", "结余上缴"
    SETTLEMENT = "settlement", "决算"
    REVERSAL = "reversal", "冲销"


class DocumentState(Label):
    """How far a document has come."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "审核中"
    RETURNED = "returned", "已退回修改"
    APPROVED = "approved", "已批准、待付款"
    EFFECTIVE = "effective", "已生效"
    REJECTED = "rejected", "已否决"
    DISCARDED = "discarded", "已作废"
    REVERSED = "reversed", "已冲销"


EDITABLE = (DocumentState.DRAFT, DocumentState.RETURNED)


class Decision(Label):
    """What a second person says of a document."""

    APPROVE = "approve", "同意"
    RETURN = "return", "退回修改"
    REJECT = "reject", "否决"


class Purpose(Label):
    """What a file proves."""

    ORDER = "order", "批准文件"
    CONTRACT = "contract", "协议文本或活动方案"
    REQUEST = "request", "拨付申请书"
    INVOICE = "invoice", "发票"
    VOUCHER = "voucher", "付款或退款凭证"
    RECEPTION = "reception", "验收报告"
    REPORT = "report", "情况说明"
    PHOTO = "photo", "照片"


class Document(Model):
    """One paper of the plan's money, from a draft to what it does to the ledger.

    A document under an agreement takes its earmark from it. ``target`` is what a reversal
    takes back. ``version`` counts how often it was submitted and ``body_sha256`` is the hash
    of what was: an approval is of that and nothing else. ``payee_person`` is set where
    the money reaches somebody who signs in here, who then can't approve it.
    ``called_off_reason`` is why the bank could not pay it, the last time that it couldn't.
    """

    __tablename__ = "fund_document"
    __table_args__ = (
        sa.CheckConstraint("amount_fen >= 0", "amount"),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", "year"),
        sa.CheckConstraint("(to_earmark_id IS NULL) = (kind <> 'reallocation')", "to_earmark"),
        sa.CheckConstraint("to_earmark_id <> earmark_id", "other_earmark"),
        sa.CheckConstraint("(target_id IS NULL) = (kind <> 'reversal')", "target"),
        sa.CheckConstraint("(earmark_id IS NULL) = (kind = 'framework')", "has_earmark"),
        sa.Index(None, "kind", "state"),
        sa.Index(None, "earmark_id", "state"),
    )

    MOVES: dict[DocumentState, set[DocumentState]] = {
        DocumentState.DRAFT: {DocumentState.SUBMITTED, DocumentState.DISCARDED},
        DocumentState.SUBMITTED: {
            DocumentState.DRAFT,
            DocumentState.RETURNED,
            DocumentState.REJECTED,
            DocumentState.APPROVED,
            DocumentState.EFFECTIVE,
        },
        DocumentState.RETURNED: {DocumentState.SUBMITTED, DocumentState.DISCARDED},
        DocumentState.APPROVED: {DocumentState.EFFECTIVE, DocumentState.RETURNED},
        DocumentState.EFFECTIVE: {DocumentState.REVERSED},
        DocumentState.REJECTED: set(),
        DocumentState.DISCARDED: set(),
        DocumentState.REVERSED: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    kind: Mapped[Kind]
    state: Mapped[DocumentState] = mapped_column(default=DocumentState.DRAFT)
    version: Mapped[int] = mapped_column(default=0)
    body_sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    year: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(80))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    amount_fen: Mapped[Fen]
    cost_type: Mapped[str] = mapped_column(sa.String(20), default="")
    document_no: Mapped[str] = mapped_column(sa.String(60), default="")
    occurred_on: Mapped[dt.date]
    payer: Mapped[str] = mapped_column(sa.String(60), default="")
    payee: Mapped[str] = mapped_column(sa.String(60), default="")
    bank_serial: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    paid_on: Mapped[dt.date | None]
    called_off_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    submitted_at: Mapped[dt.datetime | None]
    effective_at: Mapped[dt.datetime | None]
    earmark_id: Mapped[int | None] = mapped_column(sa.ForeignKey("earmark.id"))
    to_earmark_id: Mapped[int | None] = mapped_column(sa.ForeignKey("earmark.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fund_document.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fund_document.id"), index=True)
    payee_person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)

    earmark: Mapped[Earmark | None] = relationship(foreign_keys=[earmark_id])
    to_earmark: Mapped[Earmark | None] = relationship(foreign_keys=[to_earmark_id])
    agreement: Mapped["Document | None"] = relationship(
        foreign_keys=[agreement_id], remote_side="Document.id"
    )
    target: Mapped["Document | None"] = relationship(
        foreign_keys=[target_id], remote_side="Document.id"
    )
    payee_person: Mapped[Person | None] = relationship(foreign_keys=[payee_person_id])
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    lines: Mapped[list["DocumentLine"]] = relationship(
        order_by="DocumentLine.position", cascade="all, delete-orphan"
    )
    files: Mapped[list["DocumentFile"]] = relationship(
        order_by="DocumentFile.id", cascade="all, delete-orphan"
    )

    @property
    def account_agreement_id(self) -> int | None:
        """Return the agreement whose accounts it moves: its own, where it is one."""
        return self.id if self.kind is Kind.AGREEMENT else self.agreement_id


class DocumentLine(Model):
    """One invoice of a claim. Code and number are unique among claims that are under way or stand.

    ``is_live`` says that the claim is one of those; it is moved with the claim's state.
    """

    __tablename__ = "fund_document_line"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.UniqueConstraint("document_id", "position"),
        sa.Index(
            "uq_fund_document_line_live_invoice",
            "invoice_code",
            "invoice_number",
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        ),
    )

    position: Mapped[int]
    cost_type: Mapped[str] = mapped_column(sa.String(20))
    payee: Mapped[str] = mapped_column(sa.String(60))
    invoice_code: Mapped[str] = mapped_column(sa.String(20))
    invoice_number: Mapped[str] = mapped_column(sa.String(20))
    invoice_on: Mapped[dt.date]
    amount_fen: Mapped[Fen]
    is_live: Mapped[bool] = mapped_column(default=False)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_document.id"))

    document: Mapped[Document] = relationship(overlaps="lines")


class DocumentFile(Model):
    """A file that proves something of a document."""

    __tablename__ = "fund_document_file"
    __table_args__ = (sa.UniqueConstraint("document_id", "attachment_id"),)

    purpose: Mapped[Purpose]
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_document.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), index=True)

    document: Mapped[Document] = relationship(overlaps="files")
    attachment: Mapped[Attachment] = relationship(innerjoin=True)


class Approval(Model):
    """What one person decided on one step of one version of a document; never changed.

    Who made it and who is paid by it stand here too, so that the database itself refuses
    one person in two of the roles. ``distinct`` steps are kept by the second constraint.
    """

    __tablename__ = "fund_approval"
    __table_args__ = (
        sa.UniqueConstraint("document_id", "version", "step"),
        sa.UniqueConstraint("document_id", "version", "checker_id"),
        sa.CheckConstraint("checker_id <> maker_id", "checker_is_not_maker"),
        sa.CheckConstraint("payee_id IS NULL OR checker_id <> payee_id", "checker_is_not_payee"),
    )

    version: Mapped[int]
    step: Mapped[int]
    role: Mapped[Role]
    decision: Mapped[Decision]
    body_sha256: Mapped[str] = mapped_column(sa.String(64))
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("fund_document.id"))
    maker_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    payee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    checker_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)

    document: Mapped[Document] = relationship()
    checker: Mapped[Person] = relationship(foreign_keys=[checker_id], innerjoin=True)
