"""Who may call a view: declared on the view, enforced in one place, closed by default."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from flask_login import current_user

from market.core.labels import Label

View = TypeVar("View", bound=Callable[..., Any])


class Role(Label):
    """What a person does here; each person has one role."""

    SHOPPER = "shopper", "个人购买者"
    CANTEEN = "canteen", "食堂管理员"
    LEAD = "lead", "单位负责人"
    SUPPLIER = "supplier", "供应商"
    COORDINATOR = "coordinator", "统筹协调"
    FUND_OFFICER = "fund_officer", "资金管理"
    COUNTY = "county", "县级责任单位"
    INSPECTOR = "inspector", "督查"
    ADMIN = "admin", "系统管理员"


BUYERS = (Role.SHOPPER, Role.CANTEEN, Role.LEAD)
UNIT_BUYERS = (Role.CANTEEN, Role.LEAD)
DESK = (Role.COORDINATOR, Role.FUND_OFFICER, Role.COUNTY, Role.INSPECTOR, Role.ADMIN)
OVERSEERS = (Role.COORDINATOR, Role.INSPECTOR, Role.ADMIN)


def allow(*roles: Role) -> Callable[[View], View]:
    """Declare that people in any of ``roles`` may call this view."""
    return _declare(frozenset(roles))


def public(view: View) -> View:
    """Declare that anyone may call this view."""
    return _declare(None)(view)


def signed_in(view: View) -> View:
    """Declare that everyone signed in may call this view: it is about themselves."""
    return _declare(frozenset(Role), personal=True)(view)


def _declare(roles: frozenset[Role] | None, *, personal: bool = False) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.roles = roles  # type: ignore[attr-defined]
        view.personal = personal  # type: ignore[attr-defined]
        return view

    return mark


def guard(app: Flask) -> None:
    """Check every request against the declaration on its view.

    An inspector reads everything and changes nothing: whatever a view declares,
    only requests about themselves (password, signing out) may write.
    """

    @app.before_request
    def check() -> Any:
        if request.endpoint in (None, "static"):
            return None
        view: Any = current_app.view_functions[request.endpoint]
        if view.roles is None:
            return None
        if not current_user.is_authenticated:
            return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        if current_user.role not in view.roles:
            abort(403)
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        if current_user.role is Role.INSPECTOR and not (reads or view.personal):
            abort(403)
        return None
