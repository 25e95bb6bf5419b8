"""Ask about attempts to pay online, and notices."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.core import clock
from market.ordering.models import Order
from market.payments.models import Checkout, CheckoutState, Payment, Statement, StripeEvent


def running_checkout(session: Session, about: Order | Statement) -> Checkout | None:
    """Return the attempt to pay an order or a statement online that is still going on."""
    return session.scalar(
        _attempts_of(about)
        .where(Checkout.state == CheckoutState.STARTED, Checkout.expires_at > clock.now())
        .limit(1)
    )


def running_checkouts(session: Session, order: Order) -> Sequence[Checkout]:
    """Return the attempts to pay an order whose pages may still be open, also those that are late."""
    running = _attempts_of(order).where(
        Checkout.state == CheckoutState.STARTED, Checkout.session_id.is_not(None)
    )
    return session.scalars(running).all()


def last_checkout(session: Session, about: Order | Statement) -> Checkout | None:
    """Return the latest attempt to pay an order or a statement online, however it ended."""
    return session.scalar(_attempts_of(about).limit(1))


def checkout_of(session: Session, reference: str) -> Checkout | None:
    """Return the attempt that the processor knows under this reference."""
    return session.scalar(
        sa.select(Checkout)
        .where(Checkout.once_key == reference)
        .options(joinedload(Checkout.order), joinedload(Checkout.statement))
    )


def left_open(session: Session, about: Order | Statement | None = None) -> Sequence[Checkout]:
    """Return the attempts, of one thing or of all, whose time is over and whose end is unknown."""
    select = sa.select(Checkout) if about is None else _attempts_of(about).order_by(None)
    return session.scalars(
        select.where(
            Checkout.state == CheckoutState.STARTED, Checkout.expires_at <= clock.now()
        ).order_by(Checkout.id)
    ).all()


def is_heard(session: Session, event_id: str) -> bool:
    """Whether a notice was acted upon before."""
    return bool(session.scalar(sa.select(sa.exists().where(StripeEvent.event_id == event_id))))


def attempts(*, state: CheckoutState | None, search: str) -> sa.Select[Any]:
    """Return the select of attempts to pay online, newest first, by state and number."""
    select = (
        sa.select(Checkout)
        .outerjoin(Order, Order.id == Checkout.order_id)
        .outerjoin(Statement, Statement.id == Checkout.statement_id)
        .order_by(Checkout.id.desc())
        .options(
            joinedload(Checkout.order),
            joinedload(Checkout.statement),
            joinedload(Checkout.started_by),
            joinedload(Checkout.payment),
        )
    )
    if search:
        number = sa.func.coalesce(Order.number, Statement.number)
        select = select.where(number.contains(search, autoescape=True))
    return select.where(Checkout.state == state) if state else select


def attempts_fen(session: Session, *, state: CheckoutState | None, search: str) -> tuple[int, int]:
    """Return what came in by the attempts that ``attempts`` finds: all of it, and what is free."""
    found = attempts(state=state, search=search).order_by(None)
    payment = found.with_only_columns(Checkout.payment_id, maintain_column_froms=True)
    sums = sa.select(
        sa.func.coalesce(sa.func.sum(Payment.amount_fen), 0),
        sa.func.coalesce(sa.func.sum(Payment.free_fen), 0),
    )
    came_fen, free_fen = session.execute(sums.where(Payment.id.in_(payment))).one()
    return int(came_fen), int(free_fen)


def _attempts_of(about: Order | Statement) -> sa.Select[Any]:
    column = Checkout.order_id if isinstance(about, Order) else Checkout.statement_id
    return sa.select(Checkout).where(column == about.id).order_by(Checkout.id.desc())
