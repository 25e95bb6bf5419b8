"""Earmarks and accounts, the ledger, and the documents that move it."""

from market.funds.models.activities import Activity, ActivityOrder
from market.funds.models.documents import (
    EDITABLE,
    Approval,
    Decision,
    Document,
    DocumentFile,
    DocumentLine,
    DocumentState,
    Kind,
    Purpose,
)
from market.funds.models.earmarks import LADDER, Account, Earmark, EarmarkYear, Stage, YearState
from market.funds.models.halts import Halt
from market.funds.models.ledger import Act, LedgerEntry, Transfer
from market.funds.models.rules import (
    CARRIED,
    CITY,
    COUNTY_TREASURY,
    IRREVERSIBLE,
    RULES,
    UNDER_AGREEMENT,
    Rule,
    steps_of,
)

__all__ = [
    "CARRIED",
    "CITY",
    "COUNTY_TREASURY",
    "EDITABLE",
    "IRREVERSIBLE",
    "LADDER",
    "RULES",
    "UNDER_AGREEMENT",
    "Account",
    "Act",
    "Activity",
    "ActivityOrder",
    "Approval",
    "Decision",
    "Document",
    "DocumentFile",
    "DocumentLine",
    "DocumentState",
    "Earmark",
    "EarmarkYear",
    "Halt",
    "Kind",
    "LedgerEntry",
    "Purpose",
    "Rule",
    "Stage",
    "Transfer",
    "YearState",
    "steps_of",
]
