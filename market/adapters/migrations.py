"""Bring the database's tables up to date, with Alembic."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]


def upgrade(engine: sa.Engine) -> None:
    """Run every revision that the database has not seen; the newest database needs none."""
    # Not `begin`: the revisions begin and end their transaction themselves.
    with engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: sa.Engine) -> bool:
    """Whether the database has seen every revision."""
    with engine.connect() as connection:
        seen = MigrationContext.configure(connection).get_current_heads()
    return set(seen) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    return Config(toml_file=ROOT / "pyproject.toml")
