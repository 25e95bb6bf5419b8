"""count purchases outside the shop, and keep the months that credits are counted in"""

import sqlalchemy as sa
from alembic import op

revision = "e4b80c6f2a17"
down_revision = "174026f07675"
branch_labels = None
depends_on = None

LIVE = "state IN ('submitted', 'verified')"
ONE_SOURCE = (
    "CASE WHEN acceptance_line_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN outside_purchase_id IS NULL THEN 0 ELSE 1 END = 1"
)


def upgrade() -> None:
    op.create_table(
        "period",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("locked_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_fen", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL AND closed_fen IS NOT NULL)", name=op.f("ck_period_closed")),
        sa.CheckConstraint("(state = 'open') = (locked_at IS NULL)", name=op.f("ck_period_locked")),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_period_month")),
        sa.CheckConstraint("year BETWEEN 2018 AND 2100", name=op.f("ck_period_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("year", "month", name=op.f("uq_period_year_month")),
    )
    # The months that hold credits by now are open.
    op.execute(
        "INSERT INTO period (year, month, state) SELECT DISTINCT year, month, 'open' FROM credit"
        " WHERE year BETWEEN 2018 AND 2100"
    )
    op.create_table(
        "outside_purchase",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("seller", sa.String(length=80), nullable=False),
        sa.Column("products", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("invoice_code", sa.String(length=20), nullable=False),
        sa.Column("invoice_no", sa.String(length=20), nullable=False),
        sa.Column("order_no", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("reversed_at", sa.DateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("reversed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_outside_purchase_amount")),
        sa.CheckConstraint(
            "verified_by_id <> made_by_id", name=op.f("ck_outside_purchase_verifier_is_not_maker")
        ),
        sa.CheckConstraint(
            "(state IN ('verified', 'reversed')) = (verified_by_id IS NOT NULL)",
            name=op.f("ck_outside_purchase_verified_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'reversed') = (reversed_by_id IS NOT NULL)",
            name=op.f("ck_outside_purchase_reversed_by_somebody"),
        ),
        sa.CheckConstraint(
            "reversed_by_id <> made_by_id AND reversed_by_id <> verified_by_id",
            name=op.f("ck_outside_purchase_another_reverses"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_outside_purchase_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["reversed_by_id"], ["person.id"], name=op.f("fk_outside_purchase_reversed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_outside_purchase_supplier_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_outside_purchase_unit_id")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["person.id"], name=op.f("fk_outside_purchase_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_purchase")),
        sa.UniqueConstraint("number", name=op.f("uq_outside_purchase_number")),
        sa.UniqueConstraint("once_key", name=op.f("uq_outside_purchase_once_key")),
    )
    with op.batch_alter_table("outside_purchase", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outside_purchase_state_bought_on"), ["state", "bought_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_outside_purchase_supplier_id"), ["supplier_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_outside_purchase_unit_id_bought_on"),
            ["unit_id", "bought_on"],
            unique=False,
        )
    for name, columns in (("invoice", ["invoice_code", "invoice_no"]), ("order", ["order_no"])):
        live = sa.text(f"{columns[-1]} <> '' AND {LIVE}")
        op.create_index(
            f"uq_outside_purchase_live_{name}",
            "outside_purchase",
            columns,
            unique=True,
            sqlite_where=live,
            postgresql_where=live,
        )

    op.create_table(
        "outside_file",
        sa.Column("purchase_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_outside_file_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["outside_purchase.id"], name=op.f("fk_outside_file_purchase_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_file")),
        sa.UniqueConstraint(
            "purchase_id", "attachment_id", name=op.f("uq_outside_file_purchase_id_attachment_id")
        ),
    )
    with op.batch_alter_table("outside_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outside_file_attachment_id"), ["attachment_id"], unique=False
        )

    with op.batch_alter_table("credit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("happened_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("is_adjustment", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("outside_purchase_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reverses_id", sa.Integer(), nullable=True))
    # A claim takes back from the purchase of the day on which its goods were accepted.
    op.execute(
        "UPDATE credit SET happened_on = coalesce((SELECT min(bought.credited_on) FROM claim"
        " JOIN acceptance_line line ON line.order_line_id = claim.order_line_id"
        " JOIN credit bought ON bought.acceptance_line_id = line.id"
        " WHERE claim.id = credit.claim_id), credited_on)"
    )
    with op.batch_alter_table("credit", schema=None) as batch_op:
        batch_op.alter_column("happened_on", existing_type=sa.Date(), nullable=False)
        batch_op.alter_column("is_adjustment", server_default=None)
        batch_op.alter_column("supplier_id", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("product_id", existing_type=sa.Integer(), nullable=True)
        batch_op.drop_constraint(batch_op.f("ck_credit_one_source"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_credit_sign_of_source"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_credit_one_source"), ONE_SOURCE)
        batch_op.create_check_constraint(
            batch_op.f("ck_credit_sign_of_source"),
            "(amount_fen > 0) = (claim_id IS NULL AND reverses_id IS NULL)",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_credit_outside_purchase_id"),
            "outside_purchase",
            ["outside_purchase_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_credit_reverses_id"), "credit", ["reverses_id"], ["id"]
        )
        batch_op.create_unique_constraint(batch_op.f("uq_credit_reverses_id"), ["reverses_id"])
        batch_op.create_index(
            batch_op.f("ix_credit_outside_purchase_id"), ["outside_purchase_id"], unique=False
        )
    for name, columns, unique, where in (
        ("ix_credit_adjustment", ["unit_id", "year", "month"], False, "is_adjustment"),
        ("uq_credit_outside_purchase", ["outside_purchase_id"], True, "reverses_id IS NULL"),
    ):
        op.create_index(
            name,
            "credit",
            columns,
            unique=unique,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    op.drop_index("uq_credit_outside_purchase", "credit")
    op.drop_index("ix_credit_adjustment", "credit")
    # What the tables could not say before is taken out, with what it did to the totals.
    op.execute(
        "UPDATE credit_total SET amount_fen = amount_fen - coalesce((SELECT sum(c.amount_fen)"
        " FROM credit c WHERE c.unit_id = credit_total.unit_id AND c.year = credit_total.year"
        " AND c.month = credit_total.month AND c.channel = credit_total.channel"
        " AND c.outside_purchase_id IS NOT NULL), 0)"
    )
    op.execute("DELETE FROM credit WHERE outside_purchase_id IS NOT NULL AND reverses_id IS NOT NULL")
    op.execute("DELETE FROM credit WHERE outside_purchase_id IS NOT NULL")
    with op.batch_alter_table("credit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_outside_purchase_id"))
        batch_op.drop_constraint(batch_op.f("uq_credit_reverses_id"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_credit_reverses_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_credit_outside_purchase_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_credit_sign_of_source"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_credit_one_source"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_credit_one_source"), "(acceptance_line_id IS NULL) <> (claim_id IS NULL)"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_credit_sign_of_source"), "(claim_id IS NULL) = (amount_fen > 0)"
        )
        batch_op.alter_column("product_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("supplier_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("reverses_id")
        batch_op.drop_column("outside_purchase_id")
        batch_op.drop_column("is_adjustment")
        batch_op.drop_column("happened_on")
    with op.batch_alter_table("outside_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outside_file_attachment_id"))

    op.drop_table("outside_file")
    op.drop_table("outside_purchase")
    op.drop_table("period")
