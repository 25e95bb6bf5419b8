"""Ask for statements in lists: who may see which, their sums, by unit, and how old they are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.catalog.models import Supplier
from market.core import clock
from market.core.access import UNIT_BUYERS, Role
from market.ordering.models import Order
from market.ordering.queries.orders import SEE_ALL
from market.payments.models import Allocation, Statement, StatementState
from market.payments.queries.ageing import Age, goes_on, going_on
from market.payments.queries.statements import (
    UNBILLED,
    Source,
    only_suppliers,
    outstandings,
    places,
    sources,
    unbilled,
)
from market.units.models import Unit

SEVERAL = "-"  # Stands for the supplier of an order that has several.


@dataclass(frozen=True)
class WantedStatements:
    """Which statements a list shows; ``month`` is the first day of a month.

    ``unit`` and ``supplier`` are parts of a name or a whole code, ``search`` is a part of
    the number. Of an age are those that something is still to be paid of. Overdue is none
    of which a small rest goes on the next one.
    """

    state: StatementState | None = None
    month: dt.date | None = None
    unit: str = ""
    supplier: str = ""
    search: str = ""
    age: Age | None = None
    overdue: bool = False
    owing: bool = False


@dataclass(frozen=True)
class StatementRow:
    """One statement in a list, in fen: what was paid of it and what is still to be paid."""

    statement: Statement
    paid_fen: int
    owed_fen: int

    @property
    def goes_on(self) -> bool:
        """Whether what is left is paid with the next statement."""
        return goes_on(self.statement, self.owed_fen)


@dataclass(frozen=True)
class StatementSums:
    """What the statements that a filter finds come to; void ones are counted and sum to nothing."""

    count: int
    total_fen: int
    paid_fen: int
    owed_fen: int
    overdue_fen: int
    disputed_fen: int


@dataclass(frozen=True)
class UnitSums:
    """What one unit's statements come to."""

    unit: Unit
    count: int
    total_fen: int
    paid_fen: int
    owed_fen: int
    disputed_fen: int


def statements_seen_by(person: Person) -> sa.ColumnElement[bool]:
    """Return the condition on statements that a person may see: their side's, or all."""
    if person.role in SEE_ALL:
        return sa.true()
    if person.role is Role.SUPPLIER:
        return Statement.supplier_id == person.supplier_id
    if person.role in UNIT_BUYERS:
        return Statement.unit_id == person.unit_id
    return sa.false()


def statement_for(session: Session, person: Person, number: str) -> Statement | None:
    """Return a statement this person may see, with both sides and who said what, in one query."""
    return session.scalar(
        sa.select(Statement)
        .where(Statement.number == number, statements_seen_by(person))
        .options(
            *(
                joinedload(one)
                for one in (
                    Statement.unit,
                    Statement.supplier,
                    Statement.unit_confirmed_by,
                    Statement.supplier_confirmed_by,
                    Statement.extended_by,
                    Statement.objected_by,
                    Statement.made_by,
                )
            )
        )
        .execution_options(populate_existing=True)
    )


def successor_of(session: Session, statement: Statement) -> Statement | None:
    """Return the statement that took the place of a void one; none where nothing was left to bill."""
    pair = (Statement.unit_id, Statement.supplier_id, Statement.year, Statement.month)
    same = [column == getattr(statement, column.key) for column in pair]
    return session.scalar(sa.select(Statement).where(*same, Statement.state != StatementState.VOID))


def statements_for(person: Person, wanted: WantedStatements) -> sa.Select[Any]:
    """Return the select of statement, paid and owed fen that match, the latest month first."""
    paid, owed, select = _matching(person, wanted)
    return (
        select.add_columns(Statement, paid, owed)
        .order_by(Statement.year.desc(), Statement.month.desc(), Statement.id.desc())
        .options(joinedload(Statement.unit), joinedload(Statement.supplier))
    )


def statement_row(row: Any) -> StatementRow:
    """Return a row of ``statements_for`` as a thing."""
    statement, paid_fen, owed_fen = row
    return StatementRow(statement, int(paid_fen), int(owed_fen))


def statement_sums(session: Session, person: Person, wanted: WantedStatements) -> StatementSums:
    """Return the sums over all that ``statements_for`` finds, in one query."""
    paid, owed, select = _matching(person, wanted)
    late = _is_late(owed)
    row = session.execute(
        select.add_columns(
            sa.func.count(),
            _sum(Statement.total_fen, Statement.state != StatementState.VOID),
            _sum(paid),
            _sum(owed),
            _sum(owed, late),
            _sum(owed, Statement.state == StatementState.DISPUTED),
        )
    ).one()
    return StatementSums(*(int(figure) for figure in row))


def sums_by_unit(session: Session, person: Person, wanted: WantedStatements) -> list[UnitSums]:
    """Return what the statements found come to for each unit, in one query."""
    paid, owed, select = _matching(person, wanted)
    rows = session.execute(
        select.add_columns(
            Unit,
            sa.func.count(),
            _sum(Statement.total_fen, Statement.state != StatementState.VOID),
            _sum(paid),
            _sum(owed),
            _sum(owed, Statement.state == StatementState.DISPUTED),
        )
        .group_by(Unit.id)
        .order_by(Unit.name)
    )
    return [UnitSums(unit, *(int(figure) for figure in row)) for unit, *row in rows]


def unbilled_orders(person: Person, *, unit: str = "", supplier: str = "") -> sa.Select[Any]:
    """Return the select of order and fen that it owes and that is on no statement yet.

    Of the orders of the person's unit, or of all; ``unit`` as in ``WantedStatements``.
    ``supplier`` is the code of the only one that an order has, or - where it has several.
    """
    owed, select = _unbilled(person, unit, supplier)
    return select.add_columns(Order, owed).order_by(Order.id).options(joinedload(Order.unit))


def unbilled_sum(session: Session, person: Person, *, unit: str = "", supplier: str = "") -> int:
    """Return what all that ``unbilled_orders`` finds comes to, in fen."""
    owed, select = _unbilled(person, unit, supplier)
    return int(session.scalars(select.add_columns(_sum(owed))).one())


def unbilled_of_supplier(session: Session, person: Person) -> Sequence[tuple[Source, Order]]:
    """Return what a supplier delivered and no statement has yet, with its order, oldest first."""
    later = clock.now() + dt.timedelta(days=1)
    rows = unbilled(later).subquery()
    mine = sa.select(rows).where(rows.c.supplier_id == (person.supplier_id or 0))
    found = sources(session, mine.order_by(rows.c.at, rows.c.id))
    ids = [source.order_id for source in found]
    orders = {
        order.id: order
        for order in session.scalars(
            sa.select(Order).where(Order.id.in_(ids)).options(joinedload(Order.unit))
        )
    }
    return [(source, orders[source.order_id]) for source in found]


def _matching(
    person: Person, wanted: WantedStatements
) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int], Any]:
    """Return the columns paid and owed, and a select from the statements that match."""
    seen = [statements_seen_by(person)]
    if wanted.month is not None:
        seen += [Statement.year == wanted.month.year, Statement.month == wanted.month.month]
    if wanted.state is not None:
        seen.append(Statement.state == wanted.state)
    if wanted.search:
        seen.append(Statement.number.contains(wanted.search, autoescape=True))
    of_ages = outstandings(*seen)
    put = (
        sa.select(Allocation.statement_id, sa.func.sum(Allocation.amount_fen).label("fen"))
        .group_by(Allocation.statement_id)
        .subquery()
    )
    owed: sa.ColumnElement[int] = sa.func.coalesce(of_ages.c.owed, 0)
    paid: sa.ColumnElement[int] = sa.func.coalesce(put.c.fen, 0)
    select = (
        sa.select()
        .select_from(Statement)
        .join(Unit, Unit.id == Statement.unit_id)
        .join(Supplier, Supplier.id == Statement.supplier_id)
        .outerjoin(of_ages, of_ages.c.statement_id == Statement.id)
        .outerjoin(put, put.c.statement_id == Statement.id)
        .where(*seen)
    )
    select = _named(_named(select, Unit, wanted.unit), Supplier, wanted.supplier)
    if wanted.age is not None or wanted.overdue or wanted.owing:
        select = select.where(owed > 0)
    if wanted.age is not None:
        select = select.where(wanted.age.has(owed))
    if wanted.overdue:
        select = select.where(_is_late(owed))
    return paid, owed, select


def _is_late(owed: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition that what a statement owes should have been paid."""
    return (Statement.due_on < clock.today()) & ~going_on(owed)


def _unbilled(person: Person, unit: str, supplier: str) -> tuple[sa.ColumnElement[int], Any]:
    """Return the column owed, and a select from orders with something on no statement."""
    found = places()
    select = (
        sa.select()
        .select_from(Order)
        .join(found, found.c.order_id == Order.id)
        .join(Unit, Unit.id == Order.unit_id)
        .where(found.c.part == UNBILLED, found.c.owed > 0)
    )
    if person.role not in SEE_ALL:
        select = select.where(Order.unit_id == person.unit_id)
    if supplier:
        only = only_suppliers()
        select = select.join(only, only.c.order_id == Order.id)
        of_code = sa.select(Supplier.id).where(Supplier.code == supplier).scalar_subquery()
        theirs = only.c.supplier_id
        select = select.where(theirs.is_(None) if supplier == SEVERAL else theirs == of_code)
    return found.c.owed, _named(select, Unit, unit)


def _named(select: Any, table: type[Unit] | type[Supplier], words: str) -> Any:
    if not words:
        return select
    return select.where(sa.or_(table.code == words, table.name.contains(words, autoescape=True)))


def _sum(fen: Any, condition: sa.ColumnElement[bool] | None = None) -> sa.ColumnElement[int]:
    counted = fen if condition is None else sa.case((condition, fen), else_=0)
    return sa.func.coalesce(sa.func.sum(counted), 0)
