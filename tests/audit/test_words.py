"""Every deed that a service records, and every fact beside it, has a Chinese name on the page."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from market.funds.services.decisions import PAST
from market.ordering.models import ClaimState

SERVICES = sorted((Path(__file__).parents[2] / "market").rglob("*.py"))


def test_every_deed_has_a_name_and_every_name_a_deed(app: Flask) -> None:
    names = app.jinja_env.get_template("audit/_deeds.html").module.DEEDS  # type: ignore[attr-defined]
    recorded = {deed for path in SERVICES for deed in deeds_in(path)}
    answers = {f"claim.{state}" for state in ClaimState if state is not ClaimState.OPEN}
    decisions = {f"fund.{word}" for word in PAST.values()}
    assert set(names) == recorded | answers | decisions


def test_every_fact_has_a_name_and_every_name_a_fact(app: Flask) -> None:
    names = app.jinja_env.get_template("audit/_deeds.html").module.FACTS  # type: ignore[attr-defined]
    recorded = {
        keyword.arg
        for path in SERVICES
        for call in records_in(path)
        for keyword in call.keywords
        if keyword.arg not in (None, "by")  # A dictionary of facts has no name of its own.
    }
    assert set(names) == recorded | {"earmark", "file", "password_kept_anew"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("total_fen", 1075300, "合计 10,753.00 元"),
        ("from_milli", 2500, "原数量 2.5"),
        ("is_public", True, "公开 是"),
        ("is_public", False, "公开 否"),
        ("short_rest", None, "余量处理 —"),
        ("order", "2611275082185", "订单 2611275082185"),
        ("unknown", [1, 2], "unknown [1, 2]"),
    ],
)
def test_a_fact_is_written_as_people_write_it(
    app: Flask, name: str, value: object, words: str
) -> None:
    macro = app.jinja_env.get_template("audit/_deeds.html").module.fact  # type: ignore[attr-defined]
    assert macro(name, value).striptags() == words


def deeds_in(path: Path) -> Iterator[str]:
    for call in records_in(path):
        for part in ast.walk(call.args[1]):
            # Not the parts of f"claim.{…}", which are the states of a claim.
            if isinstance(part, ast.Constant) and not isinstance(call.args[1], ast.JoinedStr):
                yield str(part.value)


def records_in(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
            yield node
