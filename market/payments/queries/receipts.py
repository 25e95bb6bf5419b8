"""Ask about money that arrived, whatever it was put to."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.payments.models import Payment


def payment_of_serial(session: Session, bank_serial: str) -> Payment | None:
    """Return the payment that a bank's serial number was recorded for."""
    return session.scalar(
        sa.select(Payment)
        .where(Payment.bank_serial == bank_serial)
        .options(joinedload(Payment.order))
    )


def free_payments() -> sa.ColumnElement[bool]:
    """Return the condition that some of a payment is put to nothing; its index answers it."""
    return sa.and_(
        Payment.allocated_fen + Payment.refunded_fen < Payment.amount_fen,
        Payment.aside_reason == "",
    )
