"""Make the statements of a month, and put payments to them.

Whoever changes what a statement owes takes the statement's row first, then the rows
of its orders, both in id order.
"""

import datetime as dt
import itertools
import secrets
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier, people_of_unit
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.core.db import upsert
from market.core.errors import Refused
from market.core.settings import settings
from market.notices.services import tell
from market.ordering.models import Order, Terms
from market.payments.models import (
    Allocation,
    LineKind,
    Payment,
    Statement,
    StatementLine,
    StatementState,
)
from market.payments.queries.codes import statement_number
from market.payments.queries.statements import (
    Source,
    orders_on,
    overpaid_orders,
    places_on,
    sources,
    unbilled,
)
from market.payments.services.allocations import allocate, left_of, reverse, take_turn
from market.units.models import Unit

PAYABLE = (StatementState.ISSUED, StatementState.CONFIRMED)
MAKERS = (Role.COORDINATOR, Role.FUND_OFFICER)
MONTHS = 100_000  # How many numbers a month has to draw from.


def make_statements(
    session: Session, year: int, month: int, by: Person | None = None
) -> list[Statement]:
    """Make the statement of each unit and supplier for a month that has ended.

    Of signed acceptances and settled claims of orders on account, those of the month and
    whatever older is on no live statement. Where the month's statement exists already,
    nothing is made; what came late is on the next one. What an earlier statement left
    comes along: a small rest where the unit chose so, and credits that can be set off.
    By those who take the money, or by nobody (cron); refuses a month that has not ended.
    """
    if by is not None and by.role not in MAKERS:
        raise Refused("只有统筹协调和资金管理人员可以生成结算单。")
    until = _end_of(year, month)
    if until > clock.now():
        raise Refused(f"{year} 年 {month} 月还没有结束，月末之后才能生成结算单。")
    found = unbilled(until)
    rows = found.subquery()
    # Statements that may leave something, then the orders: whoever pays waits, or is waited for.
    pair = (Statement.unit_id == rows.c.unit_id) & (Statement.supplier_id == rows.c.supplier_id)
    earlier = sa.exists().where(pair).correlate(Statement)
    _lock(session, Statement, sa.select(Statement.id).where(earlier))
    billed = orders_on(earlier)
    wanted = sa.or_(Order.id.in_(sa.select(rows.c.order_id)), Order.id.in_(billed))
    _lock(session, Order, sa.select(Order.id).where(wanted))
    by_pair: dict[tuple[int, int], list[Source]] = {}
    for source in sources(session, found):
        by_pair.setdefault((source.unit_id, source.supplier_id), []).append(source)
    overpaid = overpaid_orders(session, sa.select(Order.id).where(wanted))
    made = [_make(session, year, month, by_pair[pair], overpaid, by=by) for pair in sorted(by_pair)]
    return [statement for statement in made if statement is not None]


def pay_statement(
    session: Session, statement: Statement, payment: Payment, amount_fen: int, *, by: Person | None
) -> list[Allocation]:
    """Put a part of a payment to a statement's orders, the oldest first.

    Each order gets no more than the statement still asks for it. Refuses more than is
    outstanding, and statements that are void or in dispute. Who pays several at once
    takes them in id order.
    """
    take_statement(session, statement)
    if statement.state not in PAYABLE:
        raise Refused(
            f"结算单 {statement.number} 当前是“{statement.state.label}”，不能入账，请先由统筹协调处理。"
        )
    places = places_on(session, statement.id)
    owed_fen = sum(place.owed_fen for place in places)
    if not 0 < amount_fen <= owed_fen:
        raise Refused(
            f"结算单 {statement.number} 还应付 {money.yuan(owed_fen)} 元，"
            f"不能入账 {money.yuan(amount_fen)} 元，请核对金额。",
            field="amount_fen",
        )
    made = []
    for place in places:
        part_fen = min(place.owed_fen, amount_fen)
        if part_fen:
            order = session.get_one(Order, place.order_id)
            made.append(allocate(session, payment, order, part_fen, statement=statement, by=by))
            amount_fen -= part_fen
    return made


def take_statement(session: Session, statement: Statement) -> None:
    """Wait for whoever else acts on a statement or pays its orders, and see what they did."""
    session.flush()
    # Its own columns only: PostgreSQL locks no row of what was loaded along by an outer join.
    columns = [column.key for column in sa.inspect(Statement).column_attrs]
    session.refresh(statement, columns, with_for_update={"key_share": True})
    orders = sa.select(Order).where(Order.id.in_(orders_on(Statement.id == statement.id)))
    take_turn(session, *session.scalars(orders))


def take_pair(session: Session, statement: Statement) -> None:
    """Take all statements of a unit and supplier, and the unit's orders on account: one is made anew."""
    session.flush()
    of_pair = (
        Statement.unit_id == statement.unit_id,
        Statement.supplier_id == statement.supplier_id,
    )
    _lock(session, Statement, sa.select(Statement.id).where(*of_pair))
    session.refresh(statement)
    theirs = (Order.unit_id == statement.unit_id, Order.terms == Terms.ON_ACCOUNT)
    _lock(session, Order, sa.select(Order.id).where(*theirs))


def remake(session: Session, void: Statement, *, by: Person | None) -> Statement:
    """Make a statement that was declared void anew, with the claims settled since.

    Whoever calls has taken the pair's rows (``take_pair``).
    """
    tomorrow = clock.start_of(clock.today() + dt.timedelta(days=1))
    found = unbilled(_end_of(void.year, void.month), claims_until=tomorrow)
    rows = [
        source
        for source in sources(session, found)
        if (source.unit_id, source.supplier_id) == (void.unit_id, void.supplier_id)
    ]
    theirs = sa.select(Order.id).where(Order.unit_id == void.unit_id)
    overpaid = overpaid_orders(session, theirs)
    made = _make(session, void.year, void.month, rows, overpaid, by=by)
    assert made is not None  # No other stands for the month, and nobody else can make one now.
    return made


def take_back_credits(session: Session, statement: Statement, *, by: Person | None) -> None:
    """Give the credits that a statement set off back to the orders they came from."""
    rows = _allocations(session, Allocation.statement_id == statement.id)
    for taken in rows:
        # A reverse of the statement's own payments is nothing that it set off.
        origin = session.get(Allocation, taken.reverses_id) if taken.reverses_id else None
        if origin is None or origin.statement_id == statement.id:
            continue
        put = next(row for row in rows if row.id > taken.id)  # They were written as a pair.
        if left_of(session, put) != put.amount_fen:
            raise Refused(
                f"结算单 {statement.number} 抵扣的款项此后又有变动，不能作废，请先撤回那次变动。"
            )
        reverse(session, put, put.amount_fen, by=by)
        payment = session.get_one(Payment, taken.payment_id)
        order = session.get_one(Order, taken.order_id)
        allocate(session, payment, order, put.amount_fen, statement=statement, by=by)


def _make(
    session: Session,
    year: int,
    month: int,
    rows: Sequence[Source],
    overpaid: set[int],
    *,
    by: Person | None,
) -> Statement | None:
    """Make one statement of what a unit got from a supplier; none where the month has one.

    ``overpaid`` are the orders that may have a credit to set off.
    """
    unit_id, supplier_id = rows[0].unit_id, rows[0].supplier_id
    statement = _new(session, year, month, unit_id, supplier_id, by=by)
    if statement is None:
        return None
    for source in rows:
        line = StatementLine(
            kind=source.kind,
            happened_on=source.happened_on,
            amount_fen=source.amount_fen,
            statement_id=statement.id,
            order_id=source.order_id,
        )
        if source.kind is LineKind.ACCEPTANCE:
            line.acceptance_id = source.id
        else:
            line.claim_id = source.id
        session.add(line)
    session.flush()
    earlier = session.scalars(
        sa.select(Statement)
        .where(
            Statement.unit_id == unit_id,
            Statement.supplier_id == supplier_id,
            Statement.id < statement.id,
            Statement.state.in_(PAYABLE),
        )
        .order_by(Statement.id)
    ).all()
    _carry_rests(session, statement, earlier)
    billed = orders_on(Statement.id.in_([statement.id, *(one.id for one in earlier)]))
    if overpaid and overpaid & set(session.scalars(billed)):
        _set_off(session, statement, earlier, by=by)
    total = sa.select(sa.func.sum(StatementLine.amount_fen))
    statement.total_fen = int(
        session.scalars(total.where(StatementLine.statement_id == statement.id)).one()
    )
    session.flush()
    record(
        session,
        "statement.made",
        statement,
        by=by,
        number=statement.number,
        total_fen=statement.total_fen,
        due_on=statement.due_on.isoformat(),
    )
    _tell(session, statement)
    return statement


def _new(
    session: Session, year: int, month: int, unit_id: int, supplier_id: int, *, by: Person | None
) -> Statement | None:
    """Insert an empty statement under a number that no other has; none where the month has one."""
    today = clock.today()
    exists = sa.select(Statement.id).where(
        Statement.unit_id == unit_id,
        Statement.supplier_id == supplier_id,
        Statement.year == year,
        Statement.month == month,
        Statement.state != StatementState.VOID,
    )
    while session.scalar(exists) is None:
        new = upsert(session, Statement).values(
            number=statement_number(year, month, secrets.randbelow(MONTHS)),
            year=year,
            month=month,
            total_fen=0,
            issued_on=today,
            due_on=today + dt.timedelta(days=settings().statement_days),
            unit_id=unit_id,
            supplier_id=supplier_id,
            made_by_id=by.id if by else None,
        )
        id_ = session.scalar(new.on_conflict_do_nothing().returning(Statement.id))
        if id_ is not None:
            return session.get_one(Statement, id_)
    return None


def _carry_rests(session: Session, statement: Statement, earlier: Sequence[Statement]) -> None:
    """Move what small is left of confirmed statements to this one, where the unit chose so."""
    limit_fen = session.get_one(Unit, statement.unit_id).carry_limit_fen
    confirmed = [one.id for one in earlier if one.state is StatementState.CONFIRMED]
    if not limit_fen or not confirmed:
        return
    by_statement = itertools.groupby(
        sorted(places_on(session, *confirmed), key=lambda place: place.statement_id),
        key=lambda place: place.statement_id,
    )
    for statement_id, group in by_statement:
        places = [place for place in group if place.owed_fen]
        if sum(place.owed_fen for place in places) <= limit_fen:
            for place in places:
                _add_carried(session, statement, statement_id, place.order_id, place.owed_fen)


def _set_off(
    session: Session, statement: Statement, earlier: Sequence[Statement], *, by: Person | None
) -> None:
    """Pay what the statement's orders owe from what the pair's other orders have too much.

    The part of a credit that no line of this statement gave comes from an earlier
    one, and becomes a carried line. Both allocations name this statement, so that its
    paid sum stays what was paid by it.
    """
    new = places_on(session, statement.id)
    owing = [[place.order_id, place.owed_fen] for place in new if place.owed_fen]
    if not owing:
        return
    here = {place.order_id: place for place in new}
    # Of several earlier statements with an order, the latest is the one that keeps its credit.
    before = {place.order_id: place for place in places_on(session, *(one.id for one in earlier))}
    for order_id, place in sorted({**before, **here}.items()):
        want_fen = min(place.surplus_fen, sum(fen for _, fen in owing))
        given_fen = max(0, -here[order_id].own_fen) if order_id in here else 0
        if order_id in before and want_fen > given_fen:
            source_id = before[order_id].statement_id
            _add_carried(session, statement, source_id, order_id, given_fen - want_fen)
        put = (Allocation.order_id == order_id) & (Allocation.amount_fen > 0)
        for allocation in _allocations(session, put):
            left_fen = min(left_of(session, allocation), want_fen)
            want_fen -= left_fen
            while left_fen:  # Never more than is owed: there is always one that takes it.
                part_fen = min(left_fen, owing[0][1])
                _move(session, allocation, owing[0][0], part_fen, statement, by=by)
                left_fen -= part_fen
                owing[0][1] -= part_fen
                if not owing[0][1]:
                    owing.pop(0)


def _move(
    session: Session,
    allocation: Allocation,
    order_id: int,
    amount_fen: int,
    statement: Statement,
    *,
    by: Person | None,
) -> None:
    """Take a part of an allocation from its order and put it to another one."""
    reverse(session, allocation, amount_fen, statement=statement, by=by)
    payment = session.get_one(Payment, allocation.payment_id)
    order = session.get_one(Order, order_id)
    allocate(session, payment, order, amount_fen, statement=statement, by=by)


def _add_carried(
    session: Session, statement: Statement, carried_id: int, order_id: int, amount_fen: int
) -> None:
    session.add(
        StatementLine(
            kind=LineKind.CARRIED,
            happened_on=statement.issued_on,
            amount_fen=amount_fen,
            statement_id=statement.id,
            order_id=order_id,
            carried_id=carried_id,
        )
    )
    session.flush()


def _allocations(session: Session, which: sa.ColumnElement[bool]) -> Sequence[Allocation]:
    return session.scalars(sa.select(Allocation).where(which).order_by(Allocation.id)).all()


def _lock(session: Session, table: type[Statement] | type[Order], ids: sa.Select[int]) -> None:
    """Take the rows of these ids in id order, until the transaction ends."""
    rows = sa.select(table.id).where(table.id.in_(ids)).order_by(table.id)
    session.execute(rows.with_for_update(key_share=True))


def _end_of(year: int, month: int) -> dt.datetime:
    first = dt.date(year, month, 1)
    return clock.start_of((first + dt.timedelta(days=31)).replace(day=1))


def _tell(session: Session, statement: Statement) -> None:
    """Tell both sides that there is a statement to confirm."""
    people: Iterable[Person] = (
        *people_of_unit(session, statement.unit_id, *UNIT_BUYERS),
        *people_of_supplier(session, statement.supplier_id),
    )
    text = (
        f"{statement.year} 年 {statement.month} 月的结算单 {statement.number} 已生成，"
        f"金额 {money.yuan(statement.total_fen)} 元，请核对后确认。"
    )
    tell(session, people, text, path=f"/statements/{statement.number}")
