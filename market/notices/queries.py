"""Ask about notices."""

from typing import Any

import sqlalchemy as sa

from market.accounts.models import Person
from market.notices.models import Notice


def notices_of(person: Person) -> sa.Select[Any]:
    """Return a select of a person's notices: the unread first, then the newest."""
    return (
        sa.select(Notice)
        .where(Notice.person_id == person.id)
        .order_by(Notice.read_at.is_not(None), Notice.id.desc())
    )
