"""What is sold on the spot."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.accounts.models import Person
from market.catalog.models import Product
from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label
from market.fairs.models.fairs import Fair
from market.fairs.models.stands import FairStand
from market.units.models import Unit


class BuyerKind(Label):
    """Who bought; nothing that names a person is kept."""

    UNIT = "unit", "单位"
    PERSON = "person", "个人"


class SaleState(Label):
    """How far a sale has come; it counts once another person has verified it."""

    SUBMITTED = "submitted", "待核实"
    RETURNED = "returned", "已退回"
    VERIFIED = "verified", "已核实"
    REVERSED = "reversed", "已冲销"
    WITHDRAWN = "withdrawn", "已作废"


# The rows whose sum is what was sold and verified, less what was taken back; and those that also wait.
NET = (SaleState.VERIFIED, SaleState.REVERSED)
LIVE = (*NET, SaleState.SUBMITTED)


class FairSale(Model):
    """One sale at a stand, by its receipt.

    ``client_key`` is made where it is entered, ``body_hash`` is that of what was sent with it:
    however often it is sent, it arrives once. A personal sale may name the unit of the
    employee. ``counts`` says, once verified, whether it was credited to the unit. A reversal
    is a row of its own with the opposite amount; both stand in the list.
    """

    __tablename__ = "fair_sale"
    __table_args__ = (
        sa.CheckConstraint(
            "(reverses_id IS NULL AND amount_fen > 0) OR (reverses_id IS NOT NULL AND amount_fen < 0)",
            "sign",
        ),
        sa.CheckConstraint("reverses_id IS NULL OR state = 'verified'", "reversal_stands"),
        sa.CheckConstraint("verified_by_id <> made_by_id", "verifier_is_another"),
        sa.CheckConstraint(
            "reverses_id IS NOT NULL"
            " OR (state IN ('verified', 'reversed')) = (verified_by_id IS NOT NULL)",
            "verified_by_somebody",
        ),
        sa.CheckConstraint("buyer <> 'unit' OR unit_id IS NOT NULL", "unit_named"),
        sa.CheckConstraint("NOT counts OR unit_id IS NOT NULL", "counts_for_a_unit"),
        sa.UniqueConstraint("fair_id", "receipt_no"),
        sa.Index(None, "fair_id", "stand_id", "state"),
        sa.Index(None, "unit_id", "state"),
    )

    MOVES: dict[SaleState, set[SaleState]] = {
        SaleState.SUBMITTED: {SaleState.VERIFIED, SaleState.RETURNED, SaleState.WITHDRAWN},
        SaleState.RETURNED: {SaleState.SUBMITTED, SaleState.WITHDRAWN},
        SaleState.VERIFIED: {SaleState.REVERSED},
        SaleState.REVERSED: set(),
        SaleState.WITHDRAWN: set(),
    }

    client_key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    body_hash: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[SaleState] = mapped_column(default=SaleState.SUBMITTED)
    version: Mapped[int] = mapped_column(default=1)
    buyer: Mapped[BuyerKind]
    amount_fen: Mapped[Fen]
    goods: Mapped[str] = mapped_column(sa.String(200), default="")
    receipt_no: Mapped[str] = mapped_column(sa.String(40))
    sold_at: Mapped[dt.datetime]
    counts: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    verified_at: Mapped[dt.datetime | None]
    fair_id: Mapped[int] = mapped_column(sa.ForeignKey("fair.id"))
    stand_id: Mapped[int] = mapped_column(sa.ForeignKey("fair_stand.id"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("product.id"))
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fair_sale.id"), unique=True)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    verified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    fair: Mapped[Fair] = relationship(innerjoin=True)
    stand: Mapped[FairStand] = relationship(innerjoin=True)
    unit: Mapped[Unit | None] = relationship()
    product: Mapped[Product | None] = relationship()
    reverses: Mapped["FairSale | None"] = relationship(remote_side="FairSale.id")
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id], innerjoin=True)
    verified_by: Mapped[Person | None] = relationship(foreign_keys=[verified_by_id])
