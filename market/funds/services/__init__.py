"""Change the plan's money: the ledger, the documents that move it, the marketing budget."""

from market.funds.services.activities import (
    Proposal,
    link_order,
    propose,
    report,
    unlink_order,
)
from market.funds.services.decisions import call_off, decide, pay, recall, submit
from market.funds.services.drafts import (
    Content,
    Invoice,
    attach,
    detach,
    discard,
    draft,
    edit,
)
from market.funds.services.earmarks import load_earmarks
from market.funds.services.halts import lift_halt, raise_halt
from market.funds.services.ledger import Insufficient
from market.funds.services.rehearsal import rehearse

__all__ = [
    "Content",
    "Insufficient",
    "Invoice",
    "Proposal",
    "attach",
    "call_off",
    "decide",
    "detach",
    "discard",
    "draft",
    "edit",
    "lift_halt",
    "link_order",
    "load_earmarks",
    "pay",
    "propose",
    "raise_halt",
    "recall",
    "rehearse",
    "report",
    "submit",
    "unlink_order",
]
