"""keep the number of a stand's receipt with what it counts, so that one purchase counts once"""

import sqlalchemy as sa
from alembic import op

revision = "b8d14f6a2c70"
down_revision = "7be20c94d1a6"
branch_labels = None
depends_on = None

LIVE = "state IN ('submitted', 'verified')"
# SQLite builds the table anew, and these with it.
PARTIAL = (
    (
        "uq_outside_purchase_live_invoice",
        ["invoice_code", "invoice_no"],
        f"invoice_no <> '' AND {LIVE}",
    ),
    ("uq_outside_purchase_live_order", ["order_no"], f"order_no <> '' AND {LIVE}"),
)
RECEIPT = (
    "uq_outside_purchase_live_receipt",
    ["unit_id", "bought_on", "receipt_no"],
    f"receipt_no <> '' AND {LIVE}",
)


def upgrade() -> None:
    op.add_column("credit", sa.Column("receipt_no", sa.String(length=40), nullable=True))
    op.add_column("credit", sa.Column("apart_reason", sa.String(length=200), nullable=True))
    _keep_receipts(op.get_bind())
    _without(PARTIAL)
    with op.batch_alter_table("outside_purchase", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("receipt_no", sa.String(length=40), nullable=False, server_default="")
        )
    with op.batch_alter_table("outside_purchase", schema=None) as batch_op:
        batch_op.alter_column("receipt_no", server_default=None)
    _with((*PARTIAL, RECEIPT))


def downgrade() -> None:
    _without((*PARTIAL, RECEIPT))
    with op.batch_alter_table("outside_purchase", schema=None) as batch_op:
        batch_op.drop_column("receipt_no")
    _with(PARTIAL)
    op.drop_column("credit", "apart_reason")
    op.drop_column("credit", "receipt_no")


def _keep_receipts(connection) -> None:
    """Write the receipt with what it counted, without blanks and in capitals; what takes one back has none."""
    rows = connection.execute(
        sa.text(
            "SELECT credit.id, fair_sale.receipt_no FROM credit"
            " JOIN fair_sale ON fair_sale.id = credit.fair_sale_id"
            " WHERE credit.reverses_id IS NULL"
        )
    ).all()
    for id_, number in rows:
        connection.execute(
            sa.text("UPDATE credit SET receipt_no = :key WHERE id = :id"),
            {"id": id_, "key": "".join(number.split()).upper()},
        )


def _without(indexes) -> None:
    for name, *_ in indexes:
        op.drop_index(name, "outside_purchase")


def _with(indexes) -> None:
    for name, columns, where in indexes:
        op.create_index(
            name,
            "outside_purchase",
            columns,
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
