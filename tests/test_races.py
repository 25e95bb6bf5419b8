"""Two people at the same moment: each guard tried with threads that really commit.

Every docstring says what was seen when its guard was taken out. SQLite has one writer
at a time, so what reads and writes within one transaction is guarded there by ``BEGIN
IMMEDIATE``; that guard was taken out too (a plain ``BEGIN``), and what was seen is said.
"""

import threading

import pytest

from market.accounts.models import Person
from market.catalog.models import Sku, StockMovement
from market.catalog.services import receive_stock
from market.catalog.services.claim import claim_product
from market.core import clock
from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering import services
from market.ordering.models import (
    BuyingFor,
    Cart,
    CartLine,
    Consignment,
    ConsignmentState,
    Order,
    OrderState,
)
from market.payments.models import Payment
from market.payments.services import record_transfer
from tests import make, make_orders
from tests.ordering.placing import place

ROUNDS = 5


@pytest.fixture
def together(app, session):
    """Let several act at once, each in a thread and session of its own; return how each ended.

    A part is a function that reads with the session it gets and returns the act; all
    have read before the first acts, as on pages that were opened before.
    """

    def together(*parts):
        session.commit()
        outcomes = []
        start = threading.Barrier(len(parts))

        def run(part):
            with app.app_context(), db.sessionmaker(expire_on_commit=False) as own:
                act = part(own)
                own.commit()
                start.wait()
                try:
                    result = act()
                    own.commit()
                except Refused as refusal:
                    own.rollback()
                    result = refusal
                outcomes.append(result)

        threads = [threading.Thread(target=run, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session.expire_all()
        return outcomes

    return together


def click(person_id, once_key, total_fen=2500):
    """Return the part of somebody who presses 提交订单."""

    def read(session):
        person = session.get(Person, person_id)
        assert person.unit

        def act():
            order = services.place_order(
                session,
                by=person,
                once_key=once_key,
                seen_total_fen=total_fen,
                receiver="王芳",
                phone="023-0000-0000",
                address="人民路5号",
                wanted_on=None,
                remark="",
            )
            return order.number

        return act

    return read


def test_the_last_piece_is_sold_once(session, together):
    """Six buyers, one bag left.

    Without ``stock_milli >= :n`` in the UPDATE of ``take_stock``, on PostgreSQL: five
    buyers got an IntegrityError of ``ck_sku_stock`` in place of a sentence (0 refused,
    not 5). On SQLite the look at the stock before it, in the same transaction, still
    refuses; with a plain BEGIN there the five failed with "database is locked".
    """
    sku = make.sku(session, stock_milli=1000)
    people = [make.person(session, role=Role.SHOPPER) for _ in range(6)]
    for person in people:
        make.cart(session, person, (sku, 1000))
    outcomes = together(*(click(person.id, f"key-{person.id}") for person in people))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(refused) == 5
    assert {"库存不足" in str(refusal) for refusal in refused} == {True}
    assert session.get(Sku, sku.id).stock_milli == 0
    assert session.query(Order).count() == 1
    assert sum(movement.change_milli for movement in session.query(StockMovement)) == 0
    assert session.query(CartLine).count() == 5


def test_stock_read_long_ago_is_not_sold_again(session, together):
    """Six take the last bag, each having seen it there before.

    Without ``stock_milli >= :n`` in the UPDATE, on both databases: 0 refused, not 5;
    five ran into the CHECK constraint ``ck_sku_stock``, which is the last line only.
    """
    sku = make.sku(session, stock_milli=1000)

    def part(own):
        mine = own.get(Sku, sku_id)
        assert mine.product.name
        assert mine.stock_milli == 1000
        return lambda: services.checkout.take_stock(own, mine, 1000, about="x", by=None)

    sku_id = sku.id
    outcomes = together(*[part] * 6)
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 5
    assert session.get(Sku, sku_id).stock_milli == 0


@pytest.mark.parametrize("keys", ["one key", "a key for each page"])
def test_a_double_click_makes_one_order(session, together, keys):
    """Five presses of 提交订单, from one page or from five.

    With the lines read by a SELECT in place of DELETE … RETURNING, on PostgreSQL: from
    one page four presses got an IntegrityError of the key (1 saw the order, not 5);
    from five pages several orders were made of one cart (MultipleResultsFound). On
    SQLite nothing changed, for writers queue; with a plain BEGIN there four presses
    failed with "database is locked".
    """
    person = make.person(session, role=Role.SHOPPER)
    sku = make.sku(session)
    make.cart(session, person, (sku, 1000))
    same = keys == "one key"
    outcomes = together(*(click(person.id, "key" if same else f"key-{n}") for n in range(5)))
    number = session.query(Order).one().number
    assert outcomes.count(number) == (5 if same else 1)
    others = [str(outcome) for outcome in outcomes if outcome != number]
    assert {"购物车是空的" in sentence for sentence in others} <= {True}
    assert session.get(Sku, sku.id).stock_milli == 9000


def test_one_of_two_approvers_approves(session, buyer, together):
    """Two leads press 通过, another two 退回.

    Without ``state == start`` in the UPDATE of ``move``, on both databases: all four
    succeeded ("assert 4 == 1").
    """
    leads = [make.person(session, role=Role.LEAD, unit=buyer.unit) for _ in range(4)]
    vendor = make.supplier_person(session, make.supplier(session))
    sku = make.sku(session, stock_milli=300_000)
    sku.product.supplier_id = vendor.supplier_id
    order_id = place(session, buyer, (sku, 300_000), buying_for=BuyingFor.CANTEEN).id

    def decide(lead_id, deed):
        def part(own):
            order, lead = own.get(Order, order_id), own.get(Person, lead_id)
            assert order.state is OrderState.SUBMITTED
            assert order.lines
            assert order.consignments
            return lambda: deed(own, order, by=lead)

        return part

    def turn_down(own, order, *, by):
        services.return_order(own, order, reason="太贵", by=by)

    deeds = (services.approve, services.approve, turn_down, turn_down)
    parts = [decide(lead.id, deed) for lead, deed in zip(leads, deeds, strict=True)]
    outcomes = together(*parts)
    assert outcomes.count(None) == 1
    order = session.get(Order, order_id)
    open_ = order.state is OrderState.OPEN
    assert order.state in (OrderState.OPEN, OrderState.RETURNED)
    assert session.get(Sku, sku.id).stock_milli == (0 if open_ else 300_000)
    assert session.query(Notice).filter_by(person_id=vendor.id).count() == (1 if open_ else 0)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_accepting_and_cancelling_do_not_both_happen(session, buyer, together, round_):
    """The supplier presses 接单 while the buyer presses 取消.

    Without ``state == start`` in the UPDATE of ``move``, on both databases: both
    succeeded in every round, and the supplier prepared goods of a cancelled order.
    """
    sku = make.sku(session)
    vendor = make.supplier_person(session, sku.product.supplier)
    order = place(session, buyer, (sku, 2000), buying_for=BuyingFor.CANTEEN)
    part_id, order_id, buyer_id, vendor_id = (
        order.consignments[0].id,
        order.id,
        buyer.id,
        vendor.id,
    )

    def accept(own):
        part, person = own.get(Consignment, part_id), own.get(Person, vendor_id)
        assert part.order.state is OrderState.OPEN
        assert part.order.placed_by
        return lambda: services.accept_consignment(own, part, by=person)

    def cancel(own):
        order, person = own.get(Order, order_id), own.get(Person, buyer_id)
        assert order.consignments[0].state is ConsignmentState.WAITING
        assert order.lines
        return lambda: services.cancel_order(own, order, reason="x", by=person)

    outcomes = together(accept, cancel)
    assert outcomes.count(None) == 1
    order = session.get(Order, order_id)
    ended = (order.state, order.consignments[0].state, session.get(Sku, sku.id).stock_milli)
    assert ended in (
        (OrderState.OPEN, ConsignmentState.ACCEPTED, 8000),
        (OrderState.CANCELLED, ConsignmentState.CANCELLED, 10_000),
    )


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_an_order_is_not_both_paid_and_expired(session, together, round_):
    """At the deadline the money is confirmed while the job closes what is overdue.

    Without ``state == start`` in the UPDATE of ``move``, on both databases: in every
    round the order was expired (1) and paid at once, its stock back on the shelf.
    """
    person = make.person(session, role=Role.SHOPPER)
    officer = make.person(session, role=Role.FUND_OFFICER)
    sku = make.sku(session)
    order = place(session, person, (sku, 2000))
    order_id, officer_id, deadline = order.id, officer.id, order.pay_by_at

    def pay(own):
        order, by = own.get(Order, order_id), own.get(Person, officer_id)
        assert order.consignments
        assert order.placed_by

        def act():
            with clock.set_to(deadline.replace(year=deadline.year - 1)):
                services.mark_paid(own, order, by=by)
            return "paid"

        return act

    def expire(own):
        def act():
            with clock.set_to(deadline):
                return services.expire_orders(own)

        return act

    outcomes = together(pay, expire)
    order = session.get(Order, order_id)
    stock_milli = session.get(Sku, sku.id).stock_milli
    if "paid" in outcomes:
        assert 0 in outcomes
        assert (order.state, stock_milli) == (OrderState.OPEN, 8000)
        assert order.consignments[0].state is ConsignmentState.WAITING
    else:
        assert 1 in outcomes
        assert (order.state, stock_milli) == (OrderState.EXPIRED, 10_000)
        assert order.consignments[0].state is ConsignmentState.CANCELLED


@pytest.mark.parametrize("what", ["one click twice", "one serial for two orders"])
def test_a_transfer_is_recorded_once(session, together, what):
    """The same transfer is written down by several at once.

    Without ``ON CONFLICT DO NOTHING``, on PostgreSQL: three got an IntegrityError in
    place of the first one's payment, or of the sentence that names its order. On SQLite
    the look before it suffices; with a plain BEGIN there, "database is locked".
    """
    officer = make.person(session, role=Role.FUND_OFFICER)
    twice = what == "one click twice"
    orders = [
        place(session, make.person(session, role=Role.SHOPPER), (make.sku(session), 1000))
        for _ in range(1 if twice else 4)
    ]
    ids = [order.id for order in orders] * (4 if twice else 1)
    officer_id = officer.id

    def record(order_id, once_key):
        def part(own):
            order, by = own.get(Order, order_id), own.get(Person, officer_id)
            assert order.consignments
            assert order.placed_by
            return lambda: (
                record_transfer(
                    own,
                    order,
                    amount_fen=2500,
                    bank_serial="2026112300001",
                    paid_on=clock.today(),
                    once_key=once_key,
                    by=by,
                ).id
            )

        return part

    parts = [record(order_id, "key" if twice else f"key-{order_id}") for order_id in ids]
    outcomes = together(*parts)
    payment = session.query(Payment).one()
    assert outcomes.count(payment.id) == (4 if twice else 1)
    refused = [str(outcome) for outcome in outcomes if outcome != payment.id]
    assert {"已登记在订单" in sentence for sentence in refused} <= {True}
    assert session.query(Order).filter_by(state=OrderState.OPEN).count() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_transfers_do_not_pay_more_than_is_owed(session, buyer, together, round_):
    """Two desks each record a transfer of the whole sum that an order on account owes.

    Without the lock on the order's row, on PostgreSQL: in four to five rounds of five
    both were taken, and 100 元 paid for 50 ("assert 2 == 1"). SQLite's writers queue.
    """
    officer = make.person(session, role=Role.FUND_OFFICER)
    order = place(session, buyer, (make.sku(session), 2000), buying_for=BuyingFor.CANTEEN)
    part, line = order.consignments[0], order.lines[0]
    for state in (ConsignmentState.ACCEPTED, ConsignmentState.SHIPPED, ConsignmentState.RECEIVED):
        services.orders.move(session, part, state)
    line.shipped_milli = line.accepted_milli = 2000
    line.rejected_milli, line.accepted_fen = 0, 5000
    session.flush()
    order_id, officer_id = order.id, officer.id

    def record(number):
        def read(own):
            order, by = own.get(Order, order_id), own.get(Person, officer_id)
            assert order.placed_by
            return lambda: (
                record_transfer(
                    own,
                    order,
                    amount_fen=5000,
                    bank_serial=f"S{number}",
                    paid_on=clock.today(),
                    once_key=f"key-{number}",
                    by=by,
                ).amount_fen
            )

        return read

    outcomes = together(record(1), record(2))
    assert outcomes.count(5000) == 1
    assert session.query(Payment).count() == 1


def test_two_first_uses_make_one_cart(session, together):
    """Four tabs put a first thing into a cart that is not there yet.

    Without ``ON CONFLICT DO NOTHING``, on PostgreSQL: an IntegrityError of the cart's
    owner. On SQLite, with a plain BEGIN: "database is locked".
    """
    person = make.person(session, role=Role.SHOPPER)
    skus = [make.sku(session) for _ in range(4)]
    person_id, ids = person.id, [sku.id for sku in skus]

    def add(sku_id):
        def part(own):
            by, sku = own.get(Person, person_id), own.get(Sku, sku_id)
            assert sku.product.supplier
            return lambda: services.add_line(own, by=by, sku=sku, milli=1000)

        return part

    assert together(*(add(sku_id) for sku_id in ids)) == [None] * 4
    assert session.query(Cart).count() == 1
    assert session.query(CartLine).count() == 4


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_parts_that_end_at_once_complete_the_order(session, buyer, together, round_):
    """The last two suppliers decline at the same moment; neither sees the other's part.

    Without the lock on the order's row, on PostgreSQL: in one round of five the order
    stayed open for ever. With a lock that also keeps its key (FOR UPDATE): a deadlock,
    as each holds a share of the key since it changed its consignment twice.
    """
    order = place(
        session,
        buyer,
        (make.sku(session), 1000),
        (make.sku(session), 1000),
        buying_for=BuyingFor.CANTEEN,
    )
    order_id, ids = order.id, [part.id for part in order.consignments]
    vendors = [make_orders.seller(session, part) for part in order.consignments]

    def decline(part_id, vendor_id):
        def read(own):
            part, by = own.get(Consignment, part_id), own.get(Person, vendor_id)
            assert part.order.placed_by
            assert part.lines
            return lambda: services.decline_consignment(own, part, reason="无货", by=by)

        return read

    pairs = zip(ids, [vendor.id for vendor in vendors], strict=True)
    assert together(*(decline(part_id, vendor_id) for part_id, vendor_id in pairs)) == [None] * 2
    assert session.get(Order, order_id).state is OrderState.CANCELLED


def test_goods_arrive_while_they_are_bought(session, app):
    """Whoever holds a product to change it does not keep its buyers from finishing.

    With the product's row taken ``FOR UPDATE`` (not ``FOR NO KEY UPDATE``) PostgreSQL found
    a deadlock: the buyer held the stock and waited for the product, the supplier the reverse.
    """
    sku = make.sku(session)
    vendor = make.supplier_person(session, sku.product.supplier)
    buyer = make.person(session)
    make.cart(session, buyer, (sku, 1000))
    sku_id, vendor_id, buyer_id = sku.id, vendor.id, buyer.id
    session.commit()
    ended = threading.Event()

    def buy():
        with app.app_context(), db.sessionmaker() as own:
            act = click(buyer_id, "k1")(own)
            act()
            own.commit()
        ended.set()

    with app.app_context(), db.sessionmaker() as own:
        held, by = own.get_one(Sku, sku_id), own.get_one(Person, vendor_id)
        claim_product(own, held.product, by=by)
        thread = threading.Thread(target=buy)
        thread.start()
        ended.wait(1)  # On SQLite the buyer waits until the supplier has finished.
        receive_stock(own, held, 5000, by=by)
        own.commit()
    thread.join()
    assert ended.is_set()
    session.expire_all()
    assert session.get_one(Sku, sku_id).stock_milli == 14_000
