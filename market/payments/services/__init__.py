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
    settle,
    start_checkout,
    start_statement_checkout,
)
from market.payments.services.credit import (
    keep_as_credit,
    pay_from_credit,
)
from market.payments.services.hearing import (
    hear,
)
from market.payments.services.invoices import (
    record_invoice,
    void_invoice,
)
from market.payments.services.refunds import (
    OURS,
    call_off_refund,
    confirm_refund,
    refund_line,
    return_all,
    return_payment,
    start_refund,
    wanted_refund,
)
from market.payments.services.settling import (
    reject_refund,
    settle_dispute,
    settle_refunds,
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
    "OURS",
    "PAYABLE",
    "RECORDERS",
    "account_of",
    "allocate",
    "call_off_refund",
    "confirm_refund",
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
    "refund_line",
    "reject_refund",
    "remind",
    "return_all",
    "return_payment",
    "reverse",
    "settle",
    "settle_dispute",
    "settle_refunds",
    "side_of",
    "start_checkout",
    "start_refund",
    "start_statement_checkout",
    "take_statement",
    "uphold_statement",
    "void_invoice",
    "void_statement",
    "wanted_refund",
]
