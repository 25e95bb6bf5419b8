"""watch the year"""

import sqlalchemy as sa
from alembic import op

revision = "5d0c9e7a31f4"
down_revision = "f0a63d8e51b9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_credit_goods",
        "credit",
        ["year", "supplier_id", "product_id", "month", "amount_fen"],
    )
    op.create_index("ix_credit_last", "credit", ["unit_id", "credited_on", "amount_fen"])
    op.create_table(
        "watch_rule",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 365", name=op.f("ck_watch_rule_number")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_watch_rule_changed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_rule")),
        sa.UniqueConstraint("kind", name=op.f("uq_watch_rule_kind")),
    )
    op.create_table(
        "watch_notice",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("occasion", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_watch_notice_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_notice")),
        sa.UniqueConstraint(
            "unit_id", "kind", "occasion", name=op.f("uq_watch_notice_unit_id_kind_occasion")
        ),
    )
    op.create_index(op.f("ix_watch_notice_occasion"), "watch_notice", ["occasion"])


def downgrade() -> None:
    op.drop_table("watch_notice")
    op.drop_table("watch_rule")
    op.drop_index("ix_credit_last", "credit")
    op.drop_index("ix_credit_goods", "credit")
