"""What was sold on the spot: the list, one sale with its deeds, and what a unit bought."""

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.core import clock
from market.core.access import DESK, UNIT_BUYERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.fairs import queries, services
from market.fairs.forms import AnswerForm, MendForm
from market.fairs.models import BuyerKind, FairSale, SaleState
from market.fairs.views.bp import EXHIBITORS, SELLERS, bp, done, fair_or_404, refused
from market.fairs.views.till import offer, typed
from market.units.queries import active_units

SIZE = 50
MOST_ROWS = 100_000


@bp.get("/<number>/sales")
@allow(*EXHIBITORS)
def sales(number: str) -> Any:
    """List a fair's sales with their sum, or give the list as a file."""
    fair = fair_or_404(number)
    word = request.args.get("state", "")
    state = SaleState(word) if word in set(SaleState) else None
    stand, unit = request.args.get("stand", "")[:20], request.args.get("unit", "")[:20]
    chosen = queries.sales_for(
        current_user, fair, stand=stand, state=state, unit=unit, net=word == "net"
    )
    if "anyone" in request.args:
        chosen = chosen.where(FairSale.unit_id.is_(None))
    if "counted" in request.args:
        chosen = chosen.where(FairSale.counts)
    wanted = request.args.get("format")
    if wanted in ("xlsx", "csv", "pdf"):
        rows = db.session.scalars(chosen.limit(MOST_ROWS)).all()
        return download_table(_table(fair.name, rows), wanted)
    if wanted is not None:
        abort(404)
    return render_template(
        "fairs/sales.html",
        fair=fair,
        page=page_of(db.session, chosen, request.args.get("page", 1, int), size=SIZE),
        sums=queries.sums_of(db.session, chosen),
        state=word,
        states=[("net", "已核实减冲销"), *((one.value, one.label) for one in SaleState)],
        stand=stand,
        stands=[
            (one.number, f"{one.number} {one.supplier.name}")
            for one in queries.stands_of(db.session, fair)
            if current_user.supplier_id in (None, one.supplier_id)
        ],
    )


@bp.get("/purchases")
@allow(*UNIT_BUYERS)
def purchases() -> Any:
    """List what one's unit bought at fairs; what waits is to be confirmed or sent back."""
    return _purchases(AnswerForm(formdata=None), "")


@bp.get("/sales/<key>")
@allow(*EXHIBITORS, *UNIT_BUYERS)
def sale(key: str) -> Any:
    """Show a sale with what may be done about it."""
    return _page(_sale_or_404(key))


@bp.post("/sales/<key>/mend")
@allow(*SELLERS)
def mend(key: str) -> Any:
    """Put a returned sale before the verifier again, corrected."""
    one = _sale_or_404(key)
    form = MendForm()
    _offer(form, one)
    if form.validate_on_submit():
        try:
            services.mend_sale(
                db.session, one, typed(form), version=_version(form), by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done("已修改，重新提交核实。", url_for(".sale", key=key))
    return _page(_sale_or_404(key), mending=form), 422


@bp.post("/sales/<key>/withdraw")
@allow(*SELLERS)
def withdraw(key: str) -> Any:
    """Say that a sale that doesn't count yet was none."""
    return _decide(
        key,
        "已作废。",
        lambda one, form: services.withdraw_sale(
            db.session, one, reason=form.answer.data or "", by=current_user
        ),
    )


@bp.post("/sales/<key>/return")
@allow(Role.COORDINATOR, *UNIT_BUYERS)
def return_(key: str) -> Any:
    """Send a sale back to the stand."""
    return _decide(
        key,
        "已退回，并通知了登记人。",
        lambda one, form: services.return_sale(
            db.session,
            one,
            version=_version(form),
            answer=form.answer.data or "",
            by=current_user,
        ),
    )


@bp.post("/sales/<key>/confirm")
@allow(*UNIT_BUYERS)
def confirm(key: str) -> Any:
    """Say for one's unit that it bought this."""
    one, form = _sale_or_404(key), AnswerForm()
    here = url_for(".purchases")
    try:
        services.confirm_sale(db.session, one, version=_version(form), by=current_user)
    except Refused as refusal:
        return refused(refusal, here)
    return done(f"小票 {one.receipt_no} 已确认，计入贵单位的任务。", here)


@bp.post("/sales/<key>/reverse")
@allow(Role.COORDINATOR)
def reverse(key: str) -> Any:
    """Take a verified sale back by a row of its own."""
    return _decide(
        key,
        "已冲销：原记录保留，另记一行相反的数。",
        lambda one, form: services.reverse_sale(
            db.session, one, reason=form.answer.data or "", by=current_user
        ),
    )


def _decide(key: str, said: str, deed: Callable[[FairSale, AnswerForm], Any]) -> Any:
    one, form = _sale_or_404(key), AnswerForm()
    buys = current_user.role in UNIT_BUYERS
    if form.validate_on_submit():
        try:
            deed(one, form)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            return done(said, url_for(".purchases") if buys else url_for(".sale", key=key))
    if buys:
        return _purchases(form, key), 422
    return _page(_sale_or_404(key), deciding=form), 422


def _page(one: FairSale, **forms: Any) -> str:
    sells = current_user.role is Role.COORDINATOR or (
        current_user.supplier_id is not None and current_user.supplier_id == one.stand.supplier_id
    )
    sees_outside = current_user.role in (*DESK, *UNIT_BUYERS)
    if "mending" not in forms and sells and one.state is SaleState.RETURNED:
        form = MendForm(
            formdata=None,
            buyer=one.buyer.value,
            unit=one.unit.code if one.unit else "",
            amount_fen=one.amount_fen,
            receipt_no=one.receipt_no,
            product=one.product.code if one.product else "",
            goods=one.goods,
            sold_at=one.sold_at.astimezone(clock.CHINA),
            version=str(one.version),
        )
        _offer(form, one)
        forms["mending"] = form
    return render_template(
        "fairs/sale.html",
        sale=one,
        fair=one.fair,
        sells=sells,
        decides=current_user.role is Role.COORDINATOR and one.made_by_id != current_user.id,
        selling=one.fair.state in services.SELLING,
        twins=queries.twins_of_sales(db.session, [one]).get(one.id, ()) if sees_outside else (),
        units=active_units(db.session) if forms.get("mending") else (),
        **{"deciding": AnswerForm(formdata=None), "mending": None, **forms},
    )


def _purchases(form: AnswerForm, key: str) -> str:
    page = page_of(
        db.session, queries.purchases_for(current_user), request.args.get("page", 1, int), size=SIZE
    )
    return render_template(
        "fairs/purchases.html",
        page=page,
        twins=queries.twins_of_sales(db.session, page.items),
        form=form,
        key=key,
        waiting=SaleState.SUBMITTED,
    )


def _offer(form: MendForm, one: FairSale) -> None:
    offer(form, [one.stand])


def _version(form: Any) -> int:
    word = form.version.data or ""
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 9 else 0


def _sale_or_404(key: str) -> FairSale:
    return queries.sale_for(db.session, current_user, key) or abort(404)


def _table(name: str, rows: Any) -> Table:
    lines = [
        (
            one.sold_at,
            one.receipt_no,
            one.stand.number,
            one.stand.supplier.name,
            one.unit.name if one.unit else BuyerKind.PERSON.label,
            one.product.name if one.product else one.goods,
            one.state.label,
            "是" if one.counts else "否",
            one.amount_fen,
        )
        for one in rows
    ]
    return Table(
        title=f"{name}现场销售",
        note=f"截至 {clock.today()}；单位：元；冲销另起一行，金额为负",
        columns=(
            ("销售时间", "instant"),
            ("小票号", "text"),
            ("展位", "text"),
            ("供应商", "text"),
            ("采购方", "text"),
            ("商品", "text"),
            ("状态", "text"),
            ("计入任务", "text"),
            ("金额", "yuan"),
        ),
        rows=lines,
        total=(None, "合计", "", "", "", "", "", "", sum(one.amount_fen for one in rows)),
    )
