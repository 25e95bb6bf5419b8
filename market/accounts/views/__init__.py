"""Pages of accounts: signing in, joining a unit, and who may do what."""

from market.accounts.views import importing, joining, people, signing
from market.accounts.views.bp import bp

__all__ = ["bp", "importing", "joining", "people", "signing"]
