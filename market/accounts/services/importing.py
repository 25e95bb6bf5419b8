"""Take people over from Excel: first see what would happen, then all of it or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import LOGIN_RULE, Person
from market.accounts.services import passwords
from market.accounts.services.people import (
    change_person,
    check_may_change,
    check_may_make,
    check_role,
    make_person,
    plain_login,
)
from market.adapters.spreadsheets import (
    Column,
    Problem,
    Row,
    Sheet,
    Value,
    duplicates,
    read_sheet,
    text,
)
from market.core.access import Role
from market.core.errors import Refused
from market.units.models import Unit
from market.units.queries import every_unit

Agencies = Mapping[Role, Sequence[str]]
NO_AGENCIES: Agencies = {}
MOST_ROWS = 1000
ROLES = {role.label: role for role in Role if role is not Role.SUPPLIER}
TITLES = {
    "login": "登录名",
    "name": "姓名",
    "role": "角色",
    "unit": "单位编码",
    "phone": "联系电话",
    "agency": "代表单位",
}


def _login(value: Value) -> str:
    return plain_login(text(40)(value))


def _role(value: Value) -> Role:
    word = text(40)(value)
    if word not in ROLES:
        raise Refused("没有这个角色。")
    return ROLES[word]


COLUMNS = [
    Column(TITLES["login"], "login", _login, LOGIN_RULE, required=True),
    Column(TITLES["name"], "name", text(40), "最多 40 个字", required=True),
    Column(
        TITLES["role"],
        "role",
        _role,
        f"{'、'.join(ROLES)}（供应商账号请单独新建）",
        required=True,
        choices=tuple(ROLES),
    ),
    Column(TITLES["unit"], "unit", text(20), "已登记单位的编码；食堂管理员和单位负责人必填"),
    Column(TITLES["phone"], "phone", text(30), "最多 30 个字"),
    Column(
        TITLES["agency"],
        "agency",
        text(40),
        "方案中的牵头单位（统筹协调）或责任单位（县级责任单位，必填），其他角色留空",
    ),
]

EXAMPLES: list[dict[str, Any]] = [
    {"login": "wangfang", "name": "王某（示例）", "role": "食堂管理员", "unit": "SY-001"},
    {"login": "13800000000", "name": "李某（示例）", "role": "个人购买者", "phone": "000-0000"},
]


@dataclass(frozen=True)
class Change:
    """One row of the file that would do something: (title, from, to) of what differs."""

    row: int
    values: dict[str, Any]
    is_new: bool
    fields: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Preview:
    """What an import would do; it does nothing while there is a problem."""

    new: Sequence[Change]
    changed: Sequence[Change]
    same: int
    problems: Sequence[Problem]


def read_people(content: bytes) -> Sheet:
    """Read an uploaded sheet of people; refuses what is not one (see ``read_sheet``)."""
    return read_sheet(content, COLUMNS, most=MOST_ROWS)


def preview_people(
    session: Session, sheet: Sheet, *, by: Person, agencies: Agencies = NO_AGENCIES
) -> Preview:
    """Say what importing a sheet would do, and every problem it has; changes nothing.

    ``agencies`` are the offices that the plan names for each role; another is a problem.
    """
    return _compare(sheet, _people(session, sheet), _units(session), by, agencies)


def import_people(
    session: Session, sheet: Sheet, *, by: Person, agencies: Agencies = NO_AGENCIES
) -> list[tuple[Person, str]]:
    """Make and change the people of a sheet, all or none; returns the new with their passwords.

    Each new person gets a one-time password, told here and never again. Refuses a sheet
    with any problem. Importing the same sheet again changes nothing.
    """
    people, units = _people(session, sheet), _units(session)
    preview = _compare(sheet, people, units, by, agencies)
    if preview.problems:
        raise Refused(
            f"表格有 {len(preview.problems)} 处问题，没有导入任何人员。{preview.problems[0]}。"
        )
    made = []
    for change in preview.new:
        password = passwords.one_time_password()
        given = change.values | {"unit": units.get(change.values["unit"])}
        made.append((make_person(session, password=password, by=by, **given), password))
    for change in preview.changed:
        given = change.values | {"unit": units.get(change.values["unit"])}
        change_person(session, people[given.pop("login")], by=by, **given)
    return made


def _people(session: Session, sheet: Sheet) -> dict[str, Person]:
    logins = [row.values["login"] for row in sheet.rows]
    found = session.scalars(
        sa.select(Person).where(Person.login.in_(logins)).options(joinedload(Person.unit))
    )
    return {person.login: person for person in found}


def _units(session: Session) -> dict[str, Unit]:
    return {unit.code: unit for unit in every_unit(session)}


def _compare(
    sheet: Sheet,
    people: dict[str, Person],
    units: dict[str, Unit],
    by: Person,
    agencies: Agencies,
) -> Preview:
    changes = [_change(row, people.get(row.values["login"])) for row in sheet.rows]
    problems = list(sheet.problems)
    for row, first in duplicates(sheet.rows, "login"):
        expected = f"不与第 {first.number} 行重复"
        problems.append(Problem(row.number, TITLES["login"], row.values["login"], expected))
    for change in changes:
        problems += _wrong(change, people.get(change.values["login"]), units, by, agencies)
    return Preview(
        new=[change for change in changes if change.is_new],
        changed=[change for change in changes if change.fields],
        same=sum(not change.is_new and not change.fields for change in changes),
        problems=sorted(problems, key=lambda problem: problem.row),
    )


def _change(row: Row, person: Person | None) -> Change:
    values = row.values | {key: row.values[key] or "" for key in ("unit", "phone", "agency")}
    if person is None:
        return Change(row.number, values, is_new=True)
    now = {
        "name": person.name,
        "role": person.role,
        "unit": person.unit.code if person.unit else "",
        "phone": person.phone,
        "agency": person.agency,
    }
    fields = [
        (TITLES[key], _words(old), _words(values[key]))
        for key, old in now.items()
        if old != values[key]
    ]
    return Change(row.number, values, is_new=False, fields=fields)


def _wrong(
    change: Change,
    person: Person | None,
    units: dict[str, Unit],
    by: Person,
    agencies: Agencies,
) -> Iterator[Problem]:
    """Find what the services would refuse of a row, said as what is expected instead."""
    code, role = change.values["unit"], change.values["role"]
    if code and code not in units:
        yield Problem(change.row, TITLES["unit"], code, "已登记单位的编码")
        return
    agency = change.values["agency"]
    touches = {title for title, _, _ in change.fields} & {
        TITLES[key] for key in ("role", "unit", "agency")
    }
    shown = {
        "role": role.label,
        "unit": code,
        "login": change.values["login"],
        "agency": agency,
    }
    try:
        if person is not None:
            if person.role is Role.SUPPLIER:
                raise Refused("供应商账号请在人员页面修改。", field="login")
            if change.fields:
                check_may_change(by, person)
            if touches and person.id == by.id:
                raise Refused("不能修改自己的角色和单位。", field="role")
        if person is None or touches:
            check_may_make(by, role, units.get(code))
            check_role(role, units.get(code), None, agency)
            if agency and agency not in agencies.get(role, ()):
                raise Refused(f"方案为{role.label}列明的单位。", field="agency")
    except Refused as refusal:
        field = refusal.field or "login"
        yield Problem(change.row, TITLES[field], shown[field], str(refusal).rstrip("。"))


def _words(value: Any) -> str:
    return value.label if isinstance(value, Role) else str(value) or "（空）"
