"""Sign in and out, one's own data and password."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from market.accounts import queries, services
from market.accounts.forms import OwnForm, PasswordForm, SignInForm
from market.accounts.models import Person
from market.accounts.views.bp import bp
from market.core.access import Role, public, signed_in
from market.core.db import db
from market.core.errors import Refused
from market.core.limits import limiter

HOMES = {
    Role.SUPPLIER: "ordering.consignments",
    Role.COORDINATOR: "targets.board",
    Role.FUND_OFFICER: "targets.board",
    Role.COUNTY: "targets.board",
    Role.INSPECTOR: "targets.board",
    Role.ADMIN: "accounts.people",
}
# Pages that somebody who must first change the password may open.
BEFORE_CHANGE = {"accounts.password", "accounts.sign_out", "static"}


def failed(response: Any) -> bool:
    """Tell whether an attempt failed: only those count towards a limit."""
    return response.status_code >= 400


def _typed_login() -> str:
    return f"login:{request.form.get('login', '').strip().lower()[:40]}"


@bp.before_app_request
def change_password_first() -> Any:
    """Lead somebody with a one-time password to the page where they choose their own."""
    if request.endpoint is None or request.endpoint in BEFORE_CHANGE:
        return None
    if current_user.is_authenticated and current_user.must_change_password:
        return redirect(url_for("accounts.password"))
    return None


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"], deduct_when=failed)
@limiter.limit("20/hour", methods=["POST"], key_func=_typed_login, deduct_when=failed)
def sign_in() -> Any:
    """Sign in; only failed attempts count towards the limits."""
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(_next(current_user))
    form = SignInForm(login=request.args.get("login"))
    if form.validate_on_submit():
        try:
            person = services.sign_in(
                db.session,
                login=form.login.data or "",
                password=form.password.data or "",
                production=current_app.config["PRODUCTION"],
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            begin_session(person)
            return redirect(_next(person))
    demo = [] if current_app.config["PRODUCTION"] else queries.demo_accounts(db.session)
    page = render_template(
        "accounts/sign_in.html", form=form, demo=demo, demo_password=services.DEMO_PASSWORD
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/sign-out")
@signed_in
def sign_out() -> Any:
    """Sign out of this browser."""
    logout_user()
    session.clear()
    flash("已退出登录。", "success")
    return redirect(url_for("accounts.sign_in"))


@bp.route("/password", methods=["GET", "POST"])
@signed_in
@limiter.limit("10/minute", methods=["POST"], deduct_when=failed)
def password() -> Any:
    """Change one's own password; other sessions end, this one goes on."""
    form = PasswordForm()
    first = current_user.must_change_password
    if form.validate_on_submit():
        try:
            services.change_password(
                db.session, old=form.old.data or "", new=form.new.data or "", by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            begin_session(current_user._get_current_object())
            flash("密码已修改；其他设备上的登录已失效。", "success")
            return redirect(home_of(current_user) if first else url_for(".me"))
    return render_template("accounts/password.html", form=form, first=first), (
        422 if form.is_submitted() else 200
    )


@bp.route("/me", methods=["GET", "POST"])
@signed_in
def me() -> Any:
    """Show one's own data, and let one change them."""
    form = OwnForm(obj=current_user)
    if form.validate_on_submit():
        try:
            services.change_own(
                db.session,
                name=form.name.data or "",
                phone=(form.phone.data or "").strip(),
                address=(form.address.data or "").strip(),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash("已保存。", "success")
            return redirect(url_for(".me"))
    return render_template("accounts/me.html", form=form), 422 if form.is_submitted() else 200


@bp.post("/me/sessions/end")
@signed_in
def end_sessions() -> Any:
    """End one's sessions everywhere else."""
    services.end_sessions(db.session, by=current_user)
    db.session.commit()
    begin_session(current_user._get_current_object())
    flash("其他设备上的登录已失效。", "success")
    return redirect(url_for(".me"))


def begin_session(person: Person) -> None:
    """Let this browser be the person, for as long as the settings say."""
    login_user(person)
    session.permanent = True


def home_of(person: Person) -> str:
    """Return the page where somebody of this role starts."""
    return url_for(HOMES.get(person.role, "press.home"))


def _next(person: Person) -> str:
    """Return where to go after signing in: a page of this site, or the person's own start."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        target = urlsplit(request.args.get("next", ""))
        adapter.match(target.path, method="GET")
    # The first of them: half an IPv6 address, for one.
    except (ValueError, NotFound, MethodNotAllowed, RequestRedirect):
        return home_of(person)
    if target.scheme or target.netloc or not target.path.startswith("/"):
        return home_of(person)
    return target.path + (f"?{target.query}" if target.query else "")
