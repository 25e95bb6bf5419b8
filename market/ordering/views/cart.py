"""Pages on which people fill a cart and order what is in it."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import money
from market.core.access import BUYERS, allow
from market.core.db import db
from market.core.errors import Refused
from market.ordering import queries, services
from market.ordering.forms.buyers import (
    AddForm,
    CartForm,
    CheckoutForm,
    PurposeForm,
    cart_form,
)
from market.ordering.models import Order, OrderState
from market.ordering.queries.effects import effect_on
from market.ordering.views.bp import bp


@bp.get("/cart")
@allow(*BUYERS)
def cart() -> Any:
    """Show the cart, what it costs, and what it would do for the unit's target."""
    basket = queries.basket_of(db.session, current_user)
    return _cart_page(basket, cart_form(basket.items))


@bp.post("/cart")
@allow(*BUYERS)
def change() -> Any:
    """Set the quantities that were typed, and go on to the checkout if that was pressed."""
    form = cart_form(queries.basket_of(db.session, current_user).items)
    if not form.validate_on_submit():
        return _cart_again(form)
    try:
        services.change_lines(db.session, by=current_user, milli_by_code=form.milli_by_code)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _cart_again(form)
    db.session.commit()
    return _go("ordering.checkout" if "checkout" in request.form else "ordering.cart")


@bp.post("/cart/lines")
@allow(*BUYERS)
def add() -> Any:
    """Put a quantity of a SKU into the cart, beside what is there already."""
    form = AddForm()
    valid = form.validate_on_submit()
    sku = queries.sku_by_code(db.session, form.sku.data or "") or abort(404)
    try:
        if not valid:
            raise Refused("".join(form.quantity.errors) or "请填写数量。", field="quantity")
        services.add_line(db.session, by=current_user, sku=sku, milli=int(form.quantity.data or 0))
    except Refused as refusal:
        if refusal.field != "quantity":
            raise
        # The product's page shows what was typed, and beside it what is wrong.
        code, typed = sku.product.code, form.quantity.typed
        db.session.rollback()
        flash(str(refusal), "danger")
        return redirect(url_for("catalog.show", code=code, sku=form.sku.data, quantity=typed))
    added = f"“{sku.product.name} {sku.name}”已加入购物车。"
    db.session.commit()
    flash(added, "success")
    return redirect(url_for(".cart"))


@bp.post("/cart/lines/<code>/remove")
@allow(*BUYERS)
def remove(code: str) -> Any:
    """Take a SKU out of the cart."""
    sku = queries.sku_by_code(db.session, code) or abort(404)
    services.remove_line(db.session, by=current_user, sku=sku)
    db.session.commit()
    return redirect(url_for(".cart"))


@bp.post("/cart/empty")
@allow(*BUYERS)
def empty() -> Any:
    """Take everything out of the cart."""
    services.empty_cart(db.session, by=current_user)
    db.session.commit()
    return redirect(url_for(".cart"))


@bp.post("/cart/purpose")
@allow(*BUYERS)
def purpose() -> Any:
    """Choose for whom the cart is bought."""
    form = PurposeForm()
    form.offer(queries.purposes_of(current_user))
    if not form.validate_on_submit():
        raise Refused("只有单位的食堂管理员或负责人才能为单位采购；您可以为本人购买。")
    services.choose_buying_for(db.session, form.buying_for.data, by=current_user)
    db.session.commit()
    return redirect(url_for(".cart"))


@bp.route("/checkout", methods=["GET", "POST"])
@allow(*BUYERS)
def checkout() -> Any:
    """Say where and when to deliver, and place the order."""
    person = current_user
    form = CheckoutForm(
        receiver=person.name,
        phone=person.phone,
        address=person.address or (person.unit.address if person.unit else ""),
    )
    if not form.validate_on_submit():
        return _checkout_page(form)
    try:
        order = services.place_order(
            db.session,
            by=current_user,
            once_key=form.once.data or "",
            seen_total_fen=form.seen_total_fen.data or 0,
            receiver=form.receiver.data or "",
            phone=form.phone.data or "",
            address=form.address.data or "",
            wanted_on=form.wanted_on.data,
            remark=form.remark.data or "",
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _checkout_page(form)
    number, said, pays = order.number, _said_of(order), order.state is OrderState.AWAITING_PAYMENT
    db.session.commit()
    flash(said, "success")
    return redirect(url_for("payments.show" if pays else "ordering.show", number=number))


def _cart_page(basket: queries.Basket, form: CartForm) -> Any:
    purposes = PurposeForm(formdata=None, buying_for=basket.buying_for.value)
    purposes.offer(queries.purposes_of(current_user))
    return render_template(
        "ordering/cart.html",
        basket=basket,
        form=form,
        purposes=purposes,
        effect=effect_on(db.session, current_user.unit_id, basket.counting_fen),
    )


def _cart_again(form: CartForm) -> Any:
    """Show the cart with what was typed and what is wrong with it."""
    return _cart_page(queries.basket_of(db.session, current_user), form), 422


def _checkout_page(form: CheckoutForm) -> Any:
    basket = queries.basket_of(db.session, current_user)
    if not basket.parcels and not form.is_submitted():
        flash("购物车是空的，先去挑几样。", "info")
        return redirect(url_for("catalog.index"))
    form.show_total(basket.total_fen)
    page = render_template(
        "ordering/checkout.html",
        basket=basket,
        form=form,
        effect=effect_on(db.session, current_user.unit_id, basket.counting_fen),
        needs_approval=queries.needs_approval(basket.buying_for, basket.total_fen, current_user),
    )
    return page, 422 if form.is_submitted() else 200


def _go(endpoint: str) -> Response:
    """Redirect; htmx, which would put another page into this one's place, is told to go there."""
    url = url_for(endpoint)
    if "HX-Request" in request.headers and endpoint != "ordering.cart":
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url)  # type: ignore[return-value]


def _said_of(order: Order) -> str:
    """Return what a buyer is told when an order has been placed."""
    amount = f"订单 {order.number} 已提交，合计 {money.yuan(order.total_fen)} 元"
    return {
        OrderState.SUBMITTED: f"{amount}，等待本单位负责人审批。",
        OrderState.AWAITING_PAYMENT: f"{amount}，请按下面的方式付款。",
        OrderState.OPEN: f"{amount}，等待供应商接单。",
    }[order.state]
