"""The plan's reports, records, milestones and pairs in every state that has a form, for tests."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core.access import Role
from market.plan import services
from market.plan.models import DateKind, MilestoneState
from market.units.models import UnitKind
from tests import make
from tests.plan import assessments, reports, works
from tests.plan.works import WAN


def plan_in_every_state(session: Session, county: Person) -> Person:
    """Leave something of each kind in each state, and return a coordinator who has to do with it.

    ``county`` reports of project 1 and may correct what came back; the coordinator, of no
    office, decides what others made and may correct a record of their own. The plan is
    loaded; nothing of it is reported yet.
    """
    coordinator, other = (make.person(session, role=Role.COORDINATOR) for _ in range(2))
    _reports(session, county, coordinator)
    _records(session, coordinator, other)
    for state in MilestoneState:
        held = works.milestone(session, name=state.label, by=county)
        if state is not MilestoneState.PLANNED:
            services.close_milestone(
                session, held, state, met_on=works.DAY, note="差护栏", by=coordinator
            )
    works.date(session, DateKind.STARTED, dt.date(2020, 3, 1), by=county)
    assessments.write(session, submits=False, by=county)
    assessments.write(session, number=2, by=county)
    return coordinator


def _reports(session: Session, county: Person, checker: Person) -> None:
    """Leave a checked, a returned and a submitted month of project 1, the last two with oddities."""
    works.checked(session, month=4, by=county, checker=checker)
    odd = {"percent": 300, "invested_fen": 50 * WAN, "problem": "雨多", "measure": "抢工"}
    why = {"why_percent": "返工", "why_invested": "核减"}
    photos = [reports.file(session, county) for _ in range(2)]
    back = works.report(session, month=5, photos=photos, by=county, **odd, **why)
    services.return_report(session, back, version=1, answer="请核对", by=checker)
    works.report(session, month=6, by=county, photos=photos[:1], **odd, **why)


def _records(session: Session, coordinator: Person, other: Person) -> None:
    """Leave records of each shape returned to one and made by another: waiting, counted, reversed."""
    named = reports.pair(session, 1, by=coordinator)
    reports.pair(session, 2, by=coordinator)
    make.unit(session, kind=UnitKind.SUBDISTRICT)  # Free for another pair.
    students = reports.indicator(session, "4b")
    shapes: dict[str, Callable[[int], dict[str, Any]]] = {
        "4i": lambda _: {"value": 3},
        "2.1d": lambda _: {"amount_fen": WAN},
        "7b": lambda _: {"pair": named},
        "4b": lambda place: reports.people(students, f"XS{place:03}"),
    }
    for code, told in shapes.items():
        back = reports.submit(session, code, by=coordinator, **told(1))
        services.return_record(session, back, version=1, answer="请核对", by=other)
        made = reports.verified(session, code, by=other, checker=coordinator, **told(2))
        services.reverse_record(session, made, reason="写错", by=coordinator)
        reports.verified(session, code, by=other, checker=coordinator, **told(3))
        reports.submit(session, code, by=other, **told(4))
