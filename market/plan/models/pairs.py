"""Which subdistrict office helps which village; the plan names neither."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core.db import Model
from market.units.models import Unit

PAIRS = 8  # 8个街道办事处与8个贫困村, clause 7.


class Pair(Model):
    """One of the eight pairs of a year, entered by a coordinator.

    Its position keeps the database from holding a ninth one. What records name it is
    no longer changed.
    """

    __tablename__ = "plan_pair"
    __table_args__ = (
        sa.CheckConstraint("position BETWEEN 1 AND 8", "position"),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", "year"),
        sa.UniqueConstraint("year", "position"),
        sa.UniqueConstraint("year", "unit_id"),
        sa.UniqueConstraint("year", "township", "village"),
    )

    year: Mapped[int]
    position: Mapped[int]
    township: Mapped[str] = mapped_column(sa.String(20))
    village: Mapped[str] = mapped_column(sa.String(20))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)

    unit: Mapped[Unit] = relationship(innerjoin=True)

    @property
    def name(self) -> str:
        """Return both sides in one line."""
        return f"{self.unit.name} — {self.township}{self.village}"
