"""Rehearse a document: what submitting it and its taking effect would change, done and undone."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.funds.models import Account, Document, Earmark, Stage
from market.funds.services.decisions import submit, take_effect


@dataclass(frozen=True)
class Change:
    """What would become of one place: fen before, while it is decided, and once it is in effect."""

    earmark: str
    year: int
    stage: Stage
    agreement: str
    before_fen: int
    held_fen: int
    after_fen: int


def rehearse(session: Session, document: Document, *, by: Person) -> list[Change]:
    """Say which balances a document would change, by the same code that would change them.

    Everything is undone before it returns. Refuses what ``submit`` refuses. Free money is
    counted: what is held is free for nobody.
    """
    before = _free(session)
    trial = session.begin_nested()
    try:
        submit(session, document, by=by)
        held = _free(session)
        take_effect(session, document, document.occurred_on, by=by)
        after = _free(session)
    finally:
        trial.rollback()
    keys = sorted(
        key
        for key in held.keys() | after.keys()
        if before.get(key, 0) != after.get(key, 0) or before.get(key, 0) != held.get(key, 0)
    )
    return [Change(*key, before.get(key, 0), held.get(key, 0), after.get(key, 0)) for key in keys]


def _free(session: Session) -> dict[tuple[str, int, Stage, str], int]:
    rows = session.execute(
        sa.select(
            Earmark.code,
            Account.year,
            Account.stage,
            sa.func.coalesce(Document.number, ""),
            Account.balance_fen,
        )
        .join(Earmark, Earmark.id == Account.earmark_id)
        .outerjoin(Document, Document.id == Account.agreement_id)
        .where(Account.is_held.is_(False), Account.stage != Stage.SOURCE)
    )
    return {(code, year, stage, number): fen for code, year, stage, number, fen in rows}
