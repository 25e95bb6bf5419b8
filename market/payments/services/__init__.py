"""Write down money that arrives, by transfer and online, and put it to orders."""

from market.payments.services.agreement import (
    confirm_statement,
    extend_statement,
    object_to_statement,
    remind,
    side_of,
    uphold_statement,
    void_statement,
)
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
from market.payments.services.invoices import (
    record_invoice,
    void_invoice,
)
from market.payments.services.statements import (
    PAYABLE,
    make_statements,
    pay_statement,
    take_statement,
)
from market.payments.services.transfers import (
    RECORDERS,
    record_statement_transfer,
    record_transfer,
)

__all__ = [
    "PAYABLE",
    "RECORDERS",
    "account_of",
    "allocate",
    "confirm_statement",
    "extend_statement",
    "forget",
    "hear",
    "keep_as_credit",
    "make_statements",
    "object_to_statement",
    "pay_from_credit",
    "pay_statement",
    "record_invoice",
    "record_statement_transfer",
    "record_transfer",
    "remind",
    "reverse",
    "settle",
    "side_of",
    "start_checkout",
    "start_statement_checkout",
    "take_statement",
    "uphold_statement",
    "void_invoice",
    "void_statement",
]
