"""People and invitations."""

import datetime as dt
import secrets

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.core import clock
from market.core.access import Role
from market.core.db import Model
from market.units.models import Unit

LOGIN_RULE = "2 到 40 个字母、数字或 . _ - @，以字母或数字开头"
LEAST_LETTERS, MOST_LETTERS = 10, 128  # Of a password; longer ones only keep the server busy.
MOST_DAYS, MOST_USES = 90, 5000  # Of an invitation.
MASK = "•••"  # What is shown of a key in place of the rest.


def new_stamp() -> str:
    """Return a stamp that no session has yet."""
    return secrets.token_urlsafe(9)


class Person(UserMixin, Model):
    """Someone who can sign in.

    ``stamp`` is part of every session's cookie: a new one ends all sessions.
    ``is_demo`` accounts have a published password, which production refuses.
    """

    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint(
            "role NOT IN ('canteen', 'lead') OR unit_id IS NOT NULL", "unit_role_has_unit"
        ),
        sa.CheckConstraint(
            "(role = 'supplier') = (supplier_id IS NOT NULL)", "supplier_role_has_supplier"
        ),
    )

    login: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    role: Mapped[Role] = mapped_column(index=True)
    phone: Mapped[str] = mapped_column(sa.String(30), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False, index=True)
    stamp: Mapped[str] = mapped_column(sa.String(20), default=new_stamp)
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    # The office of the plan that somebody acts for: 牵头单位 of a coordinator, 责任单位 of the county.
    agency: Mapped[str] = mapped_column(sa.String(40), default="")
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    supplier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supplier.id"), index=True)

    unit: Mapped[Unit | None] = relationship()

    def get_id(self) -> str:
        """Return what the session's cookie holds: the person, and the stamp that can end it."""
        return f"{self.id}.{self.stamp}"

    @property
    def is_active(self) -> bool:
        """Whether the person may sign in."""
        return self.is_enabled


class Invitation(Model):
    """A code by which employees join their unit, until it is used up or has expired."""

    __tablename__ = "invitation"
    __table_args__ = (
        sa.CheckConstraint("used >= 0 AND used <= most", "used"),
        sa.CheckConstraint("most > 0", "most"),
    )

    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[dt.datetime]
    most: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)

    unit: Mapped[Unit] = relationship()
    by: Mapped[Person] = relationship()

    @property
    def masked_code(self) -> str:
        """Return the code's first two letters: who reads the list can tell codes apart, not use one."""
        return f"{self.code[:2]}{MASK}"
