"""A stand-in for Stripe: Checkout Sessions, a page to pay on, and signed notices.

For the demonstration and for tests. Every request and every answer is checked against
the SDK's own types (``contract``), so shapes are Stripe's; the behaviour is ours, after
Stripe's documentation. It forgets everything when it ends, and moves no money.
"""

import copy
import hashlib
import hmac
import json
import queue
import re
import secrets
import socket
import threading
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import stripe
from flask import Flask, Response, abort, jsonify, redirect, render_template_string, request
from stripe.params.checkout import SessionCreateParams
from werkzeug.serving import WSGIRequestHandler, make_server

from market.adapters.stripe import contract, shapes
from market.adapters.stripe.page import PAGE
from market.core import clock

METHODS = {"card": "银行卡", "alipay": "支付宝", "wechat_pay": "微信支付"}
SECONDS_BETWEEN = (0.0, 0.5, 2.0, 8.0, 30.0)
LEAST_OPEN, MOST_OPEN = 30 * 60, 24 * 3600
EXPANDED = "payment_intent.payment_method"

Thing = dict[str, Any]


class _Wrong(Exception):
    """A call that Stripe would not accept."""

    def __init__(self, message: str, *, status: int = 400, **given: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": "invalid_request_error", "message": message} | given}


class StandIn:
    """Sessions and payments in memory; notices go to ``notify``, or wait in ``events``."""

    def __init__(self, secret: str = "", *, notify: str = "") -> None:
        self.key = f"sk_test_{secrets.token_hex(12)}"
        self.secret = secret or f"whsec_{secrets.token_hex(16)}"
        self.notify = notify
        self.base = ""
        self.events: list[Thing] = []
        self.calls: list[str] = []
        # Answers to give in place of the next ones: a status, or nothing for silence after work.
        self.troubles: list[int] = []
        self._sessions: dict[str, Thing] = {}
        self._params: dict[str, Thing] = {}
        self._intents: dict[str, Thing] = {}
        self._methods: dict[str, Thing] = {}
        self._replies: dict[str, tuple[bytes, bytes, int]] = {}
        self._lock = threading.RLock()
        self._letters: queue.Queue[Thing | None] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._server: Any = None
        self.app = self._make_app()

    def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve beside the shop until ``stop``; another port where this one is taken."""
        free = port if _is_free(host, port) else 0
        self._server = make_server(host, free, self.app, True, request_handler=_Quiet)
        self.base = f"http://{host}:{self._server.server_port}"
        for work in (self._server.serve_forever, self._send_letters):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End serving, and wait until it has ended."""
        self._letters.put(None)
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()

    # What happens on the page; tests call these too.

    def pay(self, session_id: str, method: str = "card", *, later: bool = False) -> None:
        """Complete a session; ``later`` leaves the money on its way."""
        with self._lock:
            session = self._open(session_id)
            made = _now()
            status = "processing" if later else "succeeded"
            intent = shapes.intent(
                f"pi_{secrets.token_hex(12)}", made, session, self._params[session_id], status
            )
            paid_by = shapes.method(f"pm_{secrets.token_hex(12)}", made, method)
            intent["payment_method"] = paid_by["id"]
            self._methods[paid_by["id"]] = _checked(stripe.PaymentMethod, paid_by)
            self._intents[intent["id"]] = _checked(stripe.PaymentIntent, intent)
            session |= {
                "status": "complete",
                "payment_status": "unpaid" if later else "paid",
                "payment_intent": intent["id"],
                "url": None,
            }
            self._sessions[session_id] = _checked(stripe.checkout.Session, session)
            self._tell("completed", session)

    def arrive(self, session_id: str, *, ok: bool = True) -> None:
        """Let money that was on its way arrive, or fail."""
        with self._lock:
            session = self._sessions[session_id]
            intent = self._intents[session["payment_intent"]]
            intent["status"] = "succeeded" if ok else "requires_payment_method"
            if ok:
                intent["amount_received"] = intent["amount"]
                session["payment_status"] = "paid"
            self._tell("async_payment_succeeded" if ok else "async_payment_failed", session)

    def expire(self, session_id: str) -> Thing:
        """Close a session that nobody completed."""
        with self._lock:
            session = self._open(session_id)
            session |= {"status": "expired", "url": None}
            self._tell("expired", _checked(stripe.checkout.Session, session))
            return session

    def alter(self, session_id: str, **given: Any) -> None:
        """Change a session behind everybody's back: another amount, say."""
        self._sessions[session_id] |= given

    def signed(self, event: Thing, *, at: int | None = None) -> tuple[bytes, str]:
        """Return a notice's body and its signature."""
        body, at = json.dumps(event), at or _now()
        digest = hmac.new(self.secret.encode(), f"{at}.{body}".encode(), hashlib.sha256)
        return body.encode(), f"t={at},v1={digest.hexdigest()}"

    # How it answers.

    def _make_app(self) -> Flask:
        app = Flask("standin", static_folder=None)
        app.before_request(self._gate)
        app.register_error_handler(_Wrong, lambda wrong: (jsonify(wrong.body), wrong.status))
        sessions = "/v1/checkout/sessions"
        app.add_url_rule(sessions, view_func=self._once(self._create), methods=["POST"])
        app.add_url_rule(f"{sessions}/<session_id>", view_func=self._retrieve)
        app.add_url_rule(
            f"{sessions}/<session_id>/expire", view_func=self._once(self._expire), methods=["POST"]
        )
        app.add_url_rule("/pay/<session_id>", view_func=self._page, methods=["GET", "POST"])
        app.after_request(_protect)
        return app

    def _gate(self) -> None:
        if not request.path.startswith("/v1/"):
            return
        self.calls.append(f"{request.method} {request.path}")
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise _Wrong("Invalid API Key provided.", status=401)
        if self.troubles and self.troubles[0] > 0:
            raise _Wrong("Trouble, as ordered.", status=self.troubles.pop(0), type="api_error")

    def _once(self, work: Callable[..., Thing]) -> Callable[..., Any]:
        """Answer a call with a key that was used before as it was answered before."""

        def answer(**given: str) -> Any:
            key, body = request.headers.get("Idempotency-Key", ""), request.get_data()
            with self._lock:
                if key in self._replies:
                    first, reply, status = self._replies[key]
                    if first != body:
                        raise _Wrong("This key was used otherwise.", type="idempotency_error")
                    return Response(reply, status, content_type="application/json")
                response = jsonify(work(**given))
                if key:
                    self._replies[key] = (body, response.get_data(), response.status_code)
            if self.troubles:  # The work is done, and the answer is lost.
                self.troubles.pop(0)
                raise _Wrong("Trouble, as ordered.", status=500, type="api_error")
            return response

        answer.__name__ = work.__name__
        return answer

    def _create(self) -> Thing:
        params = _parameters(SessionCreateParams)
        if params.get("mode") != "payment" or not params.get("line_items"):
            raise _Wrong("You must pass `line_items` in `payment` mode.", param="line_items")
        types = params.get("allowed_payment_method_types", ["card"])
        client = params.get("payment_method_options", {}).get("wechat_pay", {}).get("client")
        if "wechat_pay" in types and client != "web":
            raise _Wrong("payment_method_options[wechat_pay][client] must be `web`.")
        left = params.setdefault("expires_at", _now() + MOST_OPEN) - _now()
        if not LEAST_OPEN <= left <= MOST_OPEN:
            raise _Wrong("`expires_at` must be 30 minutes to 24 hours away.", param="expires_at")
        id_ = f"cs_test_{secrets.token_hex(20)}"
        session = shapes.session(id_, _now(), params, f"{self.base}/pay/{id_}")
        self._sessions[id_] = _checked(stripe.checkout.Session, session)
        self._params[id_] = params
        return session

    def _retrieve(self, session_id: str) -> Any:
        with self._lock:
            shown = copy.deepcopy(self._known(session_id))
            intent = copy.deepcopy(self._intents.get(shown["payment_intent"] or ""))
            if intent and EXPANDED in request.args.values():
                intent["payment_method"] = self._methods[intent["payment_method"]]
                shown["payment_intent"] = intent
        return jsonify(_checked(stripe.checkout.Session, shown))

    def _expire(self, session_id: str) -> Thing:
        self._known(session_id)
        return self.expire(session_id)

    def _page(self, session_id: str) -> Any:
        session = self._sessions.get(session_id) or abort(404)
        outcome, problem = request.form.get("outcome", ""), ""
        if outcome == "leave":
            return redirect(session["cancel_url"], 303)
        if session["status"] != "open":
            problem = "这个付款页面已经关闭，不能再付款，请返回商城。"
        elif outcome == "declined":
            problem = (
                "付款没有成功（演示）：发卡行拒绝了这次付款，没有扣款。请换一种方式，或返回商城。"
            )
        elif outcome in METHODS or outcome in ("later", "late_failure"):
            self.pay(
                session_id, outcome if outcome in METHODS else "card", later=outcome not in METHODS
            )
            if outcome not in METHODS:
                timer = threading.Timer(6, self.arrive, (session_id,), {"ok": outcome == "later"})
                timer.daemon = True
                timer.start()
            return redirect(
                session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id), 303
            )
        page = render_template_string(PAGE, session=session, methods=METHODS, problem=problem)
        return page, 402 if problem else 200

    def _known(self, session_id: str) -> Thing:
        if session_id not in self._sessions:
            raise _Wrong("No such checkout.session.", status=404, code="resource_missing")
        return self._sessions[session_id]

    def _open(self, session_id: str) -> Thing:
        session = self._sessions[session_id]
        if session["status"] != "open":
            raise _Wrong('Only sessions with a status in ["open"] can be changed.')
        return session

    def _tell(self, what: str, session: Thing) -> None:
        kind, about = f"checkout.session.{what}", copy.deepcopy(session)
        id_ = f"evt_{secrets.token_hex(12)}"
        event = shapes.event(id_, _now(), stripe.api_version, kind, about)
        self.events.append(_checked(stripe.Event, event))
        if self.notify:
            self._letters.put(event)

    def _send_letters(self) -> None:
        """Send notices one after another; each is tried a few times, as Stripe does for days."""
        while event := self._letters.get():
            for seconds in SECONDS_BETWEEN:
                threading.Event().wait(seconds)
                if self._send(event):
                    break

    def _send(self, event: Thing) -> bool:
        body, signature = self.signed(event)
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        letter = urllib.request.Request(self.notify, body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(letter, timeout=10) as reply:  # noqa: S310
                return 200 <= reply.status < 300
        except OSError:
            return False


class _Quiet(WSGIRequestHandler):
    """Serves without a line in the terminal for every request."""

    def log_request(self, *_given: Any) -> None:
        """Say nothing."""


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True


def _parameters(kind: Any) -> Thing:
    """Return what the body of a call says, in the types the SDK names, or refuse it."""
    given = _unbracketed(parse_qsl(request.get_data(as_text=True), keep_blank_values=True))
    wrong = contract.faults(given, kind, form=True)
    if wrong:
        raise _Wrong("; ".join(wrong), param=wrong[0].split(":")[0].strip("."))
    typed: Thing = contract.typed(given, kind)
    return typed


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


def _checked(kind: Any, thing: Thing) -> Thing:
    """Return an answer that is Stripe-shaped; another one is a mistake of ours."""
    wrong = contract.faults(thing, kind)
    if wrong:
        raise AssertionError(f"The stand-in's answer is not Stripe's: {wrong}")
    return thing


def _protect(response: Response) -> Response:
    response.headers["Request-Id"] = f"req_{secrets.token_hex(7)}"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    )
    return response


def _now() -> int:
    return int(clock.now().timestamp())
