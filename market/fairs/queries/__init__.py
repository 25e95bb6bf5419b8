"""The questions of fairs."""

from market.fairs.queries.checks import verify_fairs
from market.fairs.queries.fairs import days_of, fair_for, fairs_for, photos_of, results_kept
from market.fairs.queries.intentions import (
    fulfilments_of,
    intention_for,
    intentions_of,
    links_of,
    orders_linked,
    recorded_fen,
)
from market.fairs.queries.results import (
    Outcome,
    StandRow,
    buyer_rows,
    digest_of,
    figures_of,
    outcomes,
    stand_rows,
)
from market.fairs.queries.sales import (
    SaleSums,
    purchases_for,
    sale_by_key,
    sale_for,
    sales_for,
    sums_of,
    unit_named,
)
from market.fairs.queries.stands import (
    goods_of,
    own_stand,
    products_at,
    proofs_of,
    skus_of,
    stand_for,
    stands_of,
    to_invite,
)

__all__ = [
    "Outcome",
    "SaleSums",
    "StandRow",
    "buyer_rows",
    "days_of",
    "digest_of",
    "fair_for",
    "fairs_for",
    "figures_of",
    "fulfilments_of",
    "goods_of",
    "intention_for",
    "intentions_of",
    "links_of",
    "orders_linked",
    "outcomes",
    "own_stand",
    "photos_of",
    "products_at",
    "proofs_of",
    "purchases_for",
    "recorded_fen",
    "results_kept",
    "sale_by_key",
    "sale_for",
    "sales_for",
    "skus_of",
    "stand_for",
    "stand_rows",
    "stands_of",
    "sums_of",
    "to_invite",
    "unit_named",
    "verify_fairs",
]
