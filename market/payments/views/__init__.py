"""Pages on how to pay, paying online, accounts, statements, and the desk of those who take the money."""

from market.payments.views import (
    account,
    bank_files,
    bank_formats,
    bank_queue,
    credit,
    documents,
    online,
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
    "online",
    "statement_pay",
    "statements",
    "transfers",
]
