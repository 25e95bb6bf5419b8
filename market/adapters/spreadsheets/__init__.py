"""Excel: sheets that people upload, and tables that they take away."""

from market.adapters.spreadsheets.cells import Value, choice, day, shown, text, whole, yuan
from market.adapters.spreadsheets.grids import Grid, check_name, read_grid
from market.adapters.spreadsheets.papers import Paper, paper_xlsx
from market.adapters.spreadsheets.reading import (
    Column,
    Problem,
    Row,
    Sheet,
    duplicates,
    read_sheet,
    title_of,
)
from market.adapters.spreadsheets.writing import (
    TEXTS,
    Kind,
    Table,
    template,
    to_csv,
    to_xlsx,
    told,
    xlsx_steps,
)

__all__ = [
    "TEXTS",
    "Column",
    "Grid",
    "Kind",
    "Paper",
    "Problem",
    "Row",
    "Sheet",
    "Table",
    "Value",
    "check_name",
    "choice",
    "day",
    "duplicates",
    "paper_xlsx",
    "read_grid",
    "read_sheet",
    "shown",
    "template",
    "text",
    "title_of",
    "to_csv",
    "to_xlsx",
    "told",
    "whole",
    "xlsx_steps",
    "yuan",
]
