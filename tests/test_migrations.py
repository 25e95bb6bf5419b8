"""The revisions lead from an empty database to the models, and back, on both databases."""

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from market.adapters import migrations
from market.core.db import Model, db
from tests.conftest import make_app

ROOT = Path(__file__).resolve().parents[1]
WHEN = dt.datetime(2026, 11, 20, 4)  # noqa: DTZ001  As it stands in a table: naive UTC.


@pytest.fixture
def alembic(empty_database_url: str, tmp_path: Path) -> Iterator[Config]:
    """Alembic's settings, about a database without any table."""
    app = make_app(empty_database_url, tmp_path)
    config = Config(toml_file=ROOT / "pyproject.toml")
    with app.app_context(), db.engine.connect() as connection:
        config.attributes["connection"] = connection
        yield config
    with app.app_context():
        db.engine.dispose()


def differences(connection: sa.Connection) -> list[object]:
    """Say how the tables differ from the models."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    found = compare_metadata(context, Model.metadata)
    connection.rollback()
    return found


def tables(connection: sa.Connection) -> set[str]:
    found = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    connection.rollback()
    return found


def test_the_revisions_build_exactly_what_the_models_say(alembic: Config):
    command.upgrade(alembic, "head")
    assert differences(alembic.attributes["connection"]) == []


def test_a_start_of_the_shop_brings_its_database_up_to_date(alembic: Config):
    connection = alembic.attributes["connection"]
    migrations.upgrade(connection.engine)
    built = tables(connection)
    migrations.upgrade(connection.engine)
    assert built == tables(connection) == set(Model.metadata.tables)


def test_the_revisions_keep_every_check(alembic: Config):
    command.upgrade(alembic, "head")
    inspector = sa.inspect(alembic.attributes["connection"])
    for table in Model.metadata.sorted_tables:
        checks = {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
        built = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert built == checks, table.name


def test_every_revision_can_be_undone_and_done_again(alembic: Config):
    connection = alembic.attributes["connection"]
    for revision in reversed(list(ScriptDirectory.from_config(alembic).walk_revisions())):
        command.upgrade(alembic, revision.revision)
        command.downgrade(alembic, revision.down_revision or "base")
        command.upgrade(alembic, revision.revision)
    command.downgrade(alembic, "base")
    assert tables(connection) == set()
    command.upgrade(alembic, "head")
    assert differences(connection) == []


def test_the_revisions_are_one_line_of_history(alembic: Config):
    assert len(ScriptDirectory.from_config(alembic).get_heads()) == 1


def fill(connection: sa.Connection) -> None:
    """Write an applied and an unapplied payment of a unit's order and of a personal one.

    As the revision before the split of payments has them; columns that may be empty are
    left so.
    """
    tables = sa.MetaData()
    tables.reflect(connection)

    def add(table: str, **given: object) -> int:
        columns = tables.tables[table].columns
        blank = {sa.Integer: 0, sa.BigInteger: 0, sa.String: "", sa.Boolean: False}
        values = {
            column.name: given.get(column.name, _blank(column, blank))
            for column in columns
            if column.name in given or not (column.nullable or column.primary_key)
        }
        made = connection.execute(tables.tables[table].insert().values(values))
        return int(made.inserted_primary_key[0])

    unit = add("unit", code="U1", name="单位", kind="subdistrict", state="active")
    person = add("person", login="p", name="王芳", role="shopper", unit_id=unit)
    clerk = add("person", login="c", name="李梅", role="coordinator")
    for number, (purpose, state) in enumerate(
        itertools.product(("canteen", "self"), ("applied", "unapplied")), start=1
    ):
        on_account = purpose != "self"
        order = add(
            "order",
            number=f"N{number}",
            once_key=f"o{number}",
            state="open",
            buying_for=purpose,
            terms="on_account" if on_account else "prepaid",
            pay_by_at=None if on_account else WHEN,
            total_fen=1000 * number,
            unit_id=unit,
            placed_by_id=person,
        )
        add(
            "payment",
            once_key=f"p{number}",
            state=state,
            method="transfer",
            amount_fen=1000 * number,
            bank_serial=f"S{number}",
            paid_on=WHEN.date(),
            recorded_at=WHEN,
            recorded_by_id=clerk,
            order_id=order,
        )
    connection.commit()


def _blank(column: sa.Column, blank: dict[type, object]) -> object:
    for kind, value in blank.items():
        if isinstance(column.type, kind):
            return value
    return WHEN if isinstance(column.type, sa.DateTime) else WHEN.date()


def test_payments_survive_their_split_and_its_undoing(alembic: Config):
    """What was applied is put to its order by a row of its own; accounts follow the orders."""
    connection = alembic.attributes["connection"]
    command.upgrade(alembic, "c8f30a261237")
    fill(connection)
    command.upgrade(alembic, "72cab9b5d4b8")
    kept = connection.execute(
        sa.text(
            "SELECT p.bank_serial, p.allocated_fen, p.refunded_fen, p.unit_id IS NOT NULL,"
            " p.person_id IS NOT NULL, a.amount_fen, a.order_id = p.order_id,"
            " a.by_id = p.recorded_by_id, a.at = p.recorded_at FROM payment p"
            " LEFT JOIN allocation a ON a.payment_id = p.id ORDER BY p.id"
        )
    ).all()
    assert [tuple(row) for row in kept] == [
        ("S1", 1000, 0, True, False, 1000, True, True, True),
        ("S2", 0, 0, True, False, None, None, None, None),
        ("S3", 3000, 0, False, True, 3000, True, True, True),
        ("S4", 0, 0, False, True, None, None, None, None),
    ]
    people = sa.text(
        'SELECT count(*) FROM payment p JOIN "order" o ON o.id = p.order_id'
        " WHERE p.unit_id = o.unit_id OR p.person_id = o.placed_by_id"
    )
    assert connection.scalar(people) == 4
    connection.rollback()
    command.upgrade(alembic, "head")
    assert differences(connection) == []
    command.downgrade(alembic, "c8f30a261237")
    back = connection.execute(
        sa.text("SELECT bank_serial, state, amount_fen FROM payment ORDER BY id")
    )
    assert [tuple(row) for row in back] == [
        ("S1", "applied", 1000),
        ("S2", "unapplied", 2000),
        ("S3", "applied", 3000),
        ("S4", "unapplied", 4000),
    ]
    connection.rollback()


def test_a_receipt_is_kept_with_what_it_counted_and_not_with_what_took_it_back(alembic: Config):
    connection = alembic.attributes["connection"]
    for statement in (
        "CREATE TABLE fair_sale (id INTEGER, receipt_no VARCHAR(40))",
        "CREATE TABLE credit (id INTEGER, fair_sale_id INTEGER, reverses_id INTEGER,"
        " receipt_no VARCHAR(40))",
        "INSERT INTO fair_sale VALUES (1, ' ñ 1'), (2, 'N2')",
        "INSERT INTO credit VALUES (1, 1, NULL, NULL), (2, 1, 1, NULL), (3, NULL, NULL, NULL)",
    ):
        connection.execute(sa.text(statement))
    revision = ScriptDirectory.from_config(alembic).get_revision("b8d14f6a2c70")
    revision.module._keep_receipts(connection)
    kept = connection.execute(sa.text("SELECT id, receipt_no FROM credit ORDER BY id"))
    assert [tuple(row) for row in kept] == [(1, "Ñ1"), (2, None), (3, None)]
    connection.rollback()


def test_attempts_to_pay_online_are_their_orders_buyers(alembic: Config):
    """Until units paid online, only whoever placed an order could."""
    connection = alembic.attributes["connection"]
    command.upgrade(alembic, "c8f30a261237")
    fill(connection)
    connection.execute(
        sa.text(
            "INSERT INTO checkout (once_key, state, amount_fen, started_at, expires_at, problem,"
            " order_id) SELECT 'k', 'expired', 1000, placed_at, placed_at, '', id"
            " FROM \"order\" WHERE number = 'N3'"
        )
    )
    connection.commit()
    command.upgrade(alembic, "head")
    found = sa.text("SELECT p.login FROM checkout c JOIN person p ON p.id = c.started_by_id")
    assert connection.scalar(found) == "p"
    connection.rollback()
    command.downgrade(alembic, "72cab9b5d4b8")
    assert connection.scalar(sa.text("SELECT order_id IS NOT NULL FROM checkout")) == 1
    connection.rollback()
