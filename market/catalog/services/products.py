"""Products: what they are, their picture and their certificates."""

import datetime as dt
import re
import secrets
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.adapters.pinyin import search_text
from market.audit.services import record
from market.catalog.models import (
    Category,
    Certificate,
    CertificateKind,
    Product,
    ProductState,
    Supplier,
)
from market.catalog.services.claim import claim_product, send_back_for_review
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.evidence.services import attach

# What a coordinator approved: a supplier who changes it needs a new approval.
REVIEWED = (
    "name",
    "category",
    "township",
    "origin",
    "description",
    "recognition_no",
    "recognition_from",
    "recognition_until",
    "households_helped",
)

_OWN_CODE = re.compile(r"SP\d+")


@dataclass(frozen=True)
class ProductFacts:
    """What is written down about a product; months are 1–12, none means all year."""

    name: str
    category: Category
    township: str
    origin: str = ""
    season_from: int | None = None
    season_to: int | None = None
    description: str = ""
    storage: str = ""
    shelf_life_days: int | None = None
    recognition_no: str = ""
    recognition_from: dt.date | None = None
    recognition_until: dt.date | None = None
    households_helped: int = 0


def make_product(
    session: Session,
    supplier: Supplier,
    facts: ProductFacts,
    *,
    code: str = "",
    illustration: str = "",
    is_demo: bool = False,
    by: Person,
) -> Product:
    """Make a draft of the supplier; without a code of its own it gets one.

    ``illustration`` is the name of a file in ``static/products``.
    """
    if not supplier.is_changed_by(by):
        raise Refused("只能为本单位新建商品；其他供应商的商品请联系统筹协调人员。")
    if _OWN_CODE.fullmatch(code):
        raise Refused("SP 加数字的编号由商城分配，请换一个编号。", field="code")
    _check(facts)
    product = Product(
        code=code or secrets.token_hex(8),
        illustration=illustration,
        is_demo=is_demo,
        **asdict(facts),
    )
    product.supplier = supplier
    session.add(product)
    session.flush()
    if not code:
        product.code = f"SP{product.id:04d}"
    product.search_text = search_text(*product.words)
    session.flush()
    record(session, "product.made", product, by=by, code=product.code)
    return product


def change_product(session: Session, product: Product, facts: ProductFacts, *, by: Person) -> bool:
    """Write a product down anew; return whether it now waits for a new approval.

    It does when it was listed and its supplier changed what had been approved
    (``REVIEWED``). Nothing is recorded where nothing changed.
    """
    claim_product(session, product, by=by)
    _check(facts)
    given = asdict(facts)
    changed = [name for name, value in given.items() if getattr(product, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(product, name, given[name])
    product.search_text = search_text(*product.words)
    session.flush()
    record(session, "product.changed", product, by=by, fields=changed)
    if set(changed) & set(REVIEWED):
        return _reviewed_again(session, product, by=by)
    return False


def set_picture(
    session: Session, product: Product, files: Files, content: bytes, *, name: str, by: Person
) -> bool:
    """Show this picture of the product; return whether it now waits for a new approval."""
    claim_product(session, product, by=by)
    product.picture = _attached(
        session, files, content, name=name, product=product, images_only=True, by=by
    )
    session.flush()
    record(session, "product.picture_set", product, by=by)
    return _reviewed_again(session, product, by=by)


def add_certificate(
    session: Session,
    product: Product,
    files: Files,
    content: bytes,
    *,
    name: str,
    kind: CertificateKind,
    number: str = "",
    valid_until: dt.date | None = None,
    by: Person,
) -> Certificate:
    """Add a paper that proves something about the product, a picture or PDF, seen by everyone."""
    claim_product(session, product, by=by)
    copy = _attached(session, files, content, name=name, product=product, by=by)
    return note_certificate(
        session, product, kind=kind, number=number, valid_until=valid_until, copy=copy, by=by
    )


def note_certificate(
    session: Session,
    product: Product,
    *,
    kind: CertificateKind,
    number: str,
    valid_until: dt.date | None,
    copy: Attachment | None = None,
    by: Person,
) -> Certificate:
    """Write down a paper that the product has, also one of which there is no copy."""
    claim_product(session, product, by=by)
    certificate = Certificate(
        product_id=product.id,
        kind=kind,
        number=number.strip(),
        valid_until=valid_until,
        attachment=copy,
    )
    session.add(certificate)
    session.flush()
    session.expire(product, ["certificates"])
    record(session, "product.certificate_added", product, by=by, kind=kind)
    return certificate


def _attached(
    session: Session,
    files: Files,
    content: bytes,
    *,
    name: str,
    product: Product,
    images_only: bool = False,
    by: Person,
) -> Attachment:
    try:
        return attach(
            session,
            files,
            content,
            name=name,
            by=by,
            is_public=True,
            supplier_id=product.supplier_id,
            images_only=images_only,
        )
    except Refused as refusal:
        raise Refused(str(refusal), field="file") from None


def _reviewed_again(session: Session, product: Product, *, by: Person) -> bool:
    was_listed = product.state is ProductState.LISTED
    send_back_for_review(session, product, by=by)
    return was_listed and product.state is ProductState.SUBMITTED


def _check(facts: ProductFacts) -> None:
    if not facts.name.strip():
        raise Refused("请填写商品名称。", field="name")
    if (facts.season_from is None) != (facts.season_to is None):
        raise Refused("产季的起止月份要么都选，要么都不选（全年供应）。", field="season_to")
    if facts.shelf_life_days is not None and facts.shelf_life_days <= 0:
        raise Refused("保质期必须大于 0 天；不适用请留空。", field="shelf_life_days")
    if facts.households_helped < 0:
        raise Refused("带动户数不能小于 0。", field="households_helped")
    _check_recognition(facts)


def _check_recognition(facts: ProductFacts) -> None:
    given = [bool(facts.recognition_no), facts.recognition_from, facts.recognition_until]
    if any(given) and not all(given):
        raise Refused(
            "认定编号和有效期起止要一起填写；没有认定请都留空，商品照常销售，只是不计入任务。",
            field="recognition_no",
        )
    if (
        facts.recognition_from
        and facts.recognition_until
        and facts.recognition_until < facts.recognition_from
    ):
        raise Refused("认定有效期的截止日早于起始日，请核对。", field="recognition_until")
