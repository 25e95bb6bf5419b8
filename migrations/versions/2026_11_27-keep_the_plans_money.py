"""keep the plan's money: earmarks, a ledger that is only added to, documents and approvals"""

import sqlalchemy as sa
from alembic import op

revision = "4f331d0acb08"
down_revision = "b4d7c21e90a6"
branch_labels = None
depends_on = None

KEPT = ("fund_entry", "fund_transfer", "fund_approval")


def guards(dialect: str) -> list[str]:
    """Say how the database refuses to change what is only added to.

    A later revision that builds one of these tables anew (as SQLite does to alter one) must
    set its triggers again.
    """
    if dialect == "postgresql":
        function = (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$"
        )
        kept = (
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            for table in KEPT
        )
        kept_whole = (
            f"CREATE TRIGGER {table}_kept_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            for table in KEPT
        )
        return [function, *kept, *kept_whole]
    return [
        f"CREATE TRIGGER {table}_{deed.lower()} BEFORE {deed} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
        for table in KEPT
        for deed in ("UPDATE", "DELETE")
    ]


def upgrade() -> None:
    op.create_table(
        "earmark",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("cost_types", sa.JSON(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_earmark_amount")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["plan_project.id"], name=op.f("fk_earmark_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earmark")),
        sa.UniqueConstraint("code", name=op.f("uq_earmark_code")),
    )
    with op.batch_alter_table("earmark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_earmark_department"), ["department"], unique=False)
        batch_op.create_index(batch_op.f("ix_earmark_project_id"), ["project_id"], unique=False)

    op.create_table(
        "earmark_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("earmark_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["earmark_id"], ["earmark.id"], name=op.f("fk_earmark_year_earmark_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earmark_year")),
        sa.UniqueConstraint("earmark_id", "year", name=op.f("uq_earmark_year_earmark_id_year")),
    )
    op.create_table(
        "fund_document",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("cost_type", sa.String(length=20), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("payer", sa.String(length=60), nullable=False),
        sa.Column("payee", sa.String(length=60), nullable=False),
        sa.Column("bank_serial", sa.String(length=60), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=True),
        sa.Column("effective_at", sa.DateTime(), nullable=True),
        sa.Column("earmark_id", sa.Integer(), nullable=True),
        sa.Column("to_earmark_id", sa.Integer(), nullable=True),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("payee_person_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(earmark_id IS NULL) = (kind = 'framework')", name=op.f("ck_fund_document_has_earmark")
        ),
        sa.CheckConstraint(
            "(target_id IS NULL) = (kind <> 'reversal')", name=op.f("ck_fund_document_target")
        ),
        sa.CheckConstraint(
            "(to_earmark_id IS NULL) = (kind <> 'reallocation')",
            name=op.f("ck_fund_document_to_earmark"),
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_fund_document_amount")),
        sa.CheckConstraint(
            "to_earmark_id <> earmark_id", name=op.f("ck_fund_document_other_earmark")
        ),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name=op.f("ck_fund_document_year")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["fund_document.id"], name=op.f("fk_fund_document_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["earmark_id"], ["earmark.id"], name=op.f("fk_fund_document_earmark_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_fund_document_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["payee_person_id"], ["person.id"], name=op.f("fk_fund_document_payee_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["fund_document.id"], name=op.f("fk_fund_document_target_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_earmark_id"], ["earmark.id"], name=op.f("fk_fund_document_to_earmark_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_document")),
        sa.UniqueConstraint("bank_serial", name=op.f("uq_fund_document_bank_serial")),
        sa.UniqueConstraint("number", name=op.f("uq_fund_document_number")),
        sa.UniqueConstraint("once_key", name=op.f("uq_fund_document_once_key")),
    )
    with op.batch_alter_table("fund_document", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fund_document_agreement_id"), ["agreement_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fund_document_earmark_id_state"), ["earmark_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fund_document_kind_state"), ["kind", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fund_document_made_by_id"), ["made_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_fund_document_target_id"), ["target_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_fund_document_to_earmark_id"), ["to_earmark_id"], unique=False
        )

    op.create_table(
        "fund_account",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=30), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("earmark_id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "balance_fen >= 0 OR stage = 'source'", name=op.f("ck_fund_account_balance")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["fund_document.id"], name=op.f("fk_fund_account_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["earmark_id"], ["earmark.id"], name=op.f("fk_fund_account_earmark_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_account")),
        sa.UniqueConstraint("name", name=op.f("uq_fund_account_name")),
    )
    with op.batch_alter_table("fund_account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fund_account_agreement_id"), ["agreement_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fund_account_earmark_id"), ["earmark_id"], unique=False
        )

    op.create_table(
        "fund_approval",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("decision", sa.String(length=30), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("maker_id", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.Integer(), nullable=True),
        sa.Column("checker_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "checker_id <> maker_id", name=op.f("ck_fund_approval_checker_is_not_maker")
        ),
        sa.CheckConstraint(
            "payee_id IS NULL OR checker_id <> payee_id",
            name=op.f("ck_fund_approval_checker_is_not_payee"),
        ),
        sa.ForeignKeyConstraint(
            ["checker_id"], ["person.id"], name=op.f("fk_fund_approval_checker_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["fund_document.id"], name=op.f("fk_fund_approval_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["maker_id"], ["person.id"], name=op.f("fk_fund_approval_maker_id")
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["person.id"], name=op.f("fk_fund_approval_payee_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_approval")),
        sa.UniqueConstraint(
            "document_id",
            "version",
            "checker_id",
            name=op.f("uq_fund_approval_document_id_version_checker_id"),
        ),
        sa.UniqueConstraint(
            "document_id", "version", "step", name=op.f("uq_fund_approval_document_id_version_step")
        ),
    )
    with op.batch_alter_table("fund_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fund_approval_checker_id"), ["checker_id"], unique=False
        )

    op.create_table(
        "fund_document_file",
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_fund_document_file_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["fund_document.id"], name=op.f("fk_fund_document_file_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_document_file")),
        sa.UniqueConstraint(
            "document_id",
            "attachment_id",
            name=op.f("uq_fund_document_file_document_id_attachment_id"),
        ),
    )
    with op.batch_alter_table("fund_document_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fund_document_file_attachment_id"), ["attachment_id"], unique=False
        )

    op.create_table(
        "fund_document_line",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cost_type", sa.String(length=20), nullable=False),
        sa.Column("payee", sa.String(length=60), nullable=False),
        sa.Column("invoice_code", sa.String(length=20), nullable=False),
        sa.Column("invoice_number", sa.String(length=20), nullable=False),
        sa.Column("invoice_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fund_document_line_amount")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["fund_document.id"], name=op.f("fk_fund_document_line_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_document_line")),
        sa.UniqueConstraint(
            "document_id", "position", name=op.f("uq_fund_document_line_document_id_position")
        ),
    )
    with op.batch_alter_table("fund_document_line", schema=None) as batch_op:
        batch_op.create_index(
            "uq_fund_document_line_live_invoice",
            ["invoice_code", "invoice_number"],
            unique=True,
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )

    op.create_table(
        "fund_entry",
        sa.Column("once_key", sa.String(length=80), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=30), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("resolves_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(act IN ('effect', 'void')) = (resolves_id IS NOT NULL)",
            name=op.f("ck_fund_entry_resolves"),
        ),
        sa.CheckConstraint(
            "(document_id IS NULL) = (act = 'open')", name=op.f("ck_fund_entry_has_document")
        ),
        sa.CheckConstraint(
            "reverses_id IS NULL OR act = 'effect'", name=op.f("ck_fund_entry_reverses")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_fund_entry_by_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["fund_document.id"], name=op.f("fk_fund_entry_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["resolves_id"], ["fund_entry.id"], name=op.f("fk_fund_entry_resolves_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["fund_entry.id"], name=op.f("fk_fund_entry_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_entry")),
        sa.UniqueConstraint("once_key", name=op.f("uq_fund_entry_once_key")),
        sa.UniqueConstraint("resolves_id", name=op.f("uq_fund_entry_resolves_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_fund_entry_reverses_id")),
    )
    with op.batch_alter_table("fund_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fund_entry_document_id"), ["document_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_fund_entry_recorded_at"), ["recorded_at"], unique=False
        )

    op.create_table(
        "fund_transfer",
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("crossing", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("from_earmark_id", sa.Integer(), nullable=False),
        sa.Column("to_earmark_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "from_earmark_id = to_earmark_id OR crossing IN ('reallocation', 'reversal')",
            name=op.f("ck_fund_transfer_stays_in_its_earmark"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fund_transfer_amount")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_fund_transfer_moves")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["fund_entry.id"], name=op.f("fk_fund_transfer_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_earmark_id"], ["earmark.id"], name=op.f("fk_fund_transfer_from_earmark_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_id"], ["fund_account.id"], name=op.f("fk_fund_transfer_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_earmark_id"], ["earmark.id"], name=op.f("fk_fund_transfer_to_earmark_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["fund_account.id"], name=op.f("fk_fund_transfer_to_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_transfer")),
    )
    with op.batch_alter_table("fund_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_transfer_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fund_transfer_from_id"), ["from_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fund_transfer_to_id"), ["to_id"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("agency", sa.String(length=40), nullable=False, server_default="")
        )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.alter_column("agency", server_default=None)

    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)



def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("agency")

    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_kept ON {table}")
            op.execute(f"DROP TRIGGER {table}_kept_whole ON {table}")
        op.execute("DROP FUNCTION refuse_change")

    with op.batch_alter_table("fund_transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_transfer_to_id"))
        batch_op.drop_index(batch_op.f("ix_fund_transfer_from_id"))
        batch_op.drop_index(batch_op.f("ix_fund_transfer_entry_id"))

    op.drop_table("fund_transfer")
    with op.batch_alter_table("fund_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_entry_recorded_at"))
        batch_op.drop_index(batch_op.f("ix_fund_entry_document_id"))

    op.drop_table("fund_entry")
    with op.batch_alter_table("fund_document_line", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_fund_document_line_live_invoice",
            sqlite_where=sa.text("is_live"),
            postgresql_where=sa.text("is_live"),
        )

    op.drop_table("fund_document_line")
    with op.batch_alter_table("fund_document_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_document_file_attachment_id"))

    op.drop_table("fund_document_file")
    with op.batch_alter_table("fund_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_approval_checker_id"))

    op.drop_table("fund_approval")
    with op.batch_alter_table("fund_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_account_earmark_id"))
        batch_op.drop_index(batch_op.f("ix_fund_account_agreement_id"))

    op.drop_table("fund_account")
    with op.batch_alter_table("fund_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_document_to_earmark_id"))
        batch_op.drop_index(batch_op.f("ix_fund_document_target_id"))
        batch_op.drop_index(batch_op.f("ix_fund_document_made_by_id"))
        batch_op.drop_index(batch_op.f("ix_fund_document_kind_state"))
        batch_op.drop_index(batch_op.f("ix_fund_document_earmark_id_state"))
        batch_op.drop_index(batch_op.f("ix_fund_document_agreement_id"))

    op.drop_table("fund_document")
    op.drop_table("earmark_year")
    with op.batch_alter_table("earmark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_earmark_project_id"))
        batch_op.drop_index(batch_op.f("ix_earmark_department"))

    op.drop_table("earmark")
