"""Write the audit trail."""

from typing import Any

from sqlalchemy.orm import Session

from market.audit.models import Entry, Seal
from market.audit.queries import START, digest_of, head, unsealed
from market.core.db import Model


def record(session: Session, deed: str, about: Model, *, by: Model | None, **facts: Any) -> None:
    """Write down that ``by`` did ``deed`` to ``about``; nobody means the system.

    Facts are plain JSON values (numbers in fen and milli, ISO dates, states); no
    personal data. The thing must have been flushed, so that it has an id.
    """
    session.add(
        Entry(
            deed=deed,
            about=f"{about.__tablename__}:{about.id}",
            by_id=by.id if by else None,
            facts=facts,
        )
    )


def seal(session: Session, *, most: int | None = None) -> int:
    """Link the unsealed entries (at most so many) into the chain, oldest first; return how many.

    Two at once can't both add the same position: the second is refused by the
    table's own constraint and changes nothing.
    """
    last = head(session)
    previous = last.digest if last else START
    position = last.position if last else 0
    count = 0
    for entry in list(unsealed(session, most=most)):
        position += 1
        digest = digest_of(previous, entry)
        session.add(Seal(position=position, entry_id=entry.id, previous=previous, digest=digest))
        previous = digest
        count += 1
    session.flush()
    return count
