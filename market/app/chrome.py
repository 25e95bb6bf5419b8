"""What surrounds every page: the navigation of a role, and the counts beside it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, g, request, url_for
from flask_login import current_user

from market.accounts.models import Person
from market.core import clock
from market.core.access import Role
from market.core.db import db
from market.notices.models import Notice
from market.ordering.models import Cart, CartLine

GOODS = ("商品", "catalog.index", "basket")
SHOP = (("首页", "press.home", "home"), GOODS)
FUNDS = ("帮扶资金", "funds.index", "coins")
BOARD = ("采购看板", "targets.board", "chart-bar")
PLAN = ("帮扶方案", "plan.index", "file-text")
ORDERS = ("订单", "ordering.index", "clipboard-list")
UNITS = ("单位", "units.index", "building")
AUDIT = ("操作记录", "audit.index", "history")
PEOPLE = ("人员", "accounts.people", "users")
PAYMENTS = ("收款", "payments.desk", "wallet")
STATEMENTS = ("结算单", "payments.statements", "receipt")
TARGETS = ("任务下达", "targets.entries", "target")
OUTSIDE = ("平台外申报", "targets.outside", "clipboard-check")
FAIRS = ("展销", "fairs.index", "building-store")
REVIEW = ("商品审核", "catalog.review", "checkbox")
CLAIMS = ("售后", "ordering.claims", "message-report")
BULLETINS = ("通报", "reports.bulletins", "file-text")
APPROVALS = ("审批", "ordering.approvals", "checkbox")
SHIPPING = ("发货", "ordering.consignments", "truck")

NAVIGATION: dict[Role | None, tuple[tuple[str, str, str], ...]] = {
    None: (*SHOP, FAIRS, PLAN),
    Role.SHOPPER: (*SHOP, ORDERS, ("本单位", "targets.mine", "target"), PLAN),
    Role.CANTEEN: (
        *SHOP,
        ORDERS,
        STATEMENTS,
        ("本单位", "targets.mine", "target"),
        BULLETINS,
        OUTSIDE,
        PLAN,
    ),
    Role.LEAD: (
        *SHOP,
        ORDERS,
        APPROVALS,
        STATEMENTS,
        ("本单位", "targets.mine", "target"),
        BULLETINS,
        OUTSIDE,
        PEOPLE,
        PLAN,
    ),
    Role.SUPPLIER: (
        SHIPPING,
        ("我的商品", "catalog.desk", "package"),
        CLAIMS,
        STATEMENTS,
        FAIRS,
        *SHOP,
        PLAN,
    ),
    Role.COORDINATOR: (
        BOARD,
        UNITS,
        TARGETS,
        REVIEW,
        PAYMENTS,
        STATEMENTS,
        ORDERS,
        CLAIMS,
        FAIRS,
        PEOPLE,
        FUNDS,
        AUDIT,
        GOODS,
        PLAN,
    ),
    Role.FUND_OFFICER: (
        BOARD,
        FUNDS,
        PAYMENTS,
        STATEMENTS,
        ORDERS,
        UNITS,
        AUDIT,
        GOODS,
        PLAN,
    ),
    Role.COUNTY: (BOARD, FUNDS, GOODS, PLAN),
    Role.INSPECTOR: (
        BOARD,
        UNITS,
        TARGETS,
        REVIEW,
        ORDERS,
        CLAIMS,
        PAYMENTS,
        STATEMENTS,
        FAIRS,
        FUNDS,
        PEOPLE,
        AUDIT,
        GOODS,
        PLAN,
    ),
    Role.ADMIN: (BOARD, FUNDS, UNITS, PEOPLE, AUDIT, GOODS, PLAN),
}

# Pages that lie below no entry's own address, and below which entry a reader finds them: the
# first of these that the role has. The longest beginning of an address decides.
FOUND_BELOW: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/reports", ("targets.board", "targets.mine")),
    ("/reports/published", ("reports.bulletins",)),
    ("/reports/money", ("funds.index",)),
    ("/reports/disclosure", ("funds.index",)),
    ("/targets/periods", ("targets.board",)),
    ("/outside", ("targets.board",)),
    ("/reserves", ("targets.entries", "targets.mine", "targets.board")),
    ("/units", ("targets.mine", "targets.board")),
    ("/consignments", ("ordering.index",)),
    ("/my-money", ("ordering.index",)),
    ("/refunds", ("payments.desk",)),
    ("/disputes", ("payments.desk",)),
    ("/desk", ("catalog.desk", "catalog.review")),
    ("/suppliers", ("catalog.index",)),
    ("/account/invitations", ("accounts.people",)),
)


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation; ``current`` says whether its page is shown, or one below it."""

    endpoint: str
    label: str
    url: str
    icon: str
    current: str


@dataclass(frozen=True)
class Chrome:
    """The counts beside the navigation, and whether the world is a demonstration."""

    cart_count: int
    unread_count: int
    demo: bool


def register(app: Flask) -> None:
    """Give every template ``nav``, ``chrome`` and ``today``."""
    app.jinja_env.globals.update(this_page=this_page, icons=icons)

    @app.context_processor
    def surround() -> dict[str, Any]:
        return {"nav": navigation(), "chrome": _counts(), "today": clock.today(), "Role": Role}


def this_page(**changed: Any) -> str:
    """Return the address of the page shown with its query changed; ``None`` takes a word out."""
    query = {**request.args.to_dict(flat=False), **changed}
    query = {name: value for name, value in query.items() if value is not None}
    return f"{request.path}?{urlencode(query, doseq=True)}" if query else request.path


def icons() -> str:
    """Return the address of the drawings, which a page names dozens of times."""
    if "icons" not in g:
        g.icons = url_for("static", filename="icons.svg")
    return str(g.icons)


def navigation() -> list[NavItem]:
    """Return the entries for whoever reads, with the mark of the one whose page is shown.

    The mark is ARIA's: "page" for the entry's own page, "true" for one below it.
    """
    role = current_user.role if current_user.is_authenticated else None
    urls = {endpoint: url_for(endpoint) for _, endpoint, _ in NAVIGATION[role]}
    lies = {url: endpoint for endpoint, url in urls.items()}
    for address, endpoints in FOUND_BELOW:
        # Where the role has none of them the page lies below nothing, rather than below less.
        lies.setdefault(address, next((one for one in endpoints if one in urls), ""))
    path = request.path
    above = [address for address in lies if path == address or path.startswith(f"{address}/")]
    shown = lies[max(above, key=len)] if above else ""
    return [
        NavItem(
            endpoint,
            label,
            urls[endpoint],
            icon,
            "" if endpoint != shown else "page" if urls[endpoint] == path else "true",
        )
        for label, endpoint, icon in NAVIGATION[role]
    ]


def _counts() -> Chrome:
    """Ask for everything around the page in one query, once per request."""
    if "chrome" not in g:
        person_id = current_user.id if current_user.is_authenticated else 0
        lines = sa.select(sa.func.count(CartLine.id)).join(Cart, Cart.id == CartLine.cart_id)
        unread = sa.select(sa.func.count(Notice.id)).where(Notice.read_at.is_(None))
        row = db.session.execute(
            sa.select(
                lines.where(Cart.person_id == person_id).scalar_subquery(),
                unread.where(Notice.person_id == person_id).scalar_subquery(),
                sa.select(Person.id).where(Person.is_demo).exists(),
            )
        ).one()
        g.chrome = Chrome(*row)
    return g.chrome
