"""``verify``: recompute what is kept, and name every difference."""

from collections.abc import Callable, Sequence

import click
from sqlalchemy.orm import Session

from market.adapters.files import Files
from market.audit import queries as audit
from market.catalog import queries as catalog
from market.cli.words import progress
from market.evidence import queries as evidence
from market.funds.queries import checks as funds
from market.ordering import queries as ordering
from market.payments import queries as payments
from market.plan import queries as plan
from market.targets import queries as targets


def run(session: Session, *, files: Files, known_head: str | None = None) -> bool:
    """Check every invariant, print one line for each, and say whether all hold."""
    checks: tuple[tuple[str, Callable[[], Sequence[str]]], ...] = (
        ("方案 17 行合计与部门分项等于原文", lambda: plan.faults(session)),
        ("指标记录与人员名单、冲销行相符", lambda: plan.record_faults(session)),
        ("库存 = Σ 库存变动", lambda: catalog.verify_stock(session)),
        ("订单金额 = Σ 订单行金额", lambda: ordering.verify_orders(session)),
        (
            "验收金额 = 验收量 × 下单价，计入 = 其验收或售后",
            lambda: ordering.verify_receipts(session),
        ),
        ("下达的目标与操作记录一致", lambda: targets.verify_entries(session)),
        ("任务合计 = Σ 计入", lambda: targets.verify_totals(session)),
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
            lambda: funds.verify_earmarks(session),
        ),
        ("资金账户余额 = Σ 流水，且不为负", lambda: funds.verify_balances(session)),
        ("资金流水不跨专款、不跳阶段", lambda: funds.verify_moves(session)),
        ("占用的资金恰好了结", lambda: funds.verify_holds(session)),
        ("生效单据的审批、内容、附件与规则一致", lambda: funds.verify_documents(session)),
        ("附件内容与其 SHA-256 一致", lambda: evidence.verify_files(session, files)),
        ("操作记录与封存链一致", lambda: audit.chain_faults(session, known_head=known_head)),
    )
    holds = True
    with progress(checks, "核对") as bar:
        found = [(name, check()) for name, check in bar]
    for name, faults in found:
        holds = holds and not faults
        click.echo(
            f"{'✗' if faults else '✓'} {name}" + (f"：{len(faults)} 处差异" if faults else "")
        )
        for fault in faults[:20]:
            click.echo(f"    {fault}")
    click.echo(head_line(session))
    return holds


def head_line(session: Session) -> str:
    """Return the head of the chain, as it is printed and published."""
    head = audit.head(session)
    return f"链头 {head.digest}（共 {head.position} 环）" if head else "链头 无（尚未封存）"
