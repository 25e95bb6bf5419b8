"""Enter what is sold on the spot: each sale arrives once, however often it is sent."""

import dataclasses
import datetime as dt
import hashlib
import json
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_of_unit
from market.audit.services import record
from market.catalog.models import Product
from market.core import clock, money
from market.core.access import UNIT_BUYERS
from market.core.errors import Refused
from market.core.states import move
from market.fairs.models import BuyerKind, Fair, FairSale, FairStand, SaleState, StandState
from market.fairs.queries import sale_by_key, unit_named
from market.fairs.services.stands import check_stand
from market.fairs.services.turns import SELLING, take_fair, words
from market.notices.services import tell
from market.targets.queries import receipt_key
from market.units.models import Unit

AHEAD = dt.timedelta(minutes=10)  # By so much a phone's clock may be fast.


@dataclasses.dataclass(frozen=True)
class SaleTyped:
    """A sale as it was typed; unit and product are still words, so that the same typing is the same sale."""

    buyer: BuyerKind
    amount_fen: int
    receipt_no: str
    sold_at: dt.datetime
    unit: str = ""
    goods: str = ""
    product: str = ""


def enter_sale(
    session: Session, stand: FairStand, typed: SaleTyped, *, client_key: str, by: Person
) -> FairSale:
    """Write down a sale; the same key with the same words gives the sale it made.

    Refuses the key with other words or by another person, a stand that doesn't come, days
    outside the fair, a time to come, an amount that is not above zero, a unit that is not
    found, a product the stand doesn't sell, and a receipt that is entered already.
    """
    key = _key(client_key)
    body = _hash(stand, typed)
    known = _arrived(session, key, body, by)
    if known is not None:
        return known
    check_stand(stand, by)
    take_fair(session, stand.fair, *SELLING, deed="登记现场销售")
    session.refresh(stand, ["state"])
    if stand.state is not StandState.ACCEPTED:
        raise Refused(f"展位 {stand.number} 的供应商{stand.state.label}，不能登记销售。")
    sale = FairSale(client_key=key, body_hash=body, fair=stand.fair, stand=stand, made_by=by)
    with session.no_autoflush:
        _write(session, sale, stand, typed)
    try:
        with session.begin_nested():
            session.add(sale)
            session.flush()
    except sa.exc.IntegrityError:  # It was sent twice at once, or the receipt is used.
        known = _arrived(session, key, body, by)
        if known is not None:
            return known
        raise _used(typed.receipt_no) from None
    record(
        session,
        "fair_sale.entered",
        sale,
        by=by,
        fair=stand.fair.number,
        stand=stand.number,
        amount_fen=sale.amount_fen,
        unit=sale.unit.code if sale.unit else "",
    )
    _tell_unit(session, sale, stand)
    return sale


def mend_sale(
    session: Session, sale: FairSale, typed: SaleTyped, *, version: int, by: Person
) -> None:
    """Put a returned sale before the verifier again, corrected; ``version`` is the one that was seen."""
    stand = sale.stand
    check_stand(stand, by)
    take_fair(session, stand.fair, *SELLING, deed="修改销售记录")
    move(
        session,
        sale,
        SaleState.SUBMITTED,
        FairSale.version == version,
        version=version + 1,
        answer="",
    )
    with session.no_autoflush:
        _write(session, sale, stand, typed)
    try:
        with session.begin_nested():
            session.flush()
    except sa.exc.IntegrityError:
        raise _used(typed.receipt_no) from None
    record(
        session,
        "fair_sale.mended",
        sale,
        by=by,
        amount_fen=sale.amount_fen,
        unit=sale.unit.code if sale.unit else "",
        version=sale.version,
    )
    _tell_unit(session, sale, stand)


def withdraw_sale(session: Session, sale: FairSale, *, reason: str, by: Person) -> None:
    """Say that a sale that doesn't count yet was none; the row and its receipt stay."""
    check_stand(sale.stand, by)
    reason = words(reason, "作废原因", field="answer")
    take_fair(session, sale.fair, *SELLING, deed="作废销售记录")
    move(session, sale, SaleState.WITHDRAWN, answer=reason)
    record(session, "fair_sale.withdrawn", sale, by=by, reason=reason)


def _key(given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise Refused("登记编号无效，请刷新页面后重新登记。") from None


def _hash(stand: FairStand, typed: SaleTyped) -> str:
    told = dataclasses.asdict(typed) | {"stand": stand.id, "sold_at": typed.sold_at.isoformat()}
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _arrived(session: Session, key: str, body: str, by: Person) -> FairSale | None:
    """Return the sale that this key made of this body, if any; refuse the key with another."""
    known = sale_by_key(session, key)
    if known is None:
        return None
    if known.made_by_id != by.id or known.body_hash != body:
        raise Refused(
            f"这一笔已经按小票 {known.receipt_no}、{money.yuan(known.amount_fen)} 元登记过，"
            "内容与这次不同，没有改动；请新登记一笔，或在销售记录里修改。"
        )
    return known


def _write(session: Session, sale: FairSale, stand: FairStand, typed: SaleTyped) -> None:
    """Write what was typed into a sale, or refuse it."""
    fair: Fair = stand.fair
    # As it is compared, so that "a 1" and "A1" are one receipt.
    receipt_no = words(receipt_key(typed.receipt_no), "小票号", most=38, field="receipt_no")
    if not 0 < typed.amount_fen <= money.MOST_FEN:
        raise Refused("金额必须大于 0。", field="amount_fen")
    if typed.sold_at > clock.now() + AHEAD:
        raise Refused("销售时间晚于现在，请核对手机的时间。", field="sold_at")
    if not fair.starts_on <= clock.day_of(typed.sold_at) <= fair.ends_on:
        raise Refused(
            f"销售时间须在展期内（{fair.starts_on} 至 {fair.ends_on}）。", field="sold_at"
        )
    unit: Unit | None = None
    if typed.unit.strip():
        unit = unit_named(session, typed.unit)
    elif typed.buyer is BuyerKind.UNIT:
        raise Refused("请填写采购单位的编码或名称；个人购买请选“个人”。", field="unit")
    sale.buyer, sale.unit = typed.buyer, unit
    sale.unit_id = unit.id if unit else None
    sale.product = _product(session, stand, typed.product)
    sale.amount_fen, sale.receipt_no = typed.amount_fen, receipt_no
    sale.goods = words(typed.goods, "商品说明", field="goods", needed=False)
    sale.sold_at = typed.sold_at


def _product(session: Session, stand: FairStand, code: str) -> Product | None:
    if not code:
        return None
    product = session.scalar(
        sa.select(Product).where(Product.code == code, Product.supplier_id == stand.supplier_id)
    )
    if product is None:
        raise Refused("这件商品不是本展位供应商的，请重新选择。", field="product")
    return product


def _used(receipt_no: str) -> Refused:
    return Refused(
        f"小票号“{receipt_no.strip()}”在这场展销已经登记过，请核对是否重复。", field="receipt_no"
    )


def _tell_unit(session: Session, sale: FairSale, stand: FairStand) -> None:
    if sale.buyer is not BuyerKind.UNIT or sale.unit is None:
        return
    tell(
        session,
        people_of_unit(session, sale.unit.id, *UNIT_BUYERS),
        f"“{stand.supplier.name}”在展销“{stand.fair.name}”登记了贵单位采购"
        f" {money.yuan(sale.amount_fen)} 元，请核对。",
        path="/fairs/purchases",
    )
