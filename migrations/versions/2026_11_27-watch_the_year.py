"""watch the year"""

import sqlalchemy as sa
from alembic import op

revision = "5d0c9e7a31f4"
down_revision = "174026f07675"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_credit_goods",
        "credit",
        ["year", "supplier_id", "product_id", "month", "amount_fen"],
    )
    op.create_index("ix_credit_last", "credit", ["unit_id", "credited_on", "amount_fen"])


def downgrade() -> None:
    op.drop_index("ix_credit_last", "credit")
    op.drop_index("ix_credit_goods", "credit")
