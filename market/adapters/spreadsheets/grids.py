"""Read a file whose shape is not ours (a bank's): CSV or Excel, as the rows and cells that stand in it."""

import csv
import dataclasses
import io
import re
from collections.abc import Sequence

from market.adapters.spreadsheets.cells import Value
from market.adapters.spreadsheets.workbook import (
    OLD_EXCEL,
    check_reach,
    first_sheet,
    is_merged,
    lines_of,
    look_through,
    too_many,
    unpack,
)
from market.core.errors import Refused

MOST_UNPACKED = 160 * 1024 * 1024  # 60 000 rows of a bank's twenty columns.
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # How workbooks begin, and those before 2007.
AUTO = "auto"
SEPARATORS = ",;\t|"
LOOK_AT = 60  # So many rows are looked at to find the separator.

NOT_A_TABLE = "读不出这个文件：它既不是 Excel 工作簿（.xlsx），也不是 CSV 文本。请从网银重新下载。"
NOT_A_WORKBOOK = (
    "“{}”的扩展名是 .xlsx，内容却不是 Excel 工作簿，可能只改了文件名。"
    "请从网银重新下载；确实是文本的，把扩展名改为 .csv 再上传。"
)
WRONG_ENCODING = "按 {} 读不出这个文件，请把格式里的编码改为“自动识别”，或从网银重新下载。"

_MERGED = re.compile(r"[A-Z]{1,3}\d{1,7}:[A-Z]{1,3}(\d{1,7})")


@dataclasses.dataclass(frozen=True)
class Grid:
    """The cells of a file, row by row from the first; an empty cell is ``None``.

    In a CSV every cell is a text. ``merged`` are a sheet's merged ranges, each with its
    last row; titles above a table are usually such.
    """

    lines: list[list[Value | None]]
    merged: Sequence[tuple[str, int]] = ()

    def check_unmerged(self, first_row: int) -> None:
        """Refuse merged cells at or below a row, where they would be misread."""
        for place, last_row in self.merged:
            if last_row >= first_row:
                raise is_merged(place)


def check_name(name: str, content: bytes) -> None:
    """Refuse a file that is called a workbook (.xlsx) and is something else: its name misleads."""
    is_other = bool(content.strip()) and not content.startswith((ZIP, OLD))
    if name.lower().endswith(".xlsx") and is_other:
        raise Refused(NOT_A_WORKBOOK.format(name))


def read_grid(content: bytes, *, most: int, encoding: str = AUTO) -> Grid:
    """Read a CSV, whatever its encoding and separator, or the first sheet of a workbook.

    Refuses an empty file, what is neither, another encoding than the one given (unless
    that is ``AUTO``), formulas, and more than ``most`` rows.
    """
    if not content.strip():
        raise Refused("文件是空的，请重新选择文件。")
    if content.startswith(OLD):
        raise Refused(OLD_EXCEL)
    if content.startswith(ZIP):
        return _sheet(content, most)
    return Grid(_texts(_decoded(content, encoding), most))


def _sheet(content: bytes, most: int) -> Grid:
    members = unpack(content, MOST_UNPACKED)
    seen = look_through(members[first_sheet(members)])
    check_reach(seen, most)
    merged = [(place, _MERGED.fullmatch(place)) for place in seen.merged]
    return Grid(
        lines_of(members),
        # One that can't be read reaches everywhere.
        [(place, int(found[1]) if found else 10**7) for place, found in merged],
    )


def _decoded(content: bytes, encoding: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's “Unicode 文本”.
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"] if encoding == AUTO else [encoding]
    for name in encodings:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    if encoding == AUTO or b"\0" in content:
        raise Refused(NOT_A_TABLE)
    raise Refused(WRONG_ENCODING.format("UTF-8" if encoding.startswith("utf") else "GBK"))


def _texts(text: str, most: int) -> list[list[Value | None]]:
    """Return the cells of a CSV; of its separators, the one that shows the longest header."""
    # A longest line of one column has nothing to be separated.
    beginning = "\n".join(text.splitlines()[:LOOK_AT])
    separator = max(SEPARATORS, key=lambda sign: _header_length(beginning, sign))
    lines: list[list[Value | None]] = []
    filled = 0
    for cells in _rows(text, separator):
        lines.append([_cell(cell) for cell in cells])
        filled += any(cell is not None for cell in lines[-1])
        if filled > most + LOOK_AT:
            raise too_many(sum(1 for row in _rows(text, separator) if any(row)) - 1, most)
    return lines


def _header_length(text: str, separator: str) -> tuple[int, int]:
    """Return how many cells the longest row has: of those without digits, then of all."""
    rows = [[cell for cell in row if cell.strip()] for row in _rows(text, separator)]
    plain = [len(row) for row in rows if not re.search(r"\d", "".join(row))]
    return max(plain, default=0), max(map(len, rows), default=0)


def _rows(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:  # A cell of more than 128 kB: quotes that are never closed.
        raise Refused(NOT_A_TABLE) from None


def _cell(cell: str) -> str | None:
    """Return a text without what banks put around it so that Excel leaves it alone."""
    plain = cell.replace("\xa0", " ").replace("\u3000", " ").strip()
    if plain.startswith('="') and plain.endswith('"'):
        plain = plain[2:-1]
    return plain.lstrip("'").strip() or None
