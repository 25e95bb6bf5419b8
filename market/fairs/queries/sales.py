"""Ask about what was sold on the spot."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core.access import DESK, UNIT_BUYERS
from market.core.errors import Refused
from market.fairs.models import NET, BuyerKind, Fair, FairSale, FairStand, SaleState
from market.units.models import Unit, UnitState
from market.units.queries import units_matching

SHOWN_NAMES = 3


@dataclass(frozen=True)
class SaleSums:
    """Fen of the rows a list shows: all, those that are verified less reversed, those that count."""

    count: int
    all_fen: int
    net_fen: int
    counted_fen: int


def sales_for(
    person: Person,
    fair: Fair,
    *,
    stand: str = "",
    state: SaleState | None = None,
    unit: str = "",
    net: bool = False,
) -> sa.Select[Any]:
    """Return a select of a fair's sales, the latest first: the desk's all, a supplier's its own.

    ``stand`` is a stand's number, ``unit`` a unit's code; ``net`` asks for the rows whose sum is
    what was sold and verified.
    """
    select = (
        sa.select(FairSale)
        .join(FairStand, FairStand.id == FairSale.stand_id)
        .where(FairSale.fair_id == fair.id)
        .options(
            joinedload(FairSale.fair, innerjoin=True),
            joinedload(FairSale.stand, innerjoin=True).joinedload(
                FairStand.supplier, innerjoin=True
            ),
            joinedload(FairSale.unit),
            joinedload(FairSale.product),
            joinedload(FairSale.made_by, innerjoin=True),
            joinedload(FairSale.verified_by),
        )
        .order_by(FairSale.sold_at.desc(), FairSale.id.desc())
    )
    if person.role not in DESK:
        select = select.where(FairStand.supplier_id == person.supplier_id)
    if stand:
        select = select.where(FairStand.number == stand)
    if state is not None:
        select = select.where(FairSale.state == state)
    if unit:
        select = select.where(FairSale.unit.has(Unit.code == unit))
    return select.where(FairSale.state.in_(NET)) if net else select


def sums_of(session: Session, select: sa.Select[Any]) -> SaleSums:
    """Return what the sales of a list come to, on whichever page they stand."""
    rows = (
        select.order_by(None)
        .with_only_columns(
            FairSale.amount_fen, FairSale.state, FairSale.counts, maintain_column_froms=True
        )
        .subquery()
    )
    net = rows.c.state.in_(NET)
    found = session.execute(
        sa.select(
            sa.func.count(),
            _sum(rows.c.amount_fen),
            _sum(sa.case((net, rows.c.amount_fen), else_=0)),
            _sum(sa.case((sa.and_(net, rows.c.counts), rows.c.amount_fen), else_=0)),
        ).select_from(rows)
    ).one()
    return SaleSums(*map(int, found))


def sale_by_key(session: Session, key: str) -> FairSale | None:
    """Return the sale that was entered with this key."""
    return session.scalar(
        sa.select(FairSale)
        .where(FairSale.client_key == key)
        .options(joinedload(FairSale.fair, innerjoin=True))
    )


def sale_for(session: Session, person: Person, key: str) -> FairSale | None:
    """Return a sale this person may see: the desk any, a supplier its own, a unit's people the unit's."""
    sale = session.scalar(
        sa.select(FairSale)
        .where(FairSale.client_key == key)
        .options(
            joinedload(FairSale.fair, innerjoin=True),
            joinedload(FairSale.stand, innerjoin=True).joinedload(
                FairStand.supplier, innerjoin=True
            ),
            joinedload(FairSale.unit),
            joinedload(FairSale.product),
            joinedload(FairSale.made_by, innerjoin=True),
        )
    )
    if sale is None:
        return None
    own = person.supplier_id is not None and sale.stand.supplier_id == person.supplier_id
    bought = (
        person.role in UNIT_BUYERS
        and sale.unit_id == person.unit_id
        and sale.buyer is BuyerKind.UNIT
    )
    return sale if person.role in DESK or own or bought else None


def purchases_for(person: Person, *, waiting: bool = False) -> sa.Select[Any]:
    """Return a select of what somebody's unit bought at fairs, as a unit; those to confirm first."""
    select = (
        sa.select(FairSale)
        .join(Fair, Fair.id == FairSale.fair_id)
        .where(FairSale.unit_id == person.unit_id, FairSale.buyer == BuyerKind.UNIT)
        .options(
            joinedload(FairSale.fair, innerjoin=True),
            joinedload(FairSale.stand, innerjoin=True).joinedload(
                FairStand.supplier, innerjoin=True
            ),
            joinedload(FairSale.product),
        )
        .order_by(FairSale.state != SaleState.SUBMITTED, FairSale.id.desc())
    )
    return select.where(FairSale.state == SaleState.SUBMITTED) if waiting else select


def unit_named(session: Session, words: str) -> Unit:
    """Return the one unit that is meant by a code, a name, or a part, pinyin or initials of it.

    Refuses what fits none or several, naming some of them, and a unit that is closed.
    """
    words = words.strip()
    exact = session.scalars(
        sa.select(Unit).where(sa.or_(Unit.code == words, Unit.name == words))
    ).first()
    found = [exact] if exact else session.scalars(units_matching(q=words).limit(20)).all()
    if not words or not found:
        raise Refused(f"没有找到单位“{words[:20]}”，请填写单位编码或名称。", field="unit")
    if len(found) > 1:
        names = "、".join(f"{one.name}（{one.code}）" for one in found[:SHOWN_NAMES])
        raise Refused(
            f"“{words[:20]}”对得上不止一个单位：{names}等，请填写编码或全称。", field="unit"
        )
    if found[0].state is UnitState.CLOSED:
        raise Refused(f"“{found[0].name}”已撤销，不能再登记采购。", field="unit")
    return found[0]


def _sum(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)
