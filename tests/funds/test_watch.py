"""Every invariant that the machine looks after finds the fault that it is there for."""

import pytest
import sqlalchemy as sa

from market.funds import services
from market.funds.models import Decision, Document, Kind, Stage
from tests.conftest import unguarded
from tests.funds import papers
from tests.funds.papers import WAN
from tests.funds.watch import Watch


@pytest.fixture
def story(session):
    """Some of everything: each step of the chain, back again, across, waiting, over the year."""
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    first, second = earmarks["01"], earmarks["02"]
    for _ in range(2):
        papers.effective(session, people, Kind.APPROPRIATION, 80 * WAN, earmark=first)
    papers.effective(session, people, Kind.APPROPRIATION, 50 * WAN, earmark=second)
    agreement = papers.effective(session, people, Kind.AGREEMENT, 90 * WAN, earmark=first)
    papers.effective(session, people, Kind.AGREEMENT, 10 * WAN, earmark=first)
    for kind, fen in (
        (Kind.AMENDMENT, 10),
        (Kind.DECOMMITMENT, 5),
        (Kind.DISBURSEMENT, 60),
        (Kind.RETURN, 5),
        (Kind.CLAIM, 30),
        (Kind.ACCEPTANCE, 20),
    ):
        papers.effective(session, people, kind, fen * WAN, agreement=agreement)
    away = {"earmark": first, "to_earmark": second}
    papers.effective(session, people, Kind.REALLOCATION, 2 * WAN, **away)
    back = papers.effective(session, people, Kind.REALLOCATION, 3 * WAN, **away)
    papers.effective(session, people, Kind.REVERSAL, target=back)
    returned = papers.submitted(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
    services.decide(
        session,
        returned,
        Decision.RETURN,
        seen_sha256=returned.body_sha256,
        note="因故",
        by=people.lead,
    )
    papers.submitted(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
    papers.effective(session, people, Kind.CARRY_OVER, earmark=second)
    papers.effective(session, people, Kind.SETTLEMENT, earmark=second)
    session.commit()
    watch = Watch(session)
    watch.look(session)
    session.rollback()
    return watch


def entry(kind, act="effect", which="max"):
    """Name the entry by which the first or last document of a kind did something."""
    return (
        f"(SELECT {which}(e.id) FROM fund_entry e JOIN fund_document d ON d.id = e.document_id"
        f" WHERE d.kind = '{kind}' AND e.act = '{act}')"
    )


def account(stage, which="min"):
    """Name a free account of the first earmark."""
    first = "(SELECT id FROM earmark WHERE code = '01')"
    return (
        f"(SELECT {which}(id) FROM fund_account WHERE stage = '{stage}' AND NOT is_held"
        f" AND earmark_id = {first})"
    )


CLAIM = "WHERE kind = 'claim'"
LAST = "WHERE id = (SELECT max(id) FROM fund_transfer)"
PLANTED = {
    "replay": f"UPDATE fund_account SET balance_fen = balance_fen + 1 WHERE id = {account('spent')}",
    "never below nothing": f"UPDATE fund_account SET balance_fen = -1 WHERE id = {account('spent')}",
    "whole fen": f"UPDATE fund_transfer SET amount_fen = 0 {LAST}",
    "earmark": f"UPDATE fund_transfer SET to_earmark_id = 1 + from_earmark_id, crossing = 'reversal' {LAST}",
    "order": "UPDATE fund_entry SET recorded_at = '2019-01-01 00:00:00' WHERE id = (SELECT max(id) FROM fund_entry)",
    "stage": f"UPDATE fund_transfer SET to_id = {account('spent')} WHERE entry_id = {entry('acceptance')}",
    "hold beside": f"UPDATE fund_transfer SET to_id = {account('spent')} WHERE entry_id = {entry('claim', 'hold')}",
    "amount": f"UPDATE fund_document SET amount_fen = amount_fen + 1 {CLAIM}",
    "hold ended once": f"UPDATE fund_entry SET resolves_id = {entry('disbursement', 'hold')} WHERE id = {entry('disbursement', 'void')}",
    "hold emptied exactly": f"UPDATE fund_transfer SET amount_fen = amount_fen - 1 WHERE entry_id = {entry('claim')}",
    "void gives back": f"UPDATE fund_transfer SET to_id = {account('spent')} WHERE entry_id = {entry('disbursement', 'void')}",
    "effect once": "UPDATE fund_entry SET document_id = (SELECT min(id) FROM fund_document) WHERE document_id = (SELECT min(id) + 1 FROM fund_document)",
    "body": f"UPDATE fund_entry SET body_sha256 = 'x' WHERE id = {entry('claim')}",
    "mirror": f"UPDATE fund_transfer SET to_id = {account('spent')} WHERE entry_id = {entry('reversal')}",
    "year": f"UPDATE fund_document SET year = 2021 {CLAIM}",
    "agreement": f"UPDATE fund_document SET agreement_id = (SELECT max(id) FROM fund_document WHERE kind = 'agreement') {CLAIM}",
    "closed year": "UPDATE earmark_year SET state = 'settled'",
    "who waits holds": "UPDATE fund_document SET state = 'draft' WHERE state = 'submitted'",
    "who stands took effect": f"UPDATE fund_document SET state = 'draft' {CLAIM}",
    "reversed": "UPDATE fund_document SET state = 'effective' WHERE state = 'reversed'",
    "earmark's sum": "UPDATE earmark SET amount_fen = amount_fen + 1 WHERE code = '03'",
    "checker is not maker": f"UPDATE fund_document SET made_by_id = (SELECT max(checker_id) FROM fund_approval WHERE document_id = fund_document.id) {CLAIM}",
    "all signed": "DELETE FROM fund_approval WHERE step = 2",
}


def plant(session, statement):
    """Change what nothing else lets anybody change, until the end of the transaction."""
    connection = session.connection()
    with unguarded(connection):
        if connection.dialect.name == "postgresql":
            for table, names in {
                "fund_account": ("balance",),
                "fund_transfer": ("amount", "stays_in_its_earmark"),
                "fund_entry": (),
            }.items():
                for name in names:
                    connection.exec_driver_sql(
                        f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}"
                    )
        else:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql(statement)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


@pytest.mark.parametrize("name", PLANTED)
def test_a_fault_in_the_tables_is_found_by_its_name(session, story, name):
    plant(session, PLANTED[name])
    with pytest.raises(AssertionError, match=f"^{name}"):
        Watch(session).look(session)
    session.rollback()


def test_a_change_of_what_was_replayed_before_is_found(session, story):
    plant(session, f"UPDATE fund_transfer SET amount_fen = amount_fen + 1 {LAST}")
    with pytest.raises(AssertionError, match=r"^kept rows"):
        story.look(session)
    session.rollback()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.APPROPRIATION, "appropriated"),
        (Kind.AGREEMENT, "disbursed within agreed"),
        (Kind.DISBURSEMENT, "claimed within disbursed"),
        (Kind.CLAIM, "accepted within spent"),
        (Kind.ACCEPTANCE, "documents come to accounts"),
    ],
)
def test_more_than_the_step_before_gave_is_found(session, story, kind, name):
    """Of documents: accounts, which can't fall below nothing, would never show it."""
    gone = sa.select(Document.id).where(Document.kind == kind)
    for id_ in session.scalars(gone):
        del story.documents[id_]
    with pytest.raises(AssertionError, match=f"^{name}"):
        story._earmarks() or story._agreements()


def test_a_later_stage_with_more_than_the_one_before_is_found(session, story):
    spent = next(place for place in story.stands if place[3] is Stage.SPENT)
    accepted = next(place for place in story.stands if place[3] is Stage.ACCEPTED)
    story.stands[accepted] += 90 * WAN
    story.stands[spent] -= 90 * WAN
    with pytest.raises(AssertionError, match=r"^order of stages"):
        story._earmarks()


def test_a_fen_that_is_missing_from_the_plan_is_found(session, story):
    earmark_id, *_ = place = next(
        place for place in story.stands if place[3] is Stage.PLANNED and place[0] > 3
    )
    story.stands[place] -= 1
    story.amounts[earmark_id] -= 1
    with pytest.raises(AssertionError, match=r"^plan's sum"):
        story._earmarks()
