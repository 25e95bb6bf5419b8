"""Money that arrived, what it was put to, and what went back of it."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Milli, Model
from market.core.labels import Label
from market.ordering.models import Claim, Order, OrderLine
from market.payments.models.bank import BankFile
from market.units.models import Unit


class Method(Label):
    """How the money travels."""

    TRANSFER = "transfer", "银行转账"
    CARD = "card", "银行卡"
    ALIPAY = "alipay", "支付宝"
    WECHAT = "wechat_pay", "微信支付"


class PaymentState(Label):
    """What became of money that arrived; it follows from its sums."""

    UNMATCHED = "unmatched", "待核对"
    APPLIED = "applied", "已入账"
    PARTLY = "partly", "部分入账"
    UNAPPLIED = "unapplied", "待退回"
    RETURNED = "returned", "已退回"
    SET_ASIDE = "set_aside", "与货款无关"


class RefundState(Label):
    """How far money that goes back has come."""

    PENDING = "pending", "待退款"
    SENT = "sent", "退款处理中"
    DONE = "done", "已退款"
    FAILED = "failed", "退款失败"


class RefundCause(Label):
    """Why money goes back."""

    CLAIM = "claim", "售后"
    SHORT = "short", "少发"
    WEIGHT = "weight", "重量差、拒收"
    CANCELLED = "cancelled", "取消或谢绝"
    LOOSE = "loose", "错付、多付"
    PROCESSOR = "processor", "支付平台退款"
    DISPUTE = "dispute", "支付争议"


class DisputeState(Label):
    """Where a buyer's dispute with the processor stands."""

    OPEN = "open", "待应对"
    REVIEW = "review", "审理中"
    WON = "won", "已胜诉"
    LOST = "lost", "已败诉"
    CLOSED = "closed", "已撤销"


class Matter(Label):
    """Why an order is on the desk of those who take the money."""

    AWAITING = "awaiting", "待收货款"
    ON_ACCOUNT = "on_account", "待结算"
    BACK = "back", "待退回"


class Payment(Model):
    """Money that arrived, once: a row of the bank's, or a payment of the processor's.

    What arrives is always written down and never changed. ``allocated_fen`` is the sum
    of its allocations, ``refunded_fen`` of its refunds that did not fail; both move in
    the same transaction, and what is in neither is free: it waits to be put to an
    order or to go back. ``order`` is what the payer meant it for, ``unit`` or
    ``person`` whose account it is on; all three may be unknown of a transfer. A
    transfer is written down by a person, by hand or from a bank's file (then ``digest``
    is the hash of its row, for banks that give no serial number); what came online is
    written down by nobody, and its serial is the processor's own. ``aside_reason`` says
    why money has nothing to do with the shop (interest, say).
    """

    __tablename__ = "payment"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.CheckConstraint("allocated_fen >= 0", "allocated"),
        sa.CheckConstraint("refunded_fen >= 0", "refunded"),
        sa.CheckConstraint("allocated_fen + refunded_fen <= amount_fen", "not_above_amount"),
        sa.CheckConstraint(
            "(method = 'transfer') = (recorded_by_id IS NOT NULL)", "transfer_has_recorder"
        ),
        sa.CheckConstraint("unit_id IS NULL OR person_id IS NULL", "one_account"),
        sa.CheckConstraint("aside_reason = '' OR allocated_fen + refunded_fen = 0", "aside"),
        sa.Index(None, "unit_id"),
        sa.Index(None, "person_id"),
        # What is free is asked for on the desk's every page, and is nearly nothing of it all.
        sa.Index(
            "ix_payment_free",
            "paid_on",
            "id",
            sqlite_where=sa.text("allocated_fen + refunded_fen < amount_fen"),
            postgresql_where=sa.text("allocated_fen + refunded_fen < amount_fen"),
        ),
    )

    once_key: Mapped[str] = mapped_column(sa.String(255), unique=True)
    method: Mapped[Method] = mapped_column(default=Method.TRANSFER)
    amount_fen: Mapped[Fen]
    allocated_fen: Mapped[Fen] = mapped_column(default=0)
    refunded_fen: Mapped[Fen] = mapped_column(default=0)
    bank_serial: Mapped[str] = mapped_column(sa.String(255), unique=True)
    digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    paid_on: Mapped[dt.date]
    payer_name: Mapped[str] = mapped_column(sa.String(120), default="")
    payer_account: Mapped[str] = mapped_column(sa.String(60), default="")
    remark: Mapped[str] = mapped_column(sa.String(300), default="")
    aside_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    recorded_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("order.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bank_file.id"), index=True)

    order: Mapped[Order | None] = relationship()
    unit: Mapped[Unit | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    recorded_by: Mapped[Person | None] = relationship(foreign_keys=[recorded_by_id])
    file: Mapped[BankFile | None] = relationship()

    @hybrid_property
    def free_fen(self) -> int:
        """Return what is neither put to an order nor on its way back; in Python and in SQL."""
        return self.amount_fen - self.allocated_fen - self.refunded_fen

    @property
    def state(self) -> PaymentState:
        """What became of it."""
        if self.aside_reason:
            return PaymentState.SET_ASIDE
        if self.free_fen == self.amount_fen:
            return PaymentState.UNAPPLIED if self.order_id else PaymentState.UNMATCHED
        if self.free_fen:
            return PaymentState.PARTLY
        return PaymentState.APPLIED if self.allocated_fen else PaymentState.RETURNED


class PaymentCode(Model):
    """A sound number of an order or statement that stands in a payment's remark.

    It follows from the remark, and is kept so that the database can match by it.
    """

    __tablename__ = "payment_code"
    __table_args__ = (sa.UniqueConstraint("payment_id", "code"),)

    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment.id"))
    code: Mapped[str] = mapped_column(sa.String(20), index=True)


class Allocation(Model):
    """A part of a payment put to an order, or taken from it again; never changed.

    Signed fen: a negative one names the allocation it takes back, whole or in part.
    ``statement`` is the one that was paid by it, ``refund`` the one that it was taken
    back for. ``once_key`` is that of the click that moved money between an order and
    the payer's account, or matched a transfer, with the row's place among those it
    made; ``reason`` says why a person took it back.
    """

    __tablename__ = "allocation"
    __table_args__ = (
        sa.CheckConstraint("amount_fen <> 0", "amount"),
        sa.CheckConstraint(
            "(amount_fen < 0) = (reverses_id IS NOT NULL)", "names_what_it_reverses"
        ),
    )

    once_key: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    amount_fen: Mapped[Fen]
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"), index=True)
    statement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statement.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("allocation.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(sa.ForeignKey("refund.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    payment: Mapped[Payment] = relationship()
    order: Mapped[Order] = relationship()
    by: Mapped[Person | None] = relationship()


class Refund(Model):
    """Money of a payment that goes back to whoever paid it; written before it is sent.

    ``order`` is what it had been paid for (unknown of a transfer that nobody could
    match), ``line`` and ``claim`` say what exactly it goes back for. ``serial`` is the
    processor's own id, or the bank's number of our transfer. One made at the processor
    itself has no ``made_by``. A failed one is never sent again: another row is.
    ``restock_milli`` of the line went back on the shelf with it, because a person said
    so; that stands whatever becomes of the money.
    """

    __tablename__ = "refund"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.CheckConstraint(
            "state <> 'done' OR (serial IS NOT NULL AND done_on IS NOT NULL)", "done"
        ),
        sa.CheckConstraint(
            "restock_milli = 0 OR (restock_milli > 0 AND line_id IS NOT NULL)", "restock"
        ),
        sa.Index(None, "state"),
    )

    MOVES: dict[RefundState, set[RefundState]] = {
        RefundState.PENDING: {RefundState.SENT, RefundState.DONE, RefundState.FAILED},
        RefundState.SENT: {RefundState.DONE, RefundState.FAILED},
        # A bank may send money back that the processor said had arrived.
        RefundState.DONE: {RefundState.FAILED},
        RefundState.FAILED: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(255), unique=True)
    state: Mapped[RefundState] = mapped_column(default=RefundState.PENDING)
    cause: Mapped[RefundCause]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    amount_fen: Mapped[Fen]
    serial: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    problem: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    done_on: Mapped[dt.date | None]
    restock_milli: Mapped[Milli] = mapped_column(default=0)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("order.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("order_line.id"), index=True)
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claim.id"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    payment: Mapped[Payment] = relationship()
    order: Mapped[Order | None] = relationship()
    line: Mapped[OrderLine | None] = relationship()
    claim: Mapped[Claim | None] = relationship()
    made_by: Mapped[Person | None] = relationship()


# The processor's words for why a buyer disputes a payment, as the desk reads them.
REASONS = {
    "credit_not_processed": "应退的款没有退",
    "duplicate": "重复付款",
    "fraudulent": "不是本人付款",
    "general": "其他",
    "product_not_received": "没有收到货",
    "product_unacceptable": "货物不符",
    "subscription_canceled": "已取消仍扣款",
    "unrecognized": "认不出这笔付款",
}


class Dispute(Model):
    """A buyer's dispute with the processor about a payment, as the processor tells it."""

    __tablename__ = "dispute"
    __table_args__ = (sa.CheckConstraint("amount_fen > 0", "amount"),)

    MOVES: dict[DisputeState, set[DisputeState]] = {
        DisputeState.OPEN: set(DisputeState) - {DisputeState.OPEN},
        DisputeState.REVIEW: set(DisputeState) - {DisputeState.REVIEW},
        DisputeState.WON: set(),
        DisputeState.LOST: {DisputeState.WON},
        DisputeState.CLOSED: set(),
    }

    external_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    state: Mapped[DisputeState] = mapped_column(default=DisputeState.OPEN)
    amount_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(sa.String(80), default="")
    opened_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    answer_by_at: Mapped[dt.datetime | None]
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payment.id"), index=True)

    payment: Mapped[Payment] = relationship()

    @property
    def why(self) -> str:
        """Why the buyer disputes it, in Chinese; the processor's own word where it has a new one."""
        return REASONS.get(self.reason, self.reason) or "没有写明"
