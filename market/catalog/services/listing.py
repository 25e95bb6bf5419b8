"""From a draft to the shop and out of it: only a coordinator lists a product."""

import datetime as dt

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role, people_of_supplier
from market.audit.services import record
from market.catalog.models import Product, ProductState, SupplierState
from market.catalog.services.claim import claim_product
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.notices.services import tell


def submit_product(session: Session, product: Product, *, by: Person) -> None:
    """Ask for the product to be listed.

    Refuses, naming all that is missing: a SKU on offer, a picture, a description.
    """
    claim_product(session, product, by=by)
    missing = []
    if not product.offered:
        missing.append("至少一个可订的规格")
    if not (product.picture_id or product.illustration):
        missing.append("商品图片")
    if not product.description.strip():
        missing.append("商品说明")
    if missing:
        raise Refused(f"还不能提交审核，缺少：{'、'.join(missing)}。请补齐后再提交。")
    move(session, product, ProductState.SUBMITTED)
    product.submitted_at = clock.now()
    product.returned_reason = ""
    session.flush()
    record(session, "product.submitted", product, by=by)
    tell(
        session,
        people_in_role(session, Role.COORDINATOR),
        f"{product.supplier.name}提交了商品“{product.name}”，请审核。",
        path="/review",
    )


def approve_listing(
    session: Session, product: Product, *, seen_at: dt.datetime | None = None, by: Person
) -> None:
    """List the product.

    ``seen_at`` is the ``submitted_at`` of what the coordinator read: if the supplier
    changed the product since, it is refused. Nobody but a coordinator may.
    """
    _check_coordinator(by)
    if product.supplier.state is not SupplierState.ACTIVE:
        raise Refused(f"供应商“{product.supplier.name}”已暂停销售，恢复后才能上架它的商品。")
    if seen_at and product.submitted_at != seen_at:
        raise Refused("供应商刚刚修改了这个商品，请看过最新内容再决定。")
    move(
        session,
        product,
        ProductState.LISTED,
        *([Product.submitted_at == seen_at] if seen_at else []),
    )
    product.listed_at = clock.now()
    session.flush()
    record(session, "product.listed", product, by=by)
    _tell_supplier(session, product, f"商品“{product.name}”已通过审核，现在在售。")


def return_listing(session: Session, product: Product, *, reason: str, by: Person) -> None:
    """Send a submitted product back to its supplier, who reads the reason."""
    _check_coordinator(by)
    if not reason.strip():
        raise Refused("请填写退回的原因，供应商据此修改。", field="reason")
    move(session, product, ProductState.RETURNED)
    product.returned_reason = reason.strip()
    session.flush()
    record(session, "product.returned", product, by=by)
    _tell_supplier(session, product, f"商品“{product.name}”被退回：{product.returned_reason}")


def withdraw_product(session: Session, product: Product, *, by: Person) -> None:
    """Take a listed product out of the shop; orders already made go on."""
    claim_product(session, product, by=by)
    move(session, product, ProductState.WITHDRAWN)
    record(session, "product.withdrawn", product, by=by)
    if by.supplier_id is None:
        _tell_supplier(session, product, f"商品“{product.name}”已由统筹协调人员下架。")


def _check_coordinator(by: Person) -> None:
    if by.role is not Role.COORDINATOR:
        raise Refused("商品上架由统筹协调人员审核，请联系统筹协调人员。")


def _tell_supplier(session: Session, product: Product, text: str) -> None:
    tell(
        session,
        people_of_supplier(session, product.supplier_id),
        text[:300],
        path=f"/desk/goods/{product.code}",
    )
