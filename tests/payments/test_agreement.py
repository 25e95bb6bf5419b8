"""Both sides agree with a statement or object to it; its day is put off once; who owes is reminded."""

import datetime as dt

import pytest

from market.catalog.models import Supplier
from market.core.access import Role
from market.core.errors import Refused
from market.notices.models import Notice
from market.payments.models import Allocation, StatementState
from market.payments.queries import outstanding_fen, verify_payments, verify_statements
from market.payments.services import (
    confirm_statement,
    extend_statement,
    make_statements,
    object_to_statement,
    pay_statement,
    remind,
    reverse,
    uphold_statement,
    void_statement,
)
from tests import make
from tests.payments.billing import asked, billed, claimed, delivered, on, paid_in


@pytest.fixture
def sku(session, vendor):
    supplier = session.get_one(Supplier, vendor.supplier_id)
    product = make.product(session, supplier=supplier)
    return make.sku(session, product=product, stock_milli=900_000)


@pytest.fixture
def statement(session, buyer, sku):
    """March's statement of 100.00, made on 1 April and due on 1 May."""
    with on(2026, 3, 30):
        delivered(session, buyer, (sku, 4000))
    return billed(session)


def texts(session, person):
    session.flush()
    found = session.query(Notice).filter_by(person_id=person.id).order_by(Notice.id)
    return [notice.text for notice in found]


def test_with_both_sides_word_it_is_confirmed(session, statement, lead, vendor):
    confirm_statement(session, statement, by=lead)
    assert statement.state is StatementState.ISSUED
    assert statement.unit_confirmed_by is lead
    assert texts(session, vendor)[-1] == f"结算单 {statement.number} 周强已确认，请核对后确认。"
    confirm_statement(session, statement, by=vendor)
    assert statement.state is StatementState.CONFIRMED
    assert statement.supplier_confirmed_at
    for person in (lead, vendor):
        assert texts(session, person)[-1].endswith("双方已确认，请按期付款。")


def test_a_side_says_it_once(session, statement, buyer, lead):
    confirm_statement(session, statement, by=buyer)
    with pytest.raises(Refused, match="您这一方已经确认过"):
        confirm_statement(session, statement, by=lead)
    assert statement.unit_confirmed_by is buyer


def test_nobody_else_may_confirm_or_object(session, statement, stranger, coordinator, shopper):
    other = make.supplier_person(session, make.supplier(session))
    for person in (stranger, coordinator, shopper, other):
        with pytest.raises(Refused, match="只有结算单双方"):
            confirm_statement(session, statement, by=person)
        with pytest.raises(Refused, match="只有结算单双方"):
            object_to_statement(session, statement, words="不对", by=person)


def test_an_objection_stops_it_until_a_coordinator_upholds_it(
    session, statement, buyer, vendor, coordinator
):
    confirm_statement(session, statement, by=vendor)
    object_to_statement(session, statement, words=" 3 月 30 日少了一袋 ", by=buyer)
    assert statement.state is StatementState.DISPUTED
    assert (statement.objection, statement.objected_by) == ("3 月 30 日少了一袋", buyer)
    assert statement.supplier_confirmed_by_id is None
    assert "提出异议" in texts(session, vendor)[-1]
    assert texts(session, coordinator)[-1] == f"结算单 {statement.number} 有异议，请处理。"
    for act in (confirm_statement, extend_statement):
        with pytest.raises(Refused, match=r"不能确认|不能延期"):
            act(session, statement, by=vendor, **{"reason": "x"} if act is extend_statement else {})
    with pytest.raises(Refused, match="只有统筹协调人员可以处理"):
        uphold_statement(session, statement, words="核实无误", by=buyer)
    with pytest.raises(Refused, match="请写明处理意见") as refusal:
        uphold_statement(session, statement, words=" ", by=coordinator)
    assert refusal.value.field == "words"
    uphold_statement(session, statement, words="核实无误", by=coordinator)
    assert (statement.state, statement.resolution) == (StatementState.ISSUED, "核实无误")
    confirm_statement(session, statement, by=vendor)
    confirm_statement(session, statement, by=buyer)
    assert statement.state is StatementState.CONFIRMED


def test_what_is_confirmed_is_not_objected_to(session, statement, buyer, vendor):
    with pytest.raises(Refused, match="请写明哪一笔") as refusal:
        object_to_statement(session, statement, words="", by=buyer)
    assert refusal.value.field == "words"
    confirm_statement(session, statement, by=vendor)
    confirm_statement(session, statement, by=buyer)
    with pytest.raises(Refused, match="当前状态是“已确认”"):
        object_to_statement(session, statement, words="不对", by=buyer)


def test_a_void_one_is_made_anew_with_what_was_settled_since(
    session, statement, buyer, vendor, coordinator
):
    object_to_statement(session, statement, words="一袋受潮", by=buyer)
    with on(2026, 4, 3):
        claimed(session, statement.lines[0].order, buyer)
        with pytest.raises(Refused, match="只有统筹协调人员"):
            void_statement(session, statement, words="重开", by=vendor)
        with pytest.raises(Refused, match="请写明处理意见"):
            void_statement(session, statement, words="", by=coordinator)
        new = void_statement(session, statement, words="扣除受潮的一袋", by=coordinator)
    assert statement.state is StatementState.VOID
    assert [line.is_live for line in statement.lines] == [False]
    assert (new.year, new.month, new.total_fen) == (2026, 3, 7500)
    assert outstanding_fen(session, statement) == 0
    assert f"新的结算单是 {new.number}。" in texts(session, buyer)[-1]
    assert verify_statements(session) == []
    with pytest.raises(Refused, match="当前状态是“已作废”"):
        void_statement(session, statement, words="重开", by=coordinator)


def test_what_was_paid_of_is_not_void(session, statement, coordinator):
    payment = paid_in(session, 500, coordinator)
    [made] = pay_statement(session, statement, payment, 500, by=coordinator)
    with pytest.raises(Refused, match=r"已入账 5\.00 元，不能作废"):
        void_statement(session, statement, words="重开", by=coordinator)
    reverse(session, made, 500, by=coordinator)
    assert void_statement(session, statement, words="重开", by=coordinator)
    assert verify_statements(session) == []


def settled(session, statement, buyer, coordinator, sku):
    """Pay March, claim a bag of it in April, and buy two more: April sets the credit off."""
    payment = paid_in(session, 10000, coordinator)
    pay_statement(session, statement, payment, 10000, by=coordinator)
    with on(2026, 4, 3):
        claimed(session, statement.lines[0].order, buyer)
        delivered(session, buyer, (sku, 2000))
    return billed(session, 2026, 4)


def test_a_void_one_gives_its_credits_back_and_the_new_one_takes_them(
    session, statement, buyer, coordinator, sku
):
    april = settled(session, statement, buyer, coordinator, sku)
    assert (april.total_fen, outstanding_fen(session, april)) == (2500, 2500)
    new = void_statement(session, april, words="重开", by=coordinator)
    assert (new.total_fen, outstanding_fen(session, new)) == (2500, 2500)
    by_statement = {
        one.id: sum(a.amount_fen for a in session.query(Allocation).filter_by(statement_id=one.id))
        for one in (statement, april, new)
    }
    assert by_statement == {statement.id: 10000, april.id: 0, new.id: 0}
    assert asked(session) == (2500, 2500)
    assert verify_statements(session) == verify_payments(session) == []


def test_a_credit_that_went_further_stays_where_it_is(session, statement, buyer, coordinator, sku):
    april = settled(session, statement, buyer, coordinator, sku)
    put = session.query(Allocation).filter_by(statement_id=april.id, amount_fen=2500).one()
    reverse(session, put, 1, by=coordinator)
    session.flush()
    payment = paid_in(session, 1, coordinator)
    pay_statement(session, april, payment, 1, by=coordinator)
    with pytest.raises(Refused, match="抵扣的款项此后又有变动"):
        void_statement(session, april, words="重开", by=coordinator)


def test_what_was_carried_on_is_not_void(session, statement, buyer, coordinator, sku):
    payment = paid_in(session, 10000, coordinator)
    pay_statement(session, statement, payment, 10000, by=coordinator)
    with on(2026, 4, 3):
        claimed(session, statement.lines[0].order, buyer)
    april = billed(session, 2026, 4)
    with on(2026, 5, 3):
        delivered(session, buyer, (sku, 2000))
    may = billed(session, 2026, 5)
    with pytest.raises(Refused, match=f"已结转到 {may.number}"):
        void_statement(session, april, words="重开", by=coordinator)


def test_one_is_made_anew_as_often_as_it_is_void(session, statement, coordinator):
    again = void_statement(session, statement, words="重开", by=coordinator)
    third = void_statement(session, again, words="重开", by=coordinator)
    assert (third.total_fen, outstanding_fen(session, third)) == (10000, 10000)
    with on(2026, 5, 1):
        assert make_statements(session, 2026, 4) == []


def test_the_day_is_put_off_once(session, statement, buyer, vendor, coordinator):
    with pytest.raises(Refused, match="只能由供应商或统筹协调"):
        extend_statement(session, statement, reason="年底结账", by=buyer)
    with pytest.raises(Refused, match="请填写延期原因") as refusal:
        extend_statement(session, statement, reason=" ", by=vendor)
    assert refusal.value.field == "reason"
    extend_statement(session, statement, reason="预算未到位", by=vendor)
    assert statement.due_on == dt.date(2026, 5, 16)
    assert (statement.extended_by, statement.extension_reason) == (vendor, "预算未到位")
    assert texts(session, buyer)[-1].endswith("付款期限延长到 2026-05-16。")
    with pytest.raises(Refused, match="只能延期一次（15 天）"):
        extend_statement(session, statement, reason="再延", by=coordinator)


def test_what_is_paid_needs_no_later_day(session, statement, coordinator):
    payment = paid_in(session, 10000, coordinator)
    pay_statement(session, statement, payment, 10000, by=coordinator)
    with pytest.raises(Refused, match="没有应付余额"):
        extend_statement(session, statement, reason="x", by=coordinator)


def test_people_are_reminded_before_on_and_after_the_day(
    session, statement, buyer, lead, coordinator, vendor
):
    told = []
    for month, day in ((4, 25), (4, 26), (4, 27), (5, 1), (5, 2), (5, 7), (5, 8), (5, 16)):
        with on(2026, month, day):
            told.append(remind(session))
            assert remind(session) == 0
    assert told == [0, 1, 0, 1, 0, 0, 1, 1]
    ends = [text.split("，")[-1] for text in texts(session, lead) if "还应付 100.00 元" in text]
    assert ends == [
        "5 天后到期（2026-05-01）。",
        "今天到期（2026-05-01）。",
        "已逾期 7 天（2026-05-01）。",
        "已逾期 15 天（2026-05-01）。",
    ]
    assert len([text for text in texts(session, coordinator) if "还应付" in text]) == 4
    assert not [text for text in texts(session, vendor) if "还应付" in text]


def test_nobody_is_reminded_of_what_is_paid_or_in_dispute(session, statement, buyer, coordinator):
    with on(2026, 5, 1):
        object_to_statement(session, statement, words="不对", by=buyer)
        assert remind(session) == 0
        uphold_statement(session, statement, words="对", by=coordinator)
        payment = paid_in(session, 10000, coordinator)
        pay_statement(session, statement, payment, 10000, by=coordinator)
        assert remind(session) == 0


def test_a_lead_of_another_unit_speaks_for_no_side(session, statement):
    with pytest.raises(Refused, match="只有结算单双方"):
        confirm_statement(session, statement, by=make.person(session, role=Role.LEAD))


def test_nobody_is_reminded_of_a_small_rest_that_goes_on_the_next_statement(
    session, statement, buyer, vendor, coordinator
):
    buyer.unit.carry_limit_fen = 500
    payment = paid_in(session, 9500, coordinator)
    pay_statement(session, statement, payment, 9500, by=coordinator)
    with on(2026, 4, 27):
        assert remind(session) == 1
    confirm_statement(session, statement, by=buyer)
    confirm_statement(session, statement, by=vendor)
    with on(2026, 5, 1):
        assert remind(session) == 0
        buyer.unit.carry_limit_fen = 499
        session.flush()
        assert remind(session) == 1
