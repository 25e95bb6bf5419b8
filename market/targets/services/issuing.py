"""Issue and revise targets; whoever sets one does it here."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_units
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.notices.services import tell
from market.targets.models import AllocationRun, TargetEntry
from market.targets.queries import FIRST_YEAR, LAST_YEAR, Wish, documents_of, target_fen
from market.units.models import Unit, UnitChange, UnitState


@dataclass(frozen=True)
class Paper:
    """The document by which targets are set: number, day, since when it holds, why, and its scan."""

    document_no: str
    document_on: dt.date
    effective_on: dt.date
    reason: str = ""
    attachment: Attachment | None = None

    def check(self) -> None:
        """Refuse one without a number, with too long a one, or dated in days to come."""
        if not self.document_no:
            raise Refused("请填写下达文件的文号，目标凭文件下达。", field="document_no")
        if len(self.document_no) > 60:
            raise Refused("文号最多 60 个字。", field="document_no")
        if self.document_on > clock.today():
            raise Refused(
                f"发文日期 {self.document_on} 晚于今天（{clock.today()}），请核对。",
                field="document_on",
            )


@dataclass(frozen=True)
class Setting:
    """What a unit's target of a year is and becomes; ``is_first`` where it has no entry yet."""

    unit: Unit
    now_fen: int
    amount_fen: int
    is_first: bool


def issue_target(
    session: Session,
    unit: Unit,
    *,
    year: int,
    amount_fen: int,
    document_no: str,
    document_on: dt.date,
    reason: str = "",
    attachment: Attachment | None = None,
    effective_on: dt.date | None = None,
    seen_fen: int | None = None,
    by: Person,
) -> TargetEntry:
    """Set a unit's target of a year to ``amount_fen``, and tell the unit.

    The first is the issue (下达), a later one a revision (调整) that writes only the
    difference: nothing is overwritten. Without ``effective_on`` it holds since the
    document's day. Only a coordinator may. Refuses a year outside 2018–2100, a negative
    amount or a first one of zero, the amount it has already, a revision without a
    reason, a document without a number, with a date to come, or used before for this
    unit and year, a higher target for a unit that is closed, and, where ``seen_fen``
    says what the person saw, a target that has changed since.
    """
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以下达和调整任务，请联系统筹协调。")
    document_no, reason = document_no.strip(), reason.strip()
    paper = Paper(document_no, document_on, effective_on or document_on, reason, attachment)
    _check_amount(year, amount_fen)
    paper.check()
    take_units(session, [unit.id])
    now_fen = target_fen(session, unit.id, year)
    used = documents_of(session, unit.id, year)
    name = f"“{unit.name}”{year}年的目标"
    if seen_fen is not None and seen_fen != now_fen:
        raise Refused(
            f"{name}刚被改为 {money.yuan(now_fen)} 元（您看到的是 {money.yuan(seen_fen)} 元），"
            "请核对后重新提交。",
            field="amount_fen",
        )
    if document_no in used:
        raise Refused(
            f"文号“{document_no}”已用于{name}，调整目标请填写新的文号。", field="document_no"
        )
    if amount_fen == now_fen:
        said = (
            f"{name}已经是 {money.yuan(now_fen)} 元，没有变化。"
            if used
            else f"首次下达{name}必须大于 0 元。"
        )
        raise Refused(said, field="amount_fen")
    if used and not reason:
        raise Refused(
            f"{name}现为 {money.yuan(now_fen)} 元，调整为 {money.yuan(amount_fen)} 元须说明原因。",
            field="reason",
        )
    if unit.state is UnitState.CLOSED and amount_fen > now_fen:
        raise Refused(f"“{unit.name}”已撤销，不能再下达或调高目标，只能调低。", field="amount_fen")
    setting = Setting(unit, now_fen, amount_fen, is_first=not used)
    return write_targets(session, [setting], year=year, paper=paper, by=by)[0]


def take_units(session: Session, unit_ids: Iterable[int]) -> None:
    """Wait for whoever is setting the target of one of these units; the next one waits for us.

    In the order of ids, so that two can't wait for each other.
    """
    rows = sa.select(Unit.id).where(Unit.id.in_(list(unit_ids))).order_by(Unit.id)
    session.execute(rows.with_for_update(key_share=True)).all()


def write_targets(
    session: Session,
    settings: Sequence[Setting],
    *,
    year: int,
    paper: Paper,
    run: AllocationRun | None = None,
    change: UnitChange | None = None,
    by: Person,
) -> list[TargetEntry]:
    """Write the differences that set these targets, and tell each unit once.

    The callers have taken the units and asked what must be asked.
    """
    entries = [
        TargetEntry(
            unit_id=setting.unit.id,
            year=year,
            change_fen=setting.amount_fen - setting.now_fen,
            document_no=paper.document_no,
            document_on=paper.document_on,
            effective_on=paper.effective_on,
            reason=paper.reason,
            attachment_id=paper.attachment.id if paper.attachment else None,
            run_id=run.id if run else None,
            unit_change_id=change.id if change else None,
            by_id=by.id,
        )
        for setting in settings
    ]
    session.add_all(entries)
    session.flush()
    people = people_of_units(session, [setting.unit.id for setting in settings], *UNIT_BUYERS)
    for setting, entry in zip(settings, entries, strict=True):
        record(
            session,
            "target.issued" if setting.is_first else "target.revised",
            entry,
            by=by,
            unit=setting.unit.code,
            year=year,
            change_fen=entry.change_fen,
            target_fen=setting.amount_fen,
            document_no=paper.document_no,
            document_on=paper.document_on.isoformat(),
        )
        deed = "下达：" if setting.is_first else "调整为"
        tell(
            session,
            people.get(setting.unit.id, ()),
            f"{year}年采购目标{deed} {money.yuan(setting.amount_fen)} 元（{paper.document_no}）。",
            path=f"/units/{setting.unit.code}/completion?year={year}",
        )
    return entries


def import_targets(session: Session, wishes: Sequence[Wish], *, by: Person) -> int:
    """Issue or revise many targets, all or none, and return how many changed.

    Refuses like ``issue_target``, naming the unit; a row whose target is that already
    is passed over. The caller rolls back on a refusal.
    """
    count = 0
    # In the order of ids, so that two imports at once can't wait for each other.
    for wish in sorted(wishes, key=lambda wish: (wish.unit_id, wish.year)):
        if not wish.change_fen:
            continue
        issue_target(
            session,
            session.get_one(Unit, wish.unit_id),
            year=wish.year,
            amount_fen=wish.amount_fen,
            document_no=wish.document_no,
            document_on=wish.document_on,
            reason=wish.reason,
            seen_fen=wish.seen_fen,
            by=by,
        )
        count += 1
    if not count:
        raise Refused("文件中的目标与现有目标完全相同，没有需要写入的内容。")
    return count


def _check_amount(year: int, amount_fen: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"年度须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。", field="year")
    if amount_fen < 0:
        raise Refused("目标不能小于 0 元。", field="amount_fen")
    if amount_fen > money.MOST_FEN:
        raise Refused(
            f"目标过大，最多 {money.yuan(money.MOST_FEN)} 元，请检查是否多输了几位。",
            field="amount_fen",
        )
