"""Submit many purchases from a sheet that was looked through: all of them or none."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.targets.queries.importing import OutsideWish
from market.targets.services.outside import submit_outside


def import_outside(
    session: Session,
    wishes: Sequence[OutsideWish],
    files: Sequence[Attachment],
    *,
    once_key: str,
    by: Person,
) -> int:
    """Submit every row of a sheet, each proved by the same files, and return how many.

    Refuses like ``submit_outside``, naming the row; the caller then rolls back. The same
    one-time key makes nothing twice.
    """
    for wish in wishes:
        try:
            key = f"{once_key}:{wish.row}"
            submit_outside(session, wish.told, files, once_key=key, by=by)
        except Refused as refusal:
            raise Refused(f"第 {wish.row} 行：{refusal}", field=refusal.field) from None
    return len(wishes)
