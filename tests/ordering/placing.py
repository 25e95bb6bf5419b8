"""Place orders in tests as people do: through the cart and the checkout."""

import secrets
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.catalog.models import Sku
from market.ordering import services
from market.ordering.models import BuyingFor, Cart, Order
from market.ordering.queries import basket_of
from tests import make


def place(
    session: Session,
    by: Person,
    *lines: tuple[Sku, int],
    buying_for: BuyingFor = BuyingFor.SELF,
    **given: Any,
) -> Order:
    """Order SKUs in quantities (milli) for somebody who has no cart yet, or an empty one."""
    cart = session.query(Cart).filter_by(person_id=by.id).one_or_none()
    if cart is None:
        make.cart(session, by, *lines, buying_for=buying_for)
    else:
        cart.buying_for = buying_for
        for sku, milli in lines:
            services.set_line(session, by=by, sku=sku, milli=milli)
    return check_out(session, by, **given)


def check_out(session: Session, by: Person, **given: Any) -> Order:
    """Place the order that somebody's cart makes, at the total it shows."""
    session.flush()
    return services.place_order(
        session,
        by=by,
        **{
            "once_key": secrets.token_urlsafe(9),
            "seen_total_fen": basket_of(session, by).total_fen,
            "receiver": "王芳",
            "phone": "023-0000-0000",
            "address": "两江新区人民路5号",
            "wanted_on": None,
            "remark": "",
        }
        | given,
    )
