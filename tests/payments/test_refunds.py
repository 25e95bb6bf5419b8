"""Refunds: what may go back, from where it is taken, and what it does to claim and shelf."""

import datetime as dt

import pytest

from market.audit.models import Entry
from market.catalog.models import MovementKind, StockMovement
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.notices.models import Notice as Told
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, Claim, ClaimState, OrderState
from market.ordering.queries import verify_receipts
from market.payments import queries, services
from market.payments.models import (
    Allocation,
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
    Refund,
    RefundCause,
    RefundState,
)
from market.targets.models import Credit
from tests import make
from tests.meanwhile import meanwhile
from tests.ordering.placing import place
from tests.payments.paying import (
    key,
    pay_by_transfer,
    pay_online,
    receive,
)

REASON = "演示"


@pytest.fixture
def order(session, shopper):
    """Two bags at 25.00, bought by an employee for herself."""
    return place(session, shopper, (make.sku(session), 2000))


@pytest.fixture
def gone(session, order):
    """The money of an order that was paid online and then called off."""
    payment = pay_online(session, order)
    ordering.cancel_order(session, order, reason="不要了", by=order.placed_by)
    return payment


def refund(session, payment, amount_fen, by, **given):
    given = {"cause": RefundCause.CANCELLED, "reason": REASON, "once_key": key()} | given
    made = services.start_refund(session, payment, amount_fen, by=by, **given)
    session.flush()
    return made


def claimed(session, order, milli=1000, *, agree=True):
    """Receive an order, and have the supplier answer a claim against its first line."""
    receive(session, order)
    line = order.lines[0]
    made = ordering.make_claim(
        session,
        line,
        milli=milli,
        reason="受潮",
        photo=None,
        once_key=key(),
        by=order.placed_by,
    )
    seller = make.supplier_person(session, line.consignment.supplier)
    ordering.answer_claim(session, made, agree=agree, answer="核实", by=seller)
    return made


def holds(session):
    session.flush()
    return queries.verify_payments(session) + verify_receipts(session)


def test_a_cancelled_order_gives_all_back_and_the_row_comes_first(
    session, gone, order, coordinator
):
    assert queries.balance_of(session, order).give_back_fen == 5000
    made = refund(session, gone, 5000, coordinator)
    assert made.number.startswith(f"TK{clock.today():%y%m%d}")
    assert (made.state, made.serial, made.order) == (RefundState.PENDING, None, order)
    assert (gone.allocated_fen, gone.refunded_fen) == (0, 5000)
    assert gone.state is PaymentState.RETURNED
    balance = queries.balance_of(session, order)
    assert (balance.paid_fen, balance.refunded_fen, balance.give_back_fen) == (5000, 5000, 0)
    counter = session.query(Allocation).filter(Allocation.amount_fen < 0).one()
    assert (counter.refund_id, counter.amount_fen) == (made.id, -5000)
    entry = session.query(Entry).filter_by(deed="refund.started").one()
    assert (entry.facts["amount_fen"], entry.facts["order"]) == (5000, order.number)
    told = session.query(Told).filter_by(person_id=order.placed_by_id).order_by(Told.id.desc())
    assert "50.00 元将原路退回" in told.first().text
    assert holds(session) == []


def test_parts_go_back_until_nothing_is_left(session, gone, coordinator):
    refund(session, gone, 2000, coordinator)
    refund(session, gone, 2999, coordinator)
    with pytest.raises(Refused, match=r"最多可退 0\.01 元"):
        refund(session, gone, 2, coordinator)
    refund(session, gone, 1, coordinator)
    with pytest.raises(Refused, match=r"最多可退 0\.00 元"):
        refund(session, gone, 1, coordinator)
    assert gone.refunded_fen == 5000
    assert holds(session) == []


def test_the_same_key_gives_the_same_refund_and_only_to_who_made_it(
    session, gone, coordinator, shopper
):
    first = refund(session, gone, 2000, coordinator, once_key="once")
    assert refund(session, gone, 2000, coordinator, once_key="once") is first
    other = make.person(session, role=Role.FUND_OFFICER)
    with pytest.raises(Refused, match="提交码不属于"):
        refund(session, gone, 2000, other, once_key="once")
    assert session.query(Refund).count() == 1


def test_only_those_who_take_the_money_give_it_back(session, gone, shopper, inspector, admin):
    for person in (shopper, inspector, admin):
        with pytest.raises(Refused, match="只有统筹协调和资金管理"):
            refund(session, gone, 100, person)
    refund(session, gone, 100, make.person(session, role=Role.FUND_OFFICER))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"amount_fen": 0}, "必须大于 0"),
        ({"amount_fen": -1}, "必须大于 0"),
        ({"reason": " "}, "填写退款原因"),
        ({"cause": RefundCause.SHORT}, "没有“少发”的情形"),
        ({"cause": RefundCause.WEIGHT}, "没有“重量差、拒收”的情形"),
        ({"cause": RefundCause.LOOSE}, "没有“错付、多付”的情形"),
        ({"cause": RefundCause.CLAIM}, "须选定那个售后"),
        ({"cause": RefundCause.PROCESSOR}, "由支付平台发起"),
        ({"cause": RefundCause.DISPUTE}, "由支付平台发起"),
        ({"restock": True}, "没有可以入库的退货"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    session, gone, coordinator, given, words
):
    amount_fen = given.pop("amount_fen", 100)
    with pytest.raises(Refused, match=words):
        refund(session, gone, amount_fen, coordinator, **given)
    session.refresh(gone)
    assert (gone.refunded_fen, gone.allocated_fen) == (0, 5000)


def test_goods_that_are_still_owed_do_not_go_back_without_a_claim(session, order, coordinator):
    payment = pay_online(session, order)
    with pytest.raises(Refused, match="没有“取消或谢绝”"):
        refund(session, payment, 100, coordinator)
    receive(session, order)
    with pytest.raises(Refused, match="没有“取消或谢绝”"):
        refund(session, payment, 100, coordinator)


def test_a_short_shipment_gives_back_what_was_not_sent(session, order, coordinator):
    payment = pay_online(session, order)
    receive(session, order, shipped={order.lines[0].id: 1000})
    assert queries.causes_of(session, order) == [RefundCause.SHORT]
    with pytest.raises(Refused, match=r"最多可退 25\.00 元"):
        refund(session, payment, 2501, coordinator, cause=RefundCause.SHORT)
    made = refund(session, payment, 2500, coordinator, cause=RefundCause.SHORT, line=order.lines[0])
    assert made.line is order.lines[0]
    assert holds(session) == []


def test_what_was_rejected_gives_back_its_price_and_may_go_on_the_shelf_once(
    session, order, coordinator
):
    payment = pay_online(session, order)
    line = order.lines[0]
    receive(session, order, milli={line.id: 1000})
    assert queries.causes_of(session, order) == [RefundCause.WEIGHT]
    stock = line.sku.stock_milli
    given = {"cause": RefundCause.WEIGHT, "line": line, "restock": True}
    made = refund(session, payment, 1000, coordinator, **given)
    session.refresh(line.sku)
    assert (made.restock_milli, line.sku.stock_milli) == (1000, stock + 1000)
    movement = session.query(StockMovement).filter_by(kind=MovementKind.RETURNED).one()
    assert (movement.about, movement.change_milli) == (f"refund:{made.number}", 1000)
    with pytest.raises(Refused, match="没有可以入库"):
        refund(session, payment, 1500, coordinator, **given)
    refund(session, payment, 1500, coordinator, **{**given, "restock": False})
    assert session.query(Credit).count() == 1  # The acceptance's own; no refund writes one.
    assert holds(session) == []


def test_a_weight_difference_of_a_prepaid_order_goes_back(session, buyer, coordinator):
    sku = make.weighed_sku(session)
    order = place(session, buyer, (sku, 10_000), buying_for=BuyingFor.CANTEEN)
    assert queries.causes_of(session, order) == []
    line = order.lines[0]
    receive(session, order, shipped={line.id: 9_500})
    assert RefundCause.WEIGHT in queries.causes_of(session, order)


def test_an_agreed_claim_goes_back_once_and_no_further(session, order, coordinator):
    payment = pay_online(session, order)
    claim = claimed(session, order)
    given = {"cause": RefundCause.CLAIM, "claim": claim}
    assert queries.claims_to_refund(session, order) == [(claim, 2500)]
    with pytest.raises(Refused, match=r"还可以退 25\.00 元|最多可退 25\.00 元"):
        refund(session, payment, 2501, coordinator, **given)
    first = refund(session, payment, 1000, coordinator, **given, restock=True)
    assert (first.line, first.restock_milli) == (order.lines[0], 1000)
    assert queries.claims_to_refund(session, order) == [(claim, 1500)]
    with pytest.raises(Refused, match="没有可以入库"):
        refund(session, payment, 1, coordinator, **given, restock=True)
    refund(session, payment, 1500, coordinator, **given)
    assert queries.claims_to_refund(session, order) == []
    with pytest.raises(Refused, match=r"最多可退 0\.00 元"):
        refund(session, payment, 1, coordinator, **given)
    assert [credit.amount_fen for credit in session.query(Credit)] == [5000, -2500]
    assert holds(session) == []


def test_a_claim_takes_no_more_than_itself_where_an_order_gives_back_more(
    session, order, coordinator
):
    payment = pay_online(session, order)
    claim = claimed(session, order)
    ordering_claim = ordering.take_back(
        session, order.lines[0], milli=1000, reason="x", once_key=key(), by=coordinator
    )
    assert queries.balance_of(session, order).give_back_fen == 5000
    with pytest.raises(Refused, match=r"还可以退 25\.00 元"):
        refund(session, payment, 2501, coordinator, cause=RefundCause.CLAIM, claim=claim)
    refund(session, payment, 2500, coordinator, cause=RefundCause.CLAIM, claim=ordering_claim)
    refund(session, payment, 2500, coordinator, cause=RefundCause.CLAIM, claim=claim)
    assert holds(session) == []


def test_a_claim_that_was_not_agreed_or_is_anothers_is_refused(
    session, order, coordinator, shopper
):
    payment = pay_online(session, order)
    refused = claimed(session, order, agree=False)
    other = place(session, shopper, (make.sku(session), 1000))
    other_payment = pay_online(session, other)
    ordering.cancel_order(session, other, reason="x", by=shopper)
    loose = pay_by_transfer(session, order, coordinator)
    for order_payment, claim, words in (
        (loose, refused, "当前是“供应商不同意”"),
        (other_payment, refused, "不属于这个订单"),
    ):
        with pytest.raises(Refused, match=words):
            refund(session, order_payment, 100, coordinator, cause=RefundCause.CLAIM, claim=claim)
    with pytest.raises(Refused, match="不能挂在售后上"):
        refund(session, payment, 100, coordinator, cause=RefundCause.SHORT, claim=refused)
    with pytest.raises(Refused, match="这种商品不属于这个订单"):
        refund(session, other_payment, 100, coordinator, line=order.lines[0])


def test_accepted_goods_are_refunded_by_line_through_a_claim_once(session, order, coordinator):
    payment = pay_online(session, order)
    receive(session, order)
    line = order.lines[0]
    given = {"milli": 1000, "reason": "保质期过短", "restock": True, "once_key": "line"}
    made = services.refund_line(session, payment, line, by=coordinator, **given)
    again = services.refund_line(session, payment, line, by=coordinator, **given)
    assert again is made
    claim = session.query(Claim).one()
    assert (claim.state, claim.ruling, made.claim) == (ClaimState.UPHELD, "保质期过短", claim)
    assert (made.amount_fen, made.restock_milli) == (2500, 1000)
    assert [credit.amount_fen for credit in session.query(Credit)] == [5000, -2500]
    with pytest.raises(Refused, match="提交码不属于这次退款"):
        ordering.take_back(
            session,
            line,
            milli=1000,
            reason="x",
            once_key="line",
            by=make.person(session, role=Role.COORDINATOR),
        )
    assert holds(session) == []


def test_a_refund_by_line_is_refused_where_it_makes_no_sense(
    session, order, buyer, coordinator, shopper
):
    payment = pay_online(session, order)
    line = order.lines[0]

    def by_line(line=line, by=coordinator, payment=payment, **given):
        given = {"milli": 1000, "reason": REASON, "once_key": key()} | given
        return services.refund_line(session, payment, line, by=by, **given)

    with pytest.raises(Refused, match="还没有验收入账"):
        by_line()
    receive(session, order)
    with pytest.raises(Refused, match="只有统筹协调人员可以按行退款"):
        by_line(by=make.person(session, role=Role.FUND_OFFICER))
    with pytest.raises(Refused, match="填写退款原因"):
        by_line(reason=" ")
    with pytest.raises(Refused, match="最多可以申请 2 袋"):
        by_line(milli=3000)
    other = place(session, shopper, (make.sku(session), 1000))
    elsewhere = pay_online(session, other)
    with pytest.raises(Refused, match="没有用这笔款项支付"):
        by_line(payment=elsewhere)


@pytest.mark.parametrize("amount", [4999, 5001])
def test_a_wrong_sum_and_a_second_payment_go_back_with_one_click(
    session, order, coordinator, amount
):
    wrong = pay_online(session, order, amount=amount)
    right = pay_by_transfer(session, order, coordinator)
    assert order.state is OrderState.OPEN
    made = services.return_payment(session, wrong, once_key="x", by=coordinator)
    assert (made.amount_fen, made.cause) == (amount, RefundCause.LOOSE)
    assert services.return_payment(session, wrong, once_key="x", by=coordinator) is made
    assert right.state is PaymentState.APPLIED
    with pytest.raises(Refused):
        services.return_payment(session, right, once_key="y", by=coordinator)
    assert holds(session) == []


@pytest.mark.parametrize("how", ["cancelled", "expired"])
def test_money_of_an_order_that_is_gone_goes_back_with_one_click(session, order, coordinator, how):
    checkout_first = pay_online(session, order) if how == "cancelled" else None
    if how == "cancelled":
        ordering.cancel_order(session, order, reason="x", by=order.placed_by)
    with clock.set_to(order.pay_by_at + dt.timedelta(minutes=1)):
        payment = checkout_first or pay_by_transfer(session, order, coordinator)
        made = services.return_payment(session, payment, once_key=key(), by=coordinator)
        assert (made.amount_fen, made.cause) == (5000, RefundCause.CANCELLED)
        assert holds(session) == []


def test_a_transfer_nobody_could_match_goes_back(session, coordinator):
    payment = Payment(
        once_key=key(),
        amount_fen=700,
        bank_serial=key(),
        paid_on=clock.today(),
        recorded_by=coordinator,
    )
    session.add(payment)
    session.flush()
    with pytest.raises(Refused, match="只能按“错付、多付”"):
        refund(session, payment, 100, coordinator)
    with pytest.raises(Refused, match=r"最多可退 7\.00 元"):
        refund(session, payment, 701, coordinator, cause=RefundCause.LOOSE)
    line = place(session, make.person(session, role=Role.SHOPPER), (make.sku(session), 1000)).lines[
        0
    ]
    with pytest.raises(Refused, match="不属于这个订单"):
        refund(session, payment, 100, coordinator, cause=RefundCause.LOOSE, line=line)
    made = services.return_payment(session, payment, once_key=key(), by=coordinator)
    assert (made.order, made.amount_fen) == (None, 700)
    services.call_off_refund(session, made, reason="账号不对", by=coordinator)
    payment.aside_reason = "利息"
    session.flush()
    with pytest.raises(Refused, match="与货款无关"):
        refund(session, payment, 100, coordinator, cause=RefundCause.LOOSE)


def test_a_payment_for_another_order_gives_back_only_what_is_put_to_this_one(
    session, shopper, coordinator
):
    first = place(session, shopper, (make.sku(session), 2000))
    second = place(session, shopper, (make.sku(session), 1000))
    payment = pay_by_transfer(session, first, coordinator)
    pay_by_transfer(session, second, coordinator)
    ordering.cancel_order(session, first, reason="x", by=shopper)
    put = session.query(Allocation).filter_by(payment_id=payment.id).one()
    services.reverse(session, put, 5000, by=coordinator)
    ordering.cancel_order(session, second, reason="x", by=shopper)
    services.allocate(session, payment, second, 1000, by=coordinator)
    session.flush()
    with pytest.raises(Refused, match=r"最多可退 10\.00 元"):
        refund(session, payment, 1001, coordinator, order=second)
    made = refund(session, payment, 1000, coordinator, order=second)
    assert (made.order, payment.free_fen) == (second, 4000)


# By transfer


@pytest.fixture
def owed(session, shopper, coordinator):
    """A refund by transfer that nobody has made yet."""
    order = place(session, shopper, (make.sku(session), 2000))
    payment = pay_by_transfer(session, order, coordinator)
    ordering.cancel_order(session, order, reason="x", by=shopper)
    return refund(session, payment, 5000, coordinator)


def confirm(session, refund, by, **given):
    given = {"done_on": clock.today(), "bank_serial": "tk 001"} | given
    services.confirm_refund(session, refund, by=by, **given)


def test_a_transfer_is_confirmed_with_day_and_serial(session, owed, coordinator):
    confirm(session, owed, coordinator)
    assert (owed.state, owed.serial, owed.done_on) == (RefundState.DONE, "TK001", clock.today())
    told = session.query(Told).filter_by(person_id=owed.order.placed_by_id).order_by(Told.id.desc())
    assert "50.00 元已退回" in told.first().text
    with pytest.raises(Refused, match="当前状态是“已退款”"):
        confirm(session, owed, coordinator, bank_serial="other")
    assert holds(session) == []


def test_what_is_typed_of_a_transfer_is_checked(session, owed, coordinator, shopper):
    second = services.record_transfer(
        session,
        owed.order,
        amount_fen=1,
        bank_serial="TK001",
        paid_on=clock.today(),
        once_key=key(),
        by=coordinator,
    )
    assert second.free_fen == 1
    for given, words in (
        ({"bank_serial": " "}, "填写转出的银行流水号"),
        ({"bank_serial": "㍿" * 60}, "最多 60 个字"),
        ({"done_on": clock.today() + dt.timedelta(days=1)}, "转出日期应在"),
        ({"done_on": clock.today() - dt.timedelta(days=1)}, "转出日期应在"),
        ({"bank_serial": "TK001"}, "已用于一笔收款"),
    ):
        with pytest.raises(Refused, match=words):
            confirm(session, owed, coordinator, **given)
    with pytest.raises(Refused, match="只有统筹协调和资金管理"):
        confirm(session, owed, shopper)


def test_a_serial_is_used_for_one_refund_also_by_two_at_once(session, owed, coordinator):
    payment = owed.payment
    services.call_off_refund(session, owed, reason="退汇", by=coordinator)
    first, second = (refund(session, payment, 2000, coordinator) for _ in range(2))
    confirm(session, first, coordinator, bank_serial="S1")
    with pytest.raises(Refused, match=f"已用于退款 {first.number}"):
        confirm(session, second, coordinator, bank_serial="S1")
    session.commit()
    meanwhile(
        session,
        Refund(
            number="TK-other",
            once_key="other",
            cause=RefundCause.LOOSE,
            state=RefundState.DONE,
            reason="",
            problem="",
            amount_fen=1,
            serial="S2",
            done_on=clock.today(),
            made_at=clock.now(),
            restock_milli=0,
            payment_id=payment.id,
        ),
    )
    with pytest.raises(Refused, match="刚刚用于另一笔退款"):
        confirm(session, second, coordinator, bank_serial="S2")
    session.rollback()


def test_a_transfer_that_came_back_frees_the_money_and_people_are_told(session, owed, coordinator):
    confirm(session, owed, coordinator)
    with pytest.raises(Refused, match="写明没有退成的原因"):
        services.call_off_refund(session, owed, reason=" ", by=coordinator)
    services.call_off_refund(session, owed, reason="账号已销户", by=coordinator)
    assert (owed.state, owed.problem) == (RefundState.FAILED, "账号已销户")
    balance = queries.balance_of(session, owed.order)
    assert (balance.give_back_fen, balance.refunded_fen) == (5000, 0)
    told = session.query(Told).filter_by(person_id=coordinator.id).order_by(Told.id.desc())
    assert "账号已销户" in told.first().text
    again = services.return_payment(session, owed.payment, once_key=key(), by=coordinator)
    assert again.number != owed.number
    assert holds(session) == []


def test_what_goes_back_online_is_not_confirmed_by_hand(session, gone, coordinator):
    made = refund(session, gone, 5000, coordinator)
    with pytest.raises(Refused, match="由支付平台原路退回"):
        confirm(session, made, coordinator)
    with pytest.raises(Refused, match="由支付平台原路退回"):
        services.call_off_refund(session, made, reason="x", by=coordinator)


def test_a_disputed_payment_gives_nothing_back(session, gone, coordinator):
    dispute = Dispute(external_id="du_1", amount_fen=5000, payment=gone, state=DisputeState.REVIEW)
    session.add(dispute)
    session.flush()
    with pytest.raises(Refused, match="未决的支付争议"):
        refund(session, gone, 100, coordinator)
    assert [one.is_disputed for one in queries.returnable(session, gone.order)] == [True]
    dispute.state = DisputeState.WON
    session.flush()
    refund(session, gone, 100, coordinator)


# Lists and proofs


def test_refunds_are_found_by_state_cause_and_number_with_their_sums(
    session, gone, owed, order, coordinator
):
    online = refund(session, gone, 2000, coordinator)
    confirm(session, owed, coordinator)

    def found(**given):
        given = {"state": None, "cause": None, "search": ""} | given
        sums = queries.refund_sums(session, **given)
        rows = session.scalars(queries.refunds(**given)).all()
        assert sums.count == len(rows)
        return {row.number for row in rows}, (sums.waiting_fen, sums.done_fen)

    assert found() == ({online.number, owed.number}, (2000, 5000))
    assert found(state=RefundState.DONE) == ({owed.number}, (0, 5000))
    assert found(search=online.number) == ({online.number}, (2000, 0))
    assert found(search="TK001")[0] == {owed.number}
    assert found(search=order.number)[0] == {online.number}
    assert found(cause=RefundCause.LOOSE) == (set(), (0, 0))
    assert [one.number for one in queries.refunds_to_send(session)] == [online.number]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda made: setattr(made, "amount_fen", 999), "与操作记录不符"),
        (lambda made: setattr(made.claim, "amount_fen", 900), "退款合计 1000 分"),
        (lambda made: setattr(made, "restock_milli", 500), "记退货入库 500"),
        (lambda made: setattr(made.line, "claimed_milli", 0), "退货入库 1000，拒收和售后共 0"),
    ],
)
def test_verify_names_a_refund_that_something_contradicts(
    session, order, coordinator, damage, words
):
    payment = pay_online(session, order)
    claim = claimed(session, order)
    given = {"cause": RefundCause.CLAIM, "claim": claim, "restock": True}
    made = refund(session, payment, 1000, coordinator, **given)
    assert queries.verify_payments(session) == []
    damage(made)
    session.flush()
    assert [fault for fault in queries.verify_payments(session) if words in fault]


def test_verify_names_allocations_and_disputes_that_a_refund_contradicts(
    session, gone, coordinator
):
    made = refund(session, gone, 2000, coordinator)
    counter = session.query(Allocation).filter(Allocation.amount_fen < 0).one()
    session.add(Dispute(external_id="du_9", amount_fen=5, payment=gone, state=DisputeState.LOST))
    counter.amount_fen = -2001
    session.flush()
    faults = queries.verify_payments(session)
    assert [fault for fault in faults if "从订单撤回 2001 分" in fault]
    assert [fault for fault in faults if "支付争议 du_9" in fault]
    assert made.state is RefundState.PENDING


def test_disputes_are_listed_with_their_sum(session, gone):
    dispute = Dispute(external_id="du_1", amount_fen=5000, payment=gone)
    session.add(dispute)
    session.flush()
    for given in (
        {"state": None, "search": ""},
        {"state": DisputeState.OPEN, "search": gone.order.number},
    ):
        assert session.scalars(queries.disputes(**given)).all() == [dispute]
        assert queries.disputes_fen(session, **given) == 5000
    none = {"state": DisputeState.LOST, "search": ""}
    assert (
        session.scalars(queries.disputes(**none)).all(),
        queries.disputes_fen(session, **none),
    ) == ([], 0)
    assert queries.disputes_of(session, [gone]) == [dispute]


def test_a_number_that_was_drawn_before_is_drawn_again(session, gone, coordinator, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _most: next(drawn))
    first, second = (refund(session, gone, 100, coordinator) for _ in range(2))
    assert (first.number[-5:], second.number[-5:]) == ("00007", "00008")
