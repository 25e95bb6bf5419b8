"""Every invariant that the machine looks after finds the fault that it is there for."""

import copy

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


def found(session, watch):
    """Return what the watch says of the tables as they are, and undo what was changed."""
    try:
        watch.look(session)
    except AssertionError as fault:
        return str(fault)
    finally:
        session.rollback()
    return "nothing"


def test_a_fault_in_the_tables_is_found_by_its_name(session, story):
    said = {}
    for name, statement in PLANTED.items():
        plant(session, statement)
        said[name] = found(session, Watch(session))
    assert {name: words for name, words in said.items() if not words.startswith(name)} == {}


def test_a_change_of_what_was_replayed_before_is_found(session, story):
    plant(session, f"UPDATE fund_transfer SET amount_fen = amount_fen + 1 {LAST}")
    assert found(session, story).startswith("kept rows")


def test_what_documents_and_stages_do_not_bear_is_found_by_its_name(session, story):
    """More than the step before gave, by documents: accounts, never below nothing, don't show it."""
    said = {}
    for kind, name in (
        (Kind.APPROPRIATION, "appropriated"),
        (Kind.AGREEMENT, "disbursed within agreed"),
        (Kind.DISBURSEMENT, "claimed within disbursed"),
        (Kind.CLAIM, "accepted within spent"),
        (Kind.ACCEPTANCE, "documents come to accounts"),
    ):
        watch = copy.copy(story)
        gone = set(session.scalars(sa.select(Document.id).where(Document.kind == kind)))
        watch.documents = {id_: one for id_, one in story.documents.items() if id_ not in gone}
        said[name] = summed(watch)

    spent, accepted = (
        next(place for place in story.stands if place[3] is stage)
        for stage in (Stage.SPENT, Stage.ACCEPTED)
    )
    watch = copy.copy(story)
    watch.stands = story.stands.copy()
    watch.stands[accepted] += 90 * WAN
    watch.stands[spent] -= 90 * WAN
    said["order of stages"] = summed(watch)

    earmark_id, *_ = place = next(
        place for place in story.stands if place[3] is Stage.PLANNED and place[0] > 3
    )
    watch = copy.copy(story)
    watch.stands, watch.amounts = story.stands.copy(), story.amounts.copy()
    watch.stands[place] -= 1
    watch.amounts[earmark_id] -= 1
    said["plan's sum"] = summed(watch)
    assert {name: words for name, words in said.items() if not words.startswith(name)} == {}


def summed(watch):
    """Return what the watch says of the sums it keeps."""
    try:
        watch._earmarks()
        watch._agreements()
    except AssertionError as fault:
        return str(fault)
    return "nothing"
