"""Ask about people."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from market.accounts.models import Invitation, Person
from market.adapters.pinyin import patterns
from market.core.access import UNIT_BUYERS, Role
from market.units.models import Unit


def people_of_unit(session: Session, unit_id: int, *roles: Role) -> Sequence[Person]:
    """Return the enabled people of a unit in any of the roles."""
    return session.scalars(
        sa.select(Person)
        .where(Person.unit_id == unit_id, Person.role.in_(roles), Person.is_enabled)
        .order_by(Person.id)
    ).all()


def people_of_units(
    session: Session, unit_ids: Collection[int], *roles: Role
) -> dict[int | None, list[Person]]:
    """Return the enabled people in any of the roles of each of these units, in one query."""
    people: dict[int | None, list[Person]] = {}
    for person in session.scalars(
        sa.select(Person)
        .where(Person.unit_id.in_(unit_ids), Person.role.in_(roles), Person.is_enabled)
        .order_by(Person.id)
    ):
        people.setdefault(person.unit_id, []).append(person)
    return people


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


def person_by_login(session: Session, login: str) -> Person | None:
    """Return the person with this login, in any case, the unit loaded."""
    return session.scalar(
        sa.select(Person)
        .where(Person.login == login.strip().lower())
        .options(joinedload(Person.unit))
    )


def anyone(session: Session) -> bool:
    """Tell whether there is any account at all."""
    return session.scalar(sa.select(Person.id).limit(1)) is not None


def demo_accounts(session: Session) -> Sequence[Person]:
    """Return one demonstration account per role (a shopper with a unit and one without).

    Of coordinators all: what one has made, another checks.
    """
    first = (
        sa.select(sa.func.min(Person.id))
        .where(Person.is_demo, Person.is_enabled)
        .group_by(Person.role, Person.unit_id.is_(None))
    )
    found = session.scalars(
        sa.select(Person)
        .where(
            sa.or_(Person.id.in_(first), Person.role == Role.COORDINATOR),
            Person.is_demo,
            Person.is_enabled,
        )
        .options(joinedload(Person.unit))
    ).all()
    roles = list(Role)
    return sorted(found, key=lambda person: (roles.index(person.role), person.id))


def people_for(
    by: Person,
    *,
    q: str = "",
    role: Role | None = None,
    unit: str = "",
    enabled: bool | None = None,
) -> sa.Select[Any]:
    """Return a select of the people that ``by`` may see, by login, their units loaded.

    A lead sees their own unit's, coordinators and those above see all. ``q`` is looked for
    in name, login, pinyin and initials; ``unit`` is a code.
    """
    select = (
        sa.select(Person)
        .outerjoin(Unit, Unit.id == Person.unit_id)
        .options(joinedload(Person.unit))
        .order_by(Person.login)
    )
    if by.role not in (Role.COORDINATOR, Role.INSPECTOR, Role.ADMIN):
        select = select.where(Person.unit_id == by.unit_id)
    for pattern in patterns(q):
        select = select.where(Person.search_text.ilike(pattern, escape="\\"))
    if role is not None:
        select = select.where(Person.role == role)
    if unit:
        select = select.where(Unit.code == unit)
    if enabled is not None:
        select = select.where(Person.is_enabled == enabled)
    return select


def person_for(session: Session, by: Person, login: str) -> Person | None:
    """Return the person with this login, if ``by`` may see them."""
    return session.scalar(people_for(by).where(Person.login == login))


def invitations_for(by: Person, *, q: str = "") -> sa.Select[Any]:
    """Return a select of invitations, newest first, with their units and who made them.

    Administrators and inspectors see all, others their own unit's. ``q`` is looked for in
    the unit's name, code, pinyin and initials.
    """
    select = (
        sa.select(Invitation)
        .join(Invitation.unit)
        .options(contains_eager(Invitation.unit), joinedload(Invitation.by))
        .order_by(Invitation.made_at.desc(), Invitation.id.desc())
    )
    for pattern in patterns(q):
        select = select.where(Unit.search_text.ilike(pattern, escape="\\"))
    if by.role in (Role.ADMIN, Role.INSPECTOR):
        return select
    unit_id = by.unit_id if by.role in UNIT_BUYERS else None
    return select.where(Invitation.unit_id == unit_id)


def invitation_for(session: Session, by: Person, code: str) -> Invitation | None:
    """Return the invitation with this code, if ``by`` may see it."""
    return session.scalar(invitations_for(by).where(Invitation.code == code))
