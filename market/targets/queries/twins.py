"""Whether one purchase would count by two ways: at a fair's stand and as one outside the shop."""

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
    """Return what counts for a unit by the rival way, of the day or one beside it, with this receipt or amount."""
    key = receipt_key(receipt_no)
    same = Credit.receipt_no == key if key else sa.false()
    rows = session.execute(
        sa.select(Credit, OutsidePurchase.number)
        .outerjoin(OutsidePurchase, OutsidePurchase.id == Credit.outside_purchase_id)
        .where(
            Credit.unit_id == unit_id,
            Credit.channel == RIVALS[channel],
            Credit.happened_on.between(happened_on - APART, happened_on + APART),
            sa.or_(Credit.amount_fen == amount_fen, same),
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
    """Name every receipt of a unit that counts at a fair and outside the shop, too."""
    sold, told = aliased(Credit), aliased(Credit)
    rows = session.execute(
        sa.select(
            Unit.name, OutsidePurchase.number, sold.receipt_no, sold.happened_on, told.happened_on
        )
        .join(told, sa.and_(told.unit_id == sold.unit_id, told.receipt_no == sold.receipt_no))
        .join(Unit, Unit.id == sold.unit_id)
        .join(OutsidePurchase, OutsidePurchase.id == told.outside_purchase_id)
        .where(
            sold.channel == Channel.FAIR,
            told.channel == Channel.OUTSIDE,
            *_standing(sold),
            *_standing(told),
        )
        .order_by(sold.id, told.id)
    )
    return [
        f"“{unit}”的小票 {receipt} 既计入展销，又计入平台外申报 {number}"
        for unit, number, receipt, sold_on, told_on in rows
        if abs(sold_on - told_on) <= APART
    ]


def _standing(thing: type[Credit]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a credit was not taken back, nor takes one back."""
    back = aliased(Credit)
    taken = sa.select(back.id).where(back.reverses_id == thing.id).exists()
    return thing.reverses_id.is_(None), ~taken
