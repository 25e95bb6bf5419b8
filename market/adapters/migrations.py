"""Bring the database's tables up to date, with Alembic."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]


def upgrade(engine: sa.Engine) -> None:
    """Run every revision that the database has not seen; the newest database needs none."""
    # Not `begin`: the revisions begin and end their transaction themselves.
    with engine.connect() as connection:
        config = Config(toml_file=ROOT / "pyproject.toml")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
