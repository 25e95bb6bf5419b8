"""Sheets of people as somebody would upload them."""

import io
from typing import Any

import xlsxwriter

from market.accounts.services import COLUMNS

TITLES = [column.title for column in COLUMNS]
KEYS = [column.key for column in COLUMNS]


def people(*rows: dict[str, Any]) -> bytes:
    """Write rows, each given as what differs from a shopper without a unit."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TITLES)
        for number, row in enumerate(rows, start=1):
            given = {"login": f"person{number}", "name": "某人", "role": "个人购买者"} | row
            for key, value in given.items():
                if value is not None:
                    sheet.write(number, KEYS.index(key), value)
    return held.getvalue()
