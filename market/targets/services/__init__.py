"""Write credits into their months; verify purchases outside; divide, issue and hand over targets."""

from market.targets.services.credits import credit, reverse_credit
from market.targets.services.importing import import_outside
from market.targets.services.issuing import import_targets, issue_target, take_units
from market.targets.services.outside import (
    resubmit_outside,
    return_outside,
    reverse_outside,
    submit_outside,
    verify_outside_purchase,
    withdraw_outside,
)
from market.targets.services.periods import close_period, lock_period, reopen_period
from market.targets.services.reserves import (
    Reserve,
    confirm_reserve,
    file_reserve,
    return_reserve,
    set_reserve_year,
)
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
    "Reserve",
    "calculate",
    "call_off_run",
    "check_run",
    "close_period",
    "confirm_reserve",
    "credit",
    "end_unit",
    "file_reserve",
    "import_outside",
    "import_targets",
    "issue_run",
    "issue_target",
    "known_of",
    "lock_period",
    "make_run",
    "merge_units",
    "reopen_period",
    "resubmit_outside",
    "return_outside",
    "return_reserve",
    "return_run",
    "reverse_credit",
    "reverse_outside",
    "set_reserve_year",
    "split_unit",
    "submit_outside",
    "submit_run",
    "take_units",
    "verify_outside_purchase",
    "withdraw_outside",
]
