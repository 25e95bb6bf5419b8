"""The one way to change a state."""

import pytest
import sqlalchemy as sa

from market.core.errors import Refused
from market.core.states import move
from market.units.models import Unit, UnitState
from tests import make


def test_a_move_that_the_table_allows_is_made(session):
    unit = make.unit(session)
    move(session, unit, UnitState.CLOSED)
    assert unit.state is UnitState.CLOSED


def test_a_move_that_the_table_does_not_name_is_refused_in_words(session):
    unit = make.unit(session)
    with pytest.raises(Refused, match="当前状态是“正常”，不能改为“正常”"):
        move(session, unit, UnitState.ACTIVE)


def test_a_row_that_someone_else_has_moved_meanwhile_is_refused(session):
    unit = make.unit(session)
    others = sa.update(Unit).values(state=UnitState.CLOSED)
    session.execute(others.execution_options(synchronize_session=False))
    with pytest.raises(Refused, match="当前状态是“已撤销”"):
        move(session, unit, UnitState.CLOSED)


def test_a_further_condition_is_part_of_the_update(session):
    unit = make.unit(session, daily_diners=49)
    with pytest.raises(Refused):
        move(session, unit, UnitState.CLOSED, Unit.daily_diners >= 50)
    assert unit.state is UnitState.ACTIVE


def test_what_changes_with_the_state_is_written_by_the_same_update(session, count_queries):
    unit = make.unit(session)
    with count_queries() as statements:
        move(session, unit, UnitState.CLOSED, note="并入人和街道")
        session.flush()
    assert len(statements) == 1
    session.expire(unit)
    assert (unit.state, unit.note) == (UnitState.CLOSED, "并入人和街道")


def test_a_refused_move_changes_nothing_else_either(session):
    unit = make.unit(session, daily_diners=49)
    with pytest.raises(Refused):
        move(session, unit, UnitState.CLOSED, Unit.daily_diners >= 50, note="不")
    assert unit.note == ""
