"""As known on a day: whatever happens later, an earlier day comes out again as it was."""

import contextlib
import datetime as dt
import itertools
import random
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from alembic.config import Config
from alembic.script import ScriptDirectory

from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.funds.models import Document, DocumentState, Kind
from market.funds.queries.projects import disbursed_by_month, money_of_projects
from market.plan import queries, services
from market.plan.models import (
    DateKind,
    IndicatorRecord,
    Milestone,
    MilestoneState,
    Pair,
    ProjectReport,
    RecordState,
    RecordStep,
    ReportState,
)
from market.plan.queries import Told
from market.plan.queries.completion import COUNTED
from market.plan.services import Said
from market.plan.views.ledger import as_money
from market.units.models import UnitKind
from tests import make
from tests.funds import papers
from tests.plan import reports, works

FIRST = dt.date(2020, 12, 24)  # The days go on into another year.
DAYS = 12
CODES = ("4i", "2.1d", "7b")
PROJECTS = (1, 2)
ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = ("note", "township", "village", "unit_id")


def seen(session, on=None):
    """Return all that the dated pages show, as of now or of a day."""
    money = {number: as_money(held) for number, held in money_of_projects(session, on).items()}
    rows = queries.progress(session, money, on=on)
    years = [
        (
            year,
            [
                (
                    *(one.indicator.our_code, one.target, one.done, one.gap, one.light),
                    *(one.waiting, [(part.name, part.done) for part in one.parts]),
                )
                for one in queries.overview(session, year, on).standings
            ],
            [
                (pair.position, pair.name)
                for pair in (
                    queries.pairs_then(session, year, on) if on else queries.pairs_of(session, year)
                )
            ],
        )
        for year in (2020, 2021)
    ]
    return {
        "projects": [
            (
                *(row.project.number, row.percent, row.invested_fen, row.standing, row.delay),
                *(row.dates, row.money, row.facts.reported_on),
                [alert.words for alert in row.alerts],
            )
            for row in rows
        ],
        "of each": [
            (
                queries.milestones_of(session, row.project, on),
                [(day.kind, day.day) for day in queries.days_of(session, row.project, on)],
                disbursed_by_month(session, row.project, on),
                [
                    report.id
                    for report in queries.reports_of(session, row.project, checked_only=True, on=on)
                ],
            )
            for row in rows
            if row.project.number in PROJECTS
        ],
        "years": years,
        "records": [
            (code, year, listed(session, code, year, on)) for code in CODES for year in (2020, 2021)
        ],
    }


def listed(session, code, year, on):
    """Return the rows that count of an indicator with their states, and what they come to."""
    select = queries.records_of(reports.indicator(session, code), year, on=on)
    rows = [told for told in session.scalars(select) if told.state in COUNTED]
    back = queries.reversed_by(session, rows, on or clock.today())
    sums = queries.sums_of(session, select)
    return [(told.number, told.id in back) for told in rows], sums.counted_value, sums.counted_fen


class Life:
    """People who do something to the plan, drawn by chance; what is refused changes nothing."""

    def __init__(self, session, chance):
        self.session, self.chance = session, chance
        self.money = papers.open_ledger(session)["01"]
        self.offices = papers.offices(session)
        self.builder = self.offices.clerk
        self.maker = make.person(session, role=Role.COORDINATOR)
        self.checker = make.person(session, role=Role.COORDINATOR)
        self.units = [make.unit(session, kind=UnitKind.SUBDISTRICT) for _ in range(6)]
        self.deeds = (
            *[self.report, self.decide_report] * 3,
            *[self.record, self.decide_record] * 3,
            *(self.date, self.date, self.milestone, self.close, self.add_pair, self.change_pair),
            *(self.hand_down, self.hand_down, self.pay, self.take_back),
        )

    def act(self):
        with contextlib.suppress(Refused), self.session.begin_nested():
            self.chance.choice(self.deeds)()

    def one(self, kind, *where):
        return self.chance.choice(
            self.session.scalars(sa.select(kind).where(*where)).all() or [None]
        )

    def said(self):
        why = {"why_percent": "返工", "why_invested": "核减", "why_total": "追加"}
        return Said(
            self.chance.randrange(1001), self.chance.randrange(400) * works.WAN, "雨", **why
        )

    def report(self):
        back = self.one(ProjectReport, ProjectReport.state == ReportState.RETURNED)
        if back:
            services.resubmit_report(self.session, back, self.said(), by=self.builder)
            return
        services.submit_report(
            self.session,
            works.project(self.session, self.chance.choice(PROJECTS)),
            2020,
            self.chance.randrange(8, 13),
            self.said(),
            once_key=str(self.chance.random()),
            by=self.builder,
        )

    def decide_report(self):
        made = self.one(ProjectReport, ProjectReport.state == ReportState.SUBMITTED)
        if made and self.chance.random() < 0.5:
            services.check_report(self.session, made, version=made.version, by=self.checker)
        elif made:
            services.return_report(
                self.session, made, version=made.version, answer="错", by=self.checker
            )

    def told(self, code):
        day = clock.today() - dt.timedelta(self.chance.randrange(12))
        pair = self.one(Pair, Pair.year == day.year) if code == "7b" else None
        amount = {"amount_fen": self.chance.randrange(1, 9) * works.WAN}
        value = {"value": self.chance.randrange(1, 9)}
        return Told(day, place="县城", pair=pair, **(amount if code == "2.1d" else value))

    def record(self):
        back = self.one(IndicatorRecord, IndicatorRecord.state == RecordState.RETURNED)
        if back:
            told = self.told(back.indicator.our_code)
            services.resubmit_record(self.session, back, told, by=self.maker)
            return
        code = self.chance.choice(CODES)
        services.submit_record(
            self.session,
            reports.indicator(self.session, code),
            self.told(code),
            [reports.file(self.session, self.maker)],
            once_key=str(self.chance.random()),
            by=self.maker,
        )

    def decide_record(self):
        made = self.one(
            IndicatorRecord,
            IndicatorRecord.state.in_([RecordState.SUBMITTED, RecordState.VERIFIED]),
            IndicatorRecord.reverses_id.is_(None),
        )
        if made and made.state is RecordState.VERIFIED:
            services.reverse_record(self.session, made, reason="错", by=self.checker)
        elif made and self.chance.random() < 0.6:
            services.verify_record(self.session, made, version=made.version, by=self.checker)
        elif made:
            services.return_record(
                self.session, made, version=made.version, answer="错", by=self.checker
            )

    def date(self):
        day = clock.today() - dt.timedelta(self.chance.randrange(9))
        kind = self.chance.choice(list(DateKind))
        number = self.chance.choice(PROJECTS)
        day = self.chance.choice([day, day, None])
        works.date(self.session, kind, day, reason="改", number=number, by=self.builder)

    def milestone(self):
        number = self.chance.choice(PROJECTS)
        works.milestone(
            self.session,
            name=f"第{self.chance.randrange(9)}段",
            planned_on=clock.today() + dt.timedelta(self.chance.randrange(9)),
            number=number,
            by=self.builder,
        )

    def close(self):
        held = self.one(Milestone)
        if held:
            to = self.chance.choice([MilestoneState.PARTLY, MilestoneState.MISSED])
            to = to if self.chance.random() < 0.7 else MilestoneState.MET
            services.close_milestone(
                self.session, held, to, met_on=clock.today(), note="差一点", by=self.builder
            )

    def add_pair(self):
        services.add_pair(self.session, year=clock.today().year, **self.place(), by=self.checker)

    def change_pair(self):
        held = self.one(Pair)
        if held:
            place = self.place()
            del place["position"]
            services.change_pair(self.session, held, **place, by=self.checker)

    def place(self):
        return {
            "position": self.chance.randrange(1, 5),
            "unit": self.chance.choice(self.units),
            "township": "三义乡",
            "village": f"村{self.chance.randrange(9)}",
        }

    def hand_down(self):
        fen = self.chance.randrange(1, 30) * works.WAN
        papers.effective(self.session, self.offices, Kind.APPROPRIATION, fen, earmark=self.money)

    def pay(self):
        fen = self.chance.randrange(1, 9) * works.WAN
        agreement = papers.effective(
            self.session, self.offices, Kind.AGREEMENT, fen, earmark=self.money
        )
        papers.effective(self.session, self.offices, Kind.DISBURSEMENT, fen, agreement=agreement)

    def take_back(self):
        target = self.one(
            Document,
            Document.kind == Kind.APPROPRIATION,
            Document.state == DocumentState.EFFECTIVE,
        )
        if target:
            papers.effective(self.session, self.offices, Kind.REVERSAL, 0, target=target)


@pytest.mark.parametrize("seed", range(3))
def test_a_day_seen_later_is_the_day_as_it_was_seen_then(plan, seed):
    """Of events by chance over the turn of a year: what each evening saw, every later one sees.

    It fails without any one of these bounds by the evening: of days entered, reports and
    their steps, milestones, pairs, records verified, waiting or reversed, money moved and
    handed down (what was reversed later had been), the days of the year that are over.
    """
    chance = random.Random(seed)
    with time_machine.travel(clock.start_of(FIRST), tick=False):
        life = Life(plan, chance)
    evenings = {}
    for number in range(DAYS):
        day = FIRST + dt.timedelta(number)
        start = clock.start_of(day)
        instants = sorted(chance.randrange(24 * 3600) for _ in range(chance.randrange(12)))
        # The first and the last moment of a day are of that day.
        for second in [0, *instants, 24 * 3600 - 1]:
            with time_machine.travel(start + dt.timedelta(seconds=second), tick=False):
                life.act()
        with time_machine.travel(start + dt.timedelta(seconds=24 * 3600 - 1), tick=False):
            evenings[day] = seen(plan)
    with time_machine.travel(clock.start_of(FIRST + dt.timedelta(DAYS)), tick=False):
        for day, then in evenings.items():
            assert seen(plan, day) == then, day
    changes = [one != other for one, other in itertools.pairwise(evenings.values())]
    assert sum(changes) > DAYS // 2
    assert queries.step_faults(plan) == []
    assert_the_trail_tells_the_steps(plan)


def assert_the_trail_tells_the_steps(session):
    """The revision that adds the steps finds them all in the audit trail, in their order.

    But for earlier words on a milestone and earlier places of a pair, which the trail hasn't.
    """
    scripts = ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml"))
    revision = scripts.get_revision("b47c0e9d2f61").module
    found = revision.steps(session.connection())
    for name, table in revision.TABLES.items():
        columns = [one.name for one in table.columns if one.name not in LEFT_OUT]
        held = session.execute(sa.select(table).order_by(sa.column("id"))).mappings()
        told = [[row[column] for column in columns] for row in found[name]]
        assert told == [[row[column] for column in columns] for row in held], name


def test_what_is_not_where_its_last_step_led_is_named(plan, clerk, checker):
    made = reports.submit(plan, "4i", by=clerk)
    reports.verified(plan, "4i", by=clerk, checker=checker)
    assert queries.step_faults(plan) == []
    back = sa.update(IndicatorRecord).where(IndicatorRecord.id == made.id)
    plan.execute(back.values(state=RecordState.RETURNED))
    plan.execute(sa.delete(RecordStep).where(RecordStep.record_id != made.id))
    assert [fault.partition(" ")[0] for fault in queries.step_faults(plan)] == ["指标记录"] * 2
    assert "是“已退回”，经过里最后是“待核实”" in queries.step_faults(plan)[0]
    assert "最后是“无”" in queries.step_faults(plan)[1]
