"""Two at the same moment: who comes second is told so, beside the field."""

import pytest
import sqlalchemy as sa

from market.accounts import services
from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from tests.meanwhile import meanwhile


def test_a_login_taken_at_this_moment_is_refused(session):
    other = Person(
        login="wangfang",
        name="别人",
        role=Role.SHOPPER,
        phone="",
        address="",
        password_hash="!",
        must_change_password=False,
        is_enabled=True,
        is_demo=False,
        stamp="x",
        made_at=clock.now(),
        search_text="",
    )
    meanwhile(session, other)
    with pytest.raises(Refused, match="刚刚被使用") as refused:
        services.make_person(session, login="wangfang", name="王芳", role=Role.SHOPPER, by=None)
    assert refused.value.field == "login"
    session.rollback()


def test_a_password_changed_elsewhere_at_this_moment_is_not_overwritten(session):
    services.make_admin(session, login="root", name="管理员", password="a-long-password")
    session.commit()
    person = session.scalars(sa.select(Person)).one()
    assert person.password_hash
    elsewhere = sa.update(Person).values(password_hash="another")
    session.execute(elsewhere.execution_options(synchronize_session=False))
    with pytest.raises(Refused, match="刚刚在别处修改过"):
        services.change_password(session, old="a-long-password", new="another-password", by=person)
    session.rollback()
