"""Monthly statements of what a unit bought of a supplier, and the invoices for them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.catalog.models import Supplier
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.ordering.models import Acceptance, Claim, Order
from market.units.models import Unit


class StatementState(Label):
    """Whether both sides agree with a statement; what was paid of it is derived."""

    ISSUED = "issued", "待双方确认"
    CONFIRMED = "confirmed", "已确认"
    DISPUTED = "disputed", "有异议"
    VOID = "void", "已作废"


class LineKind(Label):
    """What a line of a statement is."""

    ACCEPTANCE = "acceptance", "验收"
    CLAIM = "claim", "售后扣减"
    CARRIED = "carried", "上期差额结转"


class InvoiceState(Label):
    """Whether an invoice stands."""

    VALID = "valid", "有效"
    VOID = "void", "已作废"


class Statement(Model):
    """What one unit owes one supplier for the goods accepted in a month of China's calendar.

    From accepted amounts and settled claims of orders on account, never from what was
    ordered. ``total_fen`` is the sum of its lines and may be negative. It is confirmed
    when both sides have said so; ``due_on`` may be put off once. ``number`` is what the
    payer writes on the transfer. ``resolution`` is what a coordinator said of an
    objection. A void one keeps its lines, which then count nowhere.
    """

    __tablename__ = "statement"
    __table_args__ = (
        sa.CheckConstraint("month BETWEEN 1 AND 12", "month"),
        sa.CheckConstraint(
            "(extended_on IS NULL) = (extended_by_id IS NULL)", "extended_by_somebody"
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (unit_confirmed_by_id IS NOT NULL"
            " AND supplier_confirmed_by_id IS NOT NULL)",
            "confirmed_by_both",
        ),
        sa.Index(
            "uq_statement_live",
            "unit_id",
            "supplier_id",
            "year",
            "month",
            unique=True,
            sqlite_where=sa.text("state <> 'void'"),
            postgresql_where=sa.text("state <> 'void'"),
        ),
        sa.Index(None, "supplier_id", "state"),
        sa.Index(None, "state", "due_on"),
    )

    MOVES: dict[StatementState, set[StatementState]] = {
        StatementState.ISSUED: {
            StatementState.CONFIRMED,
            StatementState.DISPUTED,
            StatementState.VOID,
        },
        StatementState.DISPUTED: {StatementState.ISSUED, StatementState.VOID},
        StatementState.CONFIRMED: set(),
        StatementState.VOID: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    state: Mapped[StatementState] = mapped_column(default=StatementState.ISSUED)
    year: Mapped[int]
    month: Mapped[int]
    total_fen: Mapped[Fen]
    issued_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    extended_on: Mapped[dt.date | None]
    extension_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    objection: Mapped[str] = mapped_column(sa.String(300), default="")
    resolution: Mapped[str] = mapped_column(sa.String(300), default="")
    reminded_on: Mapped[dt.date | None]
    unit_confirmed_at: Mapped[dt.datetime | None]
    supplier_confirmed_at: Mapped[dt.datetime | None]
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    supplier_id: Mapped[int] = mapped_column(sa.ForeignKey("supplier.id"))
    unit_confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    supplier_confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    extended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    objected_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    unit: Mapped[Unit] = relationship()
    supplier: Mapped[Supplier] = relationship()
    unit_confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[unit_confirmed_by_id])
    supplier_confirmed_by: Mapped[Person | None] = relationship(
        foreign_keys=[supplier_confirmed_by_id]
    )
    extended_by: Mapped[Person | None] = relationship(foreign_keys=[extended_by_id])
    objected_by: Mapped[Person | None] = relationship(foreign_keys=[objected_by_id])
    made_by: Mapped[Person | None] = relationship(foreign_keys=[made_by_id])
    lines: Mapped[list["StatementLine"]] = relationship(
        order_by="StatementLine.id",
        back_populates="statement",
        foreign_keys="StatementLine.statement_id",
    )


class StatementLine(Model):
    """One acceptance, one settled claim, or what an earlier statement left of an order.

    Signed fen; a claim takes away. Each source is on one live statement. A carried line
    moves what is left of an order from the earlier statement to this one: a small rest,
    or (negative) a credit that is set off here.
    """

    __tablename__ = "statement_line"
    __table_args__ = (
        sa.CheckConstraint("amount_fen <> 0", "amount"),
        sa.CheckConstraint(
            "(kind = 'acceptance') = (acceptance_id IS NOT NULL)"
            " AND (kind = 'claim') = (claim_id IS NOT NULL)"
            " AND (kind = 'carried') = (carried_id IS NOT NULL)",
            "one_source",
        ),
        *(
            sa.Index(
                f"uq_statement_line_{source}_live",
                *columns,
                unique=True,
                sqlite_where=sa.text("is_live"),
                postgresql_where=sa.text("is_live"),
            )
            for source, columns in {
                "acceptance_id": ("acceptance_id",),
                "claim_id": ("claim_id",),
                "carried_id": ("carried_id", "order_id", "statement_id"),
            }.items()
        ),
    )

    kind: Mapped[LineKind]
    happened_on: Mapped[dt.date]
    amount_fen: Mapped[Fen]
    is_live: Mapped[bool] = mapped_column(default=True)
    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("statement.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"), index=True)
    acceptance_id: Mapped[int | None] = mapped_column(sa.ForeignKey("acceptance.id"))
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claim.id"))
    carried_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statement.id"))

    statement: Mapped[Statement] = relationship(back_populates="lines", foreign_keys=[statement_id])
    order: Mapped[Order] = relationship()
    acceptance: Mapped[Acceptance | None] = relationship()
    claim: Mapped[Claim | None] = relationship()
    carried: Mapped[Statement | None] = relationship(foreign_keys=[carried_id])


class Invoice(Model):
    """A supplier's invoice for a statement; code and number are used once among those that stand."""

    __tablename__ = "invoice"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", "amount"),
        sa.Index(
            "uq_invoice_code_number_valid",
            "code",
            "number",
            unique=True,
            sqlite_where=sa.text("state = 'valid'"),
            postgresql_where=sa.text("state = 'valid'"),
        ),
    )

    MOVES: dict[InvoiceState, set[InvoiceState]] = {
        InvoiceState.VALID: {InvoiceState.VOID},
        InvoiceState.VOID: set(),
    }

    once_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    state: Mapped[InvoiceState] = mapped_column(default=InvoiceState.VALID)
    code: Mapped[str] = mapped_column(sa.String(12), default="")
    number: Mapped[str] = mapped_column(sa.String(20))
    issued_on: Mapped[dt.date]
    amount_fen: Mapped[Fen]
    recorded_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    void_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("statement.id"), index=True)
    attachment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    statement: Mapped[Statement] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
    recorded_by: Mapped[Person] = relationship()
