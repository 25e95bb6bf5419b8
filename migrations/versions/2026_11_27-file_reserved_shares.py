"""file what part of their canteens' purchases units reserve"""

import sqlalchemy as sa
from alembic import op

revision = "f0a63d8e51b9"
down_revision = "e4b80c6f2a17"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reserve_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("least_rate", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", name=op.f("ck_reserve_year_year")),
        sa.CheckConstraint("least_rate BETWEEN 0 AND 1000", name=op.f("ck_reserve_year_least_rate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserve_year")),
        sa.UniqueConstraint("year", name=op.f("uq_reserve_year_year")),
    )
    op.create_table(
        "reserve_filing",
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("canteen", sa.String(length=30), nullable=False),
        sa.Column("budget_fen", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("reserved_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("shared_with_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", name=op.f("ck_reserve_filing_year")),
        sa.CheckConstraint("rate BETWEEN 0 AND 1000", name=op.f("ck_reserve_filing_rate")),
        sa.CheckConstraint(
            "reserved_fen BETWEEN 0 AND budget_fen", name=op.f("ck_reserve_filing_reserved")
        ),
        sa.CheckConstraint(
            "(canteen = 'shared') = (shared_with_id IS NOT NULL)",
            name=op.f("ck_reserve_filing_shared_names_one"),
        ),
        sa.CheckConstraint(
            "canteen IN ('own', 'outsourced') OR budget_fen = 0",
            name=op.f("ck_reserve_filing_budget_of_a_canteen"),
        ),
        sa.CheckConstraint(
            "confirmed_by_id <> made_by_id", name=op.f("ck_reserve_filing_another_confirms")
        ),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_by_id IS NOT NULL)",
            name=op.f("ck_reserve_filing_confirmed_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_reserve_filing_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_reserve_filing_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["shared_with_id"], ["unit.id"], name=op.f("fk_reserve_filing_shared_with_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_reserve_filing_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserve_filing")),
        sa.UniqueConstraint("unit_id", "year", name=op.f("uq_reserve_filing_unit_id_year")),
    )


def downgrade() -> None:
    op.drop_table("reserve_filing")
    op.drop_table("reserve_year")
