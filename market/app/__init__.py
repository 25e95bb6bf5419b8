"""The one place that knows every slice: it puts the application together."""

from inspect import iscoroutinefunction
from typing import Any

from flask import Flask
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import joinedload
from werkzeug.middleware.proxy_fix import ProxyFix

from market.accounts import views as accounts
from market.accounts.models import Person
from market.adapters import files
from market.adapters.stripe import Cards, StripeCards
from market.app import chrome, config, errors, protection
from market.audit import views as audit
from market.catalog import views as catalog
from market.core import access, formats
from market.core.db import db, prepare_engine
from market.core.limits import limiter
from market.evidence import views as evidence
from market.fairs import views as fairs
from market.funds import views as funds
from market.notices import views as notices
from market.ordering import views as ordering
from market.payments import views as payments
from market.plan import views as plan
from market.press import views as press
from market.reports import views as reports
from market.targets import views as targets
from market.units import views as units

SLICES = (
    accounts,
    audit,
    catalog,
    evidence,
    fairs,
    funds,
    notices,
    ordering,
    payments,
    plan,
    press,
    reports,
    targets,
    units,
)


def create_app(given: dict[str, Any] | None = None) -> Flask:
    """Build the application from the environment, or from ``given`` settings over it."""
    app = Flask(
        "market",
        template_folder=str(config.ROOT / "templates"),
        static_folder=str(config.ROOT / "static"),
    )
    app.config.from_mapping(config.from_environment())
    app.config.from_mapping(given or {})
    config.settle(app)
    # Else everybody behind a proxy has its address, and shares one limit of failed attempts.
    proxies = app.config["PROXIES"]
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    db.init_app(app)
    # The extension would start an event loop at every request's end, to close async
    # sessions that we don't have.
    app.teardown_appcontext_funcs = [
        end for end in app.teardown_appcontext_funcs if not iscoroutinefunction(end)
    ]
    with app.app_context():
        prepare_engine(db.engine)
    # First of all: whoever is asked for before a request is known to read takes the write lock.
    protection.register(app)
    csrf = CSRFProtect(app)
    limiter.init_app(app)
    _login(app)
    access.guard(app)
    formats.register(app)
    errors.register(app)
    chrome.register(app)
    app.extensions["files"] = files.FolderFiles(app.config["FILES"])
    app.extensions["cards"] = _cards(app)
    for slice_views in SLICES:
        app.register_blueprint(slice_views.bp)
    csrf.exempt(payments.online.hear)  # The processor signs its notices.
    return app


def _cards(app: Flask) -> Cards | None:
    """Return the processor of online payments, if there are keys for one."""
    key, secret = app.config["STRIPE_SECRET_KEY"], app.config["STRIPE_WEBHOOK_SECRET"]
    if not (key and secret):
        return None
    methods = app.config["ONLINE_METHODS"]
    return StripeCards(key, secret, base=app.config["STRIPE_BASE"], methods=methods)


def _login(app: Flask) -> None:
    login = LoginManager(app)
    login.login_view = "accounts.sign_in"
    login.login_message = "请先登录，再继续刚才的操作。"
    login.login_message_category = "info"
    login.session_protection = "strong"

    @login.user_loader
    def load(session_id: str) -> Person | None:
        number, _, stamp = session_id.partition(".")
        if not number.isdecimal():
            return None
        person = db.session.get(Person, int(number), options=[joinedload(Person.unit)])
        return person if person and person.stamp == stamp and person.is_enabled else None
