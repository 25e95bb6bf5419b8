"""Attempts to pay on the processor's page, and the processor's notices."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.ordering.models import Order
from market.payments.models.money import Method, Payment
from market.payments.models.statements import Statement


class CheckoutState(Label):
    """How far an attempt to pay online has come."""

    STARTED = "started", "支付中"
    SETTLED = "settled", "已支付"
    UNAPPLIED = "unapplied", "待退回"
    FAILED = "failed", "支付失败"
    EXPIRED = "expired", "未支付，已关闭"


class Checkout(Model):
    """One attempt to pay an order or a statement online, on the processor's page.

    It is written before the processor is called: ``once_key`` is the reference under
    which the processor knows it, ``session_id`` what the processor calls it. After
    ``expires_at`` the buyer is sent to a new one. Money may still come after an
    attempt failed or expired; ``problem`` says why it could not be applied, or not
    all of it.
    """

    __tablename__ = "checkout"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.CheckConstraint("state <> 'settled' OR payment_id IS NOT NULL", "settled_by_payment"),
        sa.CheckConstraint("(order_id IS NULL) <> (statement_id IS NULL)", "pays_one_thing"),
        sa.Index(None, "state", "expires_at"),
    )

    MOVES: dict[CheckoutState, set[CheckoutState]] = {
        CheckoutState.STARTED: {
            CheckoutState.SETTLED,
            CheckoutState.UNAPPLIED,
            CheckoutState.FAILED,
            CheckoutState.EXPIRED,
        },
        CheckoutState.FAILED: {CheckoutState.SETTLED, CheckoutState.UNAPPLIED},
        CheckoutState.EXPIRED: {CheckoutState.SETTLED, CheckoutState.UNAPPLIED},
        CheckoutState.SETTLED: set(),
        CheckoutState.UNAPPLIED: set(),
    }

    once_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    session_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    state: Mapped[CheckoutState] = mapped_column(default=CheckoutState.STARTED)
    method: Mapped[Method | None]
    amount_fen: Mapped[Fen]
    started_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[dt.datetime]
    problem: Mapped[str] = mapped_column(sa.String(200), default="")
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("order.id"), index=True)
    statement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statement.id"), index=True)
    started_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    payment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("payment.id"), unique=True)

    order: Mapped[Order | None] = relationship()
    statement: Mapped[Statement | None] = relationship()
    started_by: Mapped[Person] = relationship()
    payment: Mapped[Payment | None] = relationship()


class StripeEvent(Model):
    """A notice of Stripe's that was acted upon; the same one again changes nothing."""

    __tablename__ = "stripe_event"

    event_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(80))
    received_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
