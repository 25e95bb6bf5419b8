"""let refunded goods go back on the shelf"""

import sqlalchemy as sa
from alembic import op

revision = "5d1c0e7a94b2"
down_revision = "e51b7c2d9f06"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("restock_milli", sa.BigInteger(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.alter_column("restock_milli", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_refund_restock"),
            "restock_milli = 0 OR (restock_milli > 0 AND line_id IS NOT NULL)",
        )


def downgrade() -> None:
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_refund_restock"), type_="check")
        batch_op.drop_column("restock_milli")
