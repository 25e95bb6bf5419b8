"""How far the 17 projects have come beside their money, for everyone; as a table to take away."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Kind, Table
from market.core import clock, money
from market.core.access import Role, public
from market.core.db import db
from market.funds.queries.halts import doubted
from market.plan import queries
from market.plan.queries import Progress, Rule
from market.plan.views.bp import bp
from market.plan.views.indicators import at_desk
from market.plan.views.knowing import cut_off, day_asked, titled
from market.plan.views.ledger import STAGES, ledger

SORTS: dict[str, Callable[[Progress], Any]] = {
    "number": lambda row: row.project.number,
    "percent": lambda row: row.percent or 0,
    "invested": lambda row: row.invested_fen or 0,
    "appropriated": lambda row: row.money.appropriated_fen,
    "disbursed": lambda row: row.money.disbursed_fen,
    "rate": lambda row: row.money.rate or 0,
    "gap": lambda row: row.project.gap_fen,
    "delay": lambda row: row.delay,
    "alerts": lambda row: len(row.alerts),
}
COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("序号", "int"),
    ("所属镇", "text"),
    ("项目名称", "text"),
    ("建设性质", "text"),
    ("项目完成情况", "text"),
    ("存在问题及拟解决措施", "text"),
    ("总投资额", "wan"),
    ("帮扶资金到位情况", "text"),
    ("开工日期", "day"),
    ("计划完工", "day"),
    ("形象进度%", "rate"),
    ("累计完成投资", "wan"),
    ("牵头单位", "text"),
    ("责任单位", "text"),
    ("填报日期", "day"),
    ("预警", "text"),
)
KEPT = ("on", "township", "department", "category", "alert", "sort", "direction")


@dataclass(frozen=True)
class Sums:
    """What some projects come to, in fen."""

    name: str
    rows: Sequence[Progress]

    def of(self, stage: str) -> int:
        """Return the sum of one figure of their money."""
        return sum(getattr(row.money, f"{stage}_fen") for row in self.rows)

    @property
    def rate(self) -> int | None:
        """Return 拨付率 of all of them."""
        return money.rate(self.of("disbursed"), self.of("appropriated"))

    @property
    def total_fen(self) -> int:
        """Return their 总投资."""
        return sum(row.project.total_fen for row in self.rows)

    @property
    def aid_fen(self) -> int:
        """Return the plan's 2020 money for them."""
        return sum(row.project.aid_2020_fen for row in self.rows)

    @property
    def gap_fen(self) -> int:
        """Return what neither year's aid covers."""
        return sum(row.project.gap_fen for row in self.rows)

    @property
    def invested_fen(self) -> int:
        """Return what was checked to be invested."""
        return sum(row.invested_fen or 0 for row in self.rows)

    @property
    def alerts(self) -> int:
        """Return how many of them have any alert."""
        return sum(bool(row.alerts) for row in self.rows)


@bp.get("/progress")
@public
def progress() -> Any:
    """Show the projects with progress, money and alerts, filtered and sorted."""
    day = day_asked()
    money = ledger(day)
    every = queries.progress(db.session, money.money, on=day)
    rows, sort, direction = _chosen(every)
    return render_template(
        "plan/progress.html",
        every=every,
        rows=rows,
        sums=Sums("合计", rows),
        all=Sums("合计", every),
        townships=_townships(every),
        township_options=_options(row.township for row in every),
        department_options=_options(name for row in every for name in row.departments),
        category_options=_options(row.project.category for row in every),
        rules=[(rule.value, rule.label) for rule in Rule],
        sort=sort,
        direction=direction,
        on=day or clock.today(),
        known_on=day,
        ledger=money,
        halt=money.halt,
        names_findings=False,
        at_desk=at_desk(),
        stages=STAGES,
        chart=_chart(rows),
        waiting=[] if day else _waiting(),
        mine=[] if day else _mine(every),
        exported={key: word for key, word in request.args.items() if key in KEPT and word},
    )


@bp.get("/progress.xlsx")
@public
def progress_xlsx() -> Any:
    """Give the projects the page lists as a workbook, with their sums."""
    day = day_asked()
    return download_table(
        doubted(db.session, _table(day)), "xlsx", f"projects-{day or clock.today()}"
    )


@bp.get("/progress.pdf")
@public
def progress_pdf() -> Any:
    """Give the projects the page lists as a PDF, with their sums."""
    day = day_asked()
    return download_table(
        doubted(db.session, _table(day)), "pdf", f"projects-{day or clock.today()}"
    )


@bp.get("/progress.csv")
@public
def progress_csv() -> Any:
    """Give the projects the page lists as CSV, marked so that Excel reads its Chinese."""
    day = day_asked()
    return download_table(
        doubted(db.session, _table(day)), "csv", f"projects-{day or clock.today()}"
    )


def _chosen(every: list[Progress]) -> tuple[list[Progress], str, str]:
    """Return the rows that the address asks for, and how they are sorted."""
    asked = request.args
    rows = [
        row
        for row in every
        if asked.get("township") in (None, "", row.township)
        and (not asked.get("department") or asked["department"] in row.departments)
        and asked.get("category") in (None, "", row.project.category)
        and (not asked.get("alert") or asked["alert"] in {alert.rule.value for alert in row.alerts})
    ]
    sort = asked.get("sort", "number")
    sort = sort if sort in SORTS else "number"
    direction = asked.get("direction") or ("asc" if sort == "number" else "desc")
    # The plan's order among equals, whichever way they are sorted.
    rows.sort(key=SORTS[sort], reverse=direction == "desc")
    return rows, sort, direction


def _townships(every: list[Progress]) -> list[Sums]:
    """Return the sums of each township, the most money first."""
    by_name: dict[str, list[Progress]] = {}
    for row in every:
        by_name.setdefault(row.township, []).append(row)
    found = [Sums(name, rows) for name, rows in by_name.items()]
    return sorted(found, key=lambda sums: (-sums.aid_fen, sums.name))


def _options(words: Iterable[str]) -> list[tuple[str, str]]:
    return [(word, word) for word in sorted(set(words))]


def _waiting() -> list[Any]:
    if not current_user.is_authenticated:
        return []
    return queries.waiting_reports(db.session, current_user)


def _mine(every: list[Progress]) -> list[Progress]:
    """Return the projects that whoever reads may report of."""
    if not current_user.is_authenticated or current_user.role is not Role.COUNTY:
        return []
    return [row for row in every if queries.may_report_project(row.project, current_user)]


def _chart(rows: list[Progress]) -> dict[str, Any]:
    return {
        "kind": "columns",
        "measure": "rate",
        "stacked": False,
        "categories": [str(row.project.number) for row in rows],
        "series": [
            {"name": "形象进度", "tone": "done", "values": [row.percent for row in rows]},
            {
                "name": "拨付占 2020 年资金",
                "tone": "target",
                "values": [
                    money.rate(row.money.disbursed_fen, row.project.aid_2020_fen) for row in rows
                ],
            },
        ],
    }


def _table(day: dt.date | None) -> Table:
    rows, _, _ = _chosen(queries.progress(db.session, ledger(day).money, on=day))
    sums = Sums("合计", rows)
    return Table(
        title=titled("对口帮扶项目进展情况表", day),
        note=f"{cut_off(day)}；单位：万元；进度与投资只计已核对的月报。",
        columns=COLUMNS,
        rows=[_row(row) for row in rows],
        total=[
            None,
            "合计",
            *[None] * 4,
            sums.total_fen,
            _arrived(sums.of("appropriated"), sums.of("disbursed"), sums.rate),
            *[None] * 3,
            sums.invested_fen,
            *[None] * 4,
        ],
    )


def _row(row: Progress) -> list[Any]:
    report, project = row.report, row.project
    words = (report.problem, report.measure) if report else ()
    return [
        project.number,
        row.township,
        project.name,
        project.remark,
        row.standing,
        "；".join(filter(None, words)),
        project.total_fen,
        _arrived(row.money.appropriated_fen, row.money.disbursed_fen, row.money.rate),
        row.dates.started_on,
        row.facts.due_on,
        # An empty rate reads 无任务, which none of them is.
        row.percent or 0,
        row.invested_fen,
        "、".join(project.clause.lead_units),
        "、".join(row.departments),
        clock.day_of(report.submitted_at) if report else None,
        "；".join(alert.words for alert in row.alerts),
    ]


def _arrived(appropriated_fen: int, disbursed_fen: int, rate: int | None) -> str:
    if rate is None:
        return "未下达"
    words = f"下达 {money.wan(appropriated_fen)}，拨付 {money.wan(disbursed_fen)}"
    return f"{words}，拨付率 {money.show_rate(rate)}"
