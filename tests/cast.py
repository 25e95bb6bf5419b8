"""The people who appear in tests; each test gets only those it names."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.core.access import Role
from tests import make


@pytest.fixture
def buyer(session: Session) -> Person:
    """王芳 runs a canteen."""
    return make.person(session, name="王芳")


@pytest.fixture
def colleague(session: Session, buyer: Person) -> Person:
    """孙丽 runs the same canteen, and signs as the second person."""
    return make.person(session, name="孙丽", unit=buyer.unit)


@pytest.fixture
def lead(session: Session, buyer: Person) -> Person:
    """周强 leads 王芳's unit and approves what she orders."""
    return make.person(session, name="周强", role=Role.LEAD, unit=buyer.unit)


@pytest.fixture
def shopper(session: Session, buyer: Person) -> Person:
    """吴敏 works in 王芳's unit and buys for herself."""
    return make.person(session, name="吴敏", role=Role.SHOPPER, unit=buyer.unit)


@pytest.fixture
def stranger(session: Session) -> Person:
    """赵强 buys for another unit, and may see nothing of 王芳's."""
    return make.person(session, name="赵强")


@pytest.fixture
def coordinator(session: Session) -> Person:
    """李梅 watches over every unit."""
    return make.person(session, name="李梅", role=Role.COORDINATOR)


@pytest.fixture
def inspector(session: Session) -> Person:
    """郑洁 reads everything and changes nothing."""
    return make.person(session, name="郑洁", role=Role.INSPECTOR)


@pytest.fixture
def admin(session: Session) -> Person:
    """The administrator."""
    return make.person(session, name="管理员", role=Role.ADMIN)


@pytest.fixture
def vendor(session: Session) -> Any:
    """田勇 sells for a cooperative of 三义乡."""
    return make.supplier_person(session, make.supplier(session), name="田勇")
