"""Make a large report step by step, of one moment, and keep it."""

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.adapters.spreadsheets import xlsx_steps
from market.audit.services import record
from market.core import clock
from market.core.db import BY_ID, one_moment, upsert
from market.core.errors import Refused
from market.core.steps import Step, Steps
from market.evidence.services import attach_sheet, forget_attachment
from market.reports.models import MOST_QUERY, KeptReport
from market.reports.queries.tables import (
    REPORTS,
    Asked,
    Column,
    Report,
    Sums,
    cells_of,
    columns_of,
    report_rows,
    report_sums,
    report_table,
    told_of,
)

AT_ONCE = 2000
LARGE = 5000  # A report of more rows is made step by step, and kept.
MOST_KEPT = 300_000  # Rows; Excel's own limit is a million.


@dataclass(frozen=True)
class _Made:
    """A report as it was read at one moment; ``content`` is none where it is kept already."""

    title: str
    note: str
    at: dt.datetime
    sums: Sums
    digest: str
    content: bytes | None


def keep_steps(
    session: Session, files: Files, kind: str, asked: Asked, *, source: str, by: Person
) -> Steps[KeptReport]:
    """Make a report as a workbook and keep it, stopping now and then to say how far it is.

    All of it is read as of one moment, twice: first to know whether the same is kept already
    (then that one is returned), then to write it; no more than a few rows are held at once.
    ``source`` is the address that stands below the table. What the session had not committed is
    undone. Refuses a kind that this person may not read, parameters too long to be kept, an
    empty report and one too large.
    """
    report, by_id = REPORTS[kind], by.id
    if by.role not in report.roles:
        raise Refused(f"“{report.title}”不对{by.role.label}开放，请向统筹协调人员索取。")
    asked = report.known(asked)
    if len(asked.query) > MOST_QUERY:
        raise Refused("筛选条件太长，保存不下；请去掉一部分筛选条件，或用更短的查找词再生成。")
    with one_moment(session):
        made = yield from _read(session, kind, asked, source, by_id)
    on = clock.day_of(made.at)
    same = _same(by_id, kind, asked.query, on, made.digest)
    if made.content is None:
        kept = session.scalar(same)
        if kept is not None:
            return kept
        raise Refused("保存的同一份报表刚刚被删除，请重新生成。")
    yield Step("正在保存文件", 1, 1)
    values = {
        "title": made.title,
        "note": made.note,
        "cut_off_at": made.at,
        "row_count": made.sums.count,
        "sum_fen": made.sums.by_key["fen"],
        "made_at": clock.now(),
    }
    attachment = attach_sheet(
        session, files, made.content, name=f"{made.title}_{on:%Y%m%d}.xlsx", by=by
    )
    writing = upsert(session, KeptReport).values(
        by_id=by_id,
        kind=kind,
        query=asked.query,
        cut_off_on=on,
        rows_sha256=made.digest,
        attachment_id=attachment.id,
        **values,
    )
    if session.scalar(writing.on_conflict_do_nothing().returning(KeptReport.id)) is None:
        forget_attachment(session, attachment)  # The same person asked for it twice at once.
        return session.scalars(same).one()
    kept = session.scalars(same).one()
    record(
        session,
        "kept_report.made",
        kept,
        by=by,
        report=report.title,
        rows=made.sums.count,
        sha256=attachment.file.sha256,
    )
    return kept


def drop_kept(session: Session, kept: KeptReport, *, by: Person) -> None:
    """Delete a kept report of one's own; what it was stays in the audit trail.

    Refuses anybody else's, and one that was deleted before.
    """
    if kept.by_id != by.id:
        raise Refused("只能删除自己生成的报表。")
    attachment = kept.attachment
    dropping = sa.delete(KeptReport).where(KeptReport.id == kept.id).returning(KeptReport.id)
    if session.scalar(dropping.execution_options(**BY_ID)) is None:
        raise Refused("这份报表刚刚已被删除，请刷新列表。")
    record(
        session,
        "kept_report.dropped",
        kept,
        by=by,
        report=kept.title,
        rows=kept.row_count,
        sha256=attachment.file.sha256,
    )
    forget_attachment(session, attachment)


def _read(session: Session, kind: str, asked: Asked, source: str, by_id: int) -> Steps[_Made]:
    """Read a report twice within the moment: to know it, then to write it where it is new."""
    report, at = REPORTS[kind], clock.now()
    columns = columns_of(report, asked)
    sums = report_sums(session, report, asked)
    if not sums.count:
        raise Refused("没有符合条件的数据，没有生成；请放宽筛选条件。")
    if sums.count > MOST_KEPT:
        raise Refused(
            f"这张表有 {sums.count} 行，一次最多 {MOST_KEPT} 行；请按月份或单位类别分几次生成。"
        )
    table = report_table(report, asked, sums, told=told_of(session, asked), source=source, at=at)
    digest = hashlib.sha256(json.dumps([table.title, table.note], ensure_ascii=False).encode())
    for count, cells in enumerate(_cells(session, report, asked, columns), start=1):
        digest.update(json.dumps(cells, ensure_ascii=False, default=str).encode())
        if count % AT_ONCE == 0 or count == sums.count:
            yield Step(f"已读取 {count} / {sums.count} 行", count, 2 * sums.count)
    found = digest.hexdigest()
    content = None
    same = _same(by_id, kind, asked.query, clock.day_of(at), found)
    if session.scalar(same) is None:
        with tempfile.TemporaryFile() as draft:
            rows = _cells(session, report, asked, columns)
            for count in xlsx_steps(draft, table, rows, at_once=AT_ONCE):
                done = sums.count + count
                yield Step(f"已写入 {count} / {sums.count} 行", done, 2 * sums.count)
            draft.seek(0)
            content = draft.read()
    return _Made(table.title, table.note, at, sums, found, content)


def _cells(
    session: Session, report: Report, asked: Asked, columns: Sequence[Column]
) -> Iterator[list[Any]]:
    return (cells_of(columns, row) for row in report_rows(session, report, asked))


def _same(by_id: int, kind: str, query: str, on: dt.date, digest: str) -> sa.Select[Any]:
    return sa.select(KeptReport).where(
        KeptReport.by_id == by_id,
        KeptReport.kind == kind,
        KeptReport.query == query,
        KeptReport.cut_off_on == on,
        KeptReport.rows_sha256 == digest,
    )
