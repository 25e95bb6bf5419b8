"""SKUs: their prices, and what is in stock of them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.catalog import queries, services
from market.catalog.forms import CountForm, ReceiptForm, SkuForm
from market.catalog.models import ProductState, Sku
from market.catalog.views.bp import EDITORS, READERS, bp, own_product_or_404, own_sku_or_404
from market.core.access import allow
from market.core.db import db
from market.core.errors import Refused


@bp.route("/desk/goods/<code>/skus/new", methods=["GET", "POST"])
@allow(*EDITORS)
def new_sku(code: str) -> Any:
    """Add a SKU to a product."""
    product = own_product_or_404(code)
    form = SkuForm()
    if form.validate_on_submit():
        try:
            sku = services.make_sku(
                db.session,
                product,
                form.facts(services.SkuFacts),
                tiers=[services.Tier(*tier) for tier in form.tiers],
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            product = own_product_or_404(code)
        else:
            db.session.commit()
            flash(f"规格“{sku.name}”已添加，接下来登记入库。", "success")
            return redirect(url_for(".stock", code=sku.code))
    page = render_template("catalog/sku_form.html", form=form, product=product, sku=None)
    return page, 422 if form.is_submitted() else 200


@bp.route("/desk/skus/<code>/edit", methods=["GET", "POST"])
@allow(*EDITORS)
def edit_sku(code: str) -> Any:
    """Change a SKU and its prices."""
    sku = own_sku_or_404(code)
    form = SkuForm() if request.method == "POST" else SkuForm.of(sku)
    if form.validate_on_submit():
        was_listed = sku.product.state is ProductState.LISTED
        try:
            services.change_sku(
                db.session,
                sku,
                form.facts(services.SkuFacts),
                tiers=[services.Tier(*tier) for tier in form.tiers],
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            sku = own_sku_or_404(code)
        else:
            db.session.commit()
            again = was_listed and sku.product.state is ProductState.SUBMITTED
            flash(
                "已保存。价格有变动，商品已暂时下架，等统筹协调人员重新审核。"
                if again
                else "已保存。",
                "warning" if again else "success",
            )
            return redirect(url_for(".manage", code=sku.product.code))
    page = render_template("catalog/sku_form.html", form=form, product=sku.product, sku=sku)
    return page, 422 if form.is_submitted() else 200


@bp.get("/desk/skus/<code>/stock")
@allow(*READERS)
def stock(code: str) -> Any:
    """Show what is in stock of a SKU, and every movement that made it."""
    sku = own_sku_or_404(code)
    return _stock_page(sku, ReceiptForm(), CountForm(data={"seen_milli": sku.stock_milli}))


@bp.post("/desk/skus/<code>/receipts")
@allow(*EDITORS)
def receive(code: str) -> Any:
    """Write down goods that arrived."""
    sku = own_sku_or_404(code)
    form: Any = ReceiptForm()
    if form.validate_on_submit():
        try:
            services.receive_stock(
                db.session,
                sku,
                form.received.data,
                about=form.about.data,
                # The desk shows one key for all its SKUs.
                once_key=f"{sku.id}-{form.once.data}",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            sku = own_sku_or_404(code)
        else:
            db.session.commit()
            flash(f"“{sku.product.name} {sku.name}”已入库。", "success")
            from_desk = request.form.get("from") == "desk"
            return redirect(url_for(".desk") if from_desk else url_for(".stock", code=code))
    count = CountForm(formdata=None, data={"seen_milli": sku.stock_milli})
    return _stock_page(sku, form, count), 422


@bp.post("/desk/skus/<code>/counts")
@allow(*EDITORS)
def count(code: str) -> Any:
    """Set the stock to what was counted."""
    sku = own_sku_or_404(code)
    form: Any = CountForm()
    if form.validate_on_submit():
        try:
            services.adjust_stock(
                db.session,
                sku,
                form.counted.data,
                reason=form.reason.data,
                seen_milli=form.seen_milli.data,
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            sku = own_sku_or_404(code)
        else:
            db.session.commit()
            flash("库存已按盘点数调整。", "success")
            return redirect(url_for(".stock", code=code))
    # The page now shows the newest stock, and what is counted next is compared with that.
    form.seen_milli.data = sku.stock_milli
    return _stock_page(sku, ReceiptForm(formdata=None), form), 422


def _stock_page(sku: Sku, receipt: ReceiptForm, count: CountForm) -> str:
    page = queries.stock_movements_of(db.session, sku, request.args.get("page", 1, int))
    return render_template(
        "catalog/stock.html", sku=sku, product=sku.product, page=page, receipt=receipt, count=count
    )
