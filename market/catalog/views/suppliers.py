"""The suppliers themselves, kept by coordinators."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.catalog import queries, services
from market.catalog.forms import SupplierForm, SuspendForm
from market.catalog.models import KEEPERS, Supplier, SupplierState
from market.catalog.views.bp import READERS, bp
from market.core.access import OVERSEERS, Role, allow
from market.core.db import db
from market.core.errors import Refused


@bp.get("/desk/suppliers")
@allow(*OVERSEERS)
def suppliers() -> Any:
    """List the suppliers and how much they sell."""
    given: dict[str, Any] = {
        "q": request.args.get("q", "").strip()[:60],
        "state": {one.value: one for one in SupplierState}.get(request.args.get("state", "")),
    }
    page = queries.suppliers(db.session, page=request.args.get("page", 1, int), **given)
    return render_template(
        "catalog/suppliers.html",
        page=page,
        given=given,
        states=[(state.value, state.label) for state in SupplierState],
    )


@bp.route("/desk/suppliers/new", methods=["GET", "POST"])
@allow(*KEEPERS)
def new_supplier() -> Any:
    """Register a supplier."""
    form = SupplierForm()
    if form.validate_on_submit():
        try:
            supplier = services.make_supplier(
                db.session, form.facts(services.SupplierFacts), by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(f"供应商已登记，编号 {supplier.code}。", "success")
            return redirect(url_for(".suppliers"))
    page = render_template("catalog/supplier_form.html", form=form, supplier=None, suspend=None)
    return page, 422 if form.is_submitted() else 200


@bp.route("/desk/suppliers/<code>", methods=["GET", "POST"])
@allow(*READERS)
def edit_supplier(code: str) -> Any:
    """Change what is written down about a supplier; its own people see their own.

    An inspector reads it.
    """
    supplier = _supplier_or_404(code)
    form = SupplierForm(obj=supplier)
    if form.validate_on_submit():
        try:
            services.change_supplier(
                db.session, supplier, form.facts(services.SupplierFacts), by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            supplier = _supplier_or_404(code)
        else:
            db.session.commit()
            flash("已保存。", "success")
            return redirect(url_for(".edit_supplier", code=code))
    page = _form_page(supplier, form, SuspendForm(formdata=None))
    return page, 422 if form.is_submitted() else 200


@bp.post("/desk/suppliers/<code>/suspend")
@allow(*KEEPERS)
def suspend(code: str) -> Any:
    """Stop a supplier from selling."""
    supplier = _supplier_or_404(code)
    form = SuspendForm()
    if form.validate_on_submit():
        services.suspend_supplier(
            db.session, supplier, reason=form.reason.data or "", by=current_user
        )
        db.session.commit()
        flash(f"{supplier.name}已暂停销售，它的商品不再展示。", "success")
        return redirect(url_for(".edit_supplier", code=code))
    return _form_page(supplier, SupplierForm(formdata=None, obj=supplier), form), 422


@bp.post("/desk/suppliers/<code>/resume")
@allow(*KEEPERS)
def resume(code: str) -> Any:
    """Let a supplier sell again."""
    supplier = _supplier_or_404(code)
    services.resume_supplier(db.session, supplier, by=current_user)
    db.session.commit()
    flash(f"{supplier.name}已恢复销售。", "success")
    return redirect(url_for(".edit_supplier", code=code))


def _supplier_or_404(code: str) -> Supplier:
    supplier = queries.supplier_by_code(db.session, code)
    reads = current_user.role is Role.INSPECTOR
    return supplier if supplier and (reads or supplier.is_changed_by(current_user)) else abort(404)


def _form_page(supplier: Supplier, form: SupplierForm, suspend: SuspendForm) -> str:
    return render_template(
        "catalog/supplier_form.html", form=form, supplier=supplier, suspend=suspend
    )
