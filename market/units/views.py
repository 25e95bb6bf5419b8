"""Pages of units."""

from collections.abc import Sequence
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user

from market.accounts.queries import count_of_unit
from market.adapters.downloads import download, download_table
from market.adapters.spreadsheets import Table, template
from market.audit.models import Entry
from market.audit.queries import history_of
from market.core import clock
from market.core.access import DESK, Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.labels import Label
from market.core.paging import page_of
from market.units import queries, services
from market.units.forms import ApplyForm, SettlementForm, UnitForm, UploadForm, held, hold
from market.units.models import Canteen, Nature, Unit, UnitKind, UnitState
from market.units.services import UnitFacts

bp = Blueprint("units", __name__, url_prefix="/units")

KEEPERS = (Role.COORDINATOR, Role.ADMIN)
DEEDS = {
    "unit.made": "登记单位",
    "unit.changed": "修改资料",
    "unit.closed": "撤销单位",
    "unit.reopened": "恢复单位",
    "unit.settlement_set": "结算设置",
    "unit.merged": "单位合并",
    "unit.split": "单位分设",
    "unit.ended": "凭文件撤销",
}
_LABELS: dict[str, type[Label]] = {"kind": UnitKind, "nature": Nature, "canteen": Canteen}


@bp.get("")
@allow(*DESK)
def index() -> Any:
    """List the units with what they must do and why; filter, search, page, and take away."""
    given = {
        "q": request.args.get("q", "").strip(),
        "kind": _chosen(UnitKind, "kind"),
        "state": _chosen(UnitState, "state"),
        "duty": {"yes": True, "no": False}.get(request.args.get("duty", "")),
    }
    select = queries.units_matching(**given)
    if request.args.get("format") in ("xlsx", "csv"):
        table = _table(db.session.scalars(select).unique().all())
        return download_table(table, request.args["format"])
    page = page_of(db.session, select, request.args.get("page", 1, int))
    duties = {unit.id: services.duty_of(unit) for unit in page.items}
    return render_template(
        "units/index.html",
        page=page,
        given=given,
        duties=duties,
        diners=queries.diners_of(db.session, select),
        kinds=[(kind.value, kind.label) for kind in UnitKind],
        states=[(state.value, state.label) for state in UnitState],
        may_change=current_user.role in KEEPERS,
    )


@bp.get("/<code>")
@allow(Role.LEAD, Role.CANTEEN, *DESK)
def show(code: str) -> Any:
    """Show a unit: what it is, whether it must buy and why, and what was changed."""
    unit = _unit_or_404(code)
    return render_template(
        "units/show.html",
        unit=unit,
        duty=services.duty_of(unit),
        source=services.CLAUSE_SOURCE,
        sharers=queries.sharers_of(db.session, unit),
        changes=queries.changes_of(db.session, unit),
        people_count=count_of_unit(db.session, unit.id),
        events=[_event(entry, name) for entry, name in history_of(db.session, unit)],
        may_change=current_user.role in KEEPERS,
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(*KEEPERS)
def new() -> Any:
    """Register a unit."""
    form = UnitForm()
    if form.validate_on_submit():
        try:
            unit = services.make_unit(db.session, UnitFacts(**form.facts()), by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(f"已登记“{unit.name}”。", "success")
            return redirect(url_for(".show", code=unit.code))
    return _form_page(form, None)


@bp.route("/<code>/edit", methods=["GET", "POST"])
@allow(*KEEPERS)
def edit(code: str) -> Any:
    """Change what is written down about a unit."""
    unit = _unit_or_404(code)
    form = UnitForm(obj=UnitFacts.of(unit))
    if form.validate_on_submit():
        try:
            services.change_unit(db.session, unit, UnitFacts(**form.facts()), by=current_user)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            unit = _unit_or_404(code)
        else:
            db.session.commit()
            flash("已保存。", "success")
            return redirect(url_for(".show", code=code))
    return _form_page(form, unit)


@bp.route("/<code>/settlement", methods=["GET", "POST"])
@allow(*KEEPERS, Role.LEAD)
def settlement(code: str) -> Any:
    """Set how a unit settles what it buys on account; its own lead may, too."""
    unit = _unit_or_404(code)
    if current_user.role is Role.LEAD and current_user.unit_id != unit.id:
        abort(404)
    form = SettlementForm(obj=unit)
    if form.validate_on_submit():
        try:
            services.set_settlement(
                db.session,
                unit,
                bank_name=form.bank_name.data or "",
                bank_account=form.bank_account.data or "",
                carry_limit_fen=form.carry_limit_fen.data or 0,  # type: ignore[arg-type]
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            unit = _unit_or_404(code)
        else:
            db.session.commit()
            flash("结算设置已保存。", "success")
            return redirect(url_for(".settlement", code=code))
    status = 422 if form.is_submitted() else 200
    return render_template("units/settlement.html", form=form, unit=unit), status


@bp.post("/<code>/close")
@allow(*KEEPERS)
def close(code: str) -> Any:
    """Close a unit that no longer exists."""
    unit = _unit_or_404(code)
    services.close_unit(db.session, unit, by=current_user)
    db.session.commit()
    flash(f"“{unit.name}”已撤销；原有订单和完成额保留。", "success")
    return redirect(url_for(".show", code=code))


@bp.post("/<code>/reopen")
@allow(*KEEPERS)
def reopen(code: str) -> Any:
    """Bring a closed unit back."""
    unit = _unit_or_404(code)
    services.reopen_unit(db.session, unit, by=current_user)
    db.session.commit()
    flash(f"“{unit.name}”已恢复。", "success")
    return redirect(url_for(".show", code=code))


@bp.route("/import", methods=["GET", "POST"])
@allow(*KEEPERS)
def import_() -> Any:
    """Look at an uploaded sheet: what importing it would do, and what is wrong with it."""
    form = UploadForm()
    if not form.validate_on_submit():
        return render_template("units/import.html", form=form), 200 if not form.errors else 422
    try:
        content = form.content()
        preview = services.preview_units(db.session, services.read_units(content))
        token = "" if preview.problems else hold(content, "units")
    except Refused as refusal:
        db.session.rollback()
        form.refuse(Refused(str(refusal), field="file"))
        return render_template("units/import.html", form=form), 422
    return _preview_page(form, preview, token)


@bp.post("/import/apply")
@allow(*KEEPERS)
def apply() -> Any:
    """Import the sheet that was previewed: all of it, or nothing."""
    form = UploadForm()
    preview = None
    try:
        sheet = services.read_units(held(ApplyForm().held.data, "units"))
        preview = services.preview_units(db.session, sheet)
        services.import_units(db.session, sheet, by=current_user)
    except Refused as refusal:
        db.session.rollback()
        if preview is not None and preview.problems:
            return _preview_page(form, preview, "")
        form.refuse(Refused(str(refusal), field="file"))
        return render_template("units/import.html", form=form), 422
    db.session.commit()
    if preview.new or preview.changed:
        flash(
            f"已导入：新增 {len(preview.new)} 个单位，修改 {len(preview.changed)} 个。", "success"
        )
    else:
        flash("表格与现有资料一致，没有变化。", "info")
    return redirect(url_for(".index"))


@bp.get("/import/template.xlsx")
@allow(*KEEPERS)
def import_template() -> Any:
    """Send the template that units are filled into."""
    made = template(services.COLUMNS, services.EXAMPLES)
    return download(made, "单位导入模板.xlsx")


def _table(units: Sequence[Unit]) -> Table:
    duties = [services.duty_of(unit) for unit in units]
    return Table(
        title="单位登记表",
        note=f"截至 {clock.today()}；用餐人数单位：人；审批限额单位：元，空白表示每单都要审批",
        columns=[
            ("单位编码", "text"),
            ("单位名称", "text"),
            ("单位类别", "text"),
            ("单位性质", "text"),
            ("食堂情况", "text"),
            ("日常用餐人数", "int"),
            ("是否须采购", "text"),
            ("理由", "text"),
            ("审批限额（元）", "yuan"),
            ("状态", "text"),
        ],
        rows=[
            (
                unit.code,
                unit.name,
                unit.kind.label,
                unit.nature.label,
                unit.canteen.label,
                unit.daily_diners,
                "是" if duty.required else "否",
                duty.reason,
                unit.approval_limit_fen,
                unit.state.label,
            )
            for unit, duty in zip(units, duties, strict=True)
        ],
        total=(
            "合计",
            f"{len(units)} 个单位",
            "",
            "",
            "",
            sum(unit.daily_diners for unit in units),
            f"须采购 {sum(duty.required for duty in duties)} 个",
            "",
            None,
            "",
        ),
    )


def _form_page(form: UnitForm, unit: Unit | None) -> Any:
    others = [other for other in queries.active_units(db.session) if other is not unit]
    page = render_template("units/form.html", form=form, unit=unit, others=others)
    return page, 422 if form.errors or form.form_errors else 200


def _preview_page(form: UploadForm, preview: services.Preview, token: str) -> Any:
    page = render_template(
        "units/preview.html", form=form, preview=preview, apply_form=ApplyForm(held=token)
    )
    return page, 422 if preview.problems else 200


def _event(entry: Entry, name: str) -> dict[str, Any]:
    changes = entry.facts.get("changes", {})
    return {
        "at": entry.at,
        "title": DEEDS.get(entry.deed, entry.deed),
        "by": name,
        "text": "；".join(_told(field, change) for field, change in changes.items()),
    }


def _told(field: str, change: list[Any] | None) -> str:
    title = services.TITLES.get(field, field)
    if change is None:
        return title
    members = {member.value: member for member in _LABELS.get(field, ())}
    old, new = (services.words(field, members.get(value, value)) for value in change)
    return f"{title} {old} → {new}"


def _chosen(kind: type[Label], name: str) -> Any:
    """Return the member that the query names, if it names one."""
    return next((member for member in kind if member.value == request.args.get(name)), None)


def _unit_or_404(code: str) -> Unit:
    return queries.unit_for(db.session, current_user, code) or abort(404)
