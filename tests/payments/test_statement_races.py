"""Two act on one statement at the same moment: each guard tried with threads that really commit.

Docstrings say what was seen on PostgreSQL without the guard. SQLite's writers queue.
"""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused
from market.payments.models import (
    Allocation,
    Invoice,
    InvoiceState,
    Payment,
    Statement,
    StatementLine,
    StatementState,
)
from market.payments.queries import outstanding_fen, verify_payments, verify_statements
from market.payments.services import (
    confirm_statement,
    make_statements,
    object_to_statement,
    pay_statement,
    record_invoice,
    remind,
    void_statement,
)
from tests import make, make_orders
from tests.payments.billing import billed, delivered, on, paid_in

ROUNDS = 5


@pytest.fixture
def together(app, session):
    """Let several act at once, each in a thread and session of its own; return the outcomes."""

    def together(*acts):
        session.commit()
        outcomes = []
        start = threading.Barrier(len(acts))

        def run(act):
            with app.app_context(), db.sessionmaker() as own:
                start.wait()
                try:
                    result = act(own)
                    own.commit()
                except Refused as refusal:
                    own.rollback()
                    result = refusal
                outcomes.append(result)

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session.expire_all()
        return outcomes

    return together


@pytest.fixture
def sku(session):
    return make.sku(session, stock_milli=9_000_000)


def refusals(outcomes):
    return [str(outcome) for outcome in outcomes if isinstance(outcome, Refused)]


def test_two_make_the_statements_of_a_month(session, together, sku):
    """Without ``on_conflict_do_nothing`` in ``_new``: IntegrityError of ``uq_statement_live``.

    (The locks on the orders taken out, too: with them the second waits, and sees.)
    """
    buyers = [make.person(session) for _ in range(4)]
    with on(2026, 3, 3):
        for buyer in buyers:
            delivered(session, buyer, (sku, 1000))

    def act(own):
        with on(2026, 4, 1):
            return len(make_statements(own, 2026, 3))

    assert sorted(together(act, act, act)) == [0, 0, 4]
    assert session.query(Statement).count() == session.query(StatementLine).count() == 4


def test_two_make_the_statements_of_two_months(session, together, sku, buyer):
    """Without the locks on the orders in ``make_statements``: IntegrityError, an acceptance on two."""
    for _ in range(ROUNDS):
        with on(2026, 3, 3):
            delivered(session, buyer, (sku, 1000))

    def act(month):
        def act(own):
            with on(2026, 6, 1):
                return len(make_statements(own, 2026, month))

        return act

    assert sorted(together(act(3), act(4), act(5))) == [0, 0, 1]
    assert session.query(StatementLine).count() == ROUNDS


def test_one_confirms_while_the_other_objects(session, together, sku, buyer):
    """Without ``state == ISSUED`` in the UPDATE of ``confirm_statement``: confirmed by one side
    and in dispute at once, and the word of who confirmed stands though it was taken back."""
    for month in range(1, ROUNDS + 1):
        with on(2026, month, 3):
            order = delivered(session, buyer, (sku, 1000))
        statement = billed(session, 2026, month)
        seller_id = make_orders.seller(session, order.consignments[0]).id
        id_, buyer_id = statement.id, buyer.id

        def confirm(own, id_=id_, who=seller_id):
            confirm_statement(own, own.get(Statement, id_), by=own.get(Person, who))

        def object_(own, id_=id_, who=buyer_id):
            object_to_statement(own, own.get(Statement, id_), words="不对", by=own.get(Person, who))

        together(confirm, object_)
        assert statement.state is StatementState.DISPUTED
        assert statement.supplier_confirmed_by_id is None


def test_both_sides_confirm_at_once(session, together, sku, buyer):
    """Where each looks at the row it read before the other wrote: stays ISSUED with both words."""
    for month in range(1, ROUNDS + 1):
        with on(2026, month, 3):
            order = delivered(session, buyer, (sku, 1000))
        statement = billed(session, 2026, month)
        sides = (buyer.id, make_orders.seller(session, order.consignments[0]).id)

        def act(who, id_=statement.id):
            return lambda own: confirm_statement(
                own, own.get(Statement, id_), by=own.get(Person, who)
            )

        assert refusals(together(*map(act, sides))) == []
        assert statement.state is StatementState.CONFIRMED


def test_two_record_one_invoice(session, together, sku, buyer):
    """Without ``on_conflict_do_nothing``: IntegrityError of ``uq_invoice_code_number_valid``."""
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    statement = billed(session)
    id_, buyer_id = statement.id, buyer.id

    def act(key):
        return lambda own: (
            record_invoice(
                own,
                own.get(Statement, id_),
                code="",
                number="3" * 20,
                issued_on=clock.today(),
                amount_fen=2500,
                attachment=None,
                once_key=key,
                by=own.get(Person, buyer_id),
            ).id
        )

    outcomes = together(*(act(f"key-{n}") for n in range(4)))
    assert len(refusals(outcomes)) == 3
    assert {"已登记在结算单" in text for text in refusals(outcomes)} == {True}
    assert session.query(Invoice).filter_by(state=InvoiceState.VALID).count() == 1
    assert (
        len(set(together(act("same"), act("same")))) == 2
    )  # Both are refused: the number is used.


def test_two_payments_at_once_never_pay_too_much(session, together, sku, buyer, coordinator):
    """Without the lock on the statement in ``pay_statement``: both allocate, 5 000 for 2 500."""
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 1000))
    statement = billed(session)
    payments = [paid_in(session, 2500, coordinator).id for _ in range(4)]
    id_ = statement.id

    def act(payment_id):
        return lambda own: len(
            pay_statement(own, own.get(Statement, id_), own.get(Payment, payment_id), 2500, by=None)
        )

    outcomes = together(*map(act, payments))
    assert len(refusals(outcomes)) == 3
    assert {"还应付 0.00 元" in text for text in refusals(outcomes)} == {True}
    assert session.query(sa.func.sum(Allocation.amount_fen)).scalar() == 2500
    assert outstanding_fen(session, statement) == 0
    assert verify_statements(session) == verify_payments(session) == []


def test_one_is_paid_while_it_is_declared_void(session, together, sku, buyer, coordinator):
    """Without the lock on the statement in either: void, with money put to it."""
    for month in range(1, ROUNDS + 1):
        with on(2026, month, 3):
            delivered(session, buyer, (sku, 1000))
        statement = billed(session, 2026, month)
        payment_id = paid_in(session, 2500, coordinator).id
        id_ = statement.id

        def pay(own, id_=id_, payment_id=payment_id):
            payment = own.get(Payment, payment_id)
            pay_statement(own, own.get(Statement, id_), payment, 2500, by=None)

        def void(own, id_=id_, who=coordinator.id):
            void_statement(own, own.get(Statement, id_), words="重开", by=own.get(Person, who))

        assert len(refusals(together(pay, void))) == 1
        paid = session.query(Allocation).filter_by(statement_id=id_).count()
        assert (statement.state is StatementState.VOID) == (paid == 0)


def test_two_remind_and_each_person_hears_once(session, together, sku):
    """Without ``reminded_on`` in the UPDATE's condition: everybody is reminded twice."""
    make.person(session, role=Role.COORDINATOR)
    with on(2026, 3, 3):
        delivered(session, make.person(session), (sku, 1000))
    billed(session)

    def act(own):
        with clock.set_to(dt.datetime(2026, 5, 1, 4, tzinfo=dt.UTC)):
            return remind(own)

    assert sorted(together(act, act, act)) == [0, 0, 1]
