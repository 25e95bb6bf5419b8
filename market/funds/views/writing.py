"""Write a document, or change one that may still be changed."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.accounts.models import Person
from market.accounts.queries import person_by_login
from market.core import clock
from market.core.access import allow
from market.core.db import db
from market.core.errors import Refused
from market.funds import services
from market.funds.forms import DocumentForm, InvoiceRow
from market.funds.models import EDITABLE, RULES, Document, Earmark, Kind
from market.funds.queries import flows
from market.funds.queries.documents import agreements_for
from market.funds.queries.figures import earmarks
from market.funds.services import Content, Invoice
from market.funds.views.bp import WRITERS, bp
from market.funds.views.documents import document_or_404


@bp.route("/documents/new/<kind>", methods=["GET", "POST"])
@allow(*WRITERS)
def new_document(kind: str) -> Any:
    """Write a document of a kind; the address may name its earmark, agreement or target."""
    wanted = Kind(kind) if kind in set(Kind) else abort(404)
    if current_user.role not in RULES[wanted].makers:
        abort(403)
    target = None
    if wanted is Kind.REVERSAL:
        target = document_or_404(request.args.get("target", ""))
    form = DocumentForm(
        earmark=request.args.get("earmark", ""),
        agreement=request.args.get("agreement", ""),
        occurred_on=clock.today(),
        title=_title(wanted, target),
    )
    desk = _Desk(wanted, form, is_new=True, target=target)
    if desk.may_be_taken():
        try:
            made = services.draft(
                db.session,
                wanted,
                desk.content(),
                once_key=form.once.data or "",
                by=current_user,
            )
        except Refused as refusal:
            desk.refuse(refusal)
        else:
            db.session.commit()
            flash(f"{wanted.label} {made.number} 已保存为草稿；上传附件后提交。", "success")
            return redirect(url_for(".document", number=made.number), 303)
    return desk.page(None)


@bp.route("/documents/<number>/edit", methods=["GET", "POST"])
@allow(*WRITERS)
def edit_document(number: str) -> Any:
    """Change a draft or what was returned."""
    one = document_or_404(number)
    if request.method == "GET" and (one.made_by_id != current_user.id or one.state not in EDITABLE):
        flash(f"单据{one.state.label}；只有填写人可以修改草稿或退回的单据。", "warning")
        return redirect(url_for(".document", number=number))
    form = DocumentForm(
        earmark=one.earmark.code if one.earmark else "",
        to_earmark=one.to_earmark.code if one.to_earmark else "",
        agreement=one.agreement.number if one.agreement else "",
        title=one.title,
        document_no=one.document_no,
        occurred_on=one.occurred_on,
        year=one.year,
        amount_fen=one.amount_fen,
        cost_type=one.cost_type,
        payee=one.payee,
        payee_login=one.payee_person.login if one.payee_person else "",
        reason=one.reason,
        invoices=[_row(line) for line in one.lines],
    )
    desk = _Desk(one.kind, form, is_new=False, target=one.target)
    if desk.may_be_taken():
        try:
            services.edit(db.session, one, desk.content(), by=current_user)
        except Refused as refusal:
            desk.refuse(refusal)
            one = document_or_404(number)
        else:
            db.session.commit()
            flash("已保存；改动后须重新提交，原来的审批不再有效。", "success")
            return redirect(url_for(".document", number=number), 303)
    return desk.page(one)


class _Desk:
    """The form of one kind of document, with what may be chosen in it."""

    def __init__(
        self, kind: Kind, form: DocumentForm, *, is_new: bool, target: Document | None
    ) -> None:
        self.kind, self.form, self.target = kind, form, target
        form.fit(kind, is_new=is_new)
        everything = earmarks(db.session) if kind is Kind.REALLOCATION else ()
        own = earmarks(db.session, by=current_user) if "earmark" in form else ()
        self.earmarks = {one.code: one for one in (*everything, *own)}
        self.agreements = {
            one.number: one
            for one in (
                agreements_for(db.session, current_user, kind) if "agreement" in form else ()
            )
        }
        chosen = self.agreements.get(form.said("agreement") or "")
        within = [chosen] if chosen else list(self.agreements.values())
        self.chosen = chosen.earmark if chosen else self.earmarks.get(form.said("earmark") or "")
        spent_on: Sequence[Earmark] = [*own, *(one.earmark for one in within if one.earmark)]
        if self.chosen:
            spent_on = [self.chosen]
        form.offer(
            earmarks=[(one.code, f"{one.name} · {one.department}") for one in own],
            targets=[(one.code, f"{one.name} · {one.department}") for one in everything],
            agreements=[
                (one.number, f"{one.number} {one.title}{_of(one)}")
                for one in self.agreements.values()
            ],
            years=flows.years(db.session) or [2020],
            cost_types=list(dict.fromkeys(name for one in spent_on for name in one.cost_types)),
        )

    def may_be_taken(self) -> bool:
        """Tell whether the form was sent and reads well; more rows are only added."""
        if self.form.is_submitted() and request.form.get("more") and "invoices" in self.form:
            types = self.form.rows()[0].cost_type.choices
            self.form.add_rows()
            for row in self.form.rows():
                row.cost_type.choices = types
            return False
        return self.form.validate_on_submit()

    def content(self) -> Content:
        """Return what the form says."""
        said = self.form.said
        return Content(
            title=said("title") or "",
            occurred_on=said("occurred_on"),
            year=said("year") or 2020,
            amount_fen=int(said("amount_fen") or 0),
            reason=said("reason") or "",
            cost_type=said("cost_type") or "",
            document_no=said("document_no") or "",
            payee=said("payee") or "",
            earmark=self.earmarks.get(said("earmark") or ""),
            to_earmark=self.earmarks.get(said("to_earmark") or ""),
            agreement=self.agreements.get(said("agreement") or ""),
            target=self.target,
            payee_person=_person(said("payee_login") or ""),
            invoices=[_invoice(row) for row in self.form.filled()],
        )

    def refuse(self, refusal: Refused) -> None:
        """Undo what was begun, and show the refusal beside its field."""
        db.session.rollback()
        self.form.refuse(refusal)

    def page(self, one: Document | None) -> Any:
        """Show the form, with what was typed and what was refused."""
        more = bool(request.form.get("more"))
        page = render_template(
            "funds/form.html",
            form=self.form,
            kind=self.kind,
            rule=RULES[self.kind],
            document=one,
            target=self.target,
            chosen=self.chosen,
            has_agreements=bool(self.agreements),
        )
        return page, 422 if self.form.is_submitted() and not more else 200


def _of(agreement: Document) -> str:
    """Tell an agreement from others of the same title: three roads have one each."""
    return f" · {agreement.earmark.name}" if agreement.earmark else ""


def _title(kind: Kind, target: Document | None) -> str:
    return f"冲销{target.kind.label} {target.number}" if kind is Kind.REVERSAL and target else ""


def _person(login: str) -> Person | None:
    """Return who is paid; refuses a login that nobody has."""
    if not login.strip():
        return None
    person = person_by_login(db.session, login)
    if person is None:
        raise Refused(
            f"没有登录名为“{login.strip()}”的人；收款人没有账号时请留空。", field="payee_login"
        )
    return person


def _invoice(row: InvoiceRow) -> Invoice:
    return Invoice(
        cost_type=row.cost_type.data,
        payee=row.payee.data or "",
        invoice_code=row.invoice_code.data or "",
        invoice_number=row.invoice_number.data or "",
        invoice_on=row.invoice_on.data or clock.today(),
        amount_fen=int(row.amount_fen.data or 0),
    )


def _row(line: Any) -> dict[str, Any]:
    names = ("cost_type", "payee", "invoice_code", "invoice_number", "invoice_on", "amount_fen")
    return {name: getattr(line, name) for name in names}
