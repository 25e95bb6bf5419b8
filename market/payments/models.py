"""Payments."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.ordering.models import Order


class Method(Label):
    """How the money travels."""

    TRANSFER = "transfer", "银行转账"


class PaymentState(Label):
    """What became of money that arrived."""

    APPLIED = "applied", "已入账"
    UNAPPLIED = "unapplied", "待退回"


class Matter(Label):
    """Why an order is on the desk of those who take the money."""

    AWAITING = "awaiting", "待收货款"
    ON_ACCOUNT = "on_account", "待结算"
    BACK = "back", "待退回"


class Payment(Model):
    """Money that arrived for an order; what arrives is always written down.

    It is unapplied when its order was closed before it came: it waits to go back.
    """

    __tablename__ = "payment"
    __table_args__ = (sa.CheckConstraint("amount_fen > 0", "amount"),)

    MOVES: dict[PaymentState, set[PaymentState]] = {
        PaymentState.APPLIED: set(),
        PaymentState.UNAPPLIED: set(),
    }

    once_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    method: Mapped[Method] = mapped_column(default=Method.TRANSFER)
    state: Mapped[PaymentState]
    amount_fen: Mapped[Fen]
    bank_serial: Mapped[str] = mapped_column(sa.String(60), unique=True)
    paid_on: Mapped[dt.date]
    recorded_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"), index=True)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    order: Mapped[Order] = relationship()
    recorded_by: Mapped[Person] = relationship()
