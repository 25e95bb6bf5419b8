"""Who must buy: every branch of the clause, in Python and in the database."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from market.core.settings import StationedRule
from market.units import queries
from market.units.models import Canteen, Nature, Unit, UnitKind, UnitState
from market.units.services import CLAUSE, CLAUSE_SOURCE, duty_of
from tests import make

BOTH = tuple(StationedRule)


def unit(**given):
    """A public institution with a canteen of 50 that no database knows."""
    return Unit(
        **{
            "code": "X",
            "name": "甲单位",
            "kind": UnitKind.PUBLIC_INSTITUTION,
            "nature": Nature.ORDINARY,
            "state": UnitState.ACTIVE,
            "canteen": Canteen.OWN,
            "daily_diners": 50,
        }
        | given
    )


@pytest.mark.parametrize("kind", [UnitKind.SUBDISTRICT, UnitKind.AFFAIRS_CENTER])
@pytest.mark.parametrize("canteen", Canteen)
@pytest.mark.parametrize("diners", [0, 49, 50])
def test_subdistricts_and_the_affairs_centre_always_must(kind, canteen, diners):
    duty = duty_of(unit(kind=kind, canteen=canteen, daily_diners=diners))
    assert duty.required
    assert "直接列明" in duty.reason


@pytest.mark.parametrize("canteen", [Canteen.OWN, Canteen.OUTSOURCED])
@pytest.mark.parametrize(("diners", "required"), [(0, False), (49, False), (50, True), (51, True)])
@pytest.mark.parametrize("kind", [UnitKind.PUBLIC_INSTITUTION, UnitKind.STATIONED_AGENCY])
def test_the_condition_is_an_own_canteen_and_fifty_diners_fifty_included(
    kind, canteen, diners, required
):
    duty = duty_of(
        unit(kind=kind, canteen=canteen, daily_diners=diners), rule=StationedRule.SAME_CONDITION
    )
    assert duty.required is required
    assert f"{diners} 人" in duty.reason
    assert ("未达到" in duty.reason) is not required


def test_an_outsourced_canteen_leaves_the_target_with_the_unit():
    assert "任务仍由本单位承担" in duty_of(unit(canteen=Canteen.OUTSOURCED)).reason


@pytest.mark.parametrize("nature", [Nature.SCHOOL, Nature.HOSPITAL])
def test_schools_and_hospitals_are_excepted_whatever_their_size(nature):
    duty = duty_of(unit(nature=nature, daily_diners=5000))
    assert not duty.required
    assert nature.label in duty.reason
    assert "除外" in duty.reason


def test_without_a_canteen_there_is_no_duty():
    duty = duty_of(unit(canteen=Canteen.NONE, daily_diners=500))
    assert not duty.required
    assert "没有独立食堂" in duty.reason


@pytest.mark.parametrize("kind", [UnitKind.PUBLIC_INSTITUTION, UnitKind.STATIONED_AGENCY])
def test_a_shared_canteen_is_filed_by_its_representative(kind):
    duty = duty_of(
        unit(
            kind=kind,
            canteen=Canteen.SHARED,
            daily_diners=500,
            shared_with=unit(code="Y", name="乙单位"),
        ),
        rule=StationedRule.SAME_CONDITION,
    )
    assert not duty.required
    assert "共用食堂，由乙单位填报" in duty.reason


@pytest.mark.parametrize("canteen", Canteen)
@pytest.mark.parametrize("diners", [0, 49, 50])
def test_a_stationed_agency_always_must_where_the_site_reads_the_clause_so(canteen, diners):
    duty = duty_of(
        unit(kind=UnitKind.STATIONED_AGENCY, canteen=canteen, daily_diners=diners),
        rule=StationedRule.ALWAYS,
    )
    assert duty.required


@pytest.mark.parametrize("rule", BOTH)
def test_a_stationed_agency_is_told_that_the_clause_can_be_read_both_ways(rule):
    reason = duty_of(unit(kind=UnitKind.STATIONED_AGENCY), rule=rule).reason
    assert "两种读法" in reason
    assert rule.label in reason


def test_the_same_condition_is_the_default_for_stationed_agencies():
    assert not duty_of(unit(kind=UnitKind.STATIONED_AGENCY, daily_diners=49)).required


@pytest.mark.parametrize("kind", [UnitKind.DEPARTMENT, UnitKind.OTHER])
def test_whom_the_clause_does_not_name_is_encouraged(kind):
    duty = duty_of(unit(kind=kind, daily_diners=500))
    assert not duty.required
    assert "鼓励" in duty.reason


@pytest.mark.parametrize("kind", UnitKind)
def test_a_closed_unit_has_no_duty(kind):
    duty = duty_of(unit(kind=kind, state=UnitState.CLOSED), rule=StationedRule.ALWAYS)
    assert not duty.required
    assert "已撤销" in duty.reason


@given(
    st.sampled_from(UnitKind),
    st.sampled_from(Nature),
    st.sampled_from(Canteen),
    st.integers(0, 120),
    st.sampled_from(UnitState),
    st.sampled_from(BOTH),
)
def test_every_answer_quotes_the_clause_and_gives_a_reason(
    kind, nature, canteen, diners, state, rule
):
    thing = unit(kind=kind, nature=nature, canteen=canteen, daily_diners=diners, state=state)
    if canteen is Canteen.SHARED:
        thing.shared_with = unit(code="Y", name="乙单位")
    duty = duty_of(thing, rule=rule)
    assert duty.clause == CLAUSE
    assert duty.reason.endswith("。")


def test_the_clause_is_quoted_word_for_word():
    assert CLAUSE == (
        "两江新区各街道办事处、机关事务中心、有独立食堂且日常用餐人数达到50人以上的"
        "事业单位（学校、医院除外）和驻区机构在彭水自治县定点采购特色农产品。"
    )
    assert CLAUSE_SOURCE.endswith("二（2）1")


@pytest.mark.parametrize("rule", BOTH)
def test_the_database_gives_the_same_answer(session, rule):
    other = make.unit(session)
    for kind in UnitKind:
        for nature in Nature:
            for canteen in Canteen:
                for state in UnitState:
                    for diners in (49, 50):
                        make.unit(
                            session,
                            kind=kind,
                            nature=nature,
                            canteen=canteen,
                            state=state,
                            daily_diners=diners,
                            shared_with=other if canteen is Canteen.SHARED else None,
                        )
    obliged = set(session.scalars(sa.select(Unit.id).where(queries.must_buy(rule))))
    units = session.scalars(sa.select(Unit)).all()
    assert obliged == {unit.id for unit in units if duty_of(unit, rule=rule).required}
    found = session.scalars(queries.units_matching(duty=False, rule=rule)).unique().all()
    assert {unit.id for unit in found} == {unit.id for unit in units} - obliged
