"""Ask for purchases outside the shop, and who may make and decide them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from market.accounts.models import Person
from market.adapters.pinyin import patterns
from market.adapters.spreadsheets import Table
from market.catalog.models import Supplier
from market.core import clock
from market.core.access import DESK, UNIT_BUYERS, Role
from market.evidence.models import Attachment
from market.targets.models import (
    Channel,
    Credit,
    OutsideFile,
    OutsideKind,
    OutsidePurchase,
    OutsideState,
)
from market.targets.queries.entries import sum_of
from market.targets.queries.told import Bought
from market.targets.queries.twins import APART, receipt_key
from market.units.models import Unit, UnitState

LIVE_STATES = (OutsideState.SUBMITTED, OutsideState.VERIFIED)


@dataclass(frozen=True)
class OutsideWanted:
    """Which purchases a list shows; ``None`` leaves a word out."""

    year: int | None = None
    state: OutsideState | None = None
    kind: OutsideKind | None = None
    unit: str = ""
    words: str = ""


@dataclass(frozen=True)
class OutsideSums:
    """What a list of purchases comes to: all of them, and those that count."""

    rows: int
    amount_fen: int
    counted_fen: int


def may_report_outside(person: Person) -> bool:
    """Tell whether somebody may submit purchases: the buyers of a unit that exists."""
    unit = person.unit
    return person.role in UNIT_BUYERS and unit is not None and unit.state is UnitState.ACTIVE


def may_decide_outside(made: OutsidePurchase, person: Person) -> bool:
    """Tell whether somebody may verify or return a purchase: a coordinator who neither made it nor is of the unit."""
    return (
        person.role is Role.COORDINATOR
        and person.id != made.made_by_id
        and person.unit_id != made.unit_id
    )


def purchases_for(person: Person, wanted: OutsideWanted) -> sa.Select[Any]:
    """Select the purchases that a person may see, the latest first: their unit's, or all from the desk."""
    select = (
        sa.select(OutsidePurchase)
        .join(OutsidePurchase.unit)
        .options(
            contains_eager(OutsidePurchase.unit),
            joinedload(OutsidePurchase.made_by),
            joinedload(OutsidePurchase.verified_by),
            joinedload(OutsidePurchase.supplier),
        )
        .order_by(OutsidePurchase.bought_on.desc(), OutsidePurchase.id.desc())
    )
    if person.role not in DESK:
        select = select.where(OutsidePurchase.unit_id == person.unit_id)
    if wanted.year is not None:
        year = wanted.year
        first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        select = select.where(OutsidePurchase.bought_on.between(first, last))
    if wanted.state is not None:
        select = select.where(OutsidePurchase.state == wanted.state)
    if wanted.kind is not None:
        select = select.where(OutsidePurchase.kind == wanted.kind)
    if wanted.unit:
        select = select.where(Unit.code == wanted.unit)
    for pattern in patterns(wanted.words):
        select = select.where(
            sa.or_(
                Unit.search_text.ilike(pattern, escape="\\"),
                OutsidePurchase.seller.ilike(pattern, escape="\\"),
                OutsidePurchase.products.ilike(pattern, escape="\\"),
                OutsidePurchase.number.ilike(pattern, escape="\\"),
                OutsidePurchase.invoice_no.ilike(pattern, escape="\\"),
                OutsidePurchase.order_no.ilike(pattern, escape="\\"),
                OutsidePurchase.receipt_no.ilike(pattern, escape="\\"),
            )
        )
    return select


def outside_sums(session: Session, select: sa.Select[Any]) -> OutsideSums:
    """Return the sums over all pages of a list of purchases."""
    verified = sa.case(
        (OutsidePurchase.state == OutsideState.VERIFIED, OutsidePurchase.amount_fen), else_=0
    )
    row = session.execute(
        select.order_by(None).with_only_columns(
            sa.func.count(),
            sum_of(OutsidePurchase.amount_fen),
            sum_of(verified),
            maintain_column_froms=True,
        )
    ).one()
    return OutsideSums(*row)


def outside_for(session: Session, person: Person, number: str) -> OutsidePurchase | None:
    """Return a purchase with everything its page shows, if this person may see it."""
    return session.scalars(
        purchases_for(person, OutsideWanted())
        .where(OutsidePurchase.number == number)
        .options(
            joinedload(OutsidePurchase.reversed_by),
            selectinload(OutsidePurchase.files).joinedload(OutsideFile.attachment, innerjoin=True),
        )
    ).one_or_none()


def credits_of_purchase(session: Session, made: OutsidePurchase) -> Sequence[Credit]:
    """Return what a purchase counted, and what was taken back of it."""
    return session.scalars(
        sa.select(Credit).where(Credit.outside_purchase_id == made.id).order_by(Credit.id)
    ).all()


@dataclass(frozen=True)
class Repeated:
    """A file of a purchase whose content proves another one, too."""

    file: str
    number: str
    unit: str
    is_other_unit: bool


def repeated_evidence(session: Session, made: OutsidePurchase) -> Sequence[Repeated]:
    """Name the files whose content also proves another purchase, of whatever unit and state."""
    mine, theirs = aliased(Attachment), aliased(Attachment)
    other_file = aliased(OutsideFile)
    rows = session.execute(
        sa.select(mine.name, OutsidePurchase.number, Unit.name, OutsidePurchase.unit_id)
        .join(OutsideFile, OutsideFile.attachment_id == mine.id)
        .join(theirs, theirs.file_id == mine.file_id)
        .join(other_file, other_file.attachment_id == theirs.id)
        .join(OutsidePurchase, OutsidePurchase.id == other_file.purchase_id)
        .join(Unit, Unit.id == OutsidePurchase.unit_id)
        .where(OutsideFile.purchase_id == made.id, other_file.purchase_id != made.id)
        .order_by(OutsidePurchase.number)
        .distinct()
    )
    return [Repeated(name, number, unit, id_ != made.unit_id) for name, number, unit, id_ in rows]


def live_papers(
    session: Session, invoices: Iterable[tuple[str, str]], orders: Iterable[str]
) -> tuple[Mapping[tuple[str, str], OutsidePurchase], Mapping[str, OutsidePurchase]]:
    """Return who among the live purchases has these invoices (code, number) and order numbers."""
    wanted = {number for _, number in invoices if number}
    by_invoice, by_order = {}, {}
    rows = session.scalars(
        sa.select(OutsidePurchase)
        .where(
            OutsidePurchase.state.in_(LIVE_STATES),
            sa.or_(
                OutsidePurchase.invoice_no.in_(wanted),
                OutsidePurchase.order_no.in_({order for order in orders if order}),
            ),
        )
        .options(joinedload(OutsidePurchase.unit))
    )
    for made in rows:
        by_invoice[made.invoice_code, made.invoice_no] = made
        by_order[made.order_no] = made
    by_invoice.pop(("", ""), None)
    by_order.pop("", None)
    return by_invoice, by_order


def live_receipts(
    session: Session, unit_id: int, bought: Sequence[Bought]
) -> Sequence[OutsidePurchase | None]:
    """Return for each the live purchase of a unit that has its receipt, of its day or one beside it."""
    keys = [receipt_key(told.receipt_no) for told in bought]
    wanted = set(keys) - {""}
    rows: Sequence[OutsidePurchase] = []
    if wanted:
        rows = session.scalars(
            sa.select(OutsidePurchase)
            .where(
                OutsidePurchase.state.in_(LIVE_STATES),
                OutsidePurchase.unit_id == unit_id,
                OutsidePurchase.receipt_no.in_(wanted),
            )
            .options(joinedload(OutsidePurchase.unit))
            .order_by(OutsidePurchase.id)
        ).all()
    return [
        next(
            (
                made
                for made in rows
                if made.receipt_no == key and abs(made.bought_on - told.bought_on) <= APART
            ),
            None,
        )
        for key, told in zip(keys, bought, strict=True)
    ]


def suppliers_named(session: Session, names: Iterable[str]) -> dict[str, Supplier]:
    """Return those of our suppliers that have one of these names."""
    found = session.scalars(sa.select(Supplier).where(Supplier.name.in_(set(names))))
    return {supplier.name: supplier for supplier in found}


def supplier_names(session: Session) -> Sequence[str]:
    """Return the names of our suppliers, to choose a seller from."""
    return session.scalars(sa.select(Supplier.name).order_by(Supplier.name)).all()


def outside_table(rows: Sequence[OutsidePurchase], sums: OutsideSums, told: str = "") -> Table:
    """Return a list of purchases as a table to take away, with its sums."""
    return Table(
        title="平台外申报",
        note=f"截至 {clock.today()}；单位：元；只有已核实的计入完成数"
        + (f"；筛选：{told}" if told else ""),
        columns=(
            ("编号", "text"),
            ("购买日期", "day"),
            ("单位", "text"),
            ("渠道", "text"),
            ("销售方", "text"),
            ("商品", "text"),
            ("金额(元)", "yuan"),
            ("发票代码", "text"),
            ("发票号码", "text"),
            ("平台订单号", "text"),
            ("小票号", "text"),
            ("状态", "text"),
            ("填报人", "text"),
            ("核实人", "text"),
        ),
        rows=[
            (
                made.number,
                made.bought_on,
                made.unit.name,
                made.kind.label,
                made.seller,
                made.products,
                made.amount_fen,
                made.invoice_code,
                made.invoice_no,
                made.order_no,
                made.receipt_no,
                made.state.label,
                made.made_by.name,
                made.verified_by.name if made.verified_by else "",
            )
            for made in rows
        ],
        total=(f"合计（{sums.rows} 条）", *("",) * 5, sums.amount_fen, *("",) * 7),
    )


def verify_outside(session: Session) -> list[str]:
    """Name every purchase whose credits are not what its state says, and every odd counter-row."""
    first, back = aliased(Credit), aliased(Credit)
    due = sa.case(
        (
            OutsidePurchase.state.in_((OutsideState.VERIFIED, OutsideState.REVERSED)),
            OutsidePurchase.amount_fen,
        ),
        else_=0,
    )
    taken = sa.case((OutsidePurchase.state == OutsideState.REVERSED, -due), else_=0)
    rows = session.execute(
        sa.select(OutsidePurchase.number, due, first.amount_fen, taken, back.amount_fen)
        .outerjoin(
            first,
            sa.and_(first.outside_purchase_id == OutsidePurchase.id, first.reverses_id.is_(None)),
        )
        .outerjoin(back, back.reverses_id == first.id)
        .where(
            sa.or_(
                sa.func.coalesce(first.amount_fen, 0) != due,
                sa.func.coalesce(back.amount_fen, 0) != taken,
                first.unit_id != OutsidePurchase.unit_id,
                first.channel != Channel.OUTSIDE,
            )
        )
        .order_by(OutsidePurchase.id)
    )
    found = [
        f"平台外申报 {number}：应计入 {due_fen} 分、冲销 {taken_fen} 分，"
        f"实际计入 {fen or 0} 分、冲销 {back_fen or 0} 分，或单位、渠道不符"
        for number, due_fen, fen, taken_fen, back_fen in rows
    ]
    odd = session.execute(
        sa.select(back.id, first.id)
        .join(first, first.id == back.reverses_id)
        .where(
            sa.or_(
                back.amount_fen != -first.amount_fen,
                back.unit_id != first.unit_id,
                back.channel != first.channel,
                back.happened_on != first.happened_on,
                back.outside_purchase_id != first.outside_purchase_id,
            )
        )
        .order_by(back.id)
    )
    return found + [f"计入记录 {id_} 与它冲销的 {of} 不相抵" for id_, of in odd]
