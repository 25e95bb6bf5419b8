"""show the plan as known on a day: what became of its things and when; reasons for odd figures"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "b47c0e9d2f61"
down_revision = "d3a7e95f1c28"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project_report_step",
        sa.Column("became", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["project_report.id"], name=op.f("fk_project_report_step_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_report_step")),
    )
    op.create_table(
        "indicator_record_step",
        sa.Column("became", sa.String(length=30), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["indicator_record.id"], name=op.f("fk_indicator_record_step_record_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_record_step")),
    )
    op.create_table(
        "project_milestone_step",
        sa.Column("became", sa.String(length=30), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["project_milestone.id"],
            name=op.f("fk_project_milestone_step_milestone_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_milestone_step")),
    )
    op.create_table(
        "plan_pair_step",
        sa.Column("township", sa.String(length=20), nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["plan_pair.id"], name=op.f("fk_plan_pair_step_pair_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_pair_step_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_pair_step")),
    )
    for table, thing in THINGS.items():
        op.create_index(op.f(f"ix_{table}_{thing}_at"), table, [thing, "at"])
    op.create_index(op.f("ix_plan_pair_step_unit_id"), "plan_pair_step", ["unit_id"])
    for table, rows in steps(op.get_bind()).items():
        if rows:
            op.bulk_insert(TABLES[table], rows)
    with op.batch_alter_table("project_report", schema=None) as batch_op:
        for reason in REASONS:
            batch_op.add_column(
                sa.Column(reason, sa.String(length=200), nullable=False, server_default="")
            )
    with op.batch_alter_table("project_report", schema=None) as batch_op:
        for reason in REASONS:
            batch_op.alter_column(reason, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("project_report", schema=None) as batch_op:
        for reason in reversed(REASONS):
            batch_op.drop_column(reason)
    for table in reversed(THINGS):
        op.drop_table(table)


REASONS = ("why_percent", "why_invested", "why_total")
THINGS = {
    "project_report_step": "report_id",
    "indicator_record_step": "record_id",
    "project_milestone_step": "milestone_id",
    "plan_pair_step": "pair_id",
}
COLUMNS = {
    "project_report_step": ("became",),
    "indicator_record_step": ("became", "year"),
    "project_milestone_step": ("became", "met_on", "note"),
    "plan_pair_step": ("township", "village", "unit_id"),
}
TYPES = {"at": sa.DateTime(), "met_on": sa.Date()}
TABLES = {
    name: sa.table(
        name, *(sa.column(c, TYPES.get(c)) for c in ("at", THINGS[name], *COLUMNS[name]))
    )
    for name in THINGS
}
# The deeds that the trail has of each step, and the state they led to.
DEEDS = {
    "report.submitted": "submitted",
    "report.resubmitted": "submitted",
    "report.returned": "returned",
    "report.checked": "checked",
    "indicator.submitted": "submitted",
    "indicator.resubmitted": "submitted",
    "indicator.returned": "returned",
    "indicator.verified": "verified",
    "indicator.reversed": "verified",
    "milestone.added": "planned",
    "milestone.closed": "",
    "pair.added": "",
    "pair.changed": "",
}


def steps(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the steps that the audit trail tells of, in its order.

    What it doesn't say (the earlier village of a pair, the earlier word on a milestone) is
    as it is now.
    """
    records = _rows(connection, "indicator_record", "year", "reverses_id")
    notes = _rows(connection, "project_milestone", "state", "note")
    pairs = _rows(connection, "plan_pair", "township", "village", "unit_id")
    found: dict[str, list[dict[str, Any]]] = {table: [] for table in THINGS}
    entry = sa.table(
        "audit_entry",
        *(sa.column("id"), sa.column("at", sa.DateTime()), sa.column("deed")),
        *(sa.column("about"), sa.column("facts", sa.JSON())),
    )
    select = sa.select(entry).where(entry.c.deed.in_(DEEDS)).order_by(entry.c.id)
    for _, at, deed, about, facts in connection.execute(select):
        id_, state = int(about.partition(":")[2]), DEEDS[deed]
        match deed.partition(".")[0]:
            case "report":
                found["project_report_step"].append({"report_id": id_, "at": at, "became": state})
            case "indicator":
                rows = found["indicator_record_step"]
                year, reverses_id = records[id_]
                told = int(facts["happened_on"][:4]) if "happened_on" in facts else year
                told = year if reverses_id else told  # Dated when it was made, of the row's year.
                if reverses_id:
                    rows.append({"record_id": reverses_id, "at": at, "became": "reversed", "year": year})
                rows.append({"record_id": id_, "at": at, "became": state, "year": told})
            case "milestone":
                state = state or facts["state"]
                on = facts["on"] if state == "met" else None
                now, note = notes[id_]
                found["project_milestone_step"].append(
                    {
                        "milestone_id": id_,
                        "at": at,
                        "became": state,
                        "met_on": dt.date.fromisoformat(on) if on else None,
                        "note": note if state == now else "",
                    }
                )
            case "pair":
                values = zip(COLUMNS["plan_pair_step"], pairs[id_], strict=True)
                found["plan_pair_step"].append({"pair_id": id_, "at": at, **dict(values)})
    return found


def _rows(connection: sa.Connection, name: str, *columns: str) -> dict[int, tuple[Any, ...]]:
    table = sa.table(name, sa.column("id"), *map(sa.column, columns))
    return {row[0]: tuple(row[1:]) for row in connection.execute(sa.select(table))}
