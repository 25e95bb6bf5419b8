"""Write down money that arrives, by transfer and online, and put it to orders."""

from market.payments.services.allocations import (
    account_of,
    allocate,
    reverse,
)
from market.payments.services.checkouts import (
    forget,
    hear,
    settle,
    start_checkout,
    start_statement_checkout,
)
from market.payments.services.credit import (
    keep_as_credit,
    pay_from_credit,
)
from market.payments.services.statements import (
    PAYABLE,
    make_statements,
    pay_statement,
)
from market.payments.services.transfers import (
    RECORDERS,
    record_transfer,
)

__all__ = [
    "PAYABLE",
    "RECORDERS",
    "account_of",
    "allocate",
    "forget",
    "hear",
    "keep_as_credit",
    "make_statements",
    "pay_from_credit",
    "pay_statement",
    "record_transfer",
    "reverse",
    "settle",
    "start_checkout",
    "start_statement_checkout",
]
