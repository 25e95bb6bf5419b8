"""Who may do what: the list of people, and changes to it."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from market.accounts import queries, services
from market.accounts.forms import PersonForm
from market.accounts.models import Person
from market.accounts.views.bp import bp
from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.audit.queries import history_of
from market.catalog.models import Supplier
from market.catalog.queries import all_suppliers, supplier_by_code
from market.core import clock
from market.core.access import Role, allow
from market.core.db import db
from market.core.errors import Refused
from market.core.paging import page_of
from market.plan.queries import agencies
from market.units.models import Unit
from market.units.queries import active_units, unit_by_code

KEEPERS = (Role.LEAD, Role.COORDINATOR, Role.ADMIN)
READERS = (*KEEPERS, Role.INSPECTOR)
DEEDS = {
    "person.made": "建立账号",
    "person.changed": "修改资料",
    "person.joined": "用邀请码加入单位",
    "person.enabled": "启用",
    "person.disabled": "停用",
    "person.password_reset": "重置密码",
    "person.password_changed": "修改密码",
    "person.sessions_ended": "退出其他设备",
    "person.signed_in": "登录",
}


@bp.get("/people")
@allow(*READERS)
def people() -> Any:
    """List the people one may see; filter, search, page, and take away."""
    role = next((each for each in Role if each.value == request.args.get("role")), None)
    enabled = {"yes": True, "no": False}.get(request.args.get("enabled", ""))
    q, unit = (request.args.get(name, "").strip() for name in ("q", "unit"))
    select = queries.people_for(current_user, q=q, role=role, unit=unit, enabled=enabled)
    if request.args.get("format") in ("xlsx", "csv"):
        return _sent(db.session.scalars(select).all(), request.args["format"])
    return render_template(
        "accounts/people.html",
        page=page_of(db.session, select, request.args.get("page", 1, int)),
        q=q,
        role=role,
        unit=unit,
        enabled=request.args.get("enabled", ""),
        roles=[(each.value, each.label) for each in Role],
        may_change=current_user.role in KEEPERS,
    )


@bp.route("/people/new", methods=["GET", "POST"])
@allow(*KEEPERS)
def new_person() -> Any:
    """Make an account, and show its one-time password once."""
    form = PersonForm()
    named = agencies(db.session)
    form.offer(services.MAY_MAKE[current_user.role], chain.from_iterable(named.values()))
    if form.validate_on_submit():
        password = services.one_time_password()
        try:
            person = services.make_person(
                db.session,
                login=form.login.data or "",
                name=form.name.data or "",
                phone=(form.phone.data or "").strip(),
                role=Role[form.role.data.upper()],
                unit=_unit_of(form),
                supplier_id=_supplier_of(form),
                agency=_agency_of(form, named),
                password=password,
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            return show_passwords([(person, password)], "账号已建立")
    return _form_page(form, None)


@bp.route("/people/<login>", methods=["GET", "POST"])
@allow(*READERS)
def person(login: str) -> Any:
    """Show somebody's account with its history, and change it."""
    person = _person_or_404(login)
    form = PersonForm(
        login=person.login,
        name=person.name,
        phone=person.phone,
        role=person.role.value,
        unit=person.unit.code if person.unit else "",
        supplier=_supplier_code(person),
        agency=person.agency,
    )
    named = agencies(db.session)
    offered = services.MAY_MAKE.get(current_user.role, ())
    roles = offered if person.role in offered else (person.role, *offered)
    form.offer(roles, chain.from_iterable(named.values()))
    if form.validate_on_submit():
        try:
            services.change_person(
                db.session,
                person,
                name=form.name.data or "",
                phone=(form.phone.data or "").strip(),
                role=Role[form.role.data.upper()],
                unit=_unit_of(form),
                supplier_id=_supplier_of(form),
                agency=_agency_of(form, named),
                by=current_user,
            )
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            person = _person_or_404(login)
        else:
            db.session.commit()
            flash("已保存。", "success")
            return redirect(url_for(".person", login=login))
    return _form_page(form, person)


@bp.post("/people/<login>/enable")
@allow(*KEEPERS)
def enable(login: str) -> Any:
    """Let somebody sign in again."""
    services.set_enabled(db.session, _person_or_404(login), True, by=current_user)
    db.session.commit()
    flash("账号已启用。", "success")
    return redirect(url_for(".person", login=login))


@bp.post("/people/<login>/disable")
@allow(*KEEPERS)
def disable(login: str) -> Any:
    """Let somebody sign in no more."""
    services.set_enabled(db.session, _person_or_404(login), False, by=current_user)
    db.session.commit()
    flash("账号已停用，其登录立即失效。", "success")
    return redirect(url_for(".person", login=login))


@bp.post("/people/<login>/reset")
@allow(Role.LEAD, Role.ADMIN)
def reset(login: str) -> Any:
    """Give somebody a one-time password, and show it once."""
    person = _person_or_404(login)
    password = services.reset_password(db.session, person, by=current_user)
    db.session.commit()
    return show_passwords([(person, password)], "密码已重置")


def show_passwords(made: Sequence[tuple[Person, str]], heading: str) -> Any:
    """Show one-time passwords on the only page that ever has them."""
    return render_template("accounts/passwords.html", made=made, heading_text=heading)


def _form_page(form: PersonForm, person: Person | None) -> Any:
    lead = current_user.role is Role.LEAD
    page = render_template(
        "accounts/person.html",
        form=form,
        person=person,
        units=() if lead else active_units(db.session),
        suppliers=() if lead else all_suppliers(db.session),
        events=[
            _event(entry, name)
            for entry, name in history_of(db.session, person)
            if entry.deed in DEEDS  # What is no matter of the account stands in the audit trail.
        ]
        if person
        else (),
        may_change=current_user.role in KEEPERS
        and (
            person is None
            or person.role in services.MAY_MAKE[current_user.role]
            or person.id == current_user.id
        ),
        may_reset=person is not None
        and current_user.role in (Role.LEAD, Role.ADMIN)
        and person.role in services.MAY_MAKE[current_user.role]
        and person.id != current_user.id
        and not person.is_demo,
    )
    return page, 422 if form.is_submitted() else 200


def _event(entry: Any, name: str) -> dict[str, Any]:
    return {"at": entry.at, "title": DEEDS[entry.deed], "by": name}


def _unit_of(form: PersonForm) -> Unit | None:
    if current_user.role is Role.LEAD:
        unit: Unit | None = current_user.unit
        return unit
    code = (form.unit.data or "").strip()
    if not code:
        return None
    unit = unit_by_code(db.session, code)
    if unit is None:
        raise Refused(f"没有编码为“{code}”的单位，请核对。", field="unit")
    return unit


def _supplier_of(form: PersonForm) -> int | None:
    code = (form.supplier.data or "").strip()
    if not code:
        return None
    supplier = supplier_by_code(db.session, code)
    if supplier is None:
        raise Refused(f"没有编码为“{code}”的供应商，请核对。", field="supplier")
    return supplier.id


def _agency_of(form: PersonForm, named: dict[Role, list[str]]) -> str:
    """Return the office somebody acts for; refuses one that the plan names for another role."""
    agency: str = form.agency.data or ""
    role = Role(form.role.data)
    if agency and role in named and agency not in named[role] and agency != form.agency.object_data:
        words = {Role.COORDINATOR: "牵头单位", Role.COUNTY: "责任单位"}[role]
        raise Refused(f"方案中的{words}没有“{agency}”，请改选。", field="agency")
    return agency


def _supplier_code(person: Person) -> str:
    if person.supplier_id is None:
        return ""
    supplier = db.session.get_one(Supplier, person.supplier_id)
    return supplier.code


def _sent(people: Sequence[Person], kind: str) -> Any:
    table = Table(
        title="人员名单",
        note=f"截至 {clock.today()}；不含联系电话和地址",
        columns=[
            ("登录名", "text"),
            ("姓名", "text"),
            ("角色", "text"),
            ("单位编码", "text"),
            ("单位名称", "text"),
            ("代表单位", "text"),
            ("状态", "text"),
            ("建立时间", "instant"),
        ],
        rows=[
            (
                person.login,
                person.name,
                person.role.label,
                person.unit.code if person.unit else "",
                person.unit.name if person.unit else "",
                person.agency,
                "启用" if person.is_enabled else "停用",
                person.made_at,
            )
            for person in people
        ],
        total=("合计", f"{len(people)} 人", "", "", "", "", "", None),
    )
    return download_table(table, kind)


def _person_or_404(login: str) -> Person:
    return queries.person_for(db.session, current_user, login) or abort(404)
