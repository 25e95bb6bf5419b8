"""Whether one purchase would count twice: at a fair's stand and outside the shop, or outside it twice."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.core import money
from market.targets.models import Channel, Credit, OutsidePurchase
from market.units.models import Unit

# What comes by one of these is written down by somebody else than what comes by the other.
RIVALS = {Channel.FAIR: Channel.OUTSIDE, Channel.OUTSIDE: Channel.FAIR}
APART = dt.timedelta(days=1)  # A stand's evening may be the next day's paper.


@dataclass(frozen=True)
class Twin:
    """What counted already and is perhaps the same purchase; surely, where the receipt is the same."""

    called: str
    happened_on: dt.date
    amount_fen: int
    is_same: bool

    def __str__(self) -> str:
        """Return how a refusal names it."""
        return f"{self.called}（{self.happened_on}，{money.yuan(self.amount_fen)} 元）"


def receipt_key(number: str | None) -> str:
    """Return a receipt's number as it is compared: without blanks, in capitals."""
    return "".join((number or "").split()).upper()


def counted_twins(
    session: Session,
    *,
    unit_id: int,
    channel: Channel,
    amount_fen: int,
    happened_on: dt.date,
    receipt_no: str,
) -> Sequence[Twin]:
    """Return what counts for a unit already and is like it, of the day or one beside it.

    By the rival way what has this receipt or amount; outside the shop, where nobody but the
    unit wrote it down, what has this receipt.
    """
    key, rival = receipt_key(receipt_no), RIVALS[channel]
    same = Credit.receipt_no == key if key else sa.false()
    rows = session.execute(
        sa.select(Credit, OutsidePurchase.number)
        .outerjoin(OutsidePurchase, OutsidePurchase.id == Credit.outside_purchase_id)
        .where(
            Credit.unit_id == unit_id,
            Credit.happened_on.between(happened_on - APART, happened_on + APART),
            sa.or_(
                sa.and_(Credit.channel == rival, Credit.amount_fen == amount_fen),
                sa.and_(Credit.channel.in_((rival, Channel.OUTSIDE)), same),
            ),
            *_standing(Credit),
        )
        .order_by(Credit.id)
    )
    return [
        Twin(
            f"平台外申报 {number}" if number else f"展销小票 {one.receipt_no}",
            one.happened_on,
            one.amount_fen,
            bool(key) and one.receipt_no == key,
        )
        for one, number in rows
    ]


def verify_twins(session: Session) -> list[str]:
    """Name every receipt of a unit that counts at a fair and outside the shop, or there twice."""
    sold, told = aliased(Credit), aliased(Credit)
    first, second = aliased(OutsidePurchase), aliased(OutsidePurchase)
    rows = session.execute(
        sa.select(
            Unit.name,
            first.number,
            second.number,
            sold.receipt_no,
            sold.happened_on,
            told.happened_on,
        )
        .join(told, sa.and_(told.unit_id == sold.unit_id, told.receipt_no == sold.receipt_no))
        .join(Unit, Unit.id == sold.unit_id)
        .join(second, second.id == told.outside_purchase_id)
        .outerjoin(first, first.id == sold.outside_purchase_id)
        .where(
            sa.or_(
                sold.channel == Channel.FAIR,
                sa.and_(sold.channel == Channel.OUTSIDE, sold.id < told.id),
            ),
            told.channel == Channel.OUTSIDE,
            *_standing(sold),
            *_standing(told),
        )
        .order_by(sold.id, told.id)
    )
    return [
        f"“{unit}”的小票 {receipt} 既计入{f'平台外申报 {one}' if one else '展销'}，"
        f"又计入平台外申报 {other}"
        for unit, one, other, receipt, sold_on, told_on in rows
        if abs(sold_on - told_on) <= APART
    ]


def _standing(thing: type[Credit]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a credit was not taken back, nor takes one back."""
    back = aliased(Credit)
    taken = sa.select(back.id).where(back.reverses_id == thing.id).exists()
    return thing.reverses_id.is_(None), ~taken
