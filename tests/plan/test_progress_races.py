"""Two people at the same moment about one report, one project's days.

Every docstring says what was seen when its guard was taken out.
"""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.plan import queries, services
from market.plan.models import DateKind, ProjectReport, ReportState
from tests import make
from tests.plan import works
from tests.plan.test_plan_races import refused
from tests.test_races import together  # noqa: F401  A fixture.


@pytest.fixture
def builder(plan):
    """向晴 reports for 县交通局."""
    return make.person(plan, name="向晴", role=Role.COUNTY, agency="县交通局")


def test_a_report_is_checked_or_returned_never_both(plan, builder, checker, other, together):  # noqa: F811
    """Without ``state == start`` in the UPDATE of ``move``: 0 refused, not 1."""
    made_id = works.report(plan, by=builder).id

    def decide(person_id, deed):
        def read(session):
            made, person = session.get(ProjectReport, made_id), session.get(Person, person_id)
            assert made.project.clause.lead_units
            return lambda: deed(session, made, person)

        return read

    outcomes = together(
        decide(checker.id, lambda s, m, p: services.check_report(s, m, version=1, by=p)),
        decide(
            other.id, lambda s, m, p: services.return_report(s, m, version=1, answer="错", by=p)
        ),
    )
    assert len(refused(outcomes)) == 1
    plan.expire_all()
    made = plan.scalars(sa.select(ProjectReport)).one()
    assert (made.state is ReportState.CHECKED) == (made.checked_by_id is not None)


def test_of_two_days_at_once_the_second_is_judged_by_the_first(plan, builder, checker, together):  # noqa: F811
    """A start in March and a finish in February.

    Without the lock of the project's row, on PostgreSQL: 0 refused, not 1.
    """
    today = clock.today()

    def enter(person_id, kind, day, key):
        def read(session):
            project, person = queries.project(session, 1), session.get(Person, person_id)
            return lambda: services.set_date(session, project, kind, day, once_key=key, by=person)

        return read

    outcomes = together(
        enter(builder.id, DateKind.STARTED, today, "start"),
        enter(checker.id, DateKind.FINISHED, today - dt.timedelta(30), "finish"),
    )
    assert len(refused(outcomes)) == 1
    assert isinstance(refused(outcomes)[0], Refused)


def test_of_two_months_at_once_the_second_is_compared_with_the_first(plan, builder, together):  # noqa: F811
    """May says 60 %, June 50 %: whoever comes second is asked why.

    Without the lock of the project's row in ``_checked``, on PostgreSQL: 0 refused, not 1.
    """
    person_id = builder.id

    def report(month, percent):
        def read(session):
            person = session.get(Person, person_id)
            return lambda: works.report(session, month=month, percent=percent, by=person)

        return read

    outcomes = together(report(5, 600), report(6, 500))
    assert len(refused(outcomes)) == 1
    assert refused(outcomes)[0].field == "why_percent"
