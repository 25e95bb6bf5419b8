"""Write down that units merged, split or ended, and which follow them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.audit.services import record
from market.core import clock
from market.core.db import Model
from market.core.errors import Refused
from market.units.models import ChangeKind, Unit, UnitChange, UnitChangePart, UnitState
from market.units.services.register import close_unit


@dataclass(frozen=True)
class Changed:
    """What became of units, since which day, by which document, and why."""

    kind: ChangeKind
    happened_on: dt.date
    document_no: str
    document_on: dt.date
    reason: str

    def check(self) -> None:
        """Refuse a day to come or of an earlier year, and a document without number or reason."""
        today = clock.today()
        if self.happened_on > today or self.happened_on.year != today.year:
            raise Refused(
                f"变动日期须在 {today.year}-01-01 至今天（{today}）之间；以前年度的数不再改动。",
                field="happened_on",
            )
        if self.document_on > today:
            raise Refused(
                f"发文日期 {self.document_on} 晚于今天（{today}），请核对。", field="document_on"
            )
        for text, most, word, field in (
            (self.document_no, 60, "文号", "document_no"),
            (self.reason, 200, "原因", "reason"),
        ):
            if not text.strip():
                raise Refused(f"请填写{word}，单位变动凭文件办理。", field=field)
            if len(text) > most:
                raise Refused(f"{word}最多 {most} 个字。", field=field)


def write_change(
    session: Session,
    change: Changed,
    *,
    before: Sequence[Unit],
    after: Sequence[Unit],
    closes: bool,
    by: Model,
) -> UnitChange:
    """Write down what became of ``before`` and that ``after`` follow; ``closes`` ends the former.

    Refuses a unit named twice or on both sides, one that is closed already, and what
    ``close_unit`` refuses.
    """
    change.check()
    everyone = [*before, *after]
    for unit in everyone:
        if everyone.count(unit) > 1:
            raise Refused(
                f"“{unit.name}”（{unit.code}）出现了两次，请改为不同的单位。", field="after"
            )
        session.refresh(unit, ["state"])
        if unit.state is UnitState.CLOSED:
            raise Refused(
                f"“{unit.name}”（{unit.code}）已撤销，请选择未撤销的单位。", field="after"
            )
    made = UnitChange(
        kind=change.kind,
        happened_on=change.happened_on,
        document_no=change.document_no.strip(),
        document_on=change.document_on,
        reason=change.reason.strip(),
        by_id=by.id,
        parts=[
            *(UnitChangePart(unit=unit, is_successor=False) for unit in before),
            *(UnitChangePart(unit=unit, is_successor=True) for unit in after),
        ],
    )
    session.add(made)
    session.flush()
    for unit in everyone:
        record(
            session,
            {
                ChangeKind.MERGED: "unit.merged",
                ChangeKind.SPLIT: "unit.split",
                ChangeKind.CLOSED: "unit.ended",
            }[change.kind],
            unit,
            by=by,
            before=[one.code for one in before],
            after=[one.code for one in after],
            document_no=made.document_no,
            on=made.happened_on.isoformat(),
        )
    if closes:
        for unit in before:
            close_unit(session, unit, by=by)
    return made
