"""Two at the same moment: who comes second is told so, beside the field."""

import pytest

from market.core.errors import Refused
from market.units import services
from market.units.models import Canteen, Nature, Unit, UnitKind, UnitState
from tests.meanwhile import meanwhile


def test_a_code_taken_at_this_moment_is_refused(session):
    other = Unit(
        code="J01",
        name="别的单位",
        kind=UnitKind.OTHER,
        nature=Nature.ORDINARY,
        state=UnitState.ACTIVE,
        canteen=Canteen.NONE,
        daily_diners=0,
        address="",
        contact="",
        phone="",
        note="",
        search_text="",
    )
    meanwhile(session, other)
    facts = services.UnitFacts(code="J01", name="街道", kind=UnitKind.SUBDISTRICT)
    with pytest.raises(Refused, match="刚刚被别人使用") as refused:
        services.make_unit(session, facts, by=None)
    assert refused.value.field == "code"
    session.rollback()
