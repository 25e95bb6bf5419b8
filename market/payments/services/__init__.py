"""Write down money that arrives, by transfer and online, and put it to orders."""

from market.payments.services.allocations import allocate, reverse
from market.payments.services.checkouts import forget, hear, settle, start_checkout
from market.payments.services.transfers import RECORDERS, record_transfer

__all__ = [
    "RECORDERS",
    "allocate",
    "forget",
    "hear",
    "record_transfer",
    "reverse",
    "settle",
    "start_checkout",
]
