"""Load the plan, enter its pairs, and report what was done of its indicators."""

from market.plan.services.importing import import_records
from market.plan.services.loading import PLAN, complete_plan, load_plan
from market.plan.services.pairs import add_pair, change_pair
from market.plan.services.records import (
    resubmit_record,
    return_record,
    reverse_record,
    submit_record,
    verify_record,
)

__all__ = [
    "PLAN",
    "add_pair",
    "change_pair",
    "complete_plan",
    "import_records",
    "load_plan",
    "resubmit_record",
    "return_record",
    "reverse_record",
    "submit_record",
    "verify_record",
]
