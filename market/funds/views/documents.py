"""Documents: the list, and one with all that stands on it."""

from collections.abc import Sequence
from typing import Any

from flask import abort, render_template, request
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.audit.queries import history_of
from market.core import clock
from market.core.access import Role, allow
from market.core.db import db
from market.core.forms import Form
from market.core.paging import page_of
from market.funds import forms
from market.funds.models import (
    EDITABLE,
    IRREVERSIBLE,
    RULES,
    Decision,
    Document,
    DocumentState,
    Kind,
    steps_of,
)
from market.funds.queries import documents as queries
from market.funds.queries.documents import Mine
from market.funds.queries.figures import earmarks
from market.funds.queries.halts import doubted
from market.funds.views.bp import READERS, bp
from market.funds.views.ledger import MOST_ROWS

# What may follow an agreement that is in effect, in the order in which it does.
NEXT = (
    Kind.DISBURSEMENT,
    Kind.CLAIM,
    Kind.ACCEPTANCE,
    Kind.AMENDMENT,
    Kind.DECOMMITMENT,
    Kind.RETURN,
)


@bp.get("/documents")
@allow(*READERS)
def documents() -> Any:
    """List the documents one may see, with what waits for oneself."""
    kind, state, mine = (request.args.get(name, "") for name in ("kind", "state", "mine"))
    waiting = queries.waiting_for(db.session, current_user)
    given: dict[str, Any] = {
        "kind": Kind(kind) if kind in set(Kind) else None,
        "state": DocumentState(state) if state in set(DocumentState) else None,
        "earmark": request.args.get("earmark", "")[:10],
        "q": request.args.get("q", "").strip()[:60],
    }
    select = queries.documents_for(current_user, **given)
    if mine in set(Mine):
        select = select.where(Document.id.in_(waiting.ids[Mine(mine)]))
    if request.args.get("format") in ("xlsx", "csv"):
        found = db.session.scalars(select.limit(MOST_ROWS)).all()
        return download_table(doubted(db.session, _table(found)), request.args["format"])
    return render_template(
        "funds/documents.html",
        page=page_of(db.session, select, request.args.get("page", 1, int)),
        # The same money passes through papers of all kinds: only those of one kind add up.
        amount_fen=queries.amount_of(db.session, select) if given["kind"] else None,
        waiting=waiting,
        given=given,
        mine=Mine(mine) if mine in set(Mine) else None,
        Mine=Mine,
        kinds=[(one.value, one.label) for one in Kind],
        states=[(one.value, one.label) for one in DocumentState],
        earmarks=[(one.code, one.name) for one in earmarks(db.session, by=current_user)],
        may_make=makes(current_user.role),
    )


@bp.get("/documents/<number>")
@allow(*READERS)
def document(number: str) -> Any:
    """Show a document: what it says, what proves it, who signed it, what may be done."""
    return document_page(document_or_404(number))


def document_or_404(number: str) -> Document:
    """Return the document, if this person may see it."""
    return queries.document_for(db.session, current_user, number) or abort(404)


def makes(role: Role) -> list[Kind]:
    """Return the kinds of document that a role begins from nothing: not from another one."""
    return [kind for kind, rule in RULES.items() if role in rule.makers and kind != Kind.REVERSAL]


def document_page(one: Document, refused: dict[str, Form] | None = None, **more: Any) -> str:
    """Show a document; a form that was refused keeps what was typed.

    ``more`` may be ``changes`` (a rehearsal) or ``used`` (what used money up).
    """
    refused = refused or {}
    decisions = queries.decisions_on(db.session, one)
    signed = [approval for approval in decisions if approval.version == one.version]
    rule, role = RULES[one.kind], current_user.role
    own = one.made_by_id == current_user.id
    editable = own and one.state in EDITABLE
    standing = one.state is DocumentState.EFFECTIVE
    ours = role is not Role.COUNTY or (
        one.earmark is not None and one.earmark.department == current_user.agency
    )
    return render_template(
        "funds/document.html",
        document=one,
        rule=rule,
        steps=steps_of(one.kind, one.amount_fen),
        signed=signed,
        next_role=queries.next_role(one, signed),
        notes={(approval.version, approval.step): approval.note for approval in decisions},
        duplicates=queries.duplicates_of(db.session, one),
        missing=queries.missing_evidence(one),
        history=history_of(db.session, one),
        under=queries.under(db.session, one),
        own=own,
        editable=editable,
        may_decide=queries.may_decide(one, signed, current_user),
        may_pay=one.state is DocumentState.APPROVED
        and role is Role.FUND_OFFICER
        and current_user.id not in (one.made_by_id, one.payee_person_id),
        may_call_off=one.state is DocumentState.APPROVED and role is Role.FUND_OFFICER,
        may_recall=own and one.state is DocumentState.SUBMITTED,
        may_reverse=standing
        and ours
        and one.kind not in IRREVERSIBLE
        and role in RULES[Kind.REVERSAL].makers,
        following=[kind for kind in NEXT if role in RULES[kind].makers and ours]
        if standing and one.kind is Kind.AGREEMENT
        else [],
        decide=refused.get("decide") or _blank(forms.DecideForm, "decide", seen=one.body_sha256),
        pay=refused.get("pay") or forms.PayForm(formdata=None, prefix="pay", paid_on=clock.today()),
        call_off=refused.get("call_off") or _blank(forms.CallOffForm, "call_off"),
        upload=refused.get("upload") or _upload(one),
        act=refused.get("act"),
        **({"changes": None, "used": None} | more),
        Decision=Decision,
        DocumentState=DocumentState,
    )


def _blank(form: type[Form], prefix: str, **data: Any) -> Form:
    return form(formdata=None, prefix=prefix, **data)


def _upload(one: Document) -> forms.UploadForm:
    missing = queries.missing_evidence(one)
    form = forms.UploadForm(
        formdata=None, prefix="upload", purpose=missing[0].value if missing else None
    )
    form.offer(RULES[one.kind].evidence)
    return form


def _table(found: Sequence[Document]) -> Table:
    of_one_kind = len({one.kind for one in found}) == 1
    return Table(
        title="资金单据",
        note=f"截至 {clock.today()}，金额单位：元；共 {len(found)} 份",
        columns=[
            ("编号", "text"),
            ("种类", "text"),
            ("标题", "text"),
            ("状态", "text"),
            ("专款", "text"),
            ("责任单位", "text"),
            ("文号", "text"),
            ("业务日期", "day"),
            ("填写人", "text"),
            ("银行流水号", "text"),
            ("付款日期", "day"),
            ("金额（元）", "yuan"),
        ],
        rows=[
            [
                one.number,
                one.kind.label,
                one.title,
                one.state.label,
                one.earmark.code if one.earmark else None,
                one.earmark.department if one.earmark else None,
                one.document_no,
                one.occurred_on,
                one.made_by.name,
                one.bank_serial,
                one.paid_on,
                one.amount_fen,
            ]
            for one in found
        ],
        total=["合计", *[None] * 10, sum(one.amount_fen for one in found)] if of_one_kind else None,
    )
