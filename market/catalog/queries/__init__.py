"""Ask what is for sale."""

from market.catalog.queries.desk import (
    all_suppliers,
    own_product_for,
    own_sku_for,
    review_queue,
    stock_movements_of,
    stocked_products,
    suppliers,
    verify_stock,
)
from market.catalog.queries.shelves import Filters, Shelf, Sort, listing, price_expression
from market.catalog.queries.shop import (
    product_for,
    similar_products,
    sku_for_cart,
    supplier_by_code,
    supplier_for,
)

__all__ = [
    "Filters",
    "Shelf",
    "Sort",
    "all_suppliers",
    "listing",
    "own_product_for",
    "own_sku_for",
    "price_expression",
    "product_for",
    "review_queue",
    "similar_products",
    "sku_for_cart",
    "stock_movements_of",
    "stocked_products",
    "supplier_by_code",
    "supplier_for",
    "suppliers",
    "verify_stock",
]
