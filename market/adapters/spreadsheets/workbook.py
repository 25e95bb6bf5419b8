"""Unpack an uploaded workbook within a limit, and look through its XML before it is read.

An upload is not trusted: what would be misread (formulas, merged cells) is found, and
broken XML and any DTD are refused.
"""

import datetime as dt
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

import python_calamine as calamine

from market.adapters.spreadsheets.cells import Value
from market.core.errors import Refused

MOST_UNPACKED = 50 * 1024 * 1024
MOST_COLUMNS = 100
HEADER_WITHIN = 10  # A title and a note may stand above the header.

NOT_EXCEL = (
    "这个文件不是 Excel 工作簿（.xlsx）。请下载模板填写，或在 Excel 中另存为“.xlsx”后再上传。"
)
OLD_EXCEL = "这是旧版 Excel（.xls）或加了密码的文件。请去掉密码，另存为“.xlsx”后再上传。"
TOO_BIG = "这个文件解压后超过 {} MB。请删去图片和多余的工作表，只保留数据后再上传。"


def lines_of(members: dict[str, bytes]) -> list[list[Any]]:
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


def unpack(content: bytes, most: int = MOST_UNPACKED) -> dict[str, bytes]:
    """Return the XML parts of a workbook, unpacked within the limit."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(OLD_EXCEL)
    left = most
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
                    raise Refused(TOO_BIG.format(most // 1024 // 1024))
    # Encrypted parts are a RuntimeError, unknown ways of packing a NotImplementedError.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError):
        raise Refused(NOT_EXCEL) from None
    if "xl/workbook.xml" not in members:
        raise Refused(NOT_EXCEL)
    return members


def first_sheet(members: dict[str, bytes]) -> str:
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


def look_through(xml: bytes) -> "Seen":
    """Return what would be misread in a sheet's XML, and how far its cells reach."""
    seen = Seen()
    _parse(xml, seen.start)
    return seen


def check_reach(seen: "Seen", most: int) -> None:
    """Refuse a sheet that has a formula, or reaches too far to be laid out in memory."""
    if seen.formula:
        raise Refused(
            f"单元格 {seen.formula} 是公式。请复制整张表，用“选择性粘贴—数值”贴成数值后再上传。"
        )
    if seen.last_column > MOST_COLUMNS:
        raise Refused(f"表格太宽，最多 {MOST_COLUMNS} 列。请删去右边多余的内容后再上传。")
    if seen.rows > most + HEADER_WITHIN:
        raise too_many(seen.rows - 1, most)
    if seen.last_row > 2 * most + 1000:
        raise Refused(
            f"第 {seen.last_row} 行还有零散的内容，中间空行太多。请删去多余的内容后再上传。"
        )


def is_merged(place: str) -> Refused:
    """Refuse a sheet for its merged cells."""
    return Refused(f"单元格 {place} 是合并单元格。请取消合并，每行每列单独填写后再上传。")


class Seen:
    """What was met while looking through the XML of a sheet."""

    def __init__(self) -> None:
        self.formula = ""
        self.merged: list[str] = []  # Ranges such as A1:C1.
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
            self.merged.append(attributes.get("ref", "（未编号）"))


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


def too_many(rows: int, most: int) -> Refused:
    """Refuse a file that has too many rows."""
    return Refused(f"表格有 {rows} 行数据，一次最多 {most} 行。请分成几个文件上传。")
