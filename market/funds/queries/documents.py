"""Ask for documents: which a person may see, what they lack, who has signed, what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.adapters.pinyin import patterns
from market.core.access import Role
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

# A file used twice matters where money is claimed for it, not where one order funds many.
RECEIPTS = (Purpose.INVOICE, Purpose.VOUCHER, Purpose.RECEPTION)
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

    A county agency sees those of its own department's money, everyone else of the
    desk all. ``earmark`` is a code; ``q`` is looked for in number, title and document number.
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
        select = select.where(
            sa.or_(
                Earmark.department == by.agency,
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

    Somebody who is registered for no office coordinates all of it.
    """
    if not person.agency or document.earmark is None:
        return True
    return person.agency in document.earmark.project.clause.lead_units


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
    ours, theirs = sa.orm.aliased(DocumentFile), sa.orm.aliased(DocumentFile)
    mine, other = sa.orm.aliased(Attachment), sa.orm.aliased(Attachment)
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


@dataclass(frozen=True)
class Waiting:
    """How many documents wait for a person, and how many of their own came back."""

    to_decide: int
    to_pay: int
    returned: int


def waiting_for(session: Session, by: Person) -> Waiting:
    """Count what a person should do next about documents."""
    submitted = session.scalars(documents_for(by, state=DocumentState.SUBMITTED)).all()
    ids = [document.id for document in submitted]
    approvals = session.scalars(sa.select(Approval).where(Approval.document_id.in_(ids))).all()
    by_document: dict[int, list[Approval]] = {id_: [] for id_ in ids}
    for approval in approvals:
        by_document[approval.document_id].append(approval)
    others = dict(
        session.execute(
            sa.select(Document.state, sa.func.count(Document.id))
            .where(
                sa.or_(
                    sa.and_(
                        Document.state == DocumentState.APPROVED,
                        Document.made_by_id != by.id,
                        sa.literal(by.role is Role.FUND_OFFICER),
                    ),
                    sa.and_(Document.state == DocumentState.RETURNED, Document.made_by_id == by.id),
                )
            )
            .group_by(Document.state)
        ).all()
    )
    return Waiting(
        sum(may_decide(one, by_document[one.id], by) for one in submitted),
        others.get(DocumentState.APPROVED, 0),
        others.get(DocumentState.RETURNED, 0),
    )
