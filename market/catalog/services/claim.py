"""Before a product is changed: who may, and nobody else at the same moment."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import people_in_role
from market.audit.services import record
from market.catalog.models import Product, ProductState
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.core.states import move
from market.notices.services import tell


def claim_product(session: Session, product: Product, *, by: Person) -> None:
    """Hold the product's row until the end of the transaction.

    Refuses whoever is neither of its supplier nor a coordinator or administrator.
    """
    if not product.supplier.is_changed_by(by):
        raise Refused("只有该商品的供应商和统筹协调人员可以修改，请联系他们。")
    session.execute(
        sa.select(Product.id).where(Product.id == product.id).with_for_update(key_share=True)
    )


def send_back_for_review(session: Session, product: Product, *, by: Person) -> None:
    """Let a coordinator look again, because what was approved has changed.

    A listed product that its supplier changed leaves the shop until it is approved;
    one that waits already is dated anew, so that nobody approves what they didn't see.
    """
    if product.state is ProductState.SUBMITTED:
        product.submitted_at = clock.now()
    if product.state is not ProductState.LISTED or by.supplier_id is None:
        return
    move(session, product, ProductState.SUBMITTED)
    product.submitted_at = clock.now()
    session.flush()
    record(session, "product.sent_back_for_review", product, by=by)
    tell(
        session,
        people_in_role(session, Role.COORDINATOR),
        f"在售商品“{product.name}”已由供应商修改，请重新审核。",
        path="/review",
    )
