"""Write the audit trail."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.audit.models import Entry, Seal
from market.audit.queries import START, digest_of, head, unsealed
from market.core import clock
from market.core.db import Model


def record(session: Session, deed: str, about: Model, *, by: Model | None, **facts: Any) -> None:
    """Write down that ``by`` did ``deed`` to ``about``; nobody means the system.

    Facts are plain JSON values (numbers in fen and milli, ISO dates, states); no
    personal data. The thing must have been flushed, so that it has an id.
    """
    session.add(
        Entry(
            at=clock.now(),
            deed=deed,
            about=f"{about.__tablename__}:{about.id}",
            by_id=by.id if by else None,
            facts=facts,
        )
    )


def record_all(
    session: Session,
    deed: str,
    kind: type[Model],
    facts: Sequence[tuple[int, dict[str, Any]]],
    *,
    by: Model | None,
) -> None:
    """Write down at once that ``by`` did one deed to many things of a kind: (id, facts) of each.

    What ``record`` does, for tens of thousands of rows.
    """
    at = clock.now()
    rows = [
        {
            "at": at,
            "deed": deed,
            "about": f"{kind.__tablename__}:{id_}",
            "by_id": by.id if by else None,
            "facts": told,
        }
        for id_, told in facts
    ]
    if rows:
        session.execute(sa.insert(Entry), rows)


def seal(session: Session, *, most: int | None = None) -> int:
    """Link the unsealed entries (at most so many) into the chain, oldest first; return how many.

    Two at once can't both add the same position: the second is refused by the
    table's own constraint and changes nothing.
    """
    last = head(session)
    previous = last.digest if last else START
    first = last.position + 1 if last else 1
    links = []
    for position, entry in enumerate(unsealed(session, most=most), first):
        digest = digest_of(previous, entry)
        links.append(
            {
                "position": position,
                "entry_id": entry.id,
                "previous": previous,
                "digest": digest,
                "sealed_at": clock.now(),
            }
        )
        previous = digest
    if links:
        session.execute(sa.insert(Seal), links)
    return len(links)
