"""Report of a project by month, check it as another person; its dates and milestones."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.core import clock, money
from market.core.access import Role
from market.core.errors import Refused, Several, reason_of
from market.core.states import move
from market.evidence.models import Attachment
from market.notices.services import tell
from market.plan.models import PLAN_YEAR, Project, ProjectReport, ReportPhoto, ReportState
from market.plan.queries.knowing import made_before
from market.plan.queries.oddities import REASONS, oddities_of
from market.plan.queries.progress import (
    departments_of,
    may_check,
    may_report_project,
)
from market.plan.services.steps import keep_step, move_seen_step

MOST_PHOTOS = 20


@dataclass(frozen=True)
class Said:
    """What a report says: 形象进度 in tenths of a percent, 累计完成投资 in fen, and what is wrong.

    A reason ``why_…`` is kept only where its figure is odd.
    """

    percent: int
    invested_fen: int
    problem: str = ""
    measure: str = ""
    why_percent: str = ""
    why_invested: str = ""
    why_total: str = ""


class Unexplained(Several):
    """Figures are odd and nobody said why; ``each`` has a sentence beside the field of each."""


def submit_report(
    session: Session,
    project: Project,
    year: int,
    month: int,
    said: Said,
    photos: Sequence[Attachment] = (),
    *,
    once_key: str,
    by: Person,
) -> ProjectReport:
    """Report of a month, and tell those who may check it; the same one-time key reports once.

    Refuses another county agency's project, a month still to come or reported already, and
    each figure that falls or exceeds the total investment without its own reason.
    """
    known = made_before(session, ProjectReport, once_key)
    if known is not None:
        if (known.project_id, known.made_by_id) != (project.id, by.id):
            raise Refused("提交码不属于这份月报，请刷新页面后重新填报。")
        return known
    _check_reporter(project, by)
    today = clock.today()
    if not 1 <= month <= 12 or year < PLAN_YEAR:
        raise Refused(f"请选择 {PLAN_YEAR}-01 以后的月份，例如 2020-06。", field="month")
    if (year, month) > (today.year, today.month):
        raise Refused(
            f"{year}-{month:02} 还没有到，最晚可填报本月（{today:%Y-%m}）。", field="month"
        )
    told = _checked(session, project, year, month, said)
    _check_photos(len(photos))
    report = ProjectReport(
        once_key=once_key, project=project, year=year, month=month, made_by=by, **told
    )
    report.photos = [ReportPhoto(attachment=photo) for photo in photos]
    try:
        with session.begin_nested():
            session.add(report)
            session.flush()
    except (
        sa.exc.IntegrityError
    ):  # The month is taken, or the second click came at the same moment.
        known = made_before(session, ProjectReport, once_key)
        if known is None:
            raise Refused(
                f"{year}-{month:02} 已经填报过，每个项目每月一份；被退回的请打开那一份修改后重新提交。",
                field="month",
            ) from None
        return known
    keep_step(session, report, report.submitted_at)
    record(
        session,
        "report.submitted",
        report,
        by=by,
        project=report.project.number,
        month=report.code,
        percent=money.show_rate(report.percent),
        invested_fen=report.invested_fen,
        version=report.version,
    )
    _tell_checkers(session, report)
    return report


def resubmit_report(
    session: Session,
    report: ProjectReport,
    said: Said,
    photos: Sequence[Attachment] = (),
    *,
    without: Collection[str] = (),
    by: Person,
) -> None:
    """Put a returned report before the checker again, corrected, with more photos.

    Its own stay but for those ``without`` names by their tokens: their files are kept.
    Anyone who may report of the project: the month can't be reported anew when its maker is
    gone. Who does it now stands for all of it.
    """
    _check_reporter(report.project, by)
    told = _checked(session, report.project, report.year, report.month, said)
    gone = [photo for photo in report.photos if photo.attachment.token in without]
    _check_photos(len(report.photos) - len(gone) + len(photos))
    move(
        session,
        report,
        ReportState.SUBMITTED,
        version=report.version + 1,
        made_by_id=by.id,
        submitted_at=clock.now(),
        **told,
    )
    session.expire(report, ["made_by"])
    for photo in gone:
        report.photos.remove(photo)
        record(
            session,
            "report.photo_removed",
            report,
            by=by,
            project=report.project.number,
            month=report.code,
            sha256=photo.attachment.file.sha256,
        )
    report.photos += [ReportPhoto(attachment=photo) for photo in photos]
    session.flush()
    keep_step(session, report, report.submitted_at)
    record(
        session,
        "report.resubmitted",
        report,
        by=by,
        project=report.project.number,
        month=report.code,
        percent=money.show_rate(report.percent),
        invested_fen=report.invested_fen,
        version=report.version,
    )
    _tell_checkers(session, report)


def check_report(session: Session, report: ProjectReport, *, version: int, by: Person) -> None:
    """Say that a report is true: it counts from now on, and everybody may see its photos.

    Refuses its maker, who doesn't coordinate for the clause's lead, and a version that
    is not the one that was seen.
    """
    _check_checker(report, by)
    now = clock.now()
    told = {"checked_by_id": by.id, "checked_at": now, "answer": ""}
    move_seen_step(session, report, ReportState.CHECKED, version=version, at=now, **told)
    session.expire(report, ["checked_by"])
    for photo in report.photos:
        photo.attachment.is_public = True
    session.flush()
    record(
        session,
        "report.checked",
        report,
        by=by,
        project=report.project.number,
        month=report.code,
        percent=money.show_rate(report.percent),
        invested_fen=report.invested_fen,
        version=report.version,
    )
    _tell_maker(session, report, "已核对，计入项目进展并公开。")


def return_report(
    session: Session, report: ProjectReport, *, version: int, answer: str, by: Person
) -> None:
    """Send a report back with what is wrong."""
    _check_checker(report, by)
    answer = reason_of(answer, "退回原因")
    now = clock.now()
    move_seen_step(session, report, ReportState.RETURNED, version=version, at=now, answer=answer)
    record(
        session,
        "report.returned",
        report,
        by=by,
        project=report.project.number,
        month=report.code,
        version=version,
    )
    _tell_maker(session, report, f"被退回：{answer}")


def _check_reporter(project: Project, by: Person) -> None:
    if not may_report_project(project, by):
        answers = "、".join(departments_of(project))
        raise Refused(f"这个项目由责任单位（{answers}）的人员填报，请联系他们。")


def _check_checker(report: ProjectReport, by: Person) -> None:
    """Refuse whoever made it (administrators no less), and who doesn't coordinate for its lead."""
    if report.made_by_id == by.id:
        raise Refused("不能核对或退回自己填报的月报，请由另一人办理。")
    if not may_check(report, by):
        leads = "、".join(report.project.clause.lead_units)
        raise Refused(f"这份月报由牵头单位（{leads}）的统筹协调人员核对，请联系他们。")


def _checked(
    session: Session, project: Project, year: int, month: int, said: Said
) -> dict[str, Any]:
    """Return the columns of what may be said, or refuse it beside its fields."""
    if not 0 <= said.percent <= 1000:
        raise Refused("形象进度须在 0 至 100% 之间，可带一位小数。", field="percent")
    if not 0 <= said.invested_fen <= money.MOST_FEN:
        most = money.yuan(money.MOST_FEN)
        raise Refused(f"累计完成投资须在 0 至 {most} 元之间。", field="invested_fen")
    words = {"problem": "存在问题", "measure": "拟解决措施"}
    limits = dict.fromkeys(words, 500) | dict.fromkeys(REASONS, 200)
    told = {field: getattr(said, field).strip() for field in limits}
    for field, what in (words | REASONS).items():
        if len(told[field]) > limits[field]:
            raise Refused(f"{what}最多 {limits[field]} 个字。", field=field)
    # Of two months reported at the same moment, the second is compared with the first.
    session.refresh(project, ["id"], with_for_update=True)
    odd = oddities_of(session, project, year, month, said.percent, said.invested_fen)
    silent = [
        Refused(f"{what}，请改正数字，或填写{REASONS[field]}。", field=field)
        for field, what in odd.items()
        if not told[field]
    ]
    if silent:
        raise Unexplained(silent)
    told |= {field: "" for field in REASONS if field not in odd}
    return {"percent": said.percent, "invested_fen": said.invested_fen, **told}


def _check_photos(count: int) -> None:
    if count > MOST_PHOTOS:
        raise Refused(f"一份月报最多 {MOST_PHOTOS} 张照片，请挑选后再上传。", field="photos")


def _path(report: ProjectReport) -> str:
    return f"/plan/projects/{report.project.number}/reports/{report.code}"


def _tell_checkers(session: Session, report: ProjectReport) -> None:
    people = [
        person for person in people_in_role(session, Role.COORDINATOR) if may_check(report, person)
    ]
    words = f"项目 {report.project.number}“{report.project.name}”{report.code} 月报待核对。"
    tell(session, people, words, path=_path(report))


def _tell_maker(session: Session, report: ProjectReport, words: str) -> None:
    name = f"项目 {report.project.number}“{report.project.name}”{report.code} 月报"
    tell(session, [report.made_by], name + words, path=_path(report))
