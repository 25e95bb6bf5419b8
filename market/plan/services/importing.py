"""Make many records from a sheet that was looked through: all of them or none."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.plan.models import Indicator, Pair
from market.plan.queries.importing import Wish
from market.plan.queries.telling import Told
from market.plan.services.records import submit_record


def import_records(
    session: Session,
    wishes: Sequence[Wish],
    files: Sequence[Attachment],
    *,
    once_key: str,
    by: Person,
) -> int:
    """Report every row of a sheet, each proved by the same files, and return how many.

    Refuses like ``submit_record``, naming the row; the caller then rolls back. The same
    one-time key makes nothing twice.
    """
    codes = {wish.code for wish in wishes}
    indicators = {
        one.our_code: one
        for one in session.scalars(
            sa.select(Indicator)
            .where(Indicator.our_code.in_(codes))
            .options(joinedload(Indicator.clause, innerjoin=True))
        )
    }
    pairs = {(pair.year, pair.position): pair for pair in session.scalars(sa.select(Pair))}
    for wish in wishes:
        told = Told(
            happened_on=wish.happened_on,
            value=wish.value,
            amount_fen=wish.amount_fen,
            place=wish.place,
            note=wish.note,
            pair=pairs.get((wish.happened_on.year, wish.pair)) if wish.pair else None,
            digests=wish.digests,
            people="\n".join(wish.digests),  # Their lines are their places.
        )
        try:
            key = f"{once_key}:{wish.row}"
            submit_record(session, indicators[wish.code], told, files, once_key=key, by=by)
        except Refused as refusal:
            raise Refused(f"第 {wish.row} 行：{refusal}", field=refusal.field) from None
    return len(wishes)
