"""The eight pairs of street and village."""

import pytest
import sqlalchemy as sa

from market.core.access import Role
from market.core.errors import Refused
from market.plan import queries, services
from market.plan.models import Pair
from market.units.models import UnitKind
from tests import make
from tests.plan import reports


def test_a_coordinator_enters_and_corrects_a_pair(plan, checker):
    one = reports.pair(plan, 3, by=checker)
    unit = make.unit(plan, name="人和街道办事处")
    services.change_pair(plan, one, unit=unit, township="大垭乡", village="塘口", by=checker)
    assert queries.pair_at(plan, 2020, 3).name == "人和街道办事处 — 大垭乡塘口"
    assert one in queries.every_pair(plan)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"position": 0}, "1 至 8"),
        ({"position": 9}, "1 至 8"),
        ({"year": 2019}, "年度须在 2020"),
        ({"year": 2099}, "年度须在 2020"),
        ({"unit": None}, "选择一个街道办事处"),
        ({"township": " "}, "填写乡镇名称"),
        ({"village": "长" * 21}, "填写贫困村名称"),
        ({"village": "村1"}, "已是 2020 年第 1 对，一个村"),
    ],
)
def test_what_is_no_pair_is_refused(plan, checker, given, words):
    reports.pair(plan, 1, by=checker)
    with pytest.raises(Refused, match=words):
        reports.pair(plan, **{"position": 2} | given, by=checker)


def test_an_office_has_one_village_and_a_school_none(plan, checker):
    one = reports.pair(plan, 1, by=checker)
    with pytest.raises(Refused, match="一个街道只结对一个村"):
        reports.pair(plan, 2, unit=one.unit, by=checker)
    with pytest.raises(Refused, match="选择一个街道办事处"):
        reports.pair(plan, 2, unit=make.unit(plan, kind=UnitKind.DEPARTMENT), by=checker)
    assert one.unit not in queries.free_units(plan, 2020)
    assert one.unit in queries.free_units(plan, 2020, one)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COUNTY, Role.INSPECTOR])
def test_only_a_coordinator_enters_pairs(plan, role):
    with pytest.raises(Refused, match="统筹协调部门登记"):
        reports.pair(plan, 1, by=make.person(plan, role=role))


def test_a_pair_that_a_record_names_stays_as_it_is(plan, checker):
    one = reports.pair(plan, 1, by=checker)
    reports.submit(plan, "7b", pair=one, by=checker)
    with pytest.raises(Refused, match="已有指标记录"):
        services.change_pair(plan, one, unit=one.unit, township="甲", village="乙", by=checker)
    assert queries.named_pairs(plan, [one.id]) == {one.id}


def test_a_place_that_somebody_took_meanwhile_is_refused(plan, checker):
    """Without ``on_conflict_do_nothing`` the page would answer that it is our fault."""
    unit = make.unit(plan)
    row = Pair(year=2020, position=1, unit_id=unit.id, township="甲", village="乙")
    plan.add(row)
    plan.flush()
    with pytest.raises(Refused, match="刚刚被别人登记"):
        reports.pair(plan, 1, by=checker)


def test_the_database_has_no_place_for_a_ninth(plan):
    unit = make.unit(plan)
    plan.commit()
    with pytest.raises(sa.exc.IntegrityError, match="position"):
        plan.execute(
            sa.insert(Pair).values(
                year=2020, position=9, unit_id=unit.id, township="甲", village="乙"
            )
        )
