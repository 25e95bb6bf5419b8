"""split payments into allocations, and keep refunds, bank files and statements"""

import sqlalchemy as sa
from alembic import op

revision = "72cab9b5d4b8"
down_revision = "c8f30a261237"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_format",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("encoding", sa.String(length=30), nullable=False),
        sa.Column("date_column", sa.String(length=60), nullable=False),
        sa.Column("serial_column", sa.String(length=60), nullable=False),
        sa.Column("amount_column", sa.String(length=60), nullable=False),
        sa.Column("side_column", sa.String(length=60), nullable=False),
        sa.Column("in_words", sa.String(length=60), nullable=False),
        sa.Column("in_column", sa.String(length=60), nullable=False),
        sa.Column("out_column", sa.String(length=60), nullable=False),
        sa.Column("payer_name_column", sa.String(length=60), nullable=False),
        sa.Column("payer_account_column", sa.String(length=60), nullable=False),
        sa.Column("remark_columns", sa.String(length=200), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["person.id"], name=op.f("fk_bank_format_saved_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_format")),
        sa.UniqueConstraint("name", name=op.f("uq_bank_format_name")),
    )
    op.create_table(
        "statement",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extension_reason", sa.String(length=200), nullable=False),
        sa.Column("objection", sa.String(length=300), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("unit_confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("supplier_confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("unit_confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("supplier_confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("extended_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (unit_confirmed_by_id IS NOT NULL AND supplier_confirmed_by_id IS NOT NULL)",
            name=op.f("ck_statement_confirmed_by_both"),
        ),
        sa.CheckConstraint(
            "(extended_on IS NULL) = (extended_by_id IS NULL)",
            name=op.f("ck_statement_extended_by_somebody"),
        ),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_statement_month")),
        sa.ForeignKeyConstraint(
            ["extended_by_id"], ["person.id"], name=op.f("fk_statement_extended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_confirmed_by_id"],
            ["person.id"],
            name=op.f("fk_statement_supplier_confirmed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_statement_supplier_id")
        ),
        sa.ForeignKeyConstraint(
            ["unit_confirmed_by_id"], ["person.id"], name=op.f("fk_statement_unit_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_statement_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("number", name=op.f("uq_statement_number")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_statement_state_due_on"), ["state", "due_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_statement_supplier_id_state"), ["supplier_id", "state"], unique=False
        )
        batch_op.create_index(
            "uq_statement_live",
            ["unit_id", "supplier_id", "year", "month"],
            unique=True,
            sqlite_where=sa.text("state <> 'void'"),
            postgresql_where=sa.text("state <> 'void'"),
        )

    op.create_table(
        "bank_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("new_fen", sa.BigInteger(), nullable=False),
        sa.Column("known_count", sa.Integer(), nullable=False),
        sa.Column("out_count", sa.Integer(), nullable=False),
        sa.Column("empty_count", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.Column("format_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("read_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_bank_file_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["format_id"], ["bank_format.id"], name=op.f("fk_bank_file_format_id")
        ),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["person.id"], name=op.f("fk_bank_file_read_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_bank_file_sha256")),
    )
    op.create_table(
        "invoice",
        sa.Column("once_key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoice_amount")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_invoice_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_invoice_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_invoice_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("once_key", name=op.f("uq_invoice_once_key")),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invoice_statement_id"), ["statement_id"], unique=False)
        batch_op.create_index(
            "uq_invoice_code_number_valid",
            ["code", "number"],
            unique=True,
            sqlite_where=sa.text("state = 'valid'"),
            postgresql_where=sa.text("state = 'valid'"),
        )

    op.create_table(
        "dispute",
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("answer_by_at", sa.DateTime(), nullable=True),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_dispute_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("external_id", name=op.f("uq_dispute_external_id")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "refund",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("once_key", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("cause", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.String(length=255), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'done' OR (serial IS NOT NULL AND done_on IS NOT NULL)",
            name=op.f("ck_refund_done"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_refund_claim_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_refund_line_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_refund_made_by_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_refund_order_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("number", name=op.f("uq_refund_number")),
        sa.UniqueConstraint("once_key", name=op.f("uq_refund_once_key")),
        sa.UniqueConstraint("serial", name=op.f("uq_refund_serial")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_state"), ["state"], unique=False)

    op.create_table(
        "statement_line",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("acceptance_id", sa.Integer(), nullable=True),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("carried_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'acceptance') = (acceptance_id IS NOT NULL) AND (kind = 'claim') = (claim_id IS NOT NULL) AND (kind = 'carried') = (carried_id IS NOT NULL)",
            name=op.f("ck_statement_line_one_source"),
        ),
        sa.CheckConstraint(
            "(kind = 'carried') = (order_id IS NULL)", name=op.f("ck_statement_line_of_an_order")
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_statement_line_amount")),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_statement_line_acceptance_id")
        ),
        sa.ForeignKeyConstraint(
            ["carried_id"], ["statement.id"], name=op.f("fk_statement_line_carried_id")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_statement_line_claim_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_statement_line_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_line_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
    )
    with op.batch_alter_table("statement_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_line_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_statement_line_statement_id"), ["statement_id"], unique=False
        )
        batch_op.create_index(
            "uq_statement_line_acceptance_id_live",
            ["acceptance_id"],
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "uq_statement_line_carried_id_live",
            ["carried_id"],
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )
        batch_op.create_index(
            "uq_statement_line_claim_id_live",
            ["claim_id"],
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )

    op.create_table(
        "allocation",
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(amount_fen < 0) = (reverses_id IS NOT NULL)",
            name=op.f("ck_allocation_names_what_it_reverses"),
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_allocation_amount")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_allocation_by_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_allocation_order_id")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_allocation_payment_id")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_allocation_refund_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["allocation.id"], name=op.f("fk_allocation_reverses_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_allocation_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_refund_id"), ["refund_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_allocation_reverses_id"), ["reverses_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_allocation_statement_id"), ["statement_id"], unique=False
        )

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("allocated_fen", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("refunded_fen", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("payer_name", sa.String(length=120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("payer_account", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("remark", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("aside_reason", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("file_id", sa.Integer(), nullable=True))
        batch_op.alter_column("order_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_payment_file_id"), ["file_id"], unique=False)
        batch_op.create_index(
            "ix_payment_free",
            ["paid_on", "id"],
            unique=False,
            sqlite_where=sa.text("allocated_fen + refunded_fen < amount_fen"),
            postgresql_where=sa.text("allocated_fen + refunded_fen < amount_fen"),
        )
        batch_op.create_index(batch_op.f("ix_payment_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_unit_id"), ["unit_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_payment_digest"), ["digest"])
        batch_op.create_foreign_key(batch_op.f("fk_payment_unit_id"), "unit", ["unit_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_payment_file_id"), "bank_file", ["file_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_payment_person_id"), "person", ["person_id"], ["id"]
        )

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bank_name", sa.String(length=80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("bank_account", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("carry_limit_fen", sa.BigInteger(), nullable=False, server_default="0"))

    # What was applied is put to its order by a row of its own; the accounts follow the orders.
    op.execute(
        "INSERT INTO allocation (amount_fen, at, payment_id, order_id, by_id)"
        " SELECT amount_fen, recorded_at, id, order_id, recorded_by_id"
        " FROM payment WHERE state = 'applied'"
    )
    op.execute("UPDATE payment SET allocated_fen = amount_fen WHERE state = 'applied'")
    for column, value, condition in (
        ("person_id", "placed_by_id", "buying_for = 'self'"),
        ("unit_id", "unit_id", "buying_for <> 'self'"),
    ):
        op.execute(
            f"UPDATE payment SET {column} = (SELECT {value} FROM \"order\""
            f" WHERE \"order\".id = payment.order_id AND \"order\".{condition})"
        )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_column("state")
        for column in (
            "allocated_fen", "refunded_fen", "payer_name", "payer_account", "remark", "aside_reason",
        ):
            batch_op.alter_column(column, server_default=None)
        for name, condition in (
            ("allocated", "allocated_fen >= 0"),
            ("refunded", "refunded_fen >= 0"),
            ("not_above_amount", "allocated_fen + refunded_fen <= amount_fen"),
            ("one_account", "unit_id IS NULL OR person_id IS NULL"),
            ("aside", "aside_reason = '' OR allocated_fen + refunded_fen = 0"),
        ):
            batch_op.create_check_constraint(op.f(f"ck_payment_{name}"), condition)
    with op.batch_alter_table("unit", schema=None) as batch_op:
        for column in ("bank_name", "bank_account", "carry_limit_fen"):
            batch_op.alter_column(column, server_default=None)
        batch_op.create_check_constraint(op.f("ck_unit_carry_limit"), "carry_limit_fen >= 0")


def downgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_unit_carry_limit"), type_="check")
        batch_op.drop_column("carry_limit_fen")
        batch_op.drop_column("bank_account")
        batch_op.drop_column("bank_name")

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("state", sa.String(length=30), nullable=False, server_default="unapplied")
        )
    op.execute("UPDATE payment SET state = 'applied' WHERE allocated_fen > 0")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.alter_column("state", server_default=None)
        for name in ("allocated", "refunded", "not_above_amount", "one_account", "aside"):
            batch_op.drop_constraint(op.f(f"ck_payment_{name}"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_payment_person_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_payment_file_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_payment_unit_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_payment_digest"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_payment_unit_id"))
        batch_op.drop_index(batch_op.f("ix_payment_person_id"))
        batch_op.drop_index(
            "ix_payment_free",
            sqlite_where=sa.text("allocated_fen + refunded_fen < amount_fen"),
            postgresql_where=sa.text("allocated_fen + refunded_fen < amount_fen"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_file_id"))
        batch_op.alter_column("order_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("file_id")
        batch_op.drop_column("person_id")
        batch_op.drop_column("unit_id")
        batch_op.drop_column("aside_reason")
        batch_op.drop_column("remark")
        batch_op.drop_column("payer_account")
        batch_op.drop_column("payer_name")
        batch_op.drop_column("digest")
        batch_op.drop_column("refunded_fen")
        batch_op.drop_column("allocated_fen")

    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allocation_statement_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_reverses_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_refund_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_payment_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_order_id"))

    op.drop_table("allocation")
    with op.batch_alter_table("statement_line", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_statement_line_claim_id_live",
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "uq_statement_line_carried_id_live",
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(
            "uq_statement_line_acceptance_id_live",
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )
        batch_op.drop_index(batch_op.f("ix_statement_line_statement_id"))
        batch_op.drop_index(batch_op.f("ix_statement_line_order_id"))

    op.drop_table("statement_line")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_state"))
        batch_op.drop_index(batch_op.f("ix_refund_payment_id"))
        batch_op.drop_index(batch_op.f("ix_refund_order_id"))
        batch_op.drop_index(batch_op.f("ix_refund_line_id"))
        batch_op.drop_index(batch_op.f("ix_refund_claim_id"))

    op.drop_table("refund")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispute_payment_id"))

    op.drop_table("dispute")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_invoice_code_number_valid",
            sqlite_where=sa.text("state = 'valid'"),
            postgresql_where=sa.text("state = 'valid'"),
        )
        batch_op.drop_index(batch_op.f("ix_invoice_statement_id"))

    op.drop_table("invoice")
    op.drop_table("bank_file")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_statement_live",
            sqlite_where=sa.text("state <> 'void'"),
            postgresql_where=sa.text("state <> 'void'"),
        )
        batch_op.drop_index(batch_op.f("ix_statement_supplier_id_state"))
        batch_op.drop_index(batch_op.f("ix_statement_state_due_on"))

    op.drop_table("statement")
    op.drop_table("bank_format")
