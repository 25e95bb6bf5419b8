"""plan marketing activities, and link the orders that they brought"""

import sqlalchemy as sa
from alembic import op

revision = "857d19f3eae5"
down_revision = "4f331d0acb08"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fund_activity",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_online", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(report = '') = (reported_at IS NULL)", name=op.f("ck_fund_activity_report")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_fund_activity_days")),
        sa.CheckConstraint("visitors >= 0", name=op.f("ck_fund_activity_visitors")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["fund_document.id"], name=op.f("fk_fund_activity_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_fund_activity_made_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_activity")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_fund_activity_agreement_id")),
    )
    with op.batch_alter_table("fund_activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_activity_starts_on"), ["starts_on"], unique=False)

    op.create_table(
        "fund_activity_order",
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["fund_activity.id"], name=op.f("fk_fund_activity_order_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_fund_activity_order_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_fund_activity_order_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_activity_order")),
        sa.UniqueConstraint("order_id", name=op.f("uq_fund_activity_order_order_id")),
    )
    with op.batch_alter_table("fund_activity_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fund_activity_order_activity_id"), ["activity_id"], unique=False
        )



def downgrade() -> None:
    with op.batch_alter_table("fund_activity_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_activity_order_activity_id"))

    op.drop_table("fund_activity_order")
    with op.batch_alter_table("fund_activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_activity_starts_on"))

    op.drop_table("fund_activity")
