"""The table of performance (绩效自评): each project's money and indicators, or sums over groups."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from market.adapters.spreadsheets import Kind, Table
from market.core import clock, money, quantity
from market.funds.queries.figures import Figures, rows_of_year, total
from market.plan.models import (
    EXECUTION_MILLI,
    PLAN_YEAR,
    Assessment,
    Project,
)
from market.plan.queries.assessments import (
    confirmed_assessments,
    execution_score,
    score_of,
)
from market.reports.queries.money import Line, cut_off, lines_by, rate_of

BY = {"project": "按项目", "department": "按实施单位", "township": "按乡镇"}
NOTHING = "—"
NEXT = "显示“—”的项目尚无已确认的自评，请实施单位在项目页“绩效自评”填写，牵头单位确认后列入"

_PROJECT: tuple[tuple[str, Kind], ...] = (
    ("序号", "int"),
    ("项目名称", "text"),
    ("负责人及电话", "text"),
    ("主管部门", "text"),
    ("实施单位", "text"),
    ("资金总额", "wan"),
    ("财政资金", "wan"),
    ("其他资金", "wan"),
    ("年度目标", "text"),
    ("全年预算数(A)", "wan"),
    ("全年执行数(B)", "wan"),
    ("执行率(B/A)", "rate"),
    ("一级指标", "text"),
    ("二级指标", "text"),
    ("三级指标", "text"),
    ("指标值", "text"),
    ("分值", "quantity"),
    ("实际值", "text"),
    ("得分", "quantity"),
    ("未完成原因及改进措施", "text"),
    ("自评总分", "quantity"),
)
_GROUP: tuple[tuple[str, Kind], ...] = (
    ("序号", "int"),
    ("名称", "text"),
    ("项目", "text"),
    ("全年预算数(A)", "wan"),
    ("全年执行数(B)", "wan"),
    ("执行率(B/A)", "rate"),
    ("项目数", "int"),
    ("已确认自评", "int"),
    ("平均自评总分", "quantity"),
)


@dataclass(frozen=True)
class _Year:
    """What was confirmed of a year, by projects' ids."""

    year: int
    assessments: Mapping[int, Assessment]

    def score(self, project: Project, rate: int | None) -> int | None:
        """Return a project's points together; none that was not assessed has any."""
        held = self.assessments.get(project.id)
        return score_of(held.lines, rate) if held else None


def assessment_years() -> list[int]:
    """Return the years that the table may be asked for."""
    return list(range(PLAN_YEAR, clock.today().year + 1))


def performance_table(
    session: Session,
    *,
    by: str = "project",
    year: int | None = None,
    known_on: dt.date | None = None,
) -> Table:
    """Return the self-assessments of a year's performance, after domain.md §4.3, in three queries.

    Per project a row of its money, which scores 预算执行率, and one for each indicator; or
    sums by 实施单位 or township. The last confirmed edition counts, ``known_on`` the one
    confirmed by then. Without a year it is the last that was assessed, else the present one.
    Budget and execution are the ledger's to the end of the year.
    """
    told = _told(session, year, known_on)
    found = rows_of_year(session, told.year, known_on=known_on)
    projects = lines_by(found)
    whole = total(row.figures for row in found)
    scores = {
        line.project.id: score
        for line in projects
        if (score := told.score(line.project, _rate(line.figures))) is not None
    }
    shown = (
        _by_project(projects, told, scores)
        if by == "project"
        else _by_group(lines_by(found, by), told, scores)
    )
    columns, rows, sums = shown
    average = f"，平均 {quantity.show(_average(scores.values()))} 分" if scores else ""
    done = sum(line.project.id in told.assessments for line in projects)
    return Table(
        title=f"{told.year}年帮扶项目绩效自评表",
        note=(
            f"{cut_off(known_on)}；{BY[by]}；单位：万元、分；A、B为截至{told.year}年末的累计数；"
            "预算执行率得分=10×执行率"
        ),
        columns=columns,
        rows=rows,
        total=[*sums(whole)],
        head=(
            ("自评情况", f"{len(projects)} 个项目中 {done} 个已确认自评{average}"),
            *((("下一步", NEXT),) if done < len(projects) else ()),
        ),
    )


def _told(session: Session, year: int | None, known_on: dt.date | None) -> _Year:
    every = confirmed_assessments(session, known_on)
    if year is None:
        year = max((one for one, _ in every), default=(known_on or clock.today()).year)
    mine = {project_id: held for (of, project_id), held in every.items() if of == year}
    return _Year(year, mine)


def _by_project(projects: Sequence[Line], told: _Year, scores: Mapping[int, int]) -> Any:
    rows: list[tuple[Any, ...]] = []
    for one in projects:
        project = one.project
        held = told.assessments.get(project.id)
        execution = execution_score(_rate(one.figures)) if held else None
        rows.append(
            (
                project.number,
                project.name,
                f"{held.leader}，{held.phone}" if held else NOTHING,
                "、".join(project.clause.lead_units),
                one.departments,
                project.total_fen,
                project.aid_2019_fen + project.aid_2020_fen,
                max(project.gap_fen, 0),
                held.goal if held else NOTHING,
                one.figures.budget_fen,
                one.figures.spent_fen,
                rate_of(one.figures.spent_fen, one.figures.budget_fen),
                "预算执行" if held else NOTHING,
                "预算执行率" if held else NOTHING,
                "全年执行数÷全年预算数" if held else NOTHING,
                "100%" if held else NOTHING,
                EXECUTION_MILLI if held else NOTHING,
                _shown(_rate(one.figures)) if held else NOTHING,
                NOTHING if execution is None else execution,
                "" if held else NOTHING,
                scores.get(project.id, NOTHING),
            )
        )
        for line in held.lines if held else ():
            assert line.aspect is not None  # What was submitted is complete.
            rows.append(
                (
                    *(project.number, project.name, *[""] * 3, *[None] * 3, "", None, None, ""),
                    line.aspect.first,
                    line.aspect.label,
                    line.name,
                    line.target,
                    line.worth_milli,
                    line.actual,
                    line.score_milli,
                    line.reason,
                    None,
                )
            )

    def sums(whole: Figures) -> tuple[Any, ...]:
        def of(place: int) -> int:
            return sum(row[place] for row in rows if isinstance(row[place], int))

        return (
            *(None, "合计", "", "", "", of(5), of(6), of(7), ""),
            *(whole.budget_fen, whole.spent_fen, rate_of(whole.spent_fen, whole.budget_fen)),
            *("", "", "", "", of(16), "", of(18), "", of(20)),
        )

    return _PROJECT, rows, sums


def _by_group(groups: Sequence[Line], told: _Year, scores: Mapping[int, int]) -> Any:
    rows: list[tuple[Any, ...]] = []
    for one in groups:
        projects = {member.earmark.project.id: member.earmark.project for member in one.members}
        mine = [scores[id_] for id_ in projects if id_ in scores]
        rows.append(
            (
                len(rows) + 1,
                one.name,
                "、".join(f"{project.number} {project.name}" for project in projects.values()),
                one.figures.budget_fen,
                one.figures.spent_fen,
                rate_of(one.figures.spent_fen, one.figures.budget_fen),
                len(projects),
                len(projects.keys() & told.assessments.keys()),
                _average(mine) if mine else NOTHING,
            )
        )
    every = {member.earmark.project.id for one in groups for member in one.members}

    is_shared = sum(row[6] for row in rows) > len(every)

    def sums(whole: Figures) -> tuple[Any, ...]:
        return (
            *(None, "合计", "几家共同实施的项目各家都列，合计只计一次" if is_shared else ""),
            *(whole.budget_fen, whole.spent_fen, rate_of(whole.spent_fen, whole.budget_fen)),
            *(len(every), len(every & told.assessments.keys())),
            _average(scores.values()) if scores else NOTHING,
        )

    return _GROUP, rows, sums


def _average(scores: Collection[int]) -> int:
    """Return the mean of points, to a hundredth of one."""
    return money.round_half_up(Fraction(sum(scores), 10 * len(scores))) * 10


def _rate(figures: Figures) -> int | None:
    return money.rate(figures.spent_fen, figures.budget_fen)


def _shown(rate: int | None) -> str:
    return NOTHING if rate is None else money.show_rate(rate)
