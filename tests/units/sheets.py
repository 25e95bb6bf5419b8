"""Sheets of units as somebody would upload them."""

import io
from typing import Any

import xlsxwriter

from market.units.services import COLUMNS

TITLES = [column.title for column in COLUMNS]
KEYS = [column.key for column in COLUMNS]
ROW = {
    "code": "SY-1",
    "name": "甲事业单位",
    "kind": "事业单位",
    "canteen": "自有食堂",
    "daily_diners": 80,
}


def units(*rows: dict[str, Any]) -> bytes:
    """Write rows, each given as what differs from a public institution with a canteen."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TITLES)
        for number, row in enumerate(rows, start=1):
            for key, value in (ROW | row).items():
                if value is not None:
                    sheet.write(number, KEYS.index(key), value)
    return held.getvalue()
