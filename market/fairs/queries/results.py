"""What came of fairs: the figures of the result sheet, each the sum of rows that a page shows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.fairs.models import (
    NET,
    Fair,
    FairDay,
    FairGood,
    FairIntention,
    FairPhoto,
    FairSale,
    FairStand,
    SaleState,
    StandState,
)
from market.fairs.queries.stands import goods_of, stands_of
from market.units.models import Unit


@dataclass
class Outcome:
    """What one fair came to; money in fen.

    ``sold_fen`` is what was verified less what was reversed, ``waiting_fen`` what still waits
    for a second person, ``credited_fen`` what counts for units.
    """

    stands: int = 0
    goods: int = 0
    stock_fen: int = 0
    sold_fen: int = 0
    waiting_fen: int = 0
    credited_fen: int = 0
    signed: int = 0
    signed_fen: int = 0
    visitors: int = 0
    purchasers: int = 0
    photos: int = 0
    unit_ids: set[int] = field(default_factory=set)

    @property
    def units(self) -> int:
        """Return how many units bought or signed."""
        return len(self.unit_ids)


@dataclass(frozen=True)
class StandRow:
    """One exhibitor's row of the result sheet; money in fen."""

    stand: FairStand
    goods: Sequence[FairGood]
    stock_fen: int
    sold_fen: int
    waiting_fen: int
    signed_fen: int


@dataclass(frozen=True)
class BuyerRow:
    """What a unit bought and signed at a fair; ``None`` stands for all who are no unit."""

    unit: Unit | None
    sold_fen: int
    credited_fen: int
    signed_fen: int


def outcomes(session: Session, fair_ids: Sequence[int]) -> dict[int, Outcome]:
    """Return what each of these fairs came to; the queries are as many for one as for all."""
    found = {id_: Outcome() for id_ in fair_ids}
    for stand_fair, stands, goods, stock in session.execute(
        sa.select(
            FairStand.fair_id,
            sa.func.count(sa.distinct(FairStand.id)),
            sa.func.count(FairGood.id),
            _sum(FairGood.stock_fen),
        )
        .outerjoin(FairGood, FairGood.stand_id == FairStand.id)
        .where(FairStand.fair_id.in_(fair_ids), FairStand.state == StandState.ACCEPTED)
        .group_by(FairStand.fair_id)
    ):
        one = found[stand_fair]
        one.stands, one.goods, one.stock_fen = stands, goods, int(stock)
    bought: dict[tuple[int, int | None], int] = {}
    for fair_id, unit_id, state, counts, fen in session.execute(
        sa.select(
            FairSale.fair_id,
            FairSale.unit_id,
            FairSale.state,
            FairSale.counts,
            _sum(FairSale.amount_fen),
        )
        .where(FairSale.fair_id.in_(fair_ids))
        .group_by(FairSale.fair_id, FairSale.unit_id, FairSale.state, FairSale.counts)
    ):
        one = found[fair_id]
        if state is SaleState.SUBMITTED:
            one.waiting_fen += int(fen)
        elif state in NET:
            one.sold_fen += int(fen)
            one.credited_fen += int(fen) if counts else 0
            bought[fair_id, unit_id] = bought.get((fair_id, unit_id), 0) + int(fen)
    for (fair_id, unit_id), fen in bought.items():
        if unit_id and fen > 0:
            found[fair_id].unit_ids.add(unit_id)
    for fair_id, unit_id, count, fen in session.execute(
        sa.select(
            FairIntention.fair_id,
            FairIntention.unit_id,
            sa.func.count(),
            _sum(FairIntention.amount_fen),
        )
        .where(FairIntention.fair_id.in_(fair_ids), FairIntention.withdrawn_at.is_(None))
        .group_by(FairIntention.fair_id, FairIntention.unit_id)
    ):
        one = found[fair_id]
        one.signed += count
        one.signed_fen += int(fen)
        if unit_id:
            one.unit_ids.add(unit_id)
    for fair_id, visitors, purchasers in session.execute(
        sa.select(FairDay.fair_id, _sum(FairDay.visitors), _sum(FairDay.purchasers))
        .where(FairDay.fair_id.in_(fair_ids))
        .group_by(FairDay.fair_id)
    ):
        found[fair_id].visitors, found[fair_id].purchasers = int(visitors), int(purchasers)
    for fair_id, photos in session.execute(
        sa.select(FairPhoto.fair_id, sa.func.count())
        .where(FairPhoto.fair_id.in_(fair_ids))
        .group_by(FairPhoto.fair_id)
    ):
        found[fair_id].photos = photos
    return found


def stand_rows(session: Session, fair: Fair) -> list[StandRow]:
    """Return what each stand brought, sold and signed; they sum to the fair's figures.

    A stand that declined after it had sold is among them.
    """
    stands = stands_of(session, fair)
    goods = goods_of(session, [stand.id for stand in stands])
    sold: dict[int, int] = {}
    waiting: dict[int, int] = {}
    for stand_id, state, fen in session.execute(
        sa.select(FairSale.stand_id, FairSale.state, _sum(FairSale.amount_fen))
        .where(FairSale.fair_id == fair.id)
        .group_by(FairSale.stand_id, FairSale.state)
    ):
        if state in NET:
            sold[stand_id] = sold.get(stand_id, 0) + int(fen)
        elif state is SaleState.SUBMITTED:
            waiting[stand_id] = int(fen)
    signed = {
        stand_id: int(fen)
        for stand_id, fen in session.execute(
            sa.select(FairIntention.stand_id, _sum(FairIntention.amount_fen))
            .where(FairIntention.fair_id == fair.id, FairIntention.withdrawn_at.is_(None))
            .group_by(FairIntention.stand_id)
        )
    }
    return [
        StandRow(
            stand,
            goods[stand.id] if stand.state is StandState.ACCEPTED else (),
            sum(good.stock_fen for good in goods[stand.id])
            if stand.state is StandState.ACCEPTED
            else 0,
            sold.get(stand.id, 0),
            waiting.get(stand.id, 0),
            signed.get(stand.id, 0),
        )
        for stand in stands
        if stand.state is StandState.ACCEPTED
        or stand.id in sold
        or stand.id in waiting
        or stand.id in signed
    ]


def buyer_rows(session: Session, fair: Fair) -> list[BuyerRow]:
    """Return what each unit bought and signed, then all who are no unit; they sum to the fair's figures."""
    sums: dict[int | None, list[int]] = {}
    for unit_id, counts, fen in session.execute(
        sa.select(FairSale.unit_id, FairSale.counts, _sum(FairSale.amount_fen))
        .where(FairSale.fair_id == fair.id, FairSale.state.in_(NET))
        .group_by(FairSale.unit_id, FairSale.counts)
    ):
        row = sums.setdefault(unit_id, [0, 0, 0])
        row[0] += int(fen)
        row[1] += int(fen) if counts else 0
    for unit_id, fen in session.execute(
        sa.select(FairIntention.unit_id, _sum(FairIntention.amount_fen))
        .where(FairIntention.fair_id == fair.id, FairIntention.withdrawn_at.is_(None))
        .group_by(FairIntention.unit_id)
    ):
        sums.setdefault(unit_id, [0, 0, 0])[2] += int(fen)
    units = session.scalars(
        sa.select(Unit).where(Unit.id.in_([id_ for id_ in sums if id_])).order_by(Unit.code)
    )
    rows = [BuyerRow(unit, *sums[unit.id]) for unit in units]
    return [*rows, BuyerRow(None, *sums[None])] if None in sums else rows


def figures_of(fair: Fair, outcome: Outcome) -> dict[str, Any]:
    """Return the facts that a result sheet states, for keeping: plain words and whole numbers."""
    return {
        "name": fair.name,
        "place": "线上" if fair.is_online else fair.place,
        "starts_on": fair.starts_on.isoformat(),
        "ends_on": fair.ends_on.isoformat(),
        "host": fair.host,
        "co_host": fair.co_host,
        "area_m2": fair.area_m2,
        "stands": outcome.stands,
        "goods": outcome.goods,
        "stock_fen": outcome.stock_fen,
        "sold_fen": outcome.sold_fen,
        "credited_fen": outcome.credited_fen,
        "signed": outcome.signed,
        "signed_fen": outcome.signed_fen,
        "visitors": outcome.visitors,
        "purchasers": outcome.purchasers,
        "photos": outcome.photos,
        "units": outcome.units,
    }


def digest_of(figures: dict[str, Any]) -> str:
    """Return the SHA-256 of figures in canonical JSON."""
    told = json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _sum(column: Any) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
