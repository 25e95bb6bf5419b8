"""The rules of the house, checked; docs/architecture.md says why each is there."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from market.core.db import Model, UTCDateTime

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES = 400

# Written so that this file doesn't name what it looks for.
PLACES = re.compile(
    r"py(?:pi|thonhosted)\.org|regis(?:try)\.npmjs|(?:deb|security)\.deb(?:ian)"
    r"|(?:^|[^\w.])/(?:home|root|Users|work|farm)/",
    re.MULTILINE,
)
# Services that record nothing themselves.
SILENT = {
    "they only look or wait": {
        "check_twins",
        "check_year",
        "refuse_halted",
        "claim_product",
        "effect_of",
        "held_moves",
        "hold_of",
        "left_of",
        "moves_for",
        "preview_file",
        "preview_people",
        "preview_steps",
        "preview_units",
        "take_earmarks",
        "take_fair",
        "take_pair",
        "take_statement",
        "take_units",
        "new_refund_number",
        "take_turn",
        "wait_for_turn",
    },
    "they are part of a deed that their caller records": {
        "credit",
        "forget_attachment",
        "reverse_credit",
        "hold",
        "keep_step",
        "move_seen_step",
        "note_sale",
        "open_next_year",
        "post",
        "release",
        "resolve",
        "return_stock",
        "settle_year",
        "take_in_returned",
        "take_stock",
        "tell",
        "tell_buyer",
        "tell_desk",
        "tell_suppliers",
        "write",
    },
    "what it writes is itself the record": {"record_all", "seal"},
}
INLINE = {
    "a style attribute": re.compile(r"[\s(,]style="),
    "a <style> element": re.compile(r"<style\b"),
    "a script of its own": re.compile(r"<script\b(?![^>]*\bsrc\s*=)"),
    "an on… attribute": re.compile(r"\s(?:hx-)?on[a-z:-]+\s*=\s*[\"']"),
}


def named(*patterns: str) -> list[Path]:
    """Return the project's own files of these names, tracked or about to be."""
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    answer = subprocess.run(
        [*listed, "--exclude-standard", *patterns], cwd=ROOT, capture_output=True, check=True
    )
    names = sorted(set(answer.stdout.decode().split("\0")) - {""})
    return [Path(name) for name in names if (ROOT / name).is_file()]


MODULES = named("market/*.py", "tests/*.py", "migrations/env.py", "frontend/*.py", ":(glob)*.py")
OURS = [path for path in MODULES if path.parts[0] == "market"]
SERVICES = [path for path in OURS if "services" in (path.stem, path.parent.name)]
TEMPLATES = named("templates/*.html")
TEXTS = [path for path in named() if path.parts[:2] not in {("static", "vendor")}]


@cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def public_functions(path: Path) -> list[ast.FunctionDef]:
    return [
        node
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def calls_in(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Give each call with the dotted name that is called, as far as it is one."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield ast.unparse(call.func), call


def of_each(paths: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Let a rule be held by each of these files; it names those that break it."""

    def held_by_each(rule: Callable[[Path], None]) -> Callable[[], None]:
        def hold() -> None:
            broken = []
            for path in paths:
                try:
                    rule(path)
                except AssertionError as fault:
                    broken.append(f"{path}: {fault}")
            assert not broken, "\n".join(broken)

        hold.__name__ = rule.__name__
        return hold

    return held_by_each


@of_each(OURS)
def test_a_module_is_short_enough_to_read(path):
    assert len(text_of(path).splitlines()) <= MOST_LINES


@of_each(MODULES)
def test_a_module_says_what_belongs_in_it(path):
    empty_package = path.parts[0] == "tests" and not text_of(path)
    assert empty_package or ast.get_docstring(tree_of(path))


def test_every_route_declares_who_may_call_it(app: Flask):
    undeclared = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "roles")
    }
    assert undeclared == set()


@of_each(SERVICES)
def test_a_service_says_what_it_does(path):
    assert [f.name for f in public_functions(path) if not ast.get_docstring(f)] == []


@of_each(SERVICES)
def test_a_service_takes_the_session_first(path):
    # One that takes none can only compute: the next test keeps it from the database.
    for function in public_functions(path):
        names = [name.arg for name in ast.walk(function.args) if isinstance(name, ast.arg)]
        assert "session" not in names[1:], function.name


@of_each(OURS)
def test_only_views_and_commands_use_the_session_of_the_request(path):
    if {"app", "cli", "views"} & {*path.parts, path.stem} or path == Path("market/core/db.py"):
        return
    taken = [
        name.name
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "market.core.db"
        for name in node.names
    ]
    assert "db" not in taken


@of_each(SERVICES)
def test_a_service_never_commits(path):
    assert [name for name, _ in calls_in(tree_of(path)) if name.endswith(".commit")] == []


@of_each(SERVICES)
def test_a_service_that_records_is_told_by_whom(path):
    for function in public_functions(path):
        told = "by" in [argument.arg for argument in function.args.kwonlyargs]
        for name, call in calls_in(function):
            if name.split(".")[-1] == "record":
                by_nobody = "by=None" in [ast.unparse(keyword) for keyword in call.keywords]
                assert told or by_nobody, function.name


def test_a_service_records_what_it_changes():
    """Fails for a service that neither records, nor calls one that does, and isn't named above."""
    functions = {
        (path, node.name): node
        for path in SERVICES
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef)
    }
    public = {name: (path, name) for path, name in functions if not name.startswith("_")}
    called = {
        (path, name): {
            (path, word) if (path, word) in functions else public.get(word, word)
            for word, _ in calls_in(node)
        }
        for (path, name), node in functions.items()
    }
    recording, more = set(), {public["record"]}
    while more:
        recording |= more
        more = {key for key, callees in called.items() if callees & recording} - recording
    silent = {
        name
        for name, key in public.items()
        if key not in recording and [a.arg for a in functions[key].args.args][:1] == ["session"]
    }
    assert silent == set().union(*SILENT.values())


@of_each(OURS)
def test_a_state_changes_only_through_move(path):
    if path == Path("market/core/states.py"):
        return
    tree = tree_of(path)
    stored = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "state"
        and isinstance(node.ctx, ast.Store)
    ]
    updated = [
        call.lineno
        for name, call in calls_in(tree)
        if name.endswith(".values") and "update(" in name
        if any(keyword.arg == "state" for keyword in call.keywords)
    ]
    assert stored + updated == []


@of_each(OURS)
def test_the_time_is_asked_of_the_clock(path):
    if path == Path("market/core/clock.py"):
        return
    asked = re.compile(r"(?:^|\.)(?:datetime|date|func)\.(?:now|utcnow|today)$|^time\.time$")
    assert [name for name, _ in calls_in(tree_of(path)) if asked.search(name)] == []


@of_each(OURS)
def test_nothing_is_counted_in_floats(path):
    # Spreadsheets hold nothing else; the adapter turns them into exact numbers.
    if path.parts[:2] == ("market", "adapters"):
        return
    assert [name for name, _ in calls_in(tree_of(path)) if name == "float"] == []


def columns() -> list[sa.Column]:
    return [column for table in Model.metadata.sorted_tables for column in table.columns]


def test_columns_of_money_and_quantity_are_big_integers():
    amounts = [column for column in columns() if column.name.endswith(("_fen", "_milli"))]
    assert amounts
    assert [str(column) for column in amounts if not isinstance(column.type, sa.BigInteger)] == []


def test_no_column_is_a_float_or_a_decimal():
    assert [str(column) for column in columns() if isinstance(column.type, sa.Numeric)] == []


def test_a_column_says_whether_it_is_an_instant_or_a_date():
    wrong = [
        str(column)
        for column in columns()
        if isinstance(column.type, UTCDateTime) != (column.name.split("_")[-1] == "at")
        or (column.name.endswith("_on") and not isinstance(column.type, sa.Date))
    ]
    assert wrong == []


def test_every_state_has_a_whole_table_of_moves():
    for mapper in Model.registry.mappers:
        if "state" in mapper.columns:
            states = mapper.columns["state"].type.enum_class
            assert mapper.class_.MOVES.keys() == set(states), mapper.class_


@of_each(TEMPLATES)
def test_a_template_leaves_style_and_script_to_files(path):
    text = text_of(path)
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []


def test_no_file_names_a_registry_or_a_place_on_one_machine():
    found = []
    for path in TEXTS:
        try:
            text = text_of(path)
        except UnicodeDecodeError:
            continue  # A picture.
        found += [f"{path}: {match.group()}" for match in PLACES.finditer(text)]
    assert found == []


def test_every_room_is_held_to_the_import_contracts():
    rooms = {f"market.{path.parts[1]}" for path in OURS if len(path.parts) > 2}
    tools = tomllib.loads(text_of(Path("pyproject.toml")))["tool"]
    contracts = tools["importlinter"]["contracts"]
    inside = next(set(c["containers"]) for c in contracts if c["name"].startswith("Inside"))
    outside = next(set(c["source_modules"]) for c in contracts if "outside" in c["name"])
    assert inside == rooms - {"market.adapters", "market.app", "market.cli", "market.core"}
    assert outside == rooms - {"market.adapters"}


def test_every_dependency_is_pinned_and_none_by_address():
    pinned = re.findall(r"^([\w.-]+)==", text_of(Path("constraints.txt")), re.MULTILINE)
    project = tomllib.loads(text_of(Path("pyproject.toml")))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.match(r"[\w.-]+", requirement).group().lower() for requirement in wanted}
    assert names - set(pinned) == set()
    assert not re.search(r"://|@", text_of(Path("constraints.txt")))
