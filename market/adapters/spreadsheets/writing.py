"""Write tables for Excel and as CSV, and the templates that people fill in.

Nothing a person typed becomes a formula or a link.
"""

import csv
import dataclasses
import datetime as dt
import io
import itertools
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Literal

import xlsxwriter

from market.adapters.spreadsheets.reading import Column
from market.core import clock, money, quantity

Kind = Literal["text", "yuan", "wan", "rate", "int", "quantity", "day", "instant"]

# What a value of each kind is divided by, and how Excel shows it.
_NUMBERS: dict[str, tuple[int, str]] = {
    "yuan": (100, "#,##0.00"),
    "wan": (money.FEN_PER_WAN, "#,##0.00"),
    "rate": (1000, "0.0%"),
    "int": (1, "#,##0"),
    "quantity": (1000, "#,##0.0##"),
}
TEXTS: tuple[Kind, ...] = ("text", "day", "instant")  # What stands to the left of its cell.
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROWS_TO_FILL = 5000


@dataclasses.dataclass(frozen=True)
class Table:
    """A table to take away.

    ``note`` says the cut-off date and the unit of the amounts. ``columns`` are (title, kind);
    values are fen (yuan, wan), tenths of a percent (rate), milli (quantity), dates, instants
    and texts; ``None`` is an empty cell, 无任务 in a rate. ``total`` is the last row.
    ``head`` are facts (word, text) above the columns, ``foot`` those below the total.
    """

    title: str
    note: str
    columns: Sequence[tuple[str, Kind]]
    rows: Sequence[Sequence[Any]]
    total: Sequence[Any] | None = None
    head: Sequence[tuple[str, str]] = ()
    foot: Sequence[tuple[str, str]] = ()


def to_xlsx(table: Table) -> bytes:
    """Return the table as a workbook: title, note, header, rows, and the total in bold."""
    held = io.BytesIO()
    for _ in xlsx_steps(held, table, table.rows, {"in_memory": True}):
        pass
    return held.getvalue()


def xlsx_steps(
    out: Any,
    table: Table,
    rows: Iterable[Sequence[Any]],
    how: dict[str, bool] | None = None,
    *,
    at_once: int = 1000,
) -> Iterator[int]:
    """Write a workbook as ``to_xlsx`` does, into a file; give how many rows are written, now and then.

    ``rows`` stand for those of the table, and are read one by one: however many they are, as much
    memory is taken as a few of them need.
    """
    first = list(itertools.islice(rows := iter(rows), 100))
    count = 0
    with xlsxwriter.Workbook(out, (how or {"constant_memory": True}) | PLAIN) as book:
        sheet = book.add_worksheet("数据")
        sheet.write_string(0, 0, table.title, book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, table.note, book.add_format({"font_color": "#555555"}))
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EFEFEF"})
        shapes = {bold: formats(book, bold=bold) for bold in (False, True)}
        top = 2 + _write_facts(sheet, 2, table.head)
        for place, (name, _) in enumerate(table.columns):
            sheet.write_string(top, place, name, head)
        for count, row in enumerate(itertools.chain(first, rows), start=1):
            write_row(sheet, top + count, row, table.columns, shapes[False])
            if count % at_once == 0:
                yield count
        last = top + 1 + count
        if table.total is not None:
            write_row(sheet, last, table.total, table.columns, shapes[True])
        _write_facts(sheet, last + 1, table.foot)
        sheet.freeze_panes(top + 1, 1)
        for place, width in enumerate(widths(table, first)):
            sheet.set_column(place, place, width)
    yield count


def to_csv(table: Table, *, is_whole: bool = False) -> str:
    """Return the header and the rows as CSV: amounts without commas, no title and no total.

    With ``is_whole`` also these: title, note and facts above, the total and its facts below.
    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\n")
    if is_whole:
        facts: list[Sequence[str]] = [(table.title,), (table.note,), *table.head]
        writer.writerows([[_words(word, "text") for word in fact] for fact in facts])
    writer.writerow([name for name, _ in table.columns])
    for row in [*table.rows, *([table.total] if is_whole and table.total else [])]:
        pairs = zip(row, table.columns, strict=True)
        writer.writerow([_words(value, kind) for value, (_, kind) in pairs])
    if is_whole:
        writer.writerows([[_words(word, "text") for word in fact] for fact in table.foot])
    return held.getvalue()


def template(columns: Sequence[Column], examples: Sequence[dict[str, Any]]) -> bytes:
    """Return a workbook to fill in: the header alone, and a sheet 说明 with the examples.

    ``examples`` are texts by the columns' keys. Every cell is text, so that codes keep their
    leading zeros; a column with choices offers them.
    """
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True} | PLAIN) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EFEFEF"})
        as_text = book.add_format({"num_format": "@"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        fill = book.add_worksheet("填报")
        for place, column in enumerate(columns):
            fill.set_column(place, place, max(12, _width(column.title) + 4), as_text)
            fill.write_string(0, place, column.title, head)
            if column.choices:
                fill.data_validation(
                    1,
                    place,
                    ROWS_TO_FILL,
                    place,
                    {
                        "validate": "list",
                        "source": list(column.choices),
                        "error_title": column.title,
                        "error_message": f"应填：{column.expected}"[:255],
                    },
                )
        fill.freeze_panes(1, 0)
        about = book.add_worksheet("说明")
        titles = ("列名", "必填", "应填", *(f"示例{n}" for n in range(1, len(examples) + 1)))
        for place, title in enumerate(titles):
            about.write_string(0, place, title, head)
            about.set_column(place, place, (16, 6, 48)[place] if place < 3 else 22)
        for number, column in enumerate(columns, start=1):
            words = (
                column.title,
                "是" if column.required else "否",
                column.expected,
                *(str(example.get(column.key, "")) for example in examples),
            )
            for place, word in enumerate(words):
                about.write_string(number, place, word, wrap)
    return held.getvalue()


def formats(book: Any, *, bold: bool, border: int = 0) -> dict[str, Any]:
    """Return how the cells of each kind look, in a row or in the sum."""
    edge = {"bold": True, "top": 1} if bold else {}
    edge |= {"border": border} if border else {}
    found = {
        kind: book.add_format(edge | {"num_format": shape}) for kind, (_, shape) in _NUMBERS.items()
    }
    found["day"] = book.add_format(edge | {"num_format": "yyyy-mm-dd"})
    found["text"] = found["instant"] = book.add_format(edge | {"num_format": "@"})
    return found


def _write_facts(sheet: Any, first: int, facts: Sequence[tuple[str, str]]) -> int:
    """Write a word and its text into each row; return how many rows they took."""
    for number, (word, text) in enumerate(facts, start=first):
        sheet.write_string(number, 0, word)
        sheet.write_string(number, 1, text)
    return len(facts)


def write_row(
    sheet: Any,
    number: int,
    row: Sequence[Any],
    columns: Sequence[tuple[str, Kind]],
    shapes: dict[str, Any],
) -> None:
    """Write a row of a table, each value in the look of its kind."""
    for place, (value, (_, kind)) in enumerate(zip(row, columns, strict=True)):
        shape = shapes[kind]
        if kind in _NUMBERS and isinstance(value, int):
            sheet.write_number(number, place, Decimal(value) / _NUMBERS[kind][0], shape)
        elif kind == "day" and isinstance(value, dt.date):
            sheet.write_datetime(number, place, value, shape)
        elif value is None and kind != "rate":
            sheet.write_blank(number, place, None, shape)
        else:
            sheet.write_string(number, place, _text(value, kind), shapes["text"])


def _text(value: Any, kind: Kind) -> str:
    """Write a value as a person reads it; amounts without commas."""
    if value is None:
        return money.show_rate(None) if kind == "rate" else ""
    if isinstance(value, str) and kind != "text":
        return value
    match kind:
        case "yuan":
            return money.yuan(value).replace(",", "")
        case "wan":
            return money.wan(value).replace(",", "")
        case "rate":
            return money.show_rate(value)
        case "quantity":
            return quantity.show(value).replace(",", "")
        case "day":
            return value.isoformat()
        case "instant":
            return value.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")
    return str(value)


def told(row: Sequence[Any], columns: Sequence[tuple[str, Kind]]) -> list[str]:
    """Return the cells of a row as they stand on a page or on paper: amounts with commas."""
    return [_told(value, kind) for value, (_, kind) in zip(row, columns, strict=True)]


def _told(value: Any, kind: Kind) -> str:
    if isinstance(value, int) and kind in ("yuan", "wan"):
        return money.yuan(value) if kind == "yuan" else money.wan(value)
    return _text(value, kind)


def _words(value: Any, kind: Kind) -> str:
    words = _text(value, kind)
    return f"'{words}" if isinstance(value, str) and words.startswith(_FORMULA) else words


def widths(table: Table, first: Sequence[Sequence[Any]] | None = None) -> list[int]:
    """Return a width for each column that suits its title and its first rows, or those given."""
    rows = [
        *(table.rows[:100] if first is None else first),
        *([table.total] if table.total else []),
    ]
    return [
        min(50, 3 + max([_width(name), *(_width(_text(row[place], kind)) for row in rows)]))
        for place, (name, kind) in enumerate(table.columns)
    ]


def _width(words: str) -> int:
    """Return how many Latin letters wide a text is; a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
