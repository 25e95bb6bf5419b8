"""The same credit is spent from two places at the same moment, and never overdrawn."""

import pytest

from market.accounts.models import Person
from market.core.access import Role
from market.core.errors import Refused
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, Order, OrderState
from market.payments import queries, services
from market.payments.models import Allocation, Payment
from tests import make
from tests.ordering.placing import place
from tests.payments.test_online_races import together
from tests.payments.test_payments import receive, transfer

__all__ = ["together"]

ROUNDS = 5


@pytest.fixture
def rich(session, coordinator):
    """Somebody with 75.00 of credit in two payments, and three orders of 50.00 that wait."""
    person = make.person(session, role=Role.SHOPPER)
    for amount_fen in (3000, 4500):
        gone = place(session, person, (make.sku(session), 1000))
        ordering.cancel_order(session, gone, reason="x", by=person)
        transfer(session, gone, coordinator, amount_fen)
    return [place(session, person, (make.sku(session), 2000)) for _ in range(3)]


def pays(order, once_key):
    order_id = order.id

    def act(own):
        mine = own.get_one(Order, order_id)
        return services.pay_from_credit(own, mine, once_key=once_key, by=mine.placed_by)

    return act


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_orders_paid_at_once_with_the_same_credit_never_overdraw_it(
    session, rich, together, round_
):
    """One is opened, the others are told what is left.

    Without the lock on the payments' rows (``held_payments``) two saw the same money on
    PostgreSQL; without the guard in the UPDATE as well (``_move``) they ran into the
    table's own constraint instead of a refusal.
    """
    outcomes = together(*(pays(order, f"k{order.id}") for order in rich))
    refusals = [str(one) for one in outcomes if isinstance(one, Refused)]
    assert len(refusals) == 2
    assert all("账户余额 25.00 元，不够支付" in text for text in refusals)
    assert [order.state for order in rich].count(OrderState.OPEN) == 1
    assert queries.credit_of(session, person_id=rich[0].placed_by_id) == 2500
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_clicks_pay_once(session, rich, together, round_):
    """Both get the rows that were made. Without ``take_turn`` one of them was refused."""
    outcomes = together(*(pays(rich[0], "same") for _ in range(3)))
    assert not [one for one in outcomes if isinstance(one, Refused)]
    assert session.query(Allocation).count() == 2
    assert sum(one.amount_fen for one in session.query(Allocation)) == 5000
    assert sum(one.allocated_fen for one in session.query(Payment)) == 5000


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_surplus_is_kept_once(session, buyer, coordinator, together, round_):
    """Three tabs keep one surplus: one does, two are told that nothing is left.

    Without ``take_turn`` it was taken back twice or three times on PostgreSQL, in every round.
    """
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    receive(session, order.consignments[0])
    transfer(session, order, coordinator, 5000)
    order.lines[0].claimed_milli, order.lines[0].claimed_fen = 400, 1000
    order_id, by_id = order.id, buyer.id

    def keeps(once_key):
        def act(own):
            mine = own.get_one(Order, order_id)
            by = own.get_one(Person, by_id)
            return services.keep_as_credit(own, mine, once_key=once_key, by=by)

        return act

    outcomes = together(*(keeps(f"k{number}") for number in range(3)))
    assert len([one for one in outcomes if isinstance(one, Refused)]) == 2
    assert queries.credit_of(session, unit_id=buyer.unit_id) == 1000
    assert queries.verify_payments(session) == []
