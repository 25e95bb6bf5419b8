"""sum goods from their index"""

from alembic import op

revision = "8f3b6d1c4e90"
down_revision = "5c9e1d7a3f28"
branch_labels = None
depends_on = None

COLUMNS = ["year", "supplier_id", "product_id", "month", "amount_fen"]


def upgrade() -> None:
    op.drop_index("ix_credit_goods", "credit")
    op.create_index("ix_credit_goods", "credit", [*COLUMNS, "acceptance_line_id", "claim_id"])


def downgrade() -> None:
    op.drop_index("ix_credit_goods", "credit")
    op.create_index("ix_credit_goods", "credit", COLUMNS)
