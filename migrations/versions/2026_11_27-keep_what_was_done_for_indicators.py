"""keep what was done for indicators: pairs of street and village, records, people as digests"""

import sqlalchemy as sa
from alembic import op

revision = "7c2e9f0b61d4"
down_revision = "857d19f3eae5"
branch_labels = None
depends_on = None

OURS = (
    ("our_code", sa.String(length=10), ""),
    ("our_counts", sa.String(length=200), ""),
    ("our_not", sa.String(length=200), ""),
    ("our_evidence", sa.String(length=100), ""),
    ("our_distinct", sa.Boolean(), sa.false()),
)


def upgrade() -> None:
    with op.batch_alter_table("plan_indicator", schema=None) as batch_op:
        for name, kind, blank in OURS:
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=blank))
        batch_op.add_column(sa.Column("our_money_fen", sa.BigInteger(), nullable=True))
    # Loading the plan gives them the codes they have in its data.
    op.execute("UPDATE plan_indicator SET our_code = 'i' || id")
    with op.batch_alter_table("plan_indicator", schema=None) as batch_op:
        for name, _, _ in OURS:
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index(batch_op.f("ix_plan_indicator_our_code"), ["our_code"], unique=True)

    op.create_table(
        "plan_pair",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("township", sa.String(length=20), nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 8", name=op.f("ck_plan_pair_position")),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name=op.f("ck_plan_pair_year")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_pair_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_pair")),
        sa.UniqueConstraint("year", "position", name=op.f("uq_plan_pair_year_position")),
        sa.UniqueConstraint(
            "year", "township", "village", name=op.f("uq_plan_pair_year_township_village")
        ),
        sa.UniqueConstraint("year", "unit_id", name=op.f("uq_plan_pair_year_unit_id")),
    )
    with op.batch_alter_table("plan_pair", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_pair_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "indicator_record",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND value >= 0 AND amount_fen >= 0)"
            " OR (reverses_id IS NOT NULL AND value <= 0 AND amount_fen <= 0)",
            name=op.f("ck_indicator_record_sign"),
        ),
        sa.CheckConstraint(
            "reverses_id IS NOT NULL"
            " OR (state IN ('verified', 'reversed')) = (verified_by_id IS NOT NULL)",
            name=op.f("ck_indicator_record_verified_by_somebody"),
        ),
        sa.CheckConstraint(
            "reverses_id IS NULL OR state = 'verified'",
            name=op.f("ck_indicator_record_reversal_stands"),
        ),
        sa.CheckConstraint(
            "value <> 0 OR amount_fen <> 0", name=op.f("ck_indicator_record_says_something")
        ),
        sa.CheckConstraint(
            "verified_by_id <> made_by_id", name=op.f("ck_indicator_record_verifier_is_not_maker")
        ),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name=op.f("ck_indicator_record_year")),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["plan_indicator.id"], name=op.f("fk_indicator_record_indicator_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_indicator_record_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["plan_pair.id"], name=op.f("fk_indicator_record_pair_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["indicator_record.id"], name=op.f("fk_indicator_record_reverses_id")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["person.id"], name=op.f("fk_indicator_record_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_record")),
        sa.UniqueConstraint("number", name=op.f("uq_indicator_record_number")),
        sa.UniqueConstraint("once_key", name=op.f("uq_indicator_record_once_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_indicator_record_reverses_id")),
    )
    with op.batch_alter_table("indicator_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_indicator_record_indicator_id_year_state"),
            ["indicator_id", "year", "state"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_indicator_record_pair_id"), ["pair_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_indicator_record_year_state"), ["year", "state"], unique=False
        )

    op.create_table(
        "indicator_file",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_indicator_file_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["indicator_record.id"], name=op.f("fk_indicator_file_record_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_file")),
        sa.UniqueConstraint(
            "record_id", "attachment_id", name=op.f("uq_indicator_file_record_id_attachment_id")
        ),
    )
    with op.batch_alter_table("indicator_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_indicator_file_attachment_id"), ["attachment_id"], unique=False
        )

    op.create_table(
        "indicator_subject",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["plan_indicator.id"],
            name=op.f("fk_indicator_subject_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["indicator_record.id"], name=op.f("fk_indicator_subject_record_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_subject")),
        sa.UniqueConstraint(
            "record_id", "digest", name=op.f("uq_indicator_subject_record_id_digest")
        ),
    )
    with op.batch_alter_table("indicator_subject", schema=None) as batch_op:
        batch_op.create_index(
            "uq_indicator_subject_live_person",
            ["indicator_id", "year", "digest"],
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )


def downgrade() -> None:
    with op.batch_alter_table("indicator_subject", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_indicator_subject_live_person",
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )

    op.drop_table("indicator_subject")
    with op.batch_alter_table("indicator_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_file_attachment_id"))

    op.drop_table("indicator_file")
    with op.batch_alter_table("indicator_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_record_year_state"))
        batch_op.drop_index(batch_op.f("ix_indicator_record_pair_id"))
        batch_op.drop_index(batch_op.f("ix_indicator_record_indicator_id_year_state"))

    op.drop_table("indicator_record")
    with op.batch_alter_table("plan_pair", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_pair_unit_id"))

    op.drop_table("plan_pair")
    with op.batch_alter_table("plan_indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_indicator_our_code"))
        batch_op.drop_column("our_money_fen")
        for name, _, _ in reversed(OURS):
            batch_op.drop_column(name)
