"""keep reports"""

import sqlalchemy as sa
from alembic import op

revision = "a81c5e2f7d40"
down_revision = "b8d14f6a2c70"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_report",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("query", sa.String(length=700), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("cut_off_at", sa.DateTime(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("sum_fen", sa.BigInteger(), nullable=False),
        sa.Column("rows_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("row_count > 0", name=op.f("ck_kept_report_row_count")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_kept_report_attachment_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_kept_report_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_report")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_kept_report_attachment_id")),
        sa.UniqueConstraint(
            "by_id",
            "kind",
            "query",
            "cut_off_on",
            "rows_sha256",
            name=op.f("uq_kept_report_by_id_kind_query_cut_off_on_rows_sha256"),
        ),
    )
    op.create_index(op.f("ix_kept_report_made_at"), "kept_report", ["made_at"])


def downgrade() -> None:
    op.drop_table("kept_report")
