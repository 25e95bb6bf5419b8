"""Write down money that arrives, by transfer and online."""

from market.payments.services.checkouts import forget, hear, settle, start_checkout
from market.payments.services.transfers import RECORDERS, record_transfer

__all__ = ["RECORDERS", "forget", "hear", "record_transfer", "settle", "start_checkout"]
