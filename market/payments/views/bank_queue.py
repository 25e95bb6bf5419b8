"""The desk where transfers are matched: what waits, and what a person does with each."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.core import clock, money
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.forms import Form
from market.core.paging import rows_page_of
from market.payments import services
from market.payments.forms import AccountForm, GiveBackForm, OnceForm, ReasonForm, ShareForm
from market.payments.models import Payment, Standing
from market.payments.queries.bank_proposals import proposals
from market.payments.queries.bank_queue import (
    codes_of,
    exact_keys,
    matches_of,
    queue,
    queue_sums,
    transfer_of,
)
from market.payments.services.bank_matching import (
    Share,
    bring_back,
    confirm_match,
    give_back,
    match_by_hand,
    put_on_account,
    set_aside,
    undo_match,
)
from market.payments.views.bp import bp
from market.units.queries import active_units, unit_by_code

QUEUE_SIZE = 12
MOST_AT_ONCE = 200
SEEN_BY = (*services.RECORDERS, Role.INSPECTOR)


@bp.get("/payments/transfers")
@allow(*SEEN_BY)
def transfers() -> Any:
    """List the transfers that wait, with what each was probably paid for; and take them away."""
    word = request.args.get("standing", "")
    standing = Standing(word) if word in set(Standing) else None
    search = request.args.get("q", "").strip()[:60]
    select = queue(standing=standing, search=search)
    if request.args.get("format") in ("xlsx", "csv"):
        return _sent(db.session.execute(select).all(), request.args["format"])
    page = rows_page_of(db.session, select, request.args.get("page", 1, int), size=QUEUE_SIZE)
    sums = queue_sums(db.session, search=search)
    shown = [standing] if standing else [one for one in Standing if one is not Standing.ASIDE]
    return render_template(
        "payments/transfers.html",
        page=page,
        found=proposals(db.session, [row[0] for row in page.items]),
        forms={row[0].once_key: OnceForm(formdata=None) for row in page.items},
        all_form=OnceForm(formdata=None, prefix="all"),
        sums=sums,
        count=sum(sums[one][0] for one in shown),
        free_fen=sum(sums[one][1] for one in shown),
        standings=list(Standing),
        standing=standing,
        search=search,
        may_decide=current_user.role in services.RECORDERS,
        kept=_filter(),
    )


@bp.post("/payments/transfers/confirm")
@allow(*services.RECORDERS)
def confirm_all() -> Any:
    """Confirm every transfer that is exact, each in a transaction of its own."""
    form = OnceForm(prefix="all")
    if not form.validate_on_submit():
        flash("页面打开太久，已过期；没有入账，请重新确认。", "warning")
        return redirect(url_for(".transfers", **_filter()))  # type: ignore[arg-type]
    done, left = 0, []
    keys = exact_keys(db.session, MOST_AT_ONCE)
    db.session.commit()
    for key in keys:
        payment = transfer_of(db.session, key) or abort(404)
        once_key = f"{form.once.data}-{key[-20:]}"
        try:
            confirm_match(db.session, payment, once_key=once_key, by=current_user)
            db.session.commit()
            done += 1
        except Refused as refusal:
            db.session.rollback()
            left.append(str(refusal))
    if done:
        flash(f"已确认 {done} 笔，货款已入账，采购人已收到通知。", "success")
    for sentence in left[:5]:
        flash(f"有一笔没有入账：{sentence}", "warning")
    if not keys:
        flash("没有编号与金额一致的款项，可能刚刚已由别人确认。", "info")
    if len(keys) == MOST_AT_ONCE:
        flash(f"一次最多确认 {MOST_AT_ONCE} 笔，其余请再点一次。", "info")
    return redirect(url_for(".transfers", **_filter()))  # type: ignore[arg-type]


@bp.get("/payments/transfers/<key>")
@allow(*SEEN_BY)
def transfer(key: str) -> Any:
    """Show a transfer: what the bank said of it, what it was put to, and what may be done."""
    return _show(_payment_or_404(key))


@bp.post("/payments/transfers/<key>/confirm")
@allow(*services.RECORDERS)
def confirm(key: str) -> Any:
    """Put a transfer to all that its remark names."""
    form = OnceForm()

    def act(payment: Payment) -> str:
        confirm_match(db.session, payment, once_key=form.once.data or "", by=current_user)
        return f"{money.yuan(payment.amount_fen)} 元已入账，采购人已收到通知。"

    return _do(key, form, "confirm", act, back_to_list=True)


@bp.post("/payments/transfers/<key>/match")
@allow(*services.RECORDERS)
def match(key: str) -> Any:
    """Put parts of a transfer to orders and statements that a person names."""
    form = ShareForm()

    def act(payment: Payment) -> str:
        shares = [
            Share(code.data, amount.data)  # type: ignore[arg-type]
            for code, amount in form.pairs()
            if (code.data or "").strip()
        ]
        made = match_by_hand(
            db.session,
            payment,
            shares,
            for_another=bool(form.for_another.data),
            once_key=form.once.data or "",
            by=current_user,
        )
        return f"{money.yuan(sum(row.amount_fen for row in made))} 元已入账。"

    return _do(key, form, "match", act)


@bp.post("/payments/transfers/<key>/matches/<int(max=9999):place>/undo")
@allow(*services.RECORDERS)
def undo(key: str, place: int) -> Any:
    """Take a match back by a counter-row, with a reason."""
    form = ReasonForm(prefix=f"undo-{place}")

    def act(payment: Payment) -> str:
        rows = matches_of(db.session, payment)
        if place >= len(rows):
            abort(404)
        counter = undo_match(
            db.session, rows[place].allocation, reason=form.reason.data or "", by=current_user
        )
        return f"{money.yuan(-counter.amount_fen)} 元已撤回，款项回到待核对。"

    return _do(key, form, f"undo-{place}", act)


@bp.post("/payments/transfers/<key>/aside")
@allow(*services.RECORDERS)
def aside(key: str) -> Any:
    """Say that a transfer has nothing to do with the shop."""
    form = ReasonForm(prefix="aside")

    def act(payment: Payment) -> str:
        set_aside(db.session, payment, reason=form.reason.data or "", by=current_user)
        return "已标明与货款无关；需要时可以恢复。"

    return _do(key, form, "aside", act, back_to_list=True)


@bp.post("/payments/transfers/<key>/back")
@allow(*services.RECORDERS)
def back(key: str) -> Any:
    """Put a transfer that was set aside among those that wait again."""

    def act(payment: Payment) -> str:
        bring_back(db.session, payment, by=current_user)
        return "已恢复为待核对。"

    return _do(key, Form(), "back", act)


@bp.post("/payments/transfers/<key>/account")
@allow(*services.RECORDERS)
def account(key: str) -> Any:
    """Keep what is free of a transfer on a unit's account."""
    form = AccountForm(prefix="account")

    def act(payment: Payment) -> str:
        code = (form.unit.data or "").strip()
        unit = unit_by_code(db.session, code)
        if unit is None:
            raise Refused(f"没有编码为“{code}”的单位，请核对后重新填写。", field="unit")
        put_on_account(db.session, payment, unit, by=current_user)
        return f"{money.yuan(payment.free_fen)} 元已记入“{unit.name}”的账户余额。"

    return _do(key, form, "account", act)


@bp.post("/payments/transfers/<key>/return")
@allow(*services.RECORDERS)
def return_(key: str) -> Any:
    """Send what is free of a transfer back to whoever paid."""
    form = GiveBackForm(prefix="return")

    def act(payment: Payment) -> str:
        refund = give_back(
            db.session,
            payment,
            int(form.amount_fen.data or 0),
            reason=form.reason.data or "",
            once_key=form.once.data or "",
            by=current_user,
        )
        return f"已登记退款 {refund.number}；转账退回后请登记银行流水号。"

    return _do(key, form, "return", act)


def _do(
    key: str,
    form: Form,
    name: str,
    act: Callable[[Payment], str],
    *,
    back_to_list: bool = False,
) -> Any:
    """Do one thing with a transfer, or show it again with what was refused."""
    payment = _payment_or_404(key)
    if not form.validate_on_submit():
        return _show(payment, {name: form}), 422
    try:
        said = act(payment)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _show(_payment_or_404(key), {name: form}), 422
    left = payment.free_fen and not payment.aside_reason
    db.session.commit()
    flash(said, "success")
    if back_to_list and not left:
        return redirect(url_for(".transfers", **_filter()))  # type: ignore[arg-type]
    return redirect(url_for(".transfer", key=key))


def _show(payment: Payment, refused: dict[str, Form] | None = None) -> Any:
    found = proposals(db.session, [payment])[payment.id]
    refused = refused or {}
    matches = matches_of(db.session, payment)
    shares = ShareForm(formdata=None)
    named = [part.code for part in found.parts if not part.why_not] or [
        one.code for one in found.candidates[:1]
    ]
    for (code, _), one in zip(shares.pairs(), named, strict=False):
        code.data = one
    forms = {
        "confirm": OnceForm(formdata=None),
        "match": shares,
        "aside": ReasonForm(formdata=None, prefix="aside"),
        "account": AccountForm(formdata=None, prefix="account"),
        "return": GiveBackForm(formdata=None, prefix="return", amount_fen=payment.free_fen),
        "back": Form(formdata=None),
        **{
            f"undo-{place}": ReasonForm(formdata=None, prefix=f"undo-{place}")
            for place in range(len(matches))
        },
    } | refused
    return render_template(
        "payments/transfer.html",
        payment=payment,
        proposal=found,
        matches=matches,
        forms=forms,
        refused=next(iter(refused), ""),
        units=active_units(db.session),
        may_decide=current_user.role in services.RECORDERS,
    )


def _sent(rows: Sequence[Any], kind: str) -> Any:
    """Send what the filter finds as Excel or CSV."""
    payments = [row[0] for row in rows]
    codes = codes_of(db.session, *payments)
    table = Table(
        title="待核对转账",
        note=f"截至 {clock.today()}；金额单位：元",
        columns=[
            ("到账日期", "day"),
            ("付款户名", "text"),
            ("付款账号", "text"),
            ("附言", "text"),
            ("编号", "text"),
            ("银行流水号", "text"),
            ("情况", "text"),
            ("到账金额（元）", "yuan"),
            ("待处理（元）", "yuan"),
        ],
        rows=[
            (
                payment.paid_on,
                payment.payer_name,
                payment.payer_account,
                payment.remark,
                " ".join(codes[payment.id]),
                payment.bank_serial,
                Standing(stands).label,
                payment.amount_fen,
                payment.free_fen,
            )
            for payment, stands in rows
        ],
        total=(
            *("合计", f"{len(payments)} 笔", "", "", "", "", ""),
            sum(payment.amount_fen for payment in payments),
            sum(payment.free_fen for payment in payments),
        ),
    )
    return download_table(table, kind)


def _filter() -> dict[str, str]:
    """Return the words of the filter, to come back to the same list."""
    return {word: request.args[word] for word in ("q", "standing", "page") if word in request.args}


def _payment_or_404(key: str) -> Payment:
    return transfer_of(db.session, key) or abort(404)
