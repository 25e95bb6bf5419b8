"""Report of the plan's projects, for tests."""

import datetime as dt
import itertools
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.plan import queries, services
from market.plan.models import DateKind, Milestone, Project, ProjectReport
from market.plan.services import Said

DAY = dt.date(2020, 6, 18)
WAN = 1_000_000
_n = itertools.count(1)


def project(session: Session, number: int = 1) -> Project:
    """Return a project of the loaded plan."""
    found = queries.project(session, number)
    assert found is not None
    return found


def report(
    session: Session, *, by: Person, number: int = 1, month: int = 6, **given: Any
) -> ProjectReport:
    """Report of a month; by default 40 % and 100 万元 in June 2020."""
    facts: dict[str, Any] = {"percent": 400, "invested_fen": 100 * WAN}
    photos = given.pop("photos", ())
    year = given.pop("year", 2020)
    once_key = given.pop("once_key", f"works{next(_n)}")
    return services.submit_report(
        session,
        project(session, number),
        year,
        month,
        Said(**facts | given),
        photos,
        once_key=once_key,
        by=by,
    )


def checked(session: Session, *, by: Person, checker: Person, **given: Any) -> ProjectReport:
    """Report of a month that another person checks."""
    made = report(session, by=by, **given)
    services.check_report(session, made, version=made.version, by=checker)
    return made


def date(
    session: Session,
    kind: DateKind,
    day: dt.date | None,
    *,
    by: Person,
    number: int = 1,
    **given: Any,
) -> Any:
    """Enter a day of a project."""
    facts = {"once_key": f"works{next(_n)}"} | given
    return services.set_date(session, project(session, number), kind, day, by=by, **facts)


def milestone(
    session: Session, *, by: Person, name: str = "主体封顶", number: int = 1, **given: Any
) -> Milestone:
    """Say what a project must have reached; by default on 18 June 2020."""
    facts: dict[str, Any] = {"planned_on": DAY, "once_key": f"works{next(_n)}"} | given
    return services.add_milestone(session, project(session, number), name=name, by=by, **facts)


def before_savepoint(session: Session, table: Any, **values: Any) -> None:
    """Insert a row just before the next savepoint, as somebody would who is a moment faster."""
    session.flush()

    def insert(connection: Any, _name: str) -> None:
        connection.execute(table.__table__.insert().values(values))

    event.listen(session.connection(), "savepoint", insert, once=True)
