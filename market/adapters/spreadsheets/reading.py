"""Read a sheet that somebody uploaded, and say precisely what is wrong with it.

An upload is not trusted: it is unpacked within a limit, its XML is looked through
for what would be misread (formulas, merged cells), and only then read.
"""

import dataclasses
import datetime as dt
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any
from xml.parsers import expat

import python_calamine as calamine

from market.adapters.spreadsheets.cells import Value, shown
from market.core.errors import Refused

MOST_UNPACKED = 50 * 1024 * 1024
MOST_COLUMNS = 100
HEADER_WITHIN = 10  # A title and a note may stand above the header.

NOT_EXCEL = (
    "这个文件不是 Excel 工作簿（.xlsx）。请下载模板填写，或在 Excel 中另存为“.xlsx”后再上传。"
)
OLD_EXCEL = "这是旧版 Excel（.xls）或加了密码的文件。请去掉密码，另存为“.xlsx”后再上传。"
TOO_BIG = "这个文件解压后超过 50 MB。请删去图片和多余的工作表，只保留数据后再上传。"


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a sheet: its title, what its cells mean, and how to say what is expected.

    ``parse`` gets a value that is never empty and raises ``Refused``. ``choices`` become
    a drop-down list in the template.
    """

    title: str
    key: str
    parse: Callable[[Value], Any]
    expected: str
    required: bool = False
    choices: Sequence[str] = ()


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
    members = _unpack(content)
    _look_through(members[_first_sheet(members)], most)
    lines = _lines(members)
    header, places = _header(lines, columns)
    data = [
        (number, line)
        for number, line in enumerate(lines[header + 1 :], start=header + 2)
        if any(cell is not None for cell in line)
    ]
    if not data:
        raise Refused("表格里只有标题，没有数据。请从标题下面一行开始填写后再上传。")
    if len(data) > most:
        raise _too_many(len(data), most)
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
    wanted = {_title(column.title): column.title for column in columns}
    best = max(
        range(min(len(lines), HEADER_WITHIN)),
        key=lambda i: (sum(_title(cell) in wanted for cell in lines[i]), -i),
        default=None,
    )
    found = [] if best is None else [(i, _title(cell)) for i, cell in enumerate(lines[best])]
    titles = [title for _, title in found if title]
    missing = [original for title, original in wanted.items() if title not in titles]
    unknown = [title for title in titles if title not in wanted]
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if best is None or len(missing) == len(wanted):
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


def _title(cell: Any) -> str:
    plain = shown(cell).translate(str.maketrans("（）＊", "()*"))
    return "".join(plain.split()).rstrip("*")


def _lines(members: dict[str, bytes]) -> list[list[Any]]:
    """Return the cells of the first sheet, from row 1 and column A; an empty cell is ``None``."""
    packed = io.BytesIO()
    # Only what was unpacked within the limit is read again.
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    packed.seek(0)
    try:
        workbook = calamine.load_workbook(packed)
        lines = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (calamine.CalamineError, IndexError, ValueError, OSError):
        raise Refused(NOT_EXCEL) from None
    return [[_cell(cell) for cell in line] for line in lines]


def _cell(cell: Any) -> Value | None:
    if isinstance(cell, str):
        return cell.replace("\xa0", " ").strip() or None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, dt.time | dt.timedelta):
        return str(cell)
    return cell


def _unpack(content: bytes) -> dict[str, bytes]:
    """Return the XML parts of a workbook, unpacked within the limit."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(OLD_EXCEL)
    left = MOST_UNPACKED
    members: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if not info.filename.lower().endswith((".xml", ".rels")):
                    continue
                with archive.open(info) as part:
                    members[info.filename] = part.read(left + 1)
                left -= len(members[info.filename])
                if left < 0:
                    raise Refused(TOO_BIG)
    # Encrypted parts are a RuntimeError, unknown ways of packing a NotImplementedError.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError):
        raise Refused(NOT_EXCEL) from None
    if "xl/workbook.xml" not in members:
        raise Refused(NOT_EXCEL)
    return members


def _first_sheet(members: dict[str, bytes]) -> str:
    """Return the name of the part that holds the first sheet."""
    references: list[str] = []
    targets: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            references.extend(
                value for key, value in attributes.items() if key.rpartition(" ")[2] == "id"
            )

    def relationship(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(members["xl/workbook.xml"], sheet)
    _parse(members.get("xl/_rels/workbook.xml.rels", b""), relationship)
    target = targets.get(references[0] if references else "", "")
    path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    if path not in members:
        raise Refused(NOT_EXCEL)
    return path


def _look_through(xml: bytes, most: int) -> None:
    """Refuse a sheet that would be misread, or that reaches too far to be laid out in memory."""
    seen = _Seen()
    _parse(xml, seen.start)
    if seen.formula:
        raise Refused(
            f"单元格 {seen.formula} 是公式。请复制整张表，用“选择性粘贴—数值”贴成数值后再上传。"
        )
    if seen.merged:
        raise Refused(f"单元格 {seen.merged} 是合并单元格。请取消合并，每行每列单独填写后再上传。")
    if seen.last_column > MOST_COLUMNS:
        raise Refused(f"表格太宽，最多 {MOST_COLUMNS} 列。请删去右边多余的内容后再上传。")
    if seen.rows > most + HEADER_WITHIN:
        raise _too_many(seen.rows - 1, most)
    if seen.last_row > 2 * most + 1000:
        raise Refused(
            f"第 {seen.last_row} 行还有零散的内容，中间空行太多。请删去多余的内容后再上传。"
        )


class _Seen:
    """What was met while looking through the XML of a sheet."""

    def __init__(self) -> None:
        self.formula = self.merged = ""
        self.rows = self.last_row = self.last_column = 0
        self._row = self._column = 0
        self._cell = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            match = re.fullmatch(r"\d{1,7}", attributes.get("r", ""))
            self._row = int(match[0]) if match else self._row + 1
            self._column = 0
        elif name == "c":
            self._cell = attributes.get("r", "")
            match = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", self._cell)
            self._column = _letters(match[1]) if match else self._column + 1
            self._row = int(match[2]) if match else self._row
        elif name in ("v", "is"):
            self.rows += self._row != self.last_row
            self.last_row = max(self.last_row, self._row)
            self.last_column = max(self.last_column, self._column)
        elif name == "f":
            self.formula = self.formula or self._cell or "（未编号）"
        elif name == "mergeCell":
            self.merged = self.merged or attributes.get("ref", "（未编号）")


def _letters(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _parse(xml: bytes, start: Callable[[str, dict[str, str]], None]) -> None:
    """Call ``start`` with the local name of each element; refuses broken XML and any DTD."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def doctype(*_: Any) -> None:
        raise Refused(NOT_EXCEL)

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = lambda name, given: start(name.rpartition(" ")[2], given)
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError, ValueError):  # The last two: unknown encodings.
        raise Refused(NOT_EXCEL) from None


def _too_many(rows: int, most: int) -> Refused:
    return Refused(f"表格有 {rows} 行数据，一次最多 {most} 行。请分成几个文件上传。")
