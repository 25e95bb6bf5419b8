"""Ask which transfers wait to be matched, and what each was probably paid for.

Nothing of this is kept: it is computed from what payments, orders and statements are now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.core import clock, money
from market.core.errors import Refused
from market.ordering.models import Order, OrderState, Terms
from market.ordering.queries import typed_number
from market.payments.models import (
    Allocation,
    BankFile,
    Method,
    Payment,
    PaymentCode,
    Standing,
    Statement,
    StatementState,
)
from market.payments.queries.bank import AT_ONCE
from market.payments.queries.ledger import PAID_FOR, figures
from market.payments.queries.receipts import free_payments
from market.payments.queries.statements import outstandings

PAYABLE = (StatementState.ISSUED, StatementState.CONFIRMED)


def payable_orders(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Return ``id``, ``number`` and ``owed`` of the orders of these conditions that take money now.

    A prepaid one takes its exact total while it waits, one on account what it owes, and
    a paid one what it owes again (``owed_again_of``).
    """
    waits = (Order.state == OrderState.AWAITING_PAYMENT) & (Order.pay_by_at > clock.now())
    # Only of those from which a refund took money; the other prepaid ones are not summed.
    lost = sa.select(Allocation.order_id).where(Allocation.refund_id.is_not(None))
    on_account = Order.terms == Terms.ON_ACCOUNT
    taking = Order.state.in_(PAID_FOR) & sa.or_(on_account, Order.id.in_(lost))
    found = sa.and_(sa.or_(waits, taking), *conditions)
    sums = figures(among=sa.select(Order.id).where(found))
    owed = sa.case((waits, Order.total_fen), else_=sums.c.due - sums.c.applied)
    return (
        sa.select(Order.id, Order.number, owed.label("owed"))
        .join(sums, sums.c.id == Order.id)
        .where(owed > 0)
        .subquery()
    )


def payable_statements(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Return ``id``, ``number`` and ``owed`` of the statements of these conditions that take money."""
    taking = sa.and_(Statement.state.in_(PAYABLE), *conditions)
    owed = outstandings(taking)
    return (
        sa.select(Statement.id, Statement.number, owed.c.owed)
        .join(owed, owed.c.statement_id == Statement.id)
        .where(owed.c.owed > 0)
        .subquery()
    )


def queue(*, standing: Standing | None, search: str) -> sa.Select[Any]:
    """Return the select of transfers that wait, each with where it stands, oldest first.

    Without a standing: all but what has nothing to do with the shop. ``search`` is looked
    for in payer, account, remark and serial; a number is an amount, too.
    """
    return (
        _waiting(standing, search)
        .order_by(Payment.paid_on, Payment.id)
        .options(joinedload(Payment.unit), joinedload(Payment.person))
    )


def queue_sums(session: Session, *, search: str) -> dict[Standing, tuple[int, int]]:
    """Return how many transfers stand where, with their free fen, of those a search finds."""
    found = _waiting(None, search, all_=True).subquery()
    stands = found.c.stands
    rows = session.execute(
        sa.select(
            stands,
            sa.func.count(),
            sa.func.sum(found.c.amount_fen - found.c.allocated_fen - found.c.refunded_fen),
        ).group_by(stands)
    )
    sums = {Standing(stand): (int(count), int(fen)) for stand, count, fen in rows}
    return {one: sums.get(one, (0, 0)) for one in Standing}


def exact_keys(session: Session, most: int) -> Sequence[str]:
    """Return the keys of transfers whose codes owe exactly what is free, oldest first."""
    select = queue(standing=Standing.EXACT, search="")
    keys = select.options(sa.orm.lazyload("*")).with_only_columns(
        Payment.once_key, maintain_column_froms=True
    )
    return session.scalars(keys.limit(most)).all()


def transfer_of(session: Session, key: str) -> Payment | None:
    """Return the transfer that a page's address names."""
    return session.scalar(
        sa.select(Payment)
        .where(Payment.once_key == key, Payment.method == Method.TRANSFER)
        .options(
            joinedload(Payment.unit),
            joinedload(Payment.person),
            joinedload(Payment.order),
            joinedload(Payment.recorded_by),
            joinedload(Payment.file).joinedload(BankFile.attachment),
        )
    )


def codes_of(session: Session, *payments: Payment) -> dict[int, list[str]]:
    """Return the codes in payments' remarks, by the payment's id, in the order they stand."""
    codes: dict[int, list[str]] = {payment.id: [] for payment in payments}
    ids = sorted(codes)
    for start in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            sa.select(PaymentCode.payment_id, PaymentCode.code)
            .where(PaymentCode.payment_id.in_(ids[start : start + AT_ONCE]))
            .order_by(PaymentCode.id)
        )
        for payment_id, code in rows:
            codes[payment_id].append(code)
    return codes


@dataclass(frozen=True)
class Match:
    """A part of a transfer that was put to an order, and the rows that took of it back."""

    allocation: Allocation
    statement_number: str | None
    counters: Sequence[Allocation]

    @property
    def left_fen(self) -> int:
        """What is left of it, in fen."""
        return self.allocation.amount_fen + sum(row.amount_fen for row in self.counters)


def matches_of(session: Session, payment: Payment) -> list[Match]:
    """Return what a transfer was put to, also what was taken back since, oldest first."""
    rows = session.execute(
        sa.select(Allocation, Statement.number)
        .outerjoin(Statement, Statement.id == Allocation.statement_id)
        .where(Allocation.payment_id == payment.id)
        .order_by(Allocation.id)
        .options(
            joinedload(Allocation.order).joinedload(Order.unit),
            joinedload(Allocation.order).joinedload(Order.placed_by),
            joinedload(Allocation.by),
        )
    ).all()
    counters: dict[int | None, list[Allocation]] = {}
    for row, _ in rows:
        counters.setdefault(row.reverses_id, []).append(row)
    return [
        Match(row, number, counters.get(row.id, [])) for row, number in rows if row.amount_fen > 0
    ]


def _waiting(standing: Standing | None, search: str, *, all_: bool = False) -> sa.Select[Any]:
    """Select transfers with free money, and where each stands; ``all_`` with those set aside."""
    named = (
        sa.select(PaymentCode.code)
        .join(Payment, Payment.id == PaymentCode.payment_id)
        .where(free_payments())
    )
    orders = payable_orders(Order.number.in_(named))
    statements = payable_statements(Statement.number.in_(named))
    owed = sa.func.coalesce(orders.c.owed, statements.c.owed)
    codes = (
        sa.select(
            PaymentCode.payment_id,
            sa.func.count().label("codes"),
            sa.func.count(owed).label("payable"),
            sa.func.sum(owed).label("owed"),
        )
        .outerjoin(orders, orders.c.number == PaymentCode.code)
        .outerjoin(statements, statements.c.number == PaymentCode.code)
        .group_by(PaymentCode.payment_id)
        .subquery()
    )
    is_exact = (codes.c.codes == codes.c.payable) & (codes.c.owed == Payment.free_fen)
    on_account = sa.or_(Payment.unit_id.is_not(None), Payment.person_id.is_not(None))
    stands = sa.case(
        (Payment.aside_reason != "", Standing.ASIDE.value),
        (is_exact, Standing.EXACT.value),
        (Payment.order_id.is_not(None), Standing.BACK.value),
        # What its codes name takes nothing any more, and it is known whose money it is.
        (on_account & (codes.c.payable == 0), Standing.CREDIT.value),
        (codes.c.codes > 0, Standing.CODED.value),
        (on_account, Standing.CREDIT.value),
        else_=Standing.NO_CODE.value,
    )
    free = Payment.allocated_fen + Payment.refunded_fen < Payment.amount_fen
    select = (
        sa.select(Payment, stands.label("stands"))
        .outerjoin(codes, codes.c.payment_id == Payment.id)
        .where(Payment.method == Method.TRANSFER, free)
    )
    if search:
        select = select.where(_about(search))
    if standing is not None:
        return select.where(stands == standing.value)
    return select if all_ else select.where(Payment.aside_reason == "")


def _about(search: str) -> sa.ColumnElement[bool]:
    """Return the condition that a payment is what somebody looks for."""
    plain = typed_number(search).upper()
    found = [
        Payment.payer_name.contains(search, autoescape=True),
        Payment.remark.contains(search, autoescape=True),
        Payment.payer_account.contains(plain, autoescape=True),
        Payment.bank_serial.contains(plain, autoescape=True),
        Payment.id.in_(
            sa.select(PaymentCode.payment_id).where(
                PaymentCode.code.contains(plain, autoescape=True)
            )
        ),
    ]
    try:
        amount_fen = money.parse_yuan(search)
    except Refused:
        return sa.or_(*found)
    return sa.or_(*found, Payment.amount_fen == amount_fen, Payment.free_fen == amount_fen)
