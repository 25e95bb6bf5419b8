"""Ask for all that one statement's page and documents show."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.evidence.models import Attachment
from market.ordering.models import Acceptance, OrderLine
from market.payments.models import (
    Allocation,
    Invoice,
    InvoiceState,
    LineKind,
    Payment,
    Statement,
    StatementLine,
)


@dataclass(frozen=True)
class ShownLine:
    """A line with the document it comes from; ``ordered_fen`` of an acceptance's goods."""

    line: StatementLine
    number: str
    reason: str
    ordered_fen: int

    @property
    def is_deduction(self) -> bool:
        """Whether it lessens what is to be paid, as a claim does."""
        return self.line.kind is LineKind.CLAIM


@dataclass(frozen=True)
class StatementPayment:
    """A payment as one statement sees it: how much of it was put to its orders, in fen."""

    payment: Payment
    fen: int


@dataclass(frozen=True)
class InvoiceCheck:
    """The three-way check: what was ordered, what was accepted of it, what is invoiced; fen."""

    ordered_fen: int
    accepted_fen: int
    claimed_fen: int
    invoiced_fen: int

    @property
    def goods_fen(self) -> int:
        """What the goods of the statement come to after claims: what invoices are for."""
        return self.accepted_fen - self.claimed_fen

    @property
    def received_difference_fen(self) -> int:
        """By how much less or more was accepted than ordered."""
        return self.accepted_fen - self.ordered_fen

    @property
    def invoice_difference_fen(self) -> int:
        """By how much the invoices differ from the goods."""
        return self.invoiced_fen - self.goods_fen


def lines_of(session: Session, statement: Statement) -> list[ShownLine]:
    """Return a statement's lines with what they come from, in one query."""
    ordered = (
        sa.select(sa.func.sum(OrderLine.ordered_fen))
        .where(OrderLine.consignment_id == Acceptance.consignment_id)
        .correlate(Acceptance)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(StatementLine, sa.func.coalesce(ordered, 0))
        .outerjoin(Acceptance, Acceptance.id == StatementLine.acceptance_id)
        .where(StatementLine.statement_id == statement.id)
        .order_by(StatementLine.id)
        .options(
            joinedload(StatementLine.order),
            joinedload(StatementLine.acceptance).joinedload(Acceptance.consignment),
            joinedload(StatementLine.claim),
            joinedload(StatementLine.carried),
        )
    )
    return [ShownLine(line, *_named(line), int(fen)) for line, fen in rows]


def check_of(lines: Sequence[ShownLine], invoices: Sequence[Invoice]) -> InvoiceCheck:
    """Return the three-way check of what a page has asked for already."""
    of = {
        kind: sum(one.line.amount_fen for one in lines if one.line.kind is kind)
        for kind in LineKind
    }
    return InvoiceCheck(
        ordered_fen=sum(one.ordered_fen for one in lines),
        accepted_fen=of[LineKind.ACCEPTANCE],
        claimed_fen=-of[LineKind.CLAIM],
        invoiced_fen=sum(one.amount_fen for one in invoices if one.state is InvoiceState.VALID),
    )


def payments_of(session: Session, statement: Statement) -> list[StatementPayment]:
    """Return the payments that were put to a statement, oldest first; what was moved within it left out."""
    put = sa.func.sum(Allocation.amount_fen)
    rows = session.execute(
        sa.select(Payment, put)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .where(Allocation.statement_id == statement.id)
        .group_by(Payment.id)
        .having(put != 0)
        .order_by(Payment.id)
    )
    return [StatementPayment(payment, int(fen)) for payment, fen in rows]


def invoices_of(session: Session, statement: Statement) -> Sequence[Invoice]:
    """Return a statement's invoices, the void ones too, in the order they were recorded."""
    return session.scalars(
        sa.select(Invoice)
        .where(Invoice.statement_id == statement.id)
        .order_by(Invoice.id)
        .options(
            joinedload(Invoice.attachment).joinedload(Attachment.file),
            joinedload(Invoice.recorded_by),
            joinedload(Invoice.statement),
        )
    ).all()


def _named(line: StatementLine) -> tuple[str, str]:
    """Return the number of the document behind a line, and the reason of a deduction."""
    if line.acceptance is not None:
        return line.acceptance.consignment.number, ""
    if line.claim is not None:
        return line.claim.number, line.claim.reason
    assert line.carried is not None  # Each line has one source.
    return line.carried.number, ""
