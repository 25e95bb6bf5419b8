"""``export``: figures as clean CSV or JSON on standard output."""

import csv
import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from market.cli.words import Command, Commands
from market.core import clock
from market.core.db import db
from market.funds.queries import figures as earmarks
from market.payments import queries as money
from market.plan import queries as plan
from market.reports import queries as reports

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
