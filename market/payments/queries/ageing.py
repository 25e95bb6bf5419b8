"""How old what units owe on account is, and which small rests wait for the next statement."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock
from market.core.labels import Label
from market.ordering.models import Order
from market.payments.models import Statement, StatementState
from market.payments.queries.statements import BILLED, UNBILLED, orders_on, places
from market.units.models import Unit


class Age(Label):
    """For how long what is outstanding has been overdue, in days.

    A small rest that is paid with the next statement is overdue at no day.
    """

    NOT_DUE = "not_due", "未到期"
    GOES_ON = "goes_on", "转入下期"
    TO_30 = "to_30", "逾期 1–30 天"
    TO_60 = "to_60", "逾期 31–60 天"
    TO_90 = "to_90", "逾期 61–90 天"
    ABOVE_90 = "above_90", "逾期 90 天以上"

    def has(self, owed: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Return the condition that a statement which this is owed of is of this age today.

        For selects from statements and their units.
        """
        today, due_on = clock.today(), Statement.due_on
        if self is Age.GOES_ON:
            return going_on(owed)
        first, last = {
            Age.NOT_DUE: (None, 0),
            Age.TO_30: (1, 30),
            Age.TO_60: (31, 60),
            Age.TO_90: (61, 90),
            Age.ABOVE_90: (91, None),
        }[self]
        bounds = [~going_on(owed)]
        if first is not None:
            bounds.append(due_on <= today - dt.timedelta(days=first))
        if last is not None:
            bounds.append(due_on >= today - dt.timedelta(days=last))
        return sa.and_(*bounds)


@dataclass(frozen=True)
class Ageing:
    """What a unit owes, by how long it has been due, and what is on no statement yet."""

    unit: Unit
    by_age: dict[Age, int]
    unbilled_fen: int

    @property
    def owed_fen(self) -> int:
        """All that the unit owes on account."""
        return sum(self.by_age.values()) + self.unbilled_fen


def goes_on(statement: Statement, owed_fen: int) -> bool:
    """Whether the rest is small and agreed, and its unit has chosen to pay it with the next statement.

    Nobody is chased for it meanwhile: it is not overdue.
    """
    confirmed = statement.state is StatementState.CONFIRMED
    return confirmed and 0 < owed_fen <= statement.unit.carry_limit_fen


def going_on(owed: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition that ``goes_on``, for selects from statements and their units."""
    small = (owed > 0) & (owed <= Unit.carry_limit_fen)
    return (Statement.state == StatementState.CONFIRMED) & small


def billed_places(orders: sa.Select[Any] | None = None) -> sa.Subquery:
    """Return ``places`` with ``whole``: what is owed of the place's whole statement.

    Of orders that are selected it is known where all orders of the statement are among them.
    """
    found = places(orders)
    whole = sa.func.sum(found.c.owed).over(partition_by=(found.c.part, found.c.statement_id))
    return sa.select(*found.c, whole.label("whole")).subquery()


def rests_going_on() -> sa.Subquery:
    """Return ``order_id`` and ``fen`` of what orders owe that is paid with the next statement."""
    chosen = sa.select(Unit.id).where(Unit.carry_limit_fen > 0)
    agreed = (Statement.state == StatementState.CONFIRMED) & Statement.unit_id.in_(chosen)
    found = billed_places(orders_on(agreed))
    return (
        sa.select(found.c.order_id, sa.func.sum(found.c.owed).label("fen"))
        .join(Statement, Statement.id == found.c.statement_id)
        .join(Unit, Unit.id == Statement.unit_id)
        .where(found.c.part == BILLED, agreed, going_on(found.c.whole))
        .group_by(found.c.order_id)
        .subquery()
    )


def ageing(session: Session) -> list[Ageing]:
    """Return what each unit owes on account by age, in one query over the places of all orders."""
    found = billed_places()
    is_billed = found.c.part == BILLED

    def owed(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, found.c.owed), else_=0))

    rows = session.execute(
        sa.select(
            Unit,
            *(owed(is_billed & age.has(found.c.whole)) for age in Age),
            owed(found.c.part == UNBILLED),
        )
        .select_from(found)
        .join(Order, Order.id == found.c.order_id)
        .join(Unit, Unit.id == Order.unit_id)
        .outerjoin(Statement, Statement.id == found.c.statement_id)
        .where(found.c.owed > 0)
        .group_by(Unit.id)
        .order_by(Unit.name)
    )
    return [
        Ageing(unit, dict(zip(Age, map(int, fen[:-1]), strict=True)), int(fen[-1]))
        for unit, *fen in rows
    ]
