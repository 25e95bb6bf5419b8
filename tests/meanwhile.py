"""Let somebody else be a moment faster: insert a row between a service's look and its flush."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session


def meanwhile(session: Session, row: Any) -> None:
    """Insert ``row`` just before the next flush, as another transaction would have."""
    session.flush()
    values = {
        column.name: getattr(row, column.name)
        for column in row.__table__.columns
        if getattr(row, column.name) is not None
    }

    def insert(*_: Any) -> None:
        session.connection().execute(row.__table__.insert().values(values))

    event.listen(session, "before_flush", insert, once=True)
