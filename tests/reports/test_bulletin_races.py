"""Two coordinators at the same moment: one bulletin is begun, issued and numbered once."""

import pytest

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.notices.models import Notice
from market.reports.models import Bulletin, BulletinState
from market.reports.services import draft_bulletin, issue_bulletin, send_bulletin, submit_bulletin
from tests import make
from tests.reports.bulletins import JULY, desk, issued, submitted
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


def test_of_two_who_issue_one_bulletin_at_once_one_does(app, session, together):  # noqa: F811
    """X"""
    given = desk(session)
    third = make.person(session, role=Role.COORDINATOR)
    made = submitted(session, given)
    outcomes = together(issuing(app, made, given.other), issuing(app, made, third))
    assert outcomes.count(None) == 1
    assert "当前状态是“已签发”" in str(next(one for one in outcomes if one))
    assert made.number == "消费帮扶通报〔2026〕第1期"
    assert len(made.files) == 2


def test_two_bulletins_issued_at_once_get_two_numbers(app, session, together):  # noqa: F811
    """Y"""
    given = desk(session)
    june = submitted(session, given)
    may = draft_bulletin(session, 2026, 5, by=given.author)
    submit_bulletin(session, may, seen_version=1, by=given.author)
    outcomes = together(issuing(app, june, given.other), issuing(app, may, given.other))
    assert outcomes == [None, None]
    assert sorted([june.serial, may.serial]) == [1, 2]


def test_a_month_is_begun_once_and_sent_once(app, session, together):  # noqa: F811
    """Z"""
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
