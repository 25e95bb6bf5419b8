"""Take units over from Excel: first see what would happen, then all of it or nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from market.adapters.spreadsheets import (
    Column,
    Problem,
    Row,
    Sheet,
    Value,
    choice,
    duplicates,
    read_sheet,
    text,
    whole,
    yuan,
)
from market.audit.services import record
from market.core import money
from market.core.db import Model
from market.core.errors import Refused
from market.core.labels import Label
from market.units.models import Canteen, Nature, Unit, UnitKind
from market.units.queries import every_unit
from market.units.services.register import (
    TITLES,
    UnitFacts,
    differences,
    record_change,
    write,
)
from market.units.services.rules import MOST_DINERS, Planned, faults, is_code, sharers

MOST_ROWS = 2000
DIGITS = 15
ACCOUNT = "设成文本的账号，最多 60 个字；超过 15 位的数字 Excel 会改掉末几位"


def _code(value: Value) -> str:
    code = text(20)(value)
    if not is_code(code):
        raise Refused("不是单位编码。")
    return code


def _account(value: Value) -> str:
    """Return an account as text; Excel keeps only fifteen digits of a number."""
    account = text(60)(value)
    if isinstance(value, int | float) and len(account) > DIGITS:
        raise Refused("不是文本。")
    return account


def _words(kind: type[Label]) -> list[str]:
    return [member.label for member in kind]


COLUMNS = [
    Column(TITLES["code"], "code", _code, "字母、数字或短横线，最多 20 个", required=True),
    Column(TITLES["name"], "name", text(80), "单位全称，最多 80 个字", required=True),
    Column(
        TITLES["kind"],
        "kind",
        choice(UnitKind),
        "、".join(_words(UnitKind)),
        True,
        _words(UnitKind),
    ),
    Column(
        TITLES["nature"],
        "nature",
        choice(Nature),
        f"{'、'.join(_words(Nature))}；留空为一般",
        choices=_words(Nature),
    ),
    Column(
        TITLES["canteen"],
        "canteen",
        choice(Canteen),
        "、".join(_words(Canteen)),
        True,
        _words(Canteen),
    ),
    Column(
        TITLES["daily_diners"],
        "daily_diners",
        whole(0, MOST_DINERS),
        f"0 到 {MOST_DINERS} 的整数，没有食堂填 0",
        required=True,
    ),
    Column(
        TITLES["approval_limit_fen"],
        "approval_limit_fen",
        yuan(),
        "不小于 0 的金额，最多两位小数；留空表示每张单位订单都要审批",
    ),
    Column(TITLES["parent"], "parent", _code, "已登记或本表中单位的编码，或留空"),
    Column(TITLES["shared_with"], "shared_with", _code, "共用食堂时填代表单位的编码，其他情况留空"),
    Column(TITLES["address"], "address", text(200), "最多 200 个字"),
    Column(TITLES["contact"], "contact", text(40), "最多 40 个字"),
    Column(TITLES["phone"], "phone", text(30), "最多 30 个字"),
    Column(TITLES["bank_name"], "bank_name", text(80), "最多 80 个字", optional=True),
    Column(TITLES["bank_account"], "bank_account", _account, ACCOUNT, optional=True),
    Column(TITLES["note"], "note", text(200), "最多 200 个字"),
]

EXAMPLES: list[dict[str, Any]] = [
    {
        "code": "SY-001",
        "name": "某事业单位（示例）",
        "kind": "事业单位",
        "nature": "一般",
        "canteen": "自有食堂",
        "daily_diners": "80",
        "approval_limit_fen": "5000",
    },
    {
        "code": "SY-002",
        "name": "某共用食堂单位（示例）",
        "kind": "事业单位",
        "canteen": "共用食堂",
        "daily_diners": "30",
        "shared_with": "SY-001",
    },
]


@dataclass(frozen=True)
class Change:
    """One row of the file that would do something: (title, from, to) of what differs."""

    row: int
    facts: UnitFacts
    is_new: bool
    fields: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Preview:
    """What an import would do; it does nothing while there is a problem."""

    new: Sequence[Change]
    changed: Sequence[Change]
    same: int
    problems: Sequence[Problem]


def read_units(content: bytes) -> Sheet:
    """Read an uploaded sheet of units; refuses what is not one (see ``read_sheet``)."""
    return read_sheet(content, COLUMNS, most=MOST_ROWS)


def preview_units(session: Session, sheet: Sheet) -> Preview:
    """Say what importing a sheet would do, and every problem it has; changes nothing."""
    return _compare(sheet, {unit.code: unit for unit in every_unit(session)})


def import_units(session: Session, sheet: Sheet, *, by: Model | None) -> Preview:
    """Register and change the units of a sheet, all of them or none; returns what was done.

    Refuses a sheet with any problem. Importing the same sheet again changes nothing.
    """
    units = {unit.code: unit for unit in every_unit(session)}
    preview = _compare(sheet, units)
    if preview.problems:
        raise Refused(
            f"表格有 {len(preview.problems)} 处问题，没有导入任何单位。{preview.problems[0]}。"
        )
    old = {change.facts.code: UnitFacts.of(units[change.facts.code]) for change in preview.changed}
    for change in _representatives_first([*preview.new, *preview.changed]):
        facts = change.facts
        unit = units.setdefault(facts.code, Unit())
        # The parents follow below, when every unit of the sheet is there.
        write(session, unit, replace(facts, parent=None))
        if change.is_new:
            record(session, "unit.made", unit, by=by, code=facts.code, kind=facts.kind)
        else:
            record_change(session, unit, old[facts.code], facts, by=by)
    for change in [*preview.new, *preview.changed]:
        if change.facts.parent is not None:
            units[change.facts.code].parent = units[change.facts.parent]
    session.flush()
    return preview


def _representatives_first(changes: list[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.facts.shared_with is not None)


def _compare(sheet: Sheet, units: dict[str, Unit]) -> Preview:
    given = [(row.number, _facts(row, units)) for row in sheet.rows]
    changes = [_change(number, facts, units.get(facts.code)) for number, facts in given]
    problems = [*sheet.problems, *_repeated(sheet.rows), *_wrong(given, units)]
    return Preview(
        new=[change for change in changes if change.is_new],
        changed=[change for change in changes if change.fields],
        same=sum(not change.is_new and not change.fields for change in changes),
        problems=sorted(problems, key=lambda problem: problem.row),
    )


def _change(number: int, facts: UnitFacts, unit: Unit | None) -> Change:
    if unit is None:
        return Change(number, facts, is_new=True)
    fields = [
        (TITLES[name], words(name, before), words(name, after))
        for name, before, after in differences(UnitFacts.of(unit), facts)
    ]
    return Change(number, facts, is_new=False, fields=fields)


def _wrong(given: list[tuple[int, UnitFacts]], units: dict[str, Unit]) -> Iterator[Problem]:
    """Find what is wrong with each unit in the world as it would be after the import."""
    world = {code: Planned.of(unit) for code, unit in units.items()}
    names = {unit.name: unit.code for unit in units.values()}
    for _, facts in given:
        closed = facts.code in world and world[facts.code].is_closed
        world[facts.code] = Planned(
            facts.code, facts.name, facts.canteen, facts.parent, facts.shared_with, closed
        )
    represents = sharers(world)
    for number, facts in given:
        if world[facts.code].is_closed:
            yield Problem(number, TITLES["code"], facts.code, "未撤销的单位；请先恢复该单位")
        owner = names.get(facts.name, facts.code)
        if owner != facts.code:
            yield Problem(number, TITLES["name"], facts.name, f"另一个名称，{owner} 正在使用它")
        for fault in faults(world[facts.code], world, represents):
            yield Problem(number, TITLES[fault.field], fault.value, fault.expected)


def _repeated(rows: Sequence[Row]) -> list[Problem]:
    return [
        Problem(row.number, TITLES[key], str(row.values[key]), f"不与第 {first.number} 行重复")
        for key in ("code", "name")
        for row, first in duplicates(rows, key)
    ]


def _facts(row: Row, units: dict[str, Unit]) -> UnitFacts:
    """Return what a row says; where the file lacks an optional column, the unit keeps its own."""
    given = {name: value for name, value in row.values.items() if value is not None}
    unit = units.get(given["code"])
    lacking = [column.key for column in COLUMNS if column.key not in row.values]
    kept = {key: getattr(unit, key) for key in lacking} if unit else {}
    return UnitFacts(**kept | given)


def words(name: str, value: Any) -> str:
    """Write a fact of ``UnitFacts`` as a person reads it."""
    if value is None or value == "":
        return "（空）"
    if name == "approval_limit_fen":
        return money.yuan(value)
    return value.label if isinstance(value, Label) else str(value)
