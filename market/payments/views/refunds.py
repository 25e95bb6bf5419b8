"""Pages on refunds that are written down: where they stand, sending them, the bank's numbers.

A refund is written down and committed; then the processor is asked, with no
transaction open; then its answer is settled, as a notice would be.
"""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.adapters.stripe import Rejected
from market.audit.queries import history_of
from market.core import clock, money
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.ordering.queries import typed_number
from market.payments import queries, services
from market.payments.forms import CallOffRefundForm, ConfirmRefundForm
from market.payments.models import DisputeState, Method, Refund, RefundCause, RefundState
from market.payments.views.bp import bp

READERS = (*services.RECORDERS, Role.INSPECTOR)
WAITING = (RefundState.PENDING, RefundState.SENT)
MOST_ROWS = 20_000


@bp.get("/refunds")
@allow(*READERS)
def refunds() -> Any:
    """List the refunds with their sums; filter, search, page, and take away."""
    state, cause = request.args.get("state", ""), request.args.get("cause", "")
    given: dict[str, Any] = {
        "state": RefundState(state) if state in set(RefundState) else None,
        "cause": RefundCause(cause) if cause in set(RefundCause) else None,
        "search": request.args.get("q", "").strip()[:60],
    }
    select = queries.refunds(**given)
    if request.args.get("format") in ("xlsx", "csv"):
        found = db.session.scalars(select.limit(MOST_ROWS)).unique().all()
        return download_table(_table(found), request.args["format"])
    return render_template(
        "payments/refunds.html",
        page=page_of(db.session, select, request.args.get("page", 1, int)),
        sums=queries.refund_sums(db.session, **given),
        given=given,
        states=[(one.value, one.label) for one in RefundState],
        causes=[(one.value, one.label) for one in RefundCause],
    )


@bp.get("/disputes")
@allow(*READERS)
def disputes() -> Any:
    """List what buyers dispute with the processor."""
    word = request.args.get("state", "")
    state = DisputeState(word) if word in set(DisputeState) else None
    search = typed_number(request.args.get("q", ""))[:20]
    select = queries.disputes(state=state, search=search)
    page = page_of(db.session, select, request.args.get("page", 1, int))
    return render_template(
        "payments/disputes.html",
        page=page,
        statements=queries.statements_paid_by(db.session, [one.payment_id for one in page.items]),
        amount_fen=queries.disputes_fen(db.session, state=state, search=search),
        states=[(one.value, one.label) for one in DisputeState],
        state=state,
        search=search,
    )


@bp.get("/refunds/<number>")
@allow(*READERS)
def refund(number: str) -> Any:
    """Show a refund, how far it has come, and what may be done about it."""
    return _refund_page(refund_or_404(number))


@bp.post("/refunds/<number>/send")
@allow(*services.RECORDERS)
def send_refund(number: str) -> Any:
    """Ask the processor about a refund that is not known to have arrived; send it if need be."""
    send(refund_or_404(number))
    return show_after([number])


@bp.post("/refunds/<number>/confirm")
@allow(*services.RECORDERS)
def confirm_refund(number: str) -> Any:
    """Write down that a refund was transferred."""
    refund = refund_or_404(number)
    form = ConfirmRefundForm()
    if not form.validate_on_submit():
        return _refund_page(refund, confirm=form), 422
    try:
        services.confirm_refund(
            db.session,
            refund,
            done_on=form.done_on.data or clock.today(),
            bank_serial=form.bank_serial.data or "",
            by=current_user,
        )
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _refund_page(refund_or_404(number), confirm=form), 422
    db.session.commit()
    return show_after([number])


@bp.post("/refunds/<number>/call-off")
@allow(*services.RECORDERS)
def call_off_refund(number: str) -> Any:
    """Write down that a transfer was not made, or came back."""
    refund = refund_or_404(number)
    form = CallOffRefundForm()
    if not form.validate_on_submit():
        return _refund_page(refund, call_off=form), 422
    try:
        services.call_off_refund(db.session, refund, reason=form.reason.data or "", by=current_user)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _refund_page(refund_or_404(number), call_off=form), 422
    db.session.commit()
    return show_after([number])


# What the pages are made of.


def _refund_page(
    refund: Refund,
    confirm: ConfirmRefundForm | None = None,
    call_off: CallOffRefundForm | None = None,
) -> Any:
    return render_template(
        "payments/refund.html",
        refund=refund,
        history=history_of(db.session, refund),
        transfer=refund.payment.method is Method.TRANSFER,
        may_act=current_user.role in services.RECORDERS,
        confirm=confirm or ConfirmRefundForm(formdata=None, done_on=clock.today()),
        call_off=call_off or CallOffRefundForm(formdata=None),
    )


def show_after(numbers: list[str]) -> Any:
    """Say what became of the refunds, and show the one, or the list."""
    for number in numbers:
        refund = refund_or_404(number)
        kind = {RefundState.DONE: "success", RefundState.FAILED: "danger"}
        words = f"退款 {number}（{money.yuan(refund.amount_fen)} 元）：{refund.state.label}。"
        if refund.state is RefundState.PENDING and refund.payment.method is Method.TRANSFER:
            words = f"退款 {number} 已登记，请转账 {money.yuan(refund.amount_fen)} 元后登记流水号。"
        flash(words, kind.get(refund.state, "info"))
    if len(numbers) == 1:
        return redirect(url_for(".refund", number=numbers[0]), 303)
    return redirect(url_for(".refunds"), 303)


def send(refund: Refund) -> None:
    """Ask the processor to make a refund that goes back online, and settle its answer.

    What it doesn't answer is asked again by ``send-refunds``; a refund is made once.
    """
    if refund.payment.method is Method.TRANSFER or refund.state not in WAITING:
        return
    wanted, cards = services.wanted_refund(refund), current_app.extensions["cards"]
    db.session.commit()
    try:
        if cards is None:
            raise Refused("没有配置支付密钥，退款还没有发出。")
        services.settle_refunds(db.session, [cards.refund(wanted)])
    except Rejected as refusal:
        services.reject_refund(db.session, refund, str(refusal))
    except Refused as refusal:
        db.session.rollback()
        flash(str(refusal), "warning")
    db.session.commit()


def refund_or_404(number: str) -> Refund:
    """Return a refund; those who may see refunds may see every one."""
    return queries.refund_by_number(db.session, number) or abort(404)


def _table(found: Any) -> Table:
    return Table(
        title="退款",
        note=f"截至 {clock.today()}，金额单位：元；共 {len(found)} 笔，合计不含退款失败的",
        columns=[
            ("退款编号", "text"),
            ("登记时间", "instant"),
            ("订单编号", "text"),
            ("方式", "text"),
            ("原因", "text"),
            ("说明", "text"),
            ("状态", "text"),
            ("退款流水号", "text"),
            ("到账日期", "day"),
            ("收款流水号", "text"),
            ("金额（元）", "yuan"),
        ],
        rows=[
            [
                one.number,
                one.made_at,
                one.order.number if one.order else None,
                one.payment.method.label,
                one.cause.label,
                one.reason,
                one.state.label,
                one.serial,
                one.done_on,
                one.payment.bank_serial,
                one.amount_fen,
            ]
            for one in found
        ],
        total=[
            "合计",
            *[None] * 9,
            sum(one.amount_fen for one in found if one.state is not RefundState.FAILED),
        ],
    )
