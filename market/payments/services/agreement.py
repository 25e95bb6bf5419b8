"""Let both sides agree with a statement or object to it, put its day off, and remind."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role, people_of_supplier, people_of_unit
from market.audit.services import record
from market.core import clock, money
from market.core.access import UNIT_BUYERS, Role
from market.core.errors import Refused
from market.core.settings import settings
from market.core.states import move
from market.notices.services import tell
from market.payments.models import Allocation, Statement, StatementLine, StatementState
from market.payments.queries.statements import outstanding_fen, outstandings
from market.payments.services.statements import (
    PAYABLE,
    remake,
    take_back_credits,
    take_pair,
)
from market.units.models import Unit

REMIND_BEFORE = dt.timedelta(days=5)
REMIND_AGAIN_DAYS = 7


def side_of(statement: Statement, person: Person) -> str | None:
    """Return for which side of a statement a person speaks: unit, supplier, or neither."""
    if person.role in UNIT_BUYERS and person.unit_id == statement.unit_id:
        return "unit"
    if person.role is Role.SUPPLIER and person.supplier_id == statement.supplier_id:
        return "supplier"
    return None


def confirm_statement(session: Session, statement: Statement, *, by: Person) -> None:
    """Agree with a statement for one's side, once; with both sides' word it is confirmed."""
    side = _side(statement, by)
    said = {
        "unit": (Statement.unit_confirmed_by_id, Statement.unit_confirmed_at),
        "supplier": (Statement.supplier_confirmed_by_id, Statement.supplier_confirmed_at),
    }
    who, when = said[side]
    done = session.scalar(
        sa.update(Statement)
        .where(
            Statement.id == statement.id, Statement.state == StatementState.ISSUED, who.is_(None)
        )
        .values({who: by.id, when: clock.now()})
        .returning(Statement.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(statement)
    if done is None:
        if statement.state is StatementState.ISSUED:
            raise Refused(f"结算单 {statement.number} 您这一方已经确认过，等待对方确认即可。")
        raise Refused(
            f"结算单 {statement.number} 当前是“{statement.state.label}”，不能确认，请刷新页面查看。"
        )
    record(session, "statement.agreed", statement, by=by, side=side)
    if statement.unit_confirmed_by_id and statement.supplier_confirmed_by_id:
        move(session, statement, StatementState.CONFIRMED)
        _tell_both(session, statement, "双方已确认，请按期付款。")
    else:
        _tell_both(session, statement, f"{by.name}已确认，请核对后确认。", but=side)


def object_to_statement(session: Session, statement: Statement, *, words: str, by: Person) -> None:
    """Object to a statement that is not confirmed by both; it waits for a coordinator.

    Whoever has confirmed before confirms anew once it is resolved.
    """
    side = _side(statement, by)
    if not words.strip():
        raise Refused("请写明哪一笔、哪里不对，对方和统筹协调人员会看到。", field="words")
    move(session, statement, StatementState.DISPUTED)
    # Written in full: what the other side said a moment ago was not read here.
    session.execute(
        sa.update(Statement)
        .where(Statement.id == statement.id)
        .values(
            objection=words.strip(),
            objected_by_id=by.id,
            unit_confirmed_by_id=None,
            unit_confirmed_at=None,
            supplier_confirmed_by_id=None,
            supplier_confirmed_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(statement)
    record(session, "statement.disputed", statement, by=by, side=side)
    _tell_both(session, statement, f"{by.name}提出异议，暂停付款，等待统筹协调处理。", but=side)
    tell(
        session,
        people_in_role(session, Role.COORDINATOR),
        f"结算单 {statement.number} 有异议，请处理。",
        path=_path(statement),
    )


def uphold_statement(session: Session, statement: Statement, *, words: str, by: Person) -> None:
    """Decide that a disputed statement stands, with words for both sides; coordinators only."""
    _check_coordinator(by)
    _check_words(words)
    move(session, statement, StatementState.ISSUED)
    statement.resolution = words.strip()
    session.flush()
    record(session, "statement.upheld", statement, by=by)
    _tell_both(session, statement, "经统筹协调核实无误，请重新确认。")


def void_statement(session: Session, statement: Statement, *, words: str, by: Person) -> Statement:
    """Declare a statement void and make it anew, with the claims settled since; return the new one.

    Coordinators only; refuses a confirmed one, one that was paid of, and one whose rest
    is on another by now.
    """
    _check_coordinator(by)
    _check_words(words)
    take_pair(session, statement)
    own = Allocation.statement_id == statement.id
    paid_fen = session.scalar(sa.select(sa.func.sum(Allocation.amount_fen)).where(own))
    if paid_fen:
        raise Refused(
            f"结算单 {statement.number} 已入账 {money.yuan(int(paid_fen))} 元，不能作废；"
            "请先撤回入账，或在下期结算单中调整。"
        )
    later = sa.select(Statement.number).join(
        StatementLine, StatementLine.statement_id == Statement.id
    )
    number = session.scalar(
        later.where(StatementLine.carried_id == statement.id, StatementLine.is_live).limit(1)
    )
    if number is not None:
        raise Refused(f"结算单 {statement.number} 的余额已结转到 {number}，不能作废。")
    take_back_credits(session, statement, by=by)
    move(session, statement, StatementState.VOID)
    statement.resolution = words.strip()
    session.execute(
        sa.update(StatementLine)
        .where(StatementLine.statement_id == statement.id)
        .values(is_live=False)
    )
    session.flush()
    record(session, "statement.voided", statement, by=by)
    new = remake(session, statement, by=by)
    _tell_both(session, statement, f"已作废，新的结算单是 {new.number}。")
    return new


def extend_statement(session: Session, statement: Statement, *, reason: str, by: Person) -> None:
    """Put the day on which a statement is due off, once, with a reason.

    Whoever waits for the money may, the supplier, and a coordinator; the unit that
    pays asks one of them.
    """
    if by.role is not Role.COORDINATOR and side_of(statement, by) != "supplier":
        raise Refused("付款期限只能由供应商或统筹协调人员同意延长。")
    if not reason.strip():
        raise Refused("请填写延期原因，双方都会看到。", field="reason")
    days = settings().extension_days
    if not outstanding_fen(session, statement):
        raise Refused(f"结算单 {statement.number} 没有应付余额，不需要延期。")
    due_on = statement.due_on + dt.timedelta(days=days)
    done = session.scalar(
        sa.update(Statement)
        .where(
            Statement.id == statement.id,
            Statement.state.in_(PAYABLE),
            Statement.extended_on.is_(None),
        )
        .values(
            due_on=due_on,
            extended_on=clock.today(),
            extended_by_id=by.id,
            extension_reason=reason.strip(),
        )
        .returning(Statement.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(statement)
    if done is None:
        raise Refused(
            f"结算单 {statement.number} 已经延期过一次，或当前状态不能延期；"
            f"付款期限是 {statement.due_on}，每张结算单只能延期一次（{days} 天）。"
        )
    record(session, "statement.extended", statement, by=by, due_on=due_on.isoformat())
    _tell_both(session, statement, f"付款期限延长到 {due_on}。")


def remind(session: Session) -> int:
    """Remind units and coordinators of what is due in five days, today, or overdue; return how many.

    Overdue ones every seven days. Each occasion once, however often it is called, and a
    day on which it was not called loses nothing. Nobody is reminded of a small rest that
    goes on the next statement.
    """
    today = clock.today()
    of_note = (Statement.state.in_(PAYABLE), Statement.due_on <= today + REMIND_BEFORE)
    owed = outstandings(*of_note)
    confirmed = Statement.state == StatementState.CONFIRMED
    rows = session.execute(
        sa.select(Statement, owed.c.owed)
        .join(owed, owed.c.statement_id == Statement.id)
        .join(Unit, Unit.id == Statement.unit_id)
        .where(*of_note, owed.c.owed > sa.case((confirmed, Unit.carry_limit_fen), else_=0))
        .order_by(Statement.id)
    ).all()
    coordinators = people_in_role(session, Role.COORDINATOR)
    count = 0
    for statement, owed_fen in rows:
        if not _takes_occasion(session, statement, today):
            continue
        count += 1
        record(session, "statement.reminded", statement, by=None, due_on=str(statement.due_on))
        late = (today - statement.due_on).days
        when = f"已逾期 {late} 天" if late > 0 else "今天到期" if not late else f"{-late} 天后到期"
        tell(
            session,
            [*people_of_unit(session, statement.unit_id, *UNIT_BUYERS), *coordinators],
            f"{statement.unit.name}的结算单 {statement.number} 还应付 {money.yuan(int(owed_fen))} 元，"
            f"{when}（{statement.due_on}）。",
            path=_path(statement),
        )
    return count


def _takes_occasion(session: Session, statement: Statement, today: dt.date) -> bool:
    """Whether nobody has reminded since the last occasion; if so, it is written down."""
    late = (today - statement.due_on).days
    occasion = statement.due_on - REMIND_BEFORE
    if late >= 0:
        again = late // REMIND_AGAIN_DAYS * REMIND_AGAIN_DAYS
        occasion = statement.due_on + dt.timedelta(days=again)
    taken = (
        sa.update(Statement)
        .where(
            Statement.id == statement.id,
            sa.or_(Statement.reminded_on.is_(None), Statement.reminded_on < occasion),
        )
        .values(reminded_on=today)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(taken.returning(Statement.id)) is not None


def _side(statement: Statement, by: Person) -> str:
    side = side_of(statement, by)
    if side is None:
        raise Refused("只有结算单双方（本单位的食堂管理员或负责人、供应商）可以确认或提出异议。")
    return side


def _check_coordinator(by: Person) -> None:
    if by.role is not Role.COORDINATOR:
        raise Refused("只有统筹协调人员可以处理结算单的异议。")


def _check_words(words: str) -> None:
    if not words.strip():
        raise Refused("请写明处理意见，双方都会看到。", field="words")


def _tell_both(session: Session, statement: Statement, text: str, *, but: str = "") -> None:
    """Tell the people of both sides, or of the other side than ``but``."""
    if but != "unit":
        people = people_of_unit(session, statement.unit_id, *UNIT_BUYERS)
        tell(session, people, f"结算单 {statement.number} {text}", path=_path(statement))
    if but != "supplier":
        sellers = people_of_supplier(session, statement.supplier_id)
        tell(session, sellers, f"结算单 {statement.number} {text}", path=_path(statement))


def _path(statement: Statement) -> str:
    return f"/statements/{statement.number}"
