"""Load the plan, enter its pairs, report what was done of its indicators and its projects, assess these."""

from market.plan.services.assessments import (
    Assessed,
    Incomplete,
    Wanted,
    confirm_assessment,
    return_assessment,
    write_assessment,
)
from market.plan.services.importing import import_records
from market.plan.services.loading import PLAN, complete_plan, load_plan
from market.plan.services.milestones import add_milestone, close_milestone, set_date
from market.plan.services.pairs import add_pair, change_pair
from market.plan.services.progress import (
    Said,
    Unexplained,
    check_report,
    resubmit_report,
    return_report,
    submit_report,
)
from market.plan.services.records import (
    resubmit_record,
    return_record,
    reverse_record,
    submit_record,
    verify_record,
)

__all__ = [
    "PLAN",
    "Assessed",
    "Incomplete",
    "Said",
    "Unexplained",
    "Wanted",
    "add_milestone",
    "add_pair",
    "change_pair",
    "check_report",
    "close_milestone",
    "complete_plan",
    "confirm_assessment",
    "import_records",
    "load_plan",
    "resubmit_record",
    "resubmit_report",
    "return_assessment",
    "return_record",
    "return_report",
    "reverse_record",
    "set_date",
    "submit_record",
    "submit_report",
    "verify_record",
    "write_assessment",
]
