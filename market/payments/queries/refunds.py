"""Ask what may go back, what went, and what is still to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.catalog.models import MovementKind, StockMovement
from market.core import clock
from market.ordering.models import Claim, ConsignmentState, Order, OrderLine
from market.ordering.queries.claims import SETTLED
from market.payments.models import (
    Allocation,
    Checkout,
    Dispute,
    DisputeState,
    Method,
    Payment,
    Refund,
    RefundCause,
    RefundState,
    Statement,
)
from market.payments.queries.ledger import CLOSED, NOT_COMING, balance_of

UNDECIDED = (DisputeState.OPEN, DisputeState.REVIEW)
STANDS = Refund.state != RefundState.FAILED


@dataclass(frozen=True)
class Returnable:
    """A payment of an order, and how much of it may go back, in fen, each by itself."""

    payment: Payment
    fen: int
    is_disputed: bool


@dataclass(frozen=True)
class RefundSums:
    """What the refunds that a filter finds come to, whichever page is shown."""

    count: int
    waiting_fen: int
    done_fen: int


def refund_by_number(session: Session, number: str) -> Refund | None:
    """Return a refund with all that its page shows."""
    return session.scalar(sa.select(Refund).where(Refund.number == number).options(*_WITH_ALL))


def refund_by_key(session: Session, once_key: str) -> Refund | None:
    """Return the refund that a one-time key made."""
    return session.scalar(sa.select(Refund).where(Refund.once_key == once_key))


def refunds_by_key(session: Session, beginning: str) -> list[Refund]:
    """Return the refunds whose one-time keys begin so: those of one click."""
    keys = Refund.once_key.startswith(beginning, autoescape=True)
    return list(session.scalars(sa.select(Refund).where(keys).order_by(Refund.id)))


def refund_by_serial(session: Session, serial: str) -> Refund | None:
    """Return the refund that the processor, or the bank, knows under this number."""
    return session.scalar(sa.select(Refund).where(Refund.serial == serial))


def refunds(*, state: RefundState | None, cause: RefundCause | None, search: str) -> sa.Select[Any]:
    """Return the select of refunds, newest first, by state, cause, and a number of either kind."""
    select = _found(sa.select(Refund), state, cause, search)
    return select.order_by(Refund.id.desc()).options(*_WITH_ALL)


def refund_sums(
    session: Session, *, state: RefundState | None, cause: RefundCause | None, search: str
) -> RefundSums:
    """Return the sums over what ``refunds`` finds."""
    waits = Refund.state.in_((RefundState.PENDING, RefundState.SENT))
    parts = (waits, Refund.state == RefundState.DONE)
    sums = sa.select(
        sa.func.count(Refund.id),
        *(
            sa.func.coalesce(sa.func.sum(sa.case((part, Refund.amount_fen), else_=0)), 0)
            for part in parts
        ),
    )
    row = session.execute(_found(sums, state, cause, search)).one()
    return RefundSums(*(int(figure) for figure in row))


def refunds_to_send(session: Session) -> Sequence[Refund]:
    """Return the refunds to ask the processor about: not sent yet, or not known to have arrived."""
    return session.scalars(
        sa.select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.method != Method.TRANSFER,
            Refund.state.in_((RefundState.PENDING, RefundState.SENT)),
        )
        .order_by(Refund.id)
        .options(joinedload(Refund.payment))
    ).all()


def returnable(session: Session, order: Order) -> list[Returnable]:
    """Return the payments of which something may go back for an order, and how much of each.

    What is loose of a payment for it, and of what is put to it no more than is not owed.
    """
    surplus_fen = balance_of(session, order).surplus_fen
    put = (
        sa.select(Allocation.payment_id, sa.func.sum(Allocation.amount_fen).label("fen"))
        .where(Allocation.order_id == order.id)
        .group_by(Allocation.payment_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Payment, sa.func.coalesce(put.c.fen, 0), _disputed())
        .outerjoin(put, put.c.payment_id == Payment.id)
        .where(sa.or_(Payment.order_id == order.id, put.c.fen > 0), Payment.aside_reason == "")
        .order_by(Payment.id)
    )
    found = []
    for payment, put_fen, disputed in rows:
        loose_fen = payment.free_fen if payment.order_id == order.id else 0
        fen = loose_fen + min(int(put_fen), surplus_fen)
        if fen > 0:
            found.append(Returnable(payment, fen, bool(disputed)))
    return found


def put_fen(session: Session, payment: Payment, order: Order) -> int:
    """Return how much of a payment is put to an order, in fen."""
    mine = (Allocation.payment_id == payment.id, Allocation.order_id == order.id)
    return int(session.scalar(sa.select(sa.func.sum(Allocation.amount_fen)).where(*mine)) or 0)


def is_disputed(session: Session, payment: Payment) -> bool:
    """Whether a buyer disputes a payment, and nobody has decided it yet."""
    return bool(session.scalar(sa.select(_disputed()).where(Payment.id == payment.id)))


def is_gone(order: Order) -> bool:
    """Whether an order will never need money again: called off, or its time to pay is over."""
    return order.state in CLOSED or order.is_overdue(clock.now())


def causes_of(session: Session, order: Order) -> list[RefundCause]:
    """Return why money of an order may go back, the likeliest first."""
    causes = []
    lines = order.lines
    states = {part.state for part in order.consignments}
    if is_gone(order) or states & NOT_COMING:
        causes.append(RefundCause.CANCELLED)
    if claims_to_refund(session, order):
        causes.append(RefundCause.CLAIM)
    if any((line.shipped_milli or 0) < line.ordered_milli for line in lines if _has_left(line)):
        causes.append(RefundCause.SHORT)
    if any(
        (line.accepted_milli is not None and line.accepted_milli < (line.shipped_milli or 0))
        or (line.is_by_weight and _has_left(line))
        for line in lines
    ):
        causes.append(RefundCause.WEIGHT)
    if balance_of(session, order).loose_fen:
        causes.append(RefundCause.LOOSE)
    return causes


def takeable_lines(order: Order) -> list[OrderLine]:
    """Return the lines of which accepted goods are still owed, and may be taken back by a claim."""
    lines = [line for part in order.consignments for line in part.lines]
    return [line for line in lines if (line.accepted_milli or 0) > line.claimed_milli]


def claims_to_refund(session: Session, order: Order) -> list[tuple[Claim, int]]:
    """Return the settled claims of an order that were not refunded yet, with what is left of each."""
    back = (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0))
        .where(Refund.claim_id == Claim.id, STANDS)
        .correlate(Claim)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Claim, Claim.amount_fen - back)
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(OrderLine.order_id == order.id, Claim.state.in_(SETTLED), Claim.amount_fen > back)
        .order_by(Claim.id)
        .options(joinedload(Claim.order_line))
    )
    return [(claim, int(left_fen)) for claim, left_fen in rows]


def claim_left_fen(session: Session, claim: Claim) -> int:
    """Return what of a claim was not refunded yet, in fen."""
    back_fen = session.scalar(
        sa.select(sa.func.sum(Refund.amount_fen)).where(Refund.claim_id == claim.id, STANDS)
    )
    return claim.amount_fen - int(back_fen or 0)


def restockable_milli(session: Session, line: OrderLine, claim: Claim | None = None) -> int:
    """Return how much of a line may still go back on the shelf: refused or taken back, once.

    For a claim no more than it is about, and not what went back for it before.
    """
    back = sa.select(sa.func.coalesce(sa.func.sum(Refund.restock_milli), 0))
    whole = int(session.scalar(back.where(Refund.line_id == line.id)) or 0)
    whole += _shelved_milli(session, line)
    left = (line.rejected_milli or 0) + line.claimed_milli - whole
    if claim is not None:
        done = int(session.scalar(back.where(_of(claim))) or 0)
        left = min(left, claim.milli - done - _shelved_milli(session, line, claim))
    return max(0, left)


def paid_orders(session: Session, payment: Payment) -> list[Order]:
    """Return the orders that a payment was meant for or is put to."""
    put = sa.select(Allocation.order_id).where(Allocation.payment_id == payment.id)
    return list(
        session.scalars(
            sa.select(Order)
            .where(sa.or_(Order.id.in_(put), Order.id == payment.order_id))
            .order_by(Order.id)
        )
    )


def disputes(*, state: DisputeState | None, search: str) -> sa.Select[Any]:
    """Return the select of disputes, newest first, by state and number.

    The number is that of the order or statement that was paid, or of any order that the
    money is put to.
    """
    select = (
        sa.select(Dispute)
        .join(Payment, Payment.id == Dispute.payment_id)
        .outerjoin(Order, Order.id == Payment.order_id)
        .order_by(Dispute.id.desc())
        .options(joinedload(Dispute.payment).joinedload(Payment.order))
    )
    if search:
        named = Order.number.contains(search, autoescape=True)
        put = sa.select(Allocation.payment_id).join(Order, Order.id == Allocation.order_id)
        billed = (
            sa.select(Checkout.payment_id)
            .join(Statement, Statement.id == Checkout.statement_id)
            .where(Statement.number.contains(search, autoescape=True))
        )
        select = select.where(
            sa.or_(named, Dispute.payment_id.in_(put.where(named)), Dispute.payment_id.in_(billed))
        )
    return select.where(Dispute.state == state) if state else select


def statements_paid_by(session: Session, payment_ids: Sequence[int]) -> dict[int, str]:
    """Return the numbers of the statements that payments came online for, by the payment's id."""
    select = (
        sa.select(Payment.id, Statement.number)
        .join(Checkout, Checkout.payment_id == Payment.id)
        .join(Statement, Statement.id == Checkout.statement_id)
        .where(Payment.id.in_(payment_ids))
    )
    return dict(session.execute(select).all())


def disputes_fen(session: Session, *, state: DisputeState | None, search: str) -> int:
    """Return what the disputes that ``disputes`` finds are about, in fen."""
    found = disputes(state=state, search=search).order_by(None)
    fen = sa.func.coalesce(sa.func.sum(Dispute.amount_fen), 0)
    return int(session.scalar(found.with_only_columns(fen, maintain_column_froms=True)) or 0)


def disputes_of(session: Session, payments: Sequence[Payment]) -> Sequence[Dispute]:
    """Return the disputes about some payments, oldest first."""
    return session.scalars(
        sa.select(Dispute)
        .where(Dispute.payment_id.in_([payment.id for payment in payments]))
        .order_by(Dispute.id)
    ).all()


def dispute_by_id(session: Session, external_id: str) -> Dispute | None:
    """Return the dispute that the processor knows under this id."""
    return session.scalar(sa.select(Dispute).where(Dispute.external_id == external_id))


def _of(claim: Claim) -> sa.ColumnElement[bool]:
    return Refund.claim_id == claim.id


def _shelved_milli(session: Session, line: OrderLine, claim: Claim | None = None) -> int:
    """Return how much of a line its claims, or one, put on the shelf without any refund."""
    about = sa.select(sa.literal("claim:") + Claim.number).where(Claim.order_line_id == line.id)
    if claim is not None:
        about = about.where(Claim.id == claim.id)
    moved = sa.select(sa.func.sum(StockMovement.change_milli)).where(
        StockMovement.sku_id == line.sku_id,
        StockMovement.kind == MovementKind.RETURNED,
        StockMovement.about.in_(about),
    )
    return int(session.scalar(moved) or 0)


def _disputed() -> sa.ColumnElement[bool]:
    return (
        sa.select(Dispute.id)
        .where(Dispute.payment_id == Payment.id, Dispute.state.in_(UNDECIDED))
        .exists()
    )


def _has_left(line: OrderLine) -> bool:
    return line.consignment.state in (
        ConsignmentState.SHIPPED,
        ConsignmentState.INSPECTED,
        ConsignmentState.RECEIVED,
    )


def _found(
    select: sa.Select[Any], state: RefundState | None, cause: RefundCause | None, search: str
) -> sa.Select[Any]:
    select = (
        select.select_from(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .outerjoin(Order, Order.id == Refund.order_id)
    )
    if state is not None:
        select = select.where(Refund.state == state)
    if cause is not None:
        select = select.where(Refund.cause == cause)
    if search:
        columns = (Refund.number, Order.number, Payment.bank_serial, Refund.serial)
        select = select.where(sa.or_(*(c.contains(search, autoescape=True) for c in columns)))
    return select


_WITH_ALL = (
    joinedload(Refund.payment),
    joinedload(Refund.order),
    joinedload(Refund.claim),
    joinedload(Refund.line),
    joinedload(Refund.made_by),
)
