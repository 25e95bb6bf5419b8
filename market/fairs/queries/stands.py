"""Ask about stands, the goods they bring, and the photos of their receipts."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.catalog.models import Product, Sku, Supplier, SupplierState
from market.core.access import DESK
from market.fairs.models import Fair, FairGood, FairProof, FairStand, StandState


def stands_of(
    session: Session, fair: Fair, *, state: StandState | None = None
) -> Sequence[FairStand]:
    """Return the stands of a fair with their suppliers, by stand number."""
    select = (
        sa.select(FairStand)
        .where(FairStand.fair_id == fair.id)
        .options(joinedload(FairStand.supplier, innerjoin=True))
        .order_by(sa.func.length(FairStand.number), FairStand.number)
    )
    return session.scalars(
        select.where(FairStand.state == state) if state is not None else select
    ).all()


def stand_for(session: Session, person: Person, fair: Fair, code: str) -> FairStand | None:
    """Return the stand of the supplier with this code: the desk sees any, a supplier its own."""
    if person.role not in DESK and person.supplier_id is None:
        return None
    select = (
        sa.select(FairStand)
        .join(Supplier, Supplier.id == FairStand.supplier_id)
        .where(FairStand.fair_id == fair.id, Supplier.code == code)
        .options(joinedload(FairStand.supplier, innerjoin=True))
    )
    if person.role not in DESK:
        select = select.where(FairStand.supplier_id == person.supplier_id)
    return session.scalar(select)


def own_stand(session: Session, person: Person, fair: Fair) -> FairStand | None:
    """Return the stand of somebody's own supplier."""
    if person.supplier_id is None:
        return None
    return session.scalar(
        sa.select(FairStand)
        .where(FairStand.fair_id == fair.id, FairStand.supplier_id == person.supplier_id)
        .options(joinedload(FairStand.supplier, innerjoin=True))
    )


def to_invite(session: Session, fair: Fair) -> Sequence[Supplier]:
    """Return the suppliers who may sell and are not invited yet, by code."""
    asked = sa.select(FairStand.supplier_id).where(FairStand.fair_id == fair.id)
    return session.scalars(
        sa.select(Supplier)
        .where(Supplier.state == SupplierState.ACTIVE, Supplier.id.not_in(asked))
        .order_by(Supplier.code)
    ).all()


def goods_of(session: Session, stand_ids: Sequence[int]) -> dict[int, list[FairGood]]:
    """Return what each of these stands brings, in the order it was listed."""
    found: dict[int, list[FairGood]] = {id_: [] for id_ in stand_ids}
    rows = session.scalars(
        sa.select(FairGood)
        .where(FairGood.stand_id.in_(stand_ids))
        .options(joinedload(FairGood.sku).joinedload(Sku.product, innerjoin=True))
        .order_by(FairGood.id)
    )
    for good in rows:
        found[good.stand_id].append(good)
    return found


def skus_of(session: Session, stand: FairStand) -> Sequence[Sku]:
    """Return every SKU of a stand's supplier with its product, by code."""
    return session.scalars(
        sa.select(Sku)
        .join(Product, Product.id == Sku.product_id)
        .where(Product.supplier_id == stand.supplier_id)
        .options(joinedload(Sku.product, innerjoin=True))
        .order_by(Sku.code)
    ).all()


def products_at(session: Session, stand_ids: Sequence[int]) -> Sequence[Product]:
    """Return the products of the shop that these stands bring, by code."""
    brought = (
        sa.select(Sku.product_id)
        .join(FairGood, FairGood.sku_id == Sku.id)
        .where(FairGood.stand_id.in_(stand_ids))
    )
    return session.scalars(
        sa.select(Product)
        .where(Product.id.in_(brought))
        .options(joinedload(Product.supplier, innerjoin=True))
        .order_by(Product.code)
    ).all()


def proofs_of(session: Session, stand: FairStand) -> Sequence[FairProof]:
    """Return the photos of a stand's receipts, in the order they came."""
    return session.scalars(
        sa.select(FairProof)
        .where(FairProof.stand_id == stand.id)
        .options(joinedload(FairProof.attachment, innerjoin=True))
        .order_by(FairProof.id)
    ).all()
