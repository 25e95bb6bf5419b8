"""Prove statements and invoices against the rows they come from."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.audit.queries import contradicted
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    Claim,
    Consignment,
    Order,
    OrderLine,
)
from market.payments.models import (
    Allocation,
    Invoice,
    LineKind,
    Statement,
    StatementLine,
    StatementState,
)
from market.payments.queries.statements import SETTLED


def verify_statements(session: Session) -> list[str]:
    """Name every statement, line and invoice that its parts, sources or records contradict."""
    return [
        *_unlike_their_record(session),
        *_unlike_their_lines(session),
        *_unlike_their_sources(session),
        *_on_two(session),
        *_paid_beyond_their_part(session),
    ]


def _unlike_their_record(session: Session) -> Iterator[str]:
    for statement in contradicted(session, Statement, "total_fen", "statement.made"):
        yield f"结算单 {statement.number} 合计 {statement.total_fen} 分，与操作记录不符"
    for invoice in contradicted(session, Invoice, "amount_fen", "invoice.recorded"):
        yield f"发票 {invoice.number} 金额 {invoice.amount_fen} 分，与操作记录不符"


def _unlike_their_lines(session: Session) -> Iterator[str]:
    lines = sa.func.coalesce(sa.func.sum(StatementLine.amount_fen), 0)
    lost = StatementLine.is_live != (Statement.state != StatementState.VOID)
    wrong = sa.func.coalesce(sa.func.sum(sa.case((lost, 1), else_=0)), 0)
    rows = session.execute(
        sa.select(Statement.number, Statement.total_fen, lines, wrong)
        .outerjoin(StatementLine, StatementLine.statement_id == Statement.id)
        .group_by(Statement.id)
        .having(sa.or_(Statement.total_fen != lines, wrong > 0))
        .order_by(Statement.id)
    )
    for number, total_fen, lines_fen, _ in rows:
        yield f"结算单 {number} 合计 {total_fen} 分，与有效明细 {int(lines_fen)} 分或作废状态不符"


def _unlike_their_sources(session: Session) -> Iterator[str]:
    """Name lines whose source says another sum, order, unit or supplier, or does not stand."""
    accepted = (
        sa.select(
            AcceptanceLine.acceptance_id, sa.func.sum(AcceptanceLine.accepted_fen).label("fen")
        )
        .group_by(AcceptanceLine.acceptance_id)
        .subquery()
    )
    line, earlier = StatementLine, aliased(Statement)
    claimed, part = aliased(OrderLine), aliased(Consignment)
    is_kind = {kind: line.kind == kind for kind in LineKind}
    agrees = sa.case(
        (
            is_kind[LineKind.ACCEPTANCE],
            (line.amount_fen == accepted.c.fen)
            & (Acceptance.state == AcceptanceState.SIGNED)
            & (Consignment.supplier_id == Statement.supplier_id)
            & (Consignment.order_id == line.order_id),
        ),
        (
            is_kind[LineKind.CLAIM],
            (line.amount_fen == -Claim.amount_fen)
            & Claim.state.in_(SETTLED)
            & (part.supplier_id == Statement.supplier_id)
            & (claimed.order_id == line.order_id),
        ),
        else_=(earlier.unit_id == Statement.unit_id)
        & (earlier.supplier_id == Statement.supplier_id)
        & (earlier.id < Statement.id)
        & (earlier.state != StatementState.VOID)
        & ((line.amount_fen < 0) | (earlier.state == StatementState.CONFIRMED)),
    )
    rows = session.execute(
        sa.select(Statement.number, line.id)
        .join(line, line.statement_id == Statement.id)
        .join(Order, Order.id == line.order_id)
        .outerjoin(accepted, accepted.c.acceptance_id == line.acceptance_id)
        .outerjoin(Acceptance, Acceptance.id == line.acceptance_id)
        .outerjoin(Consignment, Consignment.id == Acceptance.consignment_id)
        .outerjoin(Claim, Claim.id == line.claim_id)
        .outerjoin(claimed, claimed.id == Claim.order_line_id)
        .outerjoin(part, part.id == claimed.consignment_id)
        .outerjoin(earlier, earlier.id == line.carried_id)
        .where(
            line.is_live,
            ~(sa.func.coalesce(agrees, sa.false()) & (Order.unit_id == Statement.unit_id)),
        )
        .order_by(line.id)
    )
    for number, line_id in rows:
        yield f"结算单 {number} 的明细 {line_id} 与它的验收、售后或上期结算单不符"


def _on_two(session: Session) -> Iterator[str]:
    """Name sources that two live lines have; the tables refuse it, too."""
    for name, column in (("验收", StatementLine.acceptance_id), ("售后", StatementLine.claim_id)):
        rows = session.scalars(
            sa.select(column)
            .where(StatementLine.is_live, column.is_not(None))
            .group_by(column)
            .having(sa.func.count() > 1)
        )
        for source_id in rows:
            yield f"{name} {source_id} 在两张有效的结算单上"


def _paid_beyond_their_part(session: Session) -> Iterator[str]:
    """Name statements that were paid for an order more than its lines, less what was carried on."""
    live = StatementLine.is_live
    rows = sa.union_all(
        sa.select(
            StatementLine.statement_id,
            StatementLine.order_id,
            StatementLine.amount_fen.label("part"),
        ).where(live),
        sa.select(
            StatementLine.carried_id, StatementLine.order_id, -StatementLine.amount_fen
        ).where(live, StatementLine.carried_id.is_not(None)),
    ).subquery()
    parts = (
        sa.select(rows.c.statement_id, rows.c.order_id, sa.func.sum(rows.c.part).label("fen"))
        .group_by(rows.c.statement_id, rows.c.order_id)
        .subquery()
    )
    paid = sa.func.sum(Allocation.amount_fen)
    part = sa.func.coalesce(sa.func.max(parts.c.fen), 0)
    found = session.execute(
        sa.select(Statement.number, Allocation.order_id, paid, part)
        .join(Statement, Statement.id == Allocation.statement_id)
        .outerjoin(
            parts,
            (parts.c.statement_id == Statement.id) & (parts.c.order_id == Allocation.order_id),
        )
        .group_by(Statement.id, Allocation.order_id)
        .having((paid > 0) & (paid > part))
        .order_by(Statement.id)
    )
    for number, order_id, paid_fen, part_fen in found:
        yield f"结算单 {number} 为订单 {order_id} 入账 {int(paid_fen)} 分，超过它的 {int(part_fen)} 分"
