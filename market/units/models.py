"""Units and their canteens, and which unit came of which."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core import clock
from market.core.db import Fen, Model
from market.core.labels import Label


class UnitKind(Label):
    """What sort of organisation a unit is, in the plan's words."""

    SUBDISTRICT = "subdistrict", "街道办事处"
    AFFAIRS_CENTER = "affairs_center", "机关事务中心"
    DEPARTMENT = "department", "部门"
    PUBLIC_INSTITUTION = "public_institution", "事业单位"
    STATIONED_AGENCY = "stationed_agency", "驻区机构"
    OTHER = "other", "其他"


class Nature(Label):
    """What the clause excepts: schools and hospitals."""

    ORDINARY = "ordinary", "一般"
    SCHOOL = "school", "学校"
    HOSPITAL = "hospital", "医院"


class Canteen(Label):
    """Whose canteen a unit's people eat in."""

    OWN = "own", "自有食堂"
    OUTSOURCED = "outsourced", "食堂外包"
    SHARED = "shared", "共用食堂"
    NONE = "none", "无食堂"


# A canteen of the unit's own, for the clause on who must buy: outsourcing leaves the target with the unit.
INDEPENDENT = (Canteen.OWN, Canteen.OUTSOURCED)
LEAST_DINERS = 50  # “50人以上” includes 50.
EXCEPTED = (Nature.SCHOOL, Nature.HOSPITAL)


class UnitState(Label):
    """Whether a unit still exists."""

    ACTIVE = "active", "正常"
    CLOSED = "closed", "已撤销"


class Unit(Model):
    """An organisation that buys.

    ``approval_limit_fen`` is the unit's own: an order above it waits for the unit's
    lead; ``None`` means that every unit order does. ``shared_with`` is the unit that
    files for a shared canteen. ``bank_account`` is what it pays from. Where it has
    chosen so, a rest of a statement up to ``carry_limit_fen`` goes on the next one.
    """

    __tablename__ = "unit"
    __table_args__ = (
        sa.CheckConstraint("daily_diners >= 0", "daily_diners"),
        sa.CheckConstraint("approval_limit_fen >= 0", "approval_limit"),
        sa.CheckConstraint("carry_limit_fen >= 0", "carry_limit"),
        sa.CheckConstraint(
            "(canteen = 'shared') = (shared_with_id IS NOT NULL)", "shared_names_a_unit"
        ),
    )

    MOVES = {
        UnitState.ACTIVE: {UnitState.CLOSED},
        UnitState.CLOSED: {UnitState.ACTIVE},
    }

    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    kind: Mapped[UnitKind] = mapped_column(index=True)
    nature: Mapped[Nature] = mapped_column(default=Nature.ORDINARY)
    state: Mapped[UnitState] = mapped_column(default=UnitState.ACTIVE)
    canteen: Mapped[Canteen] = mapped_column(default=Canteen.NONE)
    daily_diners: Mapped[int] = mapped_column(default=0)
    approval_limit_fen: Mapped[Fen | None]
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    contact: Mapped[str] = mapped_column(sa.String(40), default="")
    phone: Mapped[str] = mapped_column(sa.String(30), default="")
    bank_name: Mapped[str] = mapped_column(sa.String(80), default="")
    bank_account: Mapped[str] = mapped_column(sa.String(60), default="")
    carry_limit_fen: Mapped[Fen] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    shared_with_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))

    parent: Mapped["Unit | None"] = relationship(foreign_keys=[parent_id], remote_side="Unit.id")
    shared_with: Mapped["Unit | None"] = relationship(
        foreign_keys=[shared_with_id], remote_side="Unit.id"
    )


class ChangeKind(Label):
    """What became of units by a document."""

    MERGED = "merged", "合并"
    SPLIT = "split", "分设"
    CLOSED = "closed", "撤销"


class UnitChange(Model):
    """Units that merged, split or ended by a document; only added to.

    What each unit bought stays with it; what it had still to buy goes to its successors.
    """

    __tablename__ = "unit_change"

    kind: Mapped[ChangeKind]
    happened_on: Mapped[dt.date]
    document_no: Mapped[str] = mapped_column(sa.String(60))
    document_on: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    parts: Mapped[list["UnitChangePart"]] = relationship(order_by="UnitChangePart.id")


class UnitChangePart(Model):
    """A unit's part in a change: one that was before, or one that follows."""

    __tablename__ = "unit_change_part"
    __table_args__ = (sa.UniqueConstraint("change_id", "unit_id"),)

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("unit_change.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    is_successor: Mapped[bool]

    unit: Mapped[Unit] = relationship()
