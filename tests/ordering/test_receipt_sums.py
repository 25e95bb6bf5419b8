"""Whatever is shipped, accepted and claimed: the sums hold."""

import contextlib
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.core.errors import Refused
from market.ordering import services
from market.ordering.models import ConsignmentState, ShortRest
from market.ordering.queries import verify_receipts
from market.targets.models import Credit, CreditTotal
from tests import make, make_orders

SHARES = st.integers(0, 120)  # Percent of what was ordered, shipped or accepted.


@contextlib.contextmanager
def refused_or_done(session) -> Iterator[None]:
    """Undo what a refused deed began, as a view does."""
    try:
        with session.begin_nested():
            yield
    except Refused:
        pass


def share_of(line, milli, percent):
    part = milli * percent // 100
    return part if line.is_by_weight else part // 1000 * 1000


def ship_and_accept(session, part, shipped, accepted, rest, people):
    """Ship and accept a consignment as far as the rules allow; return what follows it."""
    buyer, colleague = people
    follower = None
    with refused_or_done(session):
        milli = {line.id: share_of(line, line.ordered_milli, shipped) for line in part.lines}
        follower = make_orders.shipped(session, part, milli, short_rest=rest)
    with refused_or_done(session):
        sent = [line for line in part.lines if line.shipped_milli]
        milli = {line.id: share_of(line, line.shipped_milli, accepted) for line in sent}
        services.sign(session, make_orders.inspected(session, part, buyer, milli), by=colleague)
    return follower


def claim(session, line, percent, agree, by):
    with refused_or_done(session):
        made = services.make_claim(
            session,
            line,
            milli=share_of(line, line.accepted_milli or 0, percent),
            reason="演示",
            photo=None,
            once_key=make_orders.once(),
            by=by,
        )
        seller = make_orders.seller(session, line.consignment)
        services.answer_claim(session, made, agree=agree, answer="演示", by=seller)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    legs=st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=3),
    rest=st.sampled_from(ShortRest),
    claims=st.lists(st.tuples(st.integers(0, 5), SHARES, st.booleans()), max_size=6),
)
def test_the_sums_hold(session, buyer, colleague, prices, legs, rest, claims):
    """0 ≤ claimed ≤ accepted on every line, Σ ordered stays, credits = Σ accepted − claimed."""
    example = session.begin_nested()
    product = make.product(session)
    bags = make.sku(session, product=product, price_fen=prices[0], stock_milli=100_000)
    loose = make.weighed_sku(session, product=product, price_fen=prices[1], stock_milli=60_000)
    part = make_orders.consignment(
        session, buyer, (bags, 20_000), (loose, 50_500), state=ConsignmentState.ACCEPTED
    )
    order = part.order
    for shipped, accepted in legs:
        if part is not None:
            part = ship_and_accept(session, part, shipped, accepted, rest, (buyer, colleague))
    session.expire_all()
    assert sum(line.ordered_fen for line in order.lines) == order.total_fen
    assert sum(line.ordered_milli for line in order.lines) == 70_500

    for place, percent, agree in claims:
        claim(session, order.lines[place % len(order.lines)], percent, agree, buyer)
    session.expire_all()
    for line in order.lines:
        accepted_milli, accepted_fen = line.accepted_milli or 0, line.accepted_fen or 0
        assert 0 <= line.claimed_milli <= accepted_milli
        assert 0 <= line.claimed_fen <= accepted_fen
        if line.claimed_milli == accepted_milli:
            assert line.claimed_fen == accepted_fen
    net_fen = sum((line.accepted_fen or 0) - line.claimed_fen for line in order.lines)
    assert sum(row.amount_fen for row in session.query(Credit)) == net_fen
    assert sum(row.amount_fen for row in session.query(CreditTotal)) == net_fen
    assert verify_receipts(session) == []
    example.rollback()
