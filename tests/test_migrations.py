"""The revisions lead from an empty database to the models, and back, on both databases."""

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
