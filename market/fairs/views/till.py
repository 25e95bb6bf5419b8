"""The till of a stand, on a phone: what is typed without a network is kept there and arrives once."""

import uuid
from typing import Any

from flask import abort, jsonify, render_template, request, url_for
from flask_login import current_user

from market.accounts.models import Person
from market.core import clock, money
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.fairs import queries, services
from market.fairs.forms import SaleForm, choices, errors_of
from market.fairs.models import BuyerKind, Fair, FairSale, FairStand, StandState
from market.fairs.views.bp import SELLERS, bp, done, fair_or_404
from market.units.queries import active_units

SHOWN = 10


@bp.route("/<number>/till", methods=["GET", "POST"])
@allow(*SELLERS)
def till(number: str) -> Any:
    """Enter a sale: by the form, or by the page's script, which is answered in JSON.

    The script gets 201 when the sale has arrived, whenever it did, and 422 with the
    sentence when it is refused; everything else it sends again.
    """
    fair = fair_or_404(number)
    stands = _stands(fair)
    if not stands and current_user.role is Role.SUPPLIER:
        abort(404)
    form = SaleForm(key=str(uuid.uuid4()), sold_at=clock.now().astimezone(clock.CHINA))
    offer(form, stands)
    script = request.accept_mimetypes.best == "application/json"
    if script and request.form.get("who", current_user.login) != current_user.login:
        abort(409)  # Somebody else has signed in since; it waits for whoever entered it.
    if form.validate_on_submit():
        try:
            sale = services.enter_sale(
                db.session,
                _chosen(form, stands),
                typed(form),
                client_key=form.key.data or "",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            said = f"小票 {sale.receipt_no} 已登记，{money.yuan(sale.amount_fen)} 元。"
            if script:
                db.session.commit()
                return jsonify(said=said), 201
            return done(said, url_for(".till", number=number))
    if script and form.is_submitted():
        errors = errors_of(form)
        said = "".join(sentence for sentences in errors.values() for sentence in sentences)
        return jsonify(said=said, errors=errors), 422
    mine = queries.sales_for(current_user, fair).where(FairSale.made_by_id == current_user.id)
    page = render_template(
        "fairs/till.html",
        fair=fair,
        stands=stands,
        form=form,
        latest=page_of(db.session, mine.order_by(None).order_by(FairSale.id.desc()), size=SHOWN),
        units=active_units(db.session),
    )
    return page, 422 if form.is_submitted() else 200


def typed(form: SaleForm) -> services.SaleTyped:
    """Return what a valid form says."""
    return services.SaleTyped(
        buyer=BuyerKind(form.buyer.data),
        amount_fen=int(form.amount_fen.data or 0),
        receipt_no=form.receipt_no.data or "",
        sold_at=form.sold,
        unit=form.unit.data or "",
        goods=form.goods.data or "",
        product=form.product.data or "",
    )


def offer(form: SaleForm, stands: list[FairStand]) -> None:
    """Offer the stands to choose from, and the shop's products that they bring."""
    form.stand.choices = choices(
        (one.supplier.code, f"{one.number} {one.supplier.name}") for one in stands
    )
    several = len(stands) > 1
    form.product.choices = choices(
        [
            (one.code, f"{one.supplier.name} · {one.name}" if several else one.name)
            for one in queries.products_at(db.session, [one.id for one in stands])
        ],
        none="不选，只填说明",
    )


def _stands(fair: Fair) -> list[FairStand]:
    person: Person = current_user
    if person.role is Role.COORDINATOR:
        return list(queries.stands_of(db.session, fair, state=StandState.ACCEPTED))
    own = queries.own_stand(db.session, person, fair)
    return [own] if own else []


def _chosen(form: SaleForm, stands: list[FairStand]) -> FairStand:
    code = form.stand.data or (stands[0].supplier.code if len(stands) == 1 else "")
    for one in stands:
        if one.supplier.code == code:
            return one
    raise Refused("请选择展位。", field="stand")
