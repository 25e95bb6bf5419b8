"""Any table of figures: what it is asked for, its rows, its sum, and where each figure leads."""

from market.reports.queries.tables.asking import Asked, Measure, choices_of, told_of
from market.reports.queries.tables.catalogue import REPORTS, Column, Report, columns_of
from market.reports.queries.tables.reading import (
    Sums,
    cells_of,
    link_of,
    note_of,
    report_page,
    report_records,
    report_rows,
    report_sums,
    report_table,
    total_of,
)

__all__ = [
    "REPORTS",
    "Asked",
    "Column",
    "Measure",
    "Report",
    "Sums",
    "cells_of",
    "choices_of",
    "columns_of",
    "link_of",
    "note_of",
    "report_page",
    "report_records",
    "report_rows",
    "report_sums",
    "report_table",
    "told_of",
    "total_of",
]
