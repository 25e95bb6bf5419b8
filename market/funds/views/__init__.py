"""Pages on the plan's money: the ledger, the documents that move it, and what is done to them."""

from market.funds.views import deeds, documents, files, ledger, marketing, writing
from market.funds.views.bp import bp

__all__ = ["bp", "deeds", "documents", "files", "ledger", "marketing", "writing"]
