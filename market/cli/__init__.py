"""What is run from a terminal or by cron: serving, loading, checking, exporting."""

import datetime as dt
import os
import re
from pathlib import Path
from typing import Any

import click
import waitress
from flask import current_app

from market.accounts import queries as people
from market.accounts import services as accounts
from market.adapters import migrations
from market.audit.queries import unsealed_count
from market.audit.services import seal as seal_entries
from market.cli import checks, demo_world, exports, imports, online
from market.cli.words import Command, Commands, fail, progress, say
from market.core import clock
from market.core.db import db
from market.core.errors import Refused
from market.funds.services import load_earmarks
from market.ordering.services import expire_orders
from market.payments import services as payments
from market.plan.services import load_plan
from market.reports import services as reports

AT_ONCE = 1000  # How many deeds are sealed between two steps of the progress bar.


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """彭水消费帮扶商城的命令。

    都按环境变量 DATABASE_URL 找数据库（sqlite:///… 或 postgresql+psycopg://…）。
    """


@commands.command(cls=Command)
def serve() -> None:
    """更新数据库，首次运行时载入方案和演示数据，然后启动网站。

    PORT 改端口（默认 8000），HOST 改监听地址，MARKET_DEMO=0 不载入演示数据。
    没有配置支付密钥时，演示环境在 MARKET_STANDIN_PORT（默认 8001）端口同时启动演示支付。
    """
    prepare()
    demo = os.environ.get("MARKET_DEMO", "1") != "0"
    if demo and demo_world.is_wanted(db.session):
        load_demo()
    open_ledger()
    show_accounts()
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    app: Any = current_app
    # Where nobody is invented, nobody pays with play money.
    is_demo = demo and bool(people.demo_accounts(db.session))
    db.session.close()
    if is_demo and online.is_wanted(app):
        online.start_standin(app, host=host, port=port)
    say(f"网站已启动：http://{host}:{port} （按 Ctrl+C 停止）")
    waitress.serve(app._get_current_object(), listen=f"{host}:{port}", threads=8, ident=None)


@commands.command(cls=Command)
def demo() -> None:
    """在空数据库里载入方案和演示数据；已有数据时不动。"""
    prepare()
    if not demo_world.is_wanted(db.session):
        fail("数据库里已经有单位，不再载入演示数据；请换一个空数据库。")
    load_demo()
    show_accounts()


@commands.command(cls=Command)
@click.option("--login", required=True, help="登录名。")
@click.option("--name", default="系统管理员", help="显示的姓名。")
@click.password_option("--password", help="密码，至少 10 个字符；不写时会询问。")
def admin(login: str, name: str, password: str) -> None:
    """建立一个系统管理员账号。"""
    prepare()
    open_ledger()
    try:
        accounts.make_admin(db.session, login=login, name=name, password=password)
    except Refused as refusal:
        fail(str(refusal))
    db.session.commit()
    say(f"管理员“{login}”已建立。")


@commands.command(cls=Command)
@click.option("--head", default=None, help="已公布的链头；给出时还检查封存链没有被截短。")
def verify(head: str | None) -> None:
    """重新计算库存、任务计入、合计和封存链，每条一行；有差异时退出码为 1。

    帮扶资金有差异时停止记账，核对无误后自动恢复。
    """
    found = checks.run(db.session, files=current_app.extensions["files"], known_head=head)
    checks.stop_or_go_on(db.session, found)
    db.session.commit()
    if not found.holds:
        raise SystemExit(1)


@commands.command(cls=Command)
def seal() -> None:
    """把新的操作记录封存进哈希链，并打印链头。"""
    count = unsealed_count(db.session)
    with progress(range(0, count, AT_ONCE), "封存") as bar:
        for _ in bar:
            seal_entries(db.session, most=AT_ONCE)
    db.session.commit()
    say(f"新封存 {count} 条操作记录。")
    click.echo(checks.head_line(db.session))


@commands.command("expire-orders", cls=Command)
def expire() -> None:
    """核对超时的在线支付，关闭逾期未付款的订单，退回占用的库存；由 cron 每分钟运行一次。"""
    online.settle_left_open(db.session, current_app.extensions["cards"])
    count = expire_orders(db.session)
    db.session.commit()
    say(f"关闭了 {count} 个逾期订单。")


@commands.command("make-statements", cls=Command)
@click.option("--month", metavar="年-月", default=None, help="例如 2020-11；默认上个月。")
def make_statements(month: str | None) -> None:
    """生成先货后款的月度结算单并通知双方；由 cron 每月 1 日运行，重复运行不会重复生成。"""
    year, number = _month_of(month)
    try:
        made = payments.make_statements(db.session, year, number)
    except Refused as refusal:
        db.session.rollback()
        fail(str(refusal))
    db.session.commit()
    say(f"{year} 年 {number} 月生成了 {len(made)} 张结算单。")


@commands.command(cls=Command)
def remind() -> None:
    """提醒付款（到期前 5 天、到期日、逾期每 7 天各一次），并按预警规则每周提醒单位一次；由 cron 每天运行。"""
    count = payments.remind(db.session)
    db.session.commit()
    say(f"提醒了 {count} 张结算单的付款。")
    told = reports.remind_units(db.session)
    db.session.commit()
    say(f"按预警规则提醒了 {told} 次单位。")


@commands.command("send-refunds", cls=Command)
def send_refunds() -> None:
    """发出登记好的在线退款，核对还在途中的；由 cron 每几分钟运行一次，同一笔不会重复退。"""
    count = online.send_refunds(db.session, current_app.extensions["cards"])
    say(f"核对了 {count} 笔在线退款。")


@commands.command("import", cls=Command)
@click.argument(
    "what",
    type=click.Choice(["units", "people", "targets", "bank"]),
    metavar="units|people|targets|bank",
)
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="文件"
)
@click.option("--by", required=True, help="以哪个登录名的名义导入，须是可以做这件事的人。")
@click.option("--format", "form", default="", help="银行格式的名称（只用于 bank）。")
@click.option("--apply", "apply_", is_flag=True, help="真正写入；不加时只预览。")
def import_(what: str, file: Path, by: str, form: str, apply_: bool) -> None:
    """从 Excel 导入单位、人员或目标任务，或导入银行流水；先预览，加 --apply 才写入，有一行不对就都不写。"""
    person = people.person_by_login(db.session, by)
    if person is None:
        fail(f"没有登录名为“{by}”的人员。")
    try:
        content = file.read_bytes()
        if what == "bank":
            imports.run_bank(
                db.session,
                current_app.extensions["files"],
                content,
                name=file.name,
                form_name=form,
                apply=apply_,
                by=person,
            )
            told = []
        else:
            told = imports.run(db.session, what, content, apply=apply_, by=person)
    except Refused as refusal:
        db.session.rollback()
        fail(str(refusal))
    db.session.commit()
    for line in told:
        click.echo(line)


commands.add_command(exports.export)


def _month_of(typed: str | None) -> tuple[int, int]:
    """Return the year and month of ``2020-11``; last month where nothing is given."""
    if typed is None:
        last = clock.today().replace(day=1) - dt.timedelta(days=1)
        return last.year, last.month
    found = re.fullmatch(r"(20[0-9]{2})-(0?[1-9]|1[0-2])", typed)
    if not found:
        fail("月份请按“年-月”填写，例如 2020-11。")
    return int(found[1]), int(found[2])


def prepare() -> None:
    """Bring the tables up to date and load the plan where there is none."""
    migrations.upgrade(db.engine)
    if load_plan(db.session):
        say("已载入《2020年两江新区助推彭水自治县打赢脱贫攻坚战工作方案》。")
    db.session.commit()


def open_ledger() -> None:
    """Open the accounts of the plan's money where there are none; the demonstration has its own."""
    if load_earmarks(db.session):
        say("已按方案为 23 笔专款（5487 万元）立账。")
    db.session.commit()


def load_demo() -> None:
    """Load the demonstration world, with a progress bar."""
    say("正在载入演示数据（2020 年的历史和今年的进展），约半分钟……")
    secret = str(current_app.secret_key).encode()
    demo_world.load(db.session, current_app.extensions["files"], secret=secret)
    db.session.commit()


def show_accounts() -> None:
    """Print the demonstration accounts, or how to make the first administrator."""
    rows = people.demo_accounts(db.session)
    if not rows:
        if not people.anyone(db.session):
            say("还没有任何账号。请运行：python -m market admin --login 登录名")
        return
    say(f"演示账号（密码都是 {accounts.DEMO_PASSWORD}，正式环境拒绝登录）：")
    for person in rows:
        unit = f"  {person.unit.name}" if person.unit else ""
        say(f"  {person.login:<14} {person.role.label}{unit}")
