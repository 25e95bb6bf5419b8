"""Purchases outside the shop: a unit submits them, coordinators verify them."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.core import clock
from market.core.access import DESK, UNIT_BUYERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.evidence.models import Attachment
from market.evidence.services import attach
from market.fairs import queries as fairs
from market.fairs.models import BuyerKind
from market.reports.queries import year_in
from market.targets import queries, services
from market.targets.forms import OutsideDecideForm, OutsideForm
from market.targets.models import OutsideKind, OutsidePurchase, OutsideState
from market.targets.queries import Bought, OutsideWanted
from market.targets.views.board import years_shown
from market.targets.views.bp import bp

SIZE = 50
SEES = (*UNIT_BUYERS, *DESK)
TEXTS = ("seller", "products", "invoice_code", "invoice_no", "order_no", "receipt_no", "note")


@bp.get("/outside")
@allow(*SEES)
def outside() -> Any:
    """List purchases outside the shop: one's unit's, or those of all units to verify."""
    wanted = _wanted(request.args)
    select = queries.purchases_for(current_user, wanted)
    year = wanted.year or clock.today().year
    return render_template(
        "targets/outside.html",
        wanted=wanted,
        page=page_of(db.session, select, request.args.get("page", 1, int), size=SIZE),
        sums=queries.outside_sums(db.session, select),
        years=[(one, f"{one}年") for one in years_shown(year)],
        states=[(one.value, one.label) for one in OutsideState],
        kinds=[(one.value, one.label) for one in OutsideKind],
        is_desk=current_user.role in DESK,
        reports=queries.may_report_outside(current_user),
        is_filtered=any(request.args.get(word) for word in ("year", "state", "kind", "unit", "q")),
    )


@bp.get("/outside.xlsx")
@allow(*SEES)
def outside_xlsx() -> Any:
    """Give the list as it is filtered."""
    wanted = _wanted(request.args)
    select = queries.purchases_for(current_user, wanted)
    told = "、".join(
        word
        for word in (
            f"{wanted.year}年" if wanted.year else "",
            wanted.state.label if wanted.state else "",
            wanted.kind.label if wanted.kind else "",
            wanted.unit,
            wanted.words,
        )
        if word
    )
    rows = db.session.scalars(select).all()
    table = queries.outside_table(rows, queries.outside_sums(db.session, select), told)
    return download_table(table, "xlsx")


@bp.route("/outside/new", methods=["GET", "POST"])
@allow(*UNIT_BUYERS)
def new_outside() -> Any:
    """Submit a purchase of one's unit."""
    form = OutsideForm()
    if form.validate_on_submit():
        try:
            made = services.submit_outside(
                db.session,
                _told(form),
                attached(form.files.data),
                once_key=form.once.data or "",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            number, said = made.number, _where(made)
            db.session.commit()
            flash(f"已提交 {number}，核实后{said}。", "success")
            return redirect(url_for(".show_outside", number=number))
    return _form_page(form)


@bp.get("/outside/<number>")
@allow(*SEES)
def show_outside(number: str) -> Any:
    """Show one purchase with its evidence, and to whom it falls the buttons to decide it."""
    return _purchase_page(_purchase_or_404(number), OutsideDecideForm(formdata=None))


@bp.route("/outside/<number>/edit", methods=["GET", "POST"])
@allow(*UNIT_BUYERS)
def edit_outside(number: str) -> Any:
    """Correct a returned purchase and put it before the verifier again."""
    made = _purchase_or_404(number)
    if made.state is not OutsideState.RETURNED:
        flash("只有被退回的申报可以修改。", "warning")
        return redirect(url_for(".show_outside", number=number))
    form = OutsideForm()
    if form.validate_on_submit():
        try:
            services.resubmit_outside(
                db.session, made, _told(form), attached(form.files.data), by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            said = _where(made)
            db.session.commit()
            flash(f"{number} 已重新提交，核实后{said}。", "success")
            return redirect(url_for(".show_outside", number=number))
    elif not form.is_submitted():
        form.kind.data, form.bought_on.data = made.kind.value, made.bought_on
        form.amount_fen.data = made.amount_fen  # type: ignore[assignment]
        for name in TEXTS:
            form[name].data = getattr(made, name)
    return _form_page(form, made)


@bp.post("/outside/<number>/withdraw")
@allow(*UNIT_BUYERS)
def withdraw(number: str) -> Any:
    """Take back what isn't verified."""
    return _decide(
        number,
        "已撤回，不再核实。",
        lambda made, _: services.withdraw_outside(db.session, made, by=current_user),
    )


@bp.post("/outside/<number>/verify")
@allow(Role.COORDINATOR)
def verify(number: str) -> Any:
    """Say that a purchase is true."""
    return _decide(
        number,
        "已核实，计入该单位的完成数，并已通知。",
        lambda made, form: services.verify_outside_purchase(
            db.session,
            made,
            version=form.version.data or 0,
            same_files_seen=form.same_files_seen.data,
            apart_reason=form.apart_reason.data or "",
            by=current_user,
        ),
    )


@bp.post("/outside/<number>/return")
@allow(Role.COORDINATOR)
def return_(number: str) -> Any:
    """Send a purchase back to its unit."""
    return _decide(
        number,
        "已退回，并通知申报单位。",
        lambda made, form: services.return_outside(
            db.session,
            made,
            version=form.version.data or 0,
            answer=form.answer.data or "",
            by=current_user,
        ),
    )


@bp.post("/outside/<number>/reverse")
@allow(Role.COORDINATOR)
def reverse(number: str) -> Any:
    """Take a verified purchase back by a counter-row."""
    return _decide(
        number,
        "已冲销：原记录保留，另记一行相反的数，并已通知申报单位。",
        lambda made, form: services.reverse_outside(
            db.session, made, reason=form.answer.data or "", by=current_user
        ),
    )


def attached(uploads: Any) -> list[Attachment]:
    """Keep the files of a form for the unit of whoever sent it, or refuse one beside its field."""
    found = []
    for upload in uploads or []:
        if not getattr(upload, "filename", ""):
            continue
        try:
            found.append(
                attach(
                    db.session,
                    current_app.extensions["files"],
                    upload.read(),
                    name=upload.filename,
                    unit_id=current_user.unit_id,
                    by=current_user,
                )
            )
        except Refused as refusal:
            raise Refused(f"“{upload.filename}”：{refusal}", field="files") from None
    return found


def _wanted(given: Mapping[str, str]) -> OutsideWanted:
    return OutsideWanted(
        year=year_in(given) if given.get("year") else None,
        state=next((one for one in OutsideState if one.value == given.get("state")), None),
        kind=next((one for one in OutsideKind if one.value == given.get("kind")), None),
        unit=given.get("unit", "").strip()[:20],
        words=given.get("q", "").strip()[:40],
    )


def _told(form: OutsideForm) -> Bought:
    given: dict[str, Any] = {name: form[name].data or "" for name in TEXTS}
    amount: Any = form.amount_fen.data
    assert form.bought_on.data is not None  # The form requires it.
    return Bought(
        kind=OutsideKind(form.kind.data),
        bought_on=form.bought_on.data,
        amount_fen=amount or 0,
        **given,
    )


def _where(made: OutsidePurchase) -> str:
    """Say in which month a purchase will count."""
    year, month = queries.lands_in(db.session, made.bought_on, made.submitted_at)
    if (year, month) == (made.bought_on.year, made.bought_on.month):
        return f"计入{year}年{month}月"
    return (
        f"计入{year}年{month}月，标为以前期间调整：购买日期所在的"
        f"{made.bought_on.year}年{made.bought_on.month}月已锁定或结账"
    )


def _decide(
    number: str, said: str, deed: Callable[[OutsidePurchase, OutsideDecideForm], object]
) -> Any:
    made = _purchase_or_404(number)
    form = OutsideDecideForm()
    if form.validate_on_submit():
        try:
            deed(made, form)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(said, "success")
            return redirect(url_for(".show_outside", number=number))
    return _purchase_page(made, form), 422


def _purchase_page(made: OutsidePurchase, form: OutsideDecideForm) -> str:
    form.version.data = made.version
    is_own = current_user.role in UNIT_BUYERS and current_user.unit_id == made.unit_id
    decides = queries.may_decide_outside(made, current_user)
    waits = made.state is OutsideState.SUBMITTED
    return render_template(
        "targets/outside_show.html",
        made=made,
        form=form,
        repeated=queries.repeated_evidence(db.session, made) if not is_own else [],
        # What an employee bought is not their unit's to see.
        twins=[
            pair
            for pair in fairs.twins_of_purchase(db.session, made)
            if not is_own or pair.sale.buyer is BuyerKind.UNIT
        ],
        proofs=fairs.proofs_like(db.session, made) if decides and waits else [],
        credits=queries.credits_of_purchase(db.session, made),
        where=_where(made),
        decides=decides,
        is_own=is_own,
    )


def _purchase_or_404(number: str) -> OutsidePurchase:
    return queries.outside_for(db.session, current_user, number) or abort(404)


def _form_page(form: OutsideForm, made: OutsidePurchase | None = None) -> Any:
    page = render_template(
        "targets/outside_form.html",
        form=form,
        made=made,
        suppliers=queries.supplier_names(db.session),
        earliest=queries.earliest_day(db.session, clock.today()),
        reports=queries.may_report_outside(current_user),
    )
    return page, 422 if form.is_submitted() else 200
