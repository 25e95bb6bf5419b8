"""Pages on which a unit's lead approves what its buyers order."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.ordering import queries, services
from market.ordering.forms.buyers import ReturnForm
from market.ordering.models import Order
from market.ordering.queries.effects import effect_on
from market.ordering.views.bp import bp


@bp.get("/approvals")
@allow(Role.LEAD, Role.INSPECTOR)
def approvals() -> Any:
    """List what waits for this lead, and what each order would do to the unit's rate.

    An inspector reads what waits in every unit.
    """
    return _page()


@bp.post("/orders/<number>/approve")
@allow(Role.LEAD)
def approve(number: str) -> Any:
    """Let the order go out to the suppliers."""
    order = _order_or_404(number)
    services.approve(db.session, order, by=current_user)
    db.session.commit()
    flash(f"订单 {number} 已通过，供应商已收到。", "success")
    return redirect(url_for(".approvals"))


@bp.post("/orders/<number>/return")
@allow(Role.LEAD)
def return_(number: str) -> Any:
    """Turn the order down with a reason."""
    order = _order_or_404(number)
    form = ReturnForm(prefix=number)
    if not form.validate_on_submit():
        return _page(number, form), 422
    try:
        services.return_order(db.session, order, reason=form.reason.data or "", by=current_user)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(number, form), 422
    db.session.commit()
    flash(f"订单 {number} 已退回，采购人会看到原因。", "success")
    return redirect(url_for(".approvals"))


def _page(refused: str = "", refused_form: ReturnForm | None = None) -> Any:
    """Show the list; the one form that was refused keeps what was typed."""
    page = page_of(
        db.session,
        queries.waiting_for(db.session, current_user),
        request.args.get("page", 1, int),
        size=12,
    )
    forms = {
        order.number: refused_form
        if refused_form and order.number == refused
        else ReturnForm(formdata=None, prefix=order.number)
        for order in page.items
    }
    return render_template(
        "ordering/approvals.html",
        page=page,
        forms=forms,
        refused=refused_form if refused not in forms else None,
        effect=effect_on(db.session, current_user.unit_id, 0),
        counting={order.number: _counting_fen(order) for order in page.items},
        may_decide=queries.may_decide,
    )


def _counting_fen(order: Order) -> int:
    return sum(line.ordered_fen for line in order.lines if line.counts)


def _order_or_404(number: str) -> Order:
    return queries.order_for(db.session, current_user, number) or abort(404)
