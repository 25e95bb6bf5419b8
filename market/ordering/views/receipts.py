"""Pages on which goods are received: inspected by one person, signed by a second."""

from collections.abc import Sequence
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from market.core import money
from market.core.access import BUYERS, allow
from market.core.db import db
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.evidence.services import attach
from market.ordering import queries, services
from market.ordering.forms.receipts import ReceiveForm, SendBackForm
from market.ordering.models import (
    Acceptance,
    AcceptanceState,
    BuyingFor,
    Consignment,
    ConsignmentState,
    OrderLine,
)
from market.ordering.views.bp import bp
from market.ordering.views.consignments import CONCERNED, consignment_or_404


@bp.get("/consignments/<number>/acceptance")
@allow(*BUYERS)
def receive(number: str) -> Any:
    """Show the form in which the goods at the door are weighed or counted."""
    part = _receivable_or_404(number)
    if part.state is not ConsignmentState.SHIPPED:
        return _elsewhere(part)
    return _receive_page(part, _receive_form(part))


@bp.post("/consignments/<number>/acceptance")
@allow(*BUYERS)
def inspect(number: str) -> Any:
    """Write down what was found; ``preview`` only computes the amounts."""
    part, form = _receivable_or_404(number), ReceiveForm()
    if len(form.rows()) != len(_shipped(part)):
        flash("验收明细与送货单不一致，请核对后重新填写。", "danger")
        return redirect(url_for(".receive", number=number))
    if not form.validate_on_submit():
        return _receive_page(part, form), 422
    if "preview" in request.form:
        return _receive_page(part, form)
    try:
        acceptance = services.inspect(
            db.session,
            part,
            findings=_findings(form, part),
            remark=form.remark.data or "",
            once_key=form.once.data or "",
            by=current_user,
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _receive_page(_receivable_or_404(number), form), 422
    alone = acceptance.state is AcceptanceState.SIGNED
    db.session.commit()
    if alone:
        flash("验收已完成。如有质量问题，可以在期限内申请售后。", "success")
        return redirect(url_for(".consignment", number=number))
    flash("验货已提交，请本单位另一位同事复核签字后生效。", "success")
    return redirect(url_for(".acceptance", number=number))


@bp.get("/consignments/<number>/acceptance/sign")
@allow(*BUYERS)
def acceptance(number: str) -> Any:
    """Show what the first person found; the second signs or sends it back."""
    part = _receivable_or_404(number)
    if part.state is not ConsignmentState.INSPECTED:
        return _elsewhere(part)
    return _sign_page(part, SendBackForm(formdata=None))


@bp.post("/consignments/<number>/acceptance/sign")
@allow(*BUYERS)
def sign(number: str) -> Any:
    """Make the acceptance count, as its second person."""
    found = _acceptance_or_404(_receivable_or_404(number))
    services.sign(db.session, found, by=current_user)
    counted_fen = sum(line.accepted_fen for line in found.lines if line.order_line.counts)
    db.session.commit()
    flash(f"验收已生效，{money.yuan(counted_fen)} 元已计入本单位完成额。", "success")
    return redirect(url_for(".consignment", number=number))


@bp.post("/consignments/<number>/acceptance/return")
@allow(*BUYERS)
def return_acceptance(number: str) -> Any:
    """Send the acceptance back to be made anew."""
    part, form = _receivable_or_404(number), SendBackForm()
    if not form.validate_on_submit():
        return _sign_page(part, form), 422
    services.return_acceptance(
        db.session, _acceptance_or_404(part), reason=form.reason.data or "", by=current_user
    )
    db.session.commit()
    flash("已退回，请重新验货。", "success")
    return redirect(url_for(".consignment", number=number))


@bp.get("/consignments/<number>/acceptance/note")
@allow(*CONCERNED)
def acceptance_note(number: str) -> Any:
    """Show the acceptance note (验收单), to print, sign and file."""
    part = consignment_or_404(number)
    found = queries.acceptance_of(db.session, part)
    if found is None:
        flash("这批货还没有验收，没有验收单。", "info")
        return redirect(url_for(".consignment", number=number))
    return render_template("ordering/acceptance_note.html", consignment=part, acceptance=found)


def attach_photo(upload: FileStorage | None, part: Consignment, *, field: str) -> Attachment | None:
    """Attach a photo that the unit, the buyer and the supplier may see; none was given, none."""
    if upload is None:
        return None
    order = part.order
    try:
        return attach(
            db.session,
            current_app.extensions["files"],
            upload.read(),
            name=upload.filename or "",
            by=current_user,
            # What somebody bought for themself is no business of their unit.
            unit_id=None if order.buying_for is BuyingFor.SELF else order.unit_id,
            supplier_id=part.supplier_id,
            images_only=True,
        )
    except Refused as refusal:
        raise Refused(str(refusal), field=field) from None


def _receivable_or_404(number: str) -> Consignment:
    part = consignment_or_404(number)
    return part if queries.may_receive(part.order, current_user) else abort(404)


def _acceptance_or_404(part: Consignment) -> Acceptance:
    return queries.acceptance_of(db.session, part) or abort(404)


def _elsewhere(part: Consignment) -> Any:
    """Send whoever comes too early or too late to where the goods are now."""
    if part.state is ConsignmentState.SHIPPED:
        return redirect(url_for(".receive", number=part.number))
    if part.state is ConsignmentState.INSPECTED:
        return redirect(url_for(".acceptance", number=part.number))
    flash(f"{part.number} 当前是“{part.state.label}”。", "info")
    return redirect(url_for(".consignment", number=part.number))


def _shipped(part: Consignment) -> list[OrderLine]:
    return [line for line in part.lines if line.shipped_milli]


def _receive_form(part: Consignment) -> ReceiveForm:
    """Return the form as it begins: what was shipped, or what was found before it was sent back."""
    before = queries.returned_of(db.session, part)
    found = {line.order_line_id: line for line in before.lines} if before else {}
    rows: list[dict[str, Any]] = []
    for line in _shipped(part):
        old = found.get(line.id)
        if old is None:
            rows.append({"accepted": line.shipped_milli})
        else:
            rejected = old.rejected_milli or None
            rows.append(
                {"accepted": old.accepted_milli, "rejected": rejected, "reason": old.reason}
            )
    return ReceiveForm(formdata=None, lines=rows, remark=before.remark if before else "")


def _receive_page(part: Consignment, form: ReceiveForm) -> str:
    lines = _shipped(part)
    amounts = [
        money.line_fen(line.price_fen, max(row.accepted.data or 0, 0))
        for line, row in zip(lines, form.rows(), strict=True)
    ]
    return render_template(
        "ordering/receive.html",
        consignment=part,
        form=form,
        lines=lines,
        amounts=amounts,
        step_of=queries.step_of,
        most_milli=queries.most_milli,
    )


def _sign_page(part: Consignment, form: SendBackForm) -> str:
    return render_template(
        "ordering/sign.html", consignment=part, acceptance=_acceptance_or_404(part), form=form
    )


def _findings(form: ReceiveForm, part: Consignment) -> Sequence[services.Finding]:
    return [
        services.Finding(
            line.id,
            row.accepted.data,
            row.rejected.data or 0,
            row.reason.data or "",
            attach_photo(row.photo.data, part, field=f"photo.{place}"),
        )
        for place, (line, row) in enumerate(zip(_shipped(part), form.rows(), strict=True))
    ]
