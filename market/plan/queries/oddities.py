"""Which figures of a monthly report are odd beside its neighbours: each wants its own reason."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from market.core import money
from market.plan.models import Project, ProjectReport
from market.plan.queries.progress import report_beside

# The reasons that a report keeps, and what each is called.
REASONS = {
    "why_percent": "形象进度前后不一的原因",
    "why_invested": "累计完成投资前后不一的原因",
    "why_total": "超过总投资的原因",
}


def oddities_of(
    session: Session, project: Project, year: int, month: int, percent: int, invested_fen: int
) -> dict[str, str]:
    """Return what is odd in words, by the reason it wants: what falls, or exceeds the total.

    A late month stands between two others: what it says is odd, too, where it is more than
    the later one says.
    """
    before = report_beside(session, project, year, month)
    after = report_beside(session, project, year, month, later=True)
    most = project.total_fen
    found = {
        "why_percent": _falls("形象进度", percent, before, after, _percent, _rate),
        "why_invested": _falls("累计完成投资", invested_fen, before, after, _invested, _yuan),
        "why_total": f"累计完成投资超过总投资 {_yuan(most)}" if invested_fen > most else "",
    }
    return {reason: words for reason, words in found.items() if words}


def _falls(
    what: str,
    figure: int,
    before: ProjectReport | None,
    after: ProjectReport | None,
    of: Callable[[ProjectReport], int],
    show: Callable[[int], str],
) -> str:
    """Say beside which month a figure that never falls has fallen; nothing where it hasn't."""
    found = []
    if before is not None and figure < of(before):
        found.append(f"比 {before.code} 的 {show(of(before))}低")
    if after is not None and figure > of(after):
        found.append(f"比后面 {after.code} 的 {show(of(after))}高")
    return what + "，".join(found) if found else ""


def _percent(report: ProjectReport) -> int:
    return report.percent


def _invested(report: ProjectReport) -> int:
    return report.invested_fen


def _rate(tenths: int) -> str:
    return f"{money.show_rate(tenths)} "


def _yuan(fen: int) -> str:
    return f"{money.yuan(fen)} 元"
