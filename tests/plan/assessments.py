"""Assess a year of the plan's projects, for tests."""

import itertools
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.plan import services
from market.plan.models import Aspect, Assessment
from market.plan.services import Assessed, Wanted
from tests.plan import works

POINT = 1000
_n = itertools.count(1)


def line(aspect: Aspect = Aspect.QUANTITY, worth: int = 50, **given: Any) -> Wanted:
    """Say of an indicator that all of it was reached."""
    facts: dict[str, Any] = {
        "name": "硬化公路里程",
        "target": "4.2公里",
        "actual": "4.2公里",
        "worth_milli": worth * POINT,
        "score_milli": worth * POINT,
    }
    return Wanted(aspect=aspect, **facts | given)


def told(*lines: Wanted, **given: Any) -> Assessed:
    """Say that everything was reached, in two lines of 90 points together; or in these."""
    facts = {"leader": "建设科负责人", "phone": "023-00000000", "goal": "硬化公路"} | given
    return Assessed(lines=lines or (line(), line(Aspect.CONTENT, 40)), **facts)


def write(
    session: Session, said: Assessed | None = None, *, by: Person, number: int = 1, **given: Any
) -> Assessment:
    """Submit an assessment of 2020 upon nothing."""
    facts: dict[str, Any] = {"seen": 0, "submits": True, "once_key": f"assess{next(_n)}"} | given
    project = works.project(session, number)
    year = facts.pop("year", 2020)
    return services.write_assessment(session, project, year, said or told(), by=by, **facts)


def confirmed(
    session: Session, said: Assessed | None = None, *, by: Person, checker: Person, **given: Any
) -> Assessment:
    """Submit an assessment that another person confirms."""
    held = write(session, said, by=by, **given)
    services.confirm_assessment(session, held, version=held.version, by=checker)
    return held
