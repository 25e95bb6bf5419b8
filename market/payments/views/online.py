"""Pages on how to pay for an order, and paying it online; what paying statements shares with it.

No transaction stands open while the processor is asked: what was written is committed
before, and what it answers is settled after, by the same service whoever heard of it.
"""

from collections.abc import Sequence
from typing import Any

from flask import (
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user

from market.adapters.stripe import (
    Cards,
    Notice,
    Seen,
    SeenDispute,
    SeenRefund,
    SeenState,
    Subject,
    Wanted,
)
from market.core.access import BUYERS, OVERSEERS, Role, allow, public
from market.core.db import db, writing
from market.core.errors import Refused
from market.core.paging import page_of
from market.core.settings import settings
from market.ordering.models import BuyingFor, Order, OrderState, Terms
from market.ordering.queries import order_for, shown_state, typed_number
from market.payments import queries, services
from market.payments.forms import CheckoutForm, CreditForm
from market.payments.models import Checkout, CheckoutState, Method
from market.payments.views.bp import bp
from market.payments.views.transfer_code import transfer_code
from market.payments.views.transfers import return_key

NOTICE_BYTES = 256 * 1024
SECONDS_BETWEEN, MOST_AGAIN = 5, 36  # A result that is not known yet is looked up so often.


@bp.get("/orders/<number>/payment")
@allow(*BUYERS, *OVERSEERS, Role.FUND_OFFICER)
def show(number: str) -> Any:
    """Show how to pay for an order: from credit, online, or by transfer, how much and by when."""
    return payment_page(_order_or_404(number))


@bp.post("/orders/<number>/payment")
@allow(*BUYERS)
def begin(number: str) -> Any:
    """Write an attempt down, and send the payer to the page to pay on."""
    cards = cards_or_404()
    order = _order_or_404(number)
    form = CheckoutForm()
    if not form.validate_on_submit():
        return payment_page(order, online_form=form), 422
    try:
        for left in queries.left_open(db.session, order):
            ask(cards, left, close=True)
        order = _order_or_404(number)
        checkout = services.start_checkout(
            db.session, order, once_key=form.once.data or "", by=current_user
        )
        address = ask(cards, checkout)
    except Refused as refusal:
        db.session.rollback()
        order = _order_or_404(number)
        if not queries.payable_fen(db.session, order):
            flash(str(refusal), "info")
            return redirect(url_for(".show", number=number))
        form.refuse(refusal)
        return payment_page(order, online_form=form), 422
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
    address, unasked = "", ""
    if may_ask(checkout):
        address, unasked = asked_again(checkout)
        order = _order_or_404(number)
    return result_page(
        checkout,
        address=address,
        unasked=unasked,
        may_pay=current_user.role in BUYERS,
        name=f"订单 {number}",
        state=shown_state(order),
        owes=queries.payable_fen(db.session, order) > 0,
        pay_url=url_for(".show", number=number),
        result_url=url_for(".result", number=number),
        back_url=url_for("ordering.show", number=number),
    )


@bp.post("/payments/stripe/notices")
@public
def hear() -> Any:
    """Take a notice of the processor's: signed, about our own attempt, and once."""
    cards = cards_or_404()
    request.max_content_length = NOTICE_BYTES
    try:
        notice = cards.read(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except Refused as refusal:
        current_app.logger.warning("a notice was turned away: %s", refusal)
        return "", 400
    if not notice.about or queries.is_heard(db.session, notice.event_id):
        return "", 200
    db.session.rollback()
    try:
        seen = _see(cards, notice)
        if seen:
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
        may_record=current_user.role in services.RECORDERS,
        is_gone=queries.is_gone,
        return_key=return_key,
        state=state,
        search=search,
    )


def payment_page(
    order: Order,
    *,
    online_form: CheckoutForm | None = None,
    credit_form: CreditForm | None = None,
    keep_form: CreditForm | None = None,
) -> Any:
    """Show an order's payment page; a form that was refused keeps what it says."""
    state = shown_state(order)
    ledger = queries.ledger_of(db.session, order)
    details = queries.details_of(db.session, order, ledger)
    may_pay = queries.acts_for(current_user, order)
    payable_fen = queries.payable_of(order, ledger)
    owed_again_fen = queries.owed_again_of(order, ledger)
    pays = may_pay and payable_fen + owed_again_fen > 0
    cards = current_app.extensions["cards"]
    return render_template(
        "payments/show.html",
        order=order,
        state=state,
        waits=state is OrderState.AWAITING_PAYMENT,
        ledger=ledger,
        rows=details.rows,
        payee=settings(),
        unit=order.unit if order.buying_for is not BuyingFor.SELF else None,
        qr=transfer_code(order.number, owed_again_fen or ledger.outstanding_fen),
        method=Method.TRANSFER,
        form=online_form or CheckoutForm(formdata=None),
        credit_form=credit_form or CreditForm(formdata=None),
        keep_form=keep_form or CreditForm(formdata=None),
        prepaid=order.terms is Terms.PREPAID,
        online=cards is not None,
        methods=method_names(cards),
        may_pay=may_pay,
        may_keep=may_pay or current_user.role in services.RECORDERS,
        payable_fen=payable_fen,
        owed_again_fen=owed_again_fen,
        taken_fen=payable_fen or owed_again_fen,
        credit_fen=details.credit_fen if pays else 0,
        minutes=settings().online_pay_minutes,
        running_until=details.running_until,
    )


def result_page(
    checkout: Checkout, *, address: str, may_pay: bool, result_url: str, **shown: Any
) -> Any:
    """Show what came of an attempt; while that is not known the page comes again by itself.

    By a header, so that it needs no script, and a number of times that the address counts:
    a page that was left open does not ask for ever.
    """
    begun = checkout.state is CheckoutState.STARTED and checkout.session_id is not None
    again = max(0, request.args.get("again", 0, int)) + 1
    comes_again = begun and may_pay and not address and again <= MOST_AGAIN
    reply = make_response(
        render_template(
            "payments/result.html",
            checkout=checkout,
            address=address,
            may_pay=may_pay,
            result_url=result_url,
            comes_again=comes_again,
            stop_url=f"{result_url}?again={MOST_AGAIN}",
            seconds=SECONDS_BETWEEN,
            times_left=MOST_AGAIN - again + 1,
            **shown,
        )
    )
    if comes_again:
        reply.headers["Refresh"] = f"{SECONDS_BETWEEN}; url={result_url}?again={again}"
    return reply


def ask(cards: Cards, checkout: Checkout, *, close: bool = False) -> str:
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


def may_ask(checkout: Checkout) -> bool:
    """Whether the end of an attempt is not known, and can be asked for."""
    known = checkout.state is not CheckoutState.STARTED or not checkout.session_id
    asks = current_app.extensions["cards"] is not None and current_user.role in BUYERS
    return asks and not known


def asked_again(checkout: Checkout) -> tuple[str, str]:
    """Ask about an attempt again; return where to pay, and why it could not be asked."""
    cards = cards_or_404()
    db.session.rollback()
    with writing():
        try:
            return ask(cards, checkout), ""
        except Refused as refusal:
            db.session.rollback()
            return "", str(refusal)


def method_names(cards: Cards | None) -> str:
    """Return what one may pay online with, in words."""
    return "、".join(Method(method).label for method in cards.methods) if cards else ""


def cards_or_404() -> Cards:
    """Return the processor of online payments; without one the page does not exist."""
    return current_app.extensions["cards"] or abort(404)


def _see(cards: Cards, notice: Notice) -> Seen | SeenDispute | Sequence[SeenRefund] | None:
    """Ask the processor how what a notice is about stands now."""
    if notice.subject is Subject.REFUNDS:
        return cards.refunds_of(notice.about)
    if notice.subject is Subject.DISPUTE:
        return cards.look_at_dispute(notice.about)
    return cards.look(notice.about)


def _wanted(checkout: Checkout) -> Wanted:
    pages = (".result", ".show")
    if checkout.order is not None:
        kind, number = "订单", checkout.order.number
    else:
        assert checkout.statement is not None
        kind, number = "结算单", checkout.statement.number
        pages = (".statement_result", ".show_statement")
    return Wanted(
        reference=checkout.once_key,
        order_number=number,
        amount_fen=checkout.amount_fen,
        open_until=checkout.expires_at,
        back_to=url_for(pages[0], number=number, _external=True),
        leave_to=url_for(pages[1], number=number, _external=True),
        kind=kind,
    )


def _order_or_404(number: str) -> Order:
    return order_for(db.session, current_user, number) or abort(404)
