"""What a person reads when something can't be done."""

import re
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, current_app, flash, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException

from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused

OF_MONEY = ("funds", "plan", "reports")  # The blueprints that show the plan's money.


def register(app: Flask) -> None:
    """Answer every error with a page that says the next step."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(Forbidden, forbidden)
    app.register_error_handler(sa.exc.OperationalError, busy)
    app.register_error_handler(LookupError, illegible)
    for code in (400, 404, 405, 413, 429):
        app.register_error_handler(code, plain)
    app.register_error_handler(500, broken)


def refused(refusal: Refused) -> Any:
    """Show a refusal that no form caught on the page the person came from."""
    db.session.rollback()
    back = _same_site_referrer()
    if back and request.method == "POST":
        flash(str(refusal), "danger")
        return redirect(back)
    return render_template("errors/refused.html", refusal=refusal), 409


def forged(_error: CSRFError) -> Any:
    """Ask for the form to be sent again from a fresh page."""
    return render_template("errors/400.html", expired=True), 400


def forbidden(_error: Forbidden) -> Any:
    """Say whose page it is, and whom to ask."""
    view: Any = current_app.view_functions.get(request.endpoint or "")
    roles = getattr(view, "roles", None) or ()
    whom = [role.label for role in Role if role in roles]
    return render_template("errors/403.html", whom=whom), 403


def plain(error: HTTPException) -> Any:
    """Show the page of an HTTP error."""
    name = {405: 404}.get(error.code or 400, error.code)
    return render_template(f"errors/{name}.html", error=error), error.code


def busy(error: sa.exc.OperationalError) -> Any:
    """Say that the database has too much to do; what was done was undone."""
    current_app.logger.warning("database busy: %s", error.orig)
    db.session.rollback()
    return _standing_alone(busy=True), 503


def illegible(error: LookupError) -> Any:
    """Say that the plan's money can't be read: a row that others name is gone, or has a word of no list.

    Only there can it be the data's fault alone: whoever changed them is found by ``verify``.
    """
    if request.blueprint not in OF_MONEY:
        raise error
    current_app.logger.error("the plan's money can't be read", exc_info=error)
    db.session.rollback()
    return render_template("errors/illegible.html"), 503


def broken(_error: HTTPException) -> Any:
    """Say that it is our fault; the page needs no database."""
    return _standing_alone(busy=False), 500


def _standing_alone(*, busy: bool) -> str:
    """Write the page without what surrounds every other, which would ask the database again."""
    return current_app.jinja_env.get_template("errors/500.html").render(busy=busy)


def _is_page(path: str) -> bool:
    """Say whether an address can be opened: one that a form was refused at takes forms alone."""
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True


def _same_site_referrer() -> str | None:
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:  # Half an IPv6 address, for one.
        return None
    # Two slashes at the start of a path would name another site.
    if referrer.netloc not in ("", request.host) or not re.match(r"/(?!/)", referrer.path):
        return None
    if _is_page(referrer.path):
        return referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return None
