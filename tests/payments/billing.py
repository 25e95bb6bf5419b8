"""Bring goods on account to a unit in tests, at a day of one's choice, and pay for them."""

import datetime as dt
import itertools
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.catalog.models import Sku
from market.core import clock
from market.ordering import services
from market.ordering.models import Claim, ConsignmentState, Order
from market.payments.models import Payment, Statement
from market.payments.queries import figures
from market.payments.queries.statements import outstanding_of, unbilled_fen
from market.payments.services.statements import make_statements
from tests import make_orders

_n = itertools.count(1)


def noon(year: int, month: int, day: int) -> dt.datetime:
    """Return noon of a day in China."""
    return clock.start_of(dt.date(year, month, day)) + dt.timedelta(hours=12)


def on(year: int, month: int, day: int) -> Any:
    """Let the house believe that it is noon of this day."""
    return clock.set_to(noon(year, month, day))


def delivered(session: Session, by: Person, *lines: tuple[Sku, int]) -> Order:
    """Have a canteen order goods of one supplier, and two people accept them, today."""
    received = ConsignmentState.RECEIVED
    return make_orders.consignment(session, by, *lines, state=received).order


def claimed(session: Session, order: Order, by: Person, milli: int = 1000) -> Claim:
    """Have the supplier agree to a claim for a part of an order's first line, today."""
    line = order.lines[0]
    claim = services.make_claim(
        session,
        line,
        milli=milli,
        reason="受潮",
        photo=None,
        once_key=make_orders.once(),
        by=by,
    )
    seller = make_orders.seller(session, line.consignment)
    services.answer_claim(session, claim, agree=True, answer="", by=seller)
    return claim


def paid_in(session: Session, amount_fen: int, by: Person) -> Payment:
    """Return money that arrived by transfer and is put to nothing yet."""
    number = next(_n)
    payment = Payment(
        once_key=f"in-{number}",
        amount_fen=amount_fen,
        bank_serial=f"IN{number}",
        paid_on=clock.today(),
        recorded_by_id=by.id,
    )
    session.add(payment)
    session.flush()
    record(session, "payment.recorded", payment, by=by, amount_fen=amount_fen)
    return payment


def billed(session: Session, year: int = 2026, month: int = 3) -> Statement:
    """Make the statements of a month, on the day after it; there is exactly one."""
    following = dt.date(year, month, 28) + dt.timedelta(days=5)
    with on(following.year, following.month, 1):
        [statement] = make_statements(session, year, month)
    return statement


def asked(session: Session) -> tuple[int, int]:
    """Return what all orders owe, and what statements and what is on none ask for together."""
    sums = figures()
    owed = [max(0, int(r.due) - int(r.applied)) for r in session.query(sums)]
    statements = session.query(Statement).all()
    return sum(owed), sum(outstanding_of(session, statements).values()) + unbilled_fen(session)
