"""Two at the same moment at a fair: each guard tried with threads that really commit.

Every docstring says what was seen when its guard was taken out. SQLite has one writer at
a time; what is guarded there by ``BEGIN IMMEDIATE`` is told apart on PostgreSQL.
"""

import pytest
import sqlalchemy as sa

from market.accounts.models import Person
from market.core.errors import Refused
from market.fairs import services
from market.fairs.models import Fair, FairSale, FairStand, FairState, SaleState
from market.targets.models import Credit, CreditTotal
from tests.fairs.held import held, key, proved, sale, typed
from tests.test_races import together

__all__ = ["together"]

ROUNDS = 3


@pytest.fixture
def at(session):
    session.expire_on_commit = False
    return held(session)


@pytest.fixture
def ids(session, at):
    """Who and what there is, as plain numbers: threads must not ask the test's own session."""
    found = {
        "fair": at.fair.id,
        "stand": at.stand.id,
        "seller": at.seller.id,
        "coordinator": at.coordinator.id,
        "second": at.second.id,
        "lead": at.lead.id,
    }
    session.commit()
    return found


def entering(ids, said, once):
    """Return the part of a phone that sends an entry."""

    def read(session):
        stand = session.get(FairStand, ids["stand"])
        by = session.get(Person, ids["seller"])
        return lambda: services.enter_sale(session, stand, said, client_key=once, by=by).id

    return read


def test_an_entry_sent_twice_at_once_arrives_once_and_both_are_told_so(session, ids, together):
    """Without the unique constraint on ``client_key`` two arrive; without the savepoint one is answered 500."""
    for _ in range(ROUNDS):
        once, said = key(), typed()
        first, second = together(entering(ids, said, once), entering(ids, said, once))
        assert first == second
        found = sa.select(sa.func.count(FairSale.id)).where(FairSale.client_key == once)
        assert session.scalar(found) == 1
        session.commit()


def test_one_receipt_entered_by_two_at_once_is_one_sale(session, ids, together):
    """Without the unique constraint on the receipt both stand in the list."""
    for number in range(ROUNDS):
        said = typed(receipt_no=f"R{number}")
        ended = together(entering(ids, said, key()), entering(ids, said, key()))
        assert sorted(isinstance(one, Refused) for one in ended) == [False, True]
        session.commit()


def test_a_sale_that_two_verify_at_once_counts_once(session, at, ids, together):
    """Without ``take_units``, and ``move`` a plain assignment (no state in its UPDATE), both go on.

    Then ``uq_credit_fair_sale`` is the last line, an IntegrityError on PostgreSQL.
    """
    proved(at)
    for number in range(1, ROUNDS + 1):
        one = sale(at)
        session.commit()

        def verifying(session, one_id=one.id):
            known = session.get(FairSale, one_id)
            stand = session.get(FairStand, ids["stand"])
            by = session.get(Person, ids["second"])
            return lambda: services.verify_sales(session, stand, [(known, 1)], by=by)

        def confirming(session, one_id=one.id):
            known = session.get(FairSale, one_id)
            by = session.get(Person, ids["lead"])
            return lambda: services.confirm_sale(session, known, version=1, by=by)

        ended = together(verifying, confirming)
        assert sorted(isinstance(one, Refused) for one in ended) == [False, True]
        session.commit()
        assert session.scalar(sa.select(sa.func.count(Credit.id))) == number
        assert session.scalar(sa.select(CreditTotal.amount_fen)) == number * 10_000
        session.commit()


def test_a_sale_and_the_submitting_of_the_result_do_not_both_happen(session, at, ids, together):
    """Without ``take_fair`` in ``enter_sale`` a sale slips into a sheet that doesn't know it."""
    services.close_fair(session, at.fair, by=at.coordinator)
    session.commit()

    def submitting(session):
        fair = session.get(Fair, ids["fair"])
        by = session.get(Person, ids["coordinator"])

        def act():
            return services.submit_result(session, fair, by=by).id

        return act

    ended = together(entering(ids, typed(), key()), submitting)
    assert sorted(isinstance(one, Refused) for one in ended) == [False, True]
    fair = session.get_one(Fair, ids["fair"])
    waiting = sa.select(sa.func.count(FairSale.id)).where(FairSale.state == SaleState.SUBMITTED)
    assert (fair.state is FairState.SUBMITTED) is (session.scalar(waiting) == 0)
