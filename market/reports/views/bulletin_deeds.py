"""The coordinators' deeds on bulletins: draft, write, submit, return, issue, send, correct."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask_login import current_user

from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.reports import services
from market.reports.forms import AnswerForm, BulletinForm
from market.reports.models import Bulletin, Section
from market.reports.queries.bulletins import FIELDS, report_for
from market.reports.views.bp import bp
from market.reports.views.bulletins import bulletin_or_404, bulletin_page


@bp.post("/bulletins/<int:year>/<int:month>/draft")
@allow(Role.COORDINATOR)
def draft_bulletin(year: int, month: int) -> Any:
    """Begin a month's bulletin, and open its text."""
    try:
        made = services.draft_bulletin(db.session, year, month, by=current_user)
    except Refused as refusal:
        db.session.rollback()
        flash(str(refusal), "warning")
        return redirect(url_for(".bulletins", year=year))
    ref = made.ref
    db.session.commit()
    flash("已按数字起草，请核对、修改后送审。", "success")
    return redirect(url_for(".bulletin", ref=ref))


@bp.route("/bulletins/<ref>/edit", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def edit_bulletin(ref: str) -> Any:
    """Write the text, beside the list of fields with what they say now."""
    one, form = bulletin_or_404(ref), BulletinForm()
    if form.validate_on_submit():
        try:
            services.write_bulletin(
                db.session,
                one,
                form.text,
                is_public=bool(form.is_public.data),
                seen_version=_seen(form),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            if isinstance(refusal, services.Overtaken):  # Saving once more is meant.
                form.seen_version.data = str(one.version)
        else:
            db.session.commit()
            flash("已保存。", "success")
            return redirect(url_for(".bulletin", ref=ref))
    if not form.is_submitted():
        if not one.is_editable:
            flash(f"这份通报{one.state.label}，不能再修改。", "warning")
            return redirect(url_for(".bulletin", ref=ref))
        for section in Section:
            form[section.value].data = one.text[section]
        form.is_public.data = "1" if one.is_public else ""
        form.seen_version.data = str(one.version)
    report = report_for(db.session, one)
    fields: dict[str, list[tuple[str, str, bool]]] = {}
    for field in FIELDS.values():
        said = "".join(part.text for part in field.make(report))
        fields.setdefault(field.group, []).append((field.name, said, field.is_internal))
    page = render_template(
        "reports/bulletin_edit.html",
        bulletin=one,
        form=form,
        report=report,
        fields=fields,
        sections=[form[section.value] for section in Section],
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/bulletins/<ref>/redraft")
@allow(Role.COORDINATOR)
def redraft_bulletin(ref: str) -> Any:
    """Draft the text anew from the present figures."""
    return _do(
        ref,
        "已按现在的数字重新起草。",
        lambda one, form: services.redraft_bulletin(
            db.session, one, seen_version=_seen(form), by=current_user
        ),
    )


@bp.post("/bulletins/<ref>/submit")
@allow(Role.COORDINATOR)
def submit_bulletin(ref: str) -> Any:
    """Put a bulletin before another coordinator."""
    return _do(
        ref,
        "已送审，等另一位统筹协调人员签发。",
        lambda one, form: services.submit_bulletin(
            db.session, one, seen_version=_seen(form), by=current_user
        ),
    )


@bp.post("/bulletins/<ref>/issue")
@allow(Role.COORDINATOR)
def issue_bulletin(ref: str) -> Any:
    """Issue a colleague's bulletin as it was seen."""
    return _do(
        ref,
        "已签发并编号，可以发送各单位。",
        lambda one, form: services.issue_bulletin(
            db.session,
            current_app.extensions["files"],
            one,
            seen_version=_seen(form),
            by=current_user,
        ),
    )


@bp.post("/bulletins/<ref>/return")
@allow(Role.COORDINATOR)
def return_bulletin(ref: str) -> Any:
    """Give a bulletin back, with the reason."""
    return _do(
        ref,
        "已退回，可以修改后重新送审。",
        lambda one, form: services.return_bulletin(
            db.session,
            one,
            answer=form.answer.data or "",
            seen_version=_seen(form),
            by=current_user,
        ),
        "return",
    )


@bp.post("/bulletins/<ref>/call-off")
@allow(Role.COORDINATOR)
def call_off_bulletin(ref: str) -> Any:
    """End a draft."""
    return _do(
        ref,
        "草稿已取消。",
        lambda one, form: services.call_off_bulletin(
            db.session, one, seen_version=_seen(form), by=current_user
        ),
    )


@bp.post("/bulletins/<ref>/send")
@allow(Role.COORDINATOR)
def send_bulletin(ref: str) -> Any:
    """Tell every unit in the table, once."""
    return _do(
        ref,
        "已发送，表中各单位的负责人和食堂管理员收到了本单位的情况。",
        lambda one, _: services.send_bulletin(db.session, one, by=current_user),
    )


@bp.post("/bulletins/<ref>/correct")
@allow(Role.COORDINATOR)
def correct_bulletin(ref: str) -> Any:
    """Begin a bulletin that corrects this one, with the reason, and open it."""
    return _do(
        ref,
        "已按原文起草更正，请修改后送审；原通报保留，签发后两份互相注明。",
        lambda one, form: services.correct_bulletin(
            db.session, one, reason=form.answer.data or "", by=current_user
        ),
        "correct",
    )


def _do(
    ref: str, said: str, deed: Callable[[Bulletin, AnswerForm], object], typed: str = ""
) -> Any:
    one, form = bulletin_or_404(ref), AnswerForm()
    try:
        made = deed(one, form)
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return bulletin_page(bulletin_or_404(ref), form, typed), 422
    next_ref = made.ref if isinstance(made, Bulletin) else ref
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".bulletin", ref=next_ref))


def _seen(form: Any) -> int:
    """Return the version that was seen; none that there is where the form doesn't say."""
    text = form.seen_version.data or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0
