"""Write an official paper as a workbook: its text on one sheet, its table on the next."""

import dataclasses
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from market.adapters.spreadsheets.writing import (
    PLAIN,
    TEXTS,
    Table,
    formats,
    widths,
    write_row,
)

_LETTERS_OF_A_LINE = 46


@dataclasses.dataclass(frozen=True)
class Paper:
    """An official paper: ``lines`` below the title (number, cut-off), sections of paragraphs, a table.

    ``over`` are heads above several columns of the table: (first, last, title), from zero.
    ``signed`` are the last lines. ``made_at`` is the one instant that its files name, so
    that the same paper gives the same bytes whenever it is written.
    """

    title: str
    lines: Sequence[str]
    sections: Sequence[tuple[str, Sequence[str]]]
    table: Table
    over: Sequence[tuple[int, int, str]]
    signed: Sequence[str]
    made_at: dt.datetime


def paper_xlsx(paper: Paper) -> bytes:
    """Return the paper as a workbook; it depends on the paper alone."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True} | PLAIN) as book:
        made_at = paper.made_at.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": paper.title, "created": made_at})
        _write_text(book, paper)
        _write_table(book, paper)
    return held.getvalue()


def _write_text(book: Any, paper: Paper) -> None:
    sheet = book.add_worksheet("正文")
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.set_column(0, 0, 96)
    middle = {"align": "center", "valign": "vcenter"}
    title = book.add_format({"bold": True, "font_size": 18, "text_wrap": True} | middle)
    line = book.add_format({"font_color": "#555555"} | middle)
    head = book.add_format({"bold": True, "font_size": 12})
    body = book.add_format({"text_wrap": True, "valign": "top", "indent": 1})
    right = book.add_format({"align": "right"})
    rows: list[tuple[str, Any]] = [(paper.title, title), *((one, line) for one in paper.lines)]
    for heading, paragraphs in paper.sections:
        rows += [("", body), (heading, head), *((words, body) for words in paragraphs)]
    rows += [("", body), *((words, right) for words in paper.signed)]
    for number, (words, shape) in enumerate(rows):
        sheet.write_string(number, 0, words, shape)
        if shape is body and words:
            sheet.set_row(number, 16 * (1 + len(words) // _LETTERS_OF_A_LINE))
    sheet.set_row(0, 30)


def _write_table(book: Any, paper: Paper) -> None:
    table = paper.table
    sheet = book.add_worksheet("附表")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    last = len(table.columns) - 1
    middle = {"align": "center", "valign": "vcenter"}
    title = book.add_format({"bold": True, "font_size": 16} | middle)
    note = book.add_format({"font_color": "#555555", "text_wrap": True, "valign": "vcenter"})
    cell = {"bold": True, "border": 1, "bg_color": "#EFEFEF", "text_wrap": True} | middle
    head = book.add_format(cell)
    sheet.merge_range(0, 0, 0, last, table.title, title)
    sheet.merge_range(1, 0, 1, last, table.note, note)
    sheet.set_row(0, 28)
    sheet.set_row(1, 30)
    covered = {place for first, end, _ in paper.over for place in range(first, end + 1)}
    for first, end, words in paper.over:
        sheet.merge_range(2, first, 2, end, words, head)
    for place, (name, _) in enumerate(table.columns):
        if place in covered:
            sheet.write_string(3, place, name, head)
        else:
            sheet.merge_range(2, place, 3, place, name, head)
    sheet.set_row(3, 32)
    shapes = {bold: formats(book, bold=bold, border=1) for bold in (False, True)}
    for number, row in enumerate(table.rows, start=4):
        write_row(sheet, number, row, table.columns, shapes[False])
    end_row = 4 + len(table.rows)
    write_row(sheet, end_row, table.total or (), table.columns, shapes[True])
    for number, words in enumerate(paper.signed, start=end_row + 2):
        sheet.write_string(number, 0, words)
    sheet.freeze_panes(4, 2)
    sheet.repeat_rows(2, 3)
    for place, ((_, kind), width) in enumerate(zip(table.columns, widths(table), strict=True)):
        sheet.set_column(place, place, width if kind in TEXTS else min(width, 11))
