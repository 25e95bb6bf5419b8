"""``verify``: recompute what is kept, and name every difference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
from sqlalchemy.orm import Session

from market.adapters.files import Files
from market.audit import queries as audit
from market.catalog import queries as catalog
from market.cli.words import progress, say
from market.core.db import one_moment
from market.evidence import queries as evidence
from market.fairs import queries as fairs
from market.funds import services
from market.funds.queries import checks as funds
from market.ordering import queries as ordering
from market.payments import queries as payments
from market.plan import queries as plan
from market.reports.queries import bulletins as reports
from market.targets import queries as targets


@dataclass(frozen=True)
class Found:
    """What the checks found: whether all hold, and how the plan's money stands.

    ``money`` are the differences that stop it; it may go on where ``money_holds``.
    """

    holds: bool
    money_holds: bool
    money: Sequence[str]


def run(session: Session, *, files: Files, known_head: str | None = None) -> Found:
    """Check every invariant as of one moment, and print one line for each."""
    money: list[str] = []

    def of_money(check: Callable[[Session], Sequence[str]]) -> Sequence[str]:
        try:
            faults = check(session)
        except LookupError as error:  # A row that others name is gone, or has a word of no list.
            faults = [f"数据缺失或无法识别，不能核对：{error}"]
        money.extend(faults)
        return faults

    def of_files() -> Sequence[str]:
        faults = evidence.verify_files(session, files)
        proving = funds.proving_files(session) if faults else ()
        money.extend(fault for id_, fault in faults.items() if id_ in proving)
        return list(faults.values())

    def of_chain() -> Sequence[str]:
        # Whoever types a head may mistype it, so that alone stops nothing.
        return [*of_money(audit.chain_faults), *audit.head_faults(session, known_head)]

    checks: tuple[tuple[str, Callable[[], Sequence[str]]], ...] = (
        ("方案 17 行合计与部门分项等于原文", lambda: plan.faults(session)),
        ("指标记录与人员名单、冲销行相符", lambda: plan.record_faults(session)),
        ("月报、指标记录、里程碑的状态与其经过一致", lambda: plan.step_faults(session)),
        ("库存 = Σ 库存变动", lambda: catalog.verify_stock(session)),
        ("订单金额 = Σ 订单行金额", lambda: ordering.verify_orders(session)),
        (
            "验收金额 = 验收量 × 下单价，计入 = 其验收或售后",
            lambda: ordering.verify_receipts(session),
        ),
        ("下达的目标与操作记录一致", lambda: targets.verify_entries(session)),
        (
            "分解结果可按所记权重重算，下达 = 结果 − 原目标，移交合计为零",
            lambda: targets.verify_runs(session),
        ),
        ("任务合计 = Σ 计入", lambda: targets.verify_totals(session)),
        ("平台外申报与其计入、冲销一致", lambda: targets.verify_outside(session)),
        ("一张小票不既计入展销又计入平台外申报", lambda: targets.verify_twins(session)),
        ("已结账月份没有变动", lambda: targets.verify_periods(session)),
        ("展销：计入 = 已核实的销售，核定的成果表 = 其明细", lambda: fairs.verify_fairs(session)),
        (
            "签发的通报可按台账重算，文件逐字节相同",
            lambda: reports.verify_bulletins(session, files),
        ),
        ("收款对得上订单", lambda: payments.verify_payments(session)),
        (
            "收款合计 = Σ 已入账 + 未入账 + 已退 + 待认领 + 与货款无关",
            lambda: payments.verify_sums(session),
        ),
        (
            "每个订单的应付、已入账、未入账、已退 = 其明细合计",
            lambda: payments.verify_ledgers(session),
        ),
        ("结算单 = Σ 明细，明细 = 验收、售后、结转", lambda: payments.verify_statements(session)),
        (
            "各专款各阶段合计 = 方案数 ± 调剂，总额 5487 万元",
            lambda: of_money(funds.verify_earmarks),
        ),
        ("资金账户余额 = Σ 流水，且不为负", lambda: of_money(funds.verify_balances)),
        ("资金流水不跨专款、不跳阶段", lambda: of_money(funds.verify_moves)),
        ("占用的资金恰好了结", lambda: of_money(funds.verify_holds)),
        (
            "生效单据的审批、内容、附件与规则一致",
            lambda: of_money(funds.verify_documents),
        ),
        ("附件内容与其 SHA-256 一致", of_files),
        ("操作记录与封存链一致", of_chain),
    )
    with one_moment(session), progress(checks, "核对") as bar:
        found = [(name, check()) for name, check in bar]
    for name, faults in found:
        click.echo(
            f"{'✗' if faults else '✓'} {name}" + (f"：{len(faults)} 处差异" if faults else "")
        )
        for fault in faults[:20]:
            click.echo(f"    {fault}")
    click.echo(head_line(session))
    session.rollback()  # What follows may write, and begins anew.
    holds = not any(faults for _, faults in found)
    return Found(holds, not money and not found[-1][1], money)


def stop_or_go_on(session: Session, found: Found) -> None:
    """Stop the plan's money where it doesn't add up, let it go on where it does, and say so."""
    if found.money:
        if services.raise_halt(session, found.money):
            say("资金记账已停止，已通知系统管理员、统筹协调和督查。")
        else:
            say("资金记账仍然停止。")
    elif found.money_holds and services.lift_halt(session):
        say("资金记账已恢复，已通知系统管理员、统筹协调和督查。")


def head_line(session: Session) -> str:
    """Return the head of the chain, as it is printed and published."""
    head = audit.head(session)
    return f"链头 {head.digest}（共 {head.position} 环）" if head else "链头 无（尚未封存）"
