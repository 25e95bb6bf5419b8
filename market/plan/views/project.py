"""One project: as written, its dates, milestones and reports, beside its money."""

from collections.abc import Sequence
from typing import Any

from flask import abort, render_template
from flask_login import current_user

from market.core import money
from market.core.access import public
from market.core.db import db
from market.funds.queries.projects import disbursed_by_month
from market.plan import queries
from market.plan.models import Project, ProjectReport, ReportState
from market.plan.queries import Money
from market.plan.views.bp import bp
from market.plan.views.indicators import at_desk
from market.plan.views.knowing import day_asked
from market.plan.views.ledger import STAGES, ledger


@bp.get("/projects/<int(max=99):number>")
@public
def project(number: int) -> Any:
    """Show one row of the annex with its clause, our notes, and how far it has come.

    The public sees what was checked, and no names.
    """
    row, day = project_or_404(number), day_asked()
    reports = queries.reports_of(db.session, row, checked_only=not at_desk(), on=day)
    acts = current_user.is_authenticated and day is None
    money = ledger(day)
    return render_template(
        "plan/project.html",
        row=row,
        notes=[note for note in queries.notes(db.session) if number in note.projects],
        now=queries.progress_of(db.session, row, money.money.get(number, Money()), on=day),
        ledger=money,
        halt=money.halt,
        names_findings=False,
        stages=STAGES,
        known_on=day,
        days=queries.days_of(db.session, row, day),
        milestones=queries.milestones_of(db.session, row, day),
        reports=reports,
        course=_course(row, reports, disbursed_by_month(db.session, row, day)),
        at_desk=at_desk(),
        assessments=queries.editions_of(db.session, row, day) if at_desk() else (),
        assessable=queries.assessable_years(row),
        may_report=acts and queries.may_report_project(row, current_user),
        may_steer=acts and queries.may_steer(row, current_user),
    )


def project_or_404(number: int) -> Project:
    """Return a project by its number in the plan."""
    return queries.project(db.session, number) or abort(404)


def _course(
    row: Project, reports: Sequence[ProjectReport], paid: dict[tuple[int, int], int]
) -> dict[str, Any]:
    """Return progress against money by month: rows for the table, and what the chart draws."""
    checked = {
        (report.year, report.month): report
        for report in reports
        if report.state is ReportState.CHECKED
    }
    rows, disbursed_fen = [], 0
    for month in sorted({*checked, *paid}):
        disbursed_fen = paid.get(month, disbursed_fen)
        report = checked.get(month)
        rows.append(
            {
                "month": f"{month[0]}-{month[1]:02}",
                "percent": report.percent if report else None,
                "invested_fen": report.invested_fen if report else None,
                "invested_rate": report and money.rate(report.invested_fen, row.total_fen),
                "disbursed_fen": disbursed_fen,
                "disbursed_rate": money.rate(disbursed_fen, row.aid_2020_fen),
            }
        )
    series = (
        ("形象进度", "done", "percent"),
        ("拨付占 2020 年资金", "price", "disbursed_rate"),
        ("完成投资占总投资", "target", "invested_rate"),
    )
    chart = {
        "kind": "line",
        "measure": "rate",
        "categories": [one["month"] for one in rows],
        "series": [
            {"name": name, "tone": tone, "values": [one[key] for one in rows]}
            for name, tone, key in series
        ],
    }
    return {"rows": rows, "chart": chart}
