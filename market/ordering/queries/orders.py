"""Who may see which orders, what may be done with them, and what is on its way to a unit."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Person
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.ordering.models import (
    BuyingFor,
    Consignment,
    ConsignmentState,
    Order,
    OrderLine,
    OrderState,
)

BEFORE_SHIPMENT = {ConsignmentState.WAITING, ConsignmentState.ACCEPTED}
UNDELIVERED = {ConsignmentState.DECLINED, ConsignmentState.CANCELLED}
FINAL = UNDELIVERED | {ConsignmentState.RECEIVED}
ALIVE = {OrderState.SUBMITTED, OrderState.AWAITING_PAYMENT, OrderState.OPEN}
SEE_ALL = (Role.COORDINATOR, Role.FUND_OFFICER, Role.INSPECTOR, Role.ADMIN)


@dataclass(frozen=True)
class Wanted:
    """Which orders a list shows; ``month`` is the first day of a month of China's calendar."""

    state: OrderState | None = None
    buying_for: BuyingFor | None = None
    month: dt.date | None = None
    search: str = ""


@dataclass(frozen=True)
class OnTheWay:
    """An order line that will count for a unit once it is accepted.

    What an employee bought for themself has no ``name``: that it is on its way
    counts, what it is stays private.
    """

    order_number: str
    consignment_number: str
    placed_at: dt.datetime
    buying_for: BuyingFor
    name: str
    amount_fen: int


def visible_to(person: Person) -> sa.ColumnElement[bool]:
    """Return the condition on orders that a person may see.

    Everybody their own; a unit's buyers also those for the unit, but not what its
    employees bought for themselves; those who oversee or take the money, all.
    """
    if person.role in SEE_ALL:
        return sa.true()
    own = Order.placed_by_id == person.id
    if person.role not in UNIT_BUYERS:
        return own
    return own | ((Order.unit_id == person.unit_id) & (Order.buying_for != BuyingFor.SELF))


def orders_for(session: Session, person: Person, wanted: Wanted) -> sa.Select[Any]:
    """Return the select of a person's orders that match, newest first, for paging."""
    return (
        _matching(sa.select(Order), person, wanted)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .options(
            joinedload(Order.unit),
            joinedload(Order.placed_by),
            selectinload(Order.lines).load_only(
                OrderLine.order_id, OrderLine.name, OrderLine.ordered_milli, OrderLine.unit_name
            ),
        )
    )


def sum_for(session: Session, person: Person, wanted: Wanted) -> int:
    """Return what all matching orders cost together, whichever page is shown."""
    total = sa.select(sa.func.coalesce(sa.func.sum(Order.total_fen), 0))
    return int(session.scalars(_matching(total, person, wanted)).one())


def order_for(session: Session, person: Person, number: str) -> Order | None:
    """Return an order this person may see with all that its page shows, in one query."""
    return (
        session.scalars(
            sa.select(Order)
            .where(Order.number == number, visible_to(person))
            .options(
                joinedload(Order.unit),
                joinedload(Order.placed_by),
                joinedload(Order.decided_by),
                joinedload(Order.closed_by),
                joinedload(Order.consignments).options(
                    joinedload(Consignment.supplier), joinedload(Consignment.lines)
                ),
            )
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )


def waiting_for(session: Session, person: Person) -> sa.Select[Any]:
    """Return the select of orders that wait for this lead's decision, oldest first.

    Those who oversee see what waits in every unit.
    """
    waiting = (
        sa.select(Order)
        .where(Order.state == OrderState.SUBMITTED, Order.buying_for != BuyingFor.SELF)
        .order_by(Order.placed_at, Order.id)
        .options(joinedload(Order.placed_by), joinedload(Order.unit), selectinload(Order.lines))
    )
    return waiting if person.role in SEE_ALL else waiting.where(Order.unit_id == person.unit_id)


def shown_state(order: Order) -> OrderState:
    """Return the state people read: an overdue order is closed, whether or not the job has run."""
    return OrderState.EXPIRED if order.is_overdue(clock.now()) else order.state


def may_cancel(order: Order, person: Person) -> bool:
    """Whether a person may call this order off, as far as who they are decides."""
    of_unit = order.buying_for is not BuyingFor.SELF and order.unit_id == person.unit_id
    return order.placed_by_id == person.id or (of_unit and person.role in UNIT_BUYERS)


def may_decide(order: Order, person: Person) -> bool:
    """Whether a person may approve or return this order: another lead of its unit."""
    of_unit = order.buying_for is not BuyingFor.SELF and order.unit_id == person.unit_id
    return of_unit and person.role is Role.LEAD and order.placed_by_id != person.id


def is_unshipped(order: Order) -> bool:
    """Whether no part of an order has left a supplier."""
    return all(part.state in BEFORE_SHIPMENT | UNDELIVERED for part in order.consignments)


def on_the_way_by_unit(session: Session, unit_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Return, per unit, the fen ordered and not yet accepted that will count.

    They belong to the current year of China's calendar: that is when they would be
    accepted. Units with nothing on the way are left out; no ids means every unit.
    """
    amounts = (
        _on_the_way(sa.select(Order.unit_id, sa.func.sum(expected_fen())))
        .where(Order.unit_id.is_not(None))
        .group_by(Order.unit_id)
    )
    if unit_ids is not None:
        amounts = amounts.where(Order.unit_id.in_(list(unit_ids)))
    return {unit_id: int(fen) for unit_id, fen in session.execute(amounts)}


def on_the_way_lines(session: Session, unit_id: int) -> list[OnTheWay]:
    """Return the lines that ``on_the_way_by_unit`` sums for a unit, oldest order first."""
    lines = _on_the_way(
        sa.select(
            Order.number,
            Consignment.number,
            Order.placed_at,
            Order.buying_for,
            sa.case((Order.buying_for == BuyingFor.SELF, ""), else_=OrderLine.name),
            expected_fen(),
        )
    )
    rows = session.execute(
        lines.where(Order.unit_id == unit_id).order_by(Order.placed_at, OrderLine.id)
    )
    return [OnTheWay(*row) for row in rows]


def late_on_the_way(
    session: Session, before: dt.datetime
) -> dict[int, tuple[int, int, dt.datetime]]:
    """Return, per unit, its own orders placed before an instant and not yet accepted.

    How many, the fen of them on the way, and when the oldest was placed. What employees
    ordered for themselves is theirs to receive, and not among them.
    """
    late = _on_the_way(
        sa.select(
            Order.unit_id,
            sa.func.count(Order.id.distinct()),
            sa.cast(sa.func.sum(expected_fen()), sa.BigInteger),
            sa.func.min(Order.placed_at),
        )
    ).where(
        Order.unit_id.is_not(None), Order.buying_for != BuyingFor.SELF, Order.placed_at < before
    )
    rows = session.execute(late.group_by(Order.unit_id))
    return {unit_id: (count, fen, oldest) for unit_id, count, fen, oldest in rows}


def on_the_way_orders(session: Session) -> Sequence[Any]:
    """Return every order that ``on_the_way_by_unit`` sums: its unit's id, number, fen and when it was placed."""
    orders = (
        _on_the_way(
            sa.select(
                Order.unit_id,
                Order.number,
                sa.cast(sa.func.sum(expected_fen()), sa.BigInteger),
                Order.placed_at,
            )
        )
        .where(Order.unit_id.is_not(None), Order.placed_at <= clock.now())
        .group_by(Order.id)
        .order_by(Order.placed_at, Order.id)
    )
    return session.execute(orders).all()


def expected_fen() -> sa.ColumnElement[int]:
    """Return what a line will come to: by the quantity shipped once it is known, half up."""
    shipped_fen = (OrderLine.price_fen * OrderLine.shipped_milli + 500) // 1000
    return sa.case((OrderLine.shipped_milli.is_(None), OrderLine.ordered_fen), else_=shipped_fen)


def expected_of(line: OrderLine) -> int:
    """Return the same of a line at hand."""
    if line.shipped_milli is None:
        return line.ordered_fen
    return money.line_fen(line.price_fen, line.shipped_milli)


def _on_the_way(select: Any) -> Any:
    overdue = (Order.state == OrderState.AWAITING_PAYMENT) & (Order.pay_by_at <= clock.now())
    return (
        select.select_from(OrderLine)
        .join(Consignment, Consignment.id == OrderLine.consignment_id)
        .join(Order, Order.id == Consignment.order_id)
        .where(
            OrderLine.counts,
            Order.state.in_(ALIVE),
            ~sa.func.coalesce(overdue, sa.false()),
            Consignment.state.not_in(FINAL),
        )
    )


def _matching(select: sa.Select[Any], person: Person, wanted: Wanted) -> sa.Select[Any]:
    select = select.where(visible_to(person))
    if wanted.state is not None:
        select = select.where(_shown_as(wanted.state))
    if wanted.buying_for is not None:
        select = select.where(Order.buying_for == wanted.buying_for)
    if wanted.month is not None:
        first = wanted.month.replace(day=1)
        following = (first + dt.timedelta(days=31)).replace(day=1)
        select = select.where(
            Order.placed_at >= clock.start_of(first), Order.placed_at < clock.start_of(following)
        )
    if wanted.search:
        select = select.where(Order.number.contains(wanted.search, autoescape=True))
    return select


def _shown_as(state: OrderState) -> sa.ColumnElement[bool]:
    """Return the condition on orders that people see in this state."""
    now = clock.now()
    if state is OrderState.AWAITING_PAYMENT:
        return (Order.state == state) & (Order.pay_by_at > now)
    if state is OrderState.EXPIRED:
        waiting = Order.state == OrderState.AWAITING_PAYMENT
        return (Order.state == state) | (waiting & (Order.pay_by_at <= now))
    return Order.state == state
