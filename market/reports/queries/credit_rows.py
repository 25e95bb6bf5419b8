"""The credits behind a figure of any group or report, with their sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import Product, Supplier
from market.core.paging import Page
from market.ordering.models import AcceptanceLine, BuyingFor, Claim, Order, OrderLine
from market.ordering.queries.orders import visible_to
from market.reports.queries.completion import year_in
from market.reports.queries.groups import NONE, By, Span, member_of, word_of
from market.targets.models import Channel, Credit
from market.targets.queries import MONTHS
from market.targets.queries.entries import sum_of
from market.units.models import Unit, UnitKind

SIZE = 50
MOST_KEY = 80

Where = Mapping[By, str]  # Of each grouping named the one group.


@dataclass(frozen=True)
class WantedRows:
    """Which credits are listed: those of a group, of a column, of both, or of the year.

    ``also`` narrows them to one group each of other groupings, as a report's figure does.
    """

    year: int
    by: By | None = None
    key: str = ""
    span: Span = Span.YEAR
    place: int = 1
    months: range = field(default=MONTHS)
    also: Where = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Read the words of an address; without a known group or column all are meant."""
        span = member_of(Span, given.get("period")) or Span.YEAR
        place = whole_in(given, "n")
        if place not in span.places:
            span, place = Span.YEAR, 1
        by = member_of(By, given.get("by"))
        months = span.months(place)
        if "from" in given or "to" in given:
            months = months_in(given)
        key = given.get("key", "")
        return cls(year_in(given), by, key, span, place, months, where_in(given))

    @property
    def months_word(self) -> str:
        """What the months are called; the whole year has no word."""
        if len(self.months) == len(MONTHS):
            return ""
        if self.span is not Span.YEAR:
            return self.span.word(self.place)
        return months_word(self.months)


def whole_in(given: Mapping[str, str], name: str) -> int:
    """Return a small whole number of an address, zero where there is none."""
    typed = given.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 3 else 0


def months_in(given: Mapping[str, str]) -> range:
    """Return the months from one to another that an address names; what it doesn't is open."""
    first = whole_in(given, "from") or MONTHS[0]
    last = whole_in(given, "to") or MONTHS[-1]
    first, last = sorted(min(month, MONTHS[-1]) for month in (first, last))
    return range(first, last + 1)


def months_word(months: range) -> str:
    """Write a row of months: 3月, 1—9月."""
    return f"{months[0]}月" if len(months) == 1 else f"{months[0]}—{months[-1]}月"


def where_in(given: Mapping[str, str]) -> dict[By, str]:
    """Return the groups that an address narrows by; an empty word narrows nothing."""
    return {by: given[by.value][:MOST_KEY] for by in By if given.get(by.value)}


def rows_address(year: int, months: range, where: Where) -> str:
    """Return the address of the credits of some months and groups."""
    words = {"year": year, "from": months[0], "to": months[-1]}
    return f"/reports/groups/rows?{urlencode(words | {by.value: key for by, key in where.items()})}"


def conditions(wanted: WantedRows) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on credits that make the figure which an address names."""
    where = dict(wanted.also)
    if wanted.by is not None:
        where[wanted.by] = wanted.key
    return [
        Credit.year == wanted.year,
        Credit.month.in_(wanted.months),
        *(of_group(by, key) for by, key in where.items()),
    ]


def names_of(session: Session, wanted: WantedRows) -> str:
    """Return what the groups of an address are called together."""
    where = dict(wanted.also)
    if wanted.by is not None:
        where = {wanted.by: wanted.key} | where
    return "、".join(name_of(session, by, key) for by, key in where.items()) or "全部"


def name_of(session: Session, by: By, key: str) -> str:
    """Return what a group is called; its own word where nothing has it."""
    tables: dict[By, Any] = {
        By.PARENT: Unit,
        By.UNIT: Unit,
        By.SUPPLIER: Supplier,
        By.PRODUCT: Product,
    }
    table = tables.get(by)
    found = None
    if table is not None:
        found = session.scalar(sa.select(table.name).where(table.code == key))
    return found or word_of(by, key, key)


def of_group(by: By, key: str, table: Any = Credit) -> sa.ColumnElement[bool]:
    """Return the condition that a credit is of a group; of a kept total, where it knows the group."""
    match by:
        case By.KIND:
            kinds = [kind for kind in UnitKind if kind.value == key]
            return table.unit_id.in_(sa.select(Unit.id).where(Unit.kind.in_(kinds)))
        case By.PARENT:
            head = sa.select(Unit.id).where(Unit.code == key).scalar_subquery()
            within = sa.func.coalesce(Unit.parent_id, Unit.id) == head
            return table.unit_id.in_(sa.select(Unit.id).where(within))
        case By.UNIT:
            return table.unit_id == sa.select(Unit.id).where(Unit.code == key).scalar_subquery()
        case By.CHANNEL:
            return table.channel.in_([channel for channel in Channel if channel.value == key])
        case By.SUPPLIER:
            if key == NONE:
                return Credit.supplier_id.is_(None)
            supplier = sa.select(Supplier.id).where(Supplier.code == key).scalar_subquery()
            return Credit.supplier_id == supplier
        case By.PRODUCT:
            if key == NONE:
                return Credit.product_id.is_(None)
            product = sa.select(Product.id).where(Product.code == key).scalar_subquery()
            return Credit.product_id == product
        case _:
            if key == NONE:
                return Credit.product_id.is_(None) & Credit.supplier_id.is_(None)
            grown = Credit.product_id.in_(sa.select(Product.id).where(Product.township == key))
            sold = Credit.supplier_id.in_(sa.select(Supplier.id).where(Supplier.township == key))
            return grown | (Credit.product_id.is_(None) & sold)


@dataclass(frozen=True)
class GroupRow:
    """One credit of any unit; ``goods`` is empty where what somebody bought stays private."""

    credit: Credit
    unit_code: str
    unit_name: str
    supplier: str | None
    township: str | None
    goods: str | None
    order_number: str | None
    is_open: int


def credit_rows(
    session: Session, wanted: WantedRows, *, reader: Person, number: int = 1
) -> tuple[Page[GroupRow], int]:
    """Return a page of the credits behind a figure, newest first, and the fen of all its pages.

    Two queries. Newest is what was written last: credits are only added to.
    """
    return rows_where(session, conditions(wanted), reader=reader, number=number)


def rows_where(
    session: Session, where: Sequence[sa.ColumnElement[bool]], *, reader: Person, number: int = 1
) -> tuple[Page[GroupRow], int]:
    """Return a page of the credits that meet some conditions, as ``credit_rows`` does."""
    total, fen = session.execute(
        sa.select(sa.func.count(), sum_of(Credit.amount_fen)).where(*where)
    ).one()
    number = min(max(number, 1), max(1, -(-total // SIZE)))
    is_open = sa.and_(Order.id.is_not(None), visible_to(reader))
    is_private = (Order.buying_for == BuyingFor.SELF) & ~is_open
    select: sa.Select[Any] = (
        sa.select(
            Credit,
            Unit.code,
            Unit.name,
            Supplier.name,
            sa.func.coalesce(Product.township, Supplier.township),
            sa.case((is_private, ""), else_=sa.func.coalesce(OrderLine.name, Product.name)),
            Order.number,
            sa.case((is_open, 1), else_=0),
        )
        .join(Unit, Unit.id == Credit.unit_id)
        .outerjoin(Supplier, Supplier.id == Credit.supplier_id)
        .outerjoin(Product, Product.id == Credit.product_id)
        .outerjoin(Claim, Claim.id == Credit.claim_id)
        .outerjoin(AcceptanceLine, AcceptanceLine.id == Credit.acceptance_line_id)
        .outerjoin(
            OrderLine,
            OrderLine.id == sa.func.coalesce(AcceptanceLine.order_line_id, Claim.order_line_id),
        )
        .outerjoin(Order, Order.id == OrderLine.order_id)
        .where(*where)
        .order_by(Credit.id.desc())
        .limit(SIZE)
        .offset((number - 1) * SIZE)
    )
    rows = [GroupRow(*row) for row in session.execute(select)]
    return Page(rows, number, SIZE, total), fen
