"""Money that arrives, and what orders owe."""

import datetime as dt
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.notices.models import Notice
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, ConsignmentState, OrderState
from market.payments import services
from market.payments.models import Matter, Payment, PaymentState
from market.payments.queries import Balance, desk_for, desk_row, desk_sums, fate_of, ledger_of
from tests import make
from tests.ordering.placing import place

_n = itertools.count(1)


@pytest.fixture
def unpaid(session, shopper):
    return place(session, shopper, (make.sku(session), 2000))


@pytest.fixture
def on_account(session, buyer):
    """A canteen's order of two lines from two suppliers, 50.00 and 75.00."""
    lines = ((make.sku(session), 2000), (make.sku(session), 3000))
    return place(session, buyer, *lines, buying_for=BuyingFor.CANTEEN)


def transfer(session, order, by, amount_fen, **given):
    number = next(_n)
    session.flush()
    return services.record_transfer(
        session,
        order,
        by=by,
        amount_fen=amount_fen,
        **{"bank_serial": f"S{number}", "paid_on": clock.today(), "once_key": f"k{number}"} | given,
    )


def receive(session, consignment, accepted_milli=None):
    """Let a consignment arrive; the acceptance itself is tested in its own place."""
    for state in (ConsignmentState.ACCEPTED, ConsignmentState.SHIPPED, ConsignmentState.RECEIVED):
        move(session, consignment, state)
    for line in consignment.lines:
        milli = line.ordered_milli if accepted_milli is None else accepted_milli
        line.shipped_milli = line.ordered_milli
        line.accepted_milli, line.rejected_milli = milli, line.ordered_milli - milli
        line.accepted_fen = line.price_fen * milli // 1000
    session.flush()


def figures(session, order):
    ledger = ledger_of(session, order)
    return ledger.due_fen, ledger.paid_fen, ledger.outstanding_fen, ledger.give_back_fen


def test_the_exact_sum_opens_a_prepaid_order(session, unpaid, coordinator):
    assert figures(session, unpaid) == (5000, 0, 5000, 0)
    payment = transfer(session, unpaid, coordinator, 5000)
    assert payment.state is PaymentState.APPLIED
    assert unpaid.state is OrderState.OPEN
    assert figures(session, unpaid) == (5000, 5000, 0, 0)
    assert [e.deed for e in session.query(Entry).order_by(Entry.id)] == [
        "order.placed",
        "payment.recorded",
        "allocation.made",
        "order.paid",
    ]


def test_a_fund_officer_records_too_and_nobody_else(session, unpaid, buyer, lead, inspector, admin):
    for person in (unpaid.placed_by, buyer, lead, inspector, admin):
        with pytest.raises(Refused, match="只有统筹协调和资金管理人员"):
            transfer(session, unpaid, person, 5000)
    officer = make.person(session, role=Role.FUND_OFFICER)
    assert transfer(session, unpaid, officer, 5000).recorded_by is officer


@pytest.mark.parametrize("amount_fen", [4999, 5001, 1])
def test_another_sum_for_a_prepaid_order_is_refused(session, unpaid, coordinator, amount_fen):
    with pytest.raises(Refused, match=r"一次付清 50\.00 元") as refusal:
        transfer(session, unpaid, coordinator, amount_fen)
    assert refusal.value.field == "amount_fen"
    assert session.query(Payment).count() == 0


@pytest.mark.parametrize("amount_fen", [0, -5000])
def test_nothing_and_less_is_refused(session, unpaid, coordinator, amount_fen):
    with pytest.raises(Refused, match="金额必须大于 0"):
        transfer(session, unpaid, coordinator, amount_fen)


def test_a_serial_is_used_once(session, unpaid, on_account, coordinator):
    transfer(session, unpaid, coordinator, 5000, bank_serial="2026 ab01")
    receive(session, on_account.consignments[0])
    with pytest.raises(Refused, match=f"已登记在订单 {unpaid.number}") as refusal:
        transfer(session, on_account, coordinator, 5000, bank_serial="２０２６AB 01")
    assert refusal.value.field == "bank_serial"
    with pytest.raises(Refused, match="请填写银行流水号"):
        transfer(session, on_account, coordinator, 5000, bank_serial="   ")


@pytest.mark.parametrize(("days", "sentence"), [(1, "不能晚于今天"), (-367, "不能早于一年前")])
def test_a_day_that_cannot_be_is_refused(session, unpaid, coordinator, days, sentence):
    paid_on = clock.today() + dt.timedelta(days=days)
    with pytest.raises(Refused, match=sentence) as refusal:
        transfer(session, unpaid, coordinator, 5000, paid_on=paid_on)
    assert refusal.value.field == "paid_on"
    day_before = clock.today() - dt.timedelta(days=366)
    assert transfer(session, unpaid, coordinator, 5000, paid_on=day_before).paid_on == day_before


def test_the_same_key_returns_the_payment_it_made(session, unpaid, coordinator):
    first = transfer(session, unpaid, coordinator, 5000, once_key="once", bank_serial="A")
    assert transfer(session, unpaid, coordinator, 5000, once_key="once", bank_serial="A") is first
    assert session.query(Payment).count() == 1


def test_the_key_of_another_order_is_refused(session, unpaid, on_account, coordinator):
    payment = transfer(session, unpaid, coordinator, 5000)
    with pytest.raises(Refused, match="不属于这个订单"):
        transfer(session, on_account, coordinator, 5000, once_key=payment.once_key)


def test_a_serial_that_is_long_in_plain_letters_is_refused(session, unpaid, coordinator):
    with pytest.raises(Refused, match="最多 60 个字") as refusal:
        transfer(session, unpaid, coordinator, 5000, bank_serial="ﷺ" * 5)
    assert refusal.value.field == "bank_serial"


def test_who_clicks_while_the_first_click_is_at_work_gets_its_payment(
    session, unpaid, coordinator, monkeypatch
):
    """At the first look there was no payment of this key or serial; at the INSERT there was."""
    first = transfer(session, unpaid, coordinator, 5000, once_key="once", bank_serial="A")
    looks = iter([None, first])
    monkeypatch.setattr(services.transfers, "_made_before", lambda *_: next(looks))
    with monkeypatch.context() as unseen:
        unseen.setattr(services.transfers, "_check_unused", lambda *_: None)
        again = transfer(session, unpaid, coordinator, 5000, once_key="once", bank_serial="A")
    assert again is first


def test_a_serial_taken_at_this_moment_names_its_order(
    session, unpaid, on_account, coordinator, monkeypatch
):
    """At the first look the serial was free; at the INSERT it was not."""
    transfer(session, unpaid, coordinator, 5000, bank_serial="A")
    receive(session, on_account.consignments[0])
    look, looks = services.transfers._check_unused, iter([lambda *_: None])
    monkeypatch.setattr(
        services.transfers, "_check_unused", lambda *given: next(looks, look)(*given)
    )
    with pytest.raises(Refused, match=f"已登记在订单 {unpaid.number}"):
        transfer(session, on_account, coordinator, 5000, bank_serial="A")


@pytest.mark.parametrize("how", ["overdue", "expired", "cancelled", "paid"])
def test_money_that_an_order_can_no_longer_take_waits_to_go_back(session, unpaid, coordinator, how):
    later = clock.now()
    if how == "cancelled":
        ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    elif how == "paid":
        transfer(session, unpaid, coordinator, 5000)
    else:
        later = unpaid.pay_by_at
    with clock.set_to(later):
        if how == "expired":
            ordering.expire_orders(session)
        payment = transfer(session, unpaid, coordinator, 1234)
        due_fen = 5000 if how == "paid" else 0
        assert payment.state is PaymentState.UNAPPLIED
        assert figures(session, unpaid) == (due_fen, due_fen + 1234, 0, 1234)
    session.flush()
    assert "待退回" in session.query(Notice).order_by(Notice.id.desc()).first().text


def test_what_was_paid_for_an_order_called_off_waits_to_go_back(session, unpaid, coordinator):
    payment = transfer(session, unpaid, coordinator, 5000)
    assert payment.state is PaymentState.APPLIED
    (paid,) = ledger_of(session, unpaid).payments
    assert fate_of(paid, unpaid) is PaymentState.APPLIED
    ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    session.flush()
    assert fate_of(paid, unpaid) is PaymentState.UNAPPLIED
    assert figures(session, unpaid) == (0, 5000, 0, 5000)


def test_an_order_on_account_owes_what_was_accepted(session, on_account, coordinator):
    first, second = on_account.consignments
    assert figures(session, on_account) == (0, 0, 0, 0)
    with pytest.raises(Refused, match=r"还应付 0\.00 元"):
        transfer(session, on_account, coordinator, 1)
    receive(session, first, accepted_milli=1000)
    assert figures(session, on_account) == (2500, 0, 2500, 0)
    assert transfer(session, on_account, coordinator, 1000).state is PaymentState.APPLIED
    with pytest.raises(Refused, match=r"还应付 15\.00 元") as refusal:
        transfer(session, on_account, coordinator, 1501)
    assert refusal.value.field == "amount_fen"
    transfer(session, on_account, coordinator, 1500)
    assert figures(session, on_account) == (2500, 2500, 0, 0)
    receive(session, second)
    assert figures(session, on_account) == (10000, 2500, 7500, 0)
    assert on_account.state is OrderState.OPEN


def test_a_claim_is_no_longer_owed_and_goes_back_if_it_was_paid(session, on_account, coordinator):
    receive(session, on_account.consignments[0])
    transfer(session, on_account, coordinator, 5000)
    line = on_account.consignments[0].lines[0]
    line.claimed_milli, line.claimed_fen = 400, 1000
    session.flush()
    assert figures(session, on_account) == (4000, 5000, 0, 1000)


def test_a_prepaid_order_owes_what_comes(session, shopper, coordinator):
    order = place(session, shopper, *((make.sku(session), 2000) for _ in range(3)))
    transfer(session, order, coordinator, 15000)
    first, second, third = order.consignments
    move(session, first, ConsignmentState.DECLINED)
    assert figures(session, order) == (10000, 15000, 0, 5000)
    move(session, second, ConsignmentState.ACCEPTED)
    move(session, second, ConsignmentState.SHIPPED)
    second.lines[0].shipped_milli = 1000
    session.flush()
    assert figures(session, order) == (7500, 15000, 0, 7500)
    receive(session, third, accepted_milli=0)
    assert figures(session, order) == (2500, 15000, 0, 12500)


# The desk


def desk(session, matter=None, search=""):
    return [desk_row(row) for row in session.execute(desk_for(matter=matter, search=search))]


def test_the_desk_shows_what_is_to_come_in_and_to_go_back(
    session, unpaid, on_account, buyer, coordinator
):
    late = place(session, make.person(session, role=Role.SHOPPER), (make.sku(session), 1000))
    quiet = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.UNION)
    ordering.cancel_order(session, late, reason="x", by=late.placed_by)
    transfer(session, late, coordinator, 2500)
    receive(session, on_account.consignments[0])

    assert [row.order for row in desk(session)] == [unpaid, on_account, late]
    assert [row.order for row in desk(session, Matter.AWAITING)] == [unpaid]
    assert [row.order for row in desk(session, Matter.ON_ACCOUNT)] == [on_account]
    assert [row.order for row in desk(session, Matter.BACK)] == [late]
    assert [row.order for row in desk(session, search=quiet.number)] == [quiet]
    assert desk(session, Matter.BACK, search=quiet.number) == []
    sums = desk_sums(session, matter=None, search="")
    assert (sums.count, sums.outstanding_fen, sums.give_back_fen) == (3, 10000, 2500)
    with clock.set_to(unpaid.pay_by_at):
        assert desk(session, Matter.AWAITING) == []
        assert [row.outstanding_fen for row in desk(session, search=unpaid.number)] == [0]


steps = st.lists(
    st.sampled_from(["decline 0", "decline 1", "receive 0", "receive 1", "pay", "claim", "cancel"]),
    max_size=7,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, prepaid=st.booleans())
def test_ledger_and_desk_always_say_the_same(session, steps, prepaid):
    """Whatever happens to an order, its own page and the desk agree, and nothing is negative."""
    by = make.person(session)
    coordinator = make.person(session, role=Role.COORDINATOR)
    order = place(
        session,
        by,
        (make.sku(session), 2000),
        (make.sku(session), 3000),
        buying_for=BuyingFor.SELF if prepaid else BuyingFor.CANTEEN,
    )
    for step in steps:
        deed, _, which = step.partition(" ")
        try:
            if deed == "decline":
                move(session, order.consignments[int(which)], ConsignmentState.DECLINED)
            elif deed == "receive" and order.state is OrderState.OPEN:
                receive(session, order.consignments[int(which)], accepted_milli=1000)
            elif deed == "pay":
                owed_fen = ledger_of(session, order).outstanding_fen
                transfer(session, order, coordinator, order.total_fen if prepaid else owed_fen)
            elif deed == "cancel":
                ordering.cancel_order(session, order, reason="x", by=by)
            elif deed == "claim" and order.lines[0].accepted_milli:
                order.lines[0].claimed_milli, order.lines[0].claimed_fen = 400, 1000
                session.flush()
        except Refused:
            pass
    session.flush()
    ledger = ledger_of(session, order)
    (row,) = desk(session, search=order.number)
    for figure in ("due_fen", "applied_fen", "loose_fen", "outstanding_fen", "give_back_fen"):
        assert getattr(row, figure) == getattr(ledger, figure) >= 0
    assert sum(paid.payment.amount_fen for paid in ledger.payments) == ledger.paid_fen
    assert sum(paid.applied_fen for paid in ledger.payments) == ledger.applied_fen
    listed = [row.order for row in desk(session)]
    assert (order in listed) == bool(ledger.outstanding_fen or ledger.give_back_fen)


@given(*(st.integers(0, 10**9) for _ in range(4)))
def test_a_balance_adds_up(due_fen, applied_fen, loose_fen, refunded_fen):
    balance = Balance(due_fen, applied_fen, loose_fen, refunded_fen)
    held_fen = balance.paid_fen - balance.refunded_fen
    assert held_fen == balance.due_fen - balance.outstanding_fen + balance.give_back_fen
