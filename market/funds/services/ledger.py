"""The one way in which the plan's money moves: entries with their transfers, added and never changed."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core import money
from market.core.db import upsert
from market.core.errors import Refused
from market.funds.models import (
    Account,
    Act,
    Document,
    Earmark,
    EarmarkYear,
    Kind,
    LedgerEntry,
    Stage,
    Transfer,
    YearState,
)
from market.funds.queries.halts import standing_halt
from market.funds.queries.places import Move, Place, Use, balance_of, moves_of, uses_of

CROSSING = {Kind.REALLOCATION: "reallocation", Kind.REVERSAL: "reversal"}


class Insufficient(Refused):
    """There is less in a place than a document asks for; ``uses`` says what took the rest."""

    def __init__(self, session: Session, place: Place, asked_fen: int) -> None:
        self.place = place
        self.left_fen = balance_of(session, place)
        self.uses: list[Use] = uses_of(session, place)
        where = (
            f"{place.stage.label}的资金"
            if place.agreement_id is None
            else f"协议下{place.stage.label}的资金"
        )
        super().__init__(
            f"{place.year} 年{where}还有 {money.yuan(self.left_fen)} 元可以动用，"
            f"本单要 {money.yuan(asked_fen)} 元，超出 {money.yuan(asked_fen - self.left_fen)} 元；"
            "请减少金额，或先办理占用了这笔资金的单据。",
            field="amount_fen",
        )


def take_earmarks(session: Session, ids: Iterable[int | None]) -> None:
    """Take the rows of earmarks, in id order: whoever moves their money comes one after another."""
    wanted = sorted({id_ for id_ in ids if id_ is not None})
    rows = sa.select(Earmark.id).where(Earmark.id.in_(wanted)).order_by(Earmark.id)
    session.execute(rows.with_for_update())


def refuse_halted(session: Session) -> None:
    """Refuse to move money while a halt stands.

    Asked after the earmarks are taken, which a halt takes, too: none comes between this
    look and the caller's commit.
    """
    halt = standing_halt(session)
    if halt is not None:
        raise Refused(
            f"资金账核对发现 {halt.count} 处差异，自 {halt.since} 起停止记账；查询、导出照常。"
            "请联系系统管理员查明更正，再运行 verify，核对无误后自动恢复。"
        )


def check_year(session: Session, earmark_id: int, year: int, *states: YearState) -> None:
    """Refuse a year in which an earmark's money may not move."""
    state = session.scalar(
        sa.select(EarmarkYear.state).where(
            EarmarkYear.earmark_id == earmark_id, EarmarkYear.year == year
        )
    )
    if state is None:
        raise Refused(f"这笔资金没有 {year} 年的账，请改选年度，或先办理结转。", field="year")
    if state not in (states or (YearState.OPEN,)):
        raise Refused(
            f"这笔资金 {year} 年{state.label}，不能再动用，请改用结转后的年度。", field="year"
        )


def post(
    session: Session,
    act: Act,
    moves: Sequence[Move],
    *,
    document: Document | None,
    once_key: str,
    body_sha256: str,
    occurred_on: dt.date,
    by: Person | None,
    resolves: LedgerEntry | None = None,
    reverses: LedgerEntry | None = None,
) -> LedgerEntry:
    """Write an entry with its transfers, and move the balances, each guarded by its UPDATE.

    The same key with the same body gives the same entry; with another body it is refused.
    Refuses what is not a whole number of fen above zero, more than a place has, and
    everything while a halt stands. The caller has taken the earmarks and records the deed.
    """
    refuse_halted(session)
    made = session.scalar(sa.select(LedgerEntry).where(LedgerEntry.once_key == once_key))
    if made is not None:
        if made.body_sha256 != body_sha256:
            raise Refused("同一提交码已用于内容不同的记账，请刷新页面后重新提交。")
        return made
    for move in moves:
        if type(move.amount_fen) is not int or move.amount_fen <= 0:
            raise Refused("记账金额必须是大于 0 的整数分。", field="amount_fen")
    ids = _open(session, {place for move in moves for place in (move.source, move.target)})
    # First, so that a refusal counts what others took, and not what was asked for.
    _move_balances(session, moves, ids)
    entry = LedgerEntry(
        act=act,
        once_key=once_key,
        body_sha256=body_sha256,
        occurred_on=occurred_on,
        by_id=by.id if by else None,
        document_id=document.id if document else None,
        resolves_id=resolves.id if resolves else None,
        reverses_id=reverses.id if reverses else None,
    )
    session.add(entry)
    session.flush()
    crossing = CROSSING.get(document.kind, "") if document else ""
    rows = [
        {
            "entry_id": entry.id,
            "amount_fen": move.amount_fen,
            "crossing": crossing,
            "from_id": ids[move.source],
            "to_id": ids[move.target],
            "from_earmark_id": move.source.earmark_id,
            "to_earmark_id": move.target.earmark_id,
        }
        for move in moves
    ]
    if rows:
        session.execute(sa.insert(Transfer), rows)
    return entry


def hold(session: Session, document: Document, moves: Sequence[Move], *, by: Person) -> LedgerEntry:
    """Hold what a document asks for until it is decided; nobody else can use it meanwhile."""
    held = [Move(move.source.free, move.source.held, move.amount_fen) for move in moves]
    return post(
        session,
        Act.HOLD,
        held,
        document=document,
        once_key=f"{document.number}/{document.version}/hold",
        body_sha256=document.body_sha256,
        occurred_on=document.occurred_on,
        by=by,
    )


def resolve(
    session: Session,
    document: Document,
    moves: Sequence[Move],
    *,
    occurred_on: dt.date,
    by: Person,
    reverses: LedgerEntry | None = None,
) -> LedgerEntry:
    """Let what was held take effect: each move goes from its held part to where it leads."""
    return post(
        session,
        Act.EFFECT,
        [Move(move.source.held, move.target.free, move.amount_fen) for move in moves],
        document=document,
        once_key=f"{document.number}/{document.version}/end",
        body_sha256=document.body_sha256,
        occurred_on=occurred_on,
        by=by,
        resolves=hold_of(session, document),
        reverses=reverses,
    )


def release(session: Session, document: Document, *, occurred_on: dt.date, by: Person) -> None:
    """Give what a document held back to where it came from, exactly."""
    held = hold_of(session, document)
    back = [Move(move.target, move.source, move.amount_fen) for move in moves_of(session, held)]
    post(
        session,
        Act.VOID,
        back,
        document=document,
        once_key=f"{document.number}/{document.version}/end",
        body_sha256=document.body_sha256,
        occurred_on=occurred_on,
        by=by,
        resolves=held,
    )


def hold_of(session: Session, document: Document) -> LedgerEntry:
    """Return the entry by which the present version of a document holds money."""
    return session.scalars(
        sa.select(LedgerEntry).where(
            LedgerEntry.once_key == f"{document.number}/{document.version}/hold"
        )
    ).one()


def effect_of(session: Session, document: Document) -> LedgerEntry:
    """Return the entry by which a document took effect."""
    return session.scalars(
        sa.select(LedgerEntry).where(
            LedgerEntry.document_id == document.id, LedgerEntry.act == Act.EFFECT
        )
    ).one()


def _open(session: Session, places: set[Place]) -> dict[Place, int]:
    """Return the ids of the places' accounts, opened where nothing ever stood."""
    rows = [
        {
            "name": place.name,
            "year": place.year,
            "stage": place.stage,
            "is_held": place.is_held,
            "balance_fen": 0,
            "earmark_id": place.earmark_id,
            "agreement_id": place.agreement_id,
        }
        for place in sorted(places, key=lambda place: place.name)
    ]
    if rows:
        new = upsert(session, Account).values(rows).on_conflict_do_nothing(index_elements=["name"])
        session.execute(new)
    found = session.execute(
        sa.select(Account.name, Account.id).where(Account.name.in_([row["name"] for row in rows]))
    )
    ids = dict(found.all())
    return {place: ids[place.name] for place in places}


def _move_balances(session: Session, moves: Sequence[Move], ids: dict[Place, int]) -> None:
    """Add what came and take what went, account by account in id order."""
    changes: Counter[Place] = Counter()
    for move in moves:
        changes[move.source] -= move.amount_fen
        changes[move.target] += move.amount_fen
    for place, change in sorted(changes.items(), key=lambda item: ids[item[0]]):
        enough = sa.or_(Account.balance_fen + change >= 0, Account.stage == Stage.SOURCE)
        moved = (
            sa.update(Account)
            .where(Account.id == ids[place], enough)
            .values(balance_fen=Account.balance_fen + change)
            .returning(Account.id)
            .execution_options(synchronize_session="fetch")
        )
        if change and session.scalar(moved) is None:
            raise Insufficient(session, place, -change)
