"""The rules that units are watched by: which units they name, setting them, and telling units."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.reports import services
from market.reports.forms import WatchRuleForm
from market.reports.models import WatchKind
from market.reports.queries.groups import member_of
from market.reports.queries.rules import day_word, named, rule_of, told_on
from market.reports.queries.rules import rules as rules_of
from market.reports.views.bp import bp

SHOWN = 30


@bp.get("/rules")
@allow(*DESK)
def rules() -> Any:
    """Show each rule with the units it names today, and who of them was told today."""
    found = rules_of(db.session)
    opened = member_of(WatchKind, request.args.get("all"))
    return render_template(
        "reports/rules.html",
        rules=found,
        named=named(db.session, found),
        told=told_on(db.session, [day_word(clock.today())]),
        opened=opened,
        most=SHOWN,
        edits=current_user.role is Role.COORDINATOR,
        sees_money=current_user.role in (Role.COORDINATOR, Role.FUND_OFFICER, Role.INSPECTOR),
    )


@bp.route("/rules/<kind>", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def rule(kind: str) -> Any:
    """Set a rule, with the reason."""
    which = _kind_or_404(kind)
    form = WatchRuleForm()
    if form.validate_on_submit():
        try:
            services.set_rule(
                db.session,
                which,
                number=form.number.data or 0,
                is_enabled=form.is_enabled.data,
                reason=form.reason.data or "",
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(f"“{which.label}”规则已修改。", "success")
            return redirect(url_for(".rules"))
    now = rule_of(db.session, which)
    if not form.is_submitted():
        form.number.data, form.is_enabled.data = now.number, now.is_enabled
    status = 422 if form.is_submitted() else 200
    return render_template("reports/rule.html", form=form, rule=now), status


@bp.post("/rules/<kind>/notify")
@allow(Role.COORDINATOR)
def notify(kind: str) -> Any:
    """Tell the units that a rule names, or one of them, by one click."""
    which = _kind_or_404(kind)
    code = request.form.get("unit") or None
    try:
        told = services.notify(db.session, which, by=current_user, code=code)
    except Refused as refusal:
        db.session.rollback()
        flash(str(refusal), "warning")
        return redirect(url_for(".rules"))
    db.session.commit()
    rest = f"；{told.already} 个今天已通知过" if told.already else ""
    if told.without_people:
        rest += f"；{told.without_people} 个没有可通知的人员"
    flash(f"已通知 {told.units} 个单位的负责人和食堂管理员{rest}。", "success")
    return redirect(url_for(".rules"))


def _kind_or_404(word: str) -> WatchKind:
    return member_of(WatchKind, word) or abort(404)
