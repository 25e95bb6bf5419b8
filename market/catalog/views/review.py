"""The coordinators' review: what waits to be listed."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.catalog import queries, services
from market.catalog.forms import DecisionForm
from market.catalog.models import Product
from market.catalog.views.bp import bp, own_product_or_404
from market.core.access import OVERSEERS, Role, allow
from market.core.db import db
from market.core.errors import Refused


@bp.get("/review")
@allow(*OVERSEERS)
def review() -> Any:
    """List the products that wait, the longest waiting first."""
    page = queries.review_queue(db.session, request.args.get("page", 1, int))
    return render_template("catalog/review.html", page=page)


@bp.get("/review/<code>")
@allow(*OVERSEERS)
def examine(code: str) -> Any:
    """Show a submitted product with all that is to be checked."""
    return _examine_page(own_product_or_404(code), DecisionForm())


@bp.post("/review/<code>/approve")
@allow(Role.COORDINATOR)
def approve(code: str) -> Any:
    """List the product, as it was when the page was read."""
    product = own_product_or_404(code)
    seen_at = DecisionForm().seen
    if seen_at is None:
        raise Refused("不知道您看的是哪一版，请从审核列表重新打开这个商品。")
    services.approve_listing(db.session, product, seen_at=seen_at, by=current_user)
    db.session.commit()
    flash(f"“{product.name}”已上架。", "success")
    return redirect(url_for(".review"))


@bp.post("/review/<code>/return")
@allow(Role.COORDINATOR)
def send_back(code: str) -> Any:
    """Return the product to its supplier with a reason."""
    product = own_product_or_404(code)
    form = DecisionForm()
    if form.validate_on_submit():
        try:
            services.return_listing(
                db.session, product, reason=form.reason.data or "", by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            product = own_product_or_404(code)
        else:
            db.session.commit()
            flash(f"“{product.name}”已退回供应商。", "success")
            return redirect(url_for(".review"))
    return _examine_page(product, form), 422


def _examine_page(product: Product, form: DecisionForm) -> str:
    return render_template("catalog/examine.html", product=product, form=form)
