"""People and documents of the plan's money, for tests."""

import itertools
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.evidence.models import Attachment, StoredFile
from market.funds import services
from market.funds.models import RULES, Decision, Document, Earmark, Kind, Purpose, steps_of
from market.funds.services import Content, Invoice
from market.plan.models import PlanText
from market.plan.services import load_plan
from tests import make
from tests.kept import kept

_n = itertools.count(1)
WAN = 1_000_000
CONTRACT = Purpose.CONTRACT


@dataclass(frozen=True)
class Offices:
    """Who moves the plan's money: two of each, so that nobody must sign for themself."""

    clerk: Person
    clerk_2: Person
    lead: Person
    lead_2: Person
    officer: Person
    officer_2: Person
    officer_3: Person

    @property
    def checkers(self) -> dict[Role, list[Person]]:
        """Who signs a step of a role."""
        return {
            Role.COORDINATOR: [self.lead, self.lead_2],
            Role.FUND_OFFICER: [self.officer, self.officer_2, self.officer_3],
        }


def open_ledger(session: Session) -> dict[str, Earmark]:
    """Load the plan and its earmarks; return them by code."""
    if session.scalar(sa.select(PlanText.id)):
        services.load_earmarks(session)
    else:
        kept(session, "ledger", _open, "plan_", "earmark", "fund_")
    return {earmark.code: earmark for earmark in session.scalars(sa.select(Earmark))}


def _open(session: Session) -> None:
    load_plan(session)
    services.load_earmarks(session)


def offices(session: Session, agency: str = "县交通局", lead: str = "") -> Offices:
    """Make the people of one department, of an office that leads, and of the funds."""
    county = {"role": Role.COUNTY, "agency": agency}
    return Offices(
        clerk=make.person(session, name="冉宁", **county),
        clerk_2=make.person(session, name="向晴", **county),
        lead=make.person(session, name="罗川", role=Role.COORDINATOR, agency=lead),
        lead_2=make.person(session, name="何静", role=Role.COORDINATOR, agency=lead),
        officer=make.person(session, name="冯波", role=Role.FUND_OFFICER),
        officer_2=make.person(session, name="唐敏", role=Role.FUND_OFFICER),
        officer_3=make.person(session, name="谢远", role=Role.FUND_OFFICER),
    )


def file(session: Session, by: Person, *, sha256: str | None = None) -> Attachment:
    """Make a file that somebody gave; the same hash is the same content."""
    number = next(_n)
    digest = sha256 or f"{number:064x}"
    stored = session.scalar(sa.select(StoredFile).where(StoredFile.sha256 == digest))
    if stored is None:
        stored = StoredFile(sha256=digest, size=9, media_type="application/pdf")
        session.add(stored)
    made = Attachment(name=f"附件{number}.pdf", file=stored, by_id=by.id)
    session.add(made)
    session.flush()
    return made


def invoice(fen: int, **given: Any) -> Invoice:
    """Make an invoice nobody has handed in yet."""
    number = next(_n)
    return Invoice(
        **{
            "cost_type": "工程施工",
            "payee": "彭水某某建筑公司（演示）",
            "invoice_code": "050001900104",
            "invoice_number": f"{number:08}",
            "invoice_on": clock.today(),
            "amount_fen": fen,
        }
        | given
    )


def content(kind: Kind, fen: int = 10 * WAN, **given: Any) -> Content:
    """Say what a document of this kind says; an earmark or agreement is the caller's."""
    said: dict[str, Any] = {
        "title": f"{kind.label}（演示）",
        "occurred_on": clock.today(),
        "amount_fen": fen,
        "reason": "演示",
        "document_no": f"演示〔2020〕{next(_n)}号" if RULES[kind].numbered else "",
    }
    if kind is Kind.CLAIM and "invoices" not in given:
        said["invoices"] = [invoice(fen)]
    return Content(**said | given)


def maker_of(kind: Kind, people: Offices) -> Person:
    """Return who of the offices writes this kind."""
    makers = RULES[kind].makers
    if Role.COUNTY in makers:
        return people.clerk
    return people.officer if makers == {Role.FUND_OFFICER} else people.lead


def drafted(
    session: Session, people: Offices, kind: Kind, fen: int = 10 * WAN, **given: Any
) -> Document:
    """Write a document with the evidence that its kind demands."""
    by = given.pop("by", None) or maker_of(kind, people)
    document = services.draft(
        session, kind, content(kind, fen, **given), once_key=f"papers-{next(_n)}", by=by
    )
    for purpose in RULES[kind].evidence:
        services.attach(session, document, file(session, by), purpose, by=by)
    return document


def submitted(session: Session, people: Offices, kind: Kind, *args: Any, **given: Any) -> Document:
    """Write a document and submit it."""
    document = drafted(session, people, kind, *args, **given)
    services.submit(session, document, by=document.made_by)
    return document


def approve(session: Session, document: Document, people: Offices) -> None:
    """Let everybody sign who must, each once, none who wrote it."""
    free = {role: list(ones) for role, ones in people.checkers.items()}
    for role in steps_of(document.kind, document.amount_fen):
        checker = next(one for one in free[role] if one.id != document.made_by_id)
        free[role].remove(checker)
        services.decide(
            session, document, Decision.APPROVE, seen_sha256=document.body_sha256, by=checker
        )


def effective(session: Session, people: Offices, kind: Kind, *args: Any, **given: Any) -> Document:
    """Write a document, submit it, let it be signed and, where money is sent, paid."""
    document = submitted(session, people, kind, *args, **given)
    approve(session, document, people)
    if RULES[kind].paid:
        payer = people.officer_2 if document.made_by_id == people.officer.id else people.officer
        services.pay(
            session,
            document,
            paid_on=max(clock.today(), document.occurred_on),
            bank_serial=f"演示-{next(_n)}",
            by=payer,
        )
    return document


def ready(session: Session, people: Offices, earmark: Earmark, fen: int) -> Document:
    """Hand an earmark's whole money down, and bind so much of it by an agreement."""
    effective(session, people, Kind.APPROPRIATION, earmark.amount_fen, earmark=earmark)
    return effective(session, people, Kind.AGREEMENT, fen, earmark=earmark)


def earmark(session: Session, code: str) -> Earmark:
    """Return the earmark of this code."""
    return session.scalars(sa.select(Earmark).where(Earmark.code == code)).one()
