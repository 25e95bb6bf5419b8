"""Two at the same moment about one purchase that stands at a fair and outside the shop."""

import sqlalchemy as sa

from market.accounts.models import Person
from market.core.errors import Refused
from market.fairs import services
from market.fairs.models import FairSale, FairStand
from market.targets.models import Credit, OutsideKind, OutsidePurchase
from market.targets.queries import verify_twins
from market.targets.services import verify_outside_purchase
from tests.fairs.held import held, proved, sale
from tests.fairs.test_fair_races import ROUNDS
from tests.targets.world import purchase
from tests.test_races import together

__all__ = ["together"]


def test_a_receipt_that_two_verify_at_once_on_both_sides_counts_once(session, together):
    """Without ``take_units`` in ``check_twins`` both count, on PostgreSQL.

    On SQLite ``BEGIN IMMEDIATE`` keeps them apart; without ``check_twins`` both count there, too.
    """
    session.expire_on_commit = False
    at = held(session)
    proved(at)
    for number in range(1, ROUNDS + 1):
        one = sale(at, number, receipt_no=f"N{number}")
        made = purchase(
            session,
            at.lead,
            number,
            kind=OutsideKind.FAIR_STAND,
            invoice_no="",
            receipt_no=f"N{number}",
        )
        session.commit()

        def at_the_stand(own, id_=one.id, stand_id=at.stand.id, by_id=at.second.id):
            known, stand = own.get(FairSale, id_), own.get(FairStand, stand_id)
            by = own.get(Person, by_id)
            return lambda: services.verify_sales(own, stand, [(known, 1)], by=by)

        def outside(own, id_=made.id, by_id=at.coordinator.id):
            known, by = own.get(OutsidePurchase, id_), own.get(Person, by_id)
            assert known.unit is not None
            assert not known.files
            return lambda: verify_outside_purchase(own, known, version=1, by=by).id

        ended = together(at_the_stand, outside)
        assert sorted(isinstance(one, Refused) for one in ended) == [False, True]
        assert session.scalar(sa.select(sa.func.count(Credit.id))) == number
        assert verify_twins(session) == []
        session.commit()
