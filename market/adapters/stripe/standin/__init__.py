"""A stand-in for Stripe: sessions and a page to pay on, refunds, disputes, and signed notices.

For the demonstration and for tests. Every request and every answer is checked against
the SDK's own types (``contract``), so shapes are Stripe's; the behaviour is ours, after
Stripe's documentation. It forgets everything when it ends, and moves no money.
"""

import secrets
import threading
from collections.abc import Callable
from typing import Any

import stripe
from flask import Flask, Response, abort, jsonify, redirect, render_template_string, request
from stripe.params import DisputeRetrieveParams, RefundCreateParams, RefundListParams
from stripe.params.checkout import SessionCreateParams, SessionRetrieveParams
from werkzeug.serving import make_server

from market.adapters.stripe.standin import shapes
from market.adapters.stripe.standin.office import Office
from market.adapters.stripe.standin.page import PAGE
from market.adapters.stripe.standin.post import now
from market.adapters.stripe.standin.till import SECONDS_ON_ITS_WAY
from market.adapters.stripe.standin.wire import (
    Quiet,
    Thing,
    Wrong,
    checked,
    is_free,
    parameters,
    protect,
)

METHODS = {"card": "银行卡", "alipay": "支付宝", "wechat_pay": "微信支付"}
LEAST_OPEN, MOST_OPEN = 30 * 60, 24 * 3600
EXPANDED = "payment_intent.payment_method"
# What may go wrong besides a status: the work is done and its answer lost; the work is done
# and nothing answers until the client gives up; another call holds the lock, come again.
LOST, SILENT, LOCKED = 0, -1, -2


class StandIn(Office):
    """The till with its doors open: Stripe's API for the shop, pages for the buyer and the shop's people.

    ``troubles`` are answers to give in place of the next ones: a status, or one of
    ``LOST``, ``SILENT`` and ``LOCKED``. A ``SILENT`` one takes ``silence`` seconds.
    """

    def __init__(self, secret: str = "", *, notify: str = "") -> None:
        super().__init__(secret, notify=notify)
        self.key = f"sk_test_{secrets.token_hex(12)}"
        self.base = ""
        self.calls: list[str] = []
        self.troubles: list[int] = []
        self.silence = 0.5
        self._replies: dict[str, tuple[bytes, bytes, int]] = {}
        self._threads: list[threading.Thread] = []
        self._server: Any = None
        self.app = self._make_app()

    def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve beside the shop until ``stop``; another port where this one is taken."""
        free = port if is_free(host, port) else 0
        self._server = make_server(host, free, self.app, True, request_handler=Quiet)
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

    def forget_keys(self) -> None:
        """Forget the idempotency keys, as Stripe does after a day."""
        self._replies.clear()

    def _make_app(self) -> Flask:
        app = Flask("standin", static_folder=None)
        app.before_request(self._gate)
        app.register_error_handler(
            Wrong, lambda wrong: (jsonify(wrong.body), wrong.status, wrong.headers)
        )
        sessions = "/v1/checkout/sessions"
        for address, view, method in (
            (sessions, self._once(self._create), "POST"),
            (f"{sessions}/<session_id>", self._retrieve, "GET"),
            (f"{sessions}/<session_id>/expire", self._once(self._expire), "POST"),
            ("/v1/refunds", self._once(self._refund), "POST"),
            ("/v1/refunds", self._list_refunds, "GET"),
            ("/v1/disputes/<dispute_id>", self._retrieve_dispute, "GET"),
        ):
            app.add_url_rule(address, view_func=view, methods=[method])
        app.add_url_rule("/pay/<session_id>", view_func=self._page, methods=["GET", "POST"])
        app.add_url_rule("/", view_func=self._office, methods=["GET", "POST"])
        app.after_request(_number)
        app.after_request(protect)
        return app

    # How it answers.

    def _gate(self) -> None:
        if not request.path.startswith("/v1/"):
            return
        self.calls.append(f"{request.method} {request.path}")
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise Wrong("Invalid API Key provided.", status=401)
        if not self.troubles or self.troubles[0] in (LOST, SILENT):
            return
        trouble = self.troubles.pop(0)
        wrong = Wrong("Trouble, as ordered.", status=abs(trouble), type="api_error")
        if trouble == LOCKED:
            wrong = Wrong("Another call holds the lock.", status=429, code="lock_timeout")
            wrong.headers = {"Retry-After": "1", "Stripe-Should-Retry": "true"}
        elif trouble == 429:
            wrong = Wrong("Too many requests.", status=429, code="rate_limit")
            wrong.headers = {"Retry-After": "1"}
        raise wrong

    def _once(self, work: Callable[..., Thing]) -> Callable[..., Any]:
        """Answer a call with a key that was used before as it was answered before."""

        def answer(**given: str) -> Any:
            key, body = request.headers.get("Idempotency-Key", ""), request.get_data()
            with self._lock:
                if key in self._replies:
                    first, reply, status = self._replies[key]
                    if first != body:
                        raise Wrong("This key was used otherwise.", type="idempotency_error")
                    return Response(reply, status, content_type="application/json")
                response = jsonify(work(**given))
                if key:
                    self._replies[key] = (body, response.get_data(), response.status_code)
                trouble = self.troubles.pop(0) if self.troubles else None
            if trouble is None:
                return response
            if trouble == SILENT:
                threading.Event().wait(self.silence)
            raise Wrong("Trouble, as ordered.", status=500, type="api_error")

        answer.__name__ = work.__name__
        return answer

    def _create(self) -> Thing:
        params = parameters(SessionCreateParams)
        if params.get("mode") != "payment" or not params.get("line_items"):
            raise Wrong("You must pass `line_items` in `payment` mode.", param="line_items")
        types = params.get("allowed_payment_method_types", ["card"])
        client = params.get("payment_method_options", {}).get("wechat_pay", {}).get("client")
        if "wechat_pay" in types and client != "web":
            raise Wrong("payment_method_options[wechat_pay][client] must be `web`.")
        left = params.setdefault("expires_at", now() + MOST_OPEN) - now()
        if not LEAST_OPEN <= left <= MOST_OPEN:
            raise Wrong("`expires_at` must be 30 minutes to 24 hours away.", param="expires_at")
        id_ = f"cs_test_{secrets.token_hex(20)}"
        session = shapes.session(id_, now(), params, f"{self.base}/pay/{id_}")
        self._sessions[id_] = checked(stripe.checkout.Session, session)
        self._params[id_] = params
        return session

    def _retrieve(self, session_id: str) -> Any:
        expanded = EXPANDED in parameters(SessionRetrieveParams).get("expand", [])
        with self._lock:
            shown = self._with_intent(self._known(session_id), expanded=expanded)
            intent = shown["payment_intent"]
            if isinstance(intent, dict):
                intent["payment_method"] = self._methods[intent["payment_method"]]
        return jsonify(checked(stripe.checkout.Session, shown))

    def _expire(self, session_id: str) -> Thing:
        self._known(session_id)
        return self.expire(session_id)

    def _refund(self) -> Thing:
        params = parameters(RefundCreateParams)
        if "payment_intent" not in params:
            raise Wrong("One of `charge` and `payment_intent` is required.")
        made = self.give_back(
            params["payment_intent"], params.get("amount"), params.get("metadata")
        )
        expanded = "payment_intent" in params.get("expand", [])
        return checked(stripe.Refund, self._with_intent(made, expanded=expanded))

    def _list_refunds(self) -> Any:
        params = parameters(RefundListParams)
        expanded = "data.payment_intent" in params.get("expand", [])
        with self._lock:
            intent = params.get("payment_intent")
            if intent not in self._intents:
                raise Wrong("No such payment_intent.", status=404, code="resource_missing")
            found = [
                checked(stripe.Refund, self._with_intent(refund, expanded=expanded))
                for refund in reversed(self.refunds.values())
                if refund["payment_intent"] == intent
            ]
        page = checked(stripe.ListObject, shapes.listed(found, "/v1/refunds"))
        return jsonify({"object": stripe.ListObject.OBJECT_NAME} | page)

    def _retrieve_dispute(self, dispute_id: str) -> Any:
        expanded = "payment_intent" in parameters(DisputeRetrieveParams).get("expand", [])
        with self._lock:
            if dispute_id not in self.disputes:
                raise Wrong("No such dispute.", status=404, code="resource_missing")
            shown = self._with_intent(self.disputes[dispute_id], expanded=expanded)
        return jsonify(checked(stripe.Dispute, shown))

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
                timer = threading.Timer(
                    SECONDS_ON_ITS_WAY, self.arrive, (session_id,), {"ok": outcome == "later"}
                )
                timer.daemon = True
                timer.start()
            return redirect(
                session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id), 303
            )
        item = self._params[session_id]["line_items"][0]["price_data"]["product_data"]
        page = render_template_string(
            PAGE, session=session, name=item["name"], methods=METHODS, problem=problem
        )
        return page, 402 if problem else 200

    def _known(self, session_id: str) -> Thing:
        if session_id not in self._sessions:
            raise Wrong("No such checkout.session.", status=404, code="resource_missing")
        return self._sessions[session_id]


def _number(response: Response) -> Response:
    """Give an answer the number that Stripe's support would ask for."""
    response.headers["Request-Id"] = f"req_{secrets.token_hex(7)}"
    return response
