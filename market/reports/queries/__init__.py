"""The tables of the house: completion of purchases, the plan's money, what is published."""

from market.reports.queries.completion import (
    SORTS,
    CompletionTable,
    CreditLine,
    Wanted,
    chosen,
    completion_export,
    completion_sheet,
    completion_table,
    credit_line,
    credits_of,
    credits_sum,
    year_in,
)
from market.reports.queries.money import (
    GROUPS,
    disclosure_table,
    flow_table,
    fund_table,
    performance_table,
)

__all__ = [
    "GROUPS",
    "SORTS",
    "CompletionTable",
    "CreditLine",
    "Wanted",
    "chosen",
    "completion_export",
    "completion_sheet",
    "completion_table",
    "credit_line",
    "credits_of",
    "credits_sum",
    "disclosure_table",
    "flow_table",
    "fund_table",
    "performance_table",
    "year_in",
]
