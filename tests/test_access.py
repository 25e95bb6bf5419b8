"""The table of who may call what is what the views declare."""

from tests.access_table import PATH, table


def test_the_printed_table_is_true(app):
    assert PATH.read_text("utf-8") == table(app), "run: python -m tests.access_table"
