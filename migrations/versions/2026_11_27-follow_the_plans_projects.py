"""follow the plan's projects: monthly reports with photos, dates that are only added to, milestones"""

import sqlalchemy as sa
from alembic import op

revision = "a91d5e3c70b8"
down_revision = "7c2e9f0b61d4"
branch_labels = None
depends_on = None


def guards(dialect: str) -> list[str]:
    """Say how the database refuses to change a date of a project; ``refuse_change`` is the ledger's."""
    if dialect == "postgresql":
        return [
            "CREATE TRIGGER project_date_kept BEFORE UPDATE OR DELETE ON project_date "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "CREATE TRIGGER project_date_kept_whole BEFORE TRUNCATE ON project_date "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    return [
        f"CREATE TRIGGER project_date_{deed.lower()} BEFORE {deed} ON project_date "
        "BEGIN SELECT RAISE(ABORT, 'project_date is only added to'); END"
        for deed in ("UPDATE", "DELETE")
    ]


def upgrade() -> None:
    op.create_table(
        "project_report",
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("invested_fen", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("measure", sa.String(length=500), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'checked') = (checked_by_id IS NOT NULL)",
            name=op.f("ck_project_report_checked_by_somebody"),
        ),
        sa.CheckConstraint(
            "checked_by_id <> made_by_id", name=op.f("ck_project_report_checker_is_not_maker")
        ),
        sa.CheckConstraint("invested_fen >= 0", name=op.f("ck_project_report_invested")),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_project_report_month")),
        sa.CheckConstraint("percent BETWEEN 0 AND 1000", name=op.f("ck_project_report_percent")),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name=op.f("ck_project_report_year")),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["person.id"], name=op.f("fk_project_report_checked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_project_report_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["plan_project.id"], name=op.f("fk_project_report_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_report")),
        sa.UniqueConstraint("once_key", name=op.f("uq_project_report_once_key")),
        sa.UniqueConstraint(
            "project_id", "year", "month", name=op.f("uq_project_report_project_id_year_month")
        ),
    )
    with op.batch_alter_table("project_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_report_state"), ["state"], unique=False)

    op.create_table(
        "project_photo",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_project_photo_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["project_report.id"], name=op.f("fk_project_photo_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_photo")),
        sa.UniqueConstraint(
            "report_id", "attachment_id", name=op.f("uq_project_photo_report_id_attachment_id")
        ),
    )
    with op.batch_alter_table("project_photo", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_photo_attachment_id"), ["attachment_id"], unique=False
        )

    op.create_table(
        "project_date",
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_project_date_by_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["plan_project.id"], name=op.f("fk_project_date_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_date")),
        sa.UniqueConstraint("once_key", name=op.f("uq_project_date_once_key")),
    )
    with op.batch_alter_table("project_date", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_date_project_id_kind"), ["project_id", "kind"], unique=False
        )

    op.create_table(
        "project_milestone",
        sa.Column("once_key", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'met') = (met_on IS NOT NULL)", name=op.f("ck_project_milestone_met_on")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["plan_project.id"], name=op.f("fk_project_milestone_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_milestone")),
        sa.UniqueConstraint("once_key", name=op.f("uq_project_milestone_once_key")),
        sa.UniqueConstraint(
            "project_id", "name", name=op.f("uq_project_milestone_project_id_name")
        ),
    )
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("project_milestone")
    with op.batch_alter_table("project_date", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_date_project_id_kind"))

    op.drop_table("project_date")
    with op.batch_alter_table("project_photo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_photo_attachment_id"))

    op.drop_table("project_photo")
    with op.batch_alter_table("project_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_report_state"))

    op.drop_table("project_report")
