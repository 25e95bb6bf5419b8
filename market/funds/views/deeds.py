"""What is done to a document: submitted, decided, paid, taken back; each by one service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.forms import Form
from market.funds import forms, services
from market.funds.models import Decision, Document
from market.funds.services import Insufficient
from market.funds.views.bp import CHECKERS, WRITERS, bp
from market.funds.views.documents import document_or_404, document_page


@dataclass(frozen=True)
class Used:
    """What used money up: the documents that took it, and what is left; together all there was."""

    uses: list[tuple[str, str, int, bool]]  # Number, what it is, fen, whether it waits.
    left_fen: int

    @property
    def total_fen(self) -> int:
        """All that ever came in."""
        return self.left_fen + sum(fen for _, _, fen, _ in self.uses)


@bp.post("/documents/<number>/submit")
@allow(*WRITERS)
def submit_document(number: str) -> Any:
    """Put a document before those who decide."""

    def act(one: Document) -> None:
        services.submit(db.session, one, by=current_user)

    return _do(number, "act", forms.ActForm(), act, "已提交，所需资金已占用，等待审批。")


@bp.post("/documents/<number>/rehearse")
@allow(*WRITERS)
def rehearse_document(number: str) -> Any:
    """Show what a document would change; it is done and undone under the lock of a writer."""
    one = document_or_404(number)
    try:
        changes = services.rehearse(db.session, one, by=current_user)
    except Refused as refusal:
        return _refused(number, "act", forms.ActForm(), refusal)
    db.session.rollback()
    return document_page(document_or_404(number), changes=changes)


@bp.post("/documents/<number>/recall")
@allow(*WRITERS)
def recall_document(number: str) -> Any:
    """Take a document back to change it."""

    def act(one: Document) -> None:
        services.recall(db.session, one, by=current_user)

    return _do(number, "act", forms.ActForm(), act, "已撤回为草稿，占用的资金已释放。")


@bp.post("/documents/<number>/discard")
@allow(*WRITERS)
def discard_document(number: str) -> Any:
    """Give a draft up."""

    def act(one: Document) -> None:
        services.discard(db.session, one, by=current_user)

    return _do(number, "act", forms.ActForm(), act, "已作废，仍可查看。")


@bp.post("/documents/<number>/decide")
@allow(*CHECKERS)
def decide_document(number: str) -> Any:
    """Approve, return or reject the step that is next."""
    form = forms.DecideForm(prefix="decide")

    def act(one: Document) -> None:
        services.decide(
            db.session,
            one,
            Decision(form.decision.data or ""),
            seen_sha256=form.seen.data or "",
            note=form.note.data or "",
            duplicates_seen=form.duplicates_seen.data,
            by=current_user,
        )

    return _do(number, "decide", form, act, "您的决定已记录。")


@bp.post("/documents/<number>/pay")
@allow(Role.FUND_OFFICER)
def pay_document(number: str) -> Any:
    """Write down that the bank has moved the money."""
    form = forms.PayForm(prefix="pay")

    def act(one: Document) -> None:
        services.pay(
            db.session,
            one,
            paid_on=form.paid_on.data or clock.today(),
            bank_serial=form.bank_serial.data or "",
            by=current_user,
        )

    return _do(number, "pay", form, act, "付款已登记，单据生效。")


@bp.post("/documents/<number>/call-off")
@allow(Role.FUND_OFFICER)
def call_off_document(number: str) -> Any:
    """Give an approved payment back to its maker."""
    form = forms.CallOffForm(prefix="call_off")

    def act(one: Document) -> None:
        services.call_off(db.session, one, reason=form.reason.data or "", by=current_user)

    return _do(number, "call_off", form, act, "已退回填写人，占用的资金已释放。")


def _do(number: str, name: str, form: Form, act: Callable[[Document], None], done: str) -> Any:
    """Do what a form of the document's page asks for; a refusal shows the page with the form."""
    one = document_or_404(number)
    if not form.validate_on_submit():
        return document_page(one, {name: form}), 422
    try:
        act(one)
    except Refused as refusal:
        return _refused(number, name, form, refusal)
    db.session.commit()
    flash(done, "success")
    return redirect(url_for(".document", number=number), 303)


def _refused(number: str, name: str, form: Form, refusal: Refused) -> Any:
    used = _used(refusal) if isinstance(refusal, Insufficient) else None
    db.session.rollback()
    form.refuse(refusal)
    return document_page(document_or_404(number), {name: form}, used=used), 422


def _used(refusal: Insufficient) -> Used:
    """Read what used the money up while the session still knows it."""
    uses = [
        (
            one.document.number,
            f"{one.document.kind.label} {one.document.title}",
            one.amount_fen,
            one.is_held,
        )
        for one in refusal.uses
    ]
    return Used(uses, refusal.left_fen)
