"""Statements of a month: what is on them, what they ask for, and what is paid of them."""

import datetime as dt
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from market.core import clock
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering.models import BuyingFor
from market.ordering.services import accept_consignment, sign
from market.payments.models import (
    Allocation,
    LineKind,
    Payment,
    Statement,
    StatementLine,
    StatementState,
)
from market.payments.queries import (
    is_sound_statement,
    outstanding_fen,
    statement_for,
    unbilled_fen,
)
from market.payments.queries.statements import places_on
from market.payments.services import (
    make_statements,
    pay_statement,
    record_statement_transfer,
    record_transfer,
    statements,
    transfers,
)
from tests import make, make_orders
from tests.payments.billing import asked, billed, claimed, delivered, on, paid_in


@pytest.fixture
def sku(session):
    """A bag at 25.00, of which there is enough."""
    return make.sku(session, stock_milli=900_000)


def direct(session, order, by, amount_fen):
    """Pay an order itself, not by a statement."""
    return record_transfer(
        session,
        order,
        amount_fen=amount_fen,
        bank_serial=make_orders.once(),
        paid_on=clock.today(),
        once_key=make_orders.once(),
        by=by,
    )


def pay(session, statement, by, amount_fen):
    payment = paid_in(session, amount_fen, by)
    return pay_statement(session, statement, payment, amount_fen, by=by)


def received(session, part, by):
    accept_consignment(session, part, by=make_orders.seller(session, part))
    make_orders.shipped(session, part)
    sign(session, make_orders.inspected(session, part, by), by=make.person(session, unit=by.unit))


def of(statement):
    """Return kind and amount of a statement's lines."""
    return [(line.kind, line.amount_fen) for line in statement.lines]


def test_a_statement_has_what_was_accepted_and_claimed_in_the_month(session, buyer, sku):
    with on(2026, 3, 3):
        first = delivered(session, buyer, (sku, 4000))
    with on(2026, 3, 5):
        claimed(session, first, buyer)
    with on(2026, 3, 31):
        delivered(session, buyer, (sku, 2000))
    with on(2026, 4, 1):
        delivered(session, buyer, (sku, 8000))
    statement = billed(session)
    assert is_sound_statement(statement.number)
    assert statement.number.startswith("JS2603")
    assert (statement.unit_id, statement.supplier) == (buyer.unit_id, sku.product.supplier)
    assert of(statement) == [
        (LineKind.ACCEPTANCE, 10000),
        (LineKind.CLAIM, -2500),
        (LineKind.ACCEPTANCE, 5000),
    ]
    assert [line.happened_on.day for line in statement.lines] == [3, 5, 31]
    assert statement.total_fen == outstanding_fen(session, statement) == 12500
    assert (statement.issued_on, statement.due_on) == (dt.date(2026, 4, 1), dt.date(2026, 5, 1))
    assert unbilled_fen(session) == 20000
    assert asked(session) == (32500, 32500)


def test_the_month_is_that_of_china(session, buyer, sku):
    last_moment = dt.datetime(2026, 3, 31, 15, 59, tzinfo=dt.UTC)
    with clock.set_to(last_moment):
        delivered(session, buyer, (sku, 1000))
    with clock.set_to(last_moment + dt.timedelta(minutes=1)):
        delivered(session, buyer, (sku, 2000))
    assert billed(session).total_fen == 2500
    assert billed(session, 2026, 4).total_fen == 5000


def test_each_unit_and_supplier_has_its_own_and_both_are_told(session, buyer, stranger, sku, lead):
    other = make.sku(session, stock_milli=900_000)
    with on(2026, 3, 3):
        order = make_orders.order(session, buyer, (sku, 1000), (other, 2000))
        for part in order.consignments:
            received(session, part, buyer)
        delivered(session, stranger, (sku, 3000))
    with on(2026, 4, 1):
        made = make_statements(session, 2026, 3)
    assert sorted(statement.total_fen for statement in made) == [2500, 5000, 7500]
    seller = make_orders.seller(session, order.consignments[0])
    [mine] = [one for one in made if one.total_fen == 2500]
    for person in (buyer, lead, seller):
        texts = [n.text for n in session.query(Notice).filter_by(path=f"/statements/{mine.number}")]
        assert texts.count(texts[0]) == len(texts) >= 3
        assert "25.00 元，请核对后确认" in texts[0]
        assert session.query(Notice).filter_by(person_id=person.id, text=texts[0]).count() == 1


def test_a_month_that_has_not_ended_is_refused(session):
    with on(2026, 3, 31), pytest.raises(Refused, match="2026 年 3 月还没有结束"):
        make_statements(session, 2026, 3)
    with on(2026, 4, 1):
        assert make_statements(session, 2026, 3) == []


def test_what_was_prepaid_is_on_no_statement(session, shopper, sku):
    with on(2026, 3, 3):
        make_orders.consignment(
            session, shopper, (sku, 1000), state="received", buying_for=BuyingFor.SELF
        )
    with on(2026, 4, 1):
        assert make_statements(session, 2026, 3) == []


def test_making_them_again_makes_nothing_and_what_was_late_is_on_the_next(session, buyer, sku):
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    billed(session)
    with on(2026, 4, 1):
        assert make_statements(session, 2026, 3) == []
    with on(2026, 3, 30):
        delivered(session, buyer, (sku, 2000))
    with on(2026, 4, 2):
        assert make_statements(session, 2026, 3) == []
    assert billed(session, 2026, 4).total_fen == 5000


def test_a_void_one_frees_its_sources(session, buyer, sku):
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    void = billed(session)
    session.execute(sa.update(Statement).values(state=StatementState.VOID))
    session.execute(sa.update(StatementLine).values(is_live=False))
    assert outstanding_fen(session, void) == 0
    assert unbilled_fen(session) == 2500
    again = billed(session)
    assert again.number != void.number
    assert outstanding_fen(session, again) == 2500


def test_a_payment_goes_to_the_oldest_order_first(session, buyer, sku, coordinator):
    with on(2026, 3, 3):
        first = delivered(session, buyer, (sku, 1000))
        second = delivered(session, buyer, (sku, 2000))
    statement = billed(session)
    assert [(a.order_id, a.amount_fen) for a in pay(session, statement, coordinator, 3000)] == [
        (first.id, 2500),
        (second.id, 500),
    ]
    assert outstanding_fen(session, statement) == 4500
    assert asked(session) == (4500, 4500)
    pay(session, statement, coordinator, 4500)
    assert outstanding_fen(session, statement) == 0
    assert {a.statement_id for a in session.query(Allocation)} == {statement.id}


@pytest.mark.parametrize("amount_fen", [2501, 0, -1])
def test_a_sum_that_a_statement_does_not_ask_for_is_refused(
    session, buyer, sku, coordinator, amount_fen
):
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    statement = billed(session)
    payment = paid_in(session, 9000, coordinator)
    with pytest.raises(Refused, match=r"还应付 25\.00 元") as refusal:
        pay_statement(session, statement, payment, amount_fen, by=coordinator)
    assert refusal.value.field == "amount_fen"


@pytest.mark.parametrize("state", [StatementState.VOID, StatementState.DISPUTED])
def test_a_statement_that_does_not_stand_is_not_paid(session, buyer, sku, coordinator, state):
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    statement = billed(session)
    session.execute(sa.update(Statement).values(state=state))
    with pytest.raises(Refused, match=f"当前是“{state.label}”"):
        pay(session, statement, coordinator, 2500)


def test_what_an_order_was_paid_directly_a_statement_does_not_ask_for(
    session, buyer, sku, coordinator
):
    with on(2026, 3, 3):
        order = delivered(session, buyer, (sku, 4000))
        direct(session, order, coordinator, 3000)
    statement = billed(session)
    assert (statement.total_fen, outstanding_fen(session, statement)) == (10000, 7000)
    direct(session, order, coordinator, 1000)
    assert outstanding_fen(session, statement) == 6000
    with pytest.raises(Refused, match=r"还应付 60\.00 元"):
        pay(session, statement, coordinator, 6001)
    pay(session, statement, coordinator, 6000)
    assert asked(session) == (0, 0)


def test_a_claim_that_comes_later_lessens_what_is_asked_at_once(session, buyer, sku):
    with on(2026, 3, 30):
        order = delivered(session, buyer, (sku, 4000))
    statement = billed(session)
    with on(2026, 4, 2):
        claimed(session, order, buyer)
    assert outstanding_fen(session, statement) == 7500
    assert asked(session) == (7500, 7500)
    with on(2026, 4, 3):
        delivered(session, buyer, (sku, 1000))
    later = billed(session, 2026, 4)
    assert of(later) == [(LineKind.CLAIM, -2500), (LineKind.ACCEPTANCE, 2500)]
    assert later.total_fen == 0
    # The claim lessens the order it is about, so what the month's goods cost is asked here.
    assert (outstanding_fen(session, statement), outstanding_fen(session, later)) == (7500, 2500)
    assert asked(session) == (10000, 10000)


def test_a_credit_is_set_off_against_what_the_month_owes(session, buyer, sku, coordinator):
    with on(2026, 3, 30):
        first = delivered(session, buyer, (sku, 4000))
    statement = billed(session)
    pay(session, statement, coordinator, 10000)
    with on(2026, 4, 2):
        claimed(session, first, buyer)
        second = delivered(session, buyer, (sku, 3000))
    later = billed(session, 2026, 4)
    assert (later.total_fen, outstanding_fen(session, later)) == (5000, 5000)
    [taken, put] = session.query(Allocation).filter_by(statement_id=later.id)
    assert (taken.order_id, taken.amount_fen) == (first.id, -2500)
    assert (put.order_id, put.amount_fen) == (second.id, 2500)
    assert asked(session) == (5000, 5000)
    pay(session, later, coordinator, 5000)
    assert asked(session) == (0, 0)
    assert session.query(sa.func.sum(Payment.free_fen)).scalar() == 0


def test_a_negative_total_asks_for_nothing_and_goes_on_the_next(session, buyer, sku, coordinator):
    with on(2026, 3, 30):
        first = delivered(session, buyer, (sku, 4000))
    pay(session, billed(session), coordinator, 10000)
    with on(2026, 4, 2):
        claimed(session, first, buyer, 2000)
    april = billed(session, 2026, 4)
    assert (april.total_fen, outstanding_fen(session, april)) == (-5000, 0)
    with on(2026, 5, 2):
        delivered(session, buyer, (sku, 1000))
    may = billed(session, 2026, 5)
    assert of(may) == [(LineKind.ACCEPTANCE, 2500), (LineKind.CARRIED, -2500)]
    assert (may.total_fen, outstanding_fen(session, may)) == (0, 0)
    assert may.lines[1].carried is april
    with on(2026, 6, 2):
        delivered(session, buyer, (sku, 3000))
    june = billed(session, 2026, 6)
    # The rest of the credit is what the order's latest statement, of May, left.
    assert of(june) == [(LineKind.ACCEPTANCE, 7500), (LineKind.CARRIED, -2500)]
    assert (june.total_fen, outstanding_fen(session, june)) == (5000, 5000)
    assert asked(session) == (5000, 5000)


def test_a_credit_of_a_payment_to_the_order_itself_is_set_off_too(session, buyer, sku, coordinator):
    with on(2026, 3, 3):
        first = delivered(session, buyer, (sku, 4000))
        direct(session, first, coordinator, 10000)
        claimed(session, first, buyer)
        delivered(session, buyer, (sku, 2000))
    statement = billed(session)
    assert (statement.total_fen, outstanding_fen(session, statement)) == (12500, 2500)
    assert asked(session) == (2500, 2500)


def test_a_small_rest_of_a_confirmed_statement_goes_on_the_next_where_the_unit_chose_so(
    session, buyer, sku, coordinator
):
    buyer.unit.carry_limit_fen = 500
    with on(2026, 3, 3):
        first = delivered(session, buyer, (sku, 4000))
    march = billed(session)
    pay(session, march, coordinator, 9600)
    confirm_both(session, march, buyer)
    with on(2026, 4, 3):
        delivered(session, buyer, (sku, 1000))
    april = billed(session, 2026, 4)
    assert of(april) == [(LineKind.ACCEPTANCE, 2500), (LineKind.CARRIED, 400)]
    assert (outstanding_fen(session, march), outstanding_fen(session, april)) == (0, 2900)
    assert asked(session) == (2900, 2900)
    made = pay(session, april, coordinator, 2900)
    assert [(a.order_id, a.amount_fen) for a in made] == [
        (first.id, 400),
        (april.lines[0].order_id, 2500),
    ]
    assert asked(session) == (0, 0)
    assert [place.own_fen for place in places_on(session, march.id)] == [0]


@pytest.mark.parametrize(
    ("limit_fen", "paid_fen", "confirmed"), [(0, 9600, True), (399, 9600, True), (500, 9600, False)]
)
def test_a_rest_stays_where_it_is_large_or_not_agreed_or_the_unit_did_not_choose_so(
    session, buyer, sku, coordinator, limit_fen, paid_fen, confirmed
):
    buyer.unit.carry_limit_fen = limit_fen
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 4000))
    march = billed(session)
    pay(session, march, coordinator, paid_fen)
    if confirmed:
        confirm_both(session, march, buyer)
    with on(2026, 4, 3):
        delivered(session, buyer, (sku, 1000))
    april = billed(session, 2026, 4)
    assert (outstanding_fen(session, march), outstanding_fen(session, april)) == (400, 2500)


def confirm_both(session, statement, by):
    session.execute(
        sa.update(Statement)
        .where(Statement.id == statement.id)
        .values(
            state=StatementState.CONFIRMED,
            unit_confirmed_by_id=by.id,
            supplier_confirmed_by_id=by.id,
        )
    )
    session.refresh(statement)


def test_an_order_of_two_suppliers_is_asked_for_on_both_and_once(session, buyer, sku, coordinator):
    other = make.sku(session, stock_milli=900_000)
    with on(2026, 3, 3):
        order = make_orders.order(session, buyer, (sku, 1000), (other, 2000))
        received(session, order.consignments[0], buyer)
        direct(session, order, coordinator, 1000)
    march = billed(session)
    assert outstanding_fen(session, march) == 1500
    with on(2026, 4, 3):
        received(session, order.consignments[1], buyer)
    assert unbilled_fen(session) == 5000
    april = billed(session, 2026, 4)
    # What is paid to the order itself goes to the older statement first.
    direct(session, order, coordinator, 2000)
    assert (outstanding_fen(session, march), outstanding_fen(session, april)) == (0, 4500)
    assert asked(session) == (4500, 4500)


def transfer(session, statement, by, amount_fen, **given):
    session.flush()
    return record_statement_transfer(
        session,
        statement,
        by=by,
        amount_fen=amount_fen,
        **{
            "bank_serial": make_orders.once(),
            "paid_on": clock.today(),
            "once_key": make_orders.once(),
        }
        | given,
    )


def test_a_transfer_for_a_statement_is_written_down_and_put_to_it(
    session, buyer, sku, coordinator, stranger
):
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
        delivered(session, stranger, (sku, 1000))
    with on(2026, 4, 1):
        statement, other = make_statements(session, 2026, 3)
    made = transfer(session, statement, coordinator, 2000, bank_serial="ａ 1", once_key="k")
    assert (made.bank_serial, made.unit_id, made.remark) == ("A1", buyer.unit_id, statement.number)
    assert outstanding_fen(session, statement) == 500
    assert transfer(session, statement, coordinator, 2000, once_key="k") is made
    with pytest.raises(Refused, match="不属于这张结算单"):
        transfer(session, other, coordinator, 2000, once_key="k")
    with pytest.raises(Refused, match="A1 已登记"):
        transfer(session, other, coordinator, 2000, bank_serial="a1")
    with pytest.raises(Refused, match="只有统筹协调和资金管理人员"):
        transfer(session, other, buyer, 2000)


@pytest.mark.parametrize("seen_later", [True, False])
def test_a_serial_that_is_used_at_this_moment_is_refused(
    session, buyer, sku, coordinator, monkeypatch, seen_later
):
    """At the look the serial was free; at the INSERT it was not."""
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    statement = billed(session)
    used = paid_in(session, 100, coordinator)
    look = transfers._check_unused
    looks = iter([lambda *_: None, look if seen_later else lambda *_: None])
    monkeypatch.setattr(transfers, "_check_unused", lambda *given: next(looks)(*given))
    with pytest.raises(Refused, match=r"已登记在|刚刚被别人登记"):
        transfer(session, statement, coordinator, 100, bank_serial=used.bank_serial)


def test_only_those_who_take_the_money_make_statements(session, buyer, lead, coordinator):
    for person in (buyer, lead):
        with pytest.raises(Refused, match="只有统筹协调和资金管理人员可以生成"):
            make_statements(session, 2026, 3, by=person)
    assert make_statements(session, 2026, 3, by=coordinator) == []


def test_a_number_that_another_has_is_drawn_again(session, buyer, stranger, sku, monkeypatch):
    drawn = iter([7, 7, 8])
    chance = SimpleNamespace(randbelow=lambda _: next(drawn))
    monkeypatch.setattr(statements, "secrets", chance)
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
        delivered(session, stranger, (sku, 1000))
    with on(2026, 4, 1):
        numbers = {one.number[:11] for one in make_statements(session, 2026, 3)}
    assert numbers == {"JS260300007", "JS260300008"}


def test_who_is_on_no_side_sees_none(session, buyer, shopper, sku):
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    statement = billed(session)
    assert statement_for(session, shopper, statement.number) is None
    assert statement_for(session, buyer, statement.number) is statement
