"""The database's foundations."""

import datetime as dt

import sqlalchemy as sa

from market.core import db as core_db
from market.core.db import UTCDateTime, db, upsert
from market.notices.models import Notice
from tests import make


def test_an_instant_comes_back_aware_in_utc(session):
    person = make.person(session)
    china = dt.timezone(dt.timedelta(hours=8))
    session.add(
        Notice(person_id=person.id, text="x", path="/", at=dt.datetime(2020, 1, 1, 8, tzinfo=china))
    )
    session.commit()
    assert session.scalar(sa.select(Notice.at)) == dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    assert session.scalar(sa.select(Notice.read_at)) is None
    assert UTCDateTime().process_bind_param(None, None) is None


def test_the_databases_own_insert_is_used(session):
    name = session.get_bind().dialect.name
    assert name in type(upsert(session, Notice)).__module__


def test_a_reading_transaction_takes_no_write_lock(app):
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            return  # Elsewhere readers and writers don't meet in a lock at all.
        core_db.say_reading(True)
        try:
            with db.engine.connect() as one, db.engine.connect() as two:
                assert one.scalar(sa.text("SELECT 1")) == two.scalar(sa.text("SELECT 1"))
        finally:
            core_db.say_reading(False)
