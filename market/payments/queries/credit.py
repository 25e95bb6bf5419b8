"""Ask about the accounts of units and people: what is free on them, and who acts for them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core.access import UNIT_BUYERS
from market.ordering.models import BuyingFor, Order
from market.ordering.queries import SEE_ALL
from market.payments.models import Allocation, Payment, Statement
from market.payments.queries.receipts import free_payments


def credit_of(session: Session, *, unit_id: int | None = None, person_id: int | None = None) -> int:
    """Return the free money on an account, in fen: put to nothing, and not on its way back."""
    free = sa.select(sa.func.coalesce(sa.func.sum(Payment.free_fen), 0))
    return int(session.scalars(free.where(_free_of(unit_id, person_id))).one())


def credit_payments(
    session: Session, *, unit_id: int | None = None, person_id: int | None = None
) -> Sequence[Payment]:
    """Return the payments of an account of which some is free, oldest money first."""
    return session.scalars(
        sa.select(Payment)
        .where(_free_of(unit_id, person_id))
        .order_by(Payment.paid_on, Payment.id)
        .options(joinedload(Payment.order))
    ).all()


def held_payments(
    session: Session, *, unit_id: int | None = None, person_id: int | None = None
) -> Sequence[Payment]:
    """Return what ``credit_payments`` does, as it is now, and keep others from it meanwhile.

    Its rows are taken in id order, so that two who pay at once can't block each other.
    """
    taken = session.scalars(
        sa.select(Payment)
        .where(_free_of(unit_id, person_id))
        .order_by(Payment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return sorted(taken, key=lambda payment: (payment.paid_on, payment.id))


def made_by_click(session: Session, once_key: str) -> Sequence[Allocation]:
    """Return the rows by which a click moved money between an order and its payer's account."""
    return session.scalars(
        sa.select(Allocation)
        .where(Allocation.once_key.startswith(f"{once_key}:", autoescape=True))
        .order_by(Allocation.id)
    ).all()


def standing_parts(session: Session, order: Order) -> list[tuple[Allocation, int]]:
    """Return what is put to an order of its payer's own money, latest first, with what is left."""
    back = (
        sa.select(Allocation.reverses_id, sa.func.sum(Allocation.amount_fen).label("fen"))
        .where(Allocation.order_id == order.id, Allocation.amount_fen < 0)
        .group_by(Allocation.reverses_id)
        .subquery()
    )
    left = Allocation.amount_fen + sa.func.coalesce(back.c.fen, 0)
    own = Payment.person_id == order.placed_by_id
    if order.buying_for is not BuyingFor.SELF:
        own = Payment.unit_id == order.unit_id
    rows = session.execute(
        sa.select(Allocation, left)
        .join(Payment, Payment.id == Allocation.payment_id)
        .outerjoin(back, back.c.reverses_id == Allocation.id)
        .where(Allocation.order_id == order.id, Allocation.amount_fen > 0, left > 0, own)
        .order_by(Allocation.id.desc())
    )
    return [(allocation, int(fen)) for allocation, fen in rows]


def acts_for(person: Person, order: Order) -> bool:
    """Whether a person pays for an order: their own, or one of the unit that they buy for."""
    if order.buying_for is BuyingFor.SELF:
        return order.placed_by_id == person.id
    return person.role in UNIT_BUYERS and person.unit_id == order.unit_id


def statement_to_pay(session: Session, person: Person, number: str) -> Statement | None:
    """Return a statement whose payment a person may see: their unit's, or any to who oversees."""
    select = sa.select(Statement).where(Statement.number == number)
    if person.role not in SEE_ALL:
        own = person.unit_id if person.role in UNIT_BUYERS else None
        select = select.where(Statement.unit_id == own)
    return session.scalar(
        select.options(
            joinedload(Statement.unit), joinedload(Statement.supplier)
        ).execution_options(populate_existing=True)
    )


def _free_of(unit_id: int | None, person_id: int | None) -> sa.ColumnElement[bool]:
    own = Payment.unit_id == unit_id if unit_id is not None else Payment.person_id == person_id
    return sa.and_(own, free_payments())
