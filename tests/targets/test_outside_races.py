"""Two people at the same moment about one purchase, one invoice, one month.

Every docstring says what was seen when its guard was taken out.
"""

import threading
import time

import sqlalchemy as sa

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.targets import services
from market.targets.models import Credit, OutsidePurchase, Period
from market.targets.queries import Bought, verify_periods, verify_totals
from tests import make
from tests.plan.reports import file
from tests.targets import world
from tests.targets.test_outside import TOLD, submit
from tests.targets.test_periods import OCT, SEP
from tests.test_races import together  # noqa: F401  A fixture.


def refused(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Refused)]


def decide(made_id, person_id, deed):
    """Return the part of somebody who decides a purchase that they have read before."""

    def read(session):
        made, person = session.get(OutsidePurchase, made_id), session.get(Person, person_id)
        return lambda: deed(session, made, person)

    return read


def test_a_purchase_is_verified_or_returned_never_both(session, buyer, coordinator, together):  # noqa: F811
    """Without ``state == start`` in the UPDATE of ``move``, on both databases: an IntegrityError.

    ``ck_outside_purchase_verified_by_somebody`` is the last line only.
    """
    other = make.person(session, role=Role.COORDINATOR)
    made = submit(session, buyer)
    outcomes = together(
        decide(
            made.id,
            coordinator.id,
            lambda s, m, p: services.verify_outside_purchase(s, m, version=1, by=p) and None,
        ),
        decide(
            made.id,
            other.id,
            lambda s, m, p: services.return_outside(s, m, version=1, answer="不对", by=p),
        ),
    )
    assert len(refused(outcomes)) == 1


def test_a_purchase_is_reversed_once(session, buyer, coordinator, together):  # noqa: F811
    """Two press 冲销.

    Without ``state == start`` in the UPDATE of ``move``, on both databases: an
    IntegrityError of ``uq_credit_reverses_id`` in place of a sentence.
    """
    others = [make.person(session, role=Role.COORDINATOR) for _ in "ab"]
    made = submit(session, buyer)
    services.verify_outside_purchase(session, made, version=1, by=coordinator)

    def reverse(s, m, p):
        services.reverse_outside(s, m, reason="重复", by=p)

    outcomes = together(*(decide(made.id, other.id, reverse) for other in others))
    assert len(refused(outcomes)) == 1
    assert session.scalar(sa.select(sa.func.sum(Credit.amount_fen))) == 0


def click(person, evidence, once_key):
    person_id, file_id = person.id, evidence.id

    def read(session):
        by, own = session.get(Person, person_id), session.get(Attachment, file_id)
        assert by.unit is not None

        def act():
            made = services.submit_outside(session, Bought(**TOLD), [own], once_key=once_key, by=by)
            return made.number

        return act

    return read


def test_an_invoice_is_submitted_once_at_the_same_moment(session, buyer, stranger, together):  # noqa: F811
    """Two units submit one invoice.

    Without the savepoint in ``submit_outside``, on PostgreSQL: an IntegrityError of
    ``uq_outside_purchase_live_invoice``. On SQLite the look before it finds the first one.
    """
    files = [file(session, person) for person in (buyer, stranger)]
    outcomes = together(click(buyer, files[0], "a"), click(stranger, files[1], "b"))
    (said,) = refused(outcomes)
    assert "同一张单据只能申报一次" in str(said)


def test_the_second_click_at_the_same_moment_makes_nothing(session, buyer, together):  # noqa: F811
    """Three clicks of one form; without the savepoint as above, of ``uq_outside_purchase_once_key``."""
    evidence = file(session, buyer)
    outcomes = together(*(click(buyer, evidence, "same") for _ in range(3)))
    assert len(set(outcomes)) == 1
    assert session.scalar(sa.select(sa.func.count(OutsidePurchase.id))) == 1


def locked(session, buyer, coordinator):
    """Lock September with something in it, and return a purchase that was submitted in time."""
    world.credited(session, buyer, 300, at=SEP)
    with clock.set_to(SEP):
        made = world.purchase(session, buyer, 1000)
    with clock.set_to(OCT):
        services.lock_period(session, 2026, 9, by=coordinator)
    return made


def other_does(app, deed, outcomes):
    """Start a thread that does a deed in a session of its own, and give it time to wait."""

    def run():
        with app.app_context(), db.sessionmaker(expire_on_commit=False) as own, clock.set_to(OCT):
            try:
                outcomes.append(deed(own))
                own.commit()
            except Refused as refusal:
                own.rollback()
                outcomes.append(refusal)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.5)  # On SQLite it waits to begin, on PostgreSQL for the month's row.
    return thread


def test_closing_waits_for_what_is_counted_at_that_moment(app, session, buyer, coordinator):
    """A purchase of a locked month is verified while somebody closes the month.

    Without ``with_for_update`` in ``_take_month``, on PostgreSQL: the month was closed with
    300 fen and then held 1300, which ``verify`` named.
    """
    made, by_id = locked(session, buyer, coordinator), coordinator.id
    session.commit()
    services.verify_outside_purchase(session, made, version=1, by=coordinator)
    session.flush()
    outcomes = []
    thread = other_does(
        app,
        lambda own: services.close_period(own, 2026, 9, by=own.get_one(Person, by_id)).closed_fen,
        outcomes,
    )
    session.commit()
    thread.join()
    assert outcomes == [1300]
    assert [*verify_periods(session), *verify_totals(session)] == []


def test_what_comes_while_a_month_is_closed_lands_in_the_next(app, session, buyer, coordinator):
    """A month is closed while somebody verifies a purchase of it, who waits.

    Without ``with_for_update`` in ``_take_month``, on PostgreSQL: the purchase landed in
    September after it was closed.
    """
    made, by_id = locked(session, buyer, coordinator), coordinator.id
    session.commit()
    services.close_period(session, 2026, 9, by=coordinator)
    session.flush()
    made_id, outcomes = made.id, []

    def verify(own):
        thing = services.verify_outside_purchase(
            own, own.get_one(OutsidePurchase, made_id), version=1, by=own.get_one(Person, by_id)
        )
        return thing.month, thing.is_adjustment

    thread = other_does(app, verify, outcomes)
    session.commit()
    thread.join()
    assert outcomes == [(10, True)]
    assert [*verify_periods(session), *verify_totals(session)] == []


def test_a_month_is_closed_once(session, buyer, coordinator, together):  # noqa: F811
    """Two coordinators close one month.

    Without ``hold_order`` in ``close_period`` and ``with_for_update`` in ``_take``, on
    PostgreSQL: the second was refused only by ``move``, in words that don't say why.
    """
    locked(session, buyer, coordinator)
    ids = [coordinator.id, make.person(session, role=Role.COORDINATOR).id]

    def close(person_id):
        def read(own):
            person = own.get(Person, person_id)
            return lambda: services.close_period(own, 2026, 9, by=person) and None

        return read

    outcomes = together(*(close(id_) for id_ in ids))
    assert ["不能重复结账" in str(one) for one in refused(outcomes)] == [True]
    assert session.scalar(sa.select(Period.closed_fen).where(Period.month == 9)) == 300
