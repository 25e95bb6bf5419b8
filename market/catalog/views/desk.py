"""A supplier's desk: the products it keeps."""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.

from market.audit.queries import history_of
from market.catalog import queries, services
from market.catalog.forms import (
    CertificateForm,
    NewProductForm,
    PictureForm,
    ProductForm,
    ReceiptForm,
)
from market.catalog.models import Product, ProductState, Supplier
from market.catalog.views.bp import EDITORS, READERS, bp, own_product_or_404
from market.core import money
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused

AGAIN = "已保存。您改动了审核过的内容，商品已暂时下架，等统筹协调人员重新审核。"


@bp.get("/desk/goods")
@allow(*READERS)
def desk() -> Any:
    """List a supplier's products with their stock; to overseers those of everyone."""
    given: dict[str, Any] = {
        "q": request.args.get("q", "").strip()[:60],
        "state": {one.value: one for one in ProductState}.get(request.args.get("state", "")),
        "low": request.args.get("low") == "1",
    }
    page = queries.stocked_products(
        db.session, current_user, page=request.args.get("page", 1, int), **given
    )
    return render_template(
        "catalog/desk.html",
        page=page,
        given=given,
        states=[(state.value, state.label) for state in ProductState],
        once=ReceiptForm(formdata=None).once._value(),
    )


@bp.route("/desk/goods/new", methods=["GET", "POST"])
@allow(*EDITORS)
def new_product() -> Any:
    """Make a draft; coordinators say whose it is."""
    form, sellers = _new_form()
    if form.validate_on_submit():
        try:
            product = services.make_product(
                db.session,
                sellers[form.supplier.data] if "supplier" in form else _own_supplier(),
                form.facts(services.ProductFacts),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash("草稿已保存，接下来添加规格和图片。", "success")
            return redirect(url_for(".manage", code=product.code))
    return render_template("catalog/product_form.html", form=form, product=None), _status(form)


@bp.get("/desk/goods/<code>")
@allow(*READERS)
def manage(code: str) -> Any:
    """Show all there is about a product, and what can be done with it."""
    product = own_product_or_404(code)
    return render_template(
        "catalog/manage.html",
        product=product,
        events=_events(product),
    )


@bp.route("/desk/goods/<code>/edit", methods=["GET", "POST"])
@allow(*EDITORS)
def edit_product(code: str) -> Any:
    """Change what is written down about a product."""
    product = own_product_or_404(code)
    form = ProductForm(obj=product)
    if form.validate_on_submit():
        try:
            again = services.change_product(
                db.session, product, form.facts(services.ProductFacts), by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            product = own_product_or_404(code)
        else:
            db.session.commit()
            flash(AGAIN if again else "已保存。", "warning" if again else "success")
            return redirect(url_for(".manage", code=code))
    return render_template("catalog/product_form.html", form=form, product=product), _status(form)


@bp.route("/desk/goods/<code>/picture", methods=["GET", "POST"])
@allow(*EDITORS)
def picture(code: str) -> Any:
    """Set the picture of a product."""
    product = own_product_or_404(code)
    form = PictureForm()
    if form.validate_on_submit():
        try:
            again = services.set_picture(
                db.session,
                product,
                current_app.extensions["files"],
                form.file.data.read(),
                name=form.file.data.filename or "图片",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            product = own_product_or_404(code)
        else:
            db.session.commit()
            flash(AGAIN if again else "图片已更换。", "warning" if again else "success")
            return redirect(url_for(".manage", code=code))
    return render_template("catalog/picture.html", form=form, product=product), _status(form)


@bp.route("/desk/goods/<code>/certificates", methods=["GET", "POST"])
@allow(*EDITORS)
def certificates(code: str) -> Any:
    """Add a certificate to a product."""
    product = own_product_or_404(code)
    form = CertificateForm()
    if form.validate_on_submit():
        try:
            services.add_certificate(
                db.session,
                product,
                current_app.extensions["files"],
                form.file.data.read(),
                name=form.file.data.filename or "证明",
                kind=form.kind.data,
                number=form.number.data or "",
                valid_until=form.valid_until.data,
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            product = own_product_or_404(code)
        else:
            db.session.commit()
            flash("证明材料已添加。", "success")
            return redirect(url_for(".manage", code=code))
    return render_template("catalog/certificate.html", form=form, product=product), _status(form)


@bp.post("/desk/goods/<code>/submit")
@allow(*EDITORS)
def submit(code: str) -> Any:
    """Ask for the product to be listed."""
    services.submit_product(db.session, own_product_or_404(code), by=current_user)
    db.session.commit()
    flash("已提交，统筹协调人员审核后上架，结果会通知您。", "success")
    return redirect(url_for(".manage", code=code))


@bp.post("/desk/goods/<code>/withdraw")
@allow(*EDITORS)
def withdraw(code: str) -> Any:
    """Take the product out of the shop."""
    services.withdraw_product(db.session, own_product_or_404(code), by=current_user)
    db.session.commit()
    flash("商品已下架；已有的订单照常履行。", "success")
    return redirect(url_for(".manage", code=code))


DEEDS = {
    "product.made": "新建草稿",
    "product.changed": "修改资料",
    "product.picture_set": "更换图片",
    "product.certificate_added": "添加证明材料",
    "product.submitted": "提交审核",
    "product.sent_back_for_review": "修改后等待重新审核",
    "product.listed": "审核通过，上架",
    "product.returned": "审核退回",
    "product.withdrawn": "下架",
    "sku.made": "添加规格",
    "sku.changed": "修改规格",
    "sku.price_changed": "调整单价",
    "stock.received": "入库",
    "stock.adjusted": "盘点调整",
}
MOST_EVENTS = 20


def _events(product: Product) -> list[dict[str, Any]]:
    """Return what was done to a product and its SKUs lately, for the timeline."""
    names = {f"sku:{sku.id}": sku.name for sku in product.skus}
    events = []
    for entry, name in history_of(db.session, product, *product.skus)[-MOST_EVENTS:]:
        about = names.get(entry.about, "")
        if entry.deed == "sku.price_changed":
            old, new = entry.facts["old_fen"], entry.facts["new_fen"]
            about += f"：{money.yuan(old)} 元改为 {money.yuan(new)} 元"
        events.append({"at": entry.at, "title": DEEDS[entry.deed], "by": name, "text": about})
    return events


def _new_form() -> tuple[ProductForm, dict[str, Supplier]]:
    if current_user.role is Role.SUPPLIER:
        return ProductForm(), {}
    sellers = {seller.code: seller for seller in queries.all_suppliers(db.session)}
    form = NewProductForm()
    form.supplier.choices = [
        SelectChoice("", "请选择"),
        *(SelectChoice(code, f"{one.name}（{one.township}）") for code, one in sellers.items()),
    ]
    return form, sellers


def _own_supplier() -> Supplier:
    return db.session.get(Supplier, current_user.supplier_id) or abort(404)


def _status(form: Any) -> int:
    return 422 if form.is_submitted() else 200
