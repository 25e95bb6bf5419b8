"""Pages of a long list."""

import pytest
import sqlalchemy as sa

from market.core.paging import page_of, rows_page_of
from market.units.models import Unit
from tests import make


@pytest.mark.parametrize(
    ("asked", "number", "shown"), [(1, 1, 2), (2, 2, 1), (0, 1, 2), (-5, 1, 2), (99, 2, 1)]
)
def test_a_page_beyond_either_end_is_the_nearest(session, asked, number, shown):
    for _ in range(3):
        make.unit(session)
    page = page_of(session, sa.select(Unit).order_by(Unit.id), asked, size=2)
    assert (page.number, len(page.items), page.total, page.pages) == (number, shown, 3, 2)


def test_an_empty_list_has_one_page(session):
    page = page_of(session, sa.select(Unit))
    assert (page.items, page.pages, page.total) == ([], 1, 0)


def test_rows_of_several_columns_can_be_paged(session):
    unit = make.unit(session)
    page = rows_page_of(session, sa.select(Unit.id, Unit.id, Unit.name))
    assert [tuple(row) for row in page.items] == [(unit.id, unit.id, unit.name)]
