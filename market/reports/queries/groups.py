"""What was done in a year by month, quarter or year, in groups; and the credits behind each figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.adapters.pinyin import search_text
from market.adapters.spreadsheets import Table
from market.catalog.models import Product, Supplier
from market.core import clock, money
from market.core.labels import Label
from market.reports.queries.completion import year_in
from market.targets.models import Channel, Credit, CreditTotal, TargetEntry
from market.targets.queries import MONTHS
from market.targets.queries.entries import sum_of
from market.units.models import Unit, UnitKind

L = TypeVar("L", bound=Label)

NONE = "-"  # The group of what has no supplier or township on record.
MOST_DRAWN = 5


class By(Label):
    """What purchases are grouped by."""

    KIND = "kind", "单位类别"
    PARENT = "parent", "主管单位"
    UNIT = "unit", "单位"
    CHANNEL = "channel", "渠道"
    SUPPLIER = "supplier", "供应商"
    TOWNSHIP = "township", "产地乡镇"
    PRODUCT = "product", "商品"

    @property
    def has_target(self) -> bool:
        """Whether such a group has a target: those of units do."""
        return self in (By.KIND, By.PARENT, By.UNIT)


OF_GOODS = (By.SUPPLIER, By.TOWNSHIP, By.PRODUCT)  # What single credits know, and no kept total.


class Span(Label):
    """How long a column of the table is."""

    MONTH = "month", "按月"
    QUARTER = "quarter", "按季度"
    YEAR = "year", "全年"

    @property
    def places(self) -> range:
        """The columns, counted from 1."""
        return range(1, {Span.MONTH: 12, Span.QUARTER: 4, Span.YEAR: 1}[self] + 1)

    def months(self, place: int) -> range:
        """Return the months of a column."""
        length = 12 // len(self.places)
        return range((place - 1) * length + 1, place * length + 1)

    def word(self, place: int) -> str:
        """Return a column's head."""
        words = {Span.MONTH: f"{place}月", Span.QUARTER: f"{place}季度", Span.YEAR: "全年"}
        return words[self]


@dataclass(frozen=True)
class Group:
    """One line: fen by month, and the target where such a group has one.

    ``key`` is the word by which an address names it.
    """

    key: str
    name: str
    by_month: Mapping[int, int]
    target_fen: int = 0

    @property
    def done_fen(self) -> int:
        """What was done in the year."""
        return sum(self.by_month.values())

    @property
    def rate(self) -> int | None:
        """The completion in tenths of a percent, floored."""
        return money.rate(self.done_fen, self.target_fen)

    def fen(self, span: Span, place: int) -> int:
        """Return what was done in a column."""
        return sum(self.by_month.get(month, 0) for month in span.months(place))


def member_of(kind: type[L], word: str | None) -> L | None:
    """Return the member that a word of an address means, if any."""
    return next((member for member in kind if member.value == word), None)


@dataclass(frozen=True)
class WantedGroups:
    """Which table is shown, and in which order."""

    year: int
    by: By = By.KIND
    span: Span = Span.MONTH
    words: str = ""
    sort: str = "total"
    direction: str = "desc"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Read the words of an address; what makes no sense there means no wish."""
        sort = given.get("sort", "")
        span = member_of(Span, given.get("period")) or Span.MONTH
        return cls(
            year=year_in(given),
            by=member_of(By, given.get("by")) or By.KIND,
            span=span,
            words=given.get("q", "").strip()[:40],
            sort=sort if sort in sorts(span) else "total",
            direction="asc" if given.get("direction") == "asc" else "desc",
        )


def sorts(span: Span) -> Mapping[str, Callable[[Group], Any]]:
    """Return what a table of such columns may be sorted by."""

    def of_column(place: int) -> Callable[[Group], Any]:
        return lambda group: group.fen(span, place)

    return {
        "name": lambda group: group.name,
        "total": lambda group: group.done_fen,
        "target": lambda group: group.target_fen,
        "rate": lambda group: (
            Fraction(group.done_fen, group.target_fen) if group.target_fen > 0 else None
        ),
        **{f"p{place}": of_column(place) for place in span.places},
    }


def groups(session: Session, year: int, by: By) -> list[Group]:
    """Return the groups of a year that have a figure or a target, by name.

    Two queries for groups of units, one for the others, whatever their number. Kinds,
    parents, units and channels are summed from the kept totals, suppliers and townships
    from an index that covers the question.
    """
    done, targets = _done(by, year), _targets(by, year)
    found: dict[str, dict[int, int]] = {}
    names: dict[str, str] = {}
    for key, name, month, fen in session.execute(done):
        names[key], found.setdefault(key, {})[month] = name, fen
    held: dict[str, int] = {}
    for key, name, fen in session.execute(targets) if targets is not None else ():
        names[key], held[key] = name, fen
    shown = [
        Group(key, word_of(by, key, name), found.get(key, {}), held.get(key, 0))
        for key, name in names.items()
    ]
    return sorted(shown, key=lambda group: (group.name, group.key))


def chosen_groups(found: Sequence[Group], wanted: WantedGroups) -> list[Group]:
    """Return the groups whose name (or its pinyin) was asked for, in order; no value comes last."""
    words = wanted.words.lower().split()
    rows = [
        group for group in found if not words or all(word in _searched(group) for word in words)
    ]
    key = sorts(wanted.span)[wanted.sort]
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    return sorted(known, key=key, reverse=wanted.direction == "desc") + unknown


def sum_of_groups(rows: Sequence[Group]) -> Group:
    """Return the sum row of some groups."""
    by_month = {month: sum(row.by_month.get(month, 0) for row in rows) for month in MONTHS}
    return Group("", f"合计（{len(rows)} 组）", by_month, sum(row.target_fen for row in rows))


def groups_chart(rows: Sequence[Group], span: Span) -> dict[str, Any]:
    """Draw the largest groups, and the rest as one; a whole year has a column for each group."""
    ordered = sorted(rows, key=lambda row: -row.done_fen)
    first, rest = ordered[:MOST_DRAWN], ordered[MOST_DRAWN:]
    drawn = [*first, *([_rest(rest)] if rest else [])]
    if span is Span.YEAR:
        values = [row.done_fen for row in drawn]
        return _columns([row.name for row in drawn], [{"name": "完成", "values": values}])
    series = [
        {"name": row.name, "values": [row.fen(span, place) for place in span.places]}
        for row in drawn
    ]
    return _columns([span.word(place) for place in span.places], series)


def groups_table(rows: Sequence[Group], wanted: WantedGroups) -> Table:
    """Return the table as it is taken away, in yuan, with its sum row."""
    told = f"；筛选：“{wanted.words}”" if wanted.words else ""
    return Table(
        title=f"{wanted.year}年采购完成情况（按{wanted.by.label}，{wanted.span.label}）",
        note=f"截至 {clock.today()}；单位：元；已验收并扣除售后的金额，在途不计入{told}",
        columns=(
            (wanted.by.label, "text"),
            *((wanted.span.word(place), "yuan") for place in _shown(wanted.span)),
            ("合计", "yuan"),
            *((("目标", "yuan"), ("完成率", "rate")) if wanted.by.has_target else ()),
        ),
        rows=[_line(row, wanted) for row in rows],
        total=_line(sum_of_groups(rows), wanted),
    )


def _done(by: By, year: int) -> sa.Select[Any]:
    """Return the select of key, name, month and fen."""
    if by in OF_GOODS:
        return _done_of_goods(by, year)
    key, name = _of_units(by)
    fen = sum_of(CreditTotal.amount_fen)
    select = sa.select(key, name, CreditTotal.month, fen).select_from(CreditTotal)
    return (
        _with_units(select, by, CreditTotal.unit_id)
        .where(CreditTotal.year == year)
        .group_by(*dict.fromkeys((key, name)), CreditTotal.month)
    )


def _done_of_goods(by: By, year: int) -> sa.Select[Any]:
    """Sum by what the index is ordered by first, so that names are looked up only for the sums."""
    sums = (
        sa.select(
            Credit.supplier_id,
            Credit.product_id,
            Credit.month,
            sum_of(Credit.amount_fen).label("fen"),
        )
        .where(Credit.year == year)
        .group_by(Credit.supplier_id, Credit.product_id, Credit.month)
        .subquery()
    )
    select = sa.select().select_from(sums).outerjoin(Supplier, Supplier.id == sums.c.supplier_id)
    if by is By.SUPPLIER:
        key, name = sa.func.coalesce(Supplier.code, NONE), sa.func.coalesce(Supplier.name, NONE)
    else:
        select = select.outerjoin(Product, Product.id == sums.c.product_id)
        if by is By.PRODUCT:
            key, name = sa.func.coalesce(Product.code, NONE), sa.func.coalesce(Product.name, NONE)
        else:
            key = name = sa.func.coalesce(Product.township, Supplier.township, NONE)
    select = select.add_columns(key.label("key"), name.label("name"), sums.c.month)
    return select.add_columns(sum_of(sums.c.fen)).group_by(sa.text("1, 2, 3"))


def _targets(by: By, year: int) -> sa.Select[Any] | None:
    """Return the select of key, name and target, for groups that have one."""
    if not by.has_target:
        return None
    key, name = _of_units(by)
    select = sa.select(key, name, sum_of(TargetEntry.change_fen)).select_from(TargetEntry)
    return (
        _with_units(select, by, TargetEntry.unit_id)
        .where(TargetEntry.year == year)
        .group_by(*dict.fromkeys((key, name)))
    )


_HEAD = aliased(Unit)


def _of_units(by: By) -> tuple[Any, Any]:
    match by:
        case By.KIND:
            return Unit.kind, Unit.kind
        case By.PARENT:
            return _HEAD.code, _HEAD.name
        case By.CHANNEL:
            return CreditTotal.channel, CreditTotal.channel
        case _:
            return Unit.code, Unit.name


def _with_units(select: sa.Select[Any], by: By, unit_id: Any) -> sa.Select[Any]:
    if by is By.CHANNEL:
        return select
    select = select.join(Unit, Unit.id == unit_id)
    if by is By.PARENT:
        select = select.join(_HEAD, _HEAD.id == sa.func.coalesce(Unit.parent_id, Unit.id))
    return select


def word_of(by: By, key: str, name: str) -> str:
    """Return what a group is called: by its own name, or by the word of a list."""
    if key == NONE:
        return {By.SUPPLIER: "没有登记供应商", By.PRODUCT: "没有登记商品"}.get(by, "没有登记产地")
    words = {By.KIND: member_of(UnitKind, key), By.CHANNEL: member_of(Channel, key)}
    member = words.get(by)
    return member.label if member else name


def _searched(group: Group) -> str:
    return f"{group.name} {group.key} {search_text(group.name, group.key)}".lower()


def _rest(rows: Sequence[Group]) -> Group:
    return Group("", f"其余 {len(rows)} 组", sum_of_groups(rows).by_month)


def _columns(categories: list[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": "columns", "measure": "wan", "categories": categories, "series": series}


def _shown(span: Span) -> range:
    """Return the columns beside the sum; of a whole year the sum is the only one."""
    return range(0) if span is Span.YEAR else span.places


def _line(row: Group, wanted: WantedGroups) -> tuple[Any, ...]:
    own = (row.target_fen, row.rate) if wanted.by.has_target else ()
    return (row.name, *(row.fen(wanted.span, n) for n in _shown(wanted.span)), row.done_fen, *own)
