"""The pages on which a coordinator lets units merge, split and end."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from market.core import clock
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.ordering.queries import on_the_way_by_unit
from market.targets.forms import ChangeForm
from market.targets.queries import completion_of, unit_for
from market.targets.services import Heir, end_unit, merge_units, split_unit
from market.targets.views.bp import bp
from market.units.models import ChangeKind, Unit, UnitChange, UnitState
from market.units.queries import active_units, units_by_code
from market.units.services import Changed


@bp.route("/units/<code>/change/<any(merge, split, close):deed>", methods=["GET", "POST"])
@allow(Role.COORDINATOR)
def change(code: str, deed: str) -> Any:
    """Merge a unit into another, split it, or close it by a document."""
    unit = _unit_or_404(code)
    form = ChangeForm()
    if form.validate_on_submit():
        try:
            made = DEEDS[deed](unit, form)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(_beside(refusal, deed))
            unit = _unit_or_404(code)
        else:
            followers = [part.unit.name for part in made.parts if part.is_successor]
            db.session.commit()
            flash(_told(followers), "success")
            return redirect(url_for("units.show", code=code))
    year = clock.today().year
    if not form.is_submitted():
        form.happened_on.data = clock.today()
    page = render_template(
        "targets/change.html",
        form=form,
        unit=unit,
        deed=deed,
        year=year,
        completion=completion_of(db.session, unit.id, year),
        way_fen=on_the_way_by_unit(db.session, [unit.id]).get(unit.id, 0),
        others=[other for other in active_units(db.session) if other.id != unit.id],
    )
    return page, 422 if form.is_submitted() else 200


def _merge(unit: Unit, form: ChangeForm) -> UnitChange:
    into = _named(form.into.data or "", "into")
    if into is None:
        raise Refused("请填写承接单位的编码，可在“单位”页查到。", field="into")
    codes = (form.others.data or "").replace("，", " ").replace(",", " ").replace("、", " ")
    others = [_named(code, "others") for code in dict.fromkeys(codes.split())]
    before = [unit, *(other for other in others if other is not None)]
    changed = _changed(form, ChangeKind.MERGED)
    return merge_units(db.session, before, into, changed, by=current_user)


def _split(unit: Unit, form: ChangeForm) -> UnitChange:
    heirs = []
    for row in form.after:
        heir = _named(row.form.code.data or "", "after")
        if heir is not None:
            weight = row.form.weight.data
            heirs.append(Heir(heir, 1 if weight is None else weight))
    kept = form.kept_weight.data
    return split_unit(
        db.session,
        unit,
        heirs,
        _changed(form, ChangeKind.SPLIT),
        kept_weight=(1 if kept is None else kept) if form.stays.data else None,
        by=current_user,
    )


def _end(unit: Unit, form: ChangeForm) -> UnitChange:
    successor = _named(form.into.data or "", "into")
    changed = _changed(form, ChangeKind.CLOSED)
    return end_unit(db.session, unit, changed, successor=successor, by=current_user)


DEEDS: dict[str, Callable[[Unit, ChangeForm], UnitChange]] = {
    "merge": _merge,
    "split": _split,
    "close": _end,
}


def _changed(form: ChangeForm, kind: ChangeKind) -> Changed:
    return Changed(
        kind=kind,
        happened_on=form.happened_on.data,  # type: ignore[arg-type]
        document_no=form.document_no.data or "",
        document_on=form.document_on.data,  # type: ignore[arg-type]
        reason=form.reason.data or "",
    )


def _named(code: str, field: str) -> Unit | None:
    """Return the unit with a typed code; ``None`` where none was typed."""
    code = code.strip()
    if not code:
        return None
    unit = units_by_code(db.session, [code]).get(code)
    if unit is None:
        raise Refused(f"没有编码为“{code}”的单位，可在“单位”页查到编码。", field=field)
    return unit


def _beside(refusal: Refused, deed: str) -> Refused:
    """Put what is wrong with a successor beside the field where it was typed."""
    field = "into" if refusal.field == "after" and deed != "split" else refusal.field
    return Refused(str(refusal), field=field)


def _told(followers: list[str]) -> str:
    if not followers:
        return "已凭文件撤销；原有目标、订单和完成额保留。"
    names = "、".join(f"“{name}”" for name in followers)
    return f"已办理。尚未完成的目标已转给{names}，已完成的部分留在原单位。"


def _unit_or_404(code: str) -> Unit:
    unit = unit_for(db.session, current_user, code)
    if unit is None or unit.state is UnitState.CLOSED:
        abort(404)
    return unit
