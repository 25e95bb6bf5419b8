"""``import``: Excel files into units, people or targets, previewed before anything is written."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from market.accounts import services as accounts
from market.accounts.models import Person
from market.cli.words import progress, say
from market.core.access import Role
from market.core.errors import Refused
from market.targets import queries as target_queries
from market.targets import services as targets
from market.units import services as units

Steps = Iterator[Sequence[Any]]

ALLOWED = {
    "units": (Role.COORDINATOR, Role.ADMIN),
    "people": (Role.COORDINATOR, Role.ADMIN),
    "targets": (Role.COORDINATOR,),
}


def run(session: Session, what: str, content: bytes, *, apply: bool, by: Person) -> list[str]:
    """Show what a file would do, every problem with its row, and do it if ``apply``.

    Returns what is to be told once it is committed: the one-time passwords of new
    people. Refuses a file with problems, and a person who may not do this on the site.
    """
    if by.role not in ALLOWED[what]:
        words = "、".join(role.label for role in ALLOWED[what])
        raise Refused(f"“{by.login}”是{by.role.label}；这种导入须由{words}进行。")
    told: list[str] = []
    steps = {"units": _units, "people": _people, "targets": _targets}[what]
    with progress(steps(session, content, by, told), "导入", length=2 + apply) as bar:
        for number, problems in enumerate(bar, start=1):
            if problems:
                raise Refused(
                    "\n".join(map(str, problems))
                    + f"\n表格有 {len(problems)} 处问题，没有导入任何内容；请改好后重新导入。"
                )
            if number == 2 and not apply:
                break
    say(f"{'已导入' if apply else '预览'}：{told.pop(0)}。")
    return told


# Each of these reads, then compares, then writes, and stops after each step to be seen.


def _units(session: Session, content: bytes, by: Person, told: list[str]) -> Steps:
    sheet = units.read_units(content)
    yield ()
    preview = units.preview_units(session, sheet)
    told.append(f"新增 {len(preview.new)}，修改 {len(preview.changed)}，不变 {preview.same}")
    yield preview.problems
    units.import_units(session, sheet, by=by)
    yield ()


def _people(session: Session, content: bytes, by: Person, told: list[str]) -> Steps:
    sheet = accounts.read_people(content)
    yield ()
    preview = accounts.preview_people(session, sheet, by=by)
    told.append(f"新增 {len(preview.new)}，修改 {len(preview.changed)}，不变 {preview.same}")
    yield preview.problems
    made = accounts.import_people(session, sheet, by=by)
    told += [f"{person.login},{password}" for person, password in made]
    yield ()


def _targets(session: Session, content: bytes, by: Person, told: list[str]) -> Steps:
    yield ()
    preview = target_queries.preview(session, content)
    told.append(f"下达或调整 {len(preview.wishes)}")
    yield preview.problems
    targets.import_targets(session, preview.wishes, by=by)
    yield ()
