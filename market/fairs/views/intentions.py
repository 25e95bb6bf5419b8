"""What was signed at a fair, and what became of it."""

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.fairs import queries, services
from market.fairs.forms import FulfilForm, IntentionForm, LinkForm, ReasonForm, choices
from market.fairs.models import FairIntention, StandState
from market.fairs.views.bp import EXHIBITORS, SELLERS, bp, done, fair_or_404, kept, refused
from market.ordering.queries import accepted_of, order_for, orders_of, typed_number
from market.reports.queries import kept_of
from market.units.queries import active_units

SIZE = 50


@bp.get("/<number>/intentions")
@allow(*EXHIBITORS)
def intentions(number: str) -> Any:
    """List what was signed, and what became of each."""
    fair = fair_or_404(number)
    became = {one.intention.id: one for one in kept_of(db.session, [fair.id])}
    own = [
        one
        for one in became.values()
        if current_user.supplier_id in (None, one.intention.stand.supplier_id)
    ]
    return render_template(
        "fairs/intentions.html",
        fair=fair,
        page=page_of(
            db.session,
            queries.intentions_of(current_user, fair),
            request.args.get("page", 1, int),
            size=SIZE,
        ),
        became=became,
        signed_fen=sum(one.intention.amount_fen for one in own),
        fulfilled_fen=sum(one.fulfilled_fen for one in own),
        sells=current_user.role in SELLERS and fair.state in services.SELLING,
    )


@bp.route("/<number>/intentions/new", methods=["GET", "POST"])
@allow(*SELLERS)
def new_intention(number: str) -> Any:
    """Write down what was signed."""
    fair = fair_or_404(number)
    stands = [
        one
        for one in queries.stands_of(db.session, fair, state=StandState.ACCEPTED)
        if current_user.supplier_id in (None, one.supplier_id)
    ]
    form = IntentionForm(signed_on=min(max(clock.today(), fair.starts_on), fair.ends_on))
    form.stand.choices = choices(
        (one.supplier.code, f"{one.number} {one.supplier.name}") for one in stands
    )
    if form.validate_on_submit():
        assert form.signed_on.data is not None
        try:
            stand = next((one for one in stands if one.supplier.code == form.stand.data), None)
            if stand is None:
                raise Refused("请选择签约的供应商。", field="stand")
            made = services.sign_intention(
                db.session,
                stand,
                services.Signed(
                    amount_fen=int(form.amount_fen.data or 0),
                    signed_on=form.signed_on.data,
                    unit=form.unit.data or "",
                    buyer=form.buyer.data or "",
                    goods=form.goods.data or "",
                ),
                kept(form.paper.data, field="paper", supplier_id=stand.supplier_id),
                once_key=str(form.once.data),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            to = url_for(".intention", number=number, signed=made.number)
            return done("签约已登记。", to)
    page = render_template(
        "fairs/intention_form.html",
        fair=fair,
        form=form,
        stands=stands,
        units=active_units(db.session),
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/<number>/intentions/<signed>")
@allow(*EXHIBITORS)
def intention(number: str, signed: str) -> Any:
    """Show an intention with what became of it."""
    return _page(_intention_or_404(number, signed))


@bp.post("/<number>/intentions/<signed>/withdraw")
@allow(*SELLERS)
def withdraw_intention(number: str, signed: str) -> Any:
    """Say that an intention was written down in error."""
    form = ReasonForm()
    return _decide(
        number,
        signed,
        form,
        "签约已作废。",
        lambda one: services.withdraw_intention(
            db.session, one, reason=form.reason.data or "", by=current_user
        ),
        name="reason",
    )


@bp.post("/<number>/intentions/<signed>/fulfil")
@allow(Role.COORDINATOR)
def fulfil(number: str, signed: str) -> Any:
    """Write down what was delivered outside the shop."""
    form = FulfilForm()

    def deed(one: FairIntention) -> Any:
        assert form.happened_on.data is not None
        return services.fulfil(
            db.session,
            one,
            kept(form.evidence.data, field="evidence", supplier_id=one.stand.supplier_id),
            amount_fen=int(form.amount_fen.data or 0),
            happened_on=form.happened_on.data,
            note=form.note.data or "",
            once_key=str(form.once.data),
            by=current_user,
        )

    return _decide(number, signed, form, "兑现已登记。", deed, name="fulfil")


@bp.post("/<number>/intentions/<signed>/orders")
@allow(Role.COORDINATOR)
def link_order(number: str, signed: str) -> Any:
    """Say that an order keeps the intention."""
    form = LinkForm()

    def deed(one: FairIntention) -> None:
        order = order_for(db.session, current_user, typed_number(form.order.data or ""))
        if order is None:
            raise Refused("没有这个订单，请核对订单编号。", field="order")
        services.keep_by_order(db.session, one, order.id, unit_id=order.unit_id, by=current_user)

    return _decide(number, signed, form, "订单已挂接。", deed, name="link")


@bp.post("/<number>/intentions/<signed>/orders/<int:order_id>/remove")
@allow(Role.COORDINATOR)
def unlink_order(number: str, signed: str, order_id: int) -> Any:
    """Take back that an order keeps the intention."""
    one = _intention_or_404(number, signed)
    here = url_for(".intention", number=number, signed=signed)
    try:
        services.link_off(db.session, one, order_id, by=current_user)
    except Refused as refusal:
        return refused(refusal, here)
    return done("订单已取下。", here)


@bp.post("/<number>/intentions/<signed>/fulfilments/<int:fulfilment_id>/reverse")
@allow(Role.COORDINATOR)
def reverse_fulfilment(number: str, signed: str, fulfilment_id: int) -> Any:
    """Take back what was recorded as delivered."""
    one = _intention_or_404(number, signed)
    here = url_for(".intention", number=number, signed=signed)
    try:
        services.take_back_fulfilment(
            db.session,
            one,
            fulfilment_id,
            reason=request.form.get("reason", ""),
            by=current_user,
        )
    except Refused as refusal:
        return refused(refusal, here)
    return done("已冲销：原记录保留，另记一行相反的数。", here)


def _decide(
    number: str,
    signed: str,
    form: Any,
    said: str,
    deed: Callable[[FairIntention], Any],
    *,
    name: str,
) -> Any:
    one = _intention_or_404(number, signed)
    if form.validate_on_submit():
        try:
            deed(one)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done(said, url_for(".intention", number=number, signed=signed))
    return _page(_intention_or_404(number, signed), **{name: form}), 422


def _page(one: FairIntention, **forms: Any) -> str:
    order_ids = queries.orders_linked(db.session, [one.id])[one.id]
    accepted = accepted_of(db.session, order_ids)
    rows = queries.fulfilments_of(db.session, one)
    orders = [
        (order, accepted.get((order.id, one.stand.supplier_id), 0))
        for order in orders_of(db.session, order_ids)
    ]
    return render_template(
        "fairs/intention.html",
        fair=one.stand.fair,
        intention=one,
        fulfilments=rows,
        reversed_ids={row.reverses_id for row in rows},
        orders=orders,
        fulfilled_fen=sum(row.amount_fen for row in rows) + sum(fen for _, fen in orders),
        keeps=current_user.role is Role.COORDINATOR and one.withdrawn_at is None,
        withdraws=current_user.role in SELLERS
        and one.withdrawn_at is None
        and one.stand.fair.state in services.SELLING,
        **{
            "reason": ReasonForm(formdata=None),
            "fulfil": FulfilForm(formdata=None, happened_on=clock.today()),
            "link": LinkForm(formdata=None),
            **forms,
        },
    )


def _intention_or_404(number: str, signed: str) -> FairIntention:
    fair = fair_or_404(number)
    return queries.intention_for(db.session, current_user, fair, signed) or abort(404)
