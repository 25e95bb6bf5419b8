"""While somebody moves the plan's money, ``verify`` finds that it doesn't add up."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa

from market.accounts.models import Person
from market.core.db import db, one_moment
from market.core.errors import Refused
from market.funds import services
from market.funds.models import Document, Earmark, Kind
from tests.funds import papers
from tests.funds.papers import WAN
from tests.funds.test_halts import agreement, earmarks, people, told
from tests.payments.test_online_races import together

__all__ = ["agreement", "earmarks", "people", "together"]


@pytest.fixture
def begin(app, session):
    """Let somebody act in a thread and session of their own, commit, and say what came of it."""

    def begin(act):
        def run():
            with app.app_context(), db.sessionmaker() as own:
                try:
                    act(own)
                    own.commit()
                except Refused as refusal:
                    return str(refusal)
                return "done"

        return crowd.submit(run)

    with ThreadPoolExecutor() as crowd:
        yield begin
        session.rollback()  # Whoever still waits for this session's locks gets them.


def submits(document):
    id_, maker = document.id, document.made_by_id

    def act(own):
        services.submit(own, own.get(Document, id_), by=own.get(Person, maker))

    return act


def test_what_moves_when_a_halt_is_raised_ends_before_it_and_the_next_is_refused(
    session, people, agreement, begin
):
    """Without ``_take_all`` in ``raise_halt`` the halt stood before the first had ended (PostgreSQL)."""
    first, second = (
        papers.drafted(session, people, Kind.CLAIM, WAN, agreement=agreement) for _ in range(2)
    )
    late = submits(second)
    session.commit()
    services.submit(session, first, by=people.clerk)
    halting = begin(lambda own: services.raise_halt(own, ["演示"]))
    assert wait([halting], timeout=0.5).done == set()
    session.commit()
    assert halting.result(20) == "done"
    assert "起停止记账" in begin(late).result(20)


def test_what_waits_for_a_halt_that_is_being_raised_is_refused(session, people, agreement, begin):
    """Without the look in ``_take`` and ``post``, or made before the earmarks' rows are taken, it passed."""
    late = submits(papers.drafted(session, people, Kind.CLAIM, WAN, agreement=agreement))
    session.commit()
    services.raise_halt(session, ["演示"])
    waiting = begin(late)
    assert wait([waiting], timeout=0.5).done == set()
    session.commit()
    assert "起停止记账" in waiting.result(20)


def test_two_that_find_it_at_once_stop_the_money_once(session, people, earmarks, together):
    """Without ``_take_all`` the second broke the unique index of halts that stand (PostgreSQL)."""
    answers = together(*[lambda own: services.raise_halt(own, ["演示"]) is not None] * 3)
    assert sorted(answers) == [False, False, True]
    assert len(told(session)) == 2
    assert services.lift_halt(session) is not None
    assert services.lift_halt(session) is None


def test_what_is_read_at_one_moment_does_not_move_while_others_write(session, earmarks, begin):
    """Else ``verify`` would take what is written between two of its checks for a difference."""
    count = sa.select(sa.func.count(Earmark.id)).where(Earmark.department == "别处")
    session.commit()
    with one_moment(session):
        assert session.scalar(count) == 0
        changed = sa.update(Earmark).where(Earmark.code == "01").values(department="别处")
        assert begin(lambda own: own.execute(changed)).result(20) == "done"
        assert session.scalar(count) == 0
    assert session.scalar(count) == 1
