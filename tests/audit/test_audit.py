"""The audit trail and its chain."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.audit import queries, services
from market.audit.models import Entry, Seal
from market.core import clock
from market.units.models import Unit
from tests import make


@pytest.fixture
def sealed(session, buyer):
    """Three deeds, sealed."""
    for n in range(3):
        services.record(session, "order.placed", buyer.unit, by=buyer, total_fen=n)
    session.flush()
    assert services.seal(session) == 3
    return session.scalars(sa.select(Seal).order_by(Seal.position)).all()


def test_a_deed_says_who_what_and_about_which_thing(session, buyer):
    services.record(session, "unit.changed", buyer.unit, by=buyer, diners=[49, 50])
    services.record(session, "unit.closed", buyer.unit, by=None)
    history = queries.history_of(session, buyer.unit)
    assert [(entry.deed, name) for entry, name in history] == [
        ("unit.changed", "王芳"),
        ("unit.closed", "系统"),
    ]
    assert history[0][0].facts == {"diners": [49, 50]}


def test_a_deed_is_dated_when_it_is_done_not_when_it_is_written(session, buyer):
    then = dt.datetime(2020, 6, 17, 1, tzinfo=dt.UTC)
    with clock.set_to(then):
        services.record(session, "unit.closed", buyer.unit, by=buyer)
    session.flush()
    assert session.scalars(sa.select(Entry.at)).one() == then


def test_an_unbroken_chain_has_no_faults(session, sealed):
    assert queries.chain_faults(session) == []
    assert queries.chain_faults(session, known_head=sealed[-1].digest) == []
    assert services.seal(session) == 0


def test_a_later_sealing_continues_the_chain(session, buyer, sealed):
    services.record(session, "order.paid", buyer.unit, by=None)
    session.flush()
    assert services.seal(session) == 1
    assert queries.head(session).previous == sealed[-1].digest
    assert queries.chain_faults(session, known_head=sealed[-1].digest) == []


def test_one_fen_changed_in_a_sealed_entry_is_found(session, sealed):
    changed = sa.update(Entry).where(Entry.id == sealed[1].entry_id)
    session.execute(changed.values(facts={"total_fen": 2}))
    session.expire_all()
    faults = queries.chain_faults(session)
    assert [str(sealed[1].entry_id) in fault for fault in faults] == [True]
    assert "封存后被改动" in faults[0]


def test_a_link_taken_out_of_the_middle_is_found(session, sealed):
    session.execute(sa.delete(Seal).where(Seal.position == 2))
    faults = queries.chain_faults(session)
    assert "第 2 环缺失" in faults[0]
    assert "不相接" in faults[1]


def test_a_chain_cut_short_is_found_with_a_published_head(session, sealed):
    published = sealed[-1].digest
    session.execute(sa.delete(Seal).where(Seal.position == 3))
    assert queries.chain_faults(session) == []
    assert "截短" in queries.chain_faults(session, known_head=published)[0]


def test_an_entry_that_is_gone_is_found(session, sealed, app):
    missing = sa.update(Seal).where(Seal.position == 3).values(entry_id=-1)
    if session.get_bind().dialect.name == "sqlite":
        session.commit()
        session.execute(sa.text("PRAGMA foreign_keys=OFF"))
        session.commit()
        with session.get_bind().connect() as raw:
            raw.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
            raw.execute(missing)
            raw.commit()
            raw.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
        session.expire_all()
        assert "已不存在" in queries.chain_faults(session)[0]
    else:
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(missing)


def test_the_page_finds_deeds_by_their_beginning_and_by_name(session, sealed, sign_in, inspector):
    services.record(session, "unit.closed", make.unit(session), by=None)
    client = sign_in(inspector)
    assert "unit.closed" in client.get("/audit").text
    page = client.get("/audit?deed=order.&name=王").text
    assert "order.placed" in page
    assert "unit.closed" not in page
    assert "没有符合条件" in client.get("/audit?about=nothing").text
    assert "已封存 3 条" in page


def test_what_a_deed_recorded_is_looked_up_by_its_thing(session, buyer, count_queries):
    unit = make.unit(session)
    for one, diners in ((buyer.unit, buyer.unit.daily_diners), (unit, -1)):
        services.record(session, "unit.added", one, by=buyer, daily_diners=diners)
        services.record(session, "unit.changed", one, by=buyer, daily_diners=-2)
    with count_queries() as statements:
        assert queries.contradicted(session, Unit, "daily_diners", "unit.added") == [unit]
    if session.get_bind().dialect.name == "sqlite":
        plan = sa.text(f"EXPLAIN QUERY PLAN {statements[-1]}".replace("?", "''"))
        assert "ix_audit_entry_about" in str(session.execute(plan).all())


def test_the_page_says_when_nothing_is_sealed(sign_in, admin):
    assert "还没有封存" in sign_in(admin).get("/audit").text


def test_the_page_needs_the_same_queries_however_many_rows(
    session, buyer, sign_in, inspector, count_queries
):
    counts = []
    for more in (3, 40):
        for _ in range(more):
            services.record(session, "order.placed", buyer.unit, by=buyer)
        client = sign_in(inspector)
        with count_queries() as statements:
            client.get("/audit")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 5
