"""stop the plan's money when it doesn't add up"""

import sqlalchemy as sa
from alembic import op

revision = "b6f2c41d90ea"
down_revision = "a91d5e3c70b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fund_halt",
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "is_standing = (lifted_at IS NULL)", name=op.f("ck_fund_halt_standing")
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_fund_halt_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_halt")),
    )
    op.create_index(
        "uq_fund_halt_standing",
        "fund_halt",
        ["is_standing"],
        unique=True,
        sqlite_where=sa.text("is_standing"),
        postgresql_where=sa.text("is_standing"),
    )


def downgrade() -> None:
    op.drop_table("fund_halt")
