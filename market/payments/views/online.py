"""Pages on how to pay for an order, and paying it online.

No transaction stands open while the processor is asked: what was written is committed
before, and what it answers is settled after, by the same service whoever heard of it.
"""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.adapters.stripe import Cards, SeenState, Wanted
from market.core.access import BUYERS, OVERSEERS, Role, allow, public
from market.core.db import db, writing
from market.core.errors import Refused
from market.core.paging import page_of
from market.core.settings import settings
from market.ordering.models import Order, OrderState, Terms
from market.ordering.queries import order_for, shown_state, typed_number
from market.payments import queries, services
from market.payments.forms import CheckoutForm
from market.payments.models import Checkout, CheckoutState, Method
from market.payments.views.bp import bp

NOTICE_BYTES = 256 * 1024


@bp.get("/orders/<number>/payment")
@allow(*BUYERS, *OVERSEERS, Role.FUND_OFFICER)
def show(number: str) -> Any:
    """Show how to pay for an order: online, or by transfer, how much, by when, to whom."""
    return _show(_order_or_404(number), CheckoutForm())


@bp.post("/orders/<number>/payment")
@allow(*BUYERS)
def begin(number: str) -> Any:
    """Write an attempt down, and send the buyer to the page to pay on."""
    cards = _cards()
    order = _order_or_404(number)
    form = CheckoutForm()
    if not form.validate_on_submit():
        return _show(order, form), 422
    try:
        for left in queries.left_open(db.session, order):
            _ask(cards, left, close=True)
        order = _order_or_404(number)
        checkout = services.start_checkout(
            db.session, order, once_key=form.once.data or "", by=current_user
        )
        address = _ask(cards, checkout)
    except Refused as refusal:
        db.session.rollback()
        order = _order_or_404(number)
        if shown_state(order) is not OrderState.AWAITING_PAYMENT:
            flash(str(refusal), "info")
            return redirect(url_for(".show", number=number))
        form.refuse(refusal)
        return _show(order, form), 422
    return redirect(address or url_for(".result", number=number), 303)


@bp.get("/orders/<number>/payment/result")
@allow(*BUYERS, *OVERSEERS, Role.FUND_OFFICER)
def result(number: str) -> Any:
    """Say what came of paying online, after asking the processor where that is not known.

    For those who only oversee nobody is asked: the answer would be written down.
    """
    order = _order_or_404(number)
    checkout = queries.last_checkout(db.session, order)
    if checkout is None:
        return redirect(url_for(".show", number=number))
    cards, unasked, address = current_app.extensions["cards"], "", ""
    may_ask = current_user.role in BUYERS
    if may_ask and cards and checkout.state is CheckoutState.STARTED and checkout.session_id:
        db.session.rollback()
        with writing():
            try:
                address = _ask(cards, checkout)
            except Refused as refusal:
                db.session.rollback()
                unasked = str(refusal)
        order = _order_or_404(number)
        checkout = queries.last_checkout(db.session, order) or abort(404)
    return render_template(
        "payments/result.html",
        order=order,
        state=shown_state(order),
        checkout=checkout,
        address=address,
        unasked=unasked,
        may_pay=may_ask,
    )


@bp.post("/payments/stripe/notices")
@public
def hear() -> Any:
    """Take a notice of the processor's: signed, about our own attempt, and once."""
    cards = _cards()
    request.max_content_length = NOTICE_BYTES
    try:
        notice = cards.read(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except Refused as refusal:
        current_app.logger.warning("a notice was turned away: %s", refusal)
        return "", 400
    if not notice.session_id or queries.is_heard(db.session, notice.event_id):
        return "", 200
    db.session.rollback()
    try:
        seen = cards.look(notice.session_id)
        if seen is not None:
            services.hear(db.session, notice, seen)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        current_app.logger.warning("a notice must come again: %s", refusal)
        return "", 503
    return "", 200


@bp.get("/payments/online")
@allow(*services.RECORDERS, Role.INSPECTOR)
def attempts() -> Any:
    """List the attempts to pay online, with what came in by them."""
    word = request.args.get("state", "")
    state = CheckoutState(word) if word in set(CheckoutState) else None
    search = typed_number(request.args.get("q", ""))[:20]
    came_fen, free_fen = queries.attempts_fen(db.session, state=state, search=search)
    return render_template(
        "payments/attempts.html",
        page=page_of(
            db.session,
            queries.attempts(state=state, search=search),
            request.args.get("page", 1, int),
        ),
        came_fen=came_fen,
        free_fen=free_fen,
        states=[(one.value, one.label) for one in CheckoutState],
        state=state,
        search=search,
    )


def _show(order: Order, form: CheckoutForm) -> Any:
    state = shown_state(order)
    return render_template(
        "payments/show.html",
        order=order,
        state=state,
        waits=state is OrderState.AWAITING_PAYMENT,
        ledger=queries.ledger_of(db.session, order),
        payee=settings(),
        method=Method.TRANSFER,
        form=form,
        prepaid=order.terms is Terms.PREPAID,
        online=current_app.extensions["cards"] is not None,
        may_pay=order.placed_by_id == current_user.id,
        minutes=settings().online_pay_minutes,
        running=queries.running_checkout(db.session, order),
    )


def _ask(cards: Cards, checkout: Checkout, *, close: bool = False) -> str:
    """Commit, ask the processor about an attempt, settle its answer; return where to pay.

    The address is empty where there is nothing to pay any more.
    """
    session_id, wanted = checkout.session_id, _wanted(checkout)
    db.session.commit()
    if session_id is None:
        seen = cards.begin(wanted) if not close else None
    else:
        seen = cards.close(session_id) if close else cards.look(session_id)
    if seen is None:
        services.forget(db.session, checkout)
        db.session.commit()
        if not close:
            raise Refused("这次支付已经失效，请重新支付。")
        return ""
    services.settle(db.session, seen)
    db.session.commit()
    return seen.address if seen.state is SeenState.OPEN else ""


def _wanted(checkout: Checkout) -> Wanted:
    number = checkout.order.number
    return Wanted(
        reference=checkout.once_key,
        order_number=number,
        amount_fen=checkout.amount_fen,
        open_until=checkout.expires_at,
        back_to=url_for(".result", number=number, _external=True),
        leave_to=url_for(".show", number=number, _external=True),
    )


def _cards() -> Cards:
    return current_app.extensions["cards"] or abort(404)


def _order_or_404(number: str) -> Order:
    return order_for(db.session, current_user, number) or abort(404)
