"""``export``: figures as clean CSV or JSON on standard output."""

import csv
import json
import sys
from typing import Any

import click

from market.cli.words import Command, Commands
from market.core import clock
from market.core.db import db
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


def _write(rows: list[dict[str, Any]], form: str) -> None:
    if form == "json":
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    elif rows:
        writer = csv.DictWriter(sys.stdout, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
