"""Suppliers: who they are, and whether they may sell."""

import datetime as dt
import re
import secrets
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from market.accounts.models import Person
from market.accounts.queries import people_of_supplier
from market.adapters.pinyin import search_text
from market.audit.services import record
from market.catalog.models import KEEPERS, Product, Supplier, SupplierState
from market.core.errors import Refused
from market.core.states import move
from market.notices.services import tell

_OWN_CODE = re.compile(r"GY\d+")


@dataclass(frozen=True)
class SupplierFacts:
    """What is written down about a supplier."""

    name: str
    township: str
    address: str = ""
    contact: str = ""
    phone: str = ""
    intro: str = ""
    licence_no: str = ""
    licence_until: dt.date | None = None
    bank_name: str = ""
    bank_account: str = ""


def make_supplier(
    session: Session, facts: SupplierFacts, *, code: str = "", by: Person
) -> Supplier:
    """Register a supplier; without a code of its own it gets the next one.

    Only a coordinator or administrator may. Refuses a name or code that is taken.
    """
    _check_keeper(by)
    _check_name(session, facts.name, None)
    if code and session.scalar(sa.select(Supplier.id).where(Supplier.code == code)):
        raise Refused(f"供应商编号“{code}”已被使用，请换一个。", field="code")
    if _OWN_CODE.fullmatch(code):
        raise Refused("GY 加数字的编号由商城分配，请换一个编号或留空。", field="code")
    supplier = Supplier(code=code or secrets.token_hex(8), **asdict(facts))
    session.add(supplier)
    session.flush()
    if not code:
        supplier.code = f"GY{supplier.id:03d}"
    supplier.search_text = search_text(supplier.name, supplier.township, supplier.code)
    session.flush()
    record(session, "supplier.made", supplier, by=by, code=supplier.code)
    return supplier


def change_supplier(
    session: Session, supplier: Supplier, facts: SupplierFacts, *, by: Person
) -> None:
    """Write down a supplier anew; its products are found by the new name.

    The supplier's own people may change all but the name, the licence and the bank
    account, which a coordinator checks. Nothing is recorded where nothing changed.
    """
    if not supplier.is_changed_by(by):
        raise Refused("只有该供应商和统筹协调人员可以修改，请联系他们。")
    given = asdict(facts)
    changed = [name for name, value in given.items() if getattr(supplier, name) != value]
    checked = {"name", "licence_no", "licence_until", "bank_name", "bank_account"}
    if by.role not in KEEPERS and checked & set(changed):
        raise Refused("名称、许可证和收款账户由统筹协调人员核对后修改，请联系统筹协调人员。")
    _check_name(session, facts.name, supplier)
    for name in changed:
        setattr(supplier, name, given[name])
    supplier.search_text = search_text(supplier.name, supplier.township, supplier.code)
    session.flush()
    if "name" in changed:
        _name_anew(session, supplier)
    if changed:
        record(session, "supplier.changed", supplier, by=by, fields=changed)


def suspend_supplier(session: Session, supplier: Supplier, *, reason: str, by: Person) -> None:
    """Stop a supplier from selling: its products vanish from sale, its orders go on."""
    _check_keeper(by)
    if not reason.strip():
        raise Refused("请填写暂停的原因，供应商会看到。", field="reason")
    move(session, supplier, SupplierState.SUSPENDED)
    supplier.suspended_reason = reason.strip()
    session.flush()
    record(session, "supplier.suspended", supplier, by=by)
    tell(
        session,
        people_of_supplier(session, supplier.id),
        f"贵单位的商品已暂停销售：{supplier.suspended_reason}。已接的订单请继续履行。",
        path="/desk/goods",
    )


def resume_supplier(session: Session, supplier: Supplier, *, by: Person) -> None:
    """Let a suspended supplier sell again."""
    _check_keeper(by)
    move(session, supplier, SupplierState.ACTIVE)
    supplier.suspended_reason = ""
    session.flush()
    record(session, "supplier.resumed", supplier, by=by)
    tell(
        session,
        people_of_supplier(session, supplier.id),
        "贵单位已恢复销售，在售商品重新上架。",
        path="/desk/goods",
    )


def _name_anew(session: Session, supplier: Supplier) -> None:
    products = session.scalars(
        sa.select(Product)
        .where(Product.supplier_id == supplier.id)
        .options(selectinload(Product.skus))
    ).all()
    for product in products:
        product.search_text = search_text(*product.words)


def _check_keeper(by: Person) -> None:
    if by.role not in KEEPERS:
        raise Refused("供应商由统筹协调人员登记和管理，请联系统筹协调人员。")


def _check_name(session: Session, name: str, supplier: Supplier | None) -> None:
    same = session.scalar(sa.select(Supplier).where(Supplier.name == name))
    if same and same is not supplier:
        raise Refused(f"供应商“{name}”已登记，编号 {same.code}，请直接修改它。", field="name")
