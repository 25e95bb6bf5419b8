"""Make people, change what they may do, and end it."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import LOGIN_RULE, Person, new_stamp
from market.accounts.services import passwords
from market.adapters.pinyin import search_text
from market.audit.services import record
from market.core.access import UNIT_BUYERS, Role
from market.core.errors import Refused
from market.units.models import Unit, UnitState

# Whom a role may make and change. The overseers' own roles come from an administrator only.
MAY_MAKE: dict[Role, tuple[Role, ...]] = {
    Role.LEAD: (Role.SHOPPER, Role.CANTEEN),
    Role.COORDINATOR: (Role.SHOPPER, Role.CANTEEN, Role.LEAD, Role.SUPPLIER),
    Role.ADMIN: tuple(Role),
}
# Who acts for an office that the plan names: 牵头单位, and 责任单位 of the county.
WITH_AGENCY = (Role.COORDINATOR, Role.COUNTY)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,39}")


def make_person(
    session: Session,
    *,
    login: str,
    name: str,
    role: Role,
    by: Person | None,
    unit: Unit | None = None,
    supplier_id: int | None = None,
    agency: str = "",
    phone: str = "",
    address: str = "",
    password: str | None = None,
    is_demo: bool = False,
) -> Person:
    """Make an account; ``password`` is a one-time one, which must be changed at once.

    Without a password nobody can sign in; a demonstration account has the published
    one. Nobody (``by=None``) is the system. Refuses a login that is taken, a role that
    ``by`` may not give, a canteen buyer or lead without a unit.
    """
    login = plain_login(login)
    if session.scalar(sa.select(Person.id).where(Person.login == login)):
        raise Refused(f"登录名“{login}”已被使用，请换一个。", field="login")
    check_may_make(by, role, unit)
    check_role(role, unit, supplier_id, agency)
    person = Person(
        login=login,
        name=_named(name),
        role=role,
        unit=unit,
        supplier_id=supplier_id,
        agency=agency,
        phone=phone,
        address=address,
        password_hash="!",  # noqa: S106 - the mark of an account without a password
        is_demo=is_demo,
        search_text=search_text(name, login),
    )
    if is_demo:
        person.password_hash = passwords.hashed(passwords.DEMO_PASSWORD)
    elif password is not None:
        person.password_hash = passwords.quickly_hashed(password)
        person.must_change_password = True
    session.add(person)
    try:
        session.flush()
    except sa.exc.IntegrityError:  # Somebody took the login since it was looked up.
        raise Refused(f"登录名“{login}”刚刚被使用，请换一个。", field="login") from None
    code = unit.code if unit else None
    record(session, "person.made", person, by=by, role=role, unit=code, agency=agency)
    return person


def make_admin(session: Session, *, login: str, name: str, password: str) -> Person:
    """Make an administrator with a password of their own, from the terminal."""
    passwords.check_new(password, login)
    person = make_person(session, login=login, name=name, role=Role.ADMIN, by=None)
    person.password_hash = passwords.hashed(password)
    return person


def change_person(
    session: Session,
    person: Person,
    *,
    name: str,
    phone: str,
    role: Role,
    unit: Unit | None,
    supplier_id: int | None = None,
    agency: str | None = None,
    by: Person,
) -> None:
    """Change who somebody is and what they may do; nothing is recorded where nothing changed.

    Without ``agency`` it stays what it is. Refuses one's own role and unit, what ``by`` may not give or take, and taking the role
    of the last enabled administrator.
    """
    check_may_change(by, person)
    new: dict[str, Any] = {
        "name": _named(name),
        "phone": phone,
        "role": role,
        "unit_id": unit.id if unit else None,
        "supplier_id": supplier_id,
        "agency": person.agency if agency is None else agency,
    }
    changed = [field for field, value in new.items() if getattr(person, field) != value]
    if {"role", "unit_id", "supplier_id", "agency"} & set(changed):
        if person.id == by.id:
            raise Refused("不能修改自己的角色和单位，请由其他管理员修改。", field="role")
        check_may_make(by, role, unit)
        check_role(role, unit, supplier_id, new["agency"])
        _keep_an_admin(session, person)
    if not changed:
        return
    facts: dict[str, Any] = {"fields": changed}
    if "role" in changed:
        facts["role"] = [person.role, role]
    if "unit_id" in changed:
        facts["unit"] = [person.unit.code if person.unit else None, unit.code if unit else None]
    if "agency" in changed:
        facts["agency"] = [person.agency, new["agency"]]
    for field, value in new.items():
        setattr(person, field, value)
    person.unit = unit
    person.search_text = search_text(person.name, person.login)
    session.flush()
    record(session, "person.changed", person, by=by, **facts)


def set_enabled(session: Session, person: Person, enabled: bool, *, by: Person) -> None:
    """Let somebody sign in again, or no more: their sessions end at once.

    Refuses oneself, those ``by`` may not change, and the last enabled administrator.
    """
    check_may_change(by, person)
    if person.id == by.id:
        raise Refused("不能停用自己的账号，请由其他管理员操作。")
    if person.is_enabled == enabled:
        raise Refused(f"该账号已经是{'启用' if enabled else '停用'}状态，请刷新页面查看。")
    if not enabled:
        _keep_an_admin(session, person)
        person.stamp = new_stamp()
    person.is_enabled = enabled
    session.flush()
    record(session, "person.enabled" if enabled else "person.disabled", person, by=by)


def reset_password(session: Session, person: Person, *, by: Person) -> str:
    """Give somebody a one-time password, which is returned once and must be changed.

    Their sessions end. A lead may for their own unit's shoppers and canteen buyers, an
    administrator for all but themselves; a demonstration password stays as published.
    """
    if by.role not in (Role.LEAD, Role.ADMIN):
        raise Refused("只有单位负责人（本单位）和系统管理员可以重置密码，请联系他们。")
    check_may_change(by, person)
    if person.id == by.id:
        raise Refused("自己的密码请在“修改密码”中修改。")
    if person.is_demo:
        raise Refused("演示账号的密码是公开的，不能重置。")
    password = passwords.one_time_password()
    person.password_hash = passwords.quickly_hashed(password)
    person.must_change_password = True
    person.stamp = new_stamp()
    session.flush()
    record(session, "person.password_reset", person, by=by)
    return password


def change_own(session: Session, *, name: str, phone: str, address: str, by: Person) -> None:
    """Change one's own name, telephone and address."""
    new = {"name": _named(name), "phone": phone, "address": address}
    changed = [field for field, value in new.items() if getattr(by, field) != value]
    for field in changed:
        setattr(by, field, new[field])
    if changed:
        by.search_text = search_text(by.name, by.login)
        record(session, "person.changed", by, by=by, fields=changed)


def plain_login(login: str) -> str:
    """Return a login as it is kept, in small letters; refuses one that can't be a login."""
    plain = login.strip().lower()
    if not _LOGIN.fullmatch(plain):
        raise Refused(f"登录名应为 {LOGIN_RULE}。", field="login")
    return plain


def check_may_make(by: Person | None, role: Role, unit: Unit | None) -> None:
    """Refuse a role that ``by`` may not give, and a lead's reach beyond their own unit."""
    if by is None:
        return
    allowed = MAY_MAKE.get(by.role, ())
    if role not in allowed:
        words = "、".join(each.label for each in allowed) or "任何角色"
        whom = f"只能设为{words}" if allowed else "无权设置角色"
        raise Refused(f"您{whom}；其他角色请联系系统管理员。", field="role")
    if by.role is Role.LEAD and (unit is None or unit.id != by.unit_id):
        raise Refused("单位负责人只能管理本单位的人员。", field="unit")


def check_may_change(by: Person, person: Person) -> None:
    """Refuse to change somebody of another unit than a lead's, or of a role beyond ``by``'s."""
    if person.role not in MAY_MAKE.get(by.role, ()) and person.id != by.id:
        raise Refused(f"您不能修改{person.role.label}的账号，请联系系统管理员。")
    if by.role is Role.LEAD and person.unit_id != by.unit_id:
        raise Refused("单位负责人只能管理本单位的人员。")


def check_role(role: Role, unit: Unit | None, supplier_id: int | None, agency: str = "") -> None:
    """Refuse a role without the unit, supplier or agency that it needs, or with one it can't have."""
    if role is Role.COUNTY and not agency:
        raise Refused(
            "县级责任单位的人员必须选定责任单位：只能办理该单位负责的资金。", field="agency"
        )
    if agency and role not in WITH_AGENCY:
        raise Refused(f"{role.label}不代表牵头单位或责任单位，请把“代表单位”留空。", field="agency")
    if role in UNIT_BUYERS and unit is None:
        raise Refused(f"{role.label}必须属于一个单位，请填写单位编码。", field="unit")
    if (role is Role.SUPPLIER) != (supplier_id is not None):
        raise Refused("供应商账号必须选定供应商，其他角色不能选供应商。", field="supplier")
    if role is Role.SUPPLIER and unit is not None:
        raise Refused("供应商账号不属于采购单位，请把单位留空。", field="unit")
    if unit is not None and unit.state is UnitState.CLOSED:
        raise Refused(f"“{unit.name}”已撤销，不能加入；请选择其他单位。", field="unit")


def _keep_an_admin(session: Session, person: Person) -> None:
    """Refuse to take away the last enabled administrator.

    The rows are locked in the order of their ids, so that two administrators can't
    remove each other at the same moment.
    """
    if person.role is not Role.ADMIN or not person.is_enabled:
        return
    admins = session.scalars(
        sa.select(Person.id)
        .where(Person.role == Role.ADMIN, Person.is_enabled)
        .order_by(Person.id)
        .with_for_update(key_share=True)
    ).all()
    if set(admins) <= {person.id}:
        raise Refused("这是最后一个可用的系统管理员，不能停用或改角色；请先设立另一个管理员。")


def _named(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise Refused("请填写姓名。", field="name")
    return plain
