"""Where fen of an earmark stand, and what has stood there."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from market.funds.models import Account, Act, Document, LedgerEntry, Stage, Transfer


@dataclass(frozen=True, order=True)
class Place:
    """One account of the ledger, whether it exists already or not."""

    earmark_id: int
    year: int
    stage: Stage
    agreement_id: int | None = None
    is_held: bool = False

    @property
    def name(self) -> str:
        """Return the account's unique name."""
        held = "held" if self.is_held else "free"
        return f"{self.earmark_id}/{self.year}/{self.agreement_id or '-'}/{self.stage}/{held}"

    @property
    def held(self) -> "Place":
        """Return its part that waits for a second person."""
        return Place(self.earmark_id, self.year, self.stage, self.agreement_id, True)

    @property
    def free(self) -> "Place":
        """Return its part that waits for nothing."""
        return Place(self.earmark_id, self.year, self.stage, self.agreement_id, False)


@dataclass(frozen=True)
class Move:
    """Fen that go from one place to another."""

    source: Place
    target: Place
    amount_fen: int


def place_of(account: Account) -> Place:
    """Return the place that an account is kept for."""
    return Place(
        account.earmark_id, account.year, account.stage, account.agreement_id, account.is_held
    )


def balance_of(session: Session, place: Place) -> int:
    """Return the fen that stand in a place; nothing where nothing ever stood."""
    kept = sa.select(Account.balance_fen).where(Account.name == place.name)
    return session.scalar(kept) or 0


def accounts_of(session: Session, earmark_id: int, year: int) -> Sequence[Account]:
    """Return the accounts of an earmark's year in which something stands."""
    return session.scalars(
        sa.select(Account)
        .where(
            Account.earmark_id == earmark_id,
            Account.year == year,
            Account.stage != Stage.SOURCE,
            Account.balance_fen > 0,
        )
        .order_by(Account.id)
    ).all()


def moves_of(session: Session, entry: LedgerEntry) -> list[Move]:
    """Return what an entry moved."""
    rows = session.scalars(
        sa.select(Transfer).where(Transfer.entry_id == entry.id).order_by(Transfer.id)
    )
    return [Move(place_of(row.source), place_of(row.target), row.amount_fen) for row in rows]


@dataclass(frozen=True)
class Use:
    """What one document has taken out of a place, and not given back."""

    document: Document
    amount_fen: int
    is_held: bool


def uses_of(session: Session, place: Place) -> list[Use]:
    """Return what took money out of a free place, document by document.

    What a document only holds counts as taken, and is marked; what was released does
    not. The uses and the balance together are all that ever came in.
    """
    free, held = place.free.name, place.held.name
    source, target = aliased(Account), aliased(Account)
    released = sa.and_(target.name == free, LedgerEntry.act == Act.VOID)
    taken = sa.func.sum(
        _when(source.name == free, Transfer.amount_fen) - _when(released, Transfer.amount_fen)
    )
    waiting = sa.func.sum(
        _when(target.name == held, Transfer.amount_fen)
        - _when(source.name == held, Transfer.amount_fen)
    )
    rows = session.execute(
        sa.select(Document, taken, waiting)
        .join(LedgerEntry, LedgerEntry.document_id == Document.id)
        .join(Transfer, Transfer.entry_id == LedgerEntry.id)
        .join(source, source.id == Transfer.from_id)
        .join(target, target.id == Transfer.to_id)
        .where(sa.or_(source.name.in_((free, held)), target.name.in_((free, held))))
        .group_by(Document.id)
        .having(taken > 0)
        .order_by(Document.id)
    )
    return [Use(document, int(fen), int(waits) > 0) for document, fen, waits in rows]


def _when(
    condition: sa.ColumnElement[bool], fen: InstrumentedAttribute[int]
) -> sa.ColumnElement[int]:
    return sa.case((condition, fen), else_=0)
