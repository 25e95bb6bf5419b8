"""Excel: sheets that people upload, and tables that they take away."""

from market.adapters.spreadsheets.cells import Value, choice, day, text, whole, yuan
from market.adapters.spreadsheets.reading import (
    Column,
    Problem,
    Row,
    Sheet,
    duplicates,
    read_sheet,
)
from market.adapters.spreadsheets.writing import Kind, Table, template, to_csv, to_xlsx

__all__ = [
    "Column",
    "Kind",
    "Problem",
    "Row",
    "Sheet",
    "Table",
    "Value",
    "choice",
    "day",
    "duplicates",
    "read_sheet",
    "template",
    "text",
    "to_csv",
    "to_xlsx",
    "whole",
    "yuan",
]
