"""Invite suppliers; they answer, say what they bring, and hand in photos of their receipts."""

import dataclasses

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier
from market.audit.services import record
from market.catalog.models import Sku, Supplier
from market.core import clock, money
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.evidence.models import Attachment
from market.fairs.models import Fair, FairGood, FairProof, FairStand, StandState
from market.fairs.services.turns import (
    PREPARING,
    SELLING,
    check_coordinator,
    take_fair,
    words,
)
from market.notices.services import tell

MOST_GOODS = 200
MOST_PROOFS = 40


@dataclasses.dataclass(frozen=True)
class Good:
    """Goods to bring: one of the supplier's SKUs, or a name with its unit; price in fen, quantity in milli."""

    price_fen: int
    brought_milli: int
    sku: Sku | None = None
    name: str = ""
    unit: str = ""


def invite(
    session: Session, fair: Fair, supplier: Supplier, stand_number: str, *, by: Person
) -> FairStand:
    """Give a supplier a stand and ask it to come.

    Refuses a supplier that is asked already, and a stand number that another has.
    """
    check_coordinator(by)
    number = words(stand_number, "展位号", most=20, field="stand_number")
    take_fair(session, fair, *PREPARING, deed="邀请参展")
    stand = FairStand(fair=fair, supplier=supplier, number=number, by_id=by.id)
    try:
        with session.begin_nested():
            session.add(stand)
            session.flush()
    except sa.exc.IntegrityError:
        asked = sa.select(FairStand.number).where(
            FairStand.fair_id == fair.id, FairStand.supplier_id == supplier.id
        )
        has = session.scalar(asked)
        if has is not None:
            raise Refused(
                f"“{supplier.name}”已在邀请之列（展位 {has}）。", field="supplier"
            ) from None
        raise Refused(
            f"展位号“{number}”已给了别的供应商，请换一个。", field="stand_number"
        ) from None
    record(session, "fair.invited", stand, by=by, supplier=supplier.code, stand=number)
    tell(
        session,
        people_of_supplier(session, supplier.id),
        f"邀请您参加展销“{fair.name}”（{fair.starts_on} 至 {fair.ends_on}，展位 {number}），请答复。",
        path=f"/fairs/{fair.number}/stands/{supplier.code}",
    )
    return stand


def answer(
    session: Session, stand: FairStand, *, accepts: bool, reason: str = "", by: Person
) -> None:
    """Say whether the supplier comes; a no says why. Until the fair is over it may think better of it."""
    _check_own(stand, by)
    reason = "" if accepts else words(reason, "不参展的原因", field="reason")
    take_fair(session, stand.fair, *PREPARING, deed="答复邀请")
    to = StandState.ACCEPTED if accepts else StandState.DECLINED
    move(session, stand, to, reason=reason, answered_at=clock.now())
    record(session, "fair.answered", stand, by=by, accepted=accepts, reason=reason)
    tell(
        session,
        [stand.fair.made_by],
        f"“{stand.supplier.name}”{to.label}“{stand.fair.name}”"
        + (f"：{reason[:150]}" if reason else "。"),
        path=f"/fairs/{stand.fair.number}",
    )


def add_good(session: Session, stand: FairStand, good: Good, *, by: Person) -> FairGood:
    """Add goods to what a stand brings; its worth is price × quantity, rounded once.

    Refuses somebody else's SKU, a price or quantity that is not above zero, and a stand
    that doesn't come.
    """
    _check_own(stand, by)
    if good.sku is not None and good.sku.product.supplier_id != stand.supplier_id:
        raise Refused("只能选择本供应商的商品。", field="sku")
    if not 0 < good.price_fen <= money.MOST_FEN:
        raise Refused("单价必须大于 0。", field="price_fen")
    if good.brought_milli <= 0:
        raise Refused("数量必须大于 0。", field="brought_milli")
    stock_fen = money.line_fen(good.price_fen, good.brought_milli)
    if stock_fen > money.MOST_FEN:
        raise Refused("备货额过大，请检查单价和数量。", field="brought_milli")
    sku = good.sku
    name = (
        f"{sku.product.name} {sku.name}"[:80]
        if sku
        else words(good.name, "商品名称", most=80, field="name")
    )
    unit = sku.unit if sku else words(good.unit, "计量单位", most=10, field="unit")
    _take_coming(session, stand, *PREPARING, deed="登记备货")
    count = sa.select(sa.func.count()).where(FairGood.stand_id == stand.id)
    if (session.scalar(count) or 0) >= MOST_GOODS:
        raise Refused(f"一个展位最多登记 {MOST_GOODS} 种商品。")
    row = FairGood(
        stand_id=stand.id,
        sku=sku,
        name=name,
        unit=unit,
        price_fen=good.price_fen,
        brought_milli=good.brought_milli,
        stock_fen=stock_fen,
    )
    session.add(row)
    session.flush()
    record(session, "fair.good_added", stand, by=by, name=name, amount_fen=stock_fen)
    return row


def remove_good(session: Session, stand: FairStand, good_id: int, *, by: Person) -> None:
    """Take goods off the list of what a stand brings."""
    _check_own(stand, by)
    _take_coming(session, stand, *PREPARING, deed="修改备货")
    gone = (
        sa.delete(FairGood)
        .where(FairGood.stand_id == stand.id, FairGood.id == good_id)
        .returning(FairGood.name)
        .execution_options(synchronize_session="fetch")
    )
    name = session.scalar(gone)
    if name is None:
        raise Refused("这件商品已经不在备货单上，请刷新页面。")
    record(session, "fair.good_removed", stand, by=by, name=name)


def add_proof(session: Session, stand: FairStand, attachment: Attachment, *, by: Person) -> None:
    """Hand in a photo or scan of a stand's receipts, by which its sales are verified."""
    check_stand(stand, by)
    take_fair(session, stand.fair, *SELLING, deed="上传小票照片")
    count = sa.select(sa.func.count()).where(FairProof.stand_id == stand.id)
    if (session.scalar(count) or 0) >= MOST_PROOFS:
        raise Refused(f"一个展位最多 {MOST_PROOFS} 份小票照片，请合并后再上传。", field="proof")
    session.add(FairProof(stand_id=stand.id, attachment=attachment))
    session.flush()
    record(session, "fair.proof_added", stand, by=by, sha256=attachment.file.sha256)


def check_stand(stand: FairStand, by: Person) -> None:
    """Refuse whoever neither coordinates nor stands there."""
    if by.role is not Role.COORDINATOR and by.supplier_id != stand.supplier_id:
        raise Refused("只有本展位的供应商和统筹协调人员可以办理。")


def _check_own(stand: FairStand, by: Person) -> None:
    if by.supplier_id is None or by.supplier_id != stand.supplier_id:
        raise Refused("只有受邀的供应商可以答复和登记备货，请由供应商登录办理。")


def _take_coming(session: Session, stand: FairStand, *states: object, deed: str) -> None:
    take_fair(session, stand.fair, *states, deed=deed)  # type: ignore[arg-type]
    session.refresh(stand, ["state"])
    if stand.state is not StandState.ACCEPTED:
        raise Refused(f"展位 {stand.number} 的供应商{stand.state.label}，确认参展后才能{deed}。")
