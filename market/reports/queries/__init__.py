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
from market.reports.queries.fairs import (
    Compared,
    Kept,
    compared,
    comparison_table,
    goods_words,
    kept_of,
    result_table,
)
from market.reports.queries.money import (
    GROUPS,
    disclosure_table,
    flow_table,
    fund_table,
)
from market.reports.queries.performance import BY, assessment_years, performance_table

__all__ = [
    "BY",
    "GROUPS",
    "SORTS",
    "Compared",
    "CompletionTable",
    "CreditLine",
    "Kept",
    "Wanted",
    "assessment_years",
    "chosen",
    "compared",
    "comparison_table",
    "completion_export",
    "completion_sheet",
    "completion_table",
    "credit_line",
    "credits_of",
    "credits_sum",
    "disclosure_table",
    "flow_table",
    "fund_table",
    "goods_words",
    "kept_of",
    "performance_table",
    "result_table",
    "year_in",
]
