"""Units merge, split, are renamed and end during the year without losing a fen."""

import datetime as dt
import itertools

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.audit.models import Entry
from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused
from market.targets.models import Credit, TargetEntry
from market.targets.queries import completion_of, target_fen, verify_entries, verify_runs
from market.targets.services import Heir, end_unit, merge_units, split_unit
from market.units.models import ChangeKind, Unit, UnitState
from market.units.queries import changes_of
from market.units.services import Changed, UnitFacts, change_unit
from tests import make
from tests.conftest import empty
from tests.targets import world

YEAR = 2026
_n = itertools.count(1)


def changed(kind=ChangeKind.MERGED, **given):
    return Changed(
        **{
            "kind": kind,
            "happened_on": dt.date(2026, 7, 1),
            "document_no": f"编办〔2026〕{next(_n)}号",
            "document_on": dt.date(2026, 6, 20),
            "reason": "机构调整",
        }
        | given
    )


def unit_with(session, target_fen, done_fen, by, **given):
    person = make.person(session, unit=make.unit(session, **given))
    if target_fen:
        world.target(session, person.unit, target_fen, by=by)
    if done_fen:
        world.credited(session, person, done_fen)
    return person.unit


def figures(session, unit):
    found = completion_of(session, unit.id, YEAR)
    return found.target_fen, found.done_fen


def test_a_merger_hands_over_what_is_still_to_buy(session, coordinator):
    first = unit_with(session, 100_00, 30_00, coordinator, name="甲")
    third = unit_with(session, 50_00, 0, coordinator, name="丙")
    into = unit_with(session, 200_00, 10_00, coordinator, name="乙")
    world.target(session, first, 40_00, by=coordinator, year=YEAR + 1)
    world.target(session, first, 9_00, by=coordinator, year=YEAR - 1)
    change = merge_units(session, [first, third], into, changed(), by=coordinator)
    assert figures(session, first) == (30_00, 30_00)
    assert figures(session, third) == (0, 0)
    assert figures(session, into) == (320_00 - 10_00 + 10_00, 10_00)
    assert target_fen(session, into.id, YEAR + 1) == 40_00
    assert target_fen(session, first.id, YEAR - 1) == 9_00
    assert (first.state, into.state) == (UnitState.CLOSED, UnitState.ACTIVE)
    entries = session.scalars(
        sa.select(TargetEntry).where(TargetEntry.unit_change_id == change.id)
    ).all()
    assert sum(entry.change_fen for entry in entries) == 0
    assert {entry.effective_on for entry in entries} == {dt.date(2026, 7, 1)}
    assert list(changes_of(session, into)) == list(changes_of(session, first)) == [change]
    deeds = session.scalars(sa.select(Entry.deed)).all()
    assert deeds.count("unit.merged") == 3
    assert deeds.count("unit.closed") == 2
    assert verify_runs(session) == verify_entries(session) == []


def test_what_was_bought_beyond_the_target_stays_with_the_unit(session, coordinator):
    first = unit_with(session, 100_00, 130_00, coordinator)
    into = unit_with(session, 0, 0, coordinator)
    merge_units(session, [first], into, changed(), by=coordinator)
    assert figures(session, first) == (100_00, 130_00)
    assert figures(session, into) == (0, 0)


def test_a_split_divides_what_is_left_to_the_fen(session, coordinator):
    old = unit_with(session, 100_00, 0, coordinator, name="甲")
    heirs = [Heir(unit_with(session, 0, 0, coordinator), 1) for _ in range(3)]
    split_unit(session, old, heirs, changed(ChangeKind.SPLIT), by=coordinator)
    assert [figures(session, heir.unit)[0] for heir in heirs] == [33_34, 33_33, 33_33]
    assert old.state is UnitState.CLOSED


def test_a_unit_that_is_split_may_go_on(session, coordinator):
    old = unit_with(session, 100_00, 20_00, coordinator)
    new = unit_with(session, 0, 0, coordinator)
    split_unit(
        session, old, [Heir(new, 1)], changed(ChangeKind.SPLIT), kept_weight=3, by=coordinator
    )
    assert figures(session, old) == (80_00, 20_00)
    assert figures(session, new) == (20_00, 0)
    assert old.state is UnitState.ACTIVE
    assert [part.is_successor for part in changes_of(session, old)[0].parts] == [False, True]


def test_a_unit_ends_with_a_successor_or_without(session, coordinator):
    alone = unit_with(session, 100_00, 20_00, coordinator)
    end_unit(session, alone, changed(ChangeKind.CLOSED), by=coordinator)
    assert figures(session, alone) == (100_00, 20_00)
    first, heir = (unit_with(session, 100_00, 20_00, coordinator) for _ in range(2))
    end_unit(session, first, changed(ChangeKind.CLOSED), successor=heir, by=coordinator)
    assert figures(session, first) == (20_00, 20_00)
    assert figures(session, heir) == (180_00, 20_00)


@pytest.mark.parametrize(
    ("given_change", "words", "field"),
    [
        ({"happened_on": dt.date(2026, 11, 25)}, "变动日期须在", "happened_on"),
        ({"happened_on": dt.date(2025, 12, 31)}, "变动日期须在", "happened_on"),
        ({"document_on": dt.date(2026, 11, 25)}, "晚于今天", "document_on"),
        ({"document_no": " "}, "请填写文号", "document_no"),
        ({"document_no": "长" * 61}, "文号最多 60", "document_no"),
        ({"reason": ""}, "请填写原因", "reason"),
        ({"reason": "长" * 201}, "原因最多 200", "reason"),
    ],
)
def test_a_change_is_made_by_a_document_of_this_year(
    session, coordinator, given_change, words, field
):
    first, into = (unit_with(session, 0, 0, coordinator) for _ in range(2))
    with pytest.raises(Refused, match=words) as refusal:
        merge_units(session, [first], into, changed(**given_change), by=coordinator)
    assert refusal.value.field == field


def test_what_cannot_follow(session, coordinator, buyer):
    first, into, gone = (unit_with(session, 100, 0, coordinator) for _ in range(3))
    end_unit(session, gone, changed(ChangeKind.CLOSED), by=coordinator)
    for before, after in (([first, first], into), ([gone], into), ([first], gone)):
        with pytest.raises(Refused) as refusal:
            merge_units(session, before, after, changed(), by=coordinator)
        assert refusal.value.field == "after"
    with pytest.raises(Refused, match="只有统筹协调人员"):
        merge_units(session, [first], into, changed(), by=buyer)
    split = changed(ChangeKind.SPLIT)
    with pytest.raises(Refused, match="至少要有一个承接单位"):
        split_unit(session, first, [], split, by=coordinator)
    for weights in ((0, 0), (-1, 5)):
        with pytest.raises(Refused, match="划分权重"):
            split_unit(
                session, first, [Heir(into, weights[0])], split, kept_weight=weights[1],
                by=coordinator,
            )  # fmt: skip


def test_a_unit_cannot_merge_into_itself(session, coordinator):
    first = unit_with(session, 100, 0, coordinator)
    with pytest.raises(Refused, match="不能并入自己"):
        merge_units(session, [first], first, changed(), by=coordinator)


def test_a_document_that_issued_does_not_move(session, coordinator):
    first, into = (unit_with(session, 0, 0, coordinator, name=f"单位甲{n}") for n in range(2))
    world.target(session, first, 100, by=coordinator, document_no="1号")
    with pytest.raises(Refused, match="文号“1号”已用于“单位甲0”2026年"):
        merge_units(session, [first], into, changed(document_no="1号"), by=coordinator)


deeds = st.lists(
    st.tuples(
        st.sampled_from(["merge", "split", "split_on", "rename", "end", "end_with", "buy"]),
        st.integers(0, 10),
        st.integers(0, 10),
        st.integers(0, 5),
    ),
    max_size=7,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
def test_no_change_of_units_loses_a_fen(app, story):
    """Whatever merges, splits, is renamed and ends: all targets and all credits sum as before."""
    with app.app_context(), db.engine.begin() as connection:
        empty(connection)
    with app.app_context(), db.sessionmaker() as session:
        by = make.person(session, role=Role.COORDINATOR)
        buyers = {}
        for n in range(4):
            person = make.person(session, unit=make.unit(session))
            buyers[person.unit_id] = person
            world.target(session, person.unit, 1000 + 37 * n, by=by)
            world.credited(session, person, 400 * n + 1)
        sums = total(session)
        for deed, one, other, weight in story:
            sums[1] += act(session, deed, one, other, weight, buyers, by)
            assert total(session) == sums
        assert verify_runs(session) == verify_entries(session) == []
        negative = sa.select(TargetEntry.unit_id).group_by(TargetEntry.unit_id)
        assert not session.scalars(negative.having(sa.func.sum(TargetEntry.change_fen) < 0)).all()


def act(session, deed, one, other, weight, buyers, by):
    """Do one deed among the units that are left; return how many fen were bought."""
    units = session.scalars(
        sa.select(Unit).where(Unit.state == UnitState.ACTIVE).order_by(Unit.id)
    ).all()
    unit, second = units[one % len(units)], units[other % len(units)]
    if deed == "buy":
        if unit.id in buyers:
            world.credited(session, buyers[unit.id], 300 + weight)
            return 300 + weight
    elif deed == "rename":
        facts = {name: getattr(unit, name) for name in ("code", "kind", "canteen", "daily_diners")}
        change_unit(session, unit, UnitFacts(name=f"改名{next(_n)}", **facts), by=by)
    elif deed == "split" or deed == "split_on":
        heirs = [Heir(make.unit(session), weight + 1), Heir(make.unit(session), one)]
        kept = other if deed == "split_on" else None
        split_unit(session, unit, heirs, changed(ChangeKind.SPLIT), kept_weight=kept, by=by)
    elif len(units) > 1 and unit is not second:
        if deed == "merge":
            merge_units(session, [unit], second, changed(), by=by)
        else:
            heir = second if deed == "end_with" else None
            end_unit(session, unit, changed(ChangeKind.CLOSED), successor=heir, by=by)
    return 0


def total(session):
    return [
        int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(column), 0))))
        for column in (TargetEntry.change_fen, Credit.amount_fen)
    ]
