"""Acceptance of goods, and claims against them later."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.core import clock
from market.core.db import Fen, Milli, Model
from market.core.labels import Label
from market.evidence.models import Attachment
from market.ordering.models.order import Consignment, OrderLine


class AcceptanceState(Label):
    """Whether an acceptance stands."""

    INSPECTED = "inspected", "待复核签字"
    SIGNED = "signed", "已生效"
    RETURNED = "returned", "复核退回"


class ClaimState(Label):
    """Where a claim stands; a refused one may be put before a coordinator."""

    OPEN = "open", "待供应商处理"
    AGREED = "agreed", "已同意"
    REFUSED = "refused", "供应商不同意"
    ESCALATED = "escalated", "待平台裁定"
    UPHELD = "upheld", "平台支持"
    DISMISSED = "dismissed", "平台不支持"


class Acceptance(Model):
    """What was found when a consignment arrived.

    A unit's acceptance takes effect when a second person of the unit has signed;
    a shopper's at once. It writes the credits.
    """

    __tablename__ = "acceptance"
    __table_args__ = (
        sa.CheckConstraint("signed_by_id <> inspected_by_id", "two_people"),
        sa.Index(
            "uq_acceptance_consignment_id_live",
            "consignment_id",
            unique=True,
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        ),
    )

    MOVES = {
        AcceptanceState.INSPECTED: {AcceptanceState.SIGNED, AcceptanceState.RETURNED},
        AcceptanceState.SIGNED: set(),
        AcceptanceState.RETURNED: set(),
    }

    once_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    state: Mapped[AcceptanceState] = mapped_column(default=AcceptanceState.INSPECTED)
    consignment_id: Mapped[int] = mapped_column(sa.ForeignKey("consignment.id"))
    inspected_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    inspected_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    remark: Mapped[str] = mapped_column(sa.String(300), default="")
    signed_at: Mapped[dt.datetime | None]
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    returned_reason: Mapped[str] = mapped_column(sa.String(200), default="")

    consignment: Mapped[Consignment] = relationship()
    inspected_by: Mapped[Person] = relationship(foreign_keys=[inspected_by_id])
    signed_by: Mapped[Person | None] = relationship(foreign_keys=[signed_by_id])
    lines: Mapped[list["AcceptanceLine"]] = relationship(
        order_by="AcceptanceLine.id", back_populates="acceptance"
    )


class AcceptanceLine(Model):
    """What was found of one line: accepted and rejected, weighed or counted.

    ``accepted_fen`` is the accepted quantity at the ordered price, rounded once here.
    """

    __tablename__ = "acceptance_line"
    __table_args__ = (
        sa.UniqueConstraint("acceptance_id", "order_line_id"),
        sa.CheckConstraint("accepted_milli >= 0 AND rejected_milli >= 0", "milli"),
        sa.CheckConstraint("accepted_fen >= 0", "accepted_fen"),
        sa.CheckConstraint("rejected_milli = 0 OR reason <> ''", "rejection_has_reason"),
    )

    acceptance_id: Mapped[int] = mapped_column(sa.ForeignKey("acceptance.id"))
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_line.id"), index=True)
    accepted_milli: Mapped[Milli]
    rejected_milli: Mapped[Milli]
    accepted_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    photo_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))

    acceptance: Mapped[Acceptance] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()
    photo: Mapped[Attachment | None] = relationship()


class Claim(Model):
    """A complaint about an accepted line: how much is affected, why, and what became of it.

    When agreed or upheld, ``amount_fen`` is taken back from what the line counts
    and costs, dated that day. ``answer`` is the supplier's, ``ruling`` the coordinator's.
    """

    __tablename__ = "claim"
    __table_args__ = (
        sa.CheckConstraint("milli > 0", "milli"),
        sa.CheckConstraint("amount_fen > 0", "amount"),
    )

    MOVES = {
        ClaimState.OPEN: {ClaimState.AGREED, ClaimState.REFUSED},
        ClaimState.REFUSED: {ClaimState.ESCALATED},
        ClaimState.ESCALATED: {ClaimState.UPHELD, ClaimState.DISMISSED},
        ClaimState.AGREED: set(),
        ClaimState.UPHELD: set(),
        ClaimState.DISMISSED: set(),
    }

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    once_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    state: Mapped[ClaimState] = mapped_column(default=ClaimState.OPEN)
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_line.id"), index=True)
    milli: Mapped[Milli]
    amount_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(sa.String(300))
    answer: Mapped[str] = mapped_column(sa.String(300), default="")
    ruling: Mapped[str] = mapped_column(sa.String(300), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    photo_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attachment.id"))

    order_line: Mapped[OrderLine] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    photo: Mapped[Attachment | None] = relationship()
