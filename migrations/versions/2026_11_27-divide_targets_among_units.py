"""divide targets among units, and let units merge and split"""

import sqlalchemy as sa
from alembic import op

revision = "174026f07675"
down_revision = "b47c0e9d2f61"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit_change",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_unit_change_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change")),
    )
    op.create_table(
        "allocation_run",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("step_fen", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=30), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("issued_at", sa.DateTime(), nullable=True),
        sa.Column("document_no", sa.String(length=60), nullable=True),
        sa.Column("document_on", sa.Date(), nullable=True),
        sa.Column("revises_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'issued') = (document_no IS NOT NULL AND document_on IS NOT NULL AND attachment_id IS NOT NULL)",
            name=op.f("ck_allocation_run_issued_by_document"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('checked', 'issued') OR checked_by_id IS NOT NULL",
            name=op.f("ck_allocation_run_checked"),
        ),
        sa.CheckConstraint(
            "checked_by_id <> made_by_id", name=op.f("ck_allocation_run_another_checks")
        ),
        sa.CheckConstraint(
            "step_fen > 0 AND total_fen % step_fen = 0", name=op.f("ck_allocation_run_step")
        ),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_allocation_run_total")),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", name=op.f("ck_allocation_run_year")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_allocation_run_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["person.id"], name=op.f("fk_allocation_run_checked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["person.id"], name=op.f("fk_allocation_run_issued_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_allocation_run_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["revises_id"], ["allocation_run.id"], name=op.f("fk_allocation_run_revises_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_run")),
        sa.UniqueConstraint("number", name=op.f("uq_allocation_run_number")),
    )
    with op.batch_alter_table("allocation_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_run_year"), ["year"], unique=False)

    op.create_table(
        "unit_change_part",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("is_successor", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["unit_change.id"], name=op.f("fk_unit_change_part_change_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_change_part_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change_part")),
        sa.UniqueConstraint(
            "change_id", "unit_id", name=op.f("uq_unit_change_part_change_id_unit_id")
        ),
    )
    with op.batch_alter_table("unit_change_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_change_part_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "allocation_line",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("weight_milli", sa.BigInteger(), nullable=True),
        sa.Column("floor_fen", sa.BigInteger(), nullable=True),
        sa.Column("cap_fen", sa.BigInteger(), nullable=True),
        sa.Column("held_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_allocation_line_amount")),
        sa.CheckConstraint("cap_fen >= 0", name=op.f("ck_allocation_line_cap")),
        sa.CheckConstraint("floor_fen >= 0", name=op.f("ck_allocation_line_floor")),
        sa.CheckConstraint("months BETWEEN 0 AND 12", name=op.f("ck_allocation_line_months")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_allocation_line_people")),
        sa.CheckConstraint("weight_milli >= 0", name=op.f("ck_allocation_line_weight")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["allocation_run.id"], name=op.f("fk_allocation_line_run_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_allocation_line_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_line")),
        sa.UniqueConstraint("run_id", "unit_id", name=op.f("uq_allocation_line_run_id_unit_id")),
    )
    with op.batch_alter_table("allocation_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_line_unit_id"), ["unit_id"], unique=False)

    with op.batch_alter_table("target_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("effective_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("unit_change_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_target_entry_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_target_entry_unit_change_id"), ["unit_change_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_target_entry_unit_change_id"), "unit_change", ["unit_change_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_target_entry_run_id"), "allocation_run", ["run_id"], ["id"]
        )
    op.execute("UPDATE target_entry SET effective_on = document_on")
    with op.batch_alter_table("target_entry", schema=None) as batch_op:
        batch_op.alter_column("effective_on", existing_type=sa.Date(), nullable=False)



def downgrade() -> None:
    with op.batch_alter_table("target_entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_target_entry_run_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_target_entry_unit_change_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_target_entry_unit_change_id"))
        batch_op.drop_index(batch_op.f("ix_target_entry_run_id"))
        batch_op.drop_column("unit_change_id")
        batch_op.drop_column("run_id")
        batch_op.drop_column("effective_on")

    with op.batch_alter_table("allocation_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allocation_line_unit_id"))

    op.drop_table("allocation_line")
    with op.batch_alter_table("unit_change_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_change_part_unit_id"))

    op.drop_table("unit_change_part")
    with op.batch_alter_table("allocation_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allocation_run_year"))

    op.drop_table("allocation_run")
    op.drop_table("unit_change")
