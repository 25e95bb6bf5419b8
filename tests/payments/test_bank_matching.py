"""Matching transfers: what is proposed, confirmed, done by hand, and taken back."""

import datetime as dt

import pytest

from market.audit.models import Entry
from market.core import clock
from market.core.errors import Refused
from market.core.states import move
from market.notices.models import Notice
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, ConsignmentState, OrderState
from market.payments.models import (
    Allocation,
    Payment,
    PaymentState,
    RefundCause,
    Standing,
    StatementState,
)
from market.payments.queries import ledger_of, verify_payments
from market.payments.queries.bank_proposals import proposals
from market.payments.queries.bank_queue import exact_keys, queue, queue_sums, transfer_of
from market.payments.queries.statements import outstanding_fen
from market.payments.services.bank_matching import (
    Share,
    bring_back,
    confirm_match,
    give_back,
    match_by_hand,
    put_on_account,
    set_aside,
    undo_match,
)
from market.payments.services.transfers import record_transfer
from tests import make
from tests.ordering.placing import place
from tests.payments.banking import arrived
from tests.payments.billing import billed, delivered, on

OWN = 5000


@pytest.fixture
def unpaid(session, shopper):
    """An order of 50.00 that waits for its payment."""
    return place(session, shopper, (make.sku(session), 2000))


@pytest.fixture
def received(session, buyer):
    """An order on account of which 60.00 is owed."""
    return delivered(session, buyer, (make.sku(session, price_fen=3000), 2000))


def statement_of(session, buyer):
    """A statement of 50.00 over two orders, of last March."""
    sku = make.sku(session)
    with on(2026, 3, 10):
        for _ in range(2):
            delivered(session, buyer, (sku, 1000))
    return billed(session)


def proposal_of(session, payment):
    return proposals(session, [payment])[payment.id]


def stands(session, payment):
    return {
        row[0].id: Standing(row[1]) for row in session.execute(queue(standing=None, search=""))
    }[payment.id]


def said(session, person):
    return [n.text for n in session.query(Notice).filter_by(person_id=person.id)]


def confirm(session, payment, by, key="key"):
    return confirm_match(session, payment, once_key=key, by=by)


def by_hand(session, payment, by, *shares, key="key"):
    given = {"for_another": True, "once_key": key, "by": by}
    return match_by_hand(session, payment, [Share(*share) for share in shares], **given)


# What is proposed


def test_a_code_and_the_exact_sum_are_exact(session, unpaid, coordinator):
    payment = arrived(
        session, OWN, f"货款 {unpaid.number[:6]} {unpaid.number[6:]} 谢谢", coordinator
    )
    proposal = proposal_of(session, payment)
    assert proposal.is_exact
    assert [(part.code, part.owed_fen) for part in proposal.parts] == [(unpaid.number, OWN)]
    assert stands(session, payment) is Standing.EXACT
    assert exact_keys(session, 10) == [payment.once_key]


@pytest.mark.parametrize(
    ("fen", "words"),
    [(4999, "少付 0.01 元（应付 50.00 元）"), (5001, "多付 0.01 元（应付 50.00 元）")],
)
def test_another_sum_says_by_how_much(session, unpaid, coordinator, fen, words):
    payment = arrived(session, fen, unpaid.number, coordinator)
    assert proposal_of(session, payment).why_not == words
    assert stands(session, payment) is Standing.CODED


def test_one_transfer_for_several_is_exact_only_to_the_fen(
    session, unpaid, received, buyer, coordinator
):
    statement = statement_of(session, buyer)
    remark = f"{unpaid.number}、{received.number}、{statement.number}"
    assert outstanding_fen(session, statement) == 5000
    exact = arrived(session, 5000 + 6000 + 5000, remark, coordinator)
    short = arrived(session, 5000 + 6000 + 4999, remark, coordinator)
    assert proposal_of(session, exact).is_exact
    assert "少付 0.01 元（应付 160.00 元）" in proposal_of(session, short).why_not
    assert (stands(session, exact), stands(session, short)) == (Standing.EXACT, Standing.CODED)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("cancelled", "属于“已取消”的订单"),
        ("overdue", "属于“超时关闭”的订单"),
        ("expired", "属于“超时关闭”的订单"),
        ("paid", "已付清"),
        ("unknown", "不存在"),
    ],
)
def test_a_code_that_takes_no_money_says_why(session, unpaid, coordinator, how, words):
    number, later = unpaid.number, clock.now()
    if how == "cancelled":
        ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    elif how == "paid":
        confirm(session, arrived(session, OWN, number, coordinator), coordinator)
    elif how == "unknown":
        number = next(n for n in map(str, range(2611260000101, 2611260000300)) if int(n) % 97 == 1)
    else:
        later = unpaid.pay_by_at
    with clock.set_to(later):
        if how == "expired":
            ordering.expire_orders(session)
        payment = arrived(session, OWN, number, coordinator)
        proposal = proposal_of(session, payment)
        assert not proposal.is_exact
        assert words in proposal.why_not
        assert stands(session, payment) is Standing.CODED
        with pytest.raises(Refused, match="情况变了"):
            confirm(session, payment, coordinator, "other")
        assert payment.free_fen == OWN


def test_an_order_on_account_without_goods_takes_nothing(session, buyer, coordinator):
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    payment = arrived(session, OWN, order.number, coordinator)
    assert "目前没有应付金额" in proposal_of(session, payment).why_not


def test_without_a_code_what_fits_is_shown_and_why(session, unpaid, received, buyer, coordinator):
    buyer.unit.bank_account = "6222 0001"
    same_sum = arrived(session, OWN, "货款", coordinator, payer_name="无名")
    theirs = arrived(
        session, 100, "", coordinator, payer_name=buyer.unit.name, payer_account="62220001"
    )
    own = arrived(session, 1, "", coordinator, payer_name=unpaid.placed_by.name)
    statement = statement_of(session, buyer)
    found = proposals(session, [same_sum, theirs, own])
    assert {(one.code, one.why) for one in found[same_sum.id].candidates} == {
        (unpaid.number, "金额相同"),
        (statement.number, "金额相同"),
    }
    first = found[theirs.id].candidates[0]
    assert first.whose == buyer.unit.name
    assert first.why == "付款账号是该单位登记的账号，付款户名相同"
    assert received.number in {one.code for one in found[theirs.id].candidates}
    assert [one.code for one in found[own.id].candidates] == [unpaid.number]
    assert stands(session, same_sum) is Standing.NO_CODE


def test_money_of_somebody_else_is_told_by_name_and_account(
    session, unpaid, received, buyer, coordinator
):
    buyer.unit.bank_account = "6222 0001"
    codes = (unpaid.number, received.number, statement_of(session, buyer).number, "2" * 13)

    def anothers(**payer):
        payment = arrived(session, 1, " ".join(codes), coordinator, **payer)
        return {
            part.code for part in proposal_of(session, payment).parts if part.is_anothers(payment)
        }

    assert anothers(payer_name="别人") == set(codes[:3])
    assert anothers(payer_name="") == set()  # The bank does not say.
    assert anothers(payer_name=buyer.unit.name) == {unpaid.number}
    assert anothers(payer_name="财政支付中心", payer_account="62220001") == {unpaid.number}


# Confirming


def test_a_confirmed_transfer_opens_its_order_and_tells_the_buyer(session, unpaid, coordinator):
    payment = arrived(session, OWN, unpaid.number, coordinator)
    told = said(session, unpaid.placed_by)
    [row] = confirm(session, payment, coordinator)
    session.flush()
    assert (row.amount_fen, unpaid.state) == (OWN, OrderState.OPEN)
    assert (payment.state, payment.order_id) == (PaymentState.APPLIED, unpaid.id)
    assert payment.person_id == unpaid.placed_by_id
    assert any("已确认收款" in text for text in said(session, unpaid.placed_by)[len(told) :])
    assert session.execute(queue(standing=None, search="")).all() == []
    # Only that nobody recorded it: tests bring it themselves.
    assert [fault for fault in verify_payments(session) if "与操作记录不符" not in fault] == []


def test_one_transfer_pays_orders_and_a_statement_at_once(
    session, unpaid, received, buyer, coordinator
):
    statement = statement_of(session, buyer)
    payment = arrived(
        session, 16000, f"{unpaid.number} {received.number} {statement.number}", coordinator
    )
    made = confirm(session, payment, coordinator)
    assert sum(row.amount_fen for row in made) == 16000
    assert (payment.free_fen, payment.order_id, payment.unit_id) == (0, None, None)
    assert unpaid.state is OrderState.OPEN
    assert ledger_of(session, received).outstanding_fen == 0
    assert outstanding_fen(session, statement) == 0


def test_the_same_key_confirms_once(session, unpaid, received, coordinator):
    payment = arrived(session, OWN, unpaid.number, coordinator)
    first = confirm(session, payment, coordinator)
    assert list(confirm(session, payment, coordinator)) == list(first)
    other = arrived(session, 6000, received.number, coordinator)
    with pytest.raises(Refused, match="提交码不属于这笔款项"):
        confirm(session, other, coordinator)
    with pytest.raises(Refused, match="已付清"):
        confirm(session, payment, coordinator, "another")


def test_nobody_else_decides_about_money(session, unpaid, buyer, inspector, admin, coordinator):
    payment = arrived(session, OWN, unpaid.number, coordinator)
    for person in (buyer, inspector, admin):
        for act in (
            lambda by: confirm(session, payment, by),
            lambda by: by_hand(session, payment, by, (unpaid.number,)),
            lambda by: set_aside(session, payment, reason="x", by=by),
            lambda by: bring_back(session, payment, by=by),
            lambda by: put_on_account(session, payment, buyer.unit, by=by),
            lambda by: give_back(session, payment, 1, reason="x", once_key="k", by=by),
        ):
            with pytest.raises(Refused, match="只有统筹协调和资金管理人员"):
                act(person)


def test_a_statement_in_dispute_takes_nothing(session, buyer, coordinator):
    statement = statement_of(session, buyer)
    payment = arrived(session, 5000, statement.number, coordinator)
    assert proposal_of(session, payment).is_exact
    move(session, statement, StatementState.DISPUTED)
    assert "没有待付的金额" in proposal_of(session, payment).why_not


# By hand


def test_an_order_on_account_takes_a_part_and_the_rest_waits(session, received, coordinator):
    payment = arrived(session, 10_000, "没写编号", coordinator)
    [row] = by_hand(session, payment, coordinator, (received.number, 1500))
    assert (row.amount_fen, payment.free_fen) == (1500, 8500)
    assert payment.state is PaymentState.PARTLY
    [row] = by_hand(session, payment, coordinator, (received.number, None), key="two")
    assert (row.amount_fen, payment.free_fen) == (4500, 4000)
    assert payment.unit_id == received.unit_id
    assert list(by_hand(session, payment, coordinator, (received.number, 1500))) != [row]


def test_a_transfer_is_split_over_several(session, unpaid, received, buyer, coordinator):
    statement = statement_of(session, buyer)
    payment = arrived(session, 9000, "", coordinator)
    shares = ((unpaid.number, None), (received.number, 1000), (statement.number.lower(), None))
    made = by_hand(session, payment, coordinator, *shares)
    assert sum(row.amount_fen for row in made) == 9000
    assert outstanding_fen(session, statement) == 2000
    assert unpaid.state is OrderState.OPEN
    assert len({row.once_key for row in made}) == len(made)


@pytest.mark.parametrize("fen", [4999, 5001])
def test_a_prepaid_order_takes_only_its_total(session, unpaid, coordinator, fen):
    payment = arrived(session, 9000, "", coordinator)
    with pytest.raises(Refused, match=r"须一次付清 50\.00 元") as refusal:
        by_hand(session, payment, coordinator, (unpaid.number, fen))
    assert refusal.value.field == "amount_fen"
    small = arrived(session, 4000, "", coordinator)
    with pytest.raises(Refused, match=r"只剩 40\.00 元可以入账"):
        by_hand(session, small, coordinator, (unpaid.number,))


def test_what_cannot_be_matched_by_hand_is_refused(session, unpaid, received, coordinator):
    payment = arrived(session, 9000, "", coordinator)
    with pytest.raises(Refused, match="至少一个"):
        by_hand(session, payment, coordinator)
    with pytest.raises(Refused, match="填了两次"):
        by_hand(session, payment, coordinator, (unpaid.number,), (f" {unpaid.number}",))
    with pytest.raises(Refused, match="不存在，不能入账"):
        by_hand(session, payment, coordinator, ("123",))
    with pytest.raises(Refused, match=r"还应付 60\.00 元"):
        by_hand(session, payment, coordinator, (received.number, 6001))
    with pytest.raises(Refused, match=r"还应付 60\.00 元"):
        by_hand(session, payment, coordinator, (received.number, 0))
    with pytest.raises(Refused, match=r"合计 100\.00 元"):
        by_hand(session, payment, coordinator, (unpaid.number,), (received.number, 5000))
    assert session.query(Allocation).count() == 0


def test_money_of_somebody_else_is_put_by_hand_only_where_it_is_said(session, unpaid, coordinator):
    payment = arrived(session, OWN, "", coordinator, payer_name="某单位")
    given = {"once_key": "k", "by": coordinator}
    with pytest.raises(Refused, match="付款户名是“某单位”") as refusal:
        match_by_hand(session, payment, [Share(unpaid.number)], **given)
    assert refusal.value.field == "for_another"
    assert (session.query(Allocation).count(), payment.free_fen) == (0, OWN)
    match_by_hand(session, payment, [Share(unpaid.number)], for_another=True, **given)
    assert payment.free_fen == 0
    buyer = unpaid.placed_by
    following = place(session, buyer, (make.sku(session), 2000))
    own = arrived(session, OWN, "", coordinator, payer_name=buyer.name)
    match_by_hand(session, own, [Share(following.number)], once_key="own", by=coordinator)
    assert own.free_fen == 0


# Taking back


def test_a_match_on_account_is_taken_back_by_a_row(session, received, coordinator):
    payment = arrived(session, 6000, received.number, coordinator)
    [row] = confirm(session, payment, coordinator)
    with pytest.raises(Refused, match="写明原因"):
        undo_match(session, row, reason=" ", by=coordinator)
    with pytest.raises(Refused, match="最多 200 个字"):
        undo_match(session, row, reason="x" * 201, by=coordinator)
    counter = undo_match(session, row, reason="对错了单位", by=coordinator)
    assert (counter.amount_fen, counter.reverses_id, counter.reason) == (
        -6000,
        row.id,
        "对错了单位",
    )
    assert ledger_of(session, received).outstanding_fen == 6000
    assert (payment.order_id, payment.unit_id, payment.free_fen) == (None, None, 6000)
    assert payment.state is PaymentState.UNMATCHED
    assert any("已撤回：对错了单位" in text for text in said(session, received.placed_by))
    for wrong in (row, counter):
        with pytest.raises(Refused, match="已经撤回"):
            undo_match(session, wrong, reason="x", by=coordinator)


def test_a_match_on_a_statement_is_taken_back(session, buyer, coordinator):
    statement = statement_of(session, buyer)
    payment = arrived(session, 5000, statement.number, coordinator)
    made = confirm(session, payment, coordinator)
    for row in made:
        undo_match(session, row, reason="x", by=coordinator)
    assert outstanding_fen(session, statement) == 5000
    assert payment.free_fen == 5000


def test_a_prepaid_order_opened_by_a_wrong_match_is_called_off(session, unpaid, coordinator):
    payment = arrived(session, OWN, unpaid.number, coordinator)
    [row] = confirm(session, payment, coordinator)
    undo_match(session, row, reason="是别人的钱", by=coordinator)
    assert unpaid.state is OrderState.CANCELLED
    assert unpaid.closed_reason == "收款核对有误：是别人的钱"
    assert {part.state for part in unpaid.consignments} == {ConsignmentState.CANCELLED}
    assert unpaid.lines[0].sku.stock_milli == 10_000
    assert (payment.free_fen, payment.order_id) == (OWN, None)
    ledger = ledger_of(session, unpaid)
    assert (ledger.due_fen, ledger.give_back_fen) == (0, 0)


def test_what_was_shipped_keeps_its_money(session, unpaid, coordinator):
    payment = arrived(session, OWN, unpaid.number, coordinator)
    [row] = confirm(session, payment, coordinator)
    for state in (ConsignmentState.ACCEPTED, ConsignmentState.SHIPPED):
        move(session, unpaid.consignments[0], state)
    with pytest.raises(Refused, match="已有供应商发货"):
        undo_match(session, row, reason="x", by=coordinator)
    move(session, unpaid.consignments[0], ConsignmentState.RECEIVED)
    move(session, unpaid, OrderState.COMPLETED)
    with pytest.raises(Refused, match="已发货或完成"):
        undo_match(session, row, reason="x", by=coordinator)


def test_money_of_an_order_called_off_is_freed(session, unpaid, coordinator):
    payment = arrived(session, OWN, unpaid.number, coordinator)
    [row] = confirm(session, payment, coordinator)
    ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    undo_match(session, row, reason="x", by=coordinator)
    assert payment.free_fen == OWN


def test_what_came_online_is_not_undone_here(session, unpaid, coordinator):
    payment = Payment(
        once_key="pi_1", method="card", amount_fen=OWN, bank_serial="pi_1", paid_on=clock.today()
    )
    session.add(payment)
    session.flush()
    row = Allocation(amount_fen=OWN, payment_id=payment.id, order_id=unpaid.id)
    session.add(row)
    session.flush()
    with pytest.raises(Refused, match="在线支付的款项不能在这里撤回"):
        undo_match(session, row, reason="x", by=coordinator)
    assert transfer_of(session, "pi_1") is None


# What has nothing to do with orders


def test_interest_is_set_aside_and_brought_back(session, received, coordinator):
    payment = arrived(session, 123, "结息", coordinator)
    set_aside(session, payment, reason="活期利息", by=coordinator)
    assert payment.state is PaymentState.SET_ASIDE
    assert session.execute(queue(standing=None, search="")).all() == []
    [(found, stand)] = session.execute(queue(standing=Standing.ASIDE, search=""))
    assert (found, stand) == (payment, Standing.ASIDE)
    with pytest.raises(Refused, match="另行处理"):
        set_aside(session, payment, reason="又", by=coordinator)
    with pytest.raises(Refused, match=r"只剩 1\.23 元可以入账|可以入账"):
        by_hand(session, payment, coordinator, (received.number, 100))
    bring_back(session, payment, by=coordinator)
    assert stands(session, payment) is Standing.NO_CODE
    with pytest.raises(Refused, match="另行处理"):
        bring_back(session, payment, by=coordinator)
    by_hand(session, payment, coordinator, (received.number, 100))
    with pytest.raises(Refused, match="另行处理"):
        set_aside(session, payment, reason="x", by=coordinator)
    deeds = [entry.deed for entry in session.query(Entry).order_by(Entry.id)]
    assert deeds.count("payment.set_aside") == deeds.count("payment.brought_back") == 1


def test_an_advance_is_kept_on_a_units_account(session, unpaid, buyer, coordinator):
    payment = arrived(session, 900, "预付款", coordinator)
    put_on_account(session, payment, buyer.unit, by=coordinator)
    put_on_account(session, payment, buyer.unit, by=coordinator)
    assert (payment.unit_id, stands(session, payment)) == (buyer.unit_id, Standing.CREDIT)
    assert len([text for text in said(session, buyer) if "账户余额" in text]) == 1
    own = arrived(session, OWN, unpaid.number, coordinator)
    confirm(session, own, coordinator)
    twice = arrived(session, OWN, unpaid.number, coordinator)
    assert stands(session, twice) is Standing.CODED
    put_on_account(session, twice, buyer.unit, by=coordinator)
    assert stands(session, twice) is Standing.CREDIT  # Decided: it waits for nobody any more.
    with pytest.raises(Refused, match="已经属于"):
        put_on_account(session, own, buyer.unit, by=coordinator)


def test_money_for_a_cancelled_order_goes_back_as_its_own(session, unpaid, coordinator):
    ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    payment = arrived(session, OWN, unpaid.number, coordinator)
    refund = give_back(session, payment, OWN, reason="订单已取消", once_key="k", by=coordinator)
    assert (refund.order, refund.cause) == (unpaid, RefundCause.CANCELLED)
    assert (payment.free_fen, payment.person_id) == (0, unpaid.placed_by_id)
    assert give_back(session, payment, OWN, reason="x", once_key="k", by=coordinator) is refund


def test_money_that_nobody_can_match_goes_back(session, coordinator):
    payment = arrived(session, OWN, "?", coordinator)
    refund = give_back(session, payment, 2000, reason="无法核对", once_key="k", by=coordinator)
    assert (refund.order, refund.cause, payment.free_fen) == (None, RefundCause.LOOSE, 3000)
    with pytest.raises(Refused, match=r"最多可退 30\.00 元"):
        give_back(session, payment, 3001, reason="x", once_key="k2", by=coordinator)


def test_too_little_goes_back_of_its_order_and_the_buyer_is_told(session, unpaid, coordinator):
    payment = arrived(session, OWN - 1, unpaid.number, coordinator)
    refund = give_back(session, payment, OWN - 1, reason="少 1 分", once_key="k", by=coordinator)
    assert (refund.order, refund.cause) == (unpaid, RefundCause.LOOSE)
    ledger = ledger_of(session, unpaid)
    assert (ledger.paid_fen, ledger.refunded_fen, ledger.outstanding_fen) == (OWN - 1, OWN - 1, OWN)
    assert unpaid.state is OrderState.AWAITING_PAYMENT
    told = session.query(Notice).filter_by(person_id=unpaid.placed_by_id)
    assert refund.number in told.order_by(Notice.id.desc()).first().text


def test_what_a_transfer_pays_too_much_goes_back_of_its_order(session, unpaid, coordinator):
    payment = arrived(session, 6000, unpaid.number, coordinator)
    by_hand(session, payment, coordinator, (unpaid.number,))
    assert ledger_of(session, unpaid).give_back_fen == 1000
    refund = give_back(session, payment, 1000, reason="多付", once_key="k", by=coordinator)
    assert (refund.order, refund.cause) == (unpaid, RefundCause.LOOSE)


# The queue


def test_the_queue_is_searched_and_summed(session, unpaid, buyer, coordinator):
    exact = arrived(session, OWN, unpaid.number, coordinator, payer_name="吴敏")
    plain = arrived(session, 777, "货款", coordinator, payer_account="622200099")
    aside = arrived(session, 5, "", coordinator)
    set_aside(session, aside, reason="利息", by=coordinator)

    def found(search, standing=None):
        return {row[0].id for row in session.execute(queue(standing=standing, search=search))}

    assert found("") == {exact.id, plain.id}
    assert found("吴敏") == found(unpaid.number) == found("50.00") == {exact.id}
    assert exact.id in found("50")  # The other's serial may have these digits as well.
    assert found("6222 00099") == found("货款") == found(plain.bank_serial.lower()) == {plain.id}
    assert found("没有") == set()
    assert found("", Standing.EXACT) == {exact.id}
    sums = queue_sums(session, search="")
    assert sums[Standing.EXACT] == (1, OWN)
    assert sums[Standing.NO_CODE] == (1, 777)
    assert sums[Standing.ASIDE] == (1, 5)
    assert sums[Standing.CREDIT] == (0, 0)
    assert queue_sums(session, search="吴敏")[Standing.NO_CODE] == (0, 0)


def test_a_transfer_written_down_by_hand_for_a_closed_order_waits_here(
    session, unpaid, coordinator
):
    ordering.cancel_order(session, unpaid, reason="x", by=unpaid.placed_by)
    payment = record_transfer(
        session,
        unpaid,
        amount_fen=OWN,
        bank_serial="H1",
        paid_on=clock.today() - dt.timedelta(days=1),
        once_key="h",
        by=coordinator,
    )
    assert stands(session, payment) is Standing.BACK
    assert payment.state is PaymentState.UNAPPLIED
