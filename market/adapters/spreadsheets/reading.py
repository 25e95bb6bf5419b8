"""Read a sheet that somebody uploaded, and say precisely what is wrong with it.

An upload is not trusted: it is unpacked within a limit, its XML is looked through
for what would be misread (formulas, merged cells), and only then read.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from market.adapters.spreadsheets.cells import Value, shown
from market.adapters.spreadsheets.workbook import (
    HEADER_WITHIN,
    check_reach,
    first_sheet,
    is_merged,
    lines_of,
    look_through,
    too_many,
    unpack,
)
from market.core.errors import Refused


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a sheet: its title, what its cells mean, and how to say what is expected.

    ``parse`` gets a value that is never empty and raises ``Refused``. ``choices`` become
    a drop-down list in the template. An ``optional`` column may be missing from a file:
    its values are then not among a row's at all.
    """

    title: str
    key: str
    parse: Callable[[Value], Any]
    expected: str
    required: bool = False
    choices: Sequence[str] = ()
    optional: bool = False


@dataclasses.dataclass(frozen=True)
class Row:
    """One row that could be read: its number as Excel shows it, and its values by key."""

    number: int
    values: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is wrong with one cell: where it is, what stands there, and what is expected."""

    row: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        """Say it in one sentence."""
        value = f"“{self.value}”" if self.value else "空白"
        return f"第 {self.row} 行“{self.column}”是{value}，应填：{self.expected}"


@dataclasses.dataclass(frozen=True)
class Sheet:
    """What was read; nothing may be imported while there is a problem."""

    rows: list[Row]
    problems: list[Problem]


def read_sheet(content: bytes, columns: Sequence[Column], *, most: int = 5000) -> Sheet:
    """Read the first sheet of a workbook: the columns are found by their titles, in any order.

    Empty rows are passed over; a row with a problem is not among ``rows``. A title and
    a note above the header are passed over too. Refuses a file that is not .xlsx, is
    encrypted, unpacks to more than ``MOST_UNPACKED``, has formulas or merged cells, lacks a
    column or has one that is not known, has no rows, or more than ``most``.
    """
    members = unpack(content)
    seen = look_through(members[first_sheet(members)])
    check_reach(seen, most)
    if seen.merged:
        raise is_merged(seen.merged[0])
    lines = lines_of(members)
    header, places = _header(lines, columns)
    data = [
        (number, line)
        for number, line in enumerate(lines[header + 1 :], start=header + 2)
        if any(cell is not None for cell in line)
    ]
    if not data:
        raise Refused("表格里只有标题，没有数据。请从标题下面一行开始填写后再上传。")
    if len(data) > most:
        raise too_many(len(data), most)
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in data:
        values, wrong = _read_row(number, line, columns, places)
        problems += wrong
        if not wrong:
            rows.append(Row(number, values))
    return Sheet(rows, problems)


def duplicates(rows: Sequence[Row], key: str) -> list[tuple[Row, Row]]:
    """Return each row whose value at ``key`` stands in an earlier row, with that row.

    Empty values are no duplicates of each other.
    """
    first: dict[Any, Row] = {}
    pairs = []
    for row in rows:
        value = row.values.get(key)
        if value is None:
            continue
        if value in first:
            pairs.append((row, first[value]))
        else:
            first[value] = row
    return pairs


def _read_row(
    number: int, line: Sequence[Any], columns: Sequence[Column], places: dict[str, int]
) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems = []
    for column in columns:
        if column.title not in places:
            continue
        value = line[places[column.title]]
        if value is None:
            values[column.key] = None
            if column.required:
                problems.append(Problem(number, column.title, "", column.expected))
            continue
        try:
            values[column.key] = column.parse(value)
        except Refused:
            problems.append(Problem(number, column.title, shown(value)[:60], column.expected))
    return values, problems


def _header(lines: list[list[Any]], columns: Sequence[Column]) -> tuple[int, dict[str, int]]:
    """Return the index of the header and the place of each title in it."""
    wanted = {title_of(column.title): column.title for column in columns}
    best = max(
        range(min(len(lines), HEADER_WITHIN)),
        key=lambda i: (sum(title_of(cell) in wanted for cell in lines[i]), -i),
        default=None,
    )
    found = [] if best is None else [(i, title_of(cell)) for i, cell in enumerate(lines[best])]
    titles = [title for _, title in found if title]
    may_lack = {column.title for column in columns if column.optional}
    lacking = [original for title, original in wanted.items() if title not in titles]
    missing = [original for original in lacking if original not in may_lack]
    unknown = [title for title in titles if title not in wanted]
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if best is None or len(lacking) == len(wanted):
        raise Refused(
            f"没有找到标题行。第一行应有这些列：{'、'.join(wanted.values())}。请下载模板填写。"
        )
    faults = [
        f"{word}：{'、'.join(names)}"
        for word, names in (("缺少列", missing), ("不认识的列", unknown), ("重复的列", twice))
        if names
    ]
    if faults:
        raise Refused(f"标题行与模板不一致，{'；'.join(faults)}。请按模板的标题修改后再上传。")
    return best, {wanted[title]: place for place, title in found if title}


def title_of(cell: Any) -> str:
    """Return a heading as it is compared: without blanks, marks and full-width brackets."""
    plain = shown(cell).translate(str.maketrans("（）＊", "()*"))
    return "".join(plain.split()).rstrip("*")
