"""Sales of a stand and purchases outside the shop that may be one and the same purchase."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from market.adapters.spreadsheets import Table
from market.core import clock
from market.evidence.models import Attachment
from market.fairs.models import Fair, FairProof, FairSale, FairStand, SaleState
from market.targets.models import Credit, OutsideFile, OutsidePurchase, OutsideState
from market.targets.queries import APART, receipt_key
from market.units.models import Unit


@dataclass(frozen=True)
class Pair:
    """A sale and a purchase of one unit, of the same amount or receipt, at most a day apart.

    ``reason`` is why somebody let both count.
    """

    sale: FairSale
    purchase: OutsidePurchase
    reason: str

    @property
    def is_same(self) -> bool:
        """Whether they have one receipt: then at most one of them counts."""
        return self.purchase.receipt_no != "" and (
            receipt_key(self.sale.receipt_no) == receipt_key(self.purchase.receipt_no)
        )

    @property
    def both_count(self) -> bool:
        """Whether both were verified."""
        return self.sale.counts and self.purchase.state is OutsideState.VERIFIED

    @property
    def stands(self) -> str:
        """How it stands, in words."""
        if self.both_count:
            return "都已计入"
        if self.sale.counts or self.purchase.state is OutsideState.VERIFIED:
            return "一条已计入"
        return "都未计入"


@dataclass(frozen=True)
class SameProof:
    """A file of a purchase that is a photo of a stand's receipts, too."""

    file: str
    stand: FairStand


def pairs(session: Session, *, year: int | None = None) -> list[Pair]:
    """Return what may count twice, the latest first; of a year, or all."""
    if year is None:
        return _pairs(session)
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return _pairs(session, *_told_within(first, last), *_sold_within(first - APART, last + APART))


def twins_of_purchase(session: Session, made: OutsidePurchase) -> list[Pair]:
    """Return the sales that may be a purchase outside the shop."""
    first, last = made.bought_on - APART, made.bought_on + APART
    return _pairs(session, OutsidePurchase.id == made.id, *_sold_within(first, last))


def twins_of_sales(session: Session, sales: Iterable[FairSale]) -> dict[int, list[Pair]]:
    """Return by sale the purchases outside the shop that it may be."""
    found: dict[int, list[Pair]] = {}
    days = {sale.id: clock.day_of(sale.sold_at) for sale in sales}
    if not days:
        return found
    near = _told_within(min(days.values()) - APART, max(days.values()) + APART)
    for pair in _pairs(session, FairSale.id.in_(days), *near):
        found.setdefault(pair.sale.id, []).append(pair)
    return found


def proofs_like(session: Session, made: OutsidePurchase) -> Sequence[SameProof]:
    """Name the files of a purchase whose content proves the sales of a stand, too."""
    mine, theirs = aliased(Attachment), aliased(Attachment)
    rows = session.execute(
        sa.select(mine.name, FairStand)
        .join(OutsideFile, OutsideFile.attachment_id == mine.id)
        .join(theirs, theirs.file_id == mine.file_id)
        .join(FairProof, FairProof.attachment_id == theirs.id)
        .join(FairStand, FairStand.id == FairProof.stand_id)
        .options(
            joinedload(FairStand.fair, innerjoin=True),
            joinedload(FairStand.supplier, innerjoin=True),
        )
        .where(OutsideFile.purchase_id == made.id)
        .order_by(FairStand.id, mine.id)
    )
    return [SameProof(*row) for row in rows]


def twins_table(found: Sequence[Pair], told: str) -> Table:
    """Return the list as it is taken away; a sum over both sides would count twice, so each has its own."""
    return Table(
        title="可能重复的采购",
        note=f"截至 {clock.today()}；单位：元；同一单位、日期相差不到两天、金额或小票号相同{told}",
        columns=(
            ("单位", "text"),
            ("展销", "text"),
            ("小票号", "text"),
            ("销售日期", "day"),
            ("展销金额", "yuan"),
            ("平台外申报", "text"),
            ("购买日期", "day"),
            ("申报金额", "yuan"),
            ("相同的是", "text"),
            ("情况", "text"),
            ("不是同一次的理由", "text"),
        ),
        rows=[
            (
                pair.purchase.unit.name,
                pair.sale.fair.name,
                pair.sale.receipt_no,
                clock.day_of(pair.sale.sold_at),
                pair.sale.amount_fen,
                pair.purchase.number,
                pair.purchase.bought_on,
                pair.purchase.amount_fen,
                "小票号" if pair.is_same else "金额",
                pair.stands,
                pair.reason,
            )
            for pair in found
        ],
        total=(
            f"合计（{len(found)} 对）",
            "",
            "",
            None,
            sum(pair.sale.amount_fen for pair in found),
            "",
            None,
            sum(pair.purchase.amount_fen for pair in found),
            "",
            "",
            "",
        ),
    )


def _told_within(first: dt.date, last: dt.date) -> tuple[sa.ColumnElement[bool], ...]:
    return (OutsidePurchase.bought_on.between(first, last),)


def _sold_within(first: dt.date, last: dt.date) -> tuple[sa.ColumnElement[bool], ...]:
    end = clock.start_of(last + dt.timedelta(days=1))
    return FairSale.sold_at >= clock.start_of(first), FairSale.sold_at < end


def _pairs(session: Session, *conditions: sa.ColumnElement[bool]) -> list[Pair]:
    sold, told = aliased(Credit), aliased(Credit)
    # Whoever verified the later of the two was shown the earlier; other reasons are of other pairs.
    reason = sa.case((told.id > sold.id, told.apart_reason), (sold.id > told.id, sold.apart_reason))
    rows = session.execute(
        sa.select(FairSale, OutsidePurchase, sa.func.coalesce(reason, ""))
        .join(OutsidePurchase, OutsidePurchase.unit_id == FairSale.unit_id)
        .join(Unit, Unit.id == OutsidePurchase.unit_id)
        .join(Fair, Fair.id == FairSale.fair_id)
        .outerjoin(sold, sa.and_(sold.fair_sale_id == FairSale.id, sold.reverses_id.is_(None)))
        .outerjoin(
            told,
            sa.and_(told.outside_purchase_id == OutsidePurchase.id, told.reverses_id.is_(None)),
        )
        .where(
            FairSale.state.in_((SaleState.SUBMITTED, SaleState.VERIFIED)),
            FairSale.reverses_id.is_(None),
            OutsidePurchase.state.in_((OutsideState.SUBMITTED, OutsideState.VERIFIED)),
            sa.or_(
                FairSale.amount_fen == OutsidePurchase.amount_fen,
                # All three are kept as ``receipt_key`` writes them.
                sa.and_(
                    OutsidePurchase.receipt_no != "",
                    sa.func.coalesce(sold.receipt_no, FairSale.receipt_no)
                    == OutsidePurchase.receipt_no,
                ),
            ),
            *conditions,
        )
        .options(
            contains_eager(OutsidePurchase.unit),
            contains_eager(FairSale.fair),
            joinedload(FairSale.stand, innerjoin=True).joinedload(
                FairStand.supplier, innerjoin=True
            ),
        )
        .order_by(OutsidePurchase.bought_on.desc(), OutsidePurchase.id.desc(), FairSale.id)
    )
    return [
        Pair(sale, purchase, reason)
        for sale, purchase, reason in rows
        if abs(clock.day_of(sale.sold_at) - purchase.bought_on) <= APART
    ]
