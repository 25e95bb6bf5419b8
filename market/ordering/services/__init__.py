"""The verbs of ordering."""

from market.ordering.services.acceptance import (
    Finding,
    inspect,
    return_acceptance,
    sign,
)
from market.ordering.services.cart import (
    add_line,
    change_lines,
    choose_buying_for,
    empty_cart,
    remove_line,
    reorder,
    set_line,
)
from market.ordering.services.checkout import (
    pay_deadline,
    place_order,
)
from market.ordering.services.claims import (
    answer_claim,
    escalate_claim,
    make_claim,
    rule_claim,
    take_back,
)
from market.ordering.services.fulfilment import (
    Parcel,
    accept_consignment,
    decline_consignment,
    ship,
)
from market.ordering.services.orders import (
    approve,
    call_off_unpaid,
    cancel_order,
    complete_if_done,
    expire_orders,
    mark_paid,
    return_order,
)

__all__ = [
    "Finding",
    "Parcel",
    "accept_consignment",
    "add_line",
    "answer_claim",
    "approve",
    "call_off_unpaid",
    "cancel_order",
    "change_lines",
    "choose_buying_for",
    "complete_if_done",
    "decline_consignment",
    "empty_cart",
    "escalate_claim",
    "expire_orders",
    "inspect",
    "make_claim",
    "mark_paid",
    "pay_deadline",
    "place_order",
    "remove_line",
    "reorder",
    "return_acceptance",
    "return_order",
    "rule_claim",
    "set_line",
    "ship",
    "sign",
    "take_back",
]
