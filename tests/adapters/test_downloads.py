"""Files that people take away have a name, a type, and what they should hold."""

import pytest
from flask import Flask

from market.adapters.downloads import TYPES, download_table
from market.adapters.spreadsheets import Table, to_csv

TABLE = Table(title="台账", note="", columns=[("名称", "text")], rows=[["笋竹"]])


@pytest.mark.parametrize(
    ("kind", "begins"), [("xlsx", b"PK"), ("csv", "\ufeff名称".encode()), ("pdf", b"%PDF")]
)
def test_a_table_is_given_with_a_chinese_name_and_its_type(app: Flask, kind: str, begins: bytes):
    with app.test_request_context():
        answer = download_table(TABLE, kind, "七月台账")
        answer.direct_passthrough = False
        assert answer.data.startswith(begins)
    assert answer.mimetype == TYPES[f".{kind}"]
    assert answer.headers["Content-Type"].count("charset") == (kind == "csv")
    said = answer.headers["Content-Disposition"]
    said.encode("latin-1")
    assert said.startswith("attachment;")
    assert f"%E4%B8%83%E6%9C%88%E5%8F%B0%E8%B4%A6.{kind}" in said


def test_a_name_is_made_of_title_and_day_and_anything_else_is_csv(app: Flask):
    with app.test_request_context():
        answer = download_table(TABLE, "odt")
        answer.direct_passthrough = False
        assert answer.data.decode("utf-8-sig") == to_csv(TABLE)
    assert "%E5%8F%B0%E8%B4%A6_20" in answer.headers["Content-Disposition"]
