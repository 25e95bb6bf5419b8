"""Every yuan is somewhere: the rows behind an order's figures, and the sums over all."""

import itertools

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.audit.services import record
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.ordering import services as ordering
from market.ordering.models import BuyingFor, ConsignmentState, OrderState
from market.payments import queries, services
from market.payments.models import (
    Allocation,
    Payment,
    PaymentState,
    Refund,
    RefundCause,
    RefundState,
)
from tests import make, make_orders
from tests.ordering.placing import place
from tests.payments.paying import seen_refund
from tests.payments.test_payments import transfer

_n = itertools.count(1)


def key():
    return f"ledger-{next(_n)}"


def refund(session, payment, order, amount_fen, state=RefundState.DONE, **given):
    """Write down that free money of a payment went back, as it is done by hand."""
    number = next(_n)
    made = Refund(
        number=f"TK{number}",
        once_key=f"refund-{number}",
        state=state,
        cause=RefundCause.LOOSE,
        amount_fen=amount_fen,
        serial=f"R{number}",
        done_on=clock.today(),
        payment_id=payment.id,
        order_id=order.id if order else None,
        **given,
    )
    session.add(made)
    if state is not RefundState.FAILED:
        payment.refunded_fen += amount_fen
    session.flush()
    record(session, "refund.started", made, by=None, amount_fen=amount_fen)
    return made


def rows_of(session, order):
    session.flush()
    session.refresh(order)
    ledger = queries.ledger_of(session, order)
    rows = queries.details_of(session, order, ledger).rows
    for figure in ("due_fen", "paid_fen", "applied_fen", "refunded_fen"):
        summed = sum(getattr(row, figure) for row in rows)
        assert summed == getattr(ledger, figure), (figure, rows)
    assert [row.on for row in rows] == sorted(row.on for row in rows)
    return [(row.title, row.note) for row in rows]


def holds(session):
    return not (
        queries.verify_payments(session)
        or queries.verify_sums(session)
        or queries.verify_ledgers(session)
    )


@pytest.fixture
def delivered(session, shopper, coordinator):
    """A shopper's order of 50.00, paid and accepted; a claim of 5.00 is agreed."""
    order = place(session, shopper, (make.sku(session), 2000))
    transfer(session, order, coordinator, 5000)
    part = order.consignments[0]
    ordering.accept_consignment(session, part, by=make_orders.seller(session, part))
    make_orders.shipped(session, part)
    make_orders.inspected(session, part, shopper)
    claim = ordering.make_claim(
        session, order.lines[0], milli=1000, reason="压坏", photo=None, once_key=key(), by=shopper
    )
    ordering.answer_claim(
        session, claim, agree=True, answer="同意", by=make_orders.seller(session, part)
    )
    session.flush()
    return order


def test_every_figure_is_the_sum_of_rows_with_their_days(session, delivered, shopper, coordinator):
    titles = [title for title, _ in rows_of(session, delivered)]
    assert titles[1].startswith("售后 SH")
    assert titles[2:] == ["银行转账到账", "入账"]
    services.keep_as_credit(session, delivered, once_key=key(), by=shopper)
    following = place(session, shopper, (make.sku(session), 1000))
    services.pay_from_credit(session, following, once_key=key(), by=shopper)
    assert ("撤回入账，转入账户余额", "") in rows_of(session, delivered)
    assert ("用于其他订单", "") in rows_of(session, delivered)
    assert ("账户款项入账", "") in rows_of(session, following)
    ledger = queries.ledger_of(session, following)
    (row,) = [one for one in queries.details_of(session, following, ledger).rows if one.other]
    assert (row.other, row.paid_fen, row.applied_fen) == (delivered.number, 2500, 2500)
    ordering.cancel_order(session, following, reason="x", by=shopper)
    services.keep_as_credit(session, following, once_key=key(), by=shopper)
    assert ("从其他订单转回", "") in rows_of(session, delivered)
    rows_of(session, following)
    assert holds(session)


def test_what_a_line_owes_says_why(session, shopper, buyer, coordinator):
    prepaid = place(session, shopper, *((make.sku(session), 2000) for _ in range(3)))
    transfer(session, prepaid, coordinator, 15000)
    declined, shipped, _ = prepaid.consignments
    ordering.decline_consignment(
        session, declined, reason="缺货", by=make_orders.seller(session, declined)
    )
    ordering.accept_consignment(session, shipped, by=make_orders.seller(session, shipped))
    make_orders.shipped(session, shipped)
    notes = [note for _, note in rows_of(session, prepaid)]
    assert {"供应商谢绝，不再应付", "按发货数量", "按下单金额"} <= set(notes)
    on_account = place(session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.CANTEEN)
    assert rows_of(session, on_account)[0][1] == "验收后应付，下单 25.00 元"
    late = place(session, shopper, (make.sku(session), 1000))
    with clock.set_to(late.pay_by_at):
        rows_of(session, late)
        assert queries.ledger_of(session, late).due_fen == 0
        assert queries.verify_ledgers(session) == []


def test_refunds_stand_in_the_rows(session, delivered, shopper, coordinator):
    """Money of this order and of another one that goes back for it; one refund failed."""
    (part,) = session.scalars(sa.select(Allocation).where(Allocation.order_id == delivered.id))
    payment = session.get_one(Payment, part.payment_id)
    gone_back = refund(session, payment, delivered, 1, RefundState.FAILED)
    made = refund(session, payment, delivered, 1, RefundState.FAILED)
    services.allocations.reverse(session, part, 2500, refund=made, by=coordinator)
    refund(session, payment, delivered, 1500)
    following = place(session, shopper, (make.sku(session), 1000))
    refund(session, payment, following, 300)
    refund(session, payment, None, 200)
    rows = rows_of(session, delivered)
    assert ("撤回入账，用于退款", "") in rows
    assert (f"退款 {gone_back.number}", "错付、多付，退款失败") in rows
    assert len([title for title, _ in rows if title.startswith("另作退款")]) == 2
    rows_of(session, following)
    assert queries.balance_of(session, following).refunded_fen == 300
    assert queries.verify_sums(session) == queries.verify_ledgers(session) == []


def test_a_transfer_that_nobody_could_match_is_part_of_the_sum(session, shopper, coordinator):
    order = place(session, shopper, (make.sku(session), 1000))
    transfer(session, order, coordinator, 2500)
    free, aside = (
        Payment(
            once_key=key(),
            amount_fen=700,
            bank_serial=key(),
            paid_on=clock.today(),
            recorded_by_id=coordinator.id,
            aside_reason=reason,
        )
        for reason in ("", "利息")
    )
    session.add_all([free, aside])
    session.flush()
    refund(session, free, None, 200)
    assert free.state is PaymentState.PARTLY
    refund(session, free, None, 500)
    assert free.state is PaymentState.RETURNED
    assert queries.verify_sums(session) == []
    aside.amount_fen += 1
    session.flush()
    assert queries.verify_sums(session) == []


def test_one_fen_changed_is_found_and_named(session, delivered):
    (part,) = session.scalars(sa.select(Allocation).where(Allocation.order_id == delivered.id))
    part.amount_fen += 1
    session.flush()
    (fault,) = queries.verify_sums(session)
    assert "收款合计 5000 分，去向合计 5001 分" in fault
    part.amount_fen -= 1
    delivered.lines[0].claimed_fen += 1
    session.flush()
    assert queries.verify_sums(session) == []
    assert queries.verify_ledgers(session) == [
        f"订单 {delivered.number} 应付 2499 分，由明细重算为 2500 分"
    ]


# A unit's order that was paid and claimed, a shopper with the credit of a cancelled one, and
# two that wait: from here on nearly every deed does something.
START = (
    *(("place unit", 0), ("deliver", 0), ("pay", 0), ("claim", 0)),
    *(("place", 0), ("pay", 1), ("cancel", 1), ("keep", 1), ("place", 0), ("place unit", 0)),
)
deeds = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "place",
                "place unit",
                "pay",
                "loose",
                "deliver",
                "claim",
                "cancel",
                "keep",
                "credit",
                "refund",
                "failed",
                "decline",
                "gone",
                "line",
            ]
        ),
        st.integers(0, 5),
    ),
    min_size=6,
    max_size=14,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=deeds)
def test_whatever_happens_every_yuan_is_somewhere(session, deeds):
    """Random payments, claims, credit moves and refunds: rows sum, Σ holds, nothing is negative."""
    session.rollback()  # Nothing is committed: each example begins with an empty shop.
    world = _World(session)
    for deed, which in START:
        world.do(deed, which)
    for deed, which in deeds:
        try:
            world.do(deed, which)
        except Refused:
            session.expire_all()
    for order in world.orders:
        rows_of(session, order)
        balance = queries.balance_of(session, order)
        assert min(balance.due_fen, balance.applied_fen, balance.loose_fen) >= 0
    assert queries.verify_payments(session) == []
    assert queries.verify_sums(session) == []
    assert queries.verify_ledgers(session) == []
    accounts = {"unit_id": world.buyer.unit_id}, {"person_id": world.shopper.id}
    free = session.scalars(sa.select(sa.func.sum(Payment.free_fen))).one() or 0
    assert sum(queries.credit_of(session, **account) for account in accounts) == free


class _World:
    """A canteen and a shopper, and what may happen to their orders."""

    def __init__(self, session):
        self.session = session
        self.buyer = make.person(session)
        self.second = make.person(session, unit=self.buyer.unit)
        self.shopper = make.person(session, role=Role.SHOPPER)
        self.coordinator = make.person(session, role=Role.COORDINATOR)
        self.orders = []

    def do(self, deed, which):
        if deed.startswith("place"):
            self._place(self.buyer if deed == "place unit" else self.shopper)
        elif self.orders:
            with self.session.begin_nested():
                getattr(self, f"_{deed}")(self.orders[which % len(self.orders)])
                self.session.flush()

    def _place(self, by):
        skus = [make.sku(self.session), make.sku(self.session)]
        purpose = BuyingFor.SELF if by is self.shopper else BuyingFor.UNION
        lines = ((skus[0], 2000), (skus[1], 1000))
        self.orders.append(place(self.session, by, *lines, buying_for=purpose))

    def _pay(self, order):
        owed_fen = queries.taken_fen(self.session, order)
        transfer(self.session, order, self.coordinator, owed_fen)

    def _loose(self, order):
        if order.state in queries.CLOSED:
            transfer(self.session, order, self.coordinator, 4000)

    def _parts(self, order, state):
        return [part for part in order.consignments if part.state is state]

    def _deliver(self, order):
        if order.state is OrderState.OPEN:
            for part in self._parts(order, ConsignmentState.WAITING)[:1]:
                seller = make_orders.seller(self.session, part)
                ordering.accept_consignment(self.session, part, by=seller)
                make_orders.shipped(self.session, part)
                made = make_orders.inspected(self.session, part, order.placed_by)
                if part.state is ConsignmentState.INSPECTED:
                    ordering.sign(self.session, made, by=self.second)

    def _decline(self, order):
        for part in self._parts(order, ConsignmentState.WAITING)[:1]:
            seller = make_orders.seller(self.session, part)
            ordering.decline_consignment(self.session, part, reason="缺货", by=seller)

    def _claim(self, order):
        for part in self._parts(order, ConsignmentState.RECEIVED)[:1]:
            given = {"milli": 1000, "reason": "坏", "photo": None, "once_key": key()}
            claim = ordering.make_claim(self.session, part.lines[0], by=order.placed_by, **given)
            seller = make_orders.seller(self.session, part)
            ordering.answer_claim(self.session, claim, agree=True, answer="同意", by=seller)

    def _cancel(self, order):
        ordering.cancel_order(self.session, order, reason="x", by=order.placed_by)

    def _keep(self, order):
        services.keep_as_credit(self.session, order, once_key=key(), by=self.coordinator)

    def _credit(self, order):
        services.pay_from_credit(self.session, order, once_key=key(), by=order.placed_by)

    def _refund(self, order):
        for payment in queries.credit_payments(self.session, **services.account_of(order))[:1]:
            return services.start_refund(
                self.session,
                payment,
                min(700, payment.free_fen),
                cause=RefundCause.LOOSE,
                reason="多付",
                order=order,
                once_key=key(),
                by=self.coordinator,
            )
        return None

    def _gone(self, order):
        """Some of its money goes back, whatever it owes: the processor did that."""
        for paid in queries.ledger_of(self.session, order).payments[:1]:
            free_fen = paid.payment.amount_fen - paid.payment.refunded_fen
            seen = seen_refund(payment=paid.payment, amount=min(900, free_fen))
            services.settle_refunds(self.session, [seen] if free_fen else [])

    def _line(self, order):
        lines, paid = queries.takeable_lines(order), queries.ledger_of(self.session, order).payments
        for line, one in zip(lines[:1], paid[:1], strict=False):
            given = {"milli": 1000, "reason": "x", "restock": True, "once_key": key()}
            services.refund_line(self.session, one.payment, line, by=self.coordinator, **given)

    def _failed(self, order):
        made = self._refund(order)
        if made is not None:
            services.call_off_refund(self.session, made, reason="退汇", by=self.coordinator)
