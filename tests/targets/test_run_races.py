"""Two coordinators at the same moment: what only one of them may do, one of them does."""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.evidence.services import attach
from market.targets.models import AllocationRun, Basis, RunState, TargetEntry
from market.targets.queries import target_fen
from market.targets.services import (
    Frame,
    check_run,
    issue_run,
    issue_target,
    make_run,
    merge_units,
    submit_run,
)
from market.units.models import ChangeKind, Unit
from market.units.services import Changed
from tests import make

ROUNDS = 4
FIRST = dt.date(2026, 1, 1)


@pytest.fixture
def together(app, session):
    """Let several act at once, each in a thread and session of its own; return how each ended."""

    def together(*parts):
        session.commit()
        outcomes, start = [], threading.Barrier(len(parts))
        now = clock.now()

        def run(part):
            with app.app_context(), clock.set_to(now), db.sessionmaker() as own:
                act = part(own)
                own.commit()
                start.wait()
                try:
                    act()
                    own.commit()
                    outcomes.append(None)
                except Refused as refusal:
                    own.rollback()
                    outcomes.append(refusal)

        threads = [threading.Thread(target=run, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session.expire_all()
        return outcomes

    return together


@pytest.fixture
def desk(session, app):
    """Two coordinators, three units, and the file of a document."""
    makers = [make.person(session, role=Role.COORDINATOR) for _ in range(2)]
    units = [make.unit(session) for _ in range(3)]
    files = app.extensions["files"]
    paper = attach(session, files, b"%PDF-1.7 x", name="x.pdf", by=makers[0])
    return makers, units, paper


def checked(session, desk, total_fen):
    (maker, checker), units, _ = desk
    run = make_run(
        session, Frame(total_fen, 100_00, FIRST), year=2026, basis=Basis.DINERS, units=units,
        by=maker,
    )  # fmt: skip
    submit_run(session, run, by=maker)
    check_run(session, run, seen_version=1, by=checker)
    return run


def issuing(run, desk, number):
    run_id, by_id, paper_id = run.id, desk[0][0].id, desk[2].id

    def part(own):
        mine, by = own.get(AllocationRun, run_id), own.get(Person, by_id)
        paper = own.get(Attachment, paper_id)
        assert mine.state is RunState.CHECKED
        return lambda: issue_run(
            own, mine, document_no=number, document_on=FIRST, attachment=paper, by=by
        )

    return part


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_runs_issued_at_once_one_wins(session, desk, together, round_):
    """Two checked runs of one year and the same units, each with its own document.

    Without the lock of ``take_units``, on PostgreSQL: in three rounds of four both were issued, and
    each unit had both targets added up ("assert 2 == 1"). SQLite's writers queue.
    """
    runs = [checked(session, desk, 900_00), checked(session, desk, 1_200_00)]
    outcomes = together(*(issuing(run, desk, f"{n}号") for n, run in enumerate(runs, 1)))
    assert outcomes.count(None) == 1
    refusal = next(one for one in outcomes if one)
    assert "的目标已有变动" in str(refusal)
    issued = session.scalars(sa.select(AllocationRun).where(AllocationRun.state == "issued")).one()
    total = session.scalar(sa.select(sa.func.sum(TargetEntry.change_fen)))
    assert total == issued.total_fen


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_run_is_issued_once(session, desk, together, round_):
    """Both coordinators press 下达 for one run, with two numbers.

    Without ``state == start`` in the UPDATE of ``move``, on PostgreSQL: in every round the second
    was refused only for the targets that had changed, with words that explain nothing. On SQLite
    the second reads its run after the first has written.
    """
    run = checked(session, desk, 900_00)
    outcomes = together(issuing(run, desk, "1号"), issuing(run, desk, "2号"))
    assert outcomes.count(None) == 1
    assert "当前状态是“已下达”" in str(next(one for one in outcomes if one))
    assert session.scalar(sa.select(sa.func.sum(TargetEntry.change_fen))) == 900_00


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_run_and_a_single_target_are_not_both_set(session, desk, together, round_):
    """A run is issued while somebody sets the target of one of its units to 5 000 元.

    Without the lock of ``take_units``, on PostgreSQL: in three rounds of four both were written and
    the unit had the sum of the two ("assert 2 == 1"). SQLite's writers queue.
    """
    run = checked(session, desk, 900_00)
    unit_id, by_id = desk[1][0].id, desk[0][1].id

    def single(own):
        unit, by = own.get(Unit, unit_id), own.get(Person, by_id)
        return lambda: issue_target(
            own, unit, year=2026, amount_fen=5_000_00, document_no="9号", document_on=FIRST,
            seen_fen=0, by=by,
        )  # fmt: skip

    outcomes = together(issuing(run, desk, "1号"), single)
    assert outcomes.count(None) == 1
    assert target_fen(session, unit_id, 2026) in (300_00, 5_000_00)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_unit_merges_once(session, desk, together, round_):
    """Two coordinators merge the same unit into two others.

    With the lock of ``take_units`` and ``state == start`` of ``move`` both taken out, on PostgreSQL: in
    every round it was merged twice, and its target handed over twice ("assert 2 == 1"); each
    alone is enough. SQLite's writers queue.
    """
    (maker, other), units, _ = desk
    issue_target(
        session, units[0], year=2026, amount_fen=700_00, document_no="0号", document_on=FIRST,
        by=maker,
    )  # fmt: skip
    ids = [unit.id for unit in units]

    def merging(into_id, by_id, number):
        def part(own):
            first, into = own.get(Unit, ids[0]), own.get(Unit, into_id)
            by = own.get(Person, by_id)
            changed = Changed(ChangeKind.MERGED, FIRST, number, FIRST, "机构调整")
            return lambda: merge_units(own, [first], into, changed, by=by)

        return part

    outcomes = together(merging(ids[1], maker.id, "1号"), merging(ids[2], other.id, "2号"))
    assert outcomes.count(None) == 1
    assert "已撤销" in str(next(one for one in outcomes if one))
    targets = sorted(target_fen(session, unit_id, 2026) for unit_id in ids)
    assert targets == [0, 0, 700_00]
