"""Every deed that a service records has a Chinese name on the page."""

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from market.ordering.models import ClaimState

SERVICES = sorted((Path(__file__).parents[2] / "market").rglob("*.py"))


def test_every_deed_has_a_name_and_every_name_a_deed(app: Flask) -> None:
    names = app.jinja_env.get_template("audit/_deeds.html").module.DEEDS  # type: ignore[attr-defined]
    recorded = {deed for path in SERVICES for deed in deeds_in(path)}
    answers = {f"claim.{state}" for state in ClaimState if state is not ClaimState.OPEN}
    assert set(names) == recorded | answers


def deeds_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
            for part in ast.walk(node.args[1]):
                # Not the parts of f"claim.{…}", which are the states of a claim.
                if isinstance(part, ast.Constant) and not isinstance(node.args[1], ast.JoinedStr):
                    yield str(part.value)
