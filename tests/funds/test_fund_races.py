"""What two people, or eight processes, do to the plan's money at the same moment."""

import subprocess
import sys
from pathlib import Path

import pytest

from market.accounts.models import Person
from market.core.errors import Refused
from market.funds import services
from market.funds.models import Decision, Document, DocumentState, Kind, Purpose
from market.funds.queries import checks
from market.funds.queries.figures import figures
from tests.funds import papers
from tests.funds.papers import WAN
from tests.payments.test_online_races import together

__all__ = ["together"]

ROOT = Path(__file__).resolve().parents[2]
ROOM, CROWD_TRIES = 100, 160


def test_of_eight_processes_exactly_as_many_pass_as_there_is_room_for(app, session, tmp_path):
    """160 agreements of 1 万元 each, room for 100.

    Without the condition in ``_move_balances`` the CHECK of the account breaks the 101st,
    and the command fails (seen on PostgreSQL).
    """
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    papers.effective(session, people, Kind.APPROPRIATION, ROOM * WAN, earmark=earmark)
    proof = papers.file(session, people.clerk)
    ids = []
    for number in range(CROWD_TRIES):
        said = papers.content(Kind.AGREEMENT, WAN, earmark=earmark)
        document = services.draft(
            session, Kind.AGREEMENT, said, once_key=f"crowd-{number}", by=people.clerk
        )
        services.attach(session, document, proof, Purpose.CONTRACT, by=people.clerk)
        ids.append(str(document.id))
    session.commit()
    url = session.get_bind().url.render_as_string(hide_password=False)
    answer = subprocess.run(
        [sys.executable, "-m", "tests.funds.crowd", url, str(tmp_path), *ids],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert answer.stdout.strip() == str(ROOM), answer.stderr[-2000:]
    session.expire_all()
    found = figures(session)[earmark.id]
    assert (found.available_fen, found.held_fen) == (0, ROOM * WAN)
    assert checks.verify_balances(session) == checks.verify_holds(session) == []


def does(document_id, person_id, deed):
    """Return what somebody does to a document in a session of their own."""

    def act(own):
        deed(own, own.get(Document, document_id), own.get(Person, person_id))
        return "done"

    return act


def sign(own, document, by):
    services.decide(
        own, document, Decision.APPROVE, seen_sha256=document.body_sha256, note="因故", by=by
    )


def refuse(own, document, by):
    services.decide(
        own, document, Decision.REJECT, seen_sha256=document.body_sha256, note="因故", by=by
    )


def recall(own, document, by):
    services.recall(own, document, by=by)


@pytest.mark.parametrize("other", [sign, refuse, recall], ids=lambda deed: deed.__name__)
def test_a_last_step_is_taken_once(session, together, other):
    """Signed by one, and at the same moment signed by another, rejected, or taken back.

    Without ``_take`` in ``decide`` both find the document submitted: seen on PostgreSQL, where
    the second then breaks a constraint of the approvals or of the ledger's entries.
    """
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    document = papers.submitted(
        session, people, Kind.APPROPRIATION, 10 * WAN, earmark=earmarks["01"]
    )
    second = document.made_by_id if other is recall else people.officer_2.id
    session.commit()
    answers = together(does(document.id, people.officer.id, sign), does(document.id, second, other))
    assert sorted(isinstance(one, Refused) for one in answers) == [False, True], answers
    session.expire_all()
    assert document.state in (DocumentState.EFFECTIVE, DocumentState.REJECTED, DocumentState.DRAFT)
    assert checks.verify_holds(session) == checks.verify_balances(session) == []


def test_one_invoice_is_claimed_once_by_two_claims_at_the_same_moment(session, together):
    """Of two agreements of two earmarks, so that no row that one takes is the other's.

    Without the unique index of live invoices both were submitted on PostgreSQL.
    """
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    bill = papers.invoice(WAN)
    claims = []
    for code in ("01", "02"):
        agreement = papers.ready(session, people, earmarks[code], 20 * WAN)
        papers.effective(session, people, Kind.DISBURSEMENT, 10 * WAN, agreement=agreement)
        claims.append(
            papers.drafted(session, people, Kind.CLAIM, agreement=agreement, invoices=[bill])
        )
    session.commit()

    def submit(own, document, by):
        services.submit(own, document, by=by)

    answers = together(*(does(claim.id, people.clerk.id, submit) for claim in claims))
    assert sorted(isinstance(one, Refused) for one in answers) == [False, True], answers
