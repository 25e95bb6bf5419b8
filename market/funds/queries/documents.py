"""Ask for documents: which a person may see, what they lack, who has signed, what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from market.accounts.models import Person
from market.adapters.pinyin import patterns
from market.core.access import Role
from market.core.labels import Label
from market.evidence.models import Attachment
from market.funds.models import (
    RULES,
    Approval,
    Decision,
    Document,
    DocumentFile,
    DocumentState,
    Earmark,
    Kind,
    Purpose,
    steps_of,
)
from market.plan.models import Project
from market.plan.queries import is_lead_of as leads

# A file used twice matters where money is claimed for it, not where one order funds many.
RECEIPTS = (Purpose.INVOICE, Purpose.VOUCHER, Purpose.RECEPTION)
_moved = aliased(Document)
STANDING = (DocumentState.SUBMITTED, DocumentState.APPROVED, DocumentState.EFFECTIVE)


def documents_for(
    by: Person,
    *,
    kind: Kind | None = None,
    state: DocumentState | None = None,
    earmark: str = "",
    q: str = "",
) -> sa.Select[Document]:
    """Return a select of the documents that a person may see, newest first.

    A county agency sees those of its own department's money (those that bring it there, too),
    everyone else of the desk all. ``earmark`` is a code; ``q`` is looked for in number, title and document number.
    """
    select = (
        sa.select(Document)
        .outerjoin(Earmark, Earmark.id == Document.earmark_id)
        .options(
            joinedload(Document.earmark).joinedload(Earmark.project),
            joinedload(Document.made_by, innerjoin=True),
        )
        .order_by(Document.id.desc())
    )
    if by.role is Role.COUNTY:
        brought = (
            sa.select(_moved.id)
            .join(Earmark, Earmark.id == _moved.to_earmark_id)
            .where(Earmark.department == by.agency)
        )
        select = select.where(
            sa.or_(
                Earmark.department == by.agency,
                Document.id.in_(brought),
                Document.target_id.in_(brought),
                Document.made_by_id == by.id,
                Document.kind == Kind.FRAMEWORK,
            )
        )
    if kind is not None:
        select = select.where(Document.kind == kind)
    if state is not None:
        select = select.where(Document.state == state)
    if earmark:
        select = select.where(Earmark.code == earmark)
    for pattern in patterns(q):
        words = (Document.number, Document.title, Document.document_no)
        select = select.where(sa.or_(*(word.ilike(pattern, escape="\\") for word in words)))
    return select


def document_for(session: Session, by: Person, number: str) -> Document | None:
    """Return the document of this number, with all that stands on it, if the person may see it."""
    return session.scalar(
        documents_for(by)
        .where(Document.number == number)
        .options(
            joinedload(Document.earmark).joinedload(Earmark.project).joinedload(Project.clause),
            joinedload(Document.to_earmark).joinedload(Earmark.project),
            joinedload(Document.agreement),
            joinedload(Document.target),
            joinedload(Document.payee_person),
            selectinload(Document.lines),
            selectinload(Document.files)
            .joinedload(DocumentFile.attachment, innerjoin=True)
            .joinedload(Attachment.file, innerjoin=True),
        )
    )


def agreements_for(session: Session, by: Person, kind: Kind) -> Sequence[Document]:
    """Return the agreements in effect under which a person may write this kind of document."""
    select = documents_for(by, kind=Kind.AGREEMENT, state=DocumentState.EFFECTIVE)
    if by.role is Role.COUNTY:
        select = select.where(Earmark.department == by.agency)
    return session.scalars(select).all() if by.role in RULES[kind].makers else ()


def approvals_of(session: Session, document: Document) -> Sequence[Approval]:
    """Return what was decided on the present version of a document, step by step."""
    return session.scalars(
        sa.select(Approval)
        .where(Approval.document_id == document.id, Approval.version == document.version)
        .options(joinedload(Approval.checker, innerjoin=True))
        .order_by(Approval.step)
    ).all()


def decisions_on(session: Session, document: Document) -> Sequence[Approval]:
    """Return all that was ever decided on a document, oldest first, with who did."""
    return session.scalars(
        sa.select(Approval)
        .where(Approval.document_id == document.id)
        .options(joinedload(Approval.checker, innerjoin=True))
        .order_by(Approval.id)
    ).all()


def next_role(document: Document, approvals: Sequence[Approval]) -> Role | None:
    """Return whose step it is, where a document is being decided."""
    if document.state is not DocumentState.SUBMITTED:
        return None
    done = sum(
        one.decision is Decision.APPROVE for one in approvals if one.version == document.version
    )
    return steps_of(document.kind, document.amount_fen)[done]


def is_lead_of(document: Document, person: Person) -> bool:
    """Tell whether a coordinator's office leads the clause that the money is for.

    A document of no earmark is of no clause, and any coordinator may sign it.
    """
    return document.earmark is None or leads(document.earmark.project.clause, person)


def may_decide(document: Document, approvals: Sequence[Approval], person: Person) -> bool:
    """Tell whether the page should offer somebody the step that is next."""
    signed = {one.checker_id for one in approvals if one.version == document.version}
    return (
        next_role(document, approvals) is person.role
        and person.id not in {document.made_by_id, document.payee_person_id, *signed}
        and (person.role is not Role.COORDINATOR or is_lead_of(document, person))
    )


def missing_evidence(document: Document) -> list[Purpose]:
    """Return what must still be proved by a file before a document can be submitted."""
    given = {file.purpose for file in document.files}
    return [purpose for purpose in RULES[document.kind].evidence if purpose not in given]


@dataclass(frozen=True)
class Duplicate:
    """A file of a document whose content another document has too."""

    name: str
    number: str
    title: str
    earmark: str


def duplicates_of(session: Session, document: Document) -> list[Duplicate]:
    """Return which of a document's receipts stand, by content, on another document as well.

    Across all projects; by the SHA-256 of the content, whatever the files are called.
    """
    if not any(file.purpose in RECEIPTS for file in document.files):
        return []
    ours, theirs = aliased(DocumentFile), aliased(DocumentFile)
    mine, other = aliased(Attachment), aliased(Attachment)
    rows = session.execute(
        sa.select(mine.name, Document.number, Document.title, Earmark.code)
        .select_from(ours)
        .join(mine, mine.id == ours.attachment_id)
        .join(other, other.file_id == mine.file_id)
        .join(theirs, theirs.attachment_id == other.id)
        .join(Document, Document.id == theirs.document_id)
        .outerjoin(Earmark, Earmark.id == Document.earmark_id)
        .where(
            ours.document_id == document.id,
            theirs.document_id != document.id,
            ours.purpose.in_(RECEIPTS),
            theirs.purpose.in_(RECEIPTS),
            Document.state.in_(STANDING),
        )
        .distinct()
        .order_by(Document.number, mine.name)
    )
    return [Duplicate(*row) for row in rows]


class Mine(Label):
    """What a person should do next about documents."""

    DECIDE = "decide", "等我审批"
    PAY = "pay", "等我付款"
    RETURNED = "returned", "退回给我"


@dataclass(frozen=True)
class Waiting:
    """Which documents wait for a person, and which of their own came back, by their ids."""

    ids: dict[Mine, Sequence[int]]

    @property
    def to_decide(self) -> int:
        """How many wait for this person's signature."""
        return len(self.ids[Mine.DECIDE])

    @property
    def to_pay(self) -> int:
        """How many wait for this person to write a payment down."""
        return len(self.ids[Mine.PAY])

    @property
    def returned(self) -> int:
        """How many of this person's own came back."""
        return len(self.ids[Mine.RETURNED])


def waiting_for(session: Session, by: Person) -> Waiting:
    """Return what a person should do next about documents."""
    submitted = session.scalars(
        documents_for(by, state=DocumentState.SUBMITTED).options(
            joinedload(Document.earmark).joinedload(Earmark.project).joinedload(Project.clause)
        )
    ).all()
    ids = [document.id for document in submitted]
    approvals = session.scalars(sa.select(Approval).where(Approval.document_id.in_(ids))).all()
    signed: dict[int, list[Approval]] = {id_: [] for id_ in ids}
    for approval in approvals:
        signed[approval.document_id].append(approval)
    rest = session.execute(
        sa.select(Document.id, Document.state, Document.made_by_id, Document.payee_person_id).where(
            Document.state.in_((DocumentState.APPROVED, DocumentState.RETURNED))
        )
    ).all()
    return Waiting(
        {
            Mine.DECIDE: [one.id for one in submitted if may_decide(one, signed[one.id], by)],
            Mine.PAY: [
                one.id
                for one in rest
                if one.state is DocumentState.APPROVED
                and by.role is Role.FUND_OFFICER
                and by.id not in (one.made_by_id, one.payee_person_id)
            ],
            Mine.RETURNED: [
                one.id
                for one in rest
                if one.state is DocumentState.RETURNED and one.made_by_id == by.id
            ],
        }
    )


def amount_of(session: Session, select: sa.Select[Document]) -> int:
    """Return what the documents of a select come to, all pages of it."""
    bare = select.order_by(None).with_only_columns(Document.amount_fen, maintain_column_froms=True)
    found = bare.subquery()
    return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(found.c[0]), 0))) or 0)


def under(session: Session, document: Document) -> Sequence[Document]:
    """Return what stands under an agreement, and what takes a document back, oldest first."""
    return session.scalars(
        sa.select(Document)
        .where(sa.or_(Document.agreement_id == document.id, Document.target_id == document.id))
        .options(joinedload(Document.made_by, innerjoin=True))
        .order_by(Document.id)
    ).all()
