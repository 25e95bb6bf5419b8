"""``import``: Excel files into units, people or targets, previewed before anything is written."""

from collections.abc import Iterable
from typing import Any

import click
from sqlalchemy.orm import Session

from market.accounts import services as accounts
from market.accounts.models import Person
from market.cli.words import say
from market.core.access import Role
from market.core.errors import Refused
from market.targets import queries as target_queries
from market.targets import services as targets
from market.units import services as units

ALLOWED = {
    "units": (Role.COORDINATOR, Role.ADMIN),
    "people": (Role.COORDINATOR, Role.ADMIN),
    "targets": (Role.COORDINATOR,),
}


def run(session: Session, what: str, content: bytes, *, apply: bool, by: Person) -> None:
    """Show what a file would do, every problem with its row, and do it if ``apply``.

    Refuses a file with problems, and a person whose role may not do this on the site.
    """
    if by.role not in ALLOWED[what]:
        words = "、".join(role.label for role in ALLOWED[what])
        raise Refused(f"“{by.login}”是{by.role.label}；这种导入须由{words}进行。")
    {"units": _units, "people": _people, "targets": _targets}[what](session, content, apply, by)


def _units(session: Session, content: bytes, apply: bool, by: Person) -> None:
    sheet = units.read_units(content)
    preview = units.preview_units(session, sheet)
    _tell(
        preview.problems,
        f"新增 {len(preview.new)}，修改 {len(preview.changed)}，不变 {preview.same}",
    )
    if apply:
        units.import_units(session, sheet, by=by)
        _applied()


def _people(session: Session, content: bytes, apply: bool, by: Person) -> None:
    sheet = accounts.read_people(content)
    preview = accounts.preview_people(session, sheet, by=by)
    _tell(preview.problems, f"新增 {len(preview.new)}")
    if apply:
        made = accounts.import_people(session, sheet, by=by)
        _applied()
        for person, password in made:
            click.echo(f"{person.login},{password}")


def _targets(session: Session, content: bytes, apply: bool, by: Person) -> None:
    preview = target_queries.preview(session, content)
    _tell(preview.problems, f"下达或调整 {len(preview.wishes)}")
    if apply:
        targets.import_targets(session, preview.wishes, by=by)
        _applied()


def _tell(problems: Iterable[Any], what: str) -> None:
    found = list(problems)
    for problem in found:
        say(f"  {problem}")
    if found:
        raise Refused(f"表格有 {len(found)} 处问题，没有导入任何内容；请改好后重新导入。")
    say(f"预览：{what}。")


def _applied() -> None:
    say("已导入。")
