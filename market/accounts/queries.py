"""Ask about people."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core.access import Role


def people_of_unit(session: Session, unit_id: int, *roles: Role) -> Sequence[Person]:
    """Return the enabled people of a unit in any of the roles."""
    return session.scalars(
        sa.select(Person)
        .where(Person.unit_id == unit_id, Person.role.in_(roles), Person.is_enabled)
        .order_by(Person.id)
    ).all()


def people_of_supplier(session: Session, supplier_id: int) -> Sequence[Person]:
    """Return the enabled people who sign in for a supplier."""
    return session.scalars(
        sa.select(Person)
        .where(Person.supplier_id == supplier_id, Person.is_enabled)
        .order_by(Person.id)
    ).all()


def people_in_role(session: Session, role: Role) -> Sequence[Person]:
    """Return the enabled people of a role."""
    return session.scalars(
        sa.select(Person).where(Person.role == role, Person.is_enabled).order_by(Person.id)
    ).all()


def count_of_unit(session: Session, unit_id: int) -> int:
    """Return how many enabled people belong to a unit."""
    return (
        session.scalar(
            sa.select(sa.func.count(Person.id)).where(Person.unit_id == unit_id, Person.is_enabled)
        )
        or 0
    )
