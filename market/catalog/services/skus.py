"""SKUs: what is priced, in which unit, from which quantity on cheaper."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.pinyin import search_text
from market.audit.services import record
from market.catalog.models import MOST_TIERS, PriceTier, Product, Sku, StockMovement
from market.catalog.services.claim import claim_product, send_back_for_review
from market.core import money, quantity
from market.core.errors import Refused


@dataclass(frozen=True)
class SkuFacts:
    """What is written down about a SKU: fen per ``unit``, quantities in thousandths of it."""

    name: str
    unit: str
    price_fen: int
    reference_price_fen: int | None = None
    reference_source: str = ""
    min_milli: int = 1000
    step_milli: int = 1000
    is_by_weight: bool = False
    for_canteen: bool = True
    for_retail: bool = True
    is_offered: bool = True


@dataclass(frozen=True)
class Tier:
    """From this quantity on, a unit costs this much."""

    from_milli: int
    price_fen: int


def make_sku(
    session: Session,
    product: Product,
    facts: SkuFacts,
    *,
    tiers: Sequence[Tier] = (),
    code: str = "",
    by: Person,
) -> Sku:
    """Add a SKU to a product; its stock is zero until it is received.

    A listed product to which its supplier adds a SKU waits for a new approval. Goods
    by weight are for canteens only: retail is paid before anything is weighed.
    """
    claim_product(session, product, by=by)
    _check(facts)
    _check_tiers(facts, tiers)
    sku = Sku(code=code or _next_code(session, product), **asdict(facts))
    sku.product = product
    session.add(sku)
    session.flush()
    _write_tiers(session, sku, tiers)
    product.search_text = search_text(*product.words)
    record(session, "sku.made", sku, by=by, code=sku.code, price_fen=sku.price_fen)
    send_back_for_review(session, product, by=by)
    return sku


def change_sku(
    session: Session,
    sku: Sku,
    facts: SkuFacts,
    *,
    tiers: Sequence[Tier] | None = None,
    by: Person,
) -> None:
    """Write a SKU down anew; tiers that are not given stay, and must fit the new price.

    Orders keep the price they were made at. A changed price sends a listed product
    back for approval when its supplier made it; stock and minimum don't. Refuses a
    new unit once stock was moved, since its quantities would change their meaning.
    """
    claim_product(session, sku.product, by=by)
    _check(facts)
    kept = [Tier(tier.from_milli, tier.price_fen) for tier in sku.tiers]
    wanted = kept if tiers is None else list(tiers)
    _check_tiers(facts, wanted)
    given = asdict(facts)
    changed = [name for name, value in given.items() if getattr(sku, name) != value]
    if {"unit", "is_by_weight"} & set(changed) and _has_moved(session, sku):
        raise Refused(
            f"这个规格已有出入库记录，计量单位“{sku.unit}”和称重方式不能再改，请新建一个规格。",
            field="unit",
        )
    old_fen = sku.price_fen
    for name in changed:
        setattr(sku, name, given[name])
    if wanted != kept:
        _write_tiers(session, sku, wanted)
    session.flush()
    sku.product.search_text = search_text(*sku.product.words)
    if changed or wanted != kept:
        record(
            session, "sku.changed", sku, by=by, fields=changed, tiers=[asdict(t) for t in wanted]
        )
    if sku.price_fen != old_fen:
        record(session, "sku.price_changed", sku, by=by, old_fen=old_fen, new_fen=sku.price_fen)
    if wanted != kept or {"name", "price_fen", "reference_price_fen"} & set(changed):
        send_back_for_review(session, sku.product, by=by)


def set_tiers(session: Session, sku: Sku, tiers: Sequence[Tier], *, by: Person) -> None:
    """Set from which quantities on the SKU is cheaper; none means one price for all.

    Quantities rise and prices fall from tier to tier, and lie below the SKU's own.
    """
    facts = {name: getattr(sku, name) for name in SkuFacts.__dataclass_fields__}
    change_sku(session, sku, SkuFacts(**facts), tiers=tiers, by=by)


def _check(facts: SkuFacts) -> None:
    if not facts.name.strip():
        raise Refused("请填写规格名称，例如“500克/袋”。", field="name")
    if not facts.unit.strip():
        raise Refused("请填写计量单位，例如“袋”或“公斤”。", field="unit")
    if facts.price_fen <= 0:
        raise Refused("单价必须大于 0 元。", field="price_fen")
    _check_reference(facts)
    _check_quantities(facts)
    if not (facts.for_canteen or facts.for_retail):
        raise Refused("至少选择一种销售对象：单位食堂或个人。", field="for_canteen")
    if facts.is_by_weight and facts.for_retail:
        raise Refused(
            "过秤商品按实收重量结算，只能卖给单位食堂；个人先付款后发货，请另建定量包装。",
            field="for_retail",
        )


def _check_reference(facts: SkuFacts) -> None:
    if facts.reference_price_fen is None:
        return
    if facts.reference_price_fen <= 0:
        raise Refused("参考价必须大于 0 元；没有请留空。", field="reference_price_fen")
    if not facts.reference_source.strip():
        raise Refused(
            "请写明参考价的来源和日期，例如“彭水县农贸市场 2020-09”。", field="reference_source"
        )


def _check_quantities(facts: SkuFacts) -> None:
    if facts.step_milli <= 0:
        raise Refused("递增量必须大于 0。", field="step_milli")
    if not facts.is_by_weight and facts.step_milli % 1000:
        raise Refused("按件计的规格，递增量只能是整数；称重商品请勾选“过秤”。", field="step_milli")
    if facts.min_milli <= 0:
        raise Refused("起订量必须大于 0。", field="min_milli")
    if facts.min_milli % facts.step_milli:
        step = quantity.show(facts.step_milli)
        nearest = (facts.min_milli // facts.step_milli + 1) * facts.step_milli
        raise Refused(
            f"起订量须为递增量 {step} {facts.unit} 的整数倍，可以改为 {quantity.show(nearest)}。",
            field="min_milli",
        )


def _check_tiers(facts: SkuFacts, tiers: Sequence[Tier]) -> None:
    """Refuse, beside ``tier_<n>_from`` or ``tier_<n>_price``, what isn't cheaper the more it is."""
    if len(tiers) > MOST_TIERS:
        raise Refused(f"阶梯价最多 {MOST_TIERS} 级。", field=f"tier_{MOST_TIERS}_from")
    before = Tier(facts.min_milli, facts.price_fen)
    for place, tier in enumerate(tiers, 1):
        if tier.from_milli <= before.from_milli:
            than = "起订量" if place == 1 else "上一级"
            raise Refused(
                f"第 {place} 级的数量必须大于{than} {quantity.show(before.from_milli)} {facts.unit}。",
                field=f"tier_{place}_from",
            )
        if tier.from_milli % facts.step_milli:
            raise Refused(
                f"第 {place} 级的数量须为递增量 {quantity.show(facts.step_milli)} {facts.unit} 的整数倍。",
                field=f"tier_{place}_from",
            )
        if tier.price_fen <= 0:
            raise Refused(f"第 {place} 级的单价必须大于 0 元。", field=f"tier_{place}_price")
        if tier.price_fen >= before.price_fen:
            than = "基础单价" if place == 1 else "上一级"
            raise Refused(
                f"第 {place} 级的单价必须低于{than} {money.yuan(before.price_fen)} 元，买得越多越便宜。",
                field=f"tier_{place}_price",
            )
        before = tier


def _write_tiers(session: Session, sku: Sku, tiers: Sequence[Tier]) -> None:
    session.execute(sa.delete(PriceTier).where(PriceTier.sku_id == sku.id))
    session.add_all(PriceTier(sku_id=sku.id, **asdict(tier)) for tier in tiers)
    session.flush()
    session.expire(sku, ["tiers"])


def _has_moved(session: Session, sku: Sku) -> bool:
    moved = sa.select(StockMovement.id).where(StockMovement.sku_id == sku.id).exists()
    return bool(session.scalar(sa.select(moved)))


def _next_code(session: Session, product: Product) -> str:
    # The product's row is held, so nobody else counts at the same time.
    taken = set(session.scalars(sa.select(Sku.code).where(Sku.product_id == product.id)))
    number = len(taken) + 1
    while f"{product.code}-{number}" in taken:
        number += 1
    return f"{product.code}-{number}"
