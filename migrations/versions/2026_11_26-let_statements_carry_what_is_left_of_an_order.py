"""let statements carry what is left of an order, and keep who said what of them"""

import sqlalchemy as sa
from alembic import op

revision = "2836988038ca"
down_revision = "72cab9b5d4b8"
branch_labels = None
depends_on = None

CARRIED = "uq_statement_line_carried_id_live"
LIVE = {"sqlite_where": sa.text("is_live"), "postgresql_where": sa.text("is_live")}


def upgrade() -> None:
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("resolution", sa.String(length=300), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("objected_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("made_by_id", sa.Integer(), nullable=True))
        for column in ("objected_by_id", "made_by_id"):
            batch_op.create_foreign_key(
                batch_op.f(f"fk_statement_{column}"), "person", [column], ["id"]
            )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.alter_column("resolution", server_default=None)
    with op.batch_alter_table("statement_line", schema=None) as batch_op:
        batch_op.drop_index(CARRIED, **LIVE)
        batch_op.drop_constraint(op.f("ck_statement_line_of_an_order"), type_="check")
        batch_op.alter_column("order_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.create_index(
            CARRIED, ["carried_id", "order_id", "statement_id"], unique=True, **LIVE
        )


def downgrade() -> None:
    with op.batch_alter_table("statement_line", schema=None) as batch_op:
        batch_op.drop_index(CARRIED, **LIVE)
        batch_op.alter_column("order_id", existing_type=sa.INTEGER(), nullable=True)
    # A rest was one line before, whatever its orders.
    op.execute("UPDATE statement_line SET order_id = NULL WHERE kind = 'carried'")
    with op.batch_alter_table("statement_line", schema=None) as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_statement_line_of_an_order"), "(kind = 'carried') = (order_id IS NULL)"
        )
        batch_op.create_index(CARRIED, ["carried_id"], unique=True, **LIVE)
    with op.batch_alter_table("statement", schema=None) as batch_op:
        for column in ("objected_by_id", "made_by_id"):
            batch_op.drop_constraint(batch_op.f(f"fk_statement_{column}"), type_="foreignkey")
            batch_op.drop_column(column)
        batch_op.drop_column("resolution")
