"""Tables of figures, put together from the rooms below."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.spreadsheets import Table
from market.catalog.models import Product, Supplier
from market.core import clock, money
from market.core.access import DESK
from market.core.labels import Label
from market.fairs.models import BuyerKind, FairSale
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    BuyingFor,
    Claim,
    Consignment,
    Order,
    OrderLine,
)
from market.ordering.queries import on_the_way_by_unit
from market.ordering.queries.orders import visible_to
from market.targets.models import Channel, Credit, OutsidePurchase, Pace
from market.targets.queries import (
    FIRST_YEAR,
    LAST_YEAR,
    Standing,
    Time,
    Totals,
    completions,
    time_progress,
    totals_of,
)
from market.units.models import Canteen, UnitKind

Key = Callable[[Standing], Any]
L = TypeVar("L", bound=Label)


def _done_by(channel: Channel) -> Key:
    return lambda standing: standing.by_channel.get(channel, 0)


SORTS: Mapping[str, Key] = {
    "rank": lambda s: s.rank,
    "code": lambda s: s.unit.code,
    "name": lambda s: s.unit.name,
    "kind": lambda s: list(UnitKind).index(s.unit.kind),
    "target": lambda s: s.target_fen,
    "done": lambda s: s.done_fen,
    "way": lambda s: s.on_the_way_fen,
    "rate": lambda s: None if s.target_fen <= 0 else Fraction(s.done_fen, s.target_fen),
    "gap": lambda s: s.gap_fen,
    "difference": lambda s: s.difference,
    **{channel.value: _done_by(channel) for channel in Channel},
}


@dataclass(frozen=True)
class Wanted:
    """Which lines of the board are shown, and in which order."""

    year: int
    kind: UnitKind | None = None
    pace: Pace | None = None
    words: str = ""
    sort: str = "rank"
    direction: str = "asc"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Read the words of an address; what makes no sense there means no wish."""
        sort = given.get("sort", "")
        return cls(
            year=year_in(given),
            kind=_member(UnitKind, given.get("kind")),
            pace=_member(Pace, given.get("pace")),
            words=given.get("q", "").strip()[:40],
            sort=sort if sort in SORTS else "rank",
            direction="desc" if given.get("direction") == "desc" else "asc",
        )


@dataclass(frozen=True)
class CompletionTable:
    """The completion of every unit in a year, best first, on a day."""

    year: int
    on: dt.date
    time: Time
    rows: Sequence[Standing]
    totals: Totals


def year_in(given: Mapping[str, str]) -> int:
    """Return the target year that an address names, or else the present one in China."""
    text = given.get("year", "")
    if text.isascii() and text.isdecimal() and FIRST_YEAR <= int(text[:5]) <= LAST_YEAR:
        return int(text)
    return clock.today().year


def completion_table(session: Session, year: int) -> CompletionTable:
    """Return every unit there is, and closed ones that have a figure, with totals.

    On the way belongs to the present year only: that is when it would be accepted.
    Three queries, whatever the number of units; it never reads single credits.
    """
    today = clock.today()
    way = on_the_way_by_unit(session) if year == today.year else {}
    rows = completions(session, year, today=today, on_the_way=way)
    return CompletionTable(year, today, time_progress(year, today), rows, totals_of(rows))


def chosen(table: CompletionTable, wanted: Wanted) -> list[Standing]:
    """Return the lines a person asked for, in their order; what has no value comes last."""
    words = wanted.words.lower().split()
    rows = [
        row
        for row in table.rows
        if (wanted.kind is None or row.unit.kind is wanted.kind)
        and (wanted.pace is None or row.pace is wanted.pace)
        and all(word in _searched(row) for word in words)
    ]
    key = SORTS[wanted.sort]
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    # The rows come in order of rank and code, which decides between equals.
    return sorted(known, key=key, reverse=wanted.direction == "desc") + unknown


def completion_export(session: Session, year: int) -> list[dict[str, Any]]:
    """Return one dict per unit for CSV and JSON: fen as ints, the rate as on screen."""
    return [
        {
            "code": row.unit.code,
            "name": row.unit.name,
            "kind": row.unit.kind.label,
            "target_fen": row.target_fen,
            "done_fen": row.done_fen,
            "on_the_way_fen": row.on_the_way_fen,
            "rate": money.show_rate(row.rate),
        }
        for row in completion_table(session, year).rows
    ]


def completion_sheet(table: CompletionTable, rows: Sequence[Standing], told: str = "") -> Table:
    """Return the shown lines as a table to take away, with their sum; ``told`` names the filter."""
    totals = totals_of(rows)
    return Table(
        title=f"{table.year}年消费帮扶采购完成情况",
        note=(
            f"截至 {table.on}；单位：元；序时进度 {money.show_rate(table.time.rate)}；"
            "完成数为已验收并扣除售后的金额，在途不计入" + (f"；筛选：{told}" if told else "")
        ),
        columns=(
            ("排名", "int"),
            ("单位编码", "text"),
            ("单位名称", "text"),
            ("单位类别", "text"),
            ("是否独立食堂", "text"),
            ("日常用餐人数", "int"),
            ("年度目标(元)", "yuan"),
            ("累计完成(元)", "yuan"),
            *((f"{channel.label}(元)", "yuan") for channel in Channel),
            ("在途(元)", "yuan"),
            ("完成率", "rate"),
            ("缺口(元)", "yuan"),
            ("序时进度差(百分点)", "quantity"),
            ("状态", "text"),
        ),
        rows=[_line(row) for row in rows],
        total=(
            None,
            "",
            f"合计（{totals.units} 个单位）",
            "",
            "",
            sum(row.unit.daily_diners for row in rows),
            totals.target_fen,
            totals.done_fen,
            *(totals.by_channel[channel] for channel in Channel),
            totals.on_the_way_fen,
            totals.rate,
            totals.gap_fen,
            None if totals.rate is None else (totals.rate - table.time.rate) * 100,
            "",
        ),
    )


def _line(row: Standing) -> tuple[Any, ...]:
    return (
        row.rank,
        row.unit.code,
        row.unit.name,
        row.unit.kind.label,
        "是" if row.unit.canteen in (Canteen.OWN, Canteen.OUTSOURCED) else "否",
        row.unit.daily_diners,
        row.target_fen,
        row.done_fen,
        *(row.by_channel.get(channel, 0) for channel in Channel),
        row.on_the_way_fen,
        row.rate,
        row.gap_fen,
        # Tenths of a point become thousandths, which the sheet shows as a plain number.
        None if row.difference is None else row.difference * 100,
        row.pace.label,
    )


def _member(kind: type[L], value: str | None) -> L | None:
    return next((member for member in kind if member.value == value), None)


def _searched(row: Standing) -> str:
    return f"{row.unit.code} {row.unit.name} {row.unit.search_text}".lower()


@dataclass(frozen=True)
class CreditLine:
    """One credit and where it comes from: an order, a fair's sale, or a purchase outside the shop.

    ``is_open`` says whether the reader may open the order; what somebody else bought
    for themself counts, but what it is stays private (``name`` is empty).
    """

    credit: Credit
    order_number: str | None
    consignment_number: str | None
    claim_number: str | None
    outside_number: str | None
    fair_sale_key: str | None
    receipt_no: str | None
    signed_on: dt.date | None
    name: str
    supplier: str
    township: str
    buying_for: BuyingFor | None
    is_open: bool


def credits_of(
    unit_id: int,
    year: int,
    *,
    reader: Person,
    month: int | None = None,
    channel: Channel | None = None,
    adjusted: bool = False,
) -> sa.Select[Any]:
    """Select the credits behind a figure, newest first, for paging; read rows with ``credit_line``.

    ``adjusted`` asks only for those that belong to a locked month before their own.
    """
    is_open = sa.and_(Order.id.is_not(None), visible_to(reader))
    is_private = sa.or_(
        (Order.buying_for == BuyingFor.SELF) & ~is_open,
        sa.and_(FairSale.buyer == BuyerKind.PERSON, sa.literal(reader.role not in DESK)),
    )
    return (
        _credits(
            sa.select(
                Credit,
                Order.number.label("order_number"),
                Consignment.number.label("consignment_number"),
                Claim.number.label("claim_number"),
                OutsidePurchase.number.label("outside_number"),
                FairSale.client_key.label("fair_sale_key"),
                FairSale.receipt_no,
                Acceptance.signed_at,
                sa.case(
                    (is_private, ""),
                    else_=sa.func.coalesce(
                        OrderLine.name,
                        OutsidePurchase.products,
                        Product.name,
                        sa.func.nullif(FairSale.goods, ""),
                        sa.case((FairSale.id.is_not(None), "展销现场采购"), else_=""),
                    ),
                ).label("name"),
                sa.func.coalesce(Supplier.name, OutsidePurchase.seller, "").label("supplier"),
                sa.func.coalesce(Supplier.township, "").label("township"),
                Order.buying_for,
                sa.case((is_open, 1), else_=0).label("is_open"),
            ),
            unit_id,
            year,
            month,
            channel,
            adjusted,
        )
        .outerjoin(Claim, Claim.id == Credit.claim_id)
        .outerjoin(AcceptanceLine, AcceptanceLine.id == Credit.acceptance_line_id)
        .outerjoin(Acceptance, Acceptance.id == AcceptanceLine.acceptance_id)
        .outerjoin(
            OrderLine,
            OrderLine.id == sa.func.coalesce(AcceptanceLine.order_line_id, Claim.order_line_id),
        )
        .outerjoin(Consignment, Consignment.id == OrderLine.consignment_id)
        .outerjoin(Order, Order.id == OrderLine.order_id)
        .outerjoin(OutsidePurchase, OutsidePurchase.id == Credit.outside_purchase_id)
        .outerjoin(FairSale, FairSale.id == Credit.fair_sale_id)
        .outerjoin(
            Product,
            sa.and_(Product.id == Credit.product_id, Credit.fair_sale_id.is_not(None)),
        )
        .outerjoin(Supplier, Supplier.id == Credit.supplier_id)
        .order_by(Credit.credited_on.desc(), Credit.id.desc())
    )


def credit_line(row: Any) -> CreditLine:
    """Return a row of ``credits_of`` as what the page shows."""
    return CreditLine(
        credit=row.Credit,
        order_number=row.order_number,
        consignment_number=row.consignment_number,
        claim_number=row.claim_number,
        outside_number=row.outside_number,
        fair_sale_key=row.fair_sale_key,
        receipt_no=row.receipt_no,
        signed_on=clock.day_of(row.signed_at) if row.signed_at else None,
        name=row.name,
        supplier=row.supplier,
        township=row.township,
        buying_for=row.buying_for,
        is_open=bool(row.is_open),
    )


def credits_sum(
    session: Session,
    unit_id: int,
    year: int,
    *,
    month: int | None = None,
    channel: Channel | None = None,
    adjusted: bool = False,
) -> int:
    """Return the sum of the credits behind a figure, in fen, over all their pages."""
    total = sa.cast(sa.func.coalesce(sa.func.sum(Credit.amount_fen), 0), sa.BigInteger)
    select = _credits(sa.select(total), unit_id, year, month, channel, adjusted)
    return session.scalars(select).one()


def _credits(
    select: Any,
    unit_id: int,
    year: int,
    month: int | None,
    channel: Channel | None,
    adjusted: bool,
) -> Any:
    select = select.where(Credit.unit_id == unit_id, Credit.year == year)
    if month is not None:
        select = select.where(Credit.month == month)
    if channel is not None:
        select = select.where(Credit.channel == channel)
    return select.where(Credit.is_adjustment) if adjusted else select
