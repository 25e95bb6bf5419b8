"""keep why a payment of the plan's money was called off"""

import sqlalchemy as sa
from alembic import op

revision = "d3a7e95f1c28"
down_revision = "b6f2c41d90ea"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added in place: SQLite would build the table anew to change it otherwise.
    op.add_column(
        "fund_document",
        sa.Column("called_off_reason", sa.String(length=200), server_default="", nullable=False),
    )
    with op.batch_alter_table("fund_document", schema=None) as batch_op:
        batch_op.alter_column("called_off_reason", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("fund_document", schema=None) as batch_op:
        batch_op.drop_column("called_off_reason")
