"""assess the performance of projects"""

import sqlalchemy as sa
from alembic import op

revision = "5c9e1d7a3f28"
down_revision = "a81c5e2f7d40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "project_assessment"
    op.create_table(
        table,
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("leader", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("goal", sa.String(length=500), nullable=False),
        sa.Column("correction", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name=op.f(f"ck_{table}_year")),
        sa.CheckConstraint("edition >= 1", name=op.f(f"ck_{table}_edition")),
        sa.CheckConstraint(
            "(edition = 1) = (replaces_id IS NULL)", name=op.f(f"ck_{table}_names_the_old")
        ),
        sa.CheckConstraint(
            "confirmed_by_id <> made_by_id", name=op.f(f"ck_{table}_confirmer_is_not_maker")
        ),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_by_id IS NOT NULL)",
            name=op.f(f"ck_{table}_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_at IS NOT NULL)",
            name=op.f(f"ck_{table}_confirmed_at"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["plan_project.id"], name=op.f(f"fk_{table}_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], [f"{table}.id"], name=op.f(f"fk_{table}_replaces_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f(f"fk_{table}_made_by_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f(f"fk_{table}_confirmed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("once_key", name=op.f(f"uq_{table}_once_key")),
        sa.UniqueConstraint("replaces_id", name=op.f(f"uq_{table}_replaces_id")),
        sa.UniqueConstraint(
            "project_id", "year", "edition", name=op.f(f"uq_{table}_project_id_year_edition")
        ),
    )
    line = "project_assessment_line"
    op.create_table(
        line,
        sa.Column("aspect", sa.String(length=30), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("worth_milli", sa.BigInteger(), nullable=True),
        sa.Column("actual", sa.String(length=60), nullable=False),
        sa.Column("score_milli", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("worth_milli BETWEEN 1 AND 90000", name=op.f(f"ck_{line}_worth")),
        sa.CheckConstraint(
            "score_milli BETWEEN 0 AND worth_milli", name=op.f(f"ck_{line}_score")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], [f"{table}.id"], name=op.f(f"fk_{line}_assessment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{line}")),
    )
    op.create_index(op.f(f"ix_{line}_assessment_id"), line, ["assessment_id"])


def downgrade() -> None:
    op.drop_table("project_assessment_line")
    op.drop_table("project_assessment")
