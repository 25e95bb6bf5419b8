"""Write what counts toward a unit's target."""

from sqlalchemy.orm import Session

from market.core import clock
from market.core.db import upsert
from market.targets.models import Channel, Credit, CreditTotal


def credit(
    session: Session,
    *,
    unit_id: int,
    channel: Channel,
    amount_fen: int,
    supplier_id: int,
    product_id: int,
    acceptance_line_id: int | None = None,
    claim_id: int | None = None,
) -> Credit:
    """Write what an accepted line adds to a unit's completion, or an agreed claim takes back.

    ``amount_fen`` is positive with an acceptance line, negative with a claim. Dated
    today, in China's calendar; the kept total moves in the same transaction. The
    caller's own guarded deed (signing, agreeing) makes sure that it happens once.
    """
    today = clock.today()
    thing = Credit(
        unit_id=unit_id,
        year=today.year,
        month=today.month,
        channel=channel,
        amount_fen=amount_fen,
        credited_on=today,
        supplier_id=supplier_id,
        product_id=product_id,
        acceptance_line_id=acceptance_line_id,
        claim_id=claim_id,
    )
    session.add(thing)
    total = upsert(session, CreditTotal).values(
        unit_id=unit_id,
        year=today.year,
        month=today.month,
        channel=channel,
        amount_fen=amount_fen,
    )
    adding = total.on_conflict_do_update(
        index_elements=["unit_id", "year", "month", "channel"],
        set_={"amount_fen": CreditTotal.amount_fen + total.excluded.amount_fen},
    )
    # The total doesn't depend on the row: the rows of one deed are written together, later.
    with session.no_autoflush:
        session.execute(adding)
    return thing
