"""Pay orders in tests, and see what the processor would show of their refunds and disputes."""

import itertools

from market.adapters.stripe import (
    Seen,
    SeenDispute,
    SeenDisputeState,
    SeenRefund,
    SeenRefundState,
    SeenState,
)
from market.core import clock
from market.ordering import services as ordering
from market.ordering.models import ConsignmentState, ShortRest
from market.payments import services
from market.payments.models import Payment
from tests import make_orders

_n = itertools.count(1)


def key():
    """Return a one-time key that no other has."""
    return f"pay-{next(_n)}"


def pay_online(session, order, method="card", amount=None):
    """Settle an attempt that was paid; return the payment."""
    checkout = services.start_checkout(session, order, once_key=key(), by=order.placed_by)
    intent = f"pi_{checkout.once_key}"
    amount = checkout.amount_fen if amount is None else amount
    seen = Seen(
        f"cs_{checkout.once_key}",
        checkout.once_key,
        SeenState.PAID,
        amount,
        "cny",
        intent,
        method,
        "",
    )
    services.settle(session, seen)
    session.flush()
    return session.query(Payment).filter_by(bank_serial=intent).one()


def pay_by_transfer(session, order, by, amount_fen=None):
    """Write a transfer down; return the payment."""
    return services.record_transfer(
        session,
        order,
        amount_fen=amount_fen or order.total_fen,
        bank_serial=key(),
        paid_on=clock.today(),
        once_key=key(),
        by=by,
    )


def receive(session, order, milli=None, shipped=None):
    """Have an open order shipped and accepted, per line id what the mappings say."""
    for part in order.consignments:
        ordering.accept_consignment(session, part, by=make_orders.seller(session, part))
        short = _rest(part, shipped)
        make_orders.shipped(session, part, shipped, short_rest=short)
        assert part.state is ConsignmentState.SHIPPED
        findings = [
            ordering.Finding(
                line.id,
                took := (milli or {}).get(line.id, line.shipped_milli),
                line.shipped_milli - took,
                "破损" if took < line.shipped_milli else "",
            )
            for line in part.lines
            if line.shipped_milli
        ]
        ordering.inspect(
            session, part, findings=findings, remark="", once_key=key(), by=order.placed_by
        )
    session.flush()


def _rest(part, shipped):
    """Return what is said of the rest, where something is short."""
    missing = any((shipped or {}).get(line.id, 10**9) < line.ordered_milli for line in part.lines)
    return ShortRest.CANCEL if missing else None


def seen_refund(refund=None, payment=None, state=SeenRefundState.DONE, **given):
    """Show a refund of ours as the processor does, or one made there."""
    payment = payment or refund.payment
    order = payment.order
    return SeenRefund(
        **{
            "refund_id": f"re_{refund.id}" if refund else f"re_there_{next(_n)}",
            "number": refund.number if refund else "",
            "intent": payment.bank_serial,
            "order_number": order.number if order else "",
            "state": state,
            "amount": refund.amount_fen if refund else payment.amount_fen,
            "currency": "cny",
        }
        | given
    )


def seen_dispute(payment, state=SeenDisputeState.OPEN, **given):
    """Show a dispute about all of a payment."""
    return SeenDispute(
        **{
            "dispute_id": f"du_{payment.id}",
            "intent": payment.bank_serial,
            "order_number": payment.order.number,
            "state": state,
            "amount": payment.amount_fen,
            "currency": "cny",
            "reason": "product_not_received",
            "opened_at": clock.now(),
            "answer_by_at": None,
        }
        | given
    )
