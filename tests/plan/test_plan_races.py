"""Two people at the same moment about one record, one person, one pair.

Every docstring says what was seen when its guard was taken out.
"""

import threading
import time

import sqlalchemy as sa

from market.accounts.models import Person
from market.core.db import db
from market.core.errors import Refused
from market.plan import services
from market.plan.models import IndicatorRecord, IndicatorSubject, Pair
from tests.plan import reports
from tests.test_races import together  # noqa: F401  A fixture.


def refused(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Refused)]


def decide(made_id, person_id, deed):
    """Return the part of somebody who decides a record that they have read before."""

    def read(session):
        made, person = session.get(IndicatorRecord, made_id), session.get(Person, person_id)
        assert made.indicator.clause.lead_units
        return lambda: deed(session, made, person)

    return read


def test_a_record_is_verified_or_returned_never_both(plan, clerk, checker, other, together):  # noqa: F811
    """Without ``state == start`` in the UPDATE of ``move``, on both databases: 0 refused, not 1."""
    made = reports.submit(plan, "4a", by=clerk)
    outcomes = together(
        decide(
            made.id,
            checker.id,
            lambda s, m, p: services.verify_record(s, m, version=1, by=p),
        ),
        decide(
            made.id,
            other.id,
            lambda s, m, p: services.return_record(s, m, version=1, answer="不对", by=p),
        ),
    )
    assert len(refused(outcomes)) == 1


def test_a_record_is_reversed_once(plan, clerk, checker, other, together):  # noqa: F811
    """Two who may decide it press 冲销.

    Without ``state == start`` in the UPDATE of ``move``, on both databases: an
    IntegrityError in place of a sentence, from ``uq_indicator_record_reverses_id`` or
    ``uq_indicator_record_once_key``, which are the last line only.
    """
    made = reports.verified(plan, "4i", value=3, by=clerk, checker=checker)

    def reverse(s, m, p):
        services.reverse_record(s, m, reason="重复", by=p)

    outcomes = together(decide(made.id, checker.id, reverse), decide(made.id, other.id, reverse))
    assert len(refused(outcomes)) == 1
    assert plan.scalar(sa.select(sa.func.sum(IndicatorRecord.value))) == 0


def test_a_person_on_two_lists_at_once_counts_once(plan, clerk, checker, together):  # noqa: F811
    """Two report a list with the same student.

    Without ``on_conflict_do_nothing`` in ``_count_people``, on both databases: an
    IntegrityError of ``uq_indicator_subject_live_person`` in place of a sentence.
    """
    files = {person.id: reports.file(plan, person).id for person in (clerk, checker)}

    def report(person_id):
        def read(session):
            person = session.get(Person, person_id)
            file = session.get(reports.Attachment, files[person_id])
            told = reports.people(reports.indicator(session, "4b"), "XS001", f"XS1{person_id}")

            def act():
                reports.submit(session, "4b", **told, files=[file], by=person)

            return act

        return read

    outcomes = together(report(clerk.id), report(checker.id))
    assert len(refused(outcomes)) == 1
    assert plan.scalar(sa.select(sa.func.count(IndicatorSubject.id))) == 2


def test_the_second_click_at_the_same_moment_makes_nothing(plan, clerk, together):  # noqa: F811
    """Three clicks of one form.

    Without the savepoint in ``submit_record``, on PostgreSQL: two IntegrityErrors of
    ``uq_indicator_record_once_key``. On SQLite the look before it, within ``BEGIN
    IMMEDIATE``, finds the first one's record.
    """
    person_id, file_id = clerk.id, reports.file(plan, clerk).id

    def click(session):
        person, file = session.get(Person, person_id), session.get(reports.Attachment, file_id)

        def act():
            made = reports.submit(session, "4a", once_key="same", files=[file], by=person)
            return made.number

        return act

    outcomes = together(click, click, click)
    assert len(set(outcomes)) == 1
    assert plan.scalar(sa.select(sa.func.count(IndicatorRecord.id))) == 1


def test_a_pair_is_not_changed_while_a_record_of_it_is_made(app, plan, checker, other):
    """A change that comes while a record of the pair is written, and waits for it, is refused.

    Without ``with_for_update`` in ``change_pair``, on PostgreSQL, the pair was changed under
    the record: the condition of the UPDATE had looked before the record was there. Without
    ``~named`` in that UPDATE it was changed on both databases.
    """
    pair_id, person_id = reports.pair(plan, 1, by=checker).id, checker.id
    file = reports.file(plan, other)
    plan.commit()
    outcomes = []

    def change():
        with app.app_context(), db.sessionmaker() as own:
            pair, person = own.get_one(Pair, pair_id), own.get_one(Person, person_id)
            try:
                services.change_pair(
                    own, pair, unit=pair.unit, township="大垭乡", village="塘口", by=person
                )
                own.commit()
            except Refused as refusal:
                own.rollback()
                outcomes.append(refusal)

    reports.submit(plan, "7b", pair=plan.get_one(Pair, pair_id), files=[file], by=other)
    thread = threading.Thread(target=change)
    thread.start()
    time.sleep(0.5)  # It waits meanwhile: on SQLite to begin, on PostgreSQL for the pair's row.
    plan.commit()
    thread.join()
    assert ["已有指标记录" in str(outcome) for outcome in outcomes] == [True]
