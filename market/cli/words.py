"""How commands speak: Chinese help, messages to standard error, data to standard output."""

import sys
from typing import Any, NoReturn

import click
import sqlalchemy as sa

from market.adapters import migrations
from market.core.db import db
from market.core.steps import Steps, T


class _ChineseHelp:
    """Write the headings of click's help in Chinese."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that says how to call it."""
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        words = {"[OPTIONS]": "[选项]", "COMMAND": "命令", "[ARGS]...": "[参数]…"}
        told = " ".join(pieces)
        for english, chinese in words.items():
            told = told.replace(english, chinese)
        formatter.write_usage(ctx.command_path, told, prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands of a group."""
        records = [
            record
            for parameter in self.get_params(ctx)  # type: ignore[attr-defined]
            if (record := parameter.get_help_record(ctx))
        ]
        with formatter.section("选项"):
            formatter.write_dl(
                [
                    (name, text.replace("Show this message and exit.", "显示这段说明。"))
                    for name, text in records
                ]
            )
        if isinstance(self, click.Group):
            with formatter.section("命令"):
                formatter.write_dl(
                    [
                        (name, self.commands[name].get_short_help_str(70))
                        for name in sorted(self.commands)
                    ]
                )


class Command(_ChineseHelp, click.Command):
    """A command with Chinese help, which says so where the tables aren't there or are old."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except sa.exc.DatabaseError:
            db.session.rollback()
            if migrations.is_current(db.engine):
                raise
            fail(
                "数据库的表还没有建立，或不是最新的。请先运行 python -m market serve"
                "（启动时自动建立和更新），再运行这条命令。"
            )


class Commands(_ChineseHelp, click.Group):
    """A group of commands with Chinese help."""


def say(text: str) -> None:
    """Tell the person at the terminal; standard output stays for data."""
    click.echo(text, err=True)


def fail(text: str) -> NoReturn:
    """Tell what is wrong, and end with exit code 2."""
    say(text)
    raise SystemExit(2)


def progress(things: Any, label: str, *, length: int | None = None) -> Any:
    """Return a progress bar over things, on standard error; ``length`` where they have none."""
    return click.progressbar(things, length=length, label=label, file=sys.stderr)


def walk(steps: Steps[T], label: str) -> T:
    """Do long work with a progress bar on standard error, and return what it made."""
    with click.progressbar(length=100, label=label, file=sys.stderr) as bar:
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                bar.update(100 - bar.pos)
                return end.value
            bar.update(step.done * 100 // max(step.of, 1) - bar.pos)
