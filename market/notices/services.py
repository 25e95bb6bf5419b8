"""Tell people what they should know."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.audit.services import record
from market.core import clock
from market.core.db import BY_ID
from market.notices.models import Notice


def tell(session: Session, people: Iterable[Person], text: str, *, path: str) -> None:
    """Put one sentence into each person's inbox, with the page of the next step.

    It belongs to the deed it tells of, whose service records it.
    """
    now = clock.now()
    session.add_all(Notice(person_id=person.id, text=text, path=path, at=now) for person in people)


def mark_read(session: Session, *, by: Person) -> None:
    """Mark all of a person's notices as read; nothing is recorded where none was unread."""
    read = (
        sa.update(Notice)
        .where(Notice.person_id == by.id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
        .execution_options(**BY_ID)
    )
    count = len(session.scalars(read.returning(Notice.id)).all())
    if count:
        record(session, "notices.read", by, by=by, count=count)
