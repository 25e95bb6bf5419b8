"""Two people of one office at the same moment about one assessment."""

from market.accounts.models import Person
from market.core.access import Role
from market.plan import queries, services
from tests import make
from tests.plan import assessments, works
from tests.plan.assessments import told
from tests.plan.test_assessments import builder, today  # noqa: F401  Fixtures.
from tests.plan.test_plan_races import refused
from tests.test_races import together  # noqa: F401  A fixture.


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(plan, builder, together):  # noqa: F811
    """Two colleagues save the same draft.

    Without ``version == seen`` in the UPDATE, on PostgreSQL: 0 refused, not 1.
    """
    assessments.write(plan, submits=False, by=builder)
    colleague = make.person(plan, role=Role.COUNTY, agency="县交通局")
    people = [builder.id, colleague.id]
    plan.commit()

    def write(person_id):
        def read(session):
            person = session.get(Person, person_id)
            project = works.project(session)
            assert queries.assessment_of(session, project, 2020).version == 1
            assert queries.departments_of(project)
            return lambda: services.write_assessment(
                session,
                project,
                2020,
                told(),
                seen=1,
                submits=False,
                once_key=f"together{person_id}",
                by=person,
            )

        return read

    assert len(refused(together(*map(write, people)))) == 1
