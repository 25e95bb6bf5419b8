"""One SKU for the cart, and what stands beside a product."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from market.catalog.models import Category, Product, ProductState, SupplierState
from market.catalog.queries import similar_products, sku_for_cart
from tests import make


def test_a_sku_on_sale_is_found_with_all_that_the_cart_shows(
    session: Session, count_queries: Any, app: Any
):
    code = make.sku(session).code
    session.commit()
    with count_queries() as statements:
        sku = sku_for_cart(session, code)
        assert sku
        assert sku.product.supplier.name
        assert (sku.product.picture, sku.tiers) == (None, [])
    assert len([one for one in statements if one.startswith("SELECT")]) == 1


@pytest.mark.parametrize("state", sorted(set(ProductState) - {ProductState.LISTED}))
def test_a_sku_that_is_not_on_sale_is_not_found(session: Session, state: ProductState):
    stopped = make.sku(session, is_offered=False)
    unlisted = make.sku(session, product=make.product(session, state=state))
    suspended = make.supplier(session, state=SupplierState.SUSPENDED)
    gone = make.sku(session, product=make.product(session, supplier=suspended))
    for code in (stopped.code, unlisted.code, gone.code, "none"):
        assert sku_for_cart(session, code) is None


def near(session: Session, **given: Any) -> Product:
    product = make.product(session, **given)
    make.sku(session, product=product)
    return product


def test_neighbours_come_before_the_same_shelf(session: Session):
    product = near(session, township="三义乡", category=Category.NOODLES)
    shelf = near(session, township="郁山镇", category=Category.NOODLES, sold_count=99)
    liked = near(session, township="三义乡", category=Category.HONEY_TEA, sold_count=5)
    neighbour = near(session, township="三义乡", category=Category.FRUIT)
    near(session, township="郁山镇", category=Category.FRUIT)
    near(session, township="三义乡", state=ProductState.WITHDRAWN)
    make.product(session, township="三义乡")
    assert similar_products(session, product) == [liked, neighbour, shelf]
    assert similar_products(session, product, most=1) == [liked]
