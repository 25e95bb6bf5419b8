"""What every answer carries to protect the person who reads it."""

from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, abort, request
from werkzeug.datastructures import ImmutableMultiDict

from market.core import db


class _Words(ImmutableMultiDict[str, Any]):
    """The words of a query or a form, without NULs: PostgreSQL can neither keep nor find one."""

    def __init__(self, given: Any = None) -> None:
        super().__init__([(_plain(name), _plain(value)) for name, value in given or ()])


class PlainRequest(Request):
    """A request in whose query and forms no text holds a NUL; nobody can type one."""

    parameter_storage_class = _Words


def register(app: Flask) -> None:
    """Send security headers, version static files, and open reads as reads."""
    assert app.static_folder
    static = Path(app.static_folder)
    app.request_class = PlainRequest

    @app.before_request
    def begin() -> None:
        db.say_reading(request.method in ("GET", "HEAD", "OPTIONS"))
        # Nothing of ours has such a name, and PostgreSQL can't look for one.
        if "\0" in request.path:
            abort(404)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        db.say_reading(False)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy())
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if app.config["PRODUCTION"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def policy() -> str:
        cards = app.extensions["cards"]
        # A form that begins a payment is answered with the address of the page to pay on.
        return app.config["POLICY"] + (f" {cards.origin}" if cards else "")

    @app.url_defaults
    def version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            path = static / values["filename"]
            if path.is_file():
                values["v"] = format(path.stat().st_mtime_ns // 1_000_000, "x")

    app.config.setdefault(
        "POLICY",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    )


def _plain(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value
