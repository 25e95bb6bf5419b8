"""Hear the processor's notices: each is acted upon once."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from market.adapters.stripe import Notice, Seen, SeenDispute, SeenRefund
from market.audit.services import record
from market.core.db import upsert
from market.payments.models import Checkout, Dispute, Refund, StripeEvent
from market.payments.services.checkouts import settle
from market.payments.services.settling import settle_dispute, settle_refunds


def hear(
    session: Session, notice: Notice, seen: Seen | SeenDispute | Sequence[SeenRefund]
) -> Checkout | Dispute | list[Refund] | None:
    """Act upon a notice, once, by what the processor says now; the same one again changes nothing."""
    new = upsert(session, StripeEvent).values(event_id=notice.event_id, kind=notice.kind)
    number = session.scalar(new.on_conflict_do_nothing().returning(StripeEvent.id))
    if number is None:
        return None
    event = session.get_one(StripeEvent, number)
    record(session, "payment.notice_heard", event, by=None, kind=notice.kind)
    if isinstance(seen, Seen):
        return settle(session, seen)
    if isinstance(seen, SeenDispute):
        return settle_dispute(session, seen)
    return settle_refunds(session, seen)
