"""The desk where those who take the money write transfers down."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import clock, money
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import rows_page_of
from market.ordering.models import BuyingFor, Order
from market.ordering.queries import is_sound, order_for, shown_state, typed_number
from market.payments import queries, services
from market.payments.forms import ReturnForm, TransferForm
from market.payments.models import Matter, Payment, PaymentState
from market.payments.views.bp import bp

DESK_SIZE = 12
NUMBER_LENGTH = 13


@bp.get("/payments")
@allow(*services.RECORDERS, Role.INSPECTOR)
def desk() -> Any:
    """List what is to come in and to go back, with a form to write a transfer down."""
    return _desk_page()


@bp.post("/payments/<number>")
@allow(*services.RECORDERS)
def record(number: str) -> Any:
    """Write down a transfer for an order."""
    order = _order_or_404(number)
    form = TransferForm(prefix=number)
    if not form.validate_on_submit():
        return _desk_page(number, form), 422
    try:
        payment = services.record_transfer(
            db.session,
            order,
            amount_fen=int(form.amount_fen.data or 0),
            bank_serial=form.bank_serial.data or "",
            paid_on=form.paid_on.data or clock.today(),
            payer_account=form.payer_account.data or "",
            once_key=form.once.data or "",
            by=current_user,
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _desk_page(number, form), 422
    said, kind = _said_of(order, payment)
    db.session.commit()
    flash(said, kind)
    return redirect(url_for(".desk", **_filter()))  # type: ignore[arg-type]


def _desk_page(refused: str = "", refused_form: TransferForm | None = None) -> Any:
    """Show the desk; the one form that was refused keeps what was typed."""
    matter = request.args.get("matter", "")
    chosen = Matter(matter) if matter in set(Matter) else None
    search = typed_number(request.args.get("q", ""))[:20]
    if refused_form is not None:  # The order is shown, whatever has become of it.
        chosen, search = None, refused
    page = rows_page_of(
        db.session,
        queries.desk_for(matter=chosen, search=search),
        request.args.get("page", 1, int) if refused_form is None else 1,
        size=DESK_SIZE,
    )
    rows = [queries.desk_row(row) for row in page.items]
    return render_template(
        "payments/desk.html",
        page=page,
        rows=rows,
        sums=queries.desk_sums(db.session, matter=chosen, search=search),
        forms={
            row.order.number: refused_form
            if refused_form is not None and row.order.number == refused
            else _blank(row)
            for row in rows
        },
        matters=[(one.value, one.label) for one in Matter],
        matter=chosen,
        search=search,
        # A number with a slip of the pen in it is told from one that is only not here.
        misread=len(search) == NUMBER_LENGTH and not is_sound(search),
        shown_state=shown_state,
        is_gone=queries.is_gone,
        return_key=return_key,
        may_record=current_user.role in services.RECORDERS,
        kept=_filter(),
    )


def return_key() -> str:
    """Return a fresh one-time key for a button that gives back all that waits to go back."""
    return ReturnForm(formdata=None).once._value()


def _filter() -> dict[str, str]:
    """Return the words of the filter, to come back to the same list."""
    return {word: request.args[word] for word in ("q", "matter", "page") if word in request.args}


def _blank(row: queries.DeskRow) -> TransferForm:
    unit = row.order.unit if row.order.buying_for is not BuyingFor.SELF else None
    return TransferForm(
        formdata=None,
        prefix=row.order.number,
        amount_fen=row.outstanding_fen or None,
        paid_on=clock.today(),
        # A unit pays from its own account; a person may pay from any.
        payer_account=unit.bank_account if unit else "",
    )


def _said_of(order: Order, payment: Payment) -> tuple[str, str]:
    """Return what is said of a transfer that was written down, and how it is coloured."""
    amount = f"{money.yuan(payment.amount_fen)} 元"
    if payment.state is PaymentState.APPLIED:
        return f"订单 {order.number} 的转账 {amount}已入账。", "success"
    return (
        f"订单 {order.number} 当前是“{shown_state(order).label}”，不能再入账；"
        f"{amount}已登记为待退回。",
        "warning",
    )


def _order_or_404(number: str) -> Order:
    return order_for(db.session, current_user, number) or abort(404)
