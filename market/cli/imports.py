"""``import``: Excel files into units, people or targets, and banks' files, previewed before anything is written."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from market.accounts import services as accounts
from market.accounts.models import Person
from market.adapters.files import Files
from market.adapters.spreadsheets import check_name
from market.cli.words import progress, say, walk
from market.core import money
from market.core.access import Role
from market.core.errors import Refused
from market.payments.queries.bank import bank_format_named, bank_formats
from market.payments.services import RECORDERS
from market.payments.services.bank_formats import Mapping
from market.payments.services.bank_import import import_steps, preview_file
from market.payments.services.bank_reading import reading_steps
from market.targets import queries as target_queries
from market.targets import services as targets
from market.units import services as units

Steps = Iterator[Sequence[Any]]

ALLOWED = {
    "units": (Role.COORDINATOR, Role.ADMIN),
    "people": (Role.COORDINATOR, Role.ADMIN),
    "targets": (Role.COORDINATOR,),
}


def run_bank(
    session: Session,
    files: Files,
    content: bytes,
    *,
    name: str,
    form_name: str,
    apply: bool,
    by: Person,
) -> None:
    """Show what a bank's file would bring, every problem with its row, and take it over if ``apply``."""
    if by.role not in RECORDERS:
        words = "、".join(role.label for role in RECORDERS)
        raise Refused(f"“{by.login}”是{by.role.label}；这种导入须由{words}进行。")
    form = bank_format_named(session, form_name)
    if form is None:
        known = "、".join(one.name for one in bank_formats(session)) or "还没有保存任何格式"
        raise Refused(f"没有名为“{form_name}”的银行格式（{known}）；请先在网页上保存格式。")
    check_name(name, content)
    copy = Mapping.of(form).form()
    session.rollback()  # Reading takes seconds, and nothing is asked of the database meanwhile.
    sheet = walk(reading_steps(content, copy), "读取")
    preview = preview_file(session, content, sheet, by=by)
    if sheet.problems:
        raise Refused(
            "\n".join(map(str, sheet.problems))
            + f"\n文件有 {len(sheet.problems)} 处问题，没有导入任何一笔；请核对后重新导入。"
        )
    say(
        f"新的到账 {len(preview.new)} 笔，共 {money.yuan(preview.new_fen)} 元；"
        f"以前已有 {preview.known_count} 笔，支出 {sheet.out_count} 笔，零金额 {sheet.empty_count} 笔。"
    )
    for row, known_row in preview.differing:
        say(
            f"第 {row.number} 行流水号 {row.serial} 以前登记的是 {known_row.paid_on} "
            f"{money.yuan(known_row.amount_fen)} 元，与文件不同，请核对。"
        )
    if not apply:
        return
    form = bank_format_named(session, form_name)
    assert form is not None
    steps = import_steps(session, files, content, sheet, form, name=name, by=by)
    file = walk(steps, "导入")
    say(f"已导入 {file.new_count} 笔；请在网页“转账核对”中确认，确认前不通知付款人。")


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
