"""What reports keeps of its own, and the indexes that its questions rest on."""

import sqlalchemy as sa

from market.targets.models import Credit

# Sums by supplier and by product (so by township) come from this index alone: the rows of a
# million credits are not read. It is declared here, with the room that asks.
sa.Index(
    "ix_credit_goods",
    Credit.year,
    Credit.supplier_id,
    Credit.product_id,
    Credit.month,
    Credit.amount_fen,
)

# When a unit last bought is the last row of this index that is a purchase.
sa.Index("ix_credit_last", Credit.unit_id, Credit.credited_on, Credit.amount_fen)
