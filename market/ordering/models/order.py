"""Orders, their lines, and the consignments they fall into."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.catalog.models import Product, Sku, Supplier
from market.core import clock
from market.core.db import Fen, Milli, Model
from market.core.labels import Label
from market.ordering.models.cart import BuyingFor
from market.targets.models import Channel
from market.units.models import Unit


class OrderState(Label):
    """Where an order stands; how far its goods have come is the consignments' own."""

    SUBMITTED = "submitted", "待审批"
    AWAITING_PAYMENT = "awaiting_payment", "待付款"
    OPEN = "open", "进行中"
    COMPLETED = "completed", "已完成"
    RETURNED = "returned", "审批退回"
    EXPIRED = "expired", "超时关闭"
    CANCELLED = "cancelled", "已取消"


class Terms(Label):
    """Which comes first, the money or the goods."""

    PREPAID = "prepaid", "先款后货"
    ON_ACCOUNT = "on_account", "先货后款"


class ConsignmentState(Label):
    """Where one supplier's part of an order stands."""

    WAITING = "waiting", "待接单"
    ACCEPTED = "accepted", "待发货"
    SHIPPED = "shipped", "待收货"
    INSPECTED = "inspected", "待复核签字"
    RECEIVED = "received", "已验收"
    DECLINED = "declined", "供应商谢绝"
    CANCELLED = "cancelled", "已取消"


class ShortRest(Label):
    """What happens to the rest of a short shipment."""

    CANCEL = "cancel", "余量取消，库存退回"
    FOLLOW = "follow", "余量补发"


class Order(Model):
    """What somebody agreed to buy, at the prices they saw, for a unit or for themself.

    ``unit`` and ``channel`` were fixed when it was placed and decide where the
    credits go; an order without a unit counts toward nothing. An order that waits
    for payment after ``pay_by_at`` is expired, whether or not the job has run.
    Decided is what a lead said of it; closed is who called it off, and why.
    """

    __tablename__ = "order"
    __table_args__ = (
        sa.CheckConstraint("total_fen > 0", "total"),
        sa.CheckConstraint("(terms = 'prepaid') = (pay_by_at IS NOT NULL)", "prepaid_has_deadline"),
        sa.CheckConstraint("buying_for = 'self' OR unit_id IS NOT NULL", "bought_for_a_unit"),
        sa.Index(None, "state", "pay_by_at"),
        sa.Index(None, "unit_id", "placed_at"),
        sa.Index(None, "placed_by_id", "placed_at"),
    )

    MOVES = {
        OrderState.SUBMITTED: {OrderState.OPEN, OrderState.RETURNED, OrderState.CANCELLED},
        OrderState.AWAITING_PAYMENT: {
            OrderState.OPEN,
            OrderState.EXPIRED,
            OrderState.CANCELLED,
        },
        OrderState.OPEN: {OrderState.COMPLETED, OrderState.CANCELLED},
        OrderState.COMPLETED: set(),
        OrderState.RETURNED: set(),
        OrderState.EXPIRED: set(),
        OrderState.CANCELLED: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    state: Mapped[OrderState]
    buying_for: Mapped[BuyingFor]
    channel: Mapped[Channel]
    terms: Mapped[Terms]
    placed_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    pay_by_at: Mapped[dt.datetime | None]
    total_fen: Mapped[Fen]
    receiver: Mapped[str] = mapped_column(sa.String(40))
    phone: Mapped[str] = mapped_column(sa.String(30))
    address: Mapped[str] = mapped_column(sa.String(200))
    wanted_on: Mapped[dt.date | None]
    remark: Mapped[str] = mapped_column(sa.String(300), default="")
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    placed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    decision_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    closed_at: Mapped[dt.datetime | None]
    closed_reason: Mapped[str] = mapped_column(sa.String(200), default="")

    unit: Mapped[Unit | None] = relationship()
    placed_by: Mapped[Person] = relationship(foreign_keys=[placed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    closed_by: Mapped[Person | None] = relationship(foreign_keys=[closed_by_id])
    consignments: Mapped[list["Consignment"]] = relationship(
        order_by="Consignment.id", back_populates="order"
    )
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", back_populates="order")

    def is_overdue(self, now: dt.datetime) -> bool:
        """Whether it waits for a payment whose time has passed: such an order is closed."""
        return (
            self.state is OrderState.AWAITING_PAYMENT
            and self.pay_by_at is not None
            and self.pay_by_at <= now
        )


class Consignment(Model):
    """One supplier's part of an order: accepted, shipped once, received once.

    The rest of a short shipment that is to follow becomes a consignment of its own.
    """

    __tablename__ = "consignment"
    __table_args__ = (
        sa.Index(None, "supplier_id", "state"),
        sa.Index(None, "state", "order_id"),
    )

    MOVES = {
        ConsignmentState.WAITING: {
            ConsignmentState.ACCEPTED,
            ConsignmentState.DECLINED,
            ConsignmentState.CANCELLED,
        },
        ConsignmentState.ACCEPTED: {
            ConsignmentState.SHIPPED,
            ConsignmentState.DECLINED,
            ConsignmentState.CANCELLED,
        },
        ConsignmentState.SHIPPED: {ConsignmentState.INSPECTED, ConsignmentState.RECEIVED},
        ConsignmentState.INSPECTED: {ConsignmentState.RECEIVED, ConsignmentState.SHIPPED},
        ConsignmentState.RECEIVED: set(),
        ConsignmentState.DECLINED: set(),
        ConsignmentState.CANCELLED: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    state: Mapped[ConsignmentState] = mapped_column(default=ConsignmentState.WAITING)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(sa.ForeignKey("supplier.id"))
    accepted_at: Mapped[dt.datetime | None]
    declined_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    shipped_at: Mapped[dt.datetime | None]
    carrier: Mapped[str] = mapped_column(sa.String(60), default="")
    tracking: Mapped[str] = mapped_column(sa.String(60), default="")
    short_rest: Mapped[ShortRest | None]
    received_at: Mapped[dt.datetime | None]
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("consignment.id"))

    order: Mapped[Order] = relationship(back_populates="consignments")
    supplier: Mapped[Supplier] = relationship()
    follows: Mapped["Consignment | None"] = relationship(remote_side="Consignment.id")
    lines: Mapped[list["OrderLine"]] = relationship(
        order_by="OrderLine.id", back_populates="consignment"
    )


class OrderLine(Model):
    """One SKU of an order; name, unit and price are copies made on the day.

    ``counts`` says whether the product's recognition was valid that day. Shipped,
    accepted and rejected quantities are filled in as the goods travel;
    ``accepted_fen`` is computed once, at acceptance, and read everywhere after.
    ``claimed_fen`` is what agreed claims took back.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        sa.CheckConstraint("ordered_milli > 0", "ordered"),
        sa.CheckConstraint("price_fen > 0", "price"),
        sa.CheckConstraint("shipped_milli >= 0", "shipped"),
        sa.CheckConstraint("accepted_milli >= 0", "accepted"),
        sa.CheckConstraint("rejected_milli >= 0", "rejected"),
        sa.CheckConstraint(
            "claimed_milli >= 0 AND claimed_milli <= coalesce(accepted_milli, 0)", "claimed"
        ),
        sa.CheckConstraint(
            "claimed_fen >= 0 AND claimed_fen <= coalesce(accepted_fen, 0)", "claimed_fen"
        ),
    )

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"), index=True)
    consignment_id: Mapped[int] = mapped_column(sa.ForeignKey("consignment.id"), index=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    sku_id: Mapped[int] = mapped_column(sa.ForeignKey("sku.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    spec: Mapped[str] = mapped_column(sa.String(80))
    unit_name: Mapped[str] = mapped_column(sa.String(10))
    price_fen: Mapped[Fen]
    is_by_weight: Mapped[bool]
    counts: Mapped[bool]
    recognition_no: Mapped[str] = mapped_column(sa.String(60), default="")
    ordered_milli: Mapped[Milli]
    ordered_fen: Mapped[Fen]
    shipped_milli: Mapped[Milli | None]
    lot: Mapped[str] = mapped_column(sa.String(60), default="")
    produced_on: Mapped[dt.date | None]
    accepted_milli: Mapped[Milli | None]
    rejected_milli: Mapped[Milli | None]
    accepted_fen: Mapped[Fen | None]
    claimed_milli: Mapped[Milli] = mapped_column(default=0)
    claimed_fen: Mapped[Fen] = mapped_column(default=0)

    order: Mapped[Order] = relationship(back_populates="lines")
    consignment: Mapped[Consignment] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    sku: Mapped[Sku] = relationship()
