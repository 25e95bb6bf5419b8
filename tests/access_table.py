"""Write docs/access.md: every address, and who may call it. ``python -m tests.access_table``."""

from pathlib import Path

from flask import Flask

from market.app import create_app
from market.core.access import Role

PATH = Path(__file__).parents[1] / "docs" / "access.md"
HEAD = """# Who may call what

Written by `python -m tests.access_table` from the declarations on the views; a test compares. ● may call, ○ may only
read (GET). Which rows a person then sees is decided by `queries.*_for(session, person, …)`; to a stranger they do not exist (404).

"""


def table(app: Flask) -> str:
    """Return the table of URL × role, as Markdown."""
    titles = ["address", "methods", "everyone", *(role.label for role in Role)]
    lines = ["| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    for rule in sorted(rules, key=lambda rule: (rule.rule, rule.endpoint, sorted(rule.methods))):
        methods = sorted(rule.methods - {"HEAD", "OPTIONS"})
        view = app.view_functions[rule.endpoint]
        cells = ["●" if view.roles is None else ""]
        for role in Role:
            cells.append(_mark(view, role, methods))
        lines.append(f"| `{rule.rule}` | {' '.join(methods)} | " + " | ".join(cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


def _mark(view: object, role: Role, methods: list[str]) -> str:
    if view.roles is None:
        return "●"
    if role not in view.roles:
        return ""
    if role is not Role.INSPECTOR or view.personal or methods == ["GET"]:
        return "●"
    return "○" if "GET" in methods else ""


if __name__ == "__main__":
    PATH.write_text(table(create_app({"SECRET_KEY": "x"})), "utf-8")
