"""Pay a statement online, by the people of its unit."""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask_login import current_user

from market.core.access import OVERSEERS, UNIT_BUYERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.settings import settings
from market.payments import queries, services
from market.payments.forms import CheckoutForm
from market.payments.models import Method, Statement
from market.payments.views.bp import bp
from market.payments.views.online import (
    ask,
    asked_again,
    cards_or_404,
    may_ask,
    method_names,
    result_page,
)
from market.payments.views.transfer_code import transfer_code


@bp.get("/statements/<number>/payment")
@allow(*UNIT_BUYERS, *OVERSEERS, Role.FUND_OFFICER)
def show_statement(number: str) -> Any:
    """Show how to pay a statement: online, or by transfer."""
    return _page(_statement_or_404(number), CheckoutForm())


@bp.post("/statements/<number>/payment")
@allow(*UNIT_BUYERS)
def begin_statement(number: str) -> Any:
    """Write an attempt down, and send the payer to the page to pay on."""
    cards = cards_or_404()
    statement = _statement_or_404(number)
    form = CheckoutForm()
    if not form.validate_on_submit():
        return _page(statement, form), 422
    try:
        for left in queries.left_open(db.session, statement):
            ask(cards, left, close=True)
        statement = _statement_or_404(number)
        checkout = services.start_statement_checkout(
            db.session, statement, once_key=form.once.data or "", by=current_user
        )
        address = ask(cards, checkout)
    except Refused as refusal:
        db.session.rollback()
        statement = _statement_or_404(number)
        if not queries.outstanding_fen(db.session, statement):
            flash(str(refusal), "info")
            return redirect(url_for(".show_statement", number=number))
        form.refuse(refusal)
        return _page(statement, form), 422
    return redirect(address or url_for(".statement_result", number=number), 303)


@bp.get("/statements/<number>/payment/result")
@allow(*UNIT_BUYERS, *OVERSEERS, Role.FUND_OFFICER)
def statement_result(number: str) -> Any:
    """Say what came of paying a statement online."""
    statement = _statement_or_404(number)
    checkout = queries.last_checkout(db.session, statement)
    page = url_for(".show_statement", number=number)
    if checkout is None:
        return redirect(page)
    address, unasked = "", ""
    if may_ask(checkout):
        address, unasked = asked_again(checkout)
        statement = _statement_or_404(number)
    return result_page(
        checkout,
        address=address,
        unasked=unasked,
        may_pay=current_user.role in UNIT_BUYERS,
        name=f"结算单 {number}",
        state=statement.state,
        owes=queries.outstanding_fen(db.session, statement) > 0,
        pay_url=page,
        result_url=url_for(".statement_result", number=number),
        back_url=url_for(".statement", number=number),
    )


def _page(statement: Statement, form: CheckoutForm) -> Any:
    cards = current_app.extensions["cards"]
    running = queries.running_checkout(db.session, statement)
    payable = statement.state in services.PAYABLE
    asks_fen = queries.outstanding_fen(db.session, statement)
    owed_fen = asks_fen if payable else 0
    return render_template(
        "payments/pay_statement.html",
        statement=statement,
        owed_fen=owed_fen,
        # What it asks for, also while a dispute keeps it from being paid.
        asks_fen=asks_fen,
        qr=transfer_code(statement.number, owed_fen),
        running_until=running.expires_at if running and running.session_id else None,
        online=cards is not None,
        methods=method_names(cards),
        minutes=settings().online_pay_minutes,
        payee=settings(),
        method=Method.TRANSFER,
        may_pay=current_user.role in UNIT_BUYERS,
        form=form,
    )


def _statement_or_404(number: str) -> Statement:
    return queries.statement_to_pay(db.session, current_user, number) or abort(404)
