"""Pages on which money that is no longer owed is given back: with a cause, by line, or with one click."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import money, quantity
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.ordering.models import Order, OrderLine
from market.ordering.queries import claim_for, order_for
from market.payments import queries, services
from market.payments.forms import LineRefundForm, RefundForm, ReturnForm
from market.payments.models import Method, Payment, Refund, RefundCause
from market.payments.views.bp import bp
from market.payments.views.refunds import refund_or_404, send, show_after

CLAIM = "claim:"


@bp.get("/refunds/new")
@allow(*services.RECORDERS)
def new_refund() -> Any:
    """Show what may go back of an order, and what giving it back will do."""
    payment, order = _meant()
    return _new_page(payment, order)


@bp.post("/refunds/new")
@allow(*services.RECORDERS)
def make_refund() -> Any:
    """Write a refund down, and send it."""
    payment, order = _meant()
    if payment is None:
        abort(404)
    form = _refund_form(payment, order, filled=True)
    if not form.validate_on_submit():
        return _new_page(payment, order, form), 422
    word = form.cause.data or ""
    claim = claim_for(db.session, current_user, word.removeprefix(CLAIM))
    try:
        refund = services.start_refund(
            db.session,
            payment,
            int(form.amount_fen.data or 0),
            cause=RefundCause.CLAIM if word.startswith(CLAIM) else RefundCause(word),
            reason=form.reason.data or "",
            order=order,
            line=_line_of(order, form.line.data) if "line" in form else None,
            claim=claim if word.startswith(CLAIM) else None,
            restock="restock" in form and bool(form.restock.data),
            once_key=form.once.data or "",
            by=current_user,
        )
    except Refused as refusal:
        return _refused(form, refusal)
    return _done(refund)


@bp.post("/refunds/line")
@allow(Role.COORDINATOR)
def make_line_refund() -> Any:
    """Take accepted goods back, and refund them."""
    payment, order = _meant()
    if order is None or not queries.ledger_of(db.session, order).payments:
        abort(404)
    form = _line_form(order, filled=True)
    if not form.validate_on_submit():
        return _new_page(payment, order, line_form=form), 422
    try:
        refund = services.refund_line(
            db.session,
            payment,
            _line_of(order, form.line.data) or abort(404),
            milli=int(form.milli.data or 0),
            reason=form.reason.data or "",
            restock=bool(form.restock.data),
            once_key=form.once.data or "",
            by=current_user,
        )
    except Refused as refusal:
        return _refused(form, refusal)
    if refund is None:
        number = order.number
        db.session.commit()
        flash("售后已记，应付已扣减；款项此前已经退出，没有再退。", "success")
        return redirect(url_for("ordering.show", number=number), 303)
    return _done(refund)


@bp.post("/payments/<number>/return")
@allow(*services.RECORDERS)
def return_all(number: str) -> Any:
    """Give back with one click all that an order has no use for."""
    order = order_for(db.session, current_user, number) or abort(404)
    form = ReturnForm()
    if not form.validate_on_submit():
        flash("没有提交成功：页面打开太久，请刷新后再试。", "danger")
        return redirect(url_for(".new_refund", order=number))
    try:
        made = services.return_all(
            db.session, order, once_key=form.once.data or "", by=current_user
        )
    except Refused as refusal:
        db.session.rollback()
        flash(str(refusal), "danger")
        return redirect(url_for(".new_refund", order=number))
    numbers = [refund.number for refund in made]
    db.session.commit()
    for one in numbers:
        send(refund_or_404(one))
    return show_after(numbers)


# What the pages are made of.


def _done(refund: Refund) -> Any:
    number = refund.number
    db.session.commit()
    send(refund_or_404(number))
    return show_after([number])


def _meant() -> tuple[Payment | None, Order | None]:
    """Return the payment and the order that the address names; 404 where they are not there."""
    number = request.args.get("order", "")
    claim = claim_for(db.session, current_user, request.args.get("claim", ""))
    order = claim.order_line.order if claim and not number else None
    if number:
        order = order_for(db.session, current_user, number) or abort(404)
    serial = request.args.get("payment", "")
    payment = queries.payment_of_serial(db.session, serial) if serial else None
    if payment is None and order is not None and not serial:
        found = queries.returnable(db.session, order)
        paid = queries.ledger_of(db.session, order).payments
        if len(found) == 1 or len(paid) == 1:
            payment = found[0].payment if found else paid[0].payment
    if payment is None and order is None:
        abort(404)
    return payment, order or (payment.order if payment else None)


def _new_page(
    payment: Payment | None,
    order: Order | None,
    form: RefundForm | None = None,
    line_form: LineRefundForm | None = None,
) -> Any:
    returnable = queries.returnable(db.session, order) if order else []
    ledger = queries.ledger_of(db.session, order) if order else None
    owed_again_fen = queries.owed_again_of(order, ledger) if order and ledger else 0
    put = [one for one in ledger.payments if one.applied_fen] if ledger else []
    by_line = order is not None and _is_coordinator() and bool(queries.takeable_lines(order))
    # Where all the money has gone already, goods are taken back of no payment.
    all_gone = bool(owed_again_fen) and not put and not returnable
    return render_template(
        "payments/refund_new.html",
        payment=payment,
        order=order,
        returnable=returnable,
        most_fen=_most_fen(payment, order) if payment else 0,
        disputed=payment is not None and queries.is_disputed(db.session, payment),
        form=form or (_refund_form(payment, order) if payment else None),
        line_form=line_form
        or (_line_form(order) if order and by_line and (payment or all_gone) else None),
        # Without anything to give back, goods may be taken back of any payment put to the order.
        paid=put if by_line and not payment and not returnable else [],
        restockable=_restockable(order),
        balance=ledger,
        owed_again_fen=owed_again_fen,
        transfer=payment is not None and payment.method is Method.TRANSFER,
        where={
            "order": order.number if order else None,
            "payment": payment.bank_serial if payment else None,
        },
    )


def _is_coordinator() -> bool:
    return bool(current_user.role is Role.COORDINATOR)


def _most_fen(payment: Payment, order: Order | None) -> int:
    if order is None:
        return payment.free_fen
    found = queries.returnable(db.session, order)
    return sum(one.fen for one in found if one.payment.id == payment.id)


def _restockable(order: Order | None) -> list[str]:
    """Say of which goods how much may go back on the shelf."""
    lines = order.lines if order else []
    found = [(line, queries.restockable_milli(db.session, line)) for line in lines]
    return [
        f"{line.name} {quantity.show(milli)} {line.unit_name}" for line, milli in found if milli
    ]


def _refund_form(payment: Payment, order: Order | None, *, filled: bool = False) -> RefundForm:
    """Return the form with the causes that the order shows; the likeliest is chosen."""
    most_fen = _most_fen(payment, order)
    causes = queries.causes_of(db.session, order) if order else [RefundCause.LOOSE]
    choices = [(one.value, one.label) for one in causes if one is not RefundCause.CLAIM]
    first_fen = most_fen
    claims = queries.claims_to_refund(db.session, order) if order else []
    for claim, left_fen in claims:
        words = f"售后 {claim.number}：{claim.order_line.name}，还可退 {money.yuan(left_fen)} 元"
        choices.append((f"{CLAIM}{claim.number}", words))
    wanted = request.args.get("claim", "")
    for claim, left_fen in claims:
        if claim.number == wanted or (
            wanted not in [c.number for c, _ in claims] and len(choices) == 1
        ):
            wanted, first_fen = claim.number, min(most_fen, left_fen)
            break
    given = {} if filled else {"formdata": None}
    form = RefundForm(
        amount_fen=first_fen or None,
        cause=f"{CLAIM}{wanted}" if wanted else None,
        **given,
    )
    form.cause.choices = choices
    if not _restockable(order):
        del form.line, form.restock
        return form
    form.line.choices = [("", "不对应某一种商品")] + [
        (str(place), f"{line.name} {line.spec}")
        for place, line in enumerate(order.lines if order else [], 1)
    ]
    return form


def _line_form(order: Order, *, filled: bool = False) -> LineRefundForm:
    form = LineRefundForm(prefix="line") if filled else LineRefundForm(formdata=None, prefix="line")
    # The second click of one that took all of a line back names that line still.
    offered = order.lines if filled else queries.takeable_lines(order)
    form.line.choices = [
        (str(place), f"{line.name} {line.spec}")
        for place, line in enumerate(order.lines, 1)
        if line in offered and line.accepted_milli
    ]
    return form


def _line_of(order: Order | None, place: str | None) -> OrderLine | None:
    """Return the line at a place, counted from 1; the choices of the form are the bounds."""
    return order.lines[int(place) - 1] if order and place else None


def _refused(form: RefundForm | LineRefundForm, refusal: Refused) -> Any:
    db.session.rollback()
    form.refuse(refusal)
    payment, order = _meant()
    if isinstance(form, LineRefundForm):
        return _new_page(payment, order, line_form=form), 422
    return _new_page(payment, order, form), 422
