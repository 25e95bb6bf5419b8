"""Ask what orders owe, what was paid for them, and what must go back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.audit.queries import contradicted
from market.core import clock
from market.ordering.models import (
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
    Terms,
)
from market.ordering.queries import expected_fen
from market.payments.models import (
    Checkout,
    CheckoutState,
    Matter,
    Payment,
    PaymentState,
    StripeEvent,
)

CLOSED = {OrderState.RETURNED, OrderState.EXPIRED, OrderState.CANCELLED}
NOT_COMING = {ConsignmentState.DECLINED, ConsignmentState.CANCELLED}


@dataclass(frozen=True)
class Balance:
    """What an order owes and has been paid, in fen.

    Prepaid orders owe what they ordered until the goods are accepted, on account
    only what was accepted; both less what agreed claims took back. ``loose_fen`` is
    money that came for an order which could no longer take it.
    """

    due_fen: int
    paid_fen: int
    loose_fen: int

    @property
    def outstanding_fen(self) -> int:
        """What is still to be paid."""
        return max(0, self.due_fen - self.paid_fen)

    @property
    def give_back_fen(self) -> int:
        """What waits to go back: paid and no longer owed, or never owed."""
        return max(0, self.paid_fen - self.due_fen) + self.loose_fen


@dataclass(frozen=True)
class Ledger(Balance):
    """A balance with the payments behind it, oldest first."""

    payments: Sequence[Payment]


@dataclass(frozen=True)
class DeskRow(Balance):
    """One order on the desk."""

    order: Order


@dataclass(frozen=True)
class DeskSums:
    """What the orders that a desk's filter finds come to, whichever page is shown."""

    count: int
    outstanding_fen: int
    give_back_fen: int


def ledger_of(session: Session, order: Order) -> Ledger:
    """Return what an order owes and what was paid for it, in one query."""
    owed = _dues().where(Order.id == order.id).subquery()
    rows = session.execute(
        sa.select(owed.c.due, Payment)
        .outerjoin(Payment, Payment.order_id == owed.c.id)
        .order_by(Payment.id)
        .options(joinedload(Payment.recorded_by))
    ).all()
    payments = [payment for _, payment in rows if payment is not None]
    return Ledger(
        due_fen=int(rows[0][0]),
        paid_fen=sum(p.amount_fen for p in payments if p.state is PaymentState.APPLIED),
        loose_fen=sum(p.amount_fen for p in payments if p.state is PaymentState.UNAPPLIED),
        payments=payments,
    )


def fate_of(payment: Payment, order: Order) -> PaymentState:
    """Return what became of a payment: one for an order called off since waits to go back."""
    return PaymentState.UNAPPLIED if order.state in CLOSED else payment.state


def desk_for(*, matter: Matter | None, search: str) -> sa.Select[Any]:
    """Return the select of orders on the desk with due, paid and loose fen, oldest first.

    Without a matter: every order that has one. A search by number finds any order,
    so that money which came too late can be written down.
    """
    figures = _figures()
    select = sa.select(Order, figures.c.due, figures.c.paid, figures.c.loose)
    return (
        _found(select, figures, matter, search)
        .order_by(Order.placed_at, Order.id)
        .options(joinedload(Order.unit), joinedload(Order.placed_by))
    )


def desk_sums(session: Session, *, matter: Matter | None, search: str) -> DeskSums:
    """Return the sums over what ``desk_for`` finds."""
    figures = _figures()
    due, paid, loose = figures.c.due, figures.c.paid, figures.c.loose
    sums = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(sa.case((due > paid, due - paid), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(loose + sa.case((paid > due, paid - due), else_=0)), 0),
    )
    row = session.execute(_found(sums, figures, matter, search)).one()
    return DeskSums(*(int(figure) for figure in row))


def desk_row(row: Any) -> DeskRow:
    """Return a row of ``desk_for`` as a thing."""
    order, due_fen, paid_fen, loose_fen = row
    return DeskRow(int(due_fen), int(paid_fen), int(loose_fen), order)


def payment_of_serial(session: Session, bank_serial: str) -> Payment | None:
    """Return the payment that a bank's serial number was recorded for."""
    return session.scalar(
        sa.select(Payment)
        .where(Payment.bank_serial == bank_serial)
        .options(joinedload(Payment.order))
    )


def running_checkout(session: Session, order: Order) -> Checkout | None:
    """Return the attempt to pay an order online that is still going on."""
    return session.scalar(
        _attempts_of(order)
        .where(Checkout.state == CheckoutState.STARTED, Checkout.expires_at > clock.now())
        .limit(1)
    )


def last_checkout(session: Session, order: Order) -> Checkout | None:
    """Return the latest attempt to pay an order online, however it ended."""
    return session.scalar(_attempts_of(order).limit(1))


def checkout_of(session: Session, reference: str) -> Checkout | None:
    """Return the attempt that the processor knows under this reference."""
    return session.scalar(
        sa.select(Checkout)
        .where(Checkout.once_key == reference)
        .options(joinedload(Checkout.order))
    )


def left_open(session: Session, order: Order | None = None) -> Sequence[Checkout]:
    """Return the attempts, of one order or of all, whose time is over and whose end is unknown."""
    select = sa.select(Checkout).where(
        Checkout.state == CheckoutState.STARTED, Checkout.expires_at <= clock.now()
    )
    if order is not None:
        select = select.where(Checkout.order_id == order.id)
    return session.scalars(select.order_by(Checkout.id)).all()


def is_heard(session: Session, event_id: str) -> bool:
    """Whether a notice was acted upon before."""
    return bool(session.scalar(sa.select(sa.exists().where(StripeEvent.event_id == event_id))))


def attempts(*, state: CheckoutState | None, search: str) -> sa.Select[Any]:
    """Return the select of attempts to pay online, newest first, by state and order number."""
    select = (
        sa.select(Checkout)
        .join(Order, Order.id == Checkout.order_id)
        .order_by(Checkout.id.desc())
        .options(
            joinedload(Checkout.order).joinedload(Order.placed_by), joinedload(Checkout.payment)
        )
    )
    if search:
        select = select.where(Order.number.contains(search, autoescape=True))
    return select.where(Checkout.state == state) if state else select


def attempts_fen(session: Session, *, state: CheckoutState | None, search: str) -> tuple[int, int]:
    """Return what came in by the attempts that ``attempts`` finds: applied, and not."""
    found = attempts(state=state, search=search).order_by(None)
    payment = found.with_only_columns(Checkout.payment_id, maintain_column_froms=True)
    rows = session.execute(
        sa.select(Payment.state, sa.func.sum(Payment.amount_fen))
        .where(Payment.id.in_(payment))
        .group_by(Payment.state)
    )
    sums = {came: int(fen) for came, fen in rows}
    return sums.get(PaymentState.APPLIED, 0), sums.get(PaymentState.UNAPPLIED, 0)


def _attempts_of(order: Order) -> sa.Select[Any]:
    return sa.select(Checkout).where(Checkout.order_id == order.id).order_by(Checkout.id.desc())


def _line_due() -> sa.ColumnElement[int]:
    """Return what one line owes at this point of its way; an overdue order owes nothing."""
    overdue = (Order.state == OrderState.AWAITING_PAYMENT) & (Order.pay_by_at <= clock.now())
    return sa.case(
        (Consignment.state.in_(NOT_COMING), 0),
        (
            Consignment.state == ConsignmentState.RECEIVED,
            sa.func.coalesce(OrderLine.accepted_fen, 0) - OrderLine.claimed_fen,
        ),
        (Order.terms == Terms.ON_ACCOUNT, 0),
        (overdue, 0),
        else_=expected_fen(),
    )


def _dues() -> sa.Select[int, int]:
    """Select what each order owes, by its id."""
    return (
        sa.select(Order.id, sa.func.sum(_line_due()).label("due"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Consignment, Consignment.id == OrderLine.consignment_id)
        .group_by(Order.id)
    )


def _paid(state: PaymentState) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((Payment.state == state, Payment.amount_fen), else_=0))


def _figures() -> sa.Subquery:
    """Return every order's id with what it owes, was paid, and was paid for nothing.

    Summed over whole tables at once: asking for each order by itself takes three times as long.
    """
    owed = _dues().subquery()
    came = (
        sa.select(
            Payment.order_id,
            _paid(PaymentState.APPLIED).label("paid"),
            _paid(PaymentState.UNAPPLIED).label("loose"),
        )
        .group_by(Payment.order_id)
        .subquery()
    )
    return (
        sa.select(
            owed.c.id,
            owed.c.due,
            sa.func.coalesce(came.c.paid, 0).label("paid"),
            sa.func.coalesce(came.c.loose, 0).label("loose"),
        )
        .outerjoin(came, came.c.order_id == owed.c.id)
        .subquery()
    )


def _found(select: Any, figures: sa.Subquery, matter: Matter | None, search: str) -> Any:
    due, paid, loose = figures.c.due, figures.c.paid, figures.c.loose
    conditions: dict[Matter, sa.ColumnElement[bool]] = {
        Matter.AWAITING: (Order.state == OrderState.AWAITING_PAYMENT)
        & (Order.pay_by_at > clock.now()),
        Matter.ON_ACCOUNT: (Order.terms == Terms.ON_ACCOUNT) & (due > paid),
        Matter.BACK: (loose > 0) | (paid > due),
    }
    select = select.select_from(Order).join(figures, figures.c.id == Order.id)
    if search:
        select = select.where(Order.number.contains(search, autoescape=True))
    if matter is not None:
        return select.where(conditions[matter])
    return select if search else select.where(sa.or_(*conditions.values()))


def verify_payments(session: Session) -> list[str]:
    """Name every payment that its order or the audit trail contradicts."""
    return [
        *_unlike_their_record(session),
        *_unlike_their_order(session),
        *_unlike_their_attempt(session),
    ]


def _unlike_their_record(session: Session) -> list[str]:
    return [
        f"收款 {payment.id}（流水 {payment.bank_serial}）为 {payment.amount_fen} 分，与操作记录不符"
        for payment in contradicted(session, Payment, "amount_fen", "payment.recorded")
    ]


def _unlike_their_order(session: Session) -> list[str]:
    """Name prepaid orders that run on another sum than their total, and accounts overpaid."""
    applied = sa.func.coalesce(
        sa.func.sum(sa.case((Payment.state == PaymentState.APPLIED, Payment.amount_fen), else_=0)),
        0,
    )
    accepted = (
        sa.select(sa.func.coalesce(sa.func.sum(OrderLine.accepted_fen), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    running = Order.state.in_((OrderState.OPEN, OrderState.COMPLETED))
    prepaid = Order.terms == Terms.PREPAID
    rows = session.execute(
        sa.select(Order.number, applied)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .group_by(Order.id)
        .having(
            sa.or_(
                prepaid & running & (applied != Order.total_fen),
                prepaid & (Order.state == OrderState.AWAITING_PAYMENT) & (applied != 0),
                ~prepaid & (applied > accepted),
            )
        )
        .order_by(Order.id)
    )
    return [f"订单 {number} 已入账 {int(paid)} 分，与订单应付不符" for number, paid in rows]


def _unlike_their_attempt(session: Session) -> list[str]:
    """Name attempts that say another thing than their payment, and online payments without one."""
    settled = Checkout.state == CheckoutState.SETTLED
    rows = session.execute(
        sa.select(Checkout.once_key, Payment.bank_serial)
        .select_from(Checkout)
        .join(Payment, Payment.id == Checkout.payment_id)
        .where(
            sa.or_(
                settled != (Payment.state == PaymentState.APPLIED),
                settled & (Payment.amount_fen != Checkout.amount_fen),
                Payment.order_id != Checkout.order_id,
            )
        )
        .order_by(Checkout.id)
    )
    return [f"在线支付 {key} 与它的收款 {serial} 不符" for key, serial in rows]
