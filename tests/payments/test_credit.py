"""Money paid too much stays on the payer's account, and pays the next order."""

import itertools

import pytest

from market.audit.models import Entry
from market.core import clock
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, OrderState
from market.payments import queries, services
from market.payments.models import Allocation, Payment, PaymentState
from tests import make
from tests.ordering.placing import place
from tests.payments.test_payments import receive, transfer

_n = itertools.count(1)


def key():
    return f"credit-{next(_n)}"


def own(order):
    return services.account_of(order)


@pytest.fixture
def settled(session, buyer, coordinator):
    """A canteen's order on account, received and paid: 50.00; then a claim took 10.00 back."""
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    receive(session, order.consignments[0])
    transfer(session, order, coordinator, 5000)
    order.lines[0].claimed_milli, order.lines[0].claimed_fen = 400, 1000
    session.flush()
    return order


@pytest.fixture
def cancelled(session, shopper, coordinator):
    """A shopper's order of 50.00, paid, then called off."""
    order = place(session, shopper, (make.sku(session), 2000))
    transfer(session, order, coordinator, 5000)
    ordering.cancel_order(session, order, reason="x", by=shopper)
    session.flush()
    return order


def test_a_surplus_becomes_credit_by_rows_that_name_what_they_take_back(session, settled, buyer):
    assert queries.credit_of(session, **own(settled)) == 0
    (row,) = services.keep_as_credit(session, settled, once_key=key(), by=buyer)
    assert (row.amount_fen, row.by_id) == (-1000, buyer.id)
    assert session.get_one(Allocation, row.reverses_id).amount_fen == 5000
    assert queries.credit_of(session, **own(settled)) == 1000
    assert [one.free_fen for one in queries.credit_payments(session, **own(settled))] == [1000]
    balance = queries.balance_of(session, settled)
    assert (balance.surplus_fen, balance.loose_fen, balance.paid_fen) == (0, 1000, 5000)
    assert queries.verify_payments(session) == []
    assert "10.00 元已转为账户余额" in session.query(Notice).order_by(Notice.id.desc()).first().text
    assert (
        session.query(Entry).filter_by(deed="allocation.reversed").one().facts["amount_fen"] == 1000
    )


def test_latest_money_becomes_credit_first(session, buyer, coordinator):
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    receive(session, order.consignments[0])
    transfer(session, order, coordinator, 4000)
    transfer(session, order, coordinator, 1000)
    line = order.lines[0]
    line.claimed_milli, line.claimed_fen = 100, 250
    session.flush()
    (row,) = services.keep_as_credit(session, order, once_key=key(), by=buyer)
    assert row.amount_fen == -250
    line.claimed_milli, line.claimed_fen = 600, 1500
    session.flush()
    rows = services.keep_as_credit(session, order, once_key=key(), by=buyer)
    assert [row.amount_fen for row in rows] == [-750, -500]


def test_no_more_is_put_or_taken_back_than_there_is(session, settled, buyer):
    (row,) = services.keep_as_credit(session, settled, once_key=key(), by=buyer)
    payment, put = session.query(Payment).one(), session.get_one(Allocation, row.reverses_id)
    assert payment.state is PaymentState.PARTLY
    for amount_fen in (0, 4001):
        with pytest.raises(Refused, match=r"最多还可以撤回 40\.00 元"):
            services.reverse(session, put, amount_fen, by=buyer)
    with pytest.raises(Refused, match=r"只剩 10\.00 元可以入账"):
        services.allocate(session, payment, settled, 1001, by=buyer)


def test_the_same_click_again_gives_the_rows_it_made(session, settled, cancelled, buyer):
    once = key()
    rows = services.keep_as_credit(session, settled, once_key=once, by=buyer)
    assert list(services.keep_as_credit(session, settled, once_key=once, by=buyer)) == list(rows)
    with pytest.raises(Refused, match="没有可以转为账户余额"):
        services.keep_as_credit(session, settled, once_key=key(), by=buyer)
    with pytest.raises(Refused, match="提交码不属于这个订单"):
        services.keep_as_credit(session, cancelled, once_key=once, by=cancelled.placed_by)


def test_who_may_keep_a_surplus_as_credit(
    session, settled, lead, colleague, coordinator, stranger, shopper, inspector, admin
):
    for person in (stranger, shopper, inspector, admin):
        with pytest.raises(Refused, match="只有付款方和收款工作人员"):
            services.keep_as_credit(session, settled, once_key=key(), by=person)
    assert all(queries.acts_for(person, settled) for person in (lead, colleague))
    assert not queries.acts_for(coordinator, settled)
    services.keep_as_credit(session, settled, once_key=key(), by=coordinator)
    assert queries.credit_of(session, unit_id=settled.unit_id) == 1000


def test_credit_opens_the_next_prepaid_order(session, cancelled, shopper):
    services.keep_as_credit(session, cancelled, once_key=key(), by=shopper)
    order = place(session, shopper, (make.sku(session), 1000))
    once = key()
    (row,) = services.pay_from_credit(session, order, once_key=once, by=shopper)
    assert row.amount_fen == 2500
    assert order.state is OrderState.OPEN
    assert queries.credit_of(session, person_id=shopper.id) == 2500
    assert list(services.pay_from_credit(session, order, once_key=once, by=shopper)) == [row]
    with pytest.raises(Refused, match="没有需要付的款项"):
        services.pay_from_credit(session, order, once_key=key(), by=shopper)
    assert queries.balance_of(session, cancelled).paid_fen == 2500
    assert queries.balance_of(session, order).paid_fen == 2500
    assert queries.verify_payments(session) == []


def test_money_that_came_for_a_closed_order_pays_the_next_without_an_act(
    session, shopper, coordinator
):
    late = place(session, shopper, (make.sku(session), 1000))
    ordering.cancel_order(session, late, reason="x", by=shopper)
    transfer(session, late, coordinator, 2500)
    order = place(session, shopper, (make.sku(session), 1000))
    services.pay_from_credit(session, order, once_key=key(), by=shopper)
    assert order.state is OrderState.OPEN
    assert queries.balance_of(session, late).give_back_fen == 0


def test_oldest_money_pays_first_and_several_pay_together(session, shopper, coordinator):
    for days_ago, amount_fen in ((1, 1000), (3, 1200), (2, 800)):
        gone = place(session, shopper, (make.sku(session), 1000))
        ordering.cancel_order(session, gone, reason="x", by=shopper)
        day = clock.today().fromordinal(clock.today().toordinal() - days_ago)
        transfer(session, gone, coordinator, amount_fen, paid_on=day)
    order = place(session, shopper, (make.sku(session), 1000))
    rows = services.pay_from_credit(session, order, once_key=key(), by=shopper)
    assert [row.amount_fen for row in rows] == [1200, 800, 500]
    assert [one.free_fen for one in queries.credit_payments(session, **own(order))] == [500]


def test_credit_that_does_not_cover_a_prepaid_order_pays_nothing_of_it(session, cancelled, shopper):
    services.keep_as_credit(session, cancelled, once_key=key(), by=shopper)
    order = place(session, shopper, (make.sku(session), 3000))
    with pytest.raises(Refused, match=r"账户余额 50\.00 元，不够支付订单的 75\.00 元"):
        services.pay_from_credit(session, order, once_key=key(), by=shopper)
    assert order.state is OrderState.AWAITING_PAYMENT
    assert queries.credit_of(session, person_id=shopper.id) == 5000


def test_a_unit_pays_what_it_owes_as_far_as_its_credit_goes(session, settled, buyer, lead):
    services.keep_as_credit(session, settled, once_key=key(), by=buyer)
    order = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    with pytest.raises(Refused, match="没有需要付的款项"):
        services.pay_from_credit(session, order, once_key=key(), by=lead)
    receive(session, order.consignments[0])
    services.pay_from_credit(session, order, once_key=key(), by=lead)
    assert queries.balance_of(session, order).outstanding_fen == 1500
    assert (
        "已用账户余额支付 10.00 元" in session.query(Notice).order_by(Notice.id.desc()).first().text
    )
    with pytest.raises(Refused, match=r"账户余额 0\.00 元，没有可用的款项"):
        services.pay_from_credit(session, order, once_key=key(), by=lead)


def test_nobody_pays_with_the_credit_of_others(
    session, settled, cancelled, buyer, coordinator, stranger, shopper
):
    """An employee's own money and their unit's never mix, and nobody else spends either."""
    services.keep_as_credit(session, settled, once_key=key(), by=buyer)
    services.keep_as_credit(session, cancelled, once_key=key(), by=shopper)
    mine = place(session, shopper, (make.sku(session), 1000))
    theirs = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.UNION)
    receive(session, theirs.consignments[0])
    for order, people in (
        (mine, (buyer, coordinator, stranger)),
        (theirs, (shopper, coordinator, stranger)),
    ):
        for person in people:
            with pytest.raises(Refused, match="只有付款方"):
                services.pay_from_credit(session, order, once_key=key(), by=person)
    assert queries.credit_of(session, person_id=shopper.id) == 5000
    assert queries.credit_of(session, unit_id=buyer.unit_id) == 1000


def test_an_overdue_order_is_not_paid_with_credit(session, cancelled, shopper):
    services.keep_as_credit(session, cancelled, once_key=key(), by=shopper)
    order = place(session, shopper, (make.sku(session), 1000))
    with clock.set_to(order.pay_by_at), pytest.raises(Refused, match="超时关闭"):
        services.pay_from_credit(session, order, once_key=key(), by=shopper)


def test_money_of_another_account_is_not_turned_into_credit(session, settled, stranger, buyer):
    """Somebody else paid the order: what is too much of it is theirs, and goes back by refund."""
    session.query(Payment).one().unit_id = stranger.unit_id
    session.flush()
    with pytest.raises(Refused, match="没有可以转为账户余额"):
        services.keep_as_credit(session, settled, once_key=key(), by=buyer)


def test_money_set_aside_is_no_credit(session, shopper, coordinator):
    gone = place(session, shopper, (make.sku(session), 1000))
    ordering.cancel_order(session, gone, reason="x", by=shopper)
    payment = transfer(session, gone, coordinator, 2500)
    payment.aside_reason = "利息"
    session.flush()
    assert queries.credit_of(session, person_id=shopper.id) == 0
    assert queries.balance_of(session, gone).loose_fen == 0


def test_money_that_is_not_needed_stays_on_the_account(session, shopper, coordinator, cancelled):
    again = place(session, shopper, (make.sku(session), 2000))
    transfer(session, again, coordinator, 5000)
    ordering.cancel_order(session, again, reason="x", by=shopper)
    for gone in (cancelled, again):
        services.keep_as_credit(session, gone, once_key=key(), by=shopper)
    order = place(session, shopper, (make.sku(session), 2000))
    (row,) = services.pay_from_credit(session, order, once_key=key(), by=shopper)
    first = session.query(Payment).order_by(Payment.id).first()
    assert row.payment_id == first.id
    assert (first.free_fen, queries.credit_of(session, **own(order))) == (0, 5000)
    assert order.state is OrderState.OPEN
    assert queries.verify_payments(session) == []


def test_a_refund_that_failed_leaves_the_money_of_a_closed_order_free(
    session, cancelled, coordinator
):
    payment = session.query(Payment).one()
    refund = services.return_payment(
        session, payment, order=cancelled, once_key=key(), by=coordinator
    )
    assert (payment.free_fen, queries.credit_of(session, **own(cancelled))) == (0, 0)
    services.call_off_refund(session, refund, reason="账号已销户", by=coordinator)
    session.flush()
    assert (payment.free_fen, queries.credit_of(session, **own(cancelled))) == (5000, 5000)
    assert queries.verify_payments(session) == []
