"""Money of the plan: from the plan to acceptance, never more, never elsewhere."""

import pytest
import sqlalchemy as sa

from market.core.errors import Refused
from market.funds import services
from market.funds.models import (
    Decision,
    DocumentState,
    Kind,
    LedgerEntry,
    Purpose,
    Transfer,
)
from market.funds.queries import checks
from market.funds.queries.figures import figures, rows, total
from tests.funds import papers
from tests.funds.papers import WAN

PLAN_FEN = 5_487_000_000


def holds(session):
    session.flush()
    session.expire_all()
    faults = [
        *checks.verify_earmarks(session),
        *checks.verify_balances(session),
        *checks.verify_moves(session),
        *checks.verify_holds(session),
        *checks.verify_documents(session),
    ]
    assert faults == []


def test_the_plan_makes_23_earmarks_that_sum_to_it(session):
    earmarks = papers.open_ledger(session)
    assert len(earmarks) == 23
    assert sum(one.amount_fen for one in earmarks.values()) == PLAN_FEN
    whole = total(row.figures for row in rows(session))
    assert (whole.budget_fen, whole.planned_fen, whole.appropriated_fen) == (PLAN_FEN, PLAN_FEN, 0)
    assert not services.load_earmarks(session)
    holds(session)


def test_money_goes_from_the_plan_to_acceptance(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    agreement = papers.ready(session, people, earmark, 150 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 100 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.CLAIM, 60 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.ACCEPTANCE, 50 * WAN, agreement=agreement)
    found = figures(session)[earmark.id]
    assert found.appropriated_fen == earmark.amount_fen == 18_315 * 10_000
    assert found.committed_fen == 150 * WAN
    assert found.disbursed_fen == 100 * WAN
    assert found.spent_fen == 60 * WAN
    assert found.accepted_fen == 50 * WAN
    assert found.available_fen == earmark.amount_fen - 150 * WAN
    holds(session)


def test_every_counter_move_leads_one_stage_back(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    agreement = papers.ready(session, people, earmark, 100 * WAN)
    papers.effective(session, people, Kind.AMENDMENT, 20 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.DECOMMITMENT, 10 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.DISBURSEMENT, 50 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.RETURN, 5 * WAN, agreement=agreement)
    claim = papers.effective(session, people, Kind.CLAIM, 30 * WAN, agreement=agreement)
    accepted = papers.effective(session, people, Kind.ACCEPTANCE, 30 * WAN, agreement=agreement)
    found = figures(session)[earmark.id]
    assert (found.committed_fen, found.disbursed_fen) == (110 * WAN, 45 * WAN)
    assert (found.spent_fen, found.accepted_fen) == (30 * WAN, 30 * WAN)
    papers.effective(session, people, Kind.REVERSAL, target=accepted)
    papers.effective(session, people, Kind.REVERSAL, target=claim)
    found = figures(session)[earmark.id]
    assert (found.disbursed_fen, found.spent_fen, found.accepted_fen) == (45 * WAN, 0, 0)
    assert claim.state is DocumentState.REVERSED
    holds(session)


def test_a_reallocation_moves_between_earmarks_and_changes_no_total(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    for code in ("01", "02"):
        fen = earmarks[code].amount_fen
        papers.effective(session, people, Kind.APPROPRIATION, fen, earmark=earmarks[code])
    moved = papers.effective(
        session,
        people,
        Kind.REALLOCATION,
        10 * WAN,
        earmark=earmarks["01"],
        to_earmark=earmarks["02"],
    )
    found = figures(session)
    assert found[earmarks["01"].id].budget_fen == earmarks["01"].amount_fen - 10 * WAN
    assert found[earmarks["02"].id].available_fen == earmarks["02"].amount_fen + 10 * WAN
    assert total(found.values()).budget_fen == PLAN_FEN
    holds(session)
    papers.effective(session, people, Kind.REVERSAL, target=moved)
    assert figures(session)[earmarks["01"].id].budget_fen == earmarks["01"].amount_fen
    holds(session)


def test_a_year_is_carried_over_surrendered_and_settled(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session, "县卫生健康委")
    earmark = earmarks["06"]
    agreement = papers.ready(session, people, earmark, 300 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 200 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.SURRENDER, 50 * WAN, earmark=earmark)
    with pytest.raises(Refused, match="没有了结"):
        papers.submitted(session, people, Kind.SETTLEMENT, earmark=earmark)
    session.rollback()
