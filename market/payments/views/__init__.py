"""Pages on how to pay, paying online, accounts, and the desk of those who take the money."""

from market.payments.views import account, credit, online, statement_pay, transfers
from market.payments.views.bp import bp

__all__ = ["account", "bp", "credit", "online", "statement_pay", "transfers"]
