"""The demonstration's targets: divided by runs, one coordinator calculating and another checking."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.files import Files
from market.adapters.pdf import table_pdf
from market.core import clock, money
from market.evidence.services import attach
from market.targets.models import AllocationRun, Basis
from market.targets.queries import (
    Given,
    division_of,
    issued_fen,
    lines_of,
    outcomes,
    run_table,
    units_taking_part,
)
from market.targets.services import (
    Frame,
    calculate,
    check_run,
    issue_run,
    issue_target,
    make_run,
    submit_run,
)
from market.units.models import Unit, UnitKind

STEP_FEN = 1_000_00
HOUR = dt.timedelta(hours=1)


class Targets:
    """Runs of a year, from the amounts of the data file; who issues and who checks."""

    def __init__(
        self, session: Session, files: Files, units: dict[str, Unit], people: dict[str, Person]
    ) -> None:
        self._session = session
        self._files = files
        self._units = units
        self._by, self._checker = people["coordinator"], people["coordinator2"]

    def issue(self, data: dict[str, Any], year: int) -> None:
        """Issue a year's targets by a run, and revise two of them in the summer, as happens."""
        papers = data["documents"]
        known = str(year) if str(year) in papers else max(papers)
        day = papers[known]["issued_on"].replace(year=year)
        number = papers[known]["number"].replace(known, str(year))
        rows = [row for row in data["target"] if str(row["year"]) == known]
        amounts = {row["unit"]: money.parse_yuan(row["amount_yuan"]) for row in rows}
        with clock.set_to(clock.start_of(day) + 9 * HOUR):
            run = self._calculated(amounts, year)
            submit_run(self._session, run, by=self._by)
        with clock.set_to(clock.start_of(day) + 10 * HOUR):
            check_run(self._session, run, seen_version=run.version, by=self._checker)
            self._issue(run, number, day)
        summer = dt.date(year, 8, 3)
        if clock.today() > summer:
            with clock.set_to(clock.start_of(summer) + 10 * HOUR):
                for code in list(amounts)[:2]:
                    issue_target(
                        self._session,
                        self._units[code],
                        year=year,
                        amount_fen=amounts[code] * 110 // 100,
                        document_no=number.replace("1号", "7号"),
                        document_on=summer,
                        reason="食堂扩建，用餐人数增加（演示）",
                        by=self._by,
                    )

    def propose(self, year: int) -> None:
        """Leave a run of the following year before the other coordinator."""
        before, _ = issued_fen(self._session, year - 1)
        total_fen = before * 105 // 100 // STEP_FEN * STEP_FEN
        frame = Frame(total_fen, STEP_FEN, dt.date(year, 1, 1), "下一年度目标初步方案（演示）")
        with clock.set_to(clock.now() - 20 * HOUR):
            run = make_run(
                self._session,
                frame,
                year=year,
                basis=Basis.DINERS,
                units=units_taking_part(self._session, list(UnitKind), obliged=True),
                by=self._by,
            )
            submit_run(self._session, run, by=self._by)

    def _calculated(self, amounts: dict[str, int], year: int) -> AllocationRun:
        """Divide the sum of the data file's amounts by weights that come to them."""
        total_fen = sum(amounts.values())
        frame = Frame(total_fen, STEP_FEN, dt.date(year, 1, 1), "演示数据")
        units = [self._units[code] for code in amounts]
        run = make_run(self._session, frame, year=year, basis=Basis.OWN, units=units, by=self._by)
        given = [
            Given(self._units[code].id, weight_milli=fen // STEP_FEN * 1000)
            for code, fen in amounts.items()
        ]
        calculate(self._session, run, given, frame, by=self._by)
        return run

    def _issue(self, run: AllocationRun, number: str, day: dt.date) -> None:
        lines = lines_of(self._session, run)
        division = division_of(run, lines)
        table = run_table(run, outcomes(run, lines, division), division)
        paper = attach(
            self._session,
            self._files,
            table_pdf(table),
            name=f"{number}目标分解表（演示）.pdf",
            by=self._by,
        )
        issue_run(
            self._session,
            run,
            document_no=number,
            document_on=day,
            attachment=paper,
            by=self._by,
        )
