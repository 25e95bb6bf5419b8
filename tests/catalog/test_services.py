"""What suppliers and coordinators may change about products, and what is refused."""

import dataclasses
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import FolderFiles
from market.audit.models import Entry
from market.catalog.models import (
    Category,
    CertificateKind,
    Product,
    ProductState,
    Supplier,
    SupplierState,
)
from market.catalog.services import (
    ProductFacts,
    SkuFacts,
    SupplierFacts,
    Tier,
    add_certificate,
    approve_listing,
    change_product,
    change_sku,
    change_supplier,
    make_product,
    make_sku,
    make_supplier,
    note_sale,
    resume_supplier,
    return_listing,
    set_picture,
    set_tiers,
    submit_product,
    suspend_supplier,
    withdraw_product,
)
from market.core.errors import Refused
from market.notices.models import Notice
from tests import make

FACTS = ProductFacts(
    name="晶丝苕粉", category=Category.NOODLES, township="三义乡", description="手工漏粉。"
)
BAG = SkuFacts(name="500克/袋", unit="袋", price_fen=2500)


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files")


@pytest.fixture
def supplier(session: Session, vendor: Person) -> Supplier:
    return session.get_one(Supplier, vendor.supplier_id)


@pytest.fixture
def draft(session: Session, supplier: Supplier, vendor: Person) -> Product:
    """A draft that lacks nothing."""
    product = make_product(session, supplier, FACTS, illustration="noodles.svg", by=vendor)
    make_sku(session, product, BAG, by=vendor)
    return product


@pytest.fixture
def listed(session: Session, draft: Product, vendor: Person, coordinator: Person) -> Product:
    submit_product(session, draft, by=vendor)
    approve_listing(session, draft, by=coordinator)
    return draft


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def deeds(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(sa.select(Entry.deed).order_by(Entry.id)))


def last_facts(session: Session, deed: str) -> dict[str, Any]:
    session.flush()
    return (
        session.scalars(
            sa.select(Entry.facts).where(Entry.deed == deed).order_by(Entry.id.desc())
        ).first()
        or {}
    )


def notices_of(session: Session, person: Person) -> list[str]:
    session.flush()
    return list(session.scalars(sa.select(Notice.text).where(Notice.person_id == person.id)))


def other_vendor(session: Session) -> Person:
    return make.supplier_person(session, make.supplier(session))


# Making and changing products -------------------------------------------------------------------


def test_a_supplier_makes_a_draft_that_can_be_found(session: Session, draft: Product):
    assert draft.state is ProductState.DRAFT
    assert draft.code == f"SP{draft.id:04d}"
    assert "shaofen" in draft.search_text
    assert "500克/袋" in draft.search_text
    assert deeds(session) == ["product.made", "sku.made"]


def test_a_product_may_bring_its_own_code(session: Session, supplier: Supplier, vendor: Person):
    product = make_product(session, supplier, FACTS, code="shaofen", is_demo=True, by=vendor)
    assert (product.code, product.is_demo) == ("shaofen", True)


def test_the_shops_own_codes_are_refused(
    session: Session, supplier: Supplier, vendor: Person, coordinator: Person
):
    with pytest.raises(Refused, match="由商城分配"):
        make_product(session, supplier, FACTS, code="SP0001", by=vendor)
    with pytest.raises(Refused, match="由商城分配"):
        make_supplier(session, SupplierFacts("甲", "三义乡"), code="GY001", by=coordinator)


@pytest.mark.parametrize("who", ["buyer", "inspector", "stranger", "other"])
def test_only_its_supplier_and_coordinators_change_a_product(
    session: Session, draft: Product, who: str, request: pytest.FixtureRequest, files: FolderFiles
):
    by = other_vendor(session) if who == "other" else request.getfixturevalue(who)
    sku = draft.skus[0]
    for attempt in (
        lambda: make_product(session, draft.supplier, FACTS, by=by),
        lambda: change_product(session, draft, FACTS, by=by),
        lambda: make_sku(session, draft, BAG, by=by),
        lambda: change_sku(session, sku, BAG, by=by),
        lambda: set_tiers(session, sku, [], by=by),
        lambda: submit_product(session, draft, by=by),
        lambda: withdraw_product(session, draft, by=by),
        lambda: set_picture(session, draft, files, picture(), name="a.png", by=by),
        lambda: add_certificate(
            session, draft, files, picture(), name="a", kind=CertificateKind.OTHER, by=by
        ),
    ):
        with pytest.raises(Refused, match=r"供应商"):
            attempt()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"season_from": 3}, "season_to"),
        ({"shelf_life_days": 0}, "shelf_life_days"),
        ({"households_helped": -1}, "households_helped"),
        ({"recognition_no": "渝认 1"}, "recognition_no"),
        ({"recognition_from": dt.date(2026, 1, 1)}, "recognition_no"),
        (
            {
                "recognition_no": "渝认 1",
                "recognition_from": dt.date(2026, 1, 2),
                "recognition_until": dt.date(2026, 1, 1),
            },
            "recognition_until",
        ),
    ],
)
def test_facts_that_make_no_sense_are_refused_beside_their_field(
    session: Session, draft: Product, vendor: Person, changes: dict[str, Any], field: str
):
    facts = dataclasses.replace(FACTS, **changes)
    for attempt in (
        lambda: make_product(session, draft.supplier, facts, by=vendor),
        lambda: change_product(session, draft, facts, by=vendor),
    ):
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.field == field


def test_a_new_name_is_found_at_once(session: Session, draft: Product, vendor: Person):
    change_product(session, draft, dataclasses.replace(FACTS, name="土鸡蛋"), by=vendor)
    assert "tujidan" in draft.search_text
    assert last_facts(session, "product.changed") == {"fields": ["name"]}


def test_nothing_is_recorded_where_nothing_changed(
    session: Session, draft: Product, vendor: Person
):
    assert change_product(session, draft, FACTS, by=vendor) is False
    change_sku(session, draft.skus[0], BAG, by=vendor)
    assert deeds(session) == ["product.made", "sku.made"]


# Listing ------------------------------------------------------------------------------------------


def test_a_draft_is_submitted_approved_and_on_sale(
    session: Session, draft: Product, vendor: Person, coordinator: Person
):
    submit_product(session, draft, by=vendor)
    assert draft.state is ProductState.SUBMITTED
    assert notices_of(session, coordinator) == [
        f"{draft.supplier.name}提交了商品“晶丝苕粉”，请审核。"
    ]
    approve_listing(session, draft, seen_at=draft.submitted_at, by=coordinator)
    assert draft.is_on_sale
    assert draft.listed_at
    assert notices_of(session, vendor) == ["商品“晶丝苕粉”已通过审核，现在在售。"]
    assert deeds(session)[-2:] == ["product.submitted", "product.listed"]


def test_what_is_missing_is_named_all_at_once(session: Session, supplier: Supplier, vendor: Person):
    bare = make_product(session, supplier, dataclasses.replace(FACTS, description=""), by=vendor)
    with pytest.raises(Refused, match="缺少：至少一个可订的规格、商品图片、商品说明"):
        submit_product(session, bare, by=vendor)
    make_sku(session, bare, dataclasses.replace(BAG, is_offered=False), by=vendor)
    with pytest.raises(Refused, match="至少一个可订的规格"):
        submit_product(session, bare, by=vendor)


@pytest.mark.parametrize("who", ["vendor", "admin", "buyer", "inspector"])
def test_only_a_coordinator_approves_or_returns(
    session: Session, draft: Product, vendor: Person, who: str, request: pytest.FixtureRequest
):
    submit_product(session, draft, by=vendor)
    by = request.getfixturevalue(who)
    with pytest.raises(Refused, match="由统筹协调人员审核"):
        approve_listing(session, draft, by=by)
    with pytest.raises(Refused, match="由统筹协调人员审核"):
        return_listing(session, draft, reason="不行", by=by)
    assert draft.state is ProductState.SUBMITTED


def test_nobody_approves_what_the_supplier_changed_since(
    session: Session, draft: Product, vendor: Person, coordinator: Person
):
    submit_product(session, draft, by=vendor)
    seen_at = draft.submitted_at
    change_sku(session, draft.skus[0], dataclasses.replace(BAG, price_fen=9900), by=vendor)
    with pytest.raises(Refused, match="刚刚修改"):
        approve_listing(session, draft, seen_at=seen_at, by=coordinator)
    approve_listing(session, draft, seen_at=draft.submitted_at, by=coordinator)


def test_a_draft_is_not_approved(session: Session, draft: Product, coordinator: Person):
    with pytest.raises(Refused, match="当前状态是“草稿”"):
        approve_listing(session, draft, by=coordinator)


def test_a_suspended_suppliers_product_is_not_approved(
    session: Session, draft: Product, vendor: Person, coordinator: Person
):
    submit_product(session, draft, by=vendor)
    suspend_supplier(session, draft.supplier, reason="许可证到期", by=coordinator)
    with pytest.raises(Refused, match="已暂停销售"):
        approve_listing(session, draft, by=coordinator)


def test_a_returned_product_says_why_until_it_is_submitted_again(
    session: Session, draft: Product, vendor: Person, coordinator: Person
):
    submit_product(session, draft, by=vendor)
    with pytest.raises(Refused, match="退回的原因"):
        return_listing(session, draft, reason=" ", by=coordinator)
    return_listing(session, draft, reason=" 缺少检测报告 ", by=coordinator)
    assert (draft.state, draft.returned_reason) == (ProductState.RETURNED, "缺少检测报告")
    assert notices_of(session, vendor) == ["商品“晶丝苕粉”被退回：缺少检测报告"]
    submit_product(session, draft, by=vendor)
    assert draft.returned_reason == ""


def test_a_withdrawn_product_may_come_back(
    session: Session, listed: Product, vendor: Person, coordinator: Person
):
    withdraw_product(session, listed, by=vendor)
    assert not listed.is_on_sale
    submit_product(session, listed, by=vendor)
    approve_listing(session, listed, by=coordinator)
    withdraw_product(session, listed, by=coordinator)
    assert notices_of(session, vendor)[-1] == "商品“晶丝苕粉”已由统筹协调人员下架。"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "龙须苕粉"},
        {"description": "新的说明"},
        {
            "recognition_no": "渝认 1",
            "recognition_from": dt.date(2026, 1, 1),
            "recognition_until": dt.date(2026, 12, 31),
        },
        {"households_helped": 99},
    ],
)
def test_a_supplier_who_changes_what_was_approved_needs_a_new_approval(
    session: Session,
    listed: Product,
    vendor: Person,
    coordinator: Person,
    changes: dict[str, Any],
):
    assert change_product(session, listed, dataclasses.replace(FACTS, **changes), by=vendor)
    assert listed.state is ProductState.SUBMITTED
    assert notices_of(session, coordinator)[-1].endswith("请重新审核。")
    assert deeds(session)[-1] == "product.sent_back_for_review"


def test_a_new_price_tier_sku_or_picture_needs_a_new_approval(
    session: Session, listed: Product, vendor: Person, coordinator: Person, files: FolderFiles
):
    sku = listed.skus[0]
    for change in (
        lambda: change_sku(session, sku, dataclasses.replace(BAG, price_fen=2600), by=vendor),
        lambda: set_tiers(session, sku, [Tier(10_000, 2300)], by=vendor),
        lambda: make_sku(session, listed, dataclasses.replace(BAG, name="大袋"), by=vendor),
        lambda: set_picture(session, listed, files, picture(), name="a.png", by=vendor),
    ):
        change()
        assert listed.state is ProductState.SUBMITTED
        approve_listing(session, listed, by=coordinator)


def test_other_changes_leave_a_product_on_sale(
    session: Session, listed: Product, vendor: Person, files: FolderFiles
):
    facts = dataclasses.replace(FACTS, season_from=10, season_to=12, storage="阴凉干燥")
    assert change_product(session, listed, facts, by=vendor) is False
    change_sku(
        session,
        listed.skus[0],
        dataclasses.replace(BAG, min_milli=2000, is_offered=False),
        by=vendor,
    )
    add_certificate(
        session,
        listed,
        files,
        picture(),
        name="检测.png",
        kind=CertificateKind.INSPECTION,
        by=vendor,
    )
    assert listed.state is ProductState.LISTED


def test_a_coordinators_own_change_leaves_a_product_on_sale(
    session: Session, listed: Product, coordinator: Person
):
    facts = dataclasses.replace(FACTS, name="龙须苕粉")
    assert change_product(session, listed, facts, by=coordinator) is False
    assert listed.is_on_sale


# SKUs and prices ----------------------------------------------------------------------------------


def test_a_new_price_is_recorded_with_the_old_one(session: Session, draft: Product, vendor: Person):
    change_sku(session, draft.skus[0], dataclasses.replace(BAG, price_fen=2600), by=vendor)
    assert last_facts(session, "sku.price_changed") == {"old_fen": 2500, "new_fen": 2600}


def test_a_reference_price_names_its_source(session: Session, draft: Product, vendor: Person):
    facts = dataclasses.replace(
        BAG, reference_price_fen=3000, reference_source="彭水县农贸市场 2020-09"
    )
    change_sku(session, draft.skus[0], facts, by=vendor)
    assert draft.skus[0].reference_price_fen == 3000


def test_skus_are_numbered_within_their_product(session: Session, draft: Product, vendor: Person):
    second = make_sku(session, draft, dataclasses.replace(BAG, name="大袋"), by=vendor)
    own = make_sku(session, draft, BAG, code=f"{draft.code}-4", by=vendor)
    fifth = make_sku(session, draft, BAG, by=vendor)
    assert [second.code, own.code, fifth.code] == [f"{draft.code}-{n}" for n in (2, 4, 5)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"unit": " "}, "unit"),
        ({"price_fen": 0}, "price_fen"),
        ({"price_fen": -1}, "price_fen"),
        ({"reference_price_fen": 0, "reference_source": "市场"}, "reference_price_fen"),
        ({"reference_price_fen": 3000}, "reference_source"),
        ({"step_milli": 0}, "step_milli"),
        ({"step_milli": 500, "min_milli": 500}, "step_milli"),
        ({"min_milli": 0}, "min_milli"),
        ({"min_milli": -1000}, "min_milli"),
        ({"step_milli": 2000, "min_milli": 3000}, "min_milli"),
        ({"for_canteen": False, "for_retail": False}, "for_canteen"),
        ({"is_by_weight": True}, "for_retail"),
    ],
)
def test_a_sku_that_makes_no_sense_is_refused_beside_its_field(
    session: Session, draft: Product, vendor: Person, changes: dict[str, Any], field: str
):
    facts = dataclasses.replace(BAG, **changes)
    for attempt in (
        lambda: make_sku(session, draft, facts, by=vendor),
        lambda: change_sku(session, draft.skus[0], facts, by=vendor),
    ):
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.field == field


def test_the_unit_stays_once_stock_was_moved(session: Session, draft: Product, vendor: Person):
    change_sku(session, draft.skus[0], dataclasses.replace(BAG, unit="包"), by=vendor)
    moved = make.sku(session, product=draft, unit="袋")
    with pytest.raises(Refused, match="不能再改"):
        change_sku(session, moved, dataclasses.replace(BAG, unit="箱"), by=vendor)


def test_tiers_are_cheaper_the_more_one_buys(session: Session, draft: Product, vendor: Person):
    sku = draft.skus[0]
    set_tiers(session, sku, [Tier(10_000, 2400), Tier(50_000, 2200)], by=vendor)
    assert [sku.price_for(n * 1000) for n in (1, 9, 10, 49, 50, 500)] == [
        2500,
        2500,
        2400,
        2400,
        2200,
        2200,
    ]
    set_tiers(session, sku, [], by=vendor)
    assert sku.price_for(500_000) == 2500


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ([Tier(1000, 2400)], "必须大于起订量 1 袋"),
        ([Tier(1500, 2400)], "整数倍"),
        ([Tier(2000, 2500)], "必须低于基础单价 25.00 元"),
        ([Tier(2000, 0)], "必须大于 0 元"),
        ([Tier(5000, 2400), Tier(5000, 2300)], "必须大于上一级 5 袋"),
        ([Tier(5000, 2400), Tier(9000, 2400)], "必须低于上一级 24.00 元"),
        ([Tier(n * 2000, 2500 - n) for n in range(1, 6)], "最多 4 级"),
    ],
)
def test_tiers_that_do_not_fall_are_refused(
    session: Session, draft: Product, vendor: Person, tiers: list[Tier], words: str
):
    with pytest.raises(Refused, match=words) as refusal:
        set_tiers(session, draft.skus[0], tiers, by=vendor)
    assert (refusal.value.field or "").startswith("tier_")


def test_a_price_below_its_tiers_is_refused(session: Session, draft: Product, vendor: Person):
    set_tiers(session, draft.skus[0], [Tier(10_000, 2400)], by=vendor)
    with pytest.raises(Refused, match="必须低于基础单价"):
        change_sku(session, draft.skus[0], dataclasses.replace(BAG, price_fen=2300), by=vendor)


def test_sales_are_counted(session: Session, draft: Product):
    note_sale(session, draft.id)
    note_sale(session, draft.id)
    session.refresh(draft)
    assert draft.sold_count == 2


# Pictures and certificates ------------------------------------------------------------------------


def test_a_picture_is_public_and_belongs_to_the_supplier(
    session: Session, draft: Product, vendor: Person, files: FolderFiles
):
    set_picture(session, draft, files, picture(), name="a.png", by=vendor)
    assert draft.picture
    assert (draft.picture.is_public, draft.picture.supplier_id) == (True, draft.supplier_id)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"%PDF-1.4", b"not a picture"])
def test_a_picture_that_is_none_is_refused_beside_its_field(
    session: Session, draft: Product, vendor: Person, files: FolderFiles, content: bytes
):
    with pytest.raises(Refused) as refusal:
        set_picture(session, draft, files, content, name="a.png", by=vendor)
    assert refusal.value.field == "file"
    assert draft.picture is None


def test_a_certificate_has_its_file_and_validity(
    session: Session, draft: Product, vendor: Person, files: FolderFiles
):
    certificate = add_certificate(
        session,
        draft,
        files,
        b"%PDF-1.4 report",
        name="检测报告.pdf",
        kind=CertificateKind.INSPECTION,
        number=" JC-1 ",
        valid_until=dt.date(2027, 1, 1),
        by=vendor,
    )
    assert draft.certificates == [certificate]
    assert certificate.attachment
    assert (certificate.number, certificate.attachment.name) == ("JC-1", "检测报告.pdf")
    assert last_facts(session, "product.certificate_added") == {"kind": "inspection"}


# Suppliers ----------------------------------------------------------------------------------------


def test_a_coordinator_registers_a_supplier(session: Session, coordinator: Person):
    facts = SupplierFacts(name="三义乡五丰合作社", township="三义乡", phone="023-0")
    supplier = make_supplier(session, facts, by=coordinator)
    assert supplier.code == f"GY{supplier.id:03d}"
    assert "wufeng" in supplier.search_text
    with pytest.raises(Refused, match=rf"已登记，编号 {supplier.code}"):
        make_supplier(session, facts, by=coordinator)
    own = dataclasses.replace(facts, name="莲花合作社")
    assert make_supplier(session, own, code="lianhua", by=coordinator).code == "lianhua"
    with pytest.raises(Refused, match="已被使用"):
        make_supplier(
            session,
            dataclasses.replace(facts, name="另一家"),
            code=make.supplier(session).code,
            by=coordinator,
        )


@pytest.mark.parametrize("who", ["vendor", "buyer", "inspector"])
def test_others_neither_register_nor_suspend_suppliers(
    session: Session, who: str, request: pytest.FixtureRequest
):
    by = request.getfixturevalue(who)
    supplier = make.supplier(session)
    for attempt in (
        lambda: make_supplier(session, SupplierFacts("甲", "三义乡"), by=by),
        lambda: suspend_supplier(session, supplier, reason="x", by=by),
        lambda: resume_supplier(session, supplier, by=by),
        lambda: change_supplier(session, supplier, SupplierFacts("甲", "三义乡"), by=by),
    ):
        with pytest.raises(Refused, match="统筹协调"):
            attempt()


def test_products_are_found_by_their_suppliers_new_name(
    session: Session, draft: Product, coordinator: Person
):
    supplier = draft.supplier
    facts = SupplierFacts(name="五丰合作社", township=supplier.township)
    change_supplier(session, supplier, facts, by=coordinator)
    assert "wufenghezuoshe" in draft.search_text
    assert last_facts(session, "supplier.changed") == {"fields": ["name"]}
    change_supplier(session, supplier, facts, by=coordinator)
    assert deeds(session).count("supplier.changed") == 1


def test_a_supplier_changes_its_contact_but_not_its_account(
    session: Session, supplier: Supplier, vendor: Person
):
    facts = SupplierFacts(name=supplier.name, township=supplier.township, contact="田勇")
    change_supplier(session, supplier, facts, by=vendor)
    assert supplier.contact == "田勇"
    with pytest.raises(Refused, match="收款账户由统筹协调人员核对"):
        change_supplier(
            session, supplier, dataclasses.replace(facts, bank_account="6200"), by=vendor
        )


def test_a_suspended_suppliers_products_vanish_from_sale(
    session: Session, listed: Product, vendor: Person, coordinator: Person
):
    with pytest.raises(Refused, match="暂停的原因"):
        suspend_supplier(session, listed.supplier, reason="", by=coordinator)
    suspend_supplier(session, listed.supplier, reason="许可证到期", by=coordinator)
    assert listed.supplier.state is SupplierState.SUSPENDED
    assert not listed.is_on_sale
    assert "许可证到期" in notices_of(session, vendor)[-1]
    resume_supplier(session, listed.supplier, by=coordinator)
    assert listed.is_on_sale
    assert listed.supplier.suspended_reason == ""
