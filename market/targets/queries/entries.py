"""What was issued: targets, and sheets of targets to be."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from market.accounts.models import Person
from market.adapters.spreadsheets import (
    Column,
    Problem,
    Row,
    Sheet,
    day,
    read_sheet,
    text,
    whole,
    yuan,
)
from market.audit.queries import contradicted
from market.core import clock, money
from market.core.access import DESK
from market.core.errors import Refused
from market.targets.models import TargetEntry
from market.units.models import Unit, UnitState
from market.units.queries import must_buy

FIRST_YEAR = 2018
LAST_YEAR = 2100
MOST_ROWS = 2000


def _issued(value: Any) -> dt.date:
    issued_on = day(value)
    if issued_on > clock.today():
        raise Refused("发文日期不能晚于今天。")
    return issued_on


COLUMNS = (
    Column("单位编码", "code", text(20), "已登记单位的编码，例如 JD001", required=True),
    Column("单位名称", "name", text(80), "与编码相符的单位名称", required=True),
    Column(
        "年度",
        "year",
        whole(FIRST_YEAR, LAST_YEAR),
        f"{FIRST_YEAR} 至 {LAST_YEAR} 的年份",
        required=True,
    ),
    Column(
        "目标金额(元)",
        "amount_fen",
        yuan(),
        "不小于 0 的金额，单位为元，最多两位小数，例如 200000",
        required=True,
    ),
    Column("文号", "document_no", text(60), "下达文件的文号，最多 60 个字", required=True),
    Column("发文日期", "document_on", _issued, "不晚于今天的日期，例如 2026-01-20", required=True),
    Column("说明", "reason", text(200), "调整已有目标时必填，最多 200 个字"),
)

EXAMPLES = (
    {
        "code": "JD001",
        "name": "示例街道办事处",
        "year": "2026",
        "amount_fen": "200000.00",
        "document_no": "演示〔2026〕1号",
        "document_on": "2026-01-20",
        "reason": "",
    },
    {
        "code": "SY001",
        "name": "示例事业单位",
        "year": "2026",
        "amount_fen": "85000",
        "document_no": "演示〔2026〕9号",
        "document_on": "2026-07-01",
        "reason": "食堂用餐人数减少，调低目标",
    },
)


@dataclass(frozen=True)
class Wish:
    """What a unit's target of a year should become, and what it was when somebody looked."""

    unit_id: int
    code: str
    name: str
    year: int
    amount_fen: int
    document_no: str
    document_on: dt.date
    reason: str
    seen_fen: int

    @property
    def change_fen(self) -> int:
        """What an entry would write; nothing where the target stays."""
        return self.amount_fen - self.seen_fen


@dataclass(frozen=True)
class Preview:
    """What a sheet would do, and everything that keeps it from being done."""

    wishes: list[Wish]
    problems: list[Problem]


def unit_for(session: Session, person: Person, code: str) -> Unit | None:
    """Return a unit if this person may see its completion: their own, or any from the desk."""
    select = sa.select(Unit).where(Unit.code == code).options(joinedload(Unit.shared_with))
    if person.role not in DESK:
        select = select.where(Unit.id == person.unit_id)
    return session.scalars(select).one_or_none()


def target_fen(session: Session, unit_id: int, year: int) -> int:
    """Return a unit's target of a year: the sum of its issue and revisions."""
    return session.scalars(
        sa.select(sum_of(TargetEntry.change_fen)).where(
            TargetEntry.unit_id == unit_id, TargetEntry.year == year
        )
    ).one()


def has_targets(year: int, unit_id: int | None = None) -> sa.ColumnElement[bool]:
    """Return whether anything was issued for a year, to a unit or to any."""
    held = sa.exists().where(TargetEntry.year == year)
    return held if unit_id is None else held.where(TargetEntry.unit_id == unit_id)


def documents_of(session: Session, unit_id: int, year: int) -> set[str]:
    """Return the numbers of the documents that set a unit's target of a year."""
    return set(
        session.scalars(
            sa.select(TargetEntry.document_no).where(
                TargetEntry.unit_id == unit_id, TargetEntry.year == year
            )
        )
    )


def entries(year: int, *, unit_id: int | None = None) -> sa.Select[Any]:
    """Select the issues and revisions of a year, newest first, with the name of who made them."""
    select: Any = (
        sa.select(TargetEntry, Person.name)
        .join(Person, Person.id == TargetEntry.by_id)
        .join(TargetEntry.unit)
        .options(
            contains_eager(TargetEntry.unit),
            joinedload(TargetEntry.attachment),
            joinedload(TargetEntry.run),
        )
        .where(TargetEntry.year == year)
        .order_by(TargetEntry.id.desc())
    )
    return select if unit_id is None else select.where(TargetEntry.unit_id == unit_id)


def issued_fen(session: Session, year: int) -> tuple[int, int]:
    """Return the sum of all targets of a year, and how many units have entries."""
    row = session.execute(
        sa.select(
            sum_of(TargetEntry.change_fen), sa.func.count(sa.distinct(TargetEntry.unit_id))
        ).where(TargetEntry.year == year)
    ).one()
    return row[0], row[1]


def without_target(session: Session, year: int) -> Sequence[Unit]:
    """Return the units that must buy and have no target of the year yet, by code."""
    held = sa.select(TargetEntry.unit_id).where(TargetEntry.year == year)
    return session.scalars(
        sa.select(Unit).where(must_buy(), Unit.id.not_in(held)).order_by(Unit.code)
    ).all()


def preview(session: Session, content: bytes) -> Preview:
    """Read a sheet of targets, and compare it with the units and targets that stand.

    Changes nothing. Refuses what is not such a sheet; what is wrong with its cells is
    among the problems, by row and column.
    """
    return examine(session, read_sheet(content, COLUMNS, most=MOST_ROWS))


def examine(session: Session, sheet: Sheet) -> Preview:
    """Compare the rows of a sheet with the units and targets that stand; three queries."""
    codes = {row.values["code"] for row in sheet.rows}
    units = {u.code: u for u in session.scalars(sa.select(Unit).where(Unit.code.in_(codes)))}
    held = _held(session, [unit.id for unit in units.values()])
    wishes, problems = [], list(sheet.problems)
    first: dict[tuple[str, int], int] = {}
    for row in sheet.rows:
        unit = units.get(row.values["code"])
        key = (row.values["code"], row.values["year"])
        if unit is None:
            problems.append(_problem(row, "code", "已登记单位的编码，可在“单位”页查到"))
        elif key in first:
            said = f"每个单位每年只填一行，第 {first[key]} 行已有该单位"
            problems.append(_problem(row, "code", said))
        else:
            first[key] = row.number
            documents, now_fen = held.get((unit.id, row.values["year"]), ((), 0))
            wrong = _wrong(row, unit, set(documents), now_fen)
            problems += wrong
            if not wrong:
                given = {**row.values, "name": unit.name, "reason": row.values["reason"] or ""}
                wishes.append(Wish(unit_id=unit.id, seen_fen=now_fen, **given))
    return Preview(wishes, sorted(problems, key=lambda problem: problem.row))


def verify_entries(session: Session) -> list[str]:
    """Name every issue or revision of a target that the audit trail contradicts."""
    return [
        f"目标记录 {entry.id}（{entry.document_no}）为 {entry.change_fen} 分，与操作记录不符"
        for entry in contradicted(
            session, TargetEntry, "change_fen", "target.issued", "target.revised"
        )
    ]


def sum_of(column: Any) -> sa.ColumnElement[int]:
    """Return a sum of fen, zero of nothing, that is an int on every database."""
    # PostgreSQL sums bigints into a numeric, which would arrive as a Decimal.
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)


def _held(
    session: Session, unit_ids: Iterable[int]
) -> dict[tuple[int, int], tuple[list[str], int]]:
    """Return the documents and the target of each of these units and each year."""
    held: dict[tuple[int, int], tuple[list[str], int]] = {}
    rows = session.execute(
        sa.select(
            TargetEntry.unit_id, TargetEntry.year, TargetEntry.document_no, TargetEntry.change_fen
        ).where(TargetEntry.unit_id.in_(list(unit_ids)))
    )
    for unit_id, year, document_no, fen in rows:
        documents, sum_fen = held.get((unit_id, year), ([], 0))
        held[unit_id, year] = ([*documents, document_no], sum_fen + fen)
    return held


def _wrong(row: Row, unit: Unit, documents: set[str], now_fen: int) -> list[Problem]:
    amount_fen = row.values["amount_fen"]
    if row.values["name"] != unit.name:
        return [_problem(row, "name", f"编码 {unit.code} 对应的“{unit.name}”")]
    if amount_fen == now_fen and documents:
        return []  # Nothing would be written.
    if amount_fen == 0 and not documents:
        return [_problem(row, "amount_fen", "首次下达的目标须大于 0 元")]
    if amount_fen > now_fen and unit.state is UnitState.CLOSED:
        return [_problem(row, "code", f"“{unit.name}”已撤销，不能下达或调高目标")]
    wrong = []
    if row.values["document_no"] in documents:
        wrong.append(_problem(row, "document_no", "未用于该单位当年目标的新文号"))
    if documents and not row.values["reason"]:
        wrong.append(_problem(row, "reason", f"现有目标 {money.yuan(now_fen)} 元，调整须填写说明"))
    return wrong


def _problem(row: Row, key: str, expected: str) -> Problem:
    title = next(column.title for column in COLUMNS if column.key == key)
    value = row.values[key]
    if key == "amount_fen":
        value = money.yuan(value)
    return Problem(row.number, title, "" if value is None else str(value), expected)
