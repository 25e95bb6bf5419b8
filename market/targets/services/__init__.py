"""Write credits; divide, issue, revise and hand over targets."""

from market.targets.services.credits import credit, reverse_credit
from market.targets.services.issuing import import_targets, issue_target
from market.targets.services.runs import (
    Frame,
    calculate,
    call_off_run,
    check_run,
    issue_run,
    known_of,
    make_run,
    return_run,
    submit_run,
)
from market.targets.services.succession import Heir, end_unit, merge_units, split_unit

__all__ = [
    "Frame",
    "Heir",
    "calculate",
    "call_off_run",
    "check_run",
    "credit",
    "end_unit",
    "import_targets",
    "issue_run",
    "issue_target",
    "known_of",
    "make_run",
    "merge_units",
    "return_run",
    "reverse_credit",
    "split_unit",
    "submit_run",
]
