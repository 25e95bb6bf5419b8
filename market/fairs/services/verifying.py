"""A second person verifies what was sold on the spot; then it counts for the unit."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock
from market.core.access import UNIT_BUYERS
from market.core.errors import Refused
from market.core.states import move
from market.fairs.models import BuyerKind, FairProof, FairSale, FairStand, SaleState
from market.fairs.services.turns import SELLING, check_coordinator, take_fair, words
from market.notices.services import tell
from market.targets.models import Channel, Credit
from market.targets.services import credit, reverse_credit, take_units


def verify_sales(
    session: Session,
    stand: FairStand,
    seen: Sequence[tuple[FairSale, int]],
    *,
    apart_reason: str = "",
    by: Person,
) -> int:
    """Say of sales of a stand, with the versions that were seen, that its receipts prove them; all or none.

    Returns the fen. From now on those of units count. Refuses what the coordinator entered
    themself, a stand without a photo of its receipts, what has changed since it was seen, and
    what counts outside the shop already: one that is only like it needs ``apart_reason``.
    """
    check_coordinator(by)
    if not seen:
        raise Refused("请先勾选要核实的销售。")
    take_fair(session, stand.fair, *SELLING, deed="核实销售")
    if not session.scalar(sa.select(FairProof.id).where(FairProof.stand_id == stand.id).limit(1)):
        raise Refused(f"展位 {stand.number} 还没有小票照片，请先上传，再核实。")
    # In the order of ids, units first, so that two batches at once can't wait for each other.
    take_units(session, {sale.unit_id for sale, _ in seen if sale.unit_id})
    for sale, version in sorted(seen, key=lambda one: one[0].id):
        if sale.stand_id != stand.id:
            raise Refused(f"小票 {sale.receipt_no} 不是展位 {stand.number} 的，请刷新页面。")
        _verify(session, sale, version, by, apart_reason)
    amount_fen = sum(sale.amount_fen for sale, _ in seen)
    record(
        session,
        "fair_sale.batch_verified",
        stand,
        by=by,
        fair=stand.fair.number,
        count=len(seen),
        amount_fen=amount_fen,
    )
    return amount_fen


def confirm_sale(session: Session, sale: FairSale, *, version: int, by: Person) -> None:
    """Say for one's unit that it bought this: whoever buys is the second person.

    Refuses what is like a purchase outside the shop that counts already: why it is another is
    for a coordinator to say, not for whom it counts.
    """
    _check_buyer(sale, by)
    take_fair(session, sale.fair, *SELLING, deed="确认采购")
    assert sale.unit_id is not None
    take_units(session, [sale.unit_id])  # Before the sale, as whoever verifies a batch does.
    try:
        _verify(session, sale, version, by, "")
    except Refused as refusal:
        if refusal.field != "apart_reason":
            raise
        raise Refused(
            f"小票 {sale.receipt_no} 像是贵单位已经计入的一条平台外申报：重复的请退回；"
            "确实是另一次采购的，请统筹协调人员对照小票核实。"
        ) from None


def return_sale(session: Session, sale: FairSale, *, version: int, answer: str, by: Person) -> None:
    """Send a sale back to the stand with what is wrong; a coordinator's deed, or the unit's it names."""
    if by.role in UNIT_BUYERS:
        _check_buyer(sale, by)
    else:
        check_coordinator(by)
        _check_other(sale, by)
    answer = words(answer, "退回原因", field="answer")
    take_fair(session, sale.fair, *SELLING, deed="退回销售")
    move(session, sale, SaleState.RETURNED, FairSale.version == version, answer=answer)
    record(session, "fair_sale.returned", sale, by=by, reason=answer)
    tell(
        session,
        [sale.made_by],
        f"展销“{sale.fair.name}”小票 {sale.receipt_no} 被退回：{answer}"[:300],
        path=f"/fairs/sales/{sale.client_key}",
    )


def reverse_sale(session: Session, sale: FairSale, *, reason: str, by: Person) -> FairSale:
    """Take a verified sale back by a row of its own with the opposite amount, and its credit.

    Refuses whoever entered it, a reversal, and a fair whose result is being or was checked:
    that one is corrected first.
    """
    check_coordinator(by)
    _check_other(sale, by)
    reason = words(reason, "冲销原因", field="answer")
    if sale.reverses_id is not None:
        raise Refused("冲销行不能再冲销；需要恢复请重新登记。")
    take_fair(session, sale.fair, *SELLING, deed="冲销销售")
    move(session, sale, SaleState.REVERSED)
    now = clock.now()
    row = FairSale(
        client_key=f"R-{sale.client_key}",
        body_hash=sale.body_hash,
        state=SaleState.VERIFIED,
        buyer=sale.buyer,
        amount_fen=-sale.amount_fen,
        goods=sale.goods,
        receipt_no=f"{sale.receipt_no}冲",
        sold_at=sale.sold_at,
        counts=sale.counts,
        answer=reason,
        verified_at=now,
        fair=sale.fair,
        stand=sale.stand,
        unit=sale.unit,
        product=sale.product,
        reverses=sale,
        made_by=by,
    )
    session.add(row)
    session.flush()
    if sale.counts:
        written = session.scalars(
            sa.select(Credit).where(Credit.fair_sale_id == sale.id, Credit.reverses_id.is_(None))
        ).one()
        reverse_credit(session, written)
    record(
        session,
        "fair_sale.reversed",
        row,
        by=by,
        amount_fen=row.amount_fen,
        reason=reason,
        unit=sale.unit.code if sale.unit else "",
    )
    tell(
        session,
        [sale.made_by],
        f"展销“{sale.fair.name}”小票 {sale.receipt_no} 已冲销：{reason}"[:300],
        path=f"/fairs/sales/{sale.client_key}",
    )
    return row


def _verify(session: Session, sale: FairSale, version: int, by: Person, apart_reason: str) -> None:
    """Verify one sale in the version that was seen, and credit it where it counts."""
    _check_other(sale, by)
    session.refresh(sale, ["state", "version"])
    if sale.version != version:
        raise Refused(f"小票 {sale.receipt_no} 刚刚被修改，请刷新页面，看过新的内容再核实。")
    sold_on = clock.day_of(sale.sold_at)
    # Free words name no product whose recognition could have run out: the second person vouches.
    counts = sale.unit_id is not None and (
        sale.product is None or sale.product.recognised_on(sold_on)
    )
    move(
        session,
        sale,
        SaleState.VERIFIED,
        FairSale.version == version,
        verified_by_id=by.id,
        verified_at=clock.now(),
        counts=counts,
    )
    apart = ""
    if counts:
        assert sale.unit_id is not None
        thing = credit(
            session,
            unit_id=sale.unit_id,
            channel=Channel.FAIR,
            amount_fen=sale.amount_fen,
            supplier_id=sale.stand.supplier_id,
            product_id=sale.product_id,
            happened_on=sold_on,
            submitted_at=sale.made_at,
            receipt_no=sale.receipt_no,
            apart_reason=apart_reason,
            fair_sale_id=sale.id,
        )
        apart = thing.apart_reason or ""
    record(
        session,
        "fair_sale.verified",
        sale,
        by=by,
        amount_fen=sale.amount_fen,
        unit=sale.unit.code if sale.unit else "",
        counts=counts,
        apart_reason=apart,
        version=version,
    )


def _check_other(sale: FairSale, by: Person) -> None:
    if sale.made_by_id == by.id:
        raise Refused(f"小票 {sale.receipt_no} 是您登记的，请由另一人核实、退回或冲销。")


def _check_buyer(sale: FairSale, by: Person) -> None:
    if by.role not in UNIT_BUYERS or sale.buyer is not BuyerKind.UNIT or sale.unit_id != by.unit_id:
        raise Refused("只有采购单位的负责人或食堂管理员可以确认或退回这笔采购。")
