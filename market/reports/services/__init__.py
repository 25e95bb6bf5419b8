"""The deeds of reports: watch units, issue bulletins, and keep large reports."""

from market.reports.services.bulletins import (
    Overtaken,
    call_off_bulletin,
    correct_bulletin,
    draft_bulletin,
    redraft_bulletin,
    return_bulletin,
    submit_bulletin,
    write_bulletin,
)
from market.reports.services.issuing import issue_bulletin, send_bulletin
from market.reports.services.keeping import LARGE, MOST_KEPT, drop_kept, keep_steps
from market.reports.services.watching import Told, notify, remind_units, set_rule

__all__ = [
    "LARGE",
    "MOST_KEPT",
    "Overtaken",
    "Told",
    "call_off_bulletin",
    "correct_bulletin",
    "draft_bulletin",
    "drop_kept",
    "issue_bulletin",
    "keep_steps",
    "notify",
    "redraft_bulletin",
    "remind_units",
    "return_bulletin",
    "send_bulletin",
    "set_rule",
    "submit_bulletin",
    "write_bulletin",
]
