"""Pages on which suppliers deliver, and on which everyone concerned sees how far the goods are."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core.access import BUYERS, OVERSEERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.ordering import queries, services
from market.ordering.forms.suppliers import DeclineForm, ShipForm
from market.ordering.models import Consignment, ConsignmentState, OrderLine
from market.ordering.views.bp import bp

CONCERNED = (*BUYERS, Role.SUPPLIER, *OVERSEERS, Role.FUND_OFFICER)


@bp.get("/consignments")
@allow(Role.SUPPLIER, *OVERSEERS)
def consignments() -> Any:
    """List the supplier's consignments (an overseer's: all) by state, with their sums."""
    given = request.args.get("state", "")
    state = ConsignmentState(given) if given in set(ConsignmentState) else None
    search = request.args.get("q", "")[:60]
    page = queries.consignments_for(
        db.session,
        current_user,
        state=state,
        search=search,
        page=request.args.get("page", 1, int),
    )
    counts = queries.consignment_counts(db.session, current_user)
    return render_template(
        "ordering/consignments.html",
        page=page,
        counts=counts,
        states=ConsignmentState,
        state=state,
        search=search,
        page_fen=sum(line.ordered_fen for part in page.items for line in part.lines),
    )


@bp.get("/consignments/<number>")
@allow(*CONCERNED)
def consignment(number: str) -> Any:
    """Show one consignment, and to its supplier what to do next."""
    return _page(consignment_or_404(number))


@bp.post("/consignments/<number>/accept")
@allow(Role.SUPPLIER)
def accept_consignment(number: str) -> Any:
    """Promise to deliver."""
    services.accept_consignment(db.session, consignment_or_404(number), by=current_user)
    db.session.commit()
    flash("已接单，请备货；备好后在这里填写发货。", "success")
    return redirect(url_for(".consignment", number=number))


@bp.post("/consignments/<number>/decline")
@allow(Role.SUPPLIER)
def decline_consignment(number: str) -> Any:
    """Say why this part can't be delivered."""
    part, form = consignment_or_404(number), DeclineForm()
    if not form.validate_on_submit():
        return _page(part, decline_form=form), 422
    services.decline_consignment(db.session, part, reason=form.reason.data or "", by=current_user)
    db.session.commit()
    flash("已谢绝，库存已退回，采购人已收到原因。", "success")
    return redirect(url_for(".consignments"))


@bp.post("/consignments/<number>/ship")
@allow(Role.SUPPLIER)
def ship_consignment(number: str) -> Any:
    """Send the goods off."""
    part, form = consignment_or_404(number), ShipForm()
    if len(form.rows()) != len(part.lines):
        form = _ship_form(part.lines)
        form.form_errors.append("发货明细与订单不一致，请核对后重新填写。")
        return _page(part, ship_form=form), 422
    if not form.validate_on_submit():
        return _page(part, ship_form=form), 422
    try:
        follower = services.ship(
            db.session,
            part,
            carrier=form.carrier.data or "",
            tracking=form.tracking.data or "",
            parcels=_parcels(form, part.lines),
            short_rest=form.short_rest.data,
            by=current_user,
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(consignment_or_404(number), ship_form=form), 422
    db.session.commit()
    flash("已发货，采购人已收到通知。", "success")
    if follower is not None:
        flash(f"余量将在 {follower.number} 补发，备好后请再次发货。", "info")
    return redirect(url_for(".consignment", number=number))


@bp.get("/consignments/<number>/delivery-note")
@allow(*CONCERNED)
def delivery_note(number: str) -> Any:
    """Show the delivery note (送货单), to print and travel with the goods."""
    part = consignment_or_404(number)
    if part.shipped_at is None:
        flash("这批货还没有发出，没有送货单。", "info")
        return redirect(url_for(".consignment", number=number))
    amounts = {line.id: queries.shipped_fen(line) or 0 for line in part.lines}
    return render_template(
        "ordering/delivery_note.html",
        consignment=part,
        amounts=amounts,
        follower=queries.follower_of(db.session, part),
    )


def consignment_or_404(number: str) -> Consignment:
    """Return the consignment if whoever asks may see it."""
    return queries.consignment_for(db.session, current_user, number) or abort(404)


def _page(
    part: Consignment,
    *,
    ship_form: ShipForm | None = None,
    decline_form: DeclineForm | None = None,
) -> str:
    return render_template(
        "ordering/consignment.html",
        consignment=part,
        ship_form=ship_form or _ship_form(part.lines),
        decline_form=decline_form or DeclineForm(formdata=None),
        follower=queries.follower_of(db.session, part),
        claims=queries.claims_by_line(db.session, part.lines),
        claim_deadline=queries.claim_deadline,
        may_receive=queries.may_receive(part.order, current_user),
        most_milli=queries.most_milli,
    )


def _ship_form(lines: Sequence[OrderLine]) -> ShipForm:
    """Return the form as it begins: everything is shipped as ordered."""
    return ShipForm(formdata=None, lines=[{"milli": line.ordered_milli} for line in lines])


def _parcels(form: ShipForm, lines: Sequence[OrderLine]) -> list[services.Parcel]:
    return [
        services.Parcel(line.id, row.milli.data, row.lot.data or "", row.produced_on.data)
        for line, row in zip(lines, form.rows(), strict=True)
    ]
