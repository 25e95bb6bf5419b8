"""Taking a bank's file over: once, whole, and without telling anybody."""

import datetime as dt
import hashlib
import threading
import time

import pytest
import sqlalchemy as sa

from market.adapters.files import FolderFiles
from market.audit.models import Entry
from market.core import clock
from market.core.db import db
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering import services as ordering
from market.ordering.models import Order, OrderState
from market.payments import queries
from market.payments.models import (
    Allocation,
    BankFile,
    BankFormat,
    Payment,
    PaymentCode,
    PaymentState,
    Statement,
)
from market.payments.queries import verify_payments
from market.payments.queries.bank import left_of_file
from market.payments.services.bank_import import import_file, preview_file
from market.payments.services.bank_matching import (
    Share,
    confirm_match,
    give_back,
    match_by_hand,
    undo_match,
)
from market.payments.services.bank_reading import read_bank_file
from market.payments.services.transfers import record_transfer
from tests import make
from tests.browser.desk import ON_POSTGRES
from tests.ordering.placing import place
from tests.payments.banking import arrived, bank_format, row, sheet
from tests.payments.billing import billed, delivered, on

ROUNDS = 4


@pytest.fixture
def bank(session, coordinator):
    return bank_format(session, coordinator)


@pytest.fixture
def files(tmp_path):
    return FolderFiles(tmp_path)


def preview(session, content, bank, by):
    return preview_file(session, content, read_bank_file(content, bank), by=by)


def take_in(session, files, content, bank, by):
    sheet = read_bank_file(content, bank)
    return import_file(session, files, content, sheet, bank, name="流水.csv", by=by)


def test_a_preview_writes_nothing(session, bank, coordinator, buyer):
    content = sheet(row("50.00", "2"), row("1.00"), row(out="1"))
    found = preview(session, content, bank, coordinator)
    assert (len(found.new), found.new_fen, found.known_count) == (2, 5100, 0)
    assert session.query(Payment).count() == session.query(BankFile).count() == 0
    with pytest.raises(Refused, match="只有统筹协调和资金管理人员"):
        preview(session, content, bank, buyer)


def test_what_is_imported_is_recorded_row_by_row_and_nobody_is_told(
    session, files, bank, shopper, coordinator
):
    order = place(session, shopper, (make.sku(session), 2000))
    before = session.query(Notice).count()
    content = sheet(
        row("50.00", f"货款{order.number}"),
        row("7.00"),
        row(out="1"),
        row("0"),
        row("7.00", serial=""),
    )
    file = take_in(session, files, content, bank, coordinator)
    assert (file.new_count, file.new_fen, file.known_count) == (3, 6400, 0)
    assert (file.out_count, file.empty_count) == (1, 1)
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert files.get(file.attachment.file.sha256) == content
    assert session.query(Notice).count() == before
    assert order.state is OrderState.AWAITING_PAYMENT
    payments = session.query(Payment).order_by(Payment.id).all()
    assert {payment.state for payment in payments} == {PaymentState.UNMATCHED}
    assert {payment.recorded_by_id for payment in payments} == {coordinator.id}
    assert [code.code for code in session.query(PaymentCode)] == [order.number]
    recorded = session.query(Entry).filter_by(deed="payment.recorded").all()
    assert {(e.about, e.facts["amount_fen"]) for e in recorded} == {
        (f"payment:{payment.id}", payment.amount_fen) for payment in payments
    }
    assert session.query(Entry).filter_by(deed="bank_file.read").one().facts["new_count"] == 3
    assert verify_payments(session) == []
    assert left_of_file(session, file) == (3, 6400)
    if ON_POSTGRES:  # Who opens the queue now doesn't wait for the plans of an empty table.
        planned = "SELECT reltuples FROM pg_class WHERE relname = 'payment'"
        assert session.scalar(sa.text(planned)) == len(payments)


def test_one_bad_row_keeps_all_out(session, files, bank, coordinator):
    with pytest.raises(Refused, match=r"有 1 处问题，没有导入任何一笔。第 3 行“收入”是“-5”"):
        take_in(session, files, sheet(row("1"), row("-5")), bank, coordinator)
    assert session.query(Payment).count() == session.query(BankFile).count() == 0


def test_the_same_file_is_read_once(session, files, bank, coordinator):
    content = sheet(row("1"))
    take_in(session, files, content, bank, coordinator)
    for act in (
        lambda: preview(session, content, bank, coordinator),
        lambda: take_in(session, files, content, bank, coordinator),
    ):
        with pytest.raises(Refused, match=f"已由{coordinator.name}在 .*导入（新增 1 笔，1.00 元）"):
            act()
    assert session.query(Payment).count() == 1


def test_a_row_in_two_files_is_one_payment(session, files, bank, coordinator):
    both, without = row("1", "a"), row("2", "b", serial="", balance="9")
    take_in(session, files, sheet(both, without, row("3")), bank, coordinator)
    content = sheet(row("4"), both, without, row("5", serial=""))
    assert preview(session, content, bank, coordinator).known_count == 2
    file = take_in(session, files, content, bank, coordinator)
    assert (file.new_count, file.new_fen, file.known_count) == (2, 900, 2)
    assert session.query(Payment).count() == 5


def test_two_rows_that_are_alike_are_two_payments(session, files, bank, coordinator):
    alike = row("5", "x", serial="")
    file = take_in(session, files, sheet(alike, alike), bank, coordinator)
    assert (file.new_count, file.new_fen) == (2, 1000)
    file = take_in(session, files, sheet(alike, alike, row("1")), bank, coordinator)
    assert (file.new_count, file.known_count) == (1, 2)


def test_what_was_written_down_by_hand_is_known(session, files, bank, shopper, coordinator):
    order = place(session, shopper, (make.sku(session), 2000))
    record_transfer(
        session,
        order,
        amount_fen=5000,
        bank_serial="2026ab01",
        paid_on=clock.today(),
        once_key="hand",
        by=coordinator,
    )
    content = sheet(row("50.00", order.number, serial="2026AB 01"))
    found = preview(session, content, bank, coordinator)
    assert (len(found.new), found.known_count, found.differing) == (0, 1, [])
    content = sheet(row("60.00", order.number, serial="2026AB01"), row("1"))
    found = preview(session, content, bank, coordinator)
    [(differing, known)] = found.differing
    assert (differing.amount_fen, known.amount_fen) == (6000, 5000)
    file = take_in(session, files, content, bank, coordinator)
    assert (file.new_count, file.known_count) == (1, 1)
    twice = sheet(row("1", serial="t"), row("1", serial="t"))
    assert preview(session, twice, bank, coordinator).known_count == 1


# At the same moment


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


def imports(files, content, bank, by):
    bank_id, by_id = bank.id, by.id
    read = read_bank_file(content, bank)

    def act(own):
        form, person = own.get(BankFormat, bank_id), own.get(make.Person, by_id)
        name = "流水.csv"
        return import_file(own, files, content, read, form, name=name, by=person).new_count

    return act


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_imports_at_once_of_one_file_write_it_once(
    session, files, bank, coordinator, together, round_
):
    """Three at once.

    Without ``on_conflict_do_nothing`` for the file, on PostgreSQL: in every round two broke on
    the unique hash (IntegrityError) in place of a sentence.
    """
    content = sheet(*(row("1") for _ in range(50)))
    outcomes = together(*[imports(files, content, bank, coordinator)] * 3)
    assert outcomes.count(50) == 1
    refused = [str(one) for one in outcomes if isinstance(one, Refused)]
    assert len(refused) == 2
    assert all("不能重复导入" in sentence for sentence in refused)
    assert (session.query(BankFile).count(), session.query(Payment).count()) == (1, 50)
    assert verify_payments(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_files_at_once_with_the_same_rows_write_each_once(
    session, files, bank, coordinator, together, round_
):
    """The second file has the rows in the other order.

    Without sorting them, on PostgreSQL: a deadlock in most rounds. Without
    ``on_conflict_do_nothing``: in every round the second broke on the unique key.
    """
    rows = [row("1", serial="" if n % 2 else None, remark=str(n)) for n in range(400)]
    outcomes = together(
        imports(files, sheet(*rows), bank, coordinator),
        imports(files, sheet(*reversed(rows)), bank, coordinator),
    )
    assert sum(outcomes) == 400
    assert session.query(Payment).count() == 400
    assert sorted((f.new_count, f.known_count) for f in session.query(BankFile)) == sorted(
        (count, 400 - count) for count in outcomes
    )
    assert verify_payments(session) == []


def confirms(payment, by, key):
    payment_id, by_id = payment.id, by.id

    def act(own):
        person = own.get(make.Person, by_id)
        return len(confirm_match(own, own.get(Payment, payment_id), once_key=key, by=person))

    return act


def faults(session):
    """What verify says, but that tests bring transfers themselves."""
    return [fault for fault in verify_payments(session) if "与操作记录不符" not in fault]


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("same_key", [True, False])
def test_two_confirmations_at_once_pay_once(
    session, shopper, coordinator, together, same_key, round_
):
    """Two clicks, or two people on two pages.

    Without the locks of ``_take``, on PostgreSQL: the second click of one key was refused in every
    round, in place of being told of the first one's result.
    """
    order = place(session, shopper, (make.sku(session), 2000))
    payment = arrived(session, 5000, order.number, coordinator)
    outcomes = together(
        confirms(payment, coordinator, "a"),
        confirms(payment, coordinator, "a" if same_key else "b"),
    )
    assert outcomes.count(1) == (2 if same_key else 1)
    assert session.query(Allocation).count() == 1
    assert (payment.free_fen, order.state) == (0, OrderState.OPEN)
    assert faults(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_transfers_for_one_order_at_once(session, shopper, coordinator, together, round_):
    """Paid twice, and both confirmed at once: one opens the order, the other waits on.

    Without the locks of ``_take``, on PostgreSQL: the other was refused by the state in the
    UPDATE only, with a sentence about states in place of one about its money.
    """
    order = place(session, shopper, (make.sku(session), 2000))
    both = [arrived(session, 5000, order.number, coordinator) for _ in range(2)]
    outcomes = together(*(confirms(one, coordinator, f"k{n}") for n, one in enumerate(both)))
    assert outcomes.count(1) == 1
    assert next(str(one) for one in outcomes if one != 1).startswith("这笔款项的情况变了")
    assert sorted(one.free_fen for one in both) == [0, 5000]
    assert faults(session) == []


@pytest.mark.parametrize("round_", range(8))
@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_a_confirmation_and_the_end_of_its_order(
    session, shopper, coordinator, together, end, round_
):
    """Open and paid, or gone with the money still free; never both, never neither.

    Without the state in the UPDATE of ``move``, on PostgreSQL: in some rounds the order was
    expired after it had been paid.
    """
    order = place(session, shopper, (make.sku(session), 2000))
    payment = arrived(session, 5000, order.number, coordinator)
    order_id, shopper_id, deadline = order.id, shopper.id, order.pay_by_at
    confirm = confirms(payment, coordinator, "k")

    def in_time(own):
        with clock.set_to(deadline - dt.timedelta(seconds=1)):
            return confirm(own)

    def ends(own):
        time.sleep(0.01 * round_)  # Else the end is always first.
        if end == "expire":
            with clock.set_to(deadline):
                return ordering.expire_orders(own)
        by = own.get(make.Person, shopper_id)
        return ordering.cancel_order(own, own.get(Order, order_id), reason="x", by=by)

    together(in_time, ends)
    if order.state is OrderState.OPEN:
        assert payment.free_fen == 0
    else:
        assert order.state in queries.CLOSED
        assert order.state is OrderState.CANCELLED or payment.free_fen == 5000
        # Cancelled after it was paid: the money is put to it, and waits to go back.
        ledger = queries.ledger_of(session, order)
        assert ledger.give_back_fen + payment.free_fen == 5000
    assert faults(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_confirmation_and_a_return_at_once_wait_for_each_other(
    session, shopper, coordinator, together, round_
):
    """One person confirms a transfer while another sends it back: one does, one is told why not.

    Without ``take_turn`` and the lock on the payment in ``give_back``, on PostgreSQL: each
    waited for the other in some rounds, and one of them broke off by a deadlock.
    """
    order = place(session, shopper, (make.sku(session), 2000))
    payment = arrived(session, 5000, order.number, coordinator)
    payment_id, by_id = payment.id, coordinator.id

    def sends_back(own):
        by, mine = own.get(make.Person, by_id), own.get(Payment, payment_id)
        return give_back(own, mine, 5000, reason="x", once_key="back", by=by).amount_fen

    outcomes = together(confirms(payment, coordinator, "k"), sends_back)
    assert len(outcomes) == 2  # Nobody broke off.
    assert len([one for one in outcomes if isinstance(one, Refused)]) == 1
    assert payment.allocated_fen + payment.refunded_fen == 5000
    assert faults(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_parts_at_once_never_exceed_the_transfer(session, buyer, coordinator, together, round_):
    """By hand to two orders at once, each for more than half of it.

    Two guards: the payment's row is locked, and what is free is in the UPDATE of ``allocate``.
    Either alone holds; without both, on PostgreSQL, in every round the second broke on the CHECK.
    """
    sku = make.sku(session)
    orders = [delivered(session, buyer, (sku, 1000)) for _ in range(2)]
    payment = arrived(session, 3000, "", coordinator)
    payment_id, by_id = payment.id, coordinator.id

    def puts(number):
        def act(own):
            by = own.get(make.Person, by_id)
            mine = own.get(Payment, payment_id)
            given = {"for_another": True, "once_key": number, "by": by}
            return len(match_by_hand(own, mine, [Share(number, 2000)], **given))

        return act

    outcomes = together(*(puts(order.number) for order in orders))
    assert outcomes.count(1) == 1
    assert payment.free_fen == 1000
    assert faults(session) == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_match_is_taken_back_once(session, buyer, coordinator, together, round_):
    """Two take the same match back at once; one is told that it was done.

    Without the locks of ``undo_match``, on PostgreSQL: both wrote a counter-row in every round,
    for the transfer's other match kept its sum above zero.
    """
    sku = make.sku(session)
    with on(2026, 3, 10):
        delivered(session, buyer, (sku, 1000))
    statement = billed(session)
    other = delivered(session, buyer, (sku, 1000))
    payment = arrived(session, 5000, f"{statement.number} {other.number}", coordinator)
    made = confirm_match(session, payment, once_key="k", by=coordinator)
    row_id, by_id = made[0].id, coordinator.id

    def takes_back(own):
        by = own.get(make.Person, by_id)
        return undo_match(own, own.get(Allocation, row_id), reason="x", by=by).amount_fen

    outcomes = together(takes_back, takes_back)
    assert outcomes.count(-2500) == 1
    assert payment.free_fen == 2500
    assert session.query(Statement).one().id == statement.id
    assert faults(session) == []
