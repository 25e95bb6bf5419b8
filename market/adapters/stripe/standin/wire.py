"""How the stand-in reads calls and writes answers: both are checked against the SDK's types."""

import re
import socket
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, request
from werkzeug.serving import WSGIRequestHandler

from market.adapters.stripe import contract

Thing = dict[str, Any]


class Wrong(Exception):
    """A call that Stripe would not accept."""

    def __init__(self, message: str, *, status: int = 400, **given: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = {"error": {"type": "invalid_request_error", "message": message} | given}


class Quiet(WSGIRequestHandler):
    """Serves without a line in the terminal for every request."""

    def log_request(self, *_given: Any) -> None:
        """Say nothing."""


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True


def parameters(kind: Any) -> Thing:
    """Return what a call says, in its body or its address, in the types the SDK names, or refuse it."""
    said = request.get_data(as_text=True) if request.method == "POST" else request.query_string
    text = said if isinstance(said, str) else said.decode()
    given = _unbracketed(parse_qsl(text, keep_blank_values=True))
    wrong = contract.faults(given, kind, form=True)
    if wrong:
        raise Wrong("; ".join(wrong), param=wrong[0].split(":")[0].strip("."))
    typed: Thing = contract.typed(given, kind)
    return typed


def checked(kind: Any, thing: Thing) -> Thing:
    """Return an answer that is Stripe-shaped; another one is a mistake of ours."""
    wrong = contract.faults(thing, kind)
    if wrong:
        raise AssertionError(f"The stand-in's answer is not Stripe's: {wrong}")
    return thing


def protect(response: Response) -> Response:
    """Let a page do nothing but show itself."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    )
    return response


def _unbracketed(pairs: list[tuple[str, str]]) -> Any:
    """Build the object that names like ``line_items[0][quantity]`` describe."""
    root: Thing = {}
    for name, value in pairs:
        *way, last = re.findall(r"[^\[\]]+", name)
        place = root
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return _listed(root)


def _listed(thing: Any) -> Any:
    if not isinstance(thing, dict):
        return thing
    if thing and all(name.isdigit() for name in thing):
        return [_listed(thing[name]) for name in sorted(thing, key=int)]
    return {name: _listed(value) for name, value in thing.items()}
