"""The verbs of ordering."""

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
from market.ordering.services.orders import (
    approve,
    cancel_order,
    complete_if_done,
    expire_orders,
    mark_paid,
    return_order,
)

__all__ = [
    "add_line",
    "approve",
    "cancel_order",
    "change_lines",
    "choose_buying_for",
    "complete_if_done",
    "empty_cart",
    "expire_orders",
    "mark_paid",
    "pay_deadline",
    "place_order",
    "remove_line",
    "reorder",
    "return_order",
    "set_line",
]
