"""The home page."""

import pytest

from market.core import clock
from market.targets.models import Channel, CreditTotal
from tests import make


def test_an_empty_shop_says_so(app, session):
    assert "货架还空着" in app.test_client().get("/").text


def test_what_is_in_season_and_in_stock_is_shown_with_what_the_year_has_brought(
    app, session, buyer
):
    month = clock.today().month
    other = month % 12 + 1
    ripe = make.sku(session, product=make.product(session, season_from=month, season_to=month))
    green = make.sku(session, product=make.product(session, season_from=other, season_to=other))
    gone = make.sku(session, stock_milli=0)
    session.add(
        CreditTotal(
            unit_id=buyer.unit_id,
            year=clock.today().year,
            month=1,
            channel=Channel.CANTEEN,
            amount_fen=123_450_000,
        )
    )
    session.commit()
    page = app.test_client().get("/").text
    assert ripe.product.name in page
    session.rollback()
    assert "123.45" in page
    for missing in (green, gone):
        assert f"/goods/{missing.product.code}" not in page


@pytest.mark.parametrize("products", [2, 20])
def test_the_page_needs_six_queries_whatever_is_for_sale(
    session, buyer, sign_in, count_queries, products
):
    for _ in range(products):
        make.sku(session)
    client = sign_in(buyer)
    with count_queries() as statements:
        assert client.get("/").status_code == 200
    assert len(statements) <= 6, statements
