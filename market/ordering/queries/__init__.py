"""The questions of ordering."""

from market.ordering.queries.carts import (
    Basket,
    basket_of,
    purposes_of,
    sku_by_code,
)
from market.ordering.queries.numbers import (
    check_digits,
    is_sound,
    typed_number,
)
from market.ordering.queries.orders import (
    Wanted,
    is_unshipped,
    may_cancel,
    may_decide,
    on_the_way_by_unit,
    on_the_way_lines,
    order_for,
    orders_for,
    shown_state,
    sum_for,
    waiting_for,
)

__all__ = [
    "Basket",
    "Wanted",
    "basket_of",
    "check_digits",
    "is_sound",
    "is_unshipped",
    "may_cancel",
    "may_decide",
    "on_the_way_by_unit",
    "on_the_way_lines",
    "order_for",
    "orders_for",
    "purposes_of",
    "shown_state",
    "sku_by_code",
    "sum_for",
    "typed_number",
    "waiting_for",
]
