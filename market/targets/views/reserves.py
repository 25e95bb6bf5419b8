"""The share of its canteen's purchases that a unit reserves: filed, confirmed, watched."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.core.access import DESK, UNIT_BUYERS, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.forms import Form
from market.core.paging import rows_page_of
from market.reports.queries import year_in
from market.targets import queries, services
from market.targets.forms import ReserveDecideForm, ReserveForm, ReserveYearForm
from market.targets.models import ReserveFiling, ReserveState
from market.targets.queries import FIRST_YEAR, LAST_YEAR
from market.targets.services import Reserve
from market.targets.views.board import years_shown
from market.targets.views.bp import bp
from market.units.models import Canteen, Unit
from market.units.queries import active_units

SIZE = 50
SEES = (*UNIT_BUYERS, *DESK)
STATES = ("none", *(state.value for state in ReserveState))


@bp.get("/reserves")
@allow(*SEES)
def reserves() -> Any:
    """List what units file for a year: all of them, or one's own and those below it."""
    return _list_page(year_in(request.args), ReserveYearForm(formdata=None))


@bp.get("/reserves.xlsx")
@allow(*SEES)
def reserves_xlsx() -> Any:
    """Give the list as it is filtered."""
    year = year_in(request.args)
    select = _select(year)
    rows = db.session.execute(select).all()
    table = queries.reserve_table(year, rows, queries.reserve_sums(db.session, select))
    return download_table(table, "xlsx")


@bp.post("/reserves/<int:year>/setting")
@allow(Role.COORDINATOR)
def set_reserves(year: int) -> Any:
    """Open or close the filing of a year."""
    form = ReserveYearForm()
    if form.validate():
        rate: Any = form.least_rate.data
        try:
            services.set_reserve_year(
                db.session, year, is_open=form.is_open.data, least_rate=rate or 0, by=current_user
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            said = "已开启" if form.is_open.data else "已关闭"
            flash(f"{year}年预留份额填报{said}。", "success")
            return redirect(url_for(".reserves", year=year))
    return _list_page(year_in({"year": str(year)}), form), 422


@bp.get("/reserves/<int:year>/<code>")
@allow(*SEES)
def reserve(year: int, code: str) -> Any:
    """Show what a unit filed, and to whom it falls the buttons to confirm it."""
    unit, filing = _found_or_404(year, code)
    return _filing_page(unit, filing, year, ReserveDecideForm(formdata=None))


@bp.route("/reserves/<int:year>/<code>/file", methods=["GET", "POST"])
@allow(*UNIT_BUYERS)
def file_reserve(year: int, code: str) -> Any:
    """File the share of one's unit, or correct what was returned."""
    unit, filing = _found_or_404(year, code)
    if not queries.may_file_reserve(unit, current_user):
        abort(404)
    if filing is not None and filing.state is not ReserveState.RETURNED:
        flash("只有被退回的填报可以修改；已确认的请联系主管单位退回。", "warning")
        return redirect(url_for(".reserve", year=year, code=code))
    form = ReserveForm()
    form.offer([one for one in active_units(db.session) if one.id != unit.id])
    if form.validate_on_submit():
        budget, rate = _numbers(form)
        told = Reserve(
            canteen=Canteen(form.canteen.data),
            budget_fen=budget,
            rate=rate,
            shared_with=form.chosen(),
            note=form.note.data or "",
        )
        reply = _did(
            form,
            unit,
            year,
            "已填报，等待确认。",
            lambda: services.file_reserve(db.session, unit, year, told, by=current_user),
        )
        if reply is not None:
            return reply
        unit, filing = _found_or_404(year, code)
    elif not form.is_submitted():
        form.show(unit, filing)
    page = render_template(
        "targets/reserve_form.html",
        form=form,
        unit=unit,
        year=year,
        filing=filing,
        setting=queries.reserve_year(db.session, year),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/reserves/<int:year>/<code>/confirm")
@allow(Role.LEAD, Role.COORDINATOR)
def confirm_reserve(year: int, code: str) -> Any:
    """Confirm what a unit filed."""
    return _decide(
        year,
        code,
        "已确认，并通知该单位。",
        lambda filing, form: services.confirm_reserve(
            db.session, filing, version=form.version.data or 0, by=current_user
        ),
    )


@bp.post("/reserves/<int:year>/<code>/return")
@allow(Role.LEAD, Role.COORDINATOR)
def return_reserve(year: int, code: str) -> Any:
    """Send a filing back to its unit."""
    return _decide(
        year,
        code,
        "已退回，并通知该单位。",
        lambda filing, form: services.return_reserve(
            db.session,
            filing,
            version=form.version.data or 0,
            answer=form.answer.data or "",
            by=current_user,
        ),
    )


def _numbers(form: ReserveForm) -> tuple[int, int]:
    budget: Any = form.budget_fen.data
    rate: Any = form.rate.data
    return budget or 0, rate or 0


def _did(form: Form, unit: Unit, year: int, said: str, deed: Callable[[], object]) -> Any:
    """Do a deed and go to the unit's filing, or show in the form why it wasn't done."""
    code = unit.code
    try:
        deed()
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return None
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".reserve", year=year, code=code))


def _decide(
    year: int, code: str, said: str, deed: Callable[[ReserveFiling, ReserveDecideForm], object]
) -> Any:
    unit, filing = _found_or_404(year, code)
    form = ReserveDecideForm()
    seen = filing or abort(404)
    if form.validate_on_submit():
        reply = _did(form, unit, year, said, lambda: deed(seen, form))
        if reply is not None:
            return reply
        unit, filing = _found_or_404(year, code)
    return _filing_page(unit, filing, year, form), 422


def _select(year: int) -> Any:
    state = request.args.get("state", "")
    return queries.reserves_for(
        current_user,
        year,
        state=state if state in STATES else "",
        words=request.args.get("q", "").strip()[:40],
    )


def _found_or_404(year: int, code: str) -> tuple[Unit, ReserveFiling | None]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    return queries.reserve_for(db.session, current_user, year, code) or abort(404)


def _filing_page(
    unit: Unit, filing: ReserveFiling | None, year: int, form: ReserveDecideForm
) -> str:
    return render_template(
        "targets/reserve.html",
        unit=unit,
        filing=filing,
        year=year,
        form=form,
        setting=queries.reserve_year(db.session, year),
        files=queries.may_file_reserve(unit, current_user),
        decides=queries.may_confirm_reserve(unit, current_user)
        and filing is not None
        and filing.made_by_id != current_user.id,
    )


def _list_page(year: int, form: ReserveYearForm) -> str:
    select = _select(year)
    setting = queries.reserve_year(db.session, year)
    if not form.is_submitted() and setting is not None:
        form.is_open.data, form.least_rate.data = setting.is_open, setting.least_rate  # type: ignore[assignment]
    return render_template(
        "targets/reserves.html",
        year=year,
        years=years_shown(year),
        setting=setting,
        form=form,
        page=rows_page_of(db.session, select, request.args.get("page", 1, int), size=SIZE),
        sums=queries.reserve_sums(db.session, select),
        states=[("none", "未填报"), *((one.value, one.label) for one in ReserveState)],
        sets=current_user.role is Role.COORDINATOR,
        own=current_user.unit if current_user.role in UNIT_BUYERS else None,
        is_filtered=bool(request.args.get("state") or request.args.get("q")),
    )
