"""Open the ledger: 23 earmarks from the plan's rows, with the plan's money waiting to be handed down."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.audit.services import record
from market.core import clock
from market.core.settings import settings
from market.funds.models import Act, Earmark, EarmarkYear, Stage
from market.funds.queries.bodies import digest_of
from market.funds.queries.marketing import CATEGORY
from market.funds.queries.places import Move, Place
from market.funds.services.ledger import post
from market.plan.models import PlanText, Project

YEAR = 2020  # Of the money that the plan hands out.

# What the money of each of the annex's categories may be spent on; ours, the plan names none.
WORKS = ("勘察设计", "工程施工", "设备购置", "工程监理", "其他")
COST_TYPES = {"教育资助": ("学生资助",)}


def load_earmarks(session: Session) -> bool:
    """Make the earmarks of the plan that is loaded, once, and say whether this call did.

    A row that the annex splits by department makes one earmark per department (rows 5, 8
    and 12), any other row one: 23, which sum to the plan's 5487 万元.
    """
    text = session.scalar(sa.select(PlanText))
    if text is None or session.scalar(sa.select(sa.func.count(Earmark.id))):
        return False
    earmarks = [
        earmark
        for project in session.scalars(sa.select(Project).order_by(Project.number))
        for earmark in _earmarks_of(project)
    ]
    session.add_all(earmarks)
    session.flush()
    session.add_all(EarmarkYear(earmark_id=earmark.id, year=YEAR) for earmark in earmarks)
    moves = [
        Move(
            Place(earmark.id, YEAR, Stage.SOURCE),
            Place(earmark.id, YEAR, Stage.PLANNED),
            earmark.amount_fen,
        )
        for earmark in earmarks
    ]
    body = [[earmark.code, earmark.department, earmark.amount_fen] for earmark in earmarks]
    entry = post(
        session,
        Act.OPEN,
        moves,
        document=None,
        once_key="plan",
        body_sha256=digest_of(body),
        occurred_on=clock.today(),
        by=None,
    )
    total_fen = sum(earmark.amount_fen for earmark in earmarks)
    record(session, "ledger.opened", entry, by=None, total_fen=total_fen, earmarks=len(earmarks))
    return True


def _earmarks_of(project: Project) -> list[Earmark]:
    types: tuple[str, ...] = COST_TYPES.get(project.category, WORKS)
    if project.category == CATEGORY:
        types = tuple(settings().marketing_lines.split("、"))
    parts = [(split.department, split.aid_2020_fen) for split in project.splits]
    if not parts:
        return [
            Earmark(
                code=f"{project.number:02}",
                department=project.our_responsible,
                amount_fen=project.aid_2020_fen,
                cost_types=list(types),
                project_id=project.id,
            )
        ]
    return [
        Earmark(
            code=f"{project.number:02}-{place}",
            department=department,
            amount_fen=amount_fen,
            cost_types=list(types),
            project_id=project.id,
        )
        for place, (department, amount_fen) in enumerate(parts, 1)
    ]
