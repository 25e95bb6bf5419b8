"""The ledger: 23 earmarks with their figures, and the lines that make each figure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user

from market.adapters.downloads import download_table
from market.adapters.spreadsheets import Table
from market.core import clock, money
from market.core.access import allow
from market.core.db import db
from market.core.paging import rows_page_of
from market.funds.models import RULES, Document, Earmark, Kind
from market.funds.queries import figures, flows
from market.funds.queries.documents import document_for
from market.funds.queries.figures import EarmarkFigures, Figures
from market.funds.queries.flows import Flow, Measure
from market.funds.queries.halts import doubted
from market.funds.views.bp import READERS, bp

MOST_ROWS = 20_000
SHOWN = (
    Measure.BUDGET,
    Measure.APPROPRIATED,
    Measure.COMMITTED,
    Measure.DISBURSED,
    Measure.SPENT,
    Measure.ACCEPTED,
    Measure.AVAILABLE,
    Measure.HELD,
)
AGREED = (
    Measure.COMMITTED,
    Measure.DISBURSED,
    Measure.SPENT,
    Measure.ACCEPTED,
    Measure.HELD,
)


@dataclass(frozen=True)
class Asked:
    """What the filter of a page asks for; words that can't be read ask for nothing."""

    department: str
    year: int | None
    known_on: dt.date | None
    project: int | None = None
    no_day: str = ""  # What was typed for a day and is none that is past.

    @property
    def kept(self) -> dict[str, Any]:
        """Return the words that lead to the same cut through the ledger elsewhere."""
        return {
            "year": self.year,
            "known_on": self.known_on.isoformat() if self.known_on else None,
        }

    @property
    def cut(self) -> str:
        """Say as known on which day, and of which year's money, the figures are."""
        day = self.known_on or clock.today()
        year = f"，{self.year} 年的资金" if self.year else ""
        return f"截至 {day} 已记账{year}"


def asked() -> Asked:
    """Return what the address asks for; a day that is still to come is today."""
    years = flows.years(db.session)
    year = request.args.get("year", 0, int)
    typed = request.args.get("known_on", "")
    known_on = _day(typed)
    if known_on is not None and known_on >= clock.today():
        known_on = None
    return Asked(
        request.args.get("department", "")[:40],
        year if year in years else None,
        known_on,
        request.args.get("project", None, int),
        "" if known_on else typed[:20],
    )


@bp.get("")
@allow(*READERS)
def index() -> Any:
    """Show what has become of the plan's money, earmark by earmark."""
    wanted = asked()
    found = figures.rows(db.session, by=current_user, known_on=wanted.known_on, year=wanted.year)
    departments = sorted({row.earmark.department for row in found})
    if wanted.department:
        found = [row for row in found if row.earmark.department == wanted.department]
    if wanted.project:
        found = [row for row in found if row.earmark.project.number == wanted.project]
    whole = figures.total(row.figures for row in found)
    if request.args.get("format") in ("xlsx", "csv"):
        table = doubted(db.session, _table(found, whole, wanted))
        return download_table(table, request.args["format"])
    return render_template(
        "funds/index.html",
        rows=found,
        whole=whole,
        wanted=wanted,
        measures=SHOWN,
        Measure=Measure,
        departments=[(name, name) for name in departments],
        years=[(year, f"{year} 年") for year in flows.years(db.session)],
        chart=_chart(found),
        rate=money.rate,
    )


@bp.get("/earmarks/<code>")
@allow(*READERS)
def earmark(code: str) -> Any:
    """Show an earmark's figures, its agreements, and the lines that make a figure."""
    found = earmark_or_404(code)
    wanted = asked()
    flow = _flow(wanted)
    select = flows.lines(found, flow)
    if request.args.get("format") in ("xlsx", "csv"):
        lines = db.session.execute(select.limit(MOST_ROWS)).all()
        table = doubted(db.session, _lines_table(found, flow, lines, wanted))
        return download_table(table, request.args["format"])
    own = figures.figures(db.session, known_on=wanted.known_on, year=wanted.year)
    agreements = flows.agreements_of(db.session, found, known_on=wanted.known_on, year=wanted.year)
    return render_template(
        "funds/earmark.html",
        earmark=found,
        figures=own.get(found.id, Figures()),
        states=flows.years_of(db.session, found),
        agreements=agreements,
        agreed=figures.total(row.figures for row in agreements),
        page=rows_page_of(db.session, select, request.args.get("page", 1, int)),
        sum_fen=flows.sum_of(db.session, select) if flow.measure else None,
        flow=flow,
        wanted=wanted,
        measures=SHOWN,
        agreed_measures=AGREED,
        all_measures=[(one.value, one.label) for one in Measure],
        years=[(year, f"{year} 年") for year in flows.years(db.session)],
        codes={one.id: one.code for one in figures.earmarks(db.session)},
        rate=money.rate,
        kinds=[
            kind
            for kind, rule in RULES.items()
            if current_user.role in rule.makers
            and not rule.under_agreement
            and kind not in (Kind.FRAMEWORK, Kind.REVERSAL)
        ],
    )


def earmark_or_404(code: str) -> Earmark:
    """Return the earmark, if this person may see it."""
    return flows.earmark_for(db.session, current_user, code) or abort(404)


def _flow(wanted: Asked) -> Flow:
    word, number = request.args.get("measure", ""), request.args.get("agreement", "")
    agreement: Document | None = None
    if number:
        agreement = document_for(db.session, current_user, number) or abort(404)
    return Flow(
        Measure(word) if word in set(Measure) else None,
        wanted.year,
        wanted.known_on,
        agreement,
    )


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 2020 else None


def _chart(found: Sequence[EarmarkFigures]) -> dict[str, Any]:
    """Draw, project by project, where its money stands: the parts make the whole of it."""
    parts: dict[int, tuple[str, str, list[Figures]]] = {}
    for row in found:
        project = row.earmark.project
        name = f"{project.number}  {project.name}"
        parts.setdefault(project.number, (name, row.earmark.code, []))[2].append(row.figures)
    wholes = [figures.total(own) for _, _, own in parts.values()]
    bands: tuple[tuple[str, str, Measure, Measure | None], ...] = (
        ("已验收", "done", Measure.ACCEPTED, None),
        ("已使用、未验收", "way", Measure.SPENT, Measure.ACCEPTED),
        ("已拨付、未使用", "behind", Measure.DISBURSED, Measure.SPENT),
        ("已签约、未拨付", "target", Measure.COMMITTED, Measure.DISBURSED),
        ("未签约", "rest", Measure.BUDGET, Measure.COMMITTED),
    )
    return {
        "kind": "rank",
        "measure": "wan",
        "categories": [name for name, _, _ in parts.values()],
        "series": [
            {
                "name": name,
                "tone": tone,
                "values": [upto.of(one) - (past.of(one) if past else 0) for one in wholes],
            }
            for name, tone, upto, past in bands
        ],
        "urls": [url_for(".earmark", code=code) for _, code, _ in parts.values()],
    }


def _table(found: Sequence[EarmarkFigures], whole: Figures, wanted: Asked) -> Table:
    def cells(own: Figures) -> list[Any]:
        return [
            *[measure.of(own) for measure in SHOWN],
            money.rate(own.disbursed_fen, own.budget_fen),
        ]

    return Table(
        title="帮扶资金总览",
        note=f"{wanted.cut}，金额单位：元；下达、签约、拨付、使用、验收均为累计",
        columns=[
            ("专款", "text"),
            ("项目", "text"),
            ("地点", "text"),
            ("责任单位", "text"),
            *[(f"{measure.label}（元）", "yuan") for measure in SHOWN],
            ("拨付率", "rate"),
        ],
        rows=[
            [
                row.earmark.code,
                row.earmark.project.name,
                row.earmark.project.place,
                row.earmark.department,
                *cells(row.figures),
            ]
            for row in found
        ],
        total=["合计", f"{len(found)} 笔专款", None, None, *cells(whole)],
    )


def _lines_table(earmark: Earmark, flow: Flow, lines: Sequence[Any], wanted: Asked) -> Table:
    what = flow.measure.label if flow.measure else "全部流水"
    return Table(
        title=f"专款{earmark.code}{what}流水",
        note=f"{earmark.name}；{wanted.cut}，金额单位：元，共 {len(lines)} 笔",
        columns=[
            ("业务日期", "day"),
            ("记账时间", "instant"),
            ("单据", "text"),
            ("种类", "text"),
            ("标题", "text"),
            ("动作", "text"),
            ("从", "text"),
            ("到", "text"),
            ("经办人", "text"),
            ("金额（元）", "yuan"),
        ],
        rows=[
            [
                line.occurred_on,
                line.recorded_at,
                line.number,
                line.kind.label if line.kind else None,
                line.title,
                line.act.label,
                place(line.from_stage, line.from_held),
                place(line.to_stage, line.to_held),
                line.name or "系统",
                line.fen,
            ]
            for line in lines
        ],
        total=["合计", *[None] * 8, sum(line.fen for line in lines)] if flow.measure else None,
    )


def place(stage: Any, is_held: bool) -> str:
    """Say where money stands; held money is marked."""
    return f"{stage.label}（占用）" if is_held else stage.label
