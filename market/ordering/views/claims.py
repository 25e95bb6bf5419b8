"""Pages on which claims are made, answered and ruled."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.audit.queries import history_of
from market.core.access import BUYERS, OVERSEERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.ordering import queries, services
from market.ordering.forms.receipts import AnswerForm, ClaimForm
from market.ordering.models import Claim, ClaimState, Consignment, OrderLine
from market.ordering.views.bp import bp
from market.ordering.views.consignments import consignment_or_404
from market.ordering.views.receipts import attach_photo
from market.payments.queries import balance_of, claims_to_refund
from market.payments.services import RECORDERS

READERS = (*BUYERS, Role.SUPPLIER, *OVERSEERS, Role.FUND_OFFICER)


@bp.get("/claims")
@allow(*READERS)
def claims() -> Any:
    """List the claims this person may see, by state."""
    given = request.args.get("state", "")
    state = ClaimState(given) if given in set(ClaimState) else None
    search = request.args.get("q", "")[:60]
    page = queries.claims_for(
        db.session,
        current_user,
        state=state,
        search=search,
        page=request.args.get("page", 1, int),
    )
    counts = queries.claim_counts(db.session, current_user)
    return render_template(
        "ordering/claims.html", page=page, counts=counts, state=state, search=search
    )


@bp.get("/consignments/<number>/claims/<int:position>")
@allow(*BUYERS)
def new_claim(number: str, position: int) -> Any:
    """Show the form in which a claim against a line is made; lines count from 1."""
    part, line = _line_or_404(number, position)
    return _claim_form_page(part, line, position, ClaimForm(formdata=None))


@bp.post("/consignments/<number>/claims/<int:position>")
@allow(*BUYERS)
def make_claim(number: str, position: int) -> Any:
    """Make a claim against a line."""
    part, line = _line_or_404(number, position)
    form = ClaimForm()
    if not form.validate_on_submit():
        return _claim_form_page(part, line, position, form), 422
    try:
        made = services.make_claim(
            db.session,
            line,
            milli=int(form.milli.data or 0),
            reason=form.reason.data or "",
            photo=attach_photo(form.photo.data, part, field="photo"),
            once_key=form.once.data or "",
            by=current_user,
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        part, line = _line_or_404(number, position)
        return _claim_form_page(part, line, position, form), 422
    made_number = made.number
    db.session.commit()
    flash("售后申请已提交，供应商已收到通知。", "success")
    return redirect(url_for(".claim", number=made_number))


@bp.get("/claims/<number>")
@allow(*READERS)
def claim(number: str) -> Any:
    """Show one claim, what was said about it, and what this person may do."""
    return _claim_page(_claim_or_404(number), AnswerForm(formdata=None))


@bp.post("/claims/<number>/answer")
@allow(Role.SUPPLIER)
def answer_claim(number: str) -> Any:
    """Agree to the claim or refuse it."""
    return _decide(number, services.answer_claim, "agree", "已答复，申请人已收到通知。")


@bp.post("/claims/<number>/escalate")
@allow(*BUYERS)
def escalate_claim(number: str) -> Any:
    """Put the claim before a coordinator."""
    services.escalate_claim(db.session, _claim_or_404(number), by=current_user)
    db.session.commit()
    flash("已提交平台裁定。", "success")
    return redirect(url_for(".claim", number=number))


@bp.post("/claims/<number>/rule")
@allow(Role.COORDINATOR)
def rule_claim(number: str) -> Any:
    """Uphold the claim or dismiss it."""
    return _decide(number, services.rule_claim, "uphold", "已裁定，双方已收到通知。")


def _decide(number: str, service: Any, word: str, done: str) -> Any:
    """Carry out what the pressed button says: ``yes`` for the claim, ``no`` against it."""
    found, form = _claim_or_404(number), AnswerForm()
    choice = {"yes": True, "no": False}.get(request.form.get("decision", ""))
    if choice is None or not form.validate_on_submit():
        return _claim_page(found, form), 422
    try:
        service(db.session, found, answer=form.answer.data or "", by=current_user, **{word: choice})
    except Refused as refusal:
        db.session.rollback()
        if refusal.field is None:  # Somebody else decided meanwhile: the form is gone.
            flash(str(refusal), "danger")
            return redirect(url_for(".claim", number=number))
        form.refuse(refusal)
        return _claim_page(_claim_or_404(number), form), 422
    db.session.commit()
    flash(done, "success")
    return redirect(url_for(".claim", number=number))


def _claim_or_404(number: str) -> Claim:
    return queries.claim_for(db.session, current_user, number) or abort(404)


def _line_or_404(number: str, position: int) -> tuple[Consignment, OrderLine]:
    part = consignment_or_404(number)
    if not 1 <= position <= len(part.lines) or not queries.may_receive(part.order, current_user):
        abort(404)
    return part, part.lines[position - 1]


def _claim_form_page(part: Consignment, line: OrderLine, position: int, form: ClaimForm) -> str:
    return render_template(
        "ordering/claim_form.html",
        consignment=part,
        line=line,
        position=position,
        form=form,
        left=queries.claimable_of(db.session, [line])[line.id],
        deadline=queries.claim_deadline(part),
    )


def _claim_page(found: Claim, form: AnswerForm) -> str:
    return render_template(
        "ordering/claim.html",
        claim=found,
        form=form,
        history=history_of(db.session, found),
        may_escalate=queries.may_receive(found.order_line.order, current_user),
        may_refund=current_user.role in RECORDERS and _is_to_refund(found),
    )


def _is_to_refund(found: Claim) -> bool:
    """Whether money may go back for a claim: not all of it went, and its order has too much."""
    order = found.order_line.order
    waits = [claim for claim, _ in claims_to_refund(db.session, order) if claim is found]
    return bool(waits) and balance_of(db.session, order).give_back_fen > 0
