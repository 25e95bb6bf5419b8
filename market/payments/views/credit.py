"""Keep what was paid too much on an account, and pay with it."""

from typing import Any

from flask import abort, flash, redirect, url_for
from flask_login import current_user

from market.core import money
from market.core.access import BUYERS, allow
from market.core.db import db
from market.core.errors import Refused
from market.ordering.models import Order
from market.ordering.queries import order_for
from market.payments import services
from market.payments.forms import CreditForm
from market.payments.views.bp import bp
from market.payments.views.online import payment_page


@bp.post("/orders/<number>/payment/credit")
@allow(*BUYERS)
def pay(number: str) -> Any:
    """Pay an order with what is free on its payer's account."""
    order = _order_or_404(number)
    form = CreditForm()
    if not form.validate_on_submit():
        return payment_page(order, credit_form=form), 422
    try:
        rows = services.pay_from_credit(
            db.session, order, once_key=form.once.data or "", by=current_user
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return payment_page(_order_or_404(number), credit_form=form), 422
    paid = money.yuan(sum(row.amount_fen for row in rows))
    db.session.commit()
    flash(f"已用账户余额支付 {paid} 元。", "success")
    return redirect(url_for("ordering.show", number=number))


@bp.post("/orders/<number>/payment/keep")
@allow(*BUYERS, *services.RECORDERS)
def keep(number: str) -> Any:
    """Keep what an order has too much on its payer's account."""
    order = _order_or_404(number)
    form = CreditForm()
    if not form.validate_on_submit():
        return payment_page(order, keep_form=form), 422
    try:
        rows = services.keep_as_credit(
            db.session, order, once_key=form.once.data or "", by=current_user
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return payment_page(_order_or_404(number), keep_form=form), 422
    kept = money.yuan(-sum(row.amount_fen for row in rows))
    db.session.commit()
    flash(f"{kept} 元已转为账户余额。", "success")
    return redirect(url_for("ordering.show", number=number))


def _order_or_404(number: str) -> Order:
    return order_for(db.session, current_user, number) or abort(404)
