"""Every order's money, as plain rows to take away."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core import clock
from market.ordering.models import Order, OrderState
from market.payments.queries.ledger import Balance, figures
from market.units.models import Unit

AT_ONCE = 1000


def export_rows(session: Session) -> Iterator[dict[str, Any]]:
    """Return one row per order, oldest first; money in fen, the day that of China's calendar.

    ``paid_fen`` is all that came for it, ``applied_fen`` what is put to it now. They
    come as they are read, a thousand at once.
    """
    sums = figures()
    now = clock.now()
    found = session.execute(
        sa.select(
            Order.number,
            Order.placed_at,
            Unit.code,
            Unit.name,
            Order.buying_for,
            Order.terms,
            Order.state,
            Order.pay_by_at,
            sums.c.due,
            sums.c.applied,
            sums.c.loose,
            sums.c.refunded,
        )
        .join(sums, sums.c.id == Order.id)
        .outerjoin(Unit, Unit.id == Order.unit_id)
        .order_by(Order.placed_at, Order.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for number, placed_at, code, name, buying_for, terms, state, pay_by_at, *fen in found:
        balance = Balance(*(int(one) for one in fen))
        overdue = state is OrderState.AWAITING_PAYMENT and pay_by_at <= now
        yield {
            "order_number": number,
            "placed_on": clock.day_of(placed_at).isoformat(),
            "unit_code": code,
            "unit_name": name,
            "buying_for": buying_for.value,
            "terms": terms.value,
            "state": (OrderState.EXPIRED if overdue else state).value,
            "due_fen": balance.due_fen,
            "paid_fen": balance.paid_fen,
            "refunded_fen": balance.refunded_fen,
            "applied_fen": balance.applied_fen,
            "give_back_fen": balance.give_back_fen,
            "outstanding_fen": balance.outstanding_fen,
        }
