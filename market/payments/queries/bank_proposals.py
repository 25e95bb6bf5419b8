"""Ask what a transfer was probably paid for: what its codes name, and what else fits."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core import money
from market.ordering.models import BuyingFor, Order, Terms
from market.ordering.queries import shown_state
from market.payments.models import Payment, Statement
from market.payments.queries.bank_queue import codes_of, payable_orders, payable_statements
from market.units.models import Unit

MOST_CANDIDATES = 5
MOST_LOOKED_AT = 400


@dataclass(frozen=True)
class Part:
    """One code of a transfer: what it names, what that takes now, and why it takes nothing.

    ``owed_fen`` is 0 where it takes nothing.
    """

    code: str
    owed_fen: int
    why_not: str
    order: Order | None = None
    statement: Statement | None = None

    @property
    def unit(self) -> Unit | None:
        """The unit that owes it; none of what a person bought for themselves, and of nothing."""
        if self.statement is not None:
            return self.statement.unit
        if self.order is None or self.order.buying_for is BuyingFor.SELF:
            return None
        return self.order.unit

    @property
    def whose(self) -> str:
        """The name of who owes it; empty where the code names nothing."""
        if self.unit is not None:
            return self.unit.name
        return self.order.placed_by.name if self.order is not None else ""

    def is_anothers(self, payment: Payment) -> bool:
        """Whether a transfer came from somebody else than who owes this, as far as the bank says."""
        account = _account(self.unit)
        by_account = bool(account) and account == payment.payer_account
        named = bool(payment.payer_name) and bool(self.whose)
        return named and payment.payer_name != self.whose and not by_account


@dataclass(frozen=True)
class Candidate:
    """Something that is owed and may have been meant, and why it is thought so."""

    code: str
    owed_fen: int
    whose: str
    why: str


@dataclass(frozen=True)
class Proposal:
    """What a transfer's codes come to; ``why_not`` is empty where it is exact."""

    parts: Sequence[Part]
    why_not: str
    candidates: Sequence[Candidate] = ()

    @property
    def is_exact(self) -> bool:
        """Whether everything that it names takes money, and exactly as much as is free."""
        return not self.why_not


def parts_of(session: Session, codes: Sequence[str]) -> dict[str, Part]:
    """Return what each code names and takes now, in three queries."""
    orders = payable_orders(Order.number.in_(codes))
    statements = payable_statements(Statement.number.in_(codes))
    found: dict[str, Part] = {}
    for order, owed in session.execute(
        sa.select(Order, orders.c.owed)
        .outerjoin(orders, orders.c.id == Order.id)
        .where(Order.number.in_(codes))
        .options(joinedload(Order.unit), joinedload(Order.placed_by))
    ):
        why = "" if owed else _why_not(order)
        found[order.number] = Part(order.number, int(owed or 0), why, order=order)
    for statement, owed in session.execute(
        sa.select(Statement, statements.c.owed)
        .outerjoin(statements, statements.c.id == Statement.id)
        .where(Statement.number.in_(codes))
        .options(joinedload(Statement.unit))
    ):
        why = "" if owed else f"结算单 {statement.number} 没有待付的金额"
        found[statement.number] = Part(statement.number, int(owed or 0), why, statement=statement)
    return {code: found.get(code, Part(code, 0, f"编号 {code} 不存在")) for code in codes}


def proposals(
    session: Session, payments: Sequence[Payment], *, with_candidates: bool = True
) -> dict[int, Proposal]:
    """Return what each of some transfers was probably paid for, by its id."""
    codes = codes_of(session, *payments)
    parts = parts_of(session, sorted({code for some in codes.values() for code in some}))
    made = {
        payment.id: _proposal(payment, [parts[code] for code in codes[payment.id]])
        for payment in payments
    }
    if not with_candidates:
        return made
    unsure = [payment for payment in payments if not made[payment.id].is_exact]
    for payment_id, candidates in _candidates(session, unsure).items():
        plain = made[payment_id]
        named = {part.code for part in plain.parts}
        others = [one for one in candidates if one.code not in named]
        made[payment_id] = Proposal(plain.parts, plain.why_not, others[:MOST_CANDIDATES])
    return made


def _proposal(payment: Payment, parts: Sequence[Part]) -> Proposal:
    if not parts:
        return Proposal((), "附言里没有订单或结算单编号")
    problems = [part.why_not for part in parts if part.why_not]
    owed_fen = sum(part.owed_fen for part in parts)
    over_fen = payment.free_fen - owed_fen
    if not problems and over_fen:
        word = "多付" if over_fen > 0 else "少付"
        problems = [f"{word} {money.yuan(abs(over_fen))} 元（应付 {money.yuan(owed_fen)} 元）"]
    return Proposal(parts, "；".join(problems))


def _why_not(order: Order) -> str:
    """Return why an order takes no money now."""
    state = shown_state(order)
    if order.terms is Terms.ON_ACCOUNT and state.value in ("open", "completed", "submitted"):
        return f"订单 {order.number} 目前没有应付金额（先货后款，验收后按实收结算）"
    if state.value in ("open", "completed"):
        return f"订单 {order.number} 已付清"
    return f"编号 {order.number} 属于“{state.label}”的订单"


def _candidates(session: Session, payments: Sequence[Payment]) -> dict[int, list[Candidate]]:
    """Return what is owed to exactly the free amount, or by whom the money seems to be."""
    if not payments:
        return {}
    amounts = {payment.free_fen for payment in payments}
    names = {payment.payer_name for payment in payments} - {""}
    accounts = {payment.payer_account for payment in payments} - {""}
    account = sa.func.replace(Unit.bank_account, " ", "")
    theirs = sa.select(Unit.id).where(sa.or_(account.in_(accounts), Unit.name.in_(names)))
    own = sa.select(Person.id).where(Person.name.in_(names))
    orders, statements = payable_orders(), payable_statements()
    rows = session.execute(
        sa.select(Order, orders.c.owed)
        .join(orders, orders.c.id == Order.id)
        .where(
            sa.or_(
                orders.c.owed.in_(amounts),
                (Order.buying_for != BuyingFor.SELF) & Order.unit_id.in_(theirs),
                (Order.buying_for == BuyingFor.SELF) & Order.placed_by_id.in_(own),
            )
        )
        .order_by(Order.id.desc())
        .limit(MOST_LOOKED_AT)
        .options(joinedload(Order.unit), joinedload(Order.placed_by))
    )
    owing: list[tuple[str, int, Unit | None, str]] = []
    for order, owed in rows:
        unit = None if order.buying_for is BuyingFor.SELF else order.unit
        owing.append((order.number, int(owed), unit, unit.name if unit else order.placed_by.name))
    bills = session.execute(
        sa.select(Statement, statements.c.owed)
        .join(statements, statements.c.id == Statement.id)
        .where(sa.or_(statements.c.owed.in_(amounts), Statement.unit_id.in_(theirs)))
        .order_by(Statement.id.desc())
        .limit(MOST_LOOKED_AT)
        .options(joinedload(Statement.unit))
    )
    for statement, owed in bills:
        owing.append((statement.number, int(owed), statement.unit, statement.unit.name))
    return {payment.id: _fitting(payment, owing) for payment in payments}


def _fitting(
    payment: Payment, owing: Sequence[tuple[str, int, Unit | None, str]]
) -> list[Candidate]:
    """Return what fits a transfer, the best first."""
    ranked: list[tuple[int, Candidate]] = []
    for code, owed_fen, unit, whose in owing:
        reasons = []
        if owed_fen == payment.free_fen:
            reasons.append("金额相同")
        account = _account(unit)
        if account and account == payment.payer_account:
            reasons.append("付款账号是该单位登记的账号")
        if whose == payment.payer_name:
            reasons.append("付款户名相同")
        if reasons:
            ranked.append((-len(reasons), Candidate(code, owed_fen, whose, "，".join(reasons))))
    return [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0])]


def _account(unit: Unit | None) -> str:
    return unit.bank_account.replace(" ", "") if unit else ""
