"""Write down money that arrives, by transfer and online, and put it to orders."""

from market.payments.services.allocations import allocate, reverse
from market.payments.services.checkouts import forget, hear, settle, start_checkout
from market.payments.services.statements import make_statements, pay_statement
from market.payments.services.transfers import RECORDERS, record_transfer

__all__ = [
    "RECORDERS",
    "allocate",
    "forget",
    "hear",
    "make_statements",
    "pay_statement",
    "record_transfer",
    "reverse",
    "settle",
    "start_checkout",
]
