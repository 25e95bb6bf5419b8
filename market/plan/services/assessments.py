"""Assess a year of a project (绩效自评): written by its offices, confirmed by the lead's coordinator."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock, quantity
from market.core.access import Role
from market.core.db import BY_ID
from market.core.errors import Refused, Several, reason_of
from market.core.states import move, move_seen
from market.notices.services import tell
from market.plan.models import (
    EDITABLE,
    LINES_MILLI,
    PLAN_YEAR,
    Aspect,
    Assessment,
    AssessmentLine,
    AssessmentState,
    Project,
)
from market.plan.queries.assessments import assessment_of
from market.plan.queries.knowing import made_before
from market.plan.queries.progress import departments_of, may_check, may_report_project

MOST_LINES = 30
TEXTS = {"name": ("三级指标", 60), "target": ("指标值", 60), "actual": ("实际值", 60)}
FACTS = {"leader": ("负责人", 40), "phone": ("电话", 40), "goal": ("年度目标", 500)}
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


@dataclass(frozen=True)
class Wanted:
    """One indicator as it is told; points in thousandths, nothing where it is left out."""

    aspect: Aspect | None = None
    name: str = ""
    target: str = ""
    worth_milli: int | None = None
    actual: str = ""
    score_milli: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Assessed:
    """What an assessment says; ``correction`` says what a later edition mends."""

    leader: str
    phone: str
    goal: str
    lines: Sequence[Wanted]
    correction: str = ""


class Incomplete(Several):
    """Several things are wrong; ``each`` has a sentence beside its field.

    A field of an indicator is named by its place and name: ``lines-0-score_milli``.
    """


def write_assessment(
    session: Session,
    project: Project,
    year: int,
    told: Assessed,
    *,
    seen: int,
    submits: bool,
    once_key: str,
    by: Person,
) -> Assessment:
    """Keep an assessment as a draft, or submit it and tell those who may confirm it.

    ``seen`` is the version that it was written upon, 0 for the first. A confirmed one stays;
    writing upon it begins an edition that names it, and must say what it corrects. The same
    one-time key writes once. Refuses another agency's project, what is over a limit, and
    for submitting what is incomplete or doesn't come to 100 points with 预算执行率.
    """
    known = made_before(session, Assessment, once_key)
    if known is not None:
        return known
    if not may_report_project(project, by):
        answers = "、".join(departments_of(project))
        raise Refused(f"这个项目的绩效由责任单位（{answers}）的人员自评，请联系他们。")
    if not PLAN_YEAR <= year <= clock.today().year:
        raise Refused(f"年度须在 {PLAN_YEAR} 至 {clock.today().year} 之间。")
    held = assessment_of(session, project, year)
    corrects = held is not None and (
        held.state is AssessmentState.CONFIRMED or held.replaces_id is not None
    )
    faults = [*_faults(told, whole=submits, corrects=corrects)]
    if faults:
        raise Incomplete(faults)
    if (held.version if held else 0) != seen:
        raise _overtaken()
    if held is not None and held.state is AssessmentState.SUBMITTED:
        raise Refused("这份自评已提交待确认，需要修改请牵头单位先退回。")
    if held is None or held.state is AssessmentState.CONFIRMED:
        held = _begin(session, project, year, held, once_key=once_key, by=by)
    _write(session, held, told, seen=seen, submits=submits, once_key=once_key, by=by)
    record(
        session,
        "assessment.submitted" if submits else "assessment.written",
        held,
        by=by,
        project=project.number,
        year=held.year,
        edition=held.edition,
        version=held.version,
    )
    if submits:
        words = f"{_called(held)}待确认。"
        able = [one for one in people_in_role(session, Role.COORDINATOR) if may_check(held, one)]
        tell(session, able, words, path=_path(held))
    return held


def confirm_assessment(session: Session, held: Assessment, *, version: int, by: Person) -> None:
    """Say that an assessment is right: from now on it stands in the table.

    Refuses its maker, who doesn't coordinate for the clause's lead, and a version that
    is not the one that was seen.
    """
    _check_confirmer(held, by)
    told = {"confirmed_by_id": by.id, "confirmed_at": clock.now(), "answer": ""}
    move_seen(session, held, AssessmentState.CONFIRMED, version=version, called="这份自评", **told)
    session.expire(held, ["confirmed_by"])
    record(session, "assessment.confirmed", held, by=by, **_told(held))
    tell(session, [held.made_by], f"{_called(held)}已确认，列入绩效自评表。", path=_path(held))


def return_assessment(
    session: Session, held: Assessment, *, version: int, answer: str, by: Person
) -> None:
    """Send an assessment back with what is wrong."""
    _check_confirmer(held, by)
    answer = reason_of(answer, "退回原因")
    move_seen(
        session, held, AssessmentState.RETURNED, version=version, called="这份自评", answer=answer
    )
    record(session, "assessment.returned", held, by=by, **_told(held))
    tell(session, [held.made_by], f"{_called(held)}被退回：{answer}", path=_path(held))


def _begin(
    session: Session,
    project: Project,
    year: int,
    old: Assessment | None,
    *,
    once_key: str,
    by: Person,
) -> Assessment:
    """Begin the first edition of a year, or the one after a confirmed one; of two at once, one."""
    held = Assessment(
        once_key=once_key,
        version=old.version if old else 0,
        year=year,
        edition=old.edition + 1 if old else 1,
        project=project,
        replaces_id=old.id if old else None,
        made_by=by,
    )
    try:
        with session.begin_nested():
            session.add(held)
            session.flush()
    except sa.exc.IntegrityError:  # Somebody else began it at the same moment.
        raise _overtaken() from None
    return held


def _write(
    session: Session,
    held: Assessment,
    told: Assessed,
    *,
    seen: int,
    submits: bool,
    once_key: str,
    by: Person,
) -> None:
    """Write what is told over a draft that is still what was seen."""
    values: dict[str, Any] = {name: getattr(told, name).strip() for name in FACTS}
    values |= {
        "correction": told.correction.strip() if held.replaces_id is not None else "",
        "version": seen + 1,
        "once_key": once_key,
        "made_by_id": by.id,
        "written_at": clock.now(),
    }
    is_seen = Assessment.version == seen
    if submits:
        move(session, held, AssessmentState.SUBMITTED, is_seen, **values)
    else:
        still = sa.update(Assessment).where(
            Assessment.id == held.id, Assessment.state.in_(EDITABLE), is_seen
        )
        change = still.values(**values).returning(Assessment.id).execution_options(**BY_ID)
        if session.scalar(change) is None:
            raise _overtaken()
    session.expire(held, ["made_by"])
    held.lines.clear()
    session.flush()  # The old ones go first: the order of the ids is that of the lines.
    held.lines += [
        AssessmentLine(
            aspect=line.aspect,
            worth_milli=line.worth_milli,
            score_milli=line.score_milli,
            reason=line.reason.strip(),
            **{name: getattr(line, name).strip() for name in TEXTS},
        )
        for line in told.lines
    ]
    session.flush()


def _faults(told: Assessed, *, whole: bool, corrects: bool) -> Iterator[Refused]:
    """Name what may not be written, and with ``whole`` what is missing, beside its field."""
    for field, (what, most) in FACTS.items():
        words = getattr(told, field).strip()
        if len(words) > most:
            yield Refused(f"{what}最多 {most} 个字，现在 {len(words)} 个字。", field=field)
        elif whole and not words:
            yield Refused(f"请填写{what}，最多 {most} 个字。", field=field)
    if _MOBILE.search(re.sub(r"[\s-]", "", told.phone)):
        yield Refused("请填办公电话，例如 023-00000000；不要填个人手机号码。", field="phone")
    if len(told.correction.strip()) > 200 or (corrects and whole and not told.correction.strip()):
        yield Refused("请写明更正了什么、为什么，最多 200 个字。", field="correction")
    if len(told.lines) > MOST_LINES:
        yield Refused(
            f"最多 {MOST_LINES} 条指标，现在 {len(told.lines)} 条，请合并后再提交。", field="lines"
        )
    for place, line in enumerate(told.lines):
        for field, words in _line_faults(line, whole=whole):
            yield Refused(words, field=f"lines-{place}-{field}")
    come_to = sum(line.worth_milli or 0 for line in told.lines)
    if whole and come_to != LINES_MILLI:
        gap = quantity.show(abs(LINES_MILLI - come_to))
        yield Refused(
            f"各条指标的分值合计 {quantity.show(come_to)} 分，应为 {quantity.show(LINES_MILLI)} 分"
            f"（预算执行率另占 10 分，共 100 分），{'还差' if come_to < LINES_MILLI else '多了'}"
            f" {gap} 分，请调整分值。",
            field="lines",
        )


def _line_faults(line: Wanted, *, whole: bool) -> Iterator[tuple[str, str]]:
    if whole and line.aspect is None:
        yield "aspect", "请选择二级指标，一级指标随之确定。"
    for field, (what, most) in TEXTS.items():
        words = getattr(line, field).strip()
        if len(words) > most:
            yield field, f"{what}最多 {most} 个字，现在 {len(words)} 个字。"
        elif whole and not words:
            yield field, f"请填写{what}，最多 {most} 个字。"
    worth, score = line.worth_milli, line.score_milli
    whole_worth = quantity.show(LINES_MILLI)
    fits = worth is not None and _fits(worth, 10, LINES_MILLI)
    if not fits and (whole or worth is not None):
        yield "worth_milli", f"请填写分值，大于 0、最多 {whole_worth} 分，可带两位小数。"
    if whole and score is None:
        yield "score_milli", "请填写得分，没有完成填 0。"
    limit = worth if worth is not None and fits else LINES_MILLI
    if score is not None and not _fits(score, 0, limit):
        yield "score_milli", f"得分须在 0 至分值（{quantity.show(limit)}）之间，可带两位小数。"
    if len(line.reason.strip()) > 200:
        yield "reason", "未完成原因及改进措施最多 200 个字。"
    elif whole and (score or 0) < (worth or 0) and not line.reason.strip():
        yield "reason", "得分低于分值，请写明未完成原因及改进措施，最多 200 个字。"


def _fits(milli: int, least: int, most: int) -> bool:
    return least <= milli <= most and milli % 10 == 0


def _check_confirmer(held: Assessment, by: Person) -> None:
    """Refuse whoever made it (administrators no less), and who doesn't coordinate for its lead."""
    if held.made_by_id == by.id:
        raise Refused("不能确认或退回自己填写的自评，请由另一人办理。")
    if not may_check(held, by):
        leads = "、".join(held.project.clause.lead_units)
        raise Refused(f"这份自评由牵头单位（{leads}）的统筹协调人员确认，请联系他们。")


def _told(held: Assessment) -> dict[str, int]:
    return {
        "project": held.project.number,
        "year": held.year,
        "edition": held.edition,
        "version": held.version,
    }


def _overtaken() -> Refused:
    return Refused(
        "这份自评刚刚被别人修改过；您填写的内容还在下面，请另开窗口看过最新内容，再重新填写。"
    )


def _called(held: Assessment) -> str:
    return f"项目 {held.project.number}“{held.project.name}”{held.year} 年绩效自评"


def _path(held: Assessment) -> str:
    return f"/plan/projects/{held.project.number}/assessments/{held.year}"
