"""The months in which credits are kept: lock, reopen and close them."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.reports.queries import year_in
from market.targets import services
from market.targets.forms import ReasonForm
from market.targets.queries import months_shown
from market.targets.views.board import years_shown
from market.targets.views.bp import bp


@bp.get("/targets/periods")
@allow(*DESK)
def periods() -> Any:
    """Show the months of a year with what counted in them."""
    return _page(year_in(request.args), ReasonForm(formdata=None))


@bp.post("/targets/periods/<int:year>/<int:month>/lock")
@allow(Role.COORDINATOR)
def lock_month(year: int, month: int) -> Any:
    """Let a month take nothing more but the verification of what was submitted."""
    return _do(
        year,
        f"{year}年{month}月已锁定：只有锁定前提交的申报核实后还计入这个月。",
        lambda: services.lock_period(db.session, year, month, by=current_user),
    )


@bp.post("/targets/periods/<int:year>/<int:month>/reopen")
@allow(Role.COORDINATOR)
def reopen_month(year: int, month: int) -> Any:
    """Open a locked month again."""
    form = ReasonForm()
    if not form.validate():
        return _page(year_in({"year": str(year)}), form, month), 422
    return _do(
        year,
        f"{year}年{month}月已重新开放。",
        lambda: services.reopen_period(
            db.session, year, month, reason=form.reason.data or "", by=current_user
        ),
        form,
        month,
    )


@bp.post("/targets/periods/<int:year>/<int:month>/close")
@allow(Role.COORDINATOR)
def close_month(year: int, month: int) -> Any:
    """Close a month for good."""
    return _do(
        year,
        f"{year}年{month}月已结账，此后的更正计入开放的月份。",
        lambda: services.close_period(db.session, year, month, by=current_user),
    )


def _do(
    year: int,
    said: str,
    deed: Callable[[], object],
    form: ReasonForm | None = None,
    month: int | None = None,
) -> Any:
    form = form or ReasonForm(formdata=None)
    try:
        deed()
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(year_in({"year": str(year)}), form, month), 422
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".periods", year=year))


def _page(year: int, form: ReasonForm, month: int | None = None) -> str:
    months = months_shown(db.session, year, clock.today())
    return render_template(
        "targets/periods.html",
        year=year,
        years=years_shown(year),
        months=months,
        sum_fen=sum(one.sum_fen for one in months),
        adjusted_fen=sum(one.adjusted_fen for one in months),
        waiting=sum(one.waiting for one in months),
        waiting_fen=sum(one.waiting_fen for one in months),
        form=form,
        about=month,
        keeps=current_user.role is Role.COORDINATOR,
    )
