"""Whatever happens to orders on account, statements ask for what orders owe, and no more."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.ordering.models import Claim, Order
from market.payments import services
from market.payments.models import Allocation, Invoice, Statement, StatementLine, StatementState
from market.payments.queries import outstanding_fen, verify_payments, verify_statements
from market.payments.queries.ledger import balance_of
from market.payments.services import (
    confirm_statement,
    make_statements,
    object_to_statement,
    pay_statement,
    reverse,
    void_statement,
)
from market.payments.services.allocations import allocate, left_of
from tests import make, make_orders
from tests.payments.billing import asked, billed, claimed, delivered, noon, on, paid_in

DEEDS = ("deliver", "claim", "pay order", "pay statement", "bill", "agree", "void", "give back")


class Story:
    """A unit, two suppliers, and half a year in which anything may happen."""

    def __init__(self, session):
        self.session = session
        self.buyer = make.person(session)
        self.buyer.unit.carry_limit_fen = 3000
        self.coordinator = make.person(session, role=Role.COORDINATOR)
        self.skus = [make.sku(session, stock_milli=9_000_000) for _ in range(2)]
        self.sellers = {
            sku.product.supplier_id: make.supplier_person(session, sku.product.supplier)
            for sku in self.skus
        }
        self.now = noon(2026, 1, 2)

    def do(self, deed, which, amount):
        """Do one deed to one of the things there are; what the house refuses changes nothing."""
        # A month goes by between two bills.
        self.now += dt.timedelta(days=31 if deed == "bill" else 1)
        with clock.set_to(self.now), self.session.begin_nested():
            try:
                getattr(self, deed.replace(" ", "_"))(which, amount)
            except Refused:
                assert deed in {"claim", "void"}

    def orders(self):
        return self.session.query(Order).order_by(Order.id).all()

    def statements(self):
        states = (StatementState.ISSUED, StatementState.CONFIRMED)
        found = self.session.query(Statement).filter(Statement.state.in_(states))
        return found.order_by(Statement.id).all()

    def deliver(self, which, amount):
        delivered(self.session, self.buyer, (self.skus[which % 2], 1000 * (amount % 5 + 1)))

    def claim(self, which, amount):
        orders = self.orders()
        if orders:
            claimed(self.session, orders[which % len(orders)], self.buyer)

    def pay_order(self, which, amount):
        orders = self.orders()
        if not orders:
            return
        order = orders[which % len(orders)]
        part_fen = min(amount, balance_of(self.session, order).outstanding_fen)
        if part_fen:
            payment = paid_in(self.session, part_fen, self.coordinator)
            allocate(self.session, payment, order, part_fen, by=None)

    def pay_statement(self, which, amount):
        statements = self.statements()
        if not statements:
            return
        statement = statements[which % len(statements)]
        owed_fen = outstanding_fen(self.session, statement)
        part_fen = owed_fen if which % 2 else min(amount, owed_fen)
        if part_fen:
            payment = paid_in(self.session, part_fen, self.coordinator)
            pay_statement(self.session, statement, payment, part_fen, by=None)

    def bill(self, which, amount):
        last = clock.today().replace(day=1) - dt.timedelta(days=1)
        make_statements(self.session, last.year, last.month)

    def agree(self, which, amount):
        issued = [one for one in self.statements() if one.state is StatementState.ISSUED]
        if issued:
            statement = issued[which % len(issued)]
            confirm_statement(self.session, statement, by=self.buyer)
            confirm_statement(self.session, statement, by=self.sellers[statement.supplier_id])

    def void(self, which, amount):
        issued = [one for one in self.statements() if one.state is StatementState.ISSUED]
        if issued:
            statement = issued[which % len(issued)]
            object_to_statement(self.session, statement, words="不对", by=self.buyer)
            void_statement(self.session, statement, words="重开", by=self.coordinator)

    def give_back(self, which, amount):
        """Take back what some order has too much, as a refund does."""
        for order in self.orders():
            surplus_fen = balance_of(self.session, order).surplus_fen
            for row in self.session.query(Allocation).filter(
                Allocation.order_id == order.id, Allocation.amount_fen > 0
            ):
                part_fen = min(surplus_fen, left_of(self.session, row))
                if part_fen:
                    reverse(self.session, row, part_fen, by=None)
                    surplus_fen -= part_fen


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(DEEDS), st.integers(0, 9), st.integers(1, 9000)),
        min_size=6,
        max_size=24,
    )
)
def test_statements_ask_for_what_orders_owe(session, deeds):
    """Σ of what orders owe = Σ of what statements ask for + what is on none yet, after every deed."""
    session.rollback()  # Each example begins with nothing.
    story = Story(session)
    for deed in deeds:
        story.do(*deed)
        owed_fen, asked_fen = asked(session)
        assert owed_fen == asked_fen
    assert verify_statements(session) == []
    assert verify_payments(session) == []


@pytest.fixture
def statement(session, buyer):
    """A statement of 100.00, not yet agreed."""
    sku = make.sku(session, stock_milli=900_000)
    with on(2026, 3, 30):
        delivered(session, buyer, (sku, 4000))
    return billed(session)


def change(session, table, **values):
    session.execute(sa.update(table).values(**values))
    session.expire_all()


def test_verify_finds_a_total_that_was_changed(session, statement):
    change(session, Statement, total_fen=10001)
    assert verify_statements(session) == [
        f"结算单 {statement.number} 合计 10001 分，与操作记录不符",
        f"结算单 {statement.number} 合计 10001 分，与有效明细 10000 分或作废状态不符",
    ]


def test_verify_finds_a_line_that_does_not_count_though_its_statement_stands(session, statement):
    change(session, StatementLine, is_live=False)
    assert [f for f in verify_statements(session) if "作废状态不符" in f]


def test_verify_finds_a_line_unlike_its_acceptance(session, statement):
    change(session, StatementLine, amount_fen=9999)
    [fault] = [fault for fault in verify_statements(session) if "的明细" in fault]
    assert fault.startswith(f"结算单 {statement.number} 的明细")


def test_verify_finds_a_line_unlike_its_claim(session, buyer, statement):
    with on(2026, 4, 2):
        claimed(session, statement.lines[0].order, buyer)
    billed(session, 2026, 4)
    assert verify_statements(session) == []
    change(session, Claim, amount_fen=2400)
    assert [f for f in verify_statements(session) if "的明细" in f]


def test_verify_finds_a_rest_carried_from_a_statement_that_nobody_agreed_to(
    session, buyer, statement
):
    session.add(
        Statement(
            number="JS260499999",
            year=2026,
            month=4,
            total_fen=100,
            issued_on=clock.today(),
            due_on=clock.today(),
            unit_id=statement.unit_id,
            supplier_id=statement.supplier_id,
            lines=[
                StatementLine(
                    kind="carried",
                    happened_on=clock.today(),
                    amount_fen=100,
                    order_id=statement.lines[0].order_id,
                    carried_id=statement.id,
                )
            ],
        )
    )
    session.flush()
    assert [f for f in verify_statements(session) if "JS260499999 的明细" in f]


def test_verify_finds_more_paid_by_a_statement_than_it_asked_for(session, statement, coordinator):
    payment = paid_in(session, 10001, coordinator)
    order = statement.lines[0].order
    allocate(session, payment, order, 10001, statement=statement, by=coordinator)
    assert verify_statements(session) == [
        f"结算单 {statement.number} 为订单 {order.id} 入账 10001 分，超过它的 10000 分"
    ]


def test_verify_finds_a_source_on_two_statements(session, buyer, statement, monkeypatch):
    """The tables refuse it; so one line is made to name what another has, index away."""
    [line] = statement.lines
    index = "uq_statement_line_acceptance_id_live"
    session.execute(sa.text(f"DROP INDEX {index}"))
    session.add(
        StatementLine(
            kind=line.kind,
            happened_on=line.happened_on,
            amount_fen=line.amount_fen,
            order_id=line.order_id,
            statement_id=statement.id,
            acceptance_id=line.acceptance_id,
        )
    )
    session.flush()
    assert f"验收 {line.acceptance_id} 在两张有效的结算单上" in verify_statements(session)
    session.rollback()  # With the index back in its place.


def test_verify_finds_an_invoice_that_was_changed(session, statement, buyer):
    services.record_invoice(
        session,
        statement,
        code="",
        number="1" * 20,
        issued_on=clock.today(),
        amount_fen=10000,
        attachment=None,
        once_key=make_orders.once(),
        by=buyer,
    )
    assert verify_statements(session) == []
    change(session, Invoice, amount_fen=1)
    assert verify_statements(session) == [f"发票 {'1' * 20} 金额 1 分，与操作记录不符"]
