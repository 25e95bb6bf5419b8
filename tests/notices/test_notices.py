"""The inbox."""

import sqlalchemy as sa

from market.audit.models import Entry
from market.notices import services
from market.notices.models import Notice


def test_each_person_is_told_and_reads_only_their_own(session, buyer, stranger, sign_in):
    services.tell(session, [buyer], "订单已发货，请准备收货。", path="/orders")
    client = sign_in(buyer)
    assert "订单已发货" in client.get("/notices").text
    assert "还没有通知" in sign_in(stranger).get("/notices").text


def test_marking_as_read_touches_only_ones_own(session, buyer, stranger, sign_in):
    services.tell(session, [buyer, stranger], "有新的商品。", path="/goods")
    assert sign_in(buyer).post("/notices/read").status_code == 302
    session.expire_all()
    unread = session.scalars(sa.select(Notice.person_id).where(Notice.read_at.is_(None))).all()
    assert unread == [stranger.id]


def test_reading_is_recorded_where_something_was_unread(session, buyer, stranger):
    services.tell(session, [buyer, buyer, stranger], "有新的商品。", path="/goods")
    session.flush()
    for _ in range(2):
        services.mark_read(session, by=buyer)
    deed = session.scalars(sa.select(Entry)).one()
    assert (deed.deed, deed.about, deed.by_id) == ("notices.read", f"person:{buyer.id}", buyer.id)
    assert deed.facts == {"count": 2}


def test_the_unread_come_first_whatever_their_age(session, buyer, sign_in):
    services.tell(session, [buyer], "旧的一条", path="/a")
    session.flush()
    services.mark_read(session, by=buyer)
    session.execute(sa.update(Notice).values(read_at=None).where(Notice.text == "旧的一条"))
    services.tell(session, [buyer], "新的一条", path="/b")
    session.flush()
    session.execute(
        sa.update(Notice).values(read_at=sa.func.now()).where(Notice.text == "新的一条")
    )
    page = sign_in(buyer).get("/notices").text
    assert page.index("旧的一条") < page.index("新的一条")
