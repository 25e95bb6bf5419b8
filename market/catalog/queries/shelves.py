"""The shelves of the shop: what is on sale, filtered, sorted and counted."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from market.adapters.pinyin import patterns
from market.catalog.models import Audience, Category, Product, ProductState, Sku, Supplier
from market.catalog.models import SupplierState as State
from market.core import clock
from market.core.labels import Label
from market.core.paging import SIZE, Page

NOW = "now"


class Sort(Label):
    """In which order products are shown."""

    RECOMMENDED = "recommended", "综合"
    SALES = "sales", "成交多"
    PRICE_UP = "price_up", "价格低到高"
    PRICE_DOWN = "price_down", "价格高到低"
    NEW = "new", "新上架"


@dataclass(frozen=True)
class Filters:
    """What a reader wants to see; the default is everything on sale.

    ``season`` is ``now``, or a month 1–12 in digits. ``prices_for`` is whose price
    stands for a product and sorts it: the reader's, whatever is filtered.
    """

    q: str = ""
    category: Category | None = None
    township: str = ""
    season: str = ""
    in_stock: bool = False
    certified: bool = False
    audience: Audience | None = None
    sort: Sort = Sort.RECOMMENDED
    supplier_id: int | None = None
    prices_for: Audience | None = None

    @classmethod
    def read(cls, words: Mapping[str, str], **given: Any) -> Self:
        """Read the words of an address; what means nothing is left out."""
        season = words.get("season", "")
        months = {NOW, *(str(month) for month in range(1, 13))}
        read: dict[str, Any] = {
            "q": words.get("q", "").strip()[:60],
            "category": _member(Category, words.get("category")),
            "township": words.get("township", "").strip()[:40],
            "season": season if season in months else "",
            "in_stock": words.get("in_stock") == "1",
            "certified": words.get("certified") == "1",
            "audience": _member(Audience, words.get("audience")),
            "sort": _member(Sort, words.get("sort")) or Sort.RECOMMENDED,
        }
        return cls(**read | given)

    @property
    def month(self) -> int | None:
        """The month whose harvest is wanted."""
        if self.season == NOW:
            return clock.today().month
        return int(self.season) if self.season else None

    @property
    def buyer(self) -> Audience | None:
        """For whom the price is shown."""
        return self.audience or self.prices_for

    def without(self, *names: str) -> Self:
        """Return the same with some filters taken out."""
        defaults: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(self)}
        return dataclasses.replace(self, **{name: defaults[name] for name in names})


@dataclass(frozen=True)
class Shelf(Page[Product]):
    """A page of products, and how many the other categories and townships hold.

    Each count is what one would see after choosing it, all other filters kept.
    """

    by_category: Mapping[Category, int]
    by_township: Mapping[str, int]


def listing(session: Session, filters: Filters, page: int = 1, *, size: int = SIZE) -> Shelf:
    """Return one page of what is on sale, with suppliers, pictures, SKUs and price tiers.

    Three queries, however many products: counts, products, SKUs. On sale is what is
    listed, has a SKU on offer, and whose supplier may sell.
    """
    by_category, by_township, total = _counts(session, filters)
    number = min(max(page, 1), max(1, -(-total // size)))
    found = (
        sa.select(Product)
        .join(Product.supplier)
        .where(*_conditions(filters))
        .order_by(*_order(filters))
        .limit(size)
        .offset((number - 1) * size)
        .options(
            contains_eager(Product.supplier),
            joinedload(Product.picture),
            selectinload(Product.skus).joinedload(Sku.tiers),
        )
    )
    rows = session.scalars(found).unique().all()
    return Shelf(rows, number, size, total, by_category, by_township)


def price_expression(audience: Audience | None = None) -> sa.ColumnElement[int]:
    """Return the cheapest offered price of a product, one for the audience before any other.

    The same choice as ``Product.shown_sku``.
    """
    any_price = sa.select(sa.func.min(Sku.price_fen)).where(
        Sku.product_id == Product.id, Sku.is_offered
    )
    if audience is None:
        return any_price.correlate(Product).scalar_subquery()
    theirs = any_price.where(_packed_for(audience))
    return sa.func.coalesce(
        theirs.correlate(Product).scalar_subquery(), any_price.correlate(Product).scalar_subquery()
    )


def _counts(session: Session, filters: Filters) -> tuple[dict[Category, int], dict[str, int], int]:
    wide = filters.without("category", "township")
    rows = session.execute(
        sa.select(Product.category, Product.township, sa.func.count())
        .join(Product.supplier)
        .where(*_conditions(wide))
        .group_by(Product.category, Product.township)
        .order_by(Product.township)
    )
    by_category: dict[Category, int] = {}
    by_township: dict[str, int] = {}
    total = 0
    for category, township, count in rows:
        here = filters.township in ("", township)
        this = filters.category in (None, category)
        if here:
            by_category[category] = by_category.get(category, 0) + count
        if this:
            by_township[township] = by_township.get(township, 0) + count
        total += count if here and this else 0
    return by_category, by_township, total


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    found = [
        Product.state == ProductState.LISTED,
        Supplier.state == State.ACTIVE,
        _sku(*_sku_conditions(filters)),
        *(Product.search_text.ilike(pattern, escape="\\") for pattern in patterns(filters.q)),
    ]
    if filters.category:
        found.append(Product.category == filters.category)
    if filters.township:
        found.append(Product.township == filters.township)
    if filters.supplier_id:
        found.append(Product.supplier_id == filters.supplier_id)
    if filters.month:
        found.append(_in_season(filters.month))
    if filters.certified:
        found.append(_recognised())
    return found


def _sku_conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [sa.true()]
    if filters.audience:
        found.append(_packed_for(filters.audience))
    if filters.in_stock:
        found.append(Sku.stock_milli >= Sku.min_milli)
    return found


def _sku(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(Sku.product_id == Product.id, Sku.is_offered, *conditions)
        .correlate(Product)
    )


def _packed_for(audience: Audience) -> sa.ColumnElement[bool]:
    return (Sku.for_canteen if audience is Audience.CANTEEN else Sku.for_retail).is_(True)


def _in_season(month: int) -> sa.ColumnElement[bool]:
    first, last = Product.season_from, Product.season_to
    return sa.or_(
        first.is_(None),
        sa.and_(first <= last, first <= month, last >= month),
        sa.and_(first > last, sa.or_(first <= month, last >= month)),
    )


def _recognised() -> sa.ColumnElement[bool]:
    day = clock.today()
    return sa.and_(
        Product.recognition_no != "",
        Product.recognition_from <= day,
        Product.recognition_until >= day,
    )


def _order(filters: Filters) -> list[Any]:
    price = price_expression(filters.buyer)
    first: dict[Sort, list[Any]] = {
        # What can be bought at once, counts, and is liked.
        Sort.RECOMMENDED: [
            sa.case((_sku(Sku.stock_milli >= Sku.min_milli), 0), else_=1),
            sa.case((_recognised(), 0), else_=1),
            Product.sold_count.desc(),
        ],
        Sort.SALES: [Product.sold_count.desc()],
        Sort.PRICE_UP: [price],
        Sort.PRICE_DOWN: [price.desc()],
        Sort.NEW: [Product.listed_at.desc().nulls_last()],
    }
    return [*first[filters.sort], Product.id.desc()]


def _member(kind: type[Label], value: str | None) -> Any:
    return kind._value2member_map_.get(value)
