"""A loaded plan, and who reports and verifies what was done of it."""

import pytest

from market.core.access import Role
from market.plan.services import load_plan
from tests import make
from tests.kept import kept


@pytest.fixture
def plan(session):
    """A session whose database has the plan."""
    kept(session, "plan", load_plan, "plan_")
    return session


@pytest.fixture
def clerk(plan):
    """冉宁 reports for 县卫生健康委."""
    return make.person(plan, name="冉宁", role=Role.COUNTY, agency="县卫生健康委")


@pytest.fixture
def checker(plan):
    """罗川 coordinates for all."""
    return make.person(plan, name="罗川", role=Role.COORDINATOR)


@pytest.fixture
def other(plan):
    """何静 coordinates for all, too."""
    return make.person(plan, name="何静", role=Role.COORDINATOR)
