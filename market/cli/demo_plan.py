"""The plan's indicators in the demonstration world: what was done in 2020, reported and verified."""

import datetime as dt
import itertools
import tomllib
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.core import clock, quantity
from market.core.access import Role
from market.evidence.services import attach
from market.plan import queries, services
from market.plan.models import Aspect, DateKind, Indicator, Pair, Project
from market.plan.services.loading import fen
from market.units.models import Unit, UnitKind

DATA = Path(__file__).parents[1] / "data" / "demo_plan.toml"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
PLAN_BEGAN = dt.date(2020, 4, 20)
FIRST_VISIT = dt.date(2020, 5, 22)
SOLVED_FROM = dt.date(2020, 6, 19)
ASSESSED = clock.start_of(dt.date(2021, 1, 18)) + 10 * HOUR


class Indicators:
    """What was done of the indicators; a second coordinator verifies each report the day after."""

    def __init__(
        self, session: Session, files: Files, people: dict[str, Person], proof: bytes, key: bytes
    ) -> None:
        self._session = session
        self._files = files
        self._people = people
        self._proof = proof
        self._key = key
        self._numbers = itertools.count(1)
        self._indicators = {one.our_code: one for one in session.scalars(sa.select(Indicator))}

    def live(self) -> None:
        """Report the year, day by day; the last two reports still wait for their verifier."""
        told = tomllib.loads(DATA.read_text("utf-8"))
        wanted = [
            (on, code, value, wan, place, None) for code, on, value, wan, place in told["records"]
        ]
        wanted += self._visits(told["pairs"])
        wanted.sort(key=lambda row: (row[0], row[1]))
        for place, row in enumerate(wanted):
            self._report(*row, verified=place < len(wanted) - 2)
        for row in told["projects"]:
            self._build(*row)
        for one in told["assessments"]:
            self._assess(**one)

    def _build(
        self,
        number: int,
        started: dt.date,
        autumn: int,
        winter: int,
        finished: dt.date | str,
        problem: str,
    ) -> None:
        """Tell of one project: its days, and the reports of September and December."""
        project, by = self._project(number)
        days = [(DateKind.STARTED, started), (DateKind.FINISHED, finished)]
        for kind, day in days:
            if isinstance(day, dt.date):
                told_on = max(day, PLAN_BEGAN) + DAY
                with clock.set_to(clock.start_of(told_on) + 10 * HOUR):
                    self._date(project, kind, day, by)
        for month, percent in ((9, autumn), (12, winter)):
            given_fen = project.aid_2019_fen + project.aid_2020_fen
            with clock.set_to(clock.start_of(dt.date(2020, month, 29)) + 11 * HOUR):
                made = services.submit_report(
                    self._session,
                    project,
                    2020,
                    month,
                    services.Said(
                        percent=percent * 10,
                        invested_fen=min(given_fen * percent // 100, project.total_fen),
                        problem=problem,
                        measure="责任单位已排定周计划，逐周调度（演示）" if problem else "",
                    ),
                    once_key=f"demo-plan-{next(self._numbers)}",
                    by=by,
                )
            with clock.set_to(clock.start_of(dt.date(2020, month, 30)) + 11 * HOUR):
                services.check_report(
                    self._session, made, version=made.version, by=self._people["coordinator"]
                )

    def _project(self, number: int) -> tuple[Project, Person]:
        """Return a project, and somebody of an office that answers for it."""
        project = queries.project(self._session, number)
        assert project is not None
        answers = queries.departments_of(project)
        return project, next(one for one in self._people.values() if one.agency in answers)

    def _assess(
        self, project: int, leader: str, phone: str, goal: str, lines: list[list[str]]
    ) -> None:
        """Assess 2020 of a project in the middle of January; it is confirmed two days after."""
        told = services.Assessed(
            leader,
            phone,
            goal,
            [
                services.Wanted(
                    Aspect(aspect),
                    name,
                    target,
                    quantity.parse(worth),
                    actual,
                    quantity.parse(score),
                    reason,
                )
                for aspect, name, target, worth, actual, score, reason in lines
            ],
        )
        found, by = self._project(project)
        with clock.set_to(ASSESSED):
            held = services.write_assessment(
                self._session,
                found,
                2020,
                told,
                seen=0,
                submits=True,
                once_key=f"demo-plan-{next(self._numbers)}",
                by=by,
            )
        with clock.set_to(ASSESSED + 2 * DAY):
            services.confirm_assessment(
                self._session, held, version=held.version, by=self._people["coordinator2"]
            )

    def _date(self, project: Project, kind: DateKind, day: dt.date, by: Person) -> None:
        services.set_date(
            self._session,
            project,
            kind,
            day,
            once_key=f"demo-plan-{next(self._numbers)}",
            by=by,
        )

    def _visits(self, rows: list[list[Any]]) -> list[tuple[Any, ...]]:
        offices = self._session.scalars(
            sa.select(Unit).where(Unit.kind == UnitKind.SUBDISTRICT).order_by(Unit.code).limit(8)
        ).all()
        found: list[tuple[Any, ...]] = []
        with clock.set_to(clock.start_of(PLAN_BEGAN) + 9 * HOUR):
            pairs = [
                services.add_pair(
                    self._session,
                    year=2020,
                    position=position,
                    unit=unit,
                    township=township,
                    village=village,
                    by=self._people["coordinator"],
                )
                for position, (unit, (township, village, _, _)) in enumerate(
                    zip(offices, rows, strict=True), 1
                )
            ]
        for pair, (_, _, visits, solved) in zip(pairs, rows, strict=True):
            day = dt.date(2020, 5, 6) + pair.position * DAY
            found.append((day, "7a", 1, "", pair.township, pair))
            for number in range(visits):
                day = FIRST_VISIT + (number * 70 + pair.position) * DAY
                found.append((day, "7b", 1, "", pair.township, pair))
            for number in range(solved):
                day = SOLVED_FROM + (number * 40 + pair.position) * DAY
                found.append((day, "7c", 1, "", pair.township, pair))
        return found

    def _report(
        self,
        on: dt.date,
        code: str,
        value: int,
        wan: str,
        place: str,
        pair: Pair | None,
        *,
        verified: bool,
    ) -> None:
        indicator = self._indicators[code]
        by = self._maker(indicator)
        start = clock.start_of(on) + 10 * HOUR
        with clock.set_to(start):
            number = next(self._numbers)
            people = "\n".join(f"YANSHI{number:03}{one:04}" for one in range(value))
            people = people if indicator.our_distinct else ""
            proof = attach(
                self._session,
                self._files,
                self._proof + f"\n% {code} {number}\n".encode(),
                name=f"{indicator.our_name}佐证（演示）.pdf",
                by=by,
            )
            made = services.submit_record(
                self._session,
                indicator,
                queries.Told(
                    happened_on=on,
                    value=value,
                    amount_fen=fen(wan),
                    place=place,
                    note="演示",
                    pair=pair,
                    digests=queries.digests_of(indicator, on.year, people, key=self._key),
                    people=people,
                ),
                [proof],
                once_key=f"demo-plan-{number}",
                by=by,
            )
        if verified:
            with clock.set_to(start + DAY):
                services.verify_record(
                    self._session, made, version=made.version, by=self._people["coordinator2"]
                )

    def _maker(self, indicator: Indicator) -> Person:
        """Return a clerk of an office that answers for it, or else the coordinator."""
        offices = indicator.clause.county_units
        for person in self._people.values():
            if person.role is Role.COUNTY and person.agency in offices:
                return person
        return self._people["coordinator"]
