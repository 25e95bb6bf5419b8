"""The page of a stand: the supplier answers and lists goods; its sales are verified here."""

from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user

from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.fairs import queries, services
from market.fairs.forms import GoodForm, ProofForm, ReasonForm, VerifyForm, choices
from market.fairs.models import FairSale, FairStand, FairState, SaleState
from market.fairs.views.bp import EXHIBITORS, SELLERS, bp, done, fair_or_404, kept, refused

BATCH = 100  # Sales of a stand that one page offers to verify.


@bp.get("/<number>/stands/<code>")
@allow(*EXHIBITORS)
def stand(number: str, code: str) -> Any:
    """Show a stand."""
    return _page(_stand_or_404(number, code))


@bp.post("/<number>/stands/<code>/answer")
@allow(Role.SUPPLIER)
def answer(number: str, code: str) -> Any:
    """Say whether the supplier comes."""
    one, form = _stand_or_404(number, code), ReasonForm()
    accepts = request.form.get("accepts") == "yes"
    if form.validate_on_submit():
        try:
            services.answer(
                db.session,
                one,
                accepts=accepts,
                reason=form.reason.data or "",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            said = "已确认参展，请登记备货。" if accepts else "已答复不参展。"
            return done(said, url_for(".stand", number=number, code=code))
    return _page(_stand_or_404(number, code), reason=form), 422


@bp.post("/<number>/stands/<code>/goods")
@allow(Role.SUPPLIER)
def add_good(number: str, code: str) -> Any:
    """List goods that the stand brings."""
    one, form = _stand_or_404(number, code), GoodForm()
    if form.validate_on_submit():
        try:
            sku = None
            if form.sku.data:
                offered = {sku.code: sku for sku in queries.skus_of(db.session, one)}
                sku = offered.get(form.sku.data)
                if sku is None:
                    raise Refused("请选择本店的商品，或另填名称。", field="sku")
            good = services.Good(
                price_fen=int(form.price_fen.data or 0),
                brought_milli=int(form.brought_milli.data or 0),
                sku=sku,
                name=form.name.data or "",
                unit=form.unit.data or "",
            )
            services.add_good(db.session, one, good, by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("已列入备货。", url_for(".stand", number=number, code=code))
    return _page(_stand_or_404(number, code), good=form), 422


@bp.post("/<number>/stands/<code>/goods/<int:good_id>/remove")
@allow(Role.SUPPLIER)
def remove_good(number: str, code: str, good_id: int) -> Any:
    """Take goods off the list."""
    one = _stand_or_404(number, code)
    here = url_for(".stand", number=number, code=code)
    try:
        services.remove_good(db.session, one, good_id, by=current_user)
    except Refused as refusal:
        return refused(refusal, here)
    return done("已从备货单移除。", here)


@bp.post("/<number>/stands/<code>/proofs")
@allow(*SELLERS)
def add_proof(number: str, code: str) -> Any:
    """Hand in photos of receipts."""
    one, form = _stand_or_404(number, code), ProofForm()
    if form.validate_on_submit():
        try:
            uploads = [one for one in form.proof.data or [] if getattr(one, "filename", "")]
            if not uploads:
                raise Refused("请选择小票照片。", field="proof")
            for upload in uploads:
                proof = kept(upload, field="proof", supplier_id=one.supplier_id)
                services.add_proof(db.session, one, proof, by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("小票照片已上传。", url_for(".stand", number=number, code=code))
    return _page(_stand_or_404(number, code), proof=form), 422


@bp.post("/<number>/stands/<code>/verify")
@allow(Role.COORDINATOR)
def verify(number: str, code: str) -> Any:
    """Verify the ticked sales of a stand, in the versions that the page showed."""
    one, form = _stand_or_404(number, code), VerifyForm()
    ticked: dict[str, int] = {}
    for word in request.form.getlist("sale")[:BATCH]:
        key, _, version = word.rpartition(":")
        ticked[key] = (
            int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0
        )
    found = [
        (sale, ticked[sale.client_key])
        for sale in db.session.scalars(
            queries.sales_for(current_user, one.fair, stand=one.number).where(
                FairSale.client_key.in_(ticked)
            )
        )
    ]
    if form.validate_on_submit():
        try:
            services.verify_sales(
                db.session,
                one,
                found,
                apart_reason=form.apart_reason.data or "",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            said = f"已核实 {len(found)} 笔，单位采购已计入任务。"
            return done(said, url_for(".stand", number=number, code=code))
    return _page(_stand_or_404(number, code), verifying=form, ticked=ticked), 422


def _page(one: FairStand, **forms: Any) -> str:
    own = current_user.supplier_id == one.supplier_id
    verifies = current_user.role is Role.COORDINATOR
    waiting = page_of(
        db.session,
        queries.sales_for(current_user, one.fair, stand=one.number, state=SaleState.SUBMITTED),
        size=BATCH,
    )
    found: dict[str, Any] = {"reason": None, "good": None, "ticked": {}}
    if own:
        found |= {"reason": ReasonForm(formdata=None), "good": GoodForm(formdata=None)} | forms
        found["good"].sku.choices = choices(
            [
                (sku.code, f"{sku.product.name} {sku.name}（{sku.unit}）")
                for sku in queries.skus_of(db.session, one)
            ],
            none="不在本店，另填名称",
        )
    return render_template(
        "fairs/stand.html",
        stand=one,
        fair=one.fair,
        goods=queries.goods_of(db.session, [one.id])[one.id],
        proofs=queries.proofs_of(db.session, one),
        waiting=waiting,
        twins=queries.twins_of_sales(db.session, waiting.items) if verifies else {},
        sums=queries.sums_of(
            db.session, queries.sales_for(current_user, one.fair, stand=one.number)
        ),
        own=own,
        sells=own or current_user.role is Role.COORDINATOR,
        selling=one.fair.state in (FairState.OPEN, FairState.CLOSED),
        preparing=one.fair.state in (FairState.PLANNED, FairState.OPEN),
        verifies=verifies,
        **{
            "proof": ProofForm(formdata=None),
            "verifying": VerifyForm(formdata=None),
            **found,
            **forms,
        },
    )


def _stand_or_404(number: str, code: str) -> FairStand:
    fair = fair_or_404(number)
    return queries.stand_for(db.session, current_user, fair, code) or abort(404)
