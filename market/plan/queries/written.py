"""Ask about the plan."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.core.access import Role
from market.plan.models import Area, Clause, Note, PlanText, Project, Safeguard


def text(session: Session) -> PlanText | None:
    """Return the running text, or nothing where the plan is not loaded."""
    return session.scalar(sa.select(PlanText))


def areas(session: Session) -> Sequence[Area]:
    """Return the seven areas with their clauses and indicators."""
    return session.scalars(
        sa.select(Area)
        .order_by(Area.number)
        .options(selectinload(Area.clauses).selectinload(Clause.indicators))
    ).all()


def safeguards(session: Session) -> Sequence[Safeguard]:
    """Return the five safeguards."""
    return session.scalars(sa.select(Safeguard).order_by(Safeguard.number)).all()


def projects(session: Session) -> Sequence[Project]:
    """Return the 17 rows with clause and splits, in the plan's order."""
    return session.scalars(
        sa.select(Project)
        .order_by(Project.number)
        .options(joinedload(Project.clause), selectinload(Project.splits))
    ).all()


def project(session: Session, number: int) -> Project | None:
    """Return one row by its number in the plan."""
    return session.scalar(
        sa.select(Project)
        .where(Project.number == number)
        .options(joinedload(Project.clause), selectinload(Project.splits))
    )


def notes(session: Session) -> Sequence[Note]:
    """Return our notes in the order they were written."""
    return session.scalars(sa.select(Note).order_by(Note.id)).all()


def agencies(session: Session) -> dict[Role, list[str]]:
    """Return the offices that somebody of a role may act for, in the order the plan names them.

    牵头单位 are those of coordinators, 责任单位 those of the county; no other role has any.
    """
    clauses = session.scalars(sa.select(Clause).order_by(Clause.id)).all()
    return {
        Role.COORDINATOR: list(dict.fromkeys(n for one in clauses for n in one.lead_units)),
        Role.COUNTY: list(dict.fromkeys(n for one in clauses for n in one.county_units)),
    }


def export_rows(session: Session) -> list[dict[str, Any]]:
    """Return the 17 rows under the plan's own headings, amounts in 万元 as written."""
    return [
        {
            "序号": row.number,
            "类别": row.category,
            "项目名称": row.name,
            "项目地点": row.place,
            "项目内容及规划": row.content,
            "完成时间（年）": row.finish_year,
            "总投资（万元）": row.total_text,
            "2019年援助资金（万元）": row.aid_2019_text,
            "2020年援助资金（万元）": row.aid_2020_text,
            "责任单位": row.responsible,
            "备注": row.remark,
        }
        for row in projects(session)
    ]


def faults(session: Session) -> list[str]:
    """Compare the loaded money with the plan's own sums; an empty list is good."""
    written = text(session)
    if written is None:
        return []
    rows = projects(session)
    found = []
    total_fen = sum(row.aid_2020_fen for row in rows)
    if total_fen != written.total_fen:
        found.append(f"方案17行2020年援助资金合计 {total_fen} 分，应为 {written.total_fen} 分")
    found += [
        f"方案第{row.number}行部门分项合计不等于该行金额"
        for row in rows
        if row.splits and sum(split.aid_2020_fen for split in row.splits) != row.aid_2020_fen
    ]
    return found
