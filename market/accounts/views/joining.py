"""Register, join a unit, and the invitations by which employees join."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.accounts import queries, services
from market.accounts.forms import CodeForm, InvitationForm, JoinForm, RegisterForm
from market.accounts.models import Person
from market.accounts.views.bp import bp
from market.accounts.views.signing import begin_session, failed, home_of
from market.core import clock
from market.core.access import UNIT_BUYERS, Role, allow, public
from market.core.db import db
from market.core.errors import Refused
from market.core.limits import limiter
from market.core.paging import page_of
from market.units.models import Unit
from market.units.queries import active_units, unit_by_code

INVITERS = (*UNIT_BUYERS, Role.ADMIN)


@bp.route("/register", methods=["GET", "POST"])
@public
@limiter.limit("60/hour", methods=["POST"])
def register() -> Any:
    """Make an account for a social buyer, and sign in."""
    if current_user.is_authenticated:
        return redirect(home_of(current_user))
    form = RegisterForm()
    if form.validate_on_submit():
        try:
            person = _registered(form)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            begin_session(person)
            flash("注册成功，可以开始选购了。", "success")
            return redirect(url_for("press.home"))
    page = render_template("accounts/register.html", form=form)
    return page, 422 if form.is_submitted() else 200


@bp.route("/join", methods=["GET", "POST"])
@public
@limiter.limit("20/hour", methods=["POST"], deduct_when=failed)
def join() -> Any:
    """Join a unit by an invitation's code, with a new account or one's own.

    Codes can't be guessed: failed attempts are limited. A whole office may join at once.
    """
    known = current_user.is_authenticated
    form = (CodeForm if known else JoinForm)(code=request.args.get("code"))
    if form.validate_on_submit():
        try:
            person = current_user if known else _registered(form)
            unit = services.join(db.session, form.code.data or "", by=person)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            if not known:
                begin_session(person)
            flash(f"已加入“{unit.name}”，您的采购将计入本单位。", "success")
            return redirect(url_for("press.home"))
    page = render_template("accounts/join.html", form=form, known=known)
    return page, 422 if form.is_submitted() else 200


@bp.route("/invitations", methods=["GET", "POST"])
@allow(*INVITERS, Role.INSPECTOR)
def invitations() -> Any:
    """List the codes and what is left of them; make a new one.

    A code is a key: an inspector reads who made it, for how many and until when, and
    sees only how it begins.
    """
    form = InvitationForm()
    if form.validate_on_submit():
        try:
            invitation = services.make_invitation(
                db.session,
                _unit_of(form),
                days=form.days.data or 0,
                most=form.most.data or 0,
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(f"邀请码 {invitation.code} 已生成，请发给本单位职工。", "success")
            return redirect(url_for(".invitations"))
    q = request.args.get("q", "").strip()
    page = page_of(
        db.session, queries.invitations_for(current_user, q=q), request.args.get("page", 1, int)
    )
    html = render_template(
        "accounts/invitations.html",
        form=form,
        page=page,
        now=clock.now(),
        q=q,
        may_invite=current_user.role in INVITERS,
        of_all=current_user.role not in UNIT_BUYERS,
        units=active_units(db.session) if current_user.role is Role.ADMIN else (),
    )
    return html, 422 if form.is_submitted() else 200


@bp.post("/invitations/<code>/revoke")
@allow(*INVITERS)
def revoke(code: str) -> Any:
    """Let a code expire now."""
    invitation = queries.invitation_for(db.session, current_user, code) or abort(404)
    services.revoke_invitation(db.session, invitation, by=current_user)
    db.session.commit()
    flash(f"邀请码 {code} 已作废；已加入的人员不受影响。", "success")
    return redirect(url_for(".invitations"))


def _registered(form: Any) -> Person:
    return services.register(
        db.session,
        login=form.login.data,
        name=form.name.data,
        password=form.password.data,
        phone=(form.phone.data or "").strip(),
    )


def _unit_of(form: InvitationForm) -> Unit:
    """Return the unit to invite to: one's own, or the one that an administrator names."""
    if current_user.role is not Role.ADMIN:
        assert current_user.unit is not None
        return current_user.unit
    code = (form.unit.data or "").strip()
    unit = unit_by_code(db.session, code)
    if unit is None:
        raise Refused("请填写已登记单位的编码。", field="unit")
    return unit
