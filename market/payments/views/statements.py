"""Pages of monthly statements: lists, one statement, and what both sides say of it."""

import datetime as dt
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.forms import Form
from market.core.paging import rows_page_of
from market.core.settings import settings
from market.evidence.models import Attachment
from market.evidence.services import attach
from market.ordering.queries.orders import SEE_ALL
from market.payments import forms, queries, services
from market.payments.models import Invoice, Statement, StatementState
from market.payments.queries import Age, WantedStatements
from market.payments.views.bp import bp

READERS = (*UNIT_BUYERS, Role.SUPPLIER, *SEE_ALL)
SIDES = (*UNIT_BUYERS, Role.SUPPLIER)
FILTER = ("q", "month", "unit", "supplier", "state", "age", "overdue", "owing")
ADDRESS = "/statements/<number>"


@bp.get("/statements")
@allow(*READERS)
def statements() -> Any:
    """List the statements this person may see, with their sums."""
    return _list_page(forms.MonthForm(formdata=None, month=_last_month()))


@bp.post("/statements")
@allow(*services.RECORDERS)
def make_statements() -> Any:
    """Make the statements of a month."""
    form = forms.MonthForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    year, month = map(int, (form.month.data or "").split("-"))
    try:
        made = services.make_statements(db.session, year, month, by=current_user)
    except Refused as refusal:
        db.session.rollback()
        refusal.field = "month"
        form.refuse(refusal)
        return _list_page(form), 422
    db.session.commit()
    if made:
        flash(f"生成了 {len(made)} 张结算单，双方已收到通知。", "success")
    else:
        flash(f"{year} 年 {month} 月没有新的结算内容，没有生成结算单。", "info")
    return redirect(url_for(".statements", month=form.month.data))


@bp.get(ADDRESS)
@allow(*READERS)
def statement(number: str) -> Any:
    """Show one statement: its lines, money and invoices, and what this person may do."""
    return _page(statement_or_404(number))


@bp.post(f"{ADDRESS}/confirm")
@allow(*SIDES)
def confirm_statement(number: str) -> Any:
    """Agree with the statement."""
    services.confirm_statement(db.session, statement_or_404(number), by=current_user)
    db.session.commit()
    flash("已确认，对方已收到通知。", "success")
    return redirect(url_for(".statement", number=number))


@bp.post(f"{ADDRESS}/object")
@allow(*SIDES)
def object_to_statement(number: str) -> Any:
    """Object to the statement."""
    form = forms.ObjectionForm(prefix="objection")

    def act(one: Statement) -> None:
        words = form.words.data or ""
        services.object_to_statement(db.session, one, words=words, by=current_user)

    return _do(number, form, "objection", act, "异议已提交，统筹协调人员会处理。")


@bp.post(f"{ADDRESS}/uphold")
@allow(Role.COORDINATOR)
def uphold_statement(number: str) -> Any:
    """Decide that a disputed statement stands."""
    form = forms.RulingForm(prefix="ruling")

    def act(one: Statement) -> None:
        services.uphold_statement(db.session, one, words=form.words.data or "", by=current_user)

    return _do(number, form, "ruling", act, "已维持这张结算单，双方已收到通知。")


@bp.post(f"{ADDRESS}/void")
@allow(Role.COORDINATOR)
def void_statement(number: str) -> Any:
    """Declare the statement void, and make it anew."""
    form = forms.RulingForm(prefix="ruling")
    made: list[str] = []

    def act(one: Statement) -> None:
        words = form.words.data or ""
        new = services.void_statement(db.session, one, words=words, by=current_user)
        made.append(new.number)

    answer = _do(number, form, "ruling", act, "已作废，双方已收到通知。")
    return redirect(url_for(".statement", number=made[0])) if made else answer


@bp.post(f"{ADDRESS}/extend")
@allow(Role.COORDINATOR, Role.SUPPLIER)
def extend_statement(number: str) -> Any:
    """Put the day on which it is due off."""
    form = forms.ExtensionForm(prefix="extension")

    def act(one: Statement) -> None:
        services.extend_statement(db.session, one, reason=form.reason.data or "", by=current_user)

    return _do(number, form, "extension", act, "付款期限已延长，双方已收到通知。")


@bp.post(f"{ADDRESS}/invoices")
@allow(*SIDES)
def record_invoice(number: str) -> Any:
    """Record an invoice for the statement."""
    form = forms.InvoiceForm(prefix="invoice")

    def act(one: Statement) -> None:
        services.record_invoice(
            db.session,
            one,
            code=form.code.data or "",
            number=form.number.data or "",
            issued_on=form.issued_on.data or clock.today(),
            amount_fen=int(form.amount_fen.data or 0),
            attachment=_attached(form, one),
            once_key=form.once.data or "",
            by=current_user,
        )

    return _do(number, form, "invoice", act, _said_of_invoices)


@bp.post(f"{ADDRESS}/invoices/<int:position>/void")
@allow(*SIDES)
def void_invoice(number: str, position: int) -> Any:
    """Declare an invoice void; they count from 1."""
    form = forms.VoidInvoiceForm(prefix=f"void-{position}")

    def act(one: Statement) -> None:
        invoices = queries.invoices_of(db.session, one)
        invoice: Invoice = invoices[position - 1] if 0 < position <= len(invoices) else abort(404)
        services.void_invoice(db.session, invoice, reason=form.reason.data or "", by=current_user)

    return _do(number, form, f"void-{position}", act, "发票登记已作废，号码可以重新登记。")


@bp.post(f"{ADDRESS}/transfers")
@allow(*services.RECORDERS)
def record_statement_transfer(number: str) -> Any:
    """Write down a transfer for the statement."""
    form = forms.TransferForm(prefix="transfer")

    def act(one: Statement) -> None:
        services.record_statement_transfer(
            db.session,
            one,
            amount_fen=int(form.amount_fen.data or 0),
            bank_serial=form.bank_serial.data or "",
            paid_on=form.paid_on.data or clock.today(),
            once_key=form.once.data or "",
            by=current_user,
        )

    return _do(number, form, "transfer", act, "转账已登记入账，单位已收到通知。")


def statement_or_404(number: str) -> Statement:
    """Return the statement, if this person may see it."""
    return queries.statement_for(db.session, current_user, number) or abort(404)


def wanted_of_request() -> WantedStatements:
    """Return what the filter of a list asks for; words it doesn't know are left out."""
    given = request.args
    state, age = given.get("state", ""), given.get("age", "")
    return WantedStatements(
        state=StatementState(state) if state in set(StatementState) else None,
        month=_month_of(given.get("month", "")),
        unit=given.get("unit", "").strip()[:80],
        supplier=given.get("supplier", "").strip()[:80],
        search=given.get("q", "").strip().upper()[:20],
        age=Age(age) if age in set(Age) else None,
        overdue=bool(given.get("overdue")),
        owing=bool(given.get("owing")),
    )


def _do(number: str, form: Form, name: str, act: Any, done: Any) -> Any:
    """Do what a form of the statement's page asks for; a refusal shows the page with the form.

    ``done`` is what is said then, or makes that, with its colour, of the statement.
    """
    one = statement_or_404(number)
    if not form.validate_on_submit():
        return _page(one, **{name: form}), 422
    try:
        act(one)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(statement_or_404(number), **{name: form}), 422
    db.session.commit()
    flash(*((done, "success") if isinstance(done, str) else done(one)))
    return redirect(url_for(".statement", number=number))


def _said_of_invoices(one: Statement) -> tuple[str, str]:
    """Say that an invoice is recorded, and by how much all of them differ from the goods."""
    check = queries.check_of(
        queries.lines_of(db.session, one), queries.invoices_of(db.session, one)
    )
    fen = check.invoice_difference_fen
    if not fen:
        return "发票已登记，与验收和售后一致。", "success"
    word = "多" if fen > 0 else "少"
    return (
        f"发票已登记；发票合计 {money.yuan(check.invoiced_fen)} 元，"
        f"比应开的 {money.yuan(check.goods_fen)} 元{word} {money.yuan(abs(fen))} 元，请核对。",
        "warning",
    )


def _list_page(form: forms.MonthForm) -> str:
    wanted = wanted_of_request()
    select = queries.statements_for(current_user, wanted)
    page = rows_page_of(db.session, select, request.args.get("page", 1, int))
    return render_template(
        "payments/statements.html",
        page=page,
        rows=[queries.statement_row(row) for row in page.items],
        sums=queries.statement_sums(db.session, current_user, wanted),
        by_unit=queries.sums_by_unit(db.session, current_user, wanted)
        if current_user.role is Role.SUPPLIER
        else [],
        wanted=wanted,
        states=[(one.value, one.label) for one in StatementState],
        ages=[(one.value, one.label) for one in Age],
        form=form,
        may_make=current_user.role in services.RECORDERS,
        sees_all=current_user.role in SEE_ALL,
        kept={word: request.args[word] for word in FILTER if request.args.get(word)},
    )


def _page(one: Statement, **refused: Form) -> str:
    """Show the statement; a form that was refused keeps what was typed."""
    lines = queries.lines_of(db.session, one)
    invoices = queries.invoices_of(db.session, one)
    payments = queries.payments_of(db.session, one)
    owed_fen = queries.outstanding_fen(db.session, one)
    check = queries.check_of(lines, invoices)
    paid_fen = sum(row.fen for row in payments)
    new_invoice = refused.get("invoice") or forms.InvoiceForm(
        formdata=None,
        prefix="invoice",
        issued_on=clock.today(),
        amount_fen=max(0, -check.invoice_difference_fen) or None,
    )
    return render_template(
        "payments/statement.html",
        statement=one,
        lines=lines,
        invoices=invoices,
        check=check,
        payments=payments,
        paid_fen=paid_fen,
        owed_fen=owed_fen,
        goes_on=queries.goes_on(one, owed_fen),
        successor=queries.successor_of(db.session, one)
        if one.state is StatementState.VOID
        else None,
        # What was paid to its orders themselves, came back of them, or was carried on.
        elsewhere_fen=0
        if one.state is StatementState.VOID
        else one.total_fen - paid_fen - owed_fen,
        side=services.side_of(one, current_user),
        may_record=current_user.role in services.RECORDERS,
        may_resolve=current_user.role is Role.COORDINATOR,
        forms={
            "objection": refused.get("objection") or _blank(forms.ObjectionForm, "objection"),
            "ruling": refused.get("ruling") or _blank(forms.RulingForm, "ruling"),
            "extension": refused.get("extension") or _blank(forms.ExtensionForm, "extension"),
            "invoice": new_invoice,
            "transfer": refused.get("transfer")
            or forms.TransferForm(
                formdata=None,
                prefix="transfer",
                amount_fen=owed_fen or None,
                paid_on=clock.today(),
            ),
            "voids": [
                refused.get(f"void-{n}") or _blank(forms.VoidInvoiceForm, f"void-{n}")
                for n in range(1, len(invoices) + 1)
            ],
        },
        refused=refused,
        payee=settings(),
        days=settings().extension_days,
        StatementState=StatementState,
    )


def _blank(form: type[Form], prefix: str) -> Form:
    return form(formdata=None, prefix=prefix)


def _attached(form: forms.InvoiceForm, one: Statement) -> Attachment | None:
    """Keep the invoice's file, for both sides to see; none where none was chosen."""
    upload = form.file.data
    if not upload:
        return None
    try:
        return attach(
            db.session,
            current_app.extensions["files"],
            upload.read(),
            name=upload.filename or "",
            by=current_user,
            unit_id=one.unit_id,
            supplier_id=one.supplier_id,
        )
    except Refused as refusal:
        raise Refused(str(refusal), field="file") from None


def _month_of(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007
    except ValueError:
        return None


def _last_month() -> str:
    return f"{clock.today().replace(day=1) - dt.timedelta(days=1):%Y-%m}"
