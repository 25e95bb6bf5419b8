"""Settings of a deployment, from the environment; see docs/operations.md."""

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Any

from flask import Flask

from market.adapters.stripe import METHODS

ROOT = Path(__file__).resolve().parents[2]
UPLOAD_BYTES = 10 * 1024 * 1024


def from_environment() -> dict[str, Any]:
    """Read the settings; what is not given suits a first run on one's own machine."""
    home = Path(os.environ.get("MARKET_HOME", ROOT / "var"))
    return {
        "HOME": home,
        "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{home / 'market.sqlite'}"),
        "FILES": Path(os.environ.get("MARKET_FILES", home / "files")),
        "SECRET_KEY": os.environ.get("MARKET_SECRET_KEY"),
        "PRODUCTION": os.environ.get("MARKET_PRODUCTION", "0") == "1",
        "STRIPE_SECRET_KEY": os.environ.get("MARKET_STRIPE_SECRET_KEY", ""),
        "STRIPE_WEBHOOK_SECRET": os.environ.get("MARKET_STRIPE_WEBHOOK_SECRET", ""),
        "STRIPE_BASE": os.environ.get("MARKET_STRIPE_BASE", ""),
        "ONLINE_METHODS": os.environ.get("MARKET_ONLINE_METHODS", ",".join(METHODS)),
        "PROXIES": int(os.environ.get("MARKET_PROXIES", "0")),
        # A form may carry a few pictures of up to 10 MB; each is checked by itself.
        "MAX_CONTENT_LENGTH": 5 * UPLOAD_BYTES,
        "MAX_FORM_PARTS": 5000,
        "PERMANENT_SESSION_LIFETIME": dt.timedelta(hours=12),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "WTF_I18N_ENABLED": False,
        "WTF_CSRF_TIME_LIMIT": None,  # It lives as long as the session does.
        "RATELIMIT_STORAGE_URI": "memory://",
        "RATELIMIT_STRATEGY": "fixed-window",
    }


def settle(app: Flask) -> None:
    """Finish the settings: the engine, the key, and what production demands."""
    settings = app.config
    settings["SESSION_COOKIE_SECURE"] = settings["PRODUCTION"]
    if settings["PRODUCTION"] and not settings["SECRET_KEY"]:
        raise RuntimeError("MARKET_SECRET_KEY must be set in production.")
    if settings["PRODUCTION"] and settings["STRIPE_BASE"]:
        raise RuntimeError("MARKET_STRIPE_BASE is for the stand-in; production talks to Stripe.")
    wanted = {word.strip() for word in settings["ONLINE_METHODS"].split(",")}
    if wanted - set(METHODS):
        raise RuntimeError(f"MARKET_ONLINE_METHODS must name some of {', '.join(METHODS)}.")
    settings["ONLINE_METHODS"] = tuple(method for method in METHODS if method in wanted)
    if not settings["SECRET_KEY"]:
        settings["SECRET_KEY"] = _kept_secret(settings["HOME"])
    url = settings["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    settings.setdefault("SQLALCHEMY_ENGINES", {"default": engine(url)})


def engine(url: str) -> dict[str, Any]:
    """Return the engine options that suit a database address."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return {"url": url}
    return {
        "url": url,
        "pool_size": 8,
        "pool_pre_ping": True,
        "connect_args": {"options": "-c timezone=UTC -c lock_timeout=10000"},
    }


def _kept_secret(home: Path) -> str:
    """Return a secret made on the first run and kept beside the database."""
    path = home / "secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()
