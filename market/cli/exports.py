"""``export``: figures as clean CSV or JSON on standard output."""

import csv
import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from market.cli.words import Command, Commands, fail, progress
from market.core import clock
from market.core.db import db, one_moment
from market.funds.queries import figures as earmarks
from market.payments import queries as money
from market.plan import queries as plan
from market.reports import queries as reports
from market.reports.queries.groups import By
from market.reports.queries.tables import REPORTS, Asked, report_records, report_sums

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    metavar="csv|json",
    default="csv",
    help="输出格式，默认 csv。",
)


@click.group(cls=Commands)
def export() -> None:
    """把数据以 CSV 或 JSON 写到标准输出。"""


@export.command("plan", cls=Command)
@FORMAT
def plan_(form: str) -> None:
    """项目计划表 17 行，金额（万元）照录原文。"""
    _write(plan.export_rows(db.session), form)


@export.command(cls=Command)
@click.option("--year", type=click.IntRange(2018, 2100), metavar="年", help="默认今年。")
@FORMAT
def completion(year: int | None, form: str) -> None:
    """各单位某年的目标、完成、在途（分）和完成率。"""
    _write(reports.completion_export(db.session, year or clock.today().year), form)


@export.command(cls=Command)
@FORMAT
def payments(form: str) -> None:
    """每个订单一行：应付、已付、已退、已入账、待退回、尚欠（分）。"""
    _write(money.export_rows(db.session), form)


@export.command(cls=Command)
@FORMAT
def funds(form: str) -> None:
    """23 笔专款各一行：项目、责任单位、下达、签约、拨付、使用、验收（各含其后阶段）、可用（分）。"""
    _write(earmarks.export_rows(db.session), form)


@export.command(cls=Command)
@click.argument("kind", type=click.Choice(list(REPORTS)), metavar="|".join(REPORTS))
@click.option("--year", type=click.IntRange(2018, 2100), metavar="年", help="默认今年。")
@click.option("--from", "first", type=click.IntRange(1, 12), metavar="月", help="从几月，默认 1。")
@click.option("--to", "last", type=click.IntRange(1, 12), metavar="月", help="到几月，默认 12。")
@click.option(
    "--only",
    multiple=True,
    metavar="项=值",
    help=f"只含：{'、'.join(f'{by.value}={by.label}' for by in By)}；可重复。",
)
@FORMAT
def report(
    kind: str, year: int | None, first: int | None, last: int | None, only: list[str], form: str
) -> None:
    """按条件的报表，与网页同一口径：金额为分，比率为千分之几，显示读取进度。"""
    given = {"year": year, "from": first, "to": last}
    words = {name: str(number) for name, number in given.items() if number}
    for pair in only:
        name, sign, word = pair.partition("=")
        if not sign or name not in list(By):
            fail(f"“{pair}”看不懂，请写成 项=值，项是 {'、'.join(By)} 之一。")
        words[name] = word
    asked = REPORTS[kind].known(Asked.read(words))
    if lost := [name for name in words if name in list(By) and By(name) not in asked.where]:
        fail(f"这张报表不能按{'、'.join(By(name).label for name in lost)}筛选。")
    with one_moment(db.session):
        count = report_sums(db.session, REPORTS[kind], asked).count
        rows = report_records(db.session, REPORTS[kind], asked)
        with progress(rows, "读取", length=count) as bar:
            _write(bar, form)


def _write(rows: Iterable[dict[str, Any]], form: str) -> None:
    """Write rows one by one, as they come: there may be more of them than fit in memory."""
    if form == "json":
        started = False
        for row in rows:
            sys.stdout.write(",\n " if started else "[\n ")
            sys.stdout.write(json.dumps(row, ensure_ascii=False))
            started = True
        sys.stdout.write("\n]\n" if started else "[]\n")
        return
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, row.keys(), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
