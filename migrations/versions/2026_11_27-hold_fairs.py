"""hold fairs: stands, sales on the spot, intentions, results; let verified sales count"""

import sqlalchemy as sa
from alembic import op

revision = "f3a6d18c5e92"
down_revision = "5d0c9e7a31f4"
branch_labels = None
depends_on = None

BEFORE = (
    "CASE WHEN acceptance_line_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN outside_purchase_id IS NULL THEN 0 ELSE 1 END"
)
AFTER = f"{BEFORE} + CASE WHEN fair_sale_id IS NULL THEN 0 ELSE 1 END = 1"
# SQLite builds the table anew, and these with it.
PARTIAL = (
    ("ix_credit_adjustment", ["unit_id", "year", "month"], False, "is_adjustment"),
    ("uq_credit_outside_purchase", ["outside_purchase_id"], True, "reverses_id IS NULL"),
)
FAIR = ("uq_credit_fair_sale", ["fair_sale_id"], True, "reverses_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "fair",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("is_online", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("co_host", sa.String(length=200), nullable=False),
        sa.Column("area_m2", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=60), nullable=False),
        sa.Column("asked_fen", sa.BigInteger(), nullable=False),
        sa.Column("called_off_reason", sa.String(length=200), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("announced_at", sa.DateTime(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'called_off') = (called_off_reason <> '')", name=op.f("ck_fair_reason")
        ),
        sa.CheckConstraint("area_m2 >= 0", name=op.f("ck_fair_area")),
        sa.CheckConstraint("asked_fen >= 0", name=op.f("ck_fair_asked")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_fair_days")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["fund_activity.id"], name=op.f("fk_fair_activity_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_fair_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_fair_activity_id")),
        sa.UniqueConstraint("number", name=op.f("uq_fair_number")),
        sa.UniqueConstraint("once_key", name=op.f("uq_fair_once_key")),
    )
    with op.batch_alter_table("fair", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fair_starts_on"), ["starts_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_fair_state"), ["state"], unique=False)

    op.create_table(
        "fair_day",
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.Column("purchasers", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("visitors >= 0 AND purchasers >= 0", name=op.f("ck_fair_day_counts")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_day_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_day")),
        sa.UniqueConstraint("fair_id", "held_on", name=op.f("uq_fair_day_fair_id_held_on")),
    )
    op.create_table(
        "fair_photo",
        sa.Column("caption", sa.String(length=80), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_fair_photo_attachment_id")
        ),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_photo_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_photo")),
        sa.UniqueConstraint(
            "fair_id", "attachment_id", name=op.f("uq_fair_photo_fair_id_attachment_id")
        ),
    )
    with op.batch_alter_table("fair_photo", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fair_photo_attachment_id"), ["attachment_id"], unique=False
        )

    op.create_table(
        "fair_result",
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'submitted') = (checked_by_id IS NULL)",
            name=op.f("ck_fair_result_checked_by"),
        ),
        sa.CheckConstraint(
            "checked_by_id <> submitted_by_id", name=op.f("ck_fair_result_checker_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["person.id"], name=op.f("fk_fair_result_checked_by_id")
        ),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_result_fair_id")),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["person.id"], name=op.f("fk_fair_result_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_result")),
        sa.UniqueConstraint("fair_id", "version", name=op.f("uq_fair_result_fair_id_version")),
    )
    op.create_table(
        "fair_stand",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("invited_at", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (reason <> '')", name=op.f("ck_fair_stand_reason")
        ),
        sa.CheckConstraint(
            "(state = 'invited') = (answered_at IS NULL)", name=op.f("ck_fair_stand_answered")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_fair_stand_by_id")),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_stand_fair_id")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_fair_stand_supplier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_stand")),
        sa.UniqueConstraint("fair_id", "number", name=op.f("uq_fair_stand_fair_id_number")),
        sa.UniqueConstraint(
            "fair_id", "supplier_id", name=op.f("uq_fair_stand_fair_id_supplier_id")
        ),
    )
    with op.batch_alter_table("fair_stand", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fair_stand_supplier_id"), ["supplier_id"], unique=False
        )

    op.create_table(
        "fair_good",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("brought_milli", sa.BigInteger(), nullable=False),
        sa.Column("stock_fen", sa.BigInteger(), nullable=False),
        sa.Column("stand_id", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("brought_milli > 0", name=op.f("ck_fair_good_brought")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_fair_good_price")),
        sa.CheckConstraint("stock_fen >= 0", name=op.f("ck_fair_good_stock")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_fair_good_sku_id")),
        sa.ForeignKeyConstraint(
            ["stand_id"], ["fair_stand.id"], name=op.f("fk_fair_good_stand_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_good")),
    )
    with op.batch_alter_table("fair_good", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fair_good_stand_id"), ["stand_id"], unique=False)

    op.create_table(
        "fair_intention",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("buyer", sa.String(length=80), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("goods", sa.String(length=200), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("stand_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason = '')",
            name=op.f("ck_fair_intention_withdrawn"),
        ),
        sa.CheckConstraint(
            "unit_id IS NOT NULL OR buyer <> ''", name=op.f("ck_fair_intention_buyer")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fair_intention_amount")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_fair_intention_attachment_id")
        ),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_intention_fair_id")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_fair_intention_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["stand_id"], ["fair_stand.id"], name=op.f("fk_fair_intention_stand_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_fair_intention_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_intention")),
        sa.UniqueConstraint("number", name=op.f("uq_fair_intention_number")),
        sa.UniqueConstraint("once_key", name=op.f("uq_fair_intention_once_key")),
    )
    with op.batch_alter_table("fair_intention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fair_intention_fair_id"), ["fair_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fair_intention_stand_id"), ["stand_id"], unique=False)

    op.create_table(
        "fair_proof",
        sa.Column("stand_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_fair_proof_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["stand_id"], ["fair_stand.id"], name=op.f("fk_fair_proof_stand_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_proof")),
        sa.UniqueConstraint(
            "stand_id", "attachment_id", name=op.f("uq_fair_proof_stand_id_attachment_id")
        ),
    )
    with op.batch_alter_table("fair_proof", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fair_proof_attachment_id"), ["attachment_id"], unique=False
        )

    op.create_table(
        "fair_sale",
        sa.Column("client_key", sa.String(length=40), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("buyer", sa.String(length=30), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("goods", sa.String(length=200), nullable=False),
        sa.Column("receipt_no", sa.String(length=40), nullable=False),
        sa.Column("sold_at", sa.DateTime(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("stand_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "buyer <> 'unit' OR unit_id IS NOT NULL", name=op.f("ck_fair_sale_unit_named")
        ),
        sa.CheckConstraint(
            "reverses_id IS NOT NULL OR (state IN ('verified', 'reversed')) = (verified_by_id IS NOT NULL)",
            name=op.f("ck_fair_sale_verified_by_somebody"),
        ),
        sa.CheckConstraint(
            "reverses_id IS NULL OR state = 'verified'", name=op.f("ck_fair_sale_reversal_stands")
        ),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND amount_fen > 0) OR (reverses_id IS NOT NULL AND amount_fen < 0)",
            name=op.f("ck_fair_sale_sign"),
        ),
        sa.CheckConstraint(
            "NOT counts OR unit_id IS NOT NULL", name=op.f("ck_fair_sale_counts_for_a_unit")
        ),
        sa.CheckConstraint(
            "verified_by_id <> made_by_id", name=op.f("ck_fair_sale_verifier_is_another")
        ),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_sale_fair_id")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_fair_sale_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_fair_sale_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["fair_sale.id"], name=op.f("fk_fair_sale_reverses_id")
        ),
        sa.ForeignKeyConstraint(
            ["stand_id"], ["fair_stand.id"], name=op.f("fk_fair_sale_stand_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_fair_sale_unit_id")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["person.id"], name=op.f("fk_fair_sale_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_sale")),
        sa.UniqueConstraint("client_key", name=op.f("uq_fair_sale_client_key")),
        sa.UniqueConstraint("fair_id", "receipt_no", name=op.f("uq_fair_sale_fair_id_receipt_no")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_fair_sale_reverses_id")),
    )
    with op.batch_alter_table("fair_sale", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fair_sale_fair_id_stand_id_state"),
            ["fair_id", "stand_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_fair_sale_unit_id_state"), ["unit_id", "state"], unique=False
        )

    op.create_table(
        "fair_fulfilment",
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("intention_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND amount_fen > 0) OR (reverses_id IS NOT NULL AND amount_fen < 0)",
            name=op.f("ck_fair_fulfilment_sign"),
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_fair_fulfilment_attachment_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_fair_fulfilment_by_id")),
        sa.ForeignKeyConstraint(
            ["intention_id"], ["fair_intention.id"], name=op.f("fk_fair_fulfilment_intention_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["fair_fulfilment.id"], name=op.f("fk_fair_fulfilment_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_fulfilment")),
        sa.UniqueConstraint("once_key", name=op.f("uq_fair_fulfilment_once_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_fair_fulfilment_reverses_id")),
    )
    with op.batch_alter_table("fair_fulfilment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fair_fulfilment_intention_id"), ["intention_id"], unique=False
        )

    op.create_table(
        "fair_intention_order",
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("intention_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_fair_intention_order_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["intention_id"],
            ["fair_intention.id"],
            name=op.f("fk_fair_intention_order_intention_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_fair_intention_order_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_intention_order")),
        sa.UniqueConstraint("order_id", name=op.f("uq_fair_intention_order_order_id")),
    )
    with op.batch_alter_table("fair_intention_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fair_intention_order_intention_id"), ["intention_id"], unique=False
        )

    _without(PARTIAL)
    with op.batch_alter_table("credit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fair_sale_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_credit_fair_sale_id"), "fair_sale", ["fair_sale_id"], ["id"]
        )
        batch_op.drop_constraint(batch_op.f("ck_credit_one_source"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_credit_one_source"), AFTER)
        batch_op.create_index(batch_op.f("ix_credit_fair_sale_id"), ["fair_sale_id"], unique=False)
    _with((*PARTIAL, FAIR))


def downgrade() -> None:
    # What the tables could not say before is taken out, with what it did to the totals.
    op.execute(
        "UPDATE credit_total SET amount_fen = amount_fen - coalesce((SELECT sum(c.amount_fen)"
        " FROM credit c WHERE c.unit_id = credit_total.unit_id AND c.year = credit_total.year"
        " AND c.month = credit_total.month AND c.channel = credit_total.channel"
        " AND c.fair_sale_id IS NOT NULL), 0)"
    )
    op.execute("DELETE FROM credit WHERE fair_sale_id IS NOT NULL AND reverses_id IS NOT NULL")
    op.execute("DELETE FROM credit WHERE fair_sale_id IS NOT NULL")
    _without((*PARTIAL, FAIR))
    with op.batch_alter_table("credit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_fair_sale_id"))
        batch_op.drop_constraint(batch_op.f("fk_credit_fair_sale_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_credit_one_source"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_credit_one_source"), f"{BEFORE} = 1")
        batch_op.drop_column("fair_sale_id")
    _with(PARTIAL)
    for name in (
        "fair_intention_order",
        "fair_fulfilment",
        "fair_sale",
        "fair_proof",
        "fair_intention",
        "fair_good",
        "fair_stand",
        "fair_result",
        "fair_photo",
        "fair_day",
        "fair",
    ):
        op.drop_table(name)


def _without(indexes) -> None:
    for name, *_ in indexes:
        op.drop_index(name, "credit")


def _with(indexes) -> None:
    for name, columns, unique, where in indexes:
        op.create_index(
            name,
            "credit",
            columns,
            unique=unique,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
