"""Pages on how to pay, paying online, accounts, statements, giving back, and the desk for the money."""

from market.payments.views import (
    account,
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
