"""What the processor says of refunds and disputes is taken once, in any order, whoever made them."""

import itertools

import pytest

from market.adapters.stripe import Notice, SeenDisputeState, SeenRefundState
from market.audit.models import Entry
from market.core.errors import Refused
from market.notices.models import Notice as Told
from market.ordering import services as ordering
from market.payments import queries, services
from market.payments.models import (
    Allocation,
    Dispute,
    DisputeState,
    Refund,
    RefundCause,
    RefundState,
)
from tests import make
from tests.ordering.placing import place
from tests.payments.paying import (
    key,
    pay_by_transfer,
    pay_online,
    receive,
    seen_dispute,
    seen_refund,
)

GOING, DONE, FAILED = SeenRefundState


@pytest.fixture
def order(session, shopper):
    return place(session, shopper, (make.sku(session), 2000))


@pytest.fixture
def paid(session, order):
    return pay_online(session, order, "wechat_pay")


@pytest.fixture
def gone(session, order, paid):
    ordering.cancel_order(session, order, reason="x", by=order.placed_by)
    return paid


def start(session, payment, amount_fen, by):
    return services.start_refund(
        session,
        payment,
        amount_fen,
        cause=RefundCause.CANCELLED,
        reason="x",
        once_key=key(),
        by=by,
    )


def settle(session, *seen):
    settled = services.settle_refunds(session, seen)
    session.flush()
    return settled


def told(session, person):
    rows = session.query(Told).filter_by(person_id=person.id).order_by(Told.id)
    return [row.text for row in rows]


def test_what_is_asked_of_the_processor_names_our_number_and_key(session, gone, coordinator):
    made = start(session, gone, 2000, coordinator)
    wanted = services.wanted_refund(made)
    assert (wanted.reference, wanted.number) == (made.once_key, made.number)
    assert (wanted.intent, wanted.amount_fen) == (gone.bank_serial, 2000)


@pytest.mark.parametrize("said", list(itertools.permutations([GOING, DONE, GOING, DONE], 3)))
def test_in_any_order_a_refund_arrives_once(session, gone, order, coordinator, said):
    made = start(session, gone, 2000, coordinator)
    for state in (*said, DONE):
        settle(session, seen_refund(made, state=state))
    assert (made.state, made.serial) == (RefundState.DONE, f"re_{made.id}")
    assert made.done_on is not None
    assert session.query(Refund).count() == 1
    assert gone.refunded_fen == 2000
    assert len([text for text in told(session, order.placed_by) if "已退回" in text]) == 1
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("before", [None, GOING, DONE])
def test_one_that_fails_frees_its_money_and_people_are_told(
    session, gone, order, coordinator, before
):
    made = start(session, gone, 2000, coordinator)
    if before:
        settle(session, seen_refund(made, state=before))
    for _ in range(2):
        settle(session, seen_refund(made, state=FAILED, problem="expired_or_canceled_card"))
    settle(session, seen_refund(made, state=DONE))  # A look that was older.
    assert (made.state, gone.refunded_fen, gone.free_fen) == (RefundState.FAILED, 0, 2000)
    assert "expired_or_canceled_card" in made.problem
    assert queries.balance_of(session, order).give_back_fen == 5000
    assert len([text for text in told(session, coordinator) if "没有成功" in text]) == 1
    assert queries.verify_payments(session) == []


def test_one_that_the_processor_will_not_make_has_failed(session, gone, coordinator):
    made = start(session, gone, 2000, coordinator)
    services.reject_refund(session, made, "已经退过")
    services.reject_refund(session, made, "已经退过")
    assert (made.state, made.problem) == (RefundState.FAILED, "已经退过")
    assert gone.refunded_fen == 0
    # It had been made after all: money that is gone is written down, in a row of its own.
    (imported,) = settle(session, seen_refund(made))
    assert (imported.cause, imported.serial) == (RefundCause.PROCESSOR, f"re_{made.id}")
    assert queries.verify_payments(session) == []


def test_a_refund_of_the_dashboard_is_written_down_once_by_its_id(
    session, gone, order, coordinator
):
    seen = seen_refund(payment=gone, amount=2000)
    first, again = settle(session, seen), settle(session, seen)
    assert first == again
    (made,) = first
    assert (made.cause, made.made_by, made.state) == (
        RefundCause.PROCESSOR,
        None,
        RefundState.DONE,
    )
    assert (made.order, made.serial, made.amount_fen) == (order, seen.refund_id, 2000)
    balance = queries.balance_of(session, order)
    assert (balance.give_back_fen, balance.refunded_fen, balance.outstanding_fen) == (3000, 2000, 0)
    assert session.query(Entry).filter_by(deed="refund.imported").count() == 1
    assert "售后" not in told(session, coordinator)[-1]
    assert queries.verify_payments(session) == []


def test_one_beyond_what_an_order_gave_back_is_outstanding_until_it_is_explained(
    session, paid, order, coordinator
):
    receive(session, order)
    (made,) = settle(session, seen_refund(payment=paid, amount=2500))
    balance = queries.balance_of(session, order)
    assert (balance.outstanding_fen, balance.applied_fen, balance.refunded_fen) == (
        2500,
        2500,
        2500,
    )
    assert "请用售后说明" in told(session, coordinator)[-1]
    assert queries.verify_payments(session) == []
    ordering.take_back(
        session, order.lines[0], milli=1000, reason="说明", once_key=key(), by=coordinator
    )
    assert queries.balance_of(session, order).outstanding_fen == 0
    settle(session, seen_refund(payment=paid, refund_id=made.serial, amount=2500, state=FAILED))
    assert queries.balance_of(session, order).give_back_fen == 2500
    assert queries.verify_payments(session) == []


def test_one_that_fails_is_put_to_what_its_order_still_owes(session, paid, order):
    receive(session, order)
    (made,) = settle(session, seen_refund(payment=paid, amount=2500, state=GOING))
    assert made.state is RefundState.SENT
    settle(session, seen_refund(payment=paid, refund_id=made.serial, amount=2500, state=FAILED))
    balance = queries.balance_of(session, order)
    assert (balance.applied_fen, balance.outstanding_fen, balance.loose_fen) == (5000, 0, 0)
    assert queries.verify_payments(session) == []


def test_money_the_processor_gave_back_is_not_sent_again(session, gone, coordinator):
    """Ours waits while somebody gives all of it back in the dashboard: ours can't be made any more."""
    small, large = (start(session, gone, fen, coordinator) for fen in (1000, 4000))
    (made,) = settle(session, seen_refund(payment=gone, amount=1500))
    assert (large.state, small.state) == (RefundState.FAILED, RefundState.PENDING)
    assert (made.amount_fen, gone.refunded_fen, gone.free_fen) == (1500, 2500, 2500)
    assert "直接退过" in large.problem
    assert queries.verify_payments(session) == []


def test_ours_that_were_made_are_known_before_room_is_made_for_others(session, gone, coordinator):
    """The answers to ours were lost; the processor's list tells ours and the dashboard's at once."""
    first, second = (start(session, gone, 2000, coordinator) for _ in range(2))
    there = seen_refund(payment=gone, amount=3000)
    settle(session, there, seen_refund(second))
    assert (first.state, second.state) == (RefundState.FAILED, RefundState.DONE)
    assert gone.refunded_fen == 5000
    assert queries.verify_payments(session) == []


def test_what_does_not_fit_yet_comes_again(session, gone, coordinator):
    """One of ours failed there, which nobody has heard; the room it leaves is used already."""
    made = start(session, gone, 5000, coordinator)
    settle(session, seen_refund(made, state=GOING))
    session.commit()
    there = seen_refund(payment=gone, amount=5000)
    with pytest.raises(Refused, match="可以退"):
        settle(session, there)
    session.rollback()
    settle(session, there, seen_refund(made, state=FAILED))
    assert (made.state, gone.refunded_fen) == (RefundState.FAILED, 5000)
    assert queries.verify_payments(session) == []


def test_our_number_on_another_sum_or_payment_is_not_ours(session, gone, coordinator, shopper):
    made = start(session, gone, 2000, coordinator)
    (other,) = settle(session, seen_refund(made, refund_id="re_x", amount=1999))
    assert (other is made, made.serial) == (False, None)
    (unknown,) = settle(session, seen_refund(made, refund_id="re_y", amount=1, number="TK-unknown"))
    assert unknown.cause is RefundCause.PROCESSOR


def test_what_is_not_ours_or_never_happened_is_left_alone(session, gone):
    assert settle(session) == []
    assert settle(session, seen_refund(payment=gone, currency="usd")) == []
    assert settle(session, seen_refund(payment=gone, intent="pi_other", order_number="")) == []
    assert settle(session, seen_refund(payment=gone, intent="pi_other", order_number="123")) == []
    assert settle(session, seen_refund(payment=gone, state=FAILED)) == []
    assert session.query(Refund).count() == 0


def test_one_that_is_heard_of_before_its_payment_comes_again(session, order):
    given = {"intent": "pi_later", "order_number": order.number}
    payment = pay_online(session, order)
    with pytest.raises(Refused, match="还没有登记"):
        settle(session, seen_refund(payment=payment, **given))
    with pytest.raises(Refused, match="还没有登记"):
        dispute(session, payment, **given)


def test_money_that_was_moved_to_another_order_is_taken_from_where_it_is(
    session, gone, order, shopper, coordinator
):
    other = place(session, shopper, (make.sku(session), 1000))
    pay_by_transfer(session, other, coordinator)
    put = session.query(Allocation).filter_by(payment_id=gone.id).one()
    services.reverse(session, put, 5000, by=coordinator)
    session.flush()
    extra = place(session, shopper, (make.sku(session), 2000))
    services.allocate(session, gone, extra, 5000, by=coordinator)
    session.flush()
    (made,) = settle(session, seen_refund(payment=gone, amount=1000))
    assert made.order is extra
    assert queries.balance_of(session, extra).applied_fen == 4000


# Disputes


def dispute(session, payment, state=SeenDisputeState.OPEN, **given):
    made = services.settle_dispute(session, seen_dispute(payment, state, **given))
    session.flush()
    return made


def test_a_dispute_is_written_down_once_and_told(session, paid, order, coordinator):
    made = dispute(session, paid)
    assert dispute(session, paid) is made
    assert (made.state, made.amount_fen) == (DisputeState.OPEN, 5000)
    assert session.query(Dispute).count() == 1
    texts = [text for text in told(session, coordinator) if "支付争议" in text]
    assert len(texts) == 1
    assert order.number in texts[0]
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("way", [[], [SeenDisputeState.OPEN], [SeenDisputeState.REVIEW]])
@pytest.mark.parametrize("stale", [SeenDisputeState.OPEN, SeenDisputeState.REVIEW])
def test_a_lost_one_took_the_money_once(session, paid, order, coordinator, way, stale):
    for state in (*way, SeenDisputeState.LOST, stale, SeenDisputeState.LOST):
        made = dispute(session, paid, state)
    assert made.state is DisputeState.LOST
    refund = session.query(Refund).one()
    assert (refund.cause, refund.serial) == (RefundCause.DISPUTE, made.external_id)
    assert (refund.state, refund.amount_fen, refund.order) == (RefundState.DONE, 5000, order)
    assert queries.balance_of(session, order).outstanding_fen == 5000
    assert queries.verify_payments(session) == []


@pytest.mark.parametrize("state", [SeenDisputeState.WON, SeenDisputeState.CLOSED])
def test_one_that_is_won_or_withdrawn_changes_nothing(session, paid, order, state):
    dispute(session, paid)
    assert dispute(session, paid, state).state == state.value
    assert session.query(Refund).count() == 0
    assert queries.balance_of(session, order).outstanding_fen == 0


def test_one_that_is_won_after_all_brings_the_money_back(session, paid, order):
    dispute(session, paid, SeenDisputeState.LOST)
    dispute(session, paid, SeenDisputeState.WON)
    refund = session.query(Refund).one()
    assert refund.state is RefundState.FAILED
    balance = queries.balance_of(session, order)
    assert (balance.applied_fen, balance.outstanding_fen, balance.refunded_fen) == (5000, 0, 0)
    assert queries.verify_payments(session) == []


def test_a_refund_of_ours_that_waits_gives_way_to_a_lost_dispute(session, gone, coordinator):
    made = start(session, gone, 5000, coordinator)
    dispute(session, gone, SeenDisputeState.LOST)
    assert made.state is RefundState.FAILED
    assert gone.refunded_fen == 5000
    assert queries.verify_payments(session) == []


def test_another_shops_dispute_is_left_alone(session, paid):
    assert dispute(session, paid, currency="usd") is None
    assert dispute(session, paid, intent="pi_other", order_number="") is None
    assert session.query(Dispute).count() == 0


def test_a_notice_of_any_kind_acts_once(session, paid, gone):
    refunded = Notice("evt_1", "charge.refunded", gone.bank_serial)
    there = seen_refund(payment=gone, amount=1)
    (made,) = services.hear(session, refunded, [there])
    assert made.amount_fen == 1
    assert services.hear(session, refunded, [seen_refund(payment=gone, amount=2)]) is None
    opened = Notice("evt_2", "charge.dispute.created", "du_1")
    assert services.hear(session, opened, seen_dispute(gone, amount=7)).amount_fen == 7
    assert session.query(Refund).count() == 1
