"""Pages on how to pay, paying online, and the desk of those who take the money."""

from market.payments.views import online, transfers
from market.payments.views.bp import bp

__all__ = ["bp", "online", "transfers"]
