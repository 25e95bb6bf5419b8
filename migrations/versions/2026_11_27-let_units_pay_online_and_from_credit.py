"""let units pay online, and accounts in credit pay"""

import sqlalchemy as sa
from alembic import op

revision = "e51b7c2d9f06"
down_revision = "2836988038ca"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("checkout", schema=None) as batch_op:
        batch_op.add_column(sa.Column("statement_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("started_by_id", sa.Integer(), nullable=True))
        batch_op.alter_column("order_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_checkout_statement_id"), ["statement_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_checkout_statement_id"), "statement", ["statement_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_checkout_started_by_id"), "person", ["started_by_id"], ["id"]
        )
    # Until now only whoever placed an order could pay it online.
    op.execute(
        "UPDATE checkout SET started_by_id ="
        ' (SELECT placed_by_id FROM "order" WHERE "order".id = checkout.order_id)'
    )
    with op.batch_alter_table("checkout", schema=None) as batch_op:
        batch_op.alter_column("started_by_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.create_check_constraint(
            op.f("ck_checkout_pays_one_thing"), "(order_id IS NULL) <> (statement_id IS NULL)"
        )
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("once_key", sa.String(length=60), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_allocation_once_key"), ["once_key"])


def downgrade() -> None:
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_allocation_once_key"), type_="unique")
        batch_op.drop_column("once_key")
    # Attempts to pay statements are no longer known; the money that they brought stays.
    op.execute("DELETE FROM checkout WHERE order_id IS NULL")
    with op.batch_alter_table("checkout", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_checkout_pays_one_thing"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_checkout_started_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_checkout_statement_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_checkout_statement_id"))
        batch_op.alter_column("order_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("started_by_id")
        batch_op.drop_column("statement_id")
