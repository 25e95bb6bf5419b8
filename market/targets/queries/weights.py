"""The sheet in which who takes part in a run is filled in: written, and read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from market.adapters import spreadsheets
from market.adapters.spreadsheets import (
    Column,
    Problem,
    Table,
    Value,
    duplicates,
    read_sheet,
    shown,
    whole,
    yuan,
)
from market.core import quantity
from market.core.errors import Refused
from market.targets.models import AllocationLine, AllocationRun, Basis
from market.targets.queries.runs import Given
from market.units.models import UnitState
from market.units.queries import units_by_code

MOST_ROWS = 2000
MOST_PEOPLE = 100_000


def parse_weight(text: str) -> int:
    """Return the thousandths of a typed weight; refuses what is no number from 0 to a million."""
    try:
        milli = quantity.parse(text)
    except Refused as refusal:
        raise Refused(str(refusal).replace("数量", "权重")) from None
    if milli < 0:
        raise Refused("权重不能小于 0。")
    return milli


def _weight(value: Value) -> int:
    return parse_weight(shown(value))


_CODE = Column(
    "单位编码", "code", spreadsheets.text(20), "已登记单位的编码，例如 JD001", required=True
)
_NAME = Column("单位名称", "name", spreadsheets.text(80), "单位名称，供核对，可不填", optional=True)
_PEOPLE = whole(0, MOST_PEOPLE)
_ASKED = {
    Basis.DINERS: (
        Column("用餐人数", "people", _PEOPLE, "0 到 100000 的整数", required=True),
        Column("供餐月数", "months", whole(0, 12), "0 到 12 的整数", required=True),
    ),
    Basis.STAFF: (Column("职工人数", "people", _PEOPLE, "0 到 100000 的整数", required=True),),
    Basis.PURCHASES: (),
    Basis.OWN: (
        Column(
            "权重",
            "weight_milli",
            _weight,
            "0 到 1000000 的数，最多三位小数，例如 12 或 1.5",
            required=True,
        ),
    ),
}
_BOUNDS = (
    Column("下限(元)", "floor_fen", yuan(), "不小于 0 的金额，可不填", optional=True),
    Column("上限(元)", "cap_fen", yuan(), "不小于 0 的金额，可不填表示不限", optional=True),
)


@dataclass(frozen=True)
class Filled:
    """What a sheet says of the units, and everything that keeps it from being used."""

    given: list[Given]
    problems: list[Problem]


def columns_of(basis: Basis) -> tuple[Column, ...]:
    """Return the columns of the sheet for a basis."""
    return (_CODE, _NAME, *_ASKED[basis], *_BOUNDS)


def weights_sheet(run: AllocationRun, lines: Sequence[AllocationLine]) -> Table:
    """Return the sheet with what is known, to be filled in and given back."""
    kinds: dict[str, Any] = {
        "people": "int",
        "months": "int",
        "weight_milli": "quantity",
        "floor_fen": "yuan",
        "cap_fen": "yuan",
    }
    columns = columns_of(run.basis)
    return Table(
        title=f"{run.year}年目标分解填写表",
        note=f"编号 {run.number}；依据：{run.basis.label}；表中有哪些单位，就由哪些单位参加分解",
        columns=[(column.title, kinds.get(column.key, "text")) for column in columns],
        rows=[
            [line.unit.code, line.unit.name, *(getattr(line, c.key) for c in columns[2:])]
            for line in lines
        ],
    )


def read_weights(session: Session, basis: Basis, content: bytes) -> Filled:
    """Read who takes part, by which figures, from a sheet; changes nothing.

    Refuses what is not such a sheet; an unknown or closed unit, one that stands there
    twice, another name than the register's, and cells that can't be read are problems.
    """
    columns = columns_of(basis)
    sheet = read_sheet(content, columns, most=MOST_ROWS)
    codes = [row.values["code"] for row in sheet.rows]
    units = units_by_code(session, codes)
    problems = list(sheet.problems)
    problems += [
        Problem(row.number, _CODE.title, row.values["code"], f"不与第 {first.number} 行重复")
        for row, first in duplicates(sheet.rows, "code")
    ]
    given = []
    for row in sheet.rows:
        unit = units.get(row.values["code"])
        name = row.values.get("name")
        if unit is None:
            expected = "已登记单位的编码，可在“单位”页查到"
            problems.append(Problem(row.number, _CODE.title, row.values["code"], expected))
        elif unit.state is UnitState.CLOSED:
            problems.append(Problem(row.number, _CODE.title, unit.code, "未撤销的单位"))
        elif name and name != unit.name:
            expected = f"编码 {unit.code} 对应的“{unit.name}”，或留空"
            problems.append(Problem(row.number, _NAME.title, name, expected))
        else:
            said = {column.key: row.values.get(column.key) for column in columns[2:]}
            given.append(Given(unit.id, **said))
    return Filled(given, sorted(problems, key=lambda problem: problem.row))
