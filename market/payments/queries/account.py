"""Ask what a unit's or a person's orders come to: due, paid, gone back and still to be paid."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.core import clock
from market.core.labels import Label
from market.ordering.models import BuyingFor, Order
from market.payments.queries.ledger import figures


class Standing(Label):
    """How an order's money stands."""

    OWING = "owing", "尚欠"
    BACK = "back", "待退回"
    CLEAR = "clear", "已结清"


@dataclass(frozen=True)
class AccountFilter:
    """Whose orders are asked for (a unit's own, or a person's), and which; a month is of the year."""

    unit_id: int | None = None
    person_id: int | None = None
    year: int | None = None
    month: int | None = None
    standing: Standing | None = None
    search: str = ""


@dataclass(frozen=True)
class AccountSums:
    """What the orders of an account that a filter finds come to, whichever page is shown."""

    count: int
    due_fen: int
    paid_fen: int
    refunded_fen: int
    give_back_fen: int
    outstanding_fen: int


def account_orders(wanted: AccountFilter) -> sa.Select[Any]:
    """Return the select of an account's orders with due, applied, loose and refunded fen, newest first.

    For ``desk_row``. A unit's are those bought for it, never what its employees bought
    for themselves.
    """
    sums = figures(among=sa.select(Order.id).where(*_conditions(wanted)))
    select = sa.select(Order, sums.c.due, sums.c.applied, sums.c.loose, sums.c.refunded)
    return (
        _found(select, sums, wanted)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .options(joinedload(Order.placed_by))
    )


def account_sums(session: Session, wanted: AccountFilter) -> AccountSums:
    """Return the sums over what ``account_orders`` finds."""
    sums = figures(among=sa.select(Order.id).where(*_conditions(wanted)))
    due, applied, loose, refunded = (sums.c[name] for name in _PARTS)
    columns = (
        due,
        applied + loose + refunded,
        refunded,
        loose + sa.case((applied > due, applied - due), else_=0),
        sa.case((due > applied, due - applied), else_=0),
    )
    select = sa.select(sa.func.count(), *(sa.func.coalesce(sa.func.sum(c), 0) for c in columns))
    return AccountSums(*(int(one) for one in session.execute(_found(select, sums, wanted)).one()))


_PARTS = ("due", "applied", "loose", "refunded")


def _conditions(wanted: AccountFilter) -> list[sa.ColumnElement[bool]]:
    own = [Order.unit_id == wanted.unit_id, Order.buying_for != BuyingFor.SELF]
    if wanted.person_id is not None:
        own = [Order.placed_by_id == wanted.person_id, Order.buying_for == BuyingFor.SELF]
    if wanted.year is not None:
        first = dt.date(wanted.year, wanted.month or 1, 1)
        days = 366 if wanted.month is None else 31
        after = (first + dt.timedelta(days=days)).replace(day=1)
        own += [Order.placed_at >= clock.start_of(first), Order.placed_at < clock.start_of(after)]
    if wanted.search:
        own.append(Order.number.contains(wanted.search, autoescape=True))
    return own


def _found(select: Any, sums: sa.Subquery, wanted: AccountFilter) -> Any:
    due, applied, loose = sums.c.due, sums.c.applied, sums.c.loose
    back = (loose > 0) | (applied > due)
    conditions = {
        Standing.OWING: due > applied,
        Standing.BACK: back,
        Standing.CLEAR: (due <= applied) & ~back,
    }
    select = select.select_from(Order).join(sums, sums.c.id == Order.id)
    return select if wanted.standing is None else select.where(conditions[wanted.standing])
