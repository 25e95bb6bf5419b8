"""A bulletin as it is taken away: the table, and the paper with its text."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from market.adapters.pdf import made_with, paper_pdf
from market.adapters.spreadsheets import Kind, Paper, Table, paper_xlsx
from market.core import clock, money
from market.reports.models import Bulletin, FileKind, Section
from market.reports.queries.bulletins.fields import paragraphs
from market.reports.queries.bulletins.report import SHOWN, Line, Report, rounding_words

LAYOUT = 2  # Counts up with whatever changes the bytes of a file made from the same bulletin.
_NUMERALS = "一二三四五"


@dataclass(frozen=True)
class Heading:
    """What stands around the figures of an issued bulletin."""

    number: str
    issued_at: dt.datetime
    drafted_by: str
    issued_by: str
    corrects: str
    reason: str
    is_demo: bool

    @property
    def title(self) -> str:
        """The title with the mark of the demonstration."""
        return "消费帮扶采购情况通报" + ("（演示）" if self.is_demo else "")


def programs() -> str:
    """Name what the bytes of the files depend on beside the bulletin: the layout and the programs."""
    return f"版式 {LAYOUT}；{made_with()}"


def bulletin_table(report: Report, *, with_unpaid: bool = True) -> Table:
    """Return the table of a bulletin: the columns that officials use, in 万元, with its sum."""
    unpaid: tuple[tuple[str, Kind], ...] = (("未付款金额", "wan"),) if with_unpaid else ()
    return Table(
        title=f"{report.year}年{report.month}月消费帮扶采购完成情况表",
        note=note_of(report, with_unpaid=with_unpaid),
        columns=(
            ("序号", "int"),
            ("单位名称", "text"),
            ("单位类别", "text"),
            ("是否独立食堂", "text"),
            ("日常用餐人数", "int"),
            ("年度目标", "wan"),
            ("本月采购额", "wan"),
            ("累计采购额", "wan"),
            *((channel.label, "wan") for channel in SHOWN),
            ("完成率", "rate"),
            ("序时进度差(百分点)", "quantity"),
            ("排名", "int"),
            *unpaid,
            ("备注", "text"),
        ),
        rows=[
            _row(line, number, with_unpaid=with_unpaid)
            for number, line in enumerate(report.lines, 1)
        ],
        total=_row(report.total, None, with_unpaid=with_unpaid),
    )


def note_of(report: Report, *, with_unpaid: bool = True) -> str:
    """Say what the table counts, when it was cut off, and why its rows may not add up to a hundredth."""
    words = [
        f"截至{report.cut_off_on}；单位：万元",
        f"序时进度{money.show_rate(report.time.rate)}",
        "采购额为已验收并扣除售后的金额；累计采购额含平台外申报（见备注）",
    ]
    if with_unpaid:
        at = report.at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")
        words.append(f"未付款金额为{at}的数")
    rest = rounding_words(report.lines, report.total, unpaid=with_unpaid)
    words.append("各数由元分别四舍五入" + (f"，因此{rest}" if rest else ""))
    if not report.is_final:
        words.append("本月未锁定，数字还会变动")
    return "；".join(words) + "。"


def paper_of(report: Report, text: dict[str, str], heading: Heading, *, is_public: bool) -> Paper:
    """Return a bulletin as a paper; the public one says nothing of payments and names nobody."""
    day = clock.day_of(heading.issued_at)
    lines = [heading.number, f"{report.year}年{report.month}月 · 截至{report.cut_off_on}"]
    if heading.corrects:
        lines.append(f"更正{heading.corrects}：{heading.reason}")
    signed = [] if is_public else [f"拟稿：{heading.drafted_by}　　签发：{heading.issued_by}"]
    sections: list[tuple[str, Sequence[str]]] = [
        (
            f"{_NUMERALS[place]}、{section.label}",
            ["".join(part.text for part in parts) for parts in paragraphs(report, text[section])],
        )
        for place, section in enumerate(Section)
    ]
    return Paper(
        title=heading.title,
        lines=lines,
        sections=sections,
        table=bulletin_table(report, with_unpaid=not is_public),
        over=((8, 8 + len(SHOWN) - 1, "累计采购额其中"),),
        signed=[*signed, f"签发日期：{day.year}年{day.month}月{day.day}日"],
        made_at=heading.issued_at,
    )


def files_of(
    report: Report, text: dict[str, str], heading: Heading, *, is_public: bool
) -> dict[FileKind, bytes]:
    """Return the files of a bulletin; they depend on what is given here and nothing else."""
    paper = paper_of(report, text, heading, is_public=False)
    found = {FileKind.PDF: paper_pdf(paper), FileKind.XLSX: paper_xlsx(paper)}
    if is_public:
        paper = paper_of(report, text, heading, is_public=True)
        found[FileKind.PUBLIC_PDF] = paper_pdf(paper)
        found[FileKind.PUBLIC_XLSX] = paper_xlsx(paper)
    return found


def file_name(bulletin: Bulletin, suffix: str) -> str:
    """Return what a file of a bulletin is called."""
    return f"{bulletin.number or f'{bulletin.year}年{bulletin.month}月通报草稿'}.{suffix}"


def _row(line: Line, number: int | None, *, with_unpaid: bool) -> tuple[Any, ...]:
    return (
        number,
        line.name,
        line.kind,
        "" if line.has_canteen is None else "是" if line.has_canteen else "否",
        line.diners,
        line.target_fen,
        line.month_fen,
        line.done_fen,
        *(line.channel_fen(channel) for channel in SHOWN),
        line.rate,
        # Tenths of a point become thousandths, which the sheet shows as a plain number.
        None if line.difference is None else line.difference * 100,
        line.rank,
        *((line.unpaid_fen,) if with_unpaid else ()),
        line.remark,
    )
