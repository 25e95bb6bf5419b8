"""Pages on how to pay, paying online, accounts, statements, giving back, and the desk for the money."""

from market.payments.views import (
    account,
    bank_files,
    bank_formats,
    bank_queue,
    credit,
    documents,
    giving_back,
    online,
    refunds,
    statement_pay,
    statements,
    transfers,
)
from market.payments.views.bp import bp

__all__ = [
    "account",
    "bank_files",
    "bank_formats",
    "bank_queue",
    "bp",
    "credit",
    "documents",
    "giving_back",
    "online",
    "refunds",
    "statement_pay",
    "statements",
    "transfers",
]
