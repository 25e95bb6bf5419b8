"""read banks' files, and match transfers by the codes in their remarks"""

import sqlalchemy as sa
from alembic import op

revision = "b4d7c21e90a6"
down_revision = "5d1c0e7a94b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_code",
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_code_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_code")),
        sa.UniqueConstraint("payment_id", "code", name=op.f("uq_payment_code_payment_id_code")),
    )
    with op.batch_alter_table("payment_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_code_code"), ["code"], unique=False)
    with op.batch_alter_table("bank_format", schema=None) as batch_op:
        for column in ("time_column", "balance_column"):
            batch_op.add_column(
                sa.Column(column, sa.String(length=60), nullable=False, server_default="")
            )
        batch_op.alter_column(
            "remark_columns",
            existing_type=sa.String(length=200),
            type_=sa.String(length=300),
            existing_nullable=False,
        )
    with op.batch_alter_table("bank_format", schema=None) as batch_op:
        for column in ("time_column", "balance_column"):
            batch_op.alter_column(column, server_default=None)
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("reason", sa.String(length=200), nullable=False, server_default="")
        )
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.alter_column("reason", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.drop_column("reason")
    with op.batch_alter_table("bank_format", schema=None) as batch_op:
        batch_op.alter_column(
            "remark_columns",
            existing_type=sa.String(length=300),
            type_=sa.String(length=200),
            existing_nullable=False,
        )
        batch_op.drop_column("balance_column")
        batch_op.drop_column("time_column")
    with op.batch_alter_table("payment_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_code_code"))

    op.drop_table("payment_code")
