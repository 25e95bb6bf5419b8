"""Change what is for sale."""

from market.catalog.services.claim import claim_product, send_back_for_review
from market.catalog.services.listing import (
    approve_listing,
    return_listing,
    submit_product,
    withdraw_product,
)
from market.catalog.services.products import (
    REVIEWED,
    ProductFacts,
    add_certificate,
    change_product,
    make_product,
    note_certificate,
    set_picture,
)
from market.catalog.services.skus import (
    SkuFacts,
    Tier,
    change_sku,
    make_sku,
    set_tiers,
)
from market.catalog.services.stock import (
    adjust_stock,
    note_sale,
    receive_stock,
    return_stock,
    take_in_returned,
    take_stock,
)
from market.catalog.services.suppliers import (
    SupplierFacts,
    change_supplier,
    make_supplier,
    resume_supplier,
    suspend_supplier,
)

__all__ = [
    "REVIEWED",
    "ProductFacts",
    "SkuFacts",
    "SupplierFacts",
    "Tier",
    "add_certificate",
    "adjust_stock",
    "approve_listing",
    "change_product",
    "change_sku",
    "change_supplier",
    "claim_product",
    "make_product",
    "make_sku",
    "make_supplier",
    "note_certificate",
    "note_sale",
    "receive_stock",
    "resume_supplier",
    "return_listing",
    "return_stock",
    "send_back_for_review",
    "set_picture",
    "set_tiers",
    "submit_product",
    "suspend_supplier",
    "take_in_returned",
    "take_stock",
    "withdraw_product",
]
