"""Who may call a view."""

import pytest
from flask import Flask

from market.core import access
from market.core.access import Role, allow, public, signed_in


def test_the_declaration_is_data_on_the_view():
    assert allow(Role.LEAD)(lambda: "").roles == {Role.LEAD}
    assert public(lambda: "").roles is None
    assert signed_in(lambda: "").personal


def test_a_view_without_declaration_fails_closed():
    app = Flask(__name__)
    app.testing = True
    access.guard(app)
    app.add_url_rule("/", view_func=lambda: "open")
    with pytest.raises(AttributeError):
        app.test_client().get("/")


def test_a_visitor_is_sent_to_sign_in_and_a_wrong_role_is_told_whom_to_ask(app, sign_in, buyer):
    assert "/account/sign-in" in app.test_client().get("/audit").location
    reply = sign_in(buyer).get("/audit")
    assert reply.status_code == 403
    assert "统筹协调" in reply.text


def test_an_inspector_reads_and_writes_nothing(sign_in, inspector):
    client = sign_in(inspector)
    assert client.get("/audit").status_code == 200
    assert client.post("/notices/read").status_code == 302
    assert client.post("/payments").status_code in (403, 404, 405)
