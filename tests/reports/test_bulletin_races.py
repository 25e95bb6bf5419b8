"""Two coordinators at the same moment: one bulletin is begun, issued and numbered once."""

import datetime as dt
import threading
import time

import pytest
import sqlalchemy as sa

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.notices.models import Notice
from market.reports.models import Bulletin, BulletinState
from market.reports.services import draft_bulletin, issue_bulletin, send_bulletin, submit_bulletin
from market.targets.models import Channel, Credit
from market.targets.services import close_period, credit, lock_period
from tests import make
from tests.reports.bulletins import JULY, desk, issued, submitted
from tests.targets import world
from tests.targets.test_run_races import together  # noqa: F401


@pytest.fixture(autouse=True)
def _summer(session):
    with clock.set_to(JULY):
        yield


def issuing(app, made, by):
    ref_id, by_id, version = made.id, by.id, made.version

    def part(own):
        mine, person = own.get(Bulletin, ref_id), own.get(Person, by_id)
        assert mine.state is BulletinState.SUBMITTED
        return lambda: issue_bulletin(
            own, app.extensions["files"], mine, seen_version=version, by=person
        )

    return part


def counting(unit_id, bought_id, counted):
    """Credit a purchase of June, say so, and commit a while later."""

    def part(own):
        def act():
            credit(
                own,
                unit_id=unit_id,
                channel=Channel.OUTSIDE,
                amount_fen=700_00,
                happened_on=dt.date(2026, 6, 3),
                submitted_at=JULY - dt.timedelta(hours=1),
                outside_purchase_id=bought_id,
            )
            own.flush()
            counted.set()
            time.sleep(0.4)

        return act

    return part


def once(counted, part):
    """Let a part begin when something was counted that isn't committed yet."""

    def later(own):
        act = part(own)

        def wait():
            counted.wait()
            act()

        return wait

    return later


def test_of_two_who_issue_one_bulletin_at_once_one_does(app, session, together):  # noqa: F811
    """Two coordinators press 签发 for one bulletin.

    Without ``take_turn`` and without ``state == start`` in the UPDATE of ``move``, on PostgreSQL: the
    second wrote over the first and broke off at the files it had kept. SQLite's writers queue.
    """
    given = desk(session)
    third = make.person(session, role=Role.COORDINATOR)
    made = submitted(session, given)
    outcomes = together(issuing(app, made, given.other), issuing(app, made, third))
    assert outcomes.count(None) == 1
    assert "当前状态是“已签发”" in str(next(one for one in outcomes if one))
    assert made.number == "消费帮扶通报〔2026〕第1期"
    assert len(made.files) == 2


def test_two_bulletins_issued_at_once_get_two_numbers(app, session, together):  # noqa: F811
    """Of two months, both closed, so that nothing but the turn of issuers lets one wait.

    Without the lock on the submitted bulletins in ``take_turn``, on PostgreSQL: both drew number 1,
    and the second broke off at the unique index ("assert [None] == [None, None]"). SQLite's
    writers queue.
    """
    given = desk(session)
    june = submitted(session, given)
    for month in (4, 6):
        close_period(session, 2026, month, by=given.author)
    may = draft_bulletin(session, 2026, 5, by=given.author)
    submit_bulletin(session, may, seen_version=1, by=given.author)
    outcomes = together(issuing(app, june, given.other), issuing(app, may, given.other))
    assert outcomes == [None, None]
    assert sorted([june.serial, may.serial]) == [1, 2]


def test_a_month_is_begun_once_and_sent_once(app, session, together):  # noqa: F811
    """Two coordinators begin May's bulletin, and send June's.

    Without ``on_conflict_do_nothing`` the second broke off at the unique index; without
    ``sent_at IS NULL`` in the UPDATE, on PostgreSQL, both sent it ("assert 2 == 1").
    """
    given = desk(session)
    ids = [given.author.id, given.other.id]

    def beginning(by_id):
        def part(own):
            by = own.get(Person, by_id)
            return lambda: draft_bulletin(own, 2026, 5, by=by)

        return part

    outcomes = together(*(beginning(one) for one in ids))
    assert outcomes.count(None) == 1
    assert "已有通报" in str(next(one for one in outcomes if one))
    made = issued(session, app.extensions["files"], given)
    made_id = made.id

    def sending(by_id):
        def part(own):
            mine, by = own.get(Bulletin, made_id), own.get(Person, by_id)
            return lambda: send_bulletin(own, mine, by=by)

        return part

    outcomes = together(*(sending(one) for one in ids))
    assert outcomes.count(None) == 1
    assert session.query(Notice).filter(Notice.text.contains("第1期（6月）")).count() == 3


def test_what_is_being_counted_while_it_is_issued_is_waited_for(app, session, together):  # noqa: F811
    """A purchase of June, submitted in time, is verified at the moment June's bulletin is issued.

    Without the lock on the months in ``take_turn``, on PostgreSQL: the bulletin was issued without it
    ("assert None"), and numbers below the mark could have come later. SQLite's writers queue.
    """
    given = desk(session)
    bought = world.purchase(session, given.buyers[2], 700_00, bought_on=dt.date(2026, 6, 3))
    made = submitted(session, given)
    counted = threading.Event()
    counts = counting(given.units[2].id, bought.id, counted)
    outcomes = together(counts, once(counted, issuing(app, made, given.other)))
    refusal = next((one for one in outcomes if one), None)
    assert refusal
    assert "送审之后数字有变动" in str(refusal)
    assert made.state is BulletinState.SUBMITTED


def test_what_is_being_counted_while_it_is_submitted_is_in_it(session, together):  # noqa: F811
    """A purchase of June is verified at the moment June's bulletin is submitted.

    Without ``take_turn`` in ``submit_bulletin``, on PostgreSQL: the figures lacked it ("assert {} ==
    {'outside': 70000}"), or, committed between the marks and the figures, had it above the mark.
    SQLite's writers queue.
    """
    given = desk(session)
    bought = world.purchase(session, given.buyers[2], 700_00, bought_on=dt.date(2026, 6, 3))
    lock_period(session, 2026, 6, by=given.author)
    made = draft_bulletin(session, 2026, 6, by=given.author)
    made_id, by_id = made.id, given.author.id

    def submitting(own):
        mine, by = own.get(Bulletin, made_id), own.get(Person, by_id)
        return lambda: submit_bulletin(own, mine, seen_version=1, by=by)

    counted = threading.Event()
    counts = counting(given.units[2].id, bought.id, counted)
    assert together(counts, once(counted, submitting)) == [None, None]
    assert next(row for row in made.content["rows"] if row["code"] == "C")["channels"] == {
        "outside": 700_00
    }
    assert made.credit_mark == session.query(sa.func.max(Credit.id)).scalar()
