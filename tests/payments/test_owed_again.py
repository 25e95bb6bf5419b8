"""A paid order whose money went back at the processor owes again: taken back by line, or paid again."""

import pytest

from market.accounts.models import Person
from market.adapters.stripe import SeenDisputeState
from market.catalog.models import MovementKind, StockMovement
from market.core.access import Role
from market.core.errors import Refused
from market.notices.models import Notice as Told
from market.ordering import services as ordering
from market.ordering.models import Claim, Order, OrderState
from market.ordering.queries import verify_receipts
from market.payments import queries, services
from market.payments.models import Allocation, Payment, PaymentState, Refund, Standing
from market.payments.queries.bank_queue import queue
from market.payments.services.bank_matching import (
    Share,
    confirm_match,
    match_by_hand,
    undo_match,
)
from market.targets.models import Credit
from tests import make
from tests.ordering.placing import place
from tests.payments.banking import arrived
from tests.payments.paying import (
    key,
    pay_by_transfer,
    pay_online,
    receive,
    seen_dispute,
    seen_refund,
)
from tests.payments.test_online_races import together
from tests.payments.test_refund_views import once_of

__all__ = ["together"]


@pytest.fixture
def order(session, shopper):
    """Two bags at 25.00, paid online."""
    made = place(session, shopper, (make.sku(session), 2000))
    pay_online(session, made)
    return made


def payment_of(session, order):
    return session.query(Payment).filter_by(order_id=order.id).first()


def lose(session, order):
    """Lose a dispute about all of it."""
    payment = payment_of(session, order)
    services.settle_dispute(session, seen_dispute(payment, SeenDisputeState.LOST))
    session.flush()
    return payment


def owed_again(session, order):
    return queries.owed_again_of(order, queries.balance_of(session, order))


def faults(session):
    """What verify says, but that tests bring transfers themselves."""
    session.flush()
    found = queries.verify_payments(session) + verify_receipts(session)
    found += queries.verify_ledgers(session) + queries.verify_sums(session)
    return [fault for fault in found if "与操作记录不符" not in fault]


def test_goods_are_taken_back_and_only_what_is_beyond_the_gap_goes_back(
    session, order, coordinator
):
    """10.00 went back in the dashboard; a bag of 25.00 explains it, and 15.00 follow."""
    receive(session, order)
    payment = payment_of(session, order)
    services.settle_refunds(session, [seen_refund(payment=payment, amount=1000)])
    assert owed_again(session, order) == 1000
    given = {"milli": 1000, "reason": "变质", "once_key": "line", "by": coordinator}
    made = services.refund_line(session, payment, order.lines[0], **given)
    assert services.refund_line(session, payment, order.lines[0], **given) is made
    balance = queries.balance_of(session, order)
    assert (made.amount_fen, balance.outstanding_fen, balance.give_back_fen) == (1500, 0, 0)
    assert faults(session) == []


@pytest.mark.parametrize("named", [True, False])
def test_where_all_the_money_has_gone_a_line_is_taken_back_and_nothing_is_sent(
    session, order, coordinator, named
):
    receive(session, order)
    payment = lose(session, order) if named else (lose(session, order), None)[1]
    line, stock_milli = order.lines[0], order.lines[0].sku.stock_milli
    given = {"milli": 1000, "reason": "争议", "restock": True, "once_key": "line"}
    for _ in range(2):
        assert services.refund_line(session, payment, line, by=coordinator, **given) is None
    assert session.query(Claim).one().amount_fen == 2500
    assert session.query(Refund).count() == 1  # The processor's own.
    assert [credit.amount_fen for credit in session.query(Credit)] == [5000, -2500]
    session.refresh(line.sku)
    assert line.sku.stock_milli == stock_milli + 1000
    assert queries.restockable_milli(session, line, session.query(Claim).one()) == 0
    assert queries.restockable_milli(session, line) == 0
    told = session.query(Told).filter_by(person_id=order.placed_by_id).order_by(Told.id.desc())
    assert "没有再退" in told.first().text
    assert owed_again(session, order) == 2500
    officer = make.person(session, role=Role.FUND_OFFICER)
    given |= {"restock": False, "once_key": "rest"}
    with pytest.raises(Refused, match="只有统筹协调人员"):
        services.refund_line(session, payment, line, by=officer, **given)
    assert services.refund_line(session, payment, line, by=coordinator, **given) is None
    assert (owed_again(session, order), faults(session)) == (0, [])
    moved = session.query(StockMovement).filter_by(kind=MovementKind.RETURNED).one()
    moved.change_milli = 1001
    assert [one for one in faults(session) if "记退货入库 1000，库存变动 1001" in one]
    moved.change_milli = 2001
    assert [one for one in faults(session) if "退货入库 2001，拒收和售后共 2000" in one]


def test_goods_are_not_taken_back_of_money_that_has_gone_while_other_money_stands(
    session, order, coordinator
):
    """Its first payment was lost, and it was paid again: the second one gives back."""
    receive(session, order)
    first = lose(session, order)
    second = pay_by_transfer(session, order, coordinator, 5000)
    line = order.lines[0]
    given = {"milli": 1000, "reason": "变质", "by": coordinator}
    for gone in (first, None):
        with pytest.raises(Refused, match="请改选仍用于这个订单的款项"), session.begin_nested():
            services.refund_line(session, gone, line, once_key=key(), **given)
    made = services.refund_line(session, second, line, once_key=key(), **given)
    assert (made.amount_fen, faults(session)) == (2500, [])


def test_it_is_paid_again_by_transfer_and_by_match_up_to_what_it_owes(session, order, coordinator):
    lose(session, order)
    with pytest.raises(Refused, match=r"还应付 50\.00 元") as refusal:
        pay_by_transfer(session, order, coordinator, 5001)
    assert refusal.value.field == "amount_fen"
    assert pay_by_transfer(session, order, coordinator, 2000).state is PaymentState.APPLIED
    part = arrived(session, 9000, "", coordinator)
    given = {"for_another": True, "once_key": "h", "by": coordinator}
    with pytest.raises(Refused, match=r"还应付 30\.00 元"):
        match_by_hand(session, part, [Share(order.number, 3001)], **given)
    match_by_hand(session, part, [Share(order.number, 1000)], **given)
    exact = arrived(session, 2000, order.number, coordinator)
    rows = session.execute(queue(standing=None, search=""))
    assert {row[0].id: row[1] for row in rows}[exact.id] == Standing.EXACT.value
    [row] = confirm_match(session, exact, once_key="e", by=coordinator)
    assert (order.state, owed_again(session, order)) == (OrderState.OPEN, 0)
    late = arrived(session, 1, order.number, coordinator)
    with pytest.raises(Refused, match="已付清"):
        confirm_match(session, late, once_key="l", by=coordinator)
    assert pay_by_transfer(session, order, coordinator, 1).state is PaymentState.UNAPPLIED
    # It was not opened by this match: taken back, it is owed again, and the order goes on.
    undo_match(session, row, reason="对错了", by=coordinator)
    assert (order.state, owed_again(session, order), exact.free_fen) == (
        OrderState.OPEN,
        2000,
        2000,
    )
    assert faults(session) == []


def test_it_is_paid_again_from_credit_as_far_as_that_goes_and_not_online(
    session, order, shopper, coordinator
):
    lose(session, order)
    with pytest.raises(Refused, match="附言填写订单编号"):
        services.start_checkout(session, order, once_key=key(), by=shopper)
    other = place(session, shopper, (make.sku(session), 1000))
    pay_by_transfer(session, other, coordinator)
    ordering.cancel_order(session, other, reason="x", by=shopper)
    services.keep_as_credit(session, other, once_key=key(), by=shopper)
    services.pay_from_credit(session, order, once_key=key(), by=shopper)
    assert (order.state, owed_again(session, order)) == (OrderState.OPEN, 2500)
    assert faults(session) == []


@pytest.mark.parametrize("received", [False, True])
def test_only_a_match_that_helped_to_open_an_order_calls_it_off(
    session, shopper, coordinator, received
):
    """Card and transfer opened it together; the rest of the transfer pays it again later."""
    kept = []
    for milli, pay in ((1000, pay_online), (2000, lambda *to: pay_by_transfer(*to, coordinator))):
        gone = place(session, shopper, (make.sku(session), milli))
        kept.append(pay(session, gone))
        ordering.cancel_order(session, gone, reason="x", by=shopper)
        services.keep_as_credit(session, gone, once_key=key(), by=shopper)
    card, transfer = kept
    order = place(session, shopper, (make.sku(session), 2000))
    helped = services.pay_from_credit(session, order, once_key=key(), by=shopper)
    assert [(row.payment_id, row.amount_fen) for row in helped] == [
        (card.id, 2500),
        (transfer.id, 2500),
    ]
    if received:
        receive(session, order)
    services.settle_dispute(session, seen_dispute(card, SeenDisputeState.LOST))
    session.flush()
    [later] = services.pay_from_credit(session, order, once_key=key(), by=shopper)
    state = order.state
    undo_match(session, later, reason="没有约好", by=coordinator)
    assert (order.state, owed_again(session, order)) == (state, 2500)
    if received:
        with pytest.raises(Refused, match="已发货或完成"):
            undo_match(session, helped[1], reason="不是他的", by=coordinator)
    else:
        undo_match(session, helped[1], reason="不是他的", by=coordinator)
        assert order.state is OrderState.CANCELLED
    assert faults(session) == []


@pytest.mark.parametrize("round_", range(3))
def test_two_payments_at_once_never_exceed_what_is_owed_again(
    session, order, coordinator, together, round_
):
    """Two transfers of the whole sum are written down at once: one is put to it, one waits.

    Without ``take_turn`` in ``record_transfer``, on PostgreSQL: both were put to it.
    """
    lose(session, order)
    order_id, by_id = order.id, coordinator.id
    session.commit()

    def pays(own):
        by = own.get_one(Person, by_id)
        return pay_by_transfer(own, own.get_one(Order, order_id), by, 5000).state

    outcomes = together(pays, pays)
    assert sorted(outcomes) == [PaymentState.APPLIED, PaymentState.UNAPPLIED]
    assert faults(session) == []


def test_the_desk_takes_a_line_back_on_its_page_once(session, order, coordinator, sign_in):
    """Two payments, both gone: nothing to choose, and the same click again says the same."""
    receive(session, order)
    lose(session, order)
    again = pay_by_transfer(session, order, coordinator, 5000)
    row = session.query(Allocation).filter_by(payment_id=again.id).one()
    undo_match(session, row, reason="x", by=coordinator)
    number = order.number
    session.commit()
    client = sign_in(coordinator)
    desk = client.get("/payments?matter=awaiting").text
    where = f"/refunds/new?order={number}"
    assert ("还欠 50.00 元" in desk, f"/orders/{number}" in desk) == (True, True)
    assert where in client.get(f"/orders/{number}").text
    page = client.get(where).text
    assert ("记售后，抵所欠" in page, "从哪一笔收款退" in page) == (True, False)
    data = {
        "line-once": once_of(page, "line-"),
        "line-line": "1",
        "line-milli": "2",
        "line-reason": "争议败诉",
    }
    for _ in range(2):
        session.commit()
        reply = client.post(f"/refunds/line?order={number}", data=data, follow_redirects=True)
        assert "应付已扣减" in reply.text
    session.expire_all()
    assert session.query(Claim).one().amount_fen == 5000
    assert number not in client.get("/payments?matter=awaiting").text


def test_its_buyer_is_told_how_to_pay_again_where_that_was_agreed(
    session, order, coordinator, sign_in
):
    lose(session, order)
    page = sign_in(order.placed_by).get(f"/orders/{order.number}/payment").text
    for words in ("不用付款", "约好补付", f">{order.number}</code>", "50.00"):
        assert words in page, words
    assert "在线支付</h2>" not in page
