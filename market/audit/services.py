"""Write the audit trail."""

from typing import Any

from sqlalchemy.orm import Session

from market.audit.models import Entry
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
