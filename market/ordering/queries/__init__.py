"""The questions of ordering."""

from market.ordering.queries.carts import (
    Basket,
    basket_of,
    purposes_of,
    sku_by_code,
)
from market.ordering.queries.claims import (
    PENDING,
    Claimable,
    claim_counts,
    claim_deadline,
    claim_for,
    claimable_of,
    claims_by_line,
    claims_for,
)
from market.ordering.queries.consignments import (
    consignment_counts,
    consignment_for,
    consignments_for,
    follower_of,
    least_milli,
    most_milli,
    step_of,
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
from market.ordering.queries.receipt_checks import verify_receipts
from market.ordering.queries.receipts import (
    acceptance_of,
    may_receive,
    returned_of,
)

__all__ = [
    "PENDING",
    "Basket",
    "Claimable",
    "Wanted",
    "acceptance_of",
    "basket_of",
    "check_digits",
    "claim_counts",
    "claim_deadline",
    "claim_for",
    "claimable_of",
    "claims_by_line",
    "claims_for",
    "consignment_counts",
    "consignment_for",
    "consignments_for",
    "follower_of",
    "is_sound",
    "is_unshipped",
    "least_milli",
    "may_cancel",
    "may_decide",
    "may_receive",
    "most_milli",
    "on_the_way_by_unit",
    "on_the_way_lines",
    "order_for",
    "orders_for",
    "purposes_of",
    "returned_of",
    "shown_state",
    "sku_by_code",
    "step_of",
    "sum_for",
    "typed_number",
    "verify_receipts",
    "waiting_for",
]
