"""Tables of the plan's money: 台账, 公示; as they are known on a day."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.adapters.spreadsheets import Kind, Table
from market.audit.models import Seal
from market.core import clock, money
from market.funds.models import Document, DocumentState
from market.funds.models import Kind as Paper
from market.funds.queries.figures import EarmarkFigures, Figures, flows, rows, total
from market.plan.models import PlanText, Project

GROUPS: dict[str, tuple[str, Callable[[EarmarkFigures], tuple[str, str]]]] = {
    "earmark": ("按专款", lambda row: (row.earmark.code, row.earmark.project.name)),
    "project": (
        "按项目",
        lambda row: (f"{row.earmark.project.number:02}", row.earmark.project.name),
    ),
    "department": ("按责任单位", lambda row: ("", row.earmark.department)),
    "township": ("按乡镇", lambda row: ("", row.earmark.project.township)),
}

_MONEY: tuple[tuple[str, Kind], ...] = (
    ("计划数", "wan"),
    ("下达数", "wan"),
    ("签约数", "wan"),
    ("拨付数", "wan"),
    ("使用数", "wan"),
    ("验收数", "wan"),
    ("支出率", "rate"),
    ("已签约待使用", "wan"),
    ("待安排", "wan"),
    ("待审占用", "wan"),
    ("结余上缴", "wan"),
)


def fund_table(session: Session, *, by: str = "earmark", known_on: dt.date | None = None) -> Table:
    """Return the fund ledger's table (资金使用台账): per earmark, or summed as ``by`` says.

    Columns after domain.md §4.3; 支出率 is what was used of what was handed down. ``known_on``
    shows it as it was written down by the end of that day.
    """
    found = rows(session, known_on=known_on)
    word = GROUPS[by][0]
    papers = _papers(session, known_on)
    lines: list[tuple[Any, ...]] = []
    for one in lines_by(found, by):
        numbers = dict.fromkeys(n for m in one.members for n in papers.get(m.earmark.id, ()))
        projects = (member.earmark.project for member in one.members)
        places = dict.fromkeys(project.place for project in projects if project.place)
        told = (
            len(lines) + 1,
            one.code,
            one.name,
            "、".join(places),
            one.departments,
            "、".join(numbers),
        )
        lines.append((*told, *_amounts(one.figures)))
    return Table(
        title="帮扶资金使用台账",
        note=f"{cut_off(known_on)}；{word}；单位：万元；各数均含其后阶段，待审占用不重复计算",
        columns=(
            ("序号", "int"),
            ("编号", "text"),
            ("项目名称" if by in ("earmark", "project") else word[1:], "text"),
            ("地点", "text"),
            ("责任单位", "text"),
            ("文件依据", "text"),
            *_MONEY,
        ),
        rows=lines,
        total=(None, "", "合计", "", "", "", *_amounts(total(row.figures for row in found))),
        head=(("资金来源", "2020年两江新区对口帮扶资金"),),
    )


def flow_table(session: Session, *, known_on: dt.date | None = None) -> Table:
    """Return what reached each stage month by month; what was taken back counts in its own month.

    The sums of a column are the present figures of 下达, 签约, 拨付, 使用 and 验收.
    """
    months = flows(session, known_on=known_on)
    lines: list[tuple[Any, ...]] = [
        (f"{year}年{month}月", *moved) for (year, month), moved in months.items()
    ]
    sums = [sum(line[place] for line in lines) for place in range(1, 7)]
    return Table(
        title="帮扶资金分月发生额",
        note=f"{cut_off(known_on)}；按业务日期；单位：万元；退回和冲销记在发生的当月",
        columns=(
            ("月份", "text"),
            ("下达", "wan"),
            ("签约", "wan"),
            ("拨付", "wan"),
            ("使用", "wan"),
            ("验收", "wan"),
            ("上缴", "wan"),
        ),
        rows=lines,
        total=("合计", *sums),
    )


def disclosure_table(session: Session, *, known_on: dt.date | None = None) -> Table:
    """Return what is published of each project (公告公示): 谁分配、谁使用、谁公开.

    Names of projects and offices only, nobody's person. The head of the sealed chain is
    printed below, so that whoever keeps the paper can prove a later change.
    """
    found = rows(session, known_on=known_on)
    lines: list[tuple[Any, ...]] = []
    for one in lines_by(found):
        project, figures = one.project, one.figures
        lines.append(
            (
                project.number,
                project.name,
                project.place or "未注明",
                project.content,
                figures.budget_fen,
                one.departments,
                f"{project.finish_year}年",
                figures.appropriated_fen,
                figures.disbursed_fen,
                figures.spent_fen,
                figures.accepted_fen,
                _progress(figures),
            )
        )
    source, sealed = _named(session)
    return Table(
        title="2020年两江新区对口帮扶彭水自治县资金使用公示",
        note=f"{cut_off(known_on)}；单位：万元",
        columns=(
            ("序号", "int"),
            ("项目名称", "text"),
            ("实施地点", "text"),
            ("建设任务", "text"),
            ("资金规模", "wan"),
            ("实施单位", "text"),
            ("实施期限", "text"),
            ("已下达", "wan"),
            ("已拨付", "wan"),
            ("已使用", "wan"),
            ("已验收", "wan"),
            ("进展", "text"),
        ),
        rows=lines,
        total=(
            None,
            "合计",
            "",
            "",
            sum(line[4] for line in lines),
            "",
            "",
            *(sum(line[place] for line in lines) for place in (7, 8, 9, 10)),
            "",
        ),
        head=(("依据", source), ("资金来源", "两江新区对口帮扶资金")),
        foot=(
            ("监督举报电话", "12317"),
            ("记录链头", sealed),
            ("说明", "资金记录只增不改，任何事后改动可凭链头发现。"),
        ),
    )


@dataclass(frozen=True)
class Line:
    """The earmarks that stand in one line of a table, and what they come to together."""

    code: str
    name: str
    members: Sequence[EarmarkFigures]
    figures: Figures

    @property
    def project(self) -> Project:
        """The project of the first: the only one, where lines are projects."""
        return self.members[0].earmark.project

    @property
    def departments(self) -> str:
        """The offices of its earmarks."""
        return "、".join(dict.fromkeys(member.earmark.department for member in self.members))


def lines_by(found: Sequence[EarmarkFigures], by: str = "project") -> list[Line]:
    """Return the earmarks in lines, as a key of ``GROUPS`` puts them together."""
    key = GROUPS[by][1]
    groups: dict[tuple[str, str], list[EarmarkFigures]] = {}
    for row in found:
        groups.setdefault(key(row), []).append(row)
    return [
        Line(code, name, members, total(member.figures for member in members))
        for (code, name), members in groups.items()
    ]


def _amounts(figures: Figures) -> tuple[Any, ...]:
    return (
        figures.budget_fen,
        figures.appropriated_fen,
        figures.committed_fen,
        figures.disbursed_fen,
        figures.spent_fen,
        figures.accepted_fen,
        rate_of(figures.spent_fen, figures.appropriated_fen),
        figures.committed_fen - figures.spent_fen,
        figures.available_fen,
        figures.held_fen,
        figures.surrendered_fen,
    )


def rate_of(part_fen: int, whole_fen: int) -> int | str:
    """Return a rate in tenths of a percent, floored; a dash where there is nothing to compare with."""
    found = money.rate(part_fen, whole_fen)
    return "—" if found is None else found


def _progress(figures: Figures) -> str:
    """Say in a word how far a project's money has come."""
    if figures.accepted_fen and figures.accepted_fen == figures.budget_fen:
        return "已全部验收"
    if figures.accepted_fen:
        return "部分验收"
    if figures.disbursed_fen:
        return "实施中"
    return "已签约" if figures.committed_fen else "未启动"


def _papers(session: Session, known_on: dt.date | None) -> dict[int, list[str]]:
    """Return the document numbers by which each earmark's money was handed down."""
    select = (
        sa.select(Document.earmark_id, Document.document_no)
        .where(Document.kind == Paper.APPROPRIATION, Document.state == DocumentState.EFFECTIVE)
        .order_by(Document.id)
    )
    if known_on is not None:
        end = clock.start_of(known_on + dt.timedelta(days=1))
        select = select.where(Document.effective_at < end)
    found: dict[int, list[str]] = {}
    for earmark_id, number in session.execute(select):
        assert earmark_id is not None  # What is handed down is handed to an earmark.
        found.setdefault(earmark_id, []).append(number)
    return found


def _named(session: Session) -> tuple[str, str]:
    """Return the plan's title and the head of the chain, in one query: every visitor asks."""
    last = sa.select(sa.func.max(Seal.position)).scalar_subquery()
    title, digest, position = session.execute(
        sa.select(
            sa.select(PlanText.title).limit(1).scalar_subquery(),
            sa.select(Seal.digest).where(Seal.position == last).scalar_subquery(),
            last,
        )
    ).one()
    return title or "", f"{digest}（第 {position} 环）" if digest else "尚未封存"


def cut_off(known_on: dt.date | None) -> str:
    """Say as of which day a table is."""
    return f"截至 {known_on}（按当日已入账的记录）" if known_on else f"截至 {clock.today()}"
