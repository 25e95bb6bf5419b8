"""The application as a whole: settings, protection, errors, navigation."""

import re

import pytest
import sqlalchemy as sa
from flask_limiter.util import get_remote_address

from market.app import chrome, config, create_app
from market.core.access import Role, public
from market.core.errors import Refused
from market.units.models import Unit
from tests import make


@pytest.fixture
def other(tmp_path):
    """Build another application, on settings of its own."""

    def other(**given):
        return create_app({"HOME": tmp_path, "FILES": tmp_path / "files"} | given)

    return other


def test_production_needs_a_secret_of_its_own(other, tmp_path):
    url = f"sqlite:///{tmp_path / 'p.sqlite'}"
    with pytest.raises(RuntimeError, match="MARKET_SECRET_KEY"):
        other(PRODUCTION=True, SECRET_KEY=None, DATABASE_URL=url)
    app = other(PRODUCTION=True, SECRET_KEY="x" * 40, DATABASE_URL=url)
    assert app.config["SESSION_COOKIE_SECURE"]


def test_keys_turn_online_payments_on_and_production_knows_no_stand_in(other, tmp_path):
    given = {"DATABASE_URL": f"sqlite:///{tmp_path / 'p.sqlite'}", "SECRET_KEY": "x" * 40}
    keys = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"}
    app = other(PRODUCTION=True, **given, **keys)
    with app.test_client().get("/static/app.css") as reply:
        policy = reply.headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' https://checkout.stripe.com")
    assert other(**given, STRIPE_SECRET_KEY="sk_live_x").extensions["cards"] is None
    with pytest.raises(RuntimeError, match="MARKET_STRIPE_BASE"):
        other(PRODUCTION=True, **given, **keys, STRIPE_BASE="http://127.0.0.1:1")


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "10.2.2.2")])
def test_only_a_proxy_that_is_there_says_who_asks(other, tmp_path, proxies, address):
    app = other(PROXIES=proxies, DATABASE_URL=f"sqlite:///{tmp_path / 'p.sqlite'}")
    app.before_request_funcs[None] = [lambda: get_remote_address()]
    client = app.test_client()
    assert client.get("/", headers={"X-Forwarded-For": "10.1.1.1, 10.2.2.2"}).text == address


def test_elsewhere_a_secret_is_made_once_and_kept_from_others(other, tmp_path):
    url = f"sqlite:///{tmp_path / 'p.sqlite'}"
    first = other(SECRET_KEY=None, DATABASE_URL=url)
    again = other(SECRET_KEY=None, DATABASE_URL=url)
    assert first.config["SECRET_KEY"] == again.config["SECRET_KEY"]
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_an_address_of_postgresql_gets_our_driver_and_a_pool(tmp_path):
    assert config.engine("postgresql+psycopg://x/y")["pool_size"] == 8
    assert config.engine(f"sqlite:///{tmp_path}/deep/a.sqlite")["url"].endswith("a.sqlite")
    assert (tmp_path / "deep").is_dir()


def test_every_answer_carries_its_protection(app):
    headers = app.test_client().get("/plan").headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_static_files_are_named_with_their_version_and_kept_long(app):
    with app.test_request_context():
        url = app.url_for("static", filename="app.css")
    assert "v=" in url
    with app.test_client().get(url) as reply:
        assert "immutable" in reply.headers["Cache-Control"]


@pytest.fixture
def faulty(app):
    """Views that go wrong, each in its own way; taken out again afterwards."""

    def refusing():
        raise Refused("库存不足。")

    def locked():
        raise sa.exc.OperationalError("x", {}, Exception("database is locked"))

    def broken():
        raise ZeroDivisionError

    names = {"plan.index": refusing, "plan.projects": locked, "press.home": broken}
    kept = {name: app.view_functions[name] for name in names}
    app.view_functions.update({name: public(view) for name, view in names.items()})
    app.testing = False
    yield app.test_client()
    app.testing = True
    app.view_functions.update(kept)


def test_the_page_of_a_fault_asks_the_database_nothing(faulty, count_queries):
    with count_queries() as statements:
        assert faulty.get("/").status_code == 500
        assert faulty.get("/plan/projects").status_code == 503
    assert statements == []


def test_what_goes_wrong_is_answered_with_a_page_that_says_the_next_step(faulty):
    refused = faulty.get("/plan")
    assert (refused.status_code, "库存不足。" in refused.text) == (409, True)
    busy = faulty.get("/plan/projects")
    assert busy.status_code == 503
    broken = faulty.get("/")
    assert broken.status_code == 500
    assert "ZeroDivisionError" not in broken.text
    assert faulty.get("/no-such-page").status_code == 404


def test_a_refused_button_goes_back_to_its_own_site_only(app):
    def refuse():
        raise Refused("已经签过了。")

    kept = app.view_functions["notices.read"]
    app.view_functions["notices.read"] = public(refuse)
    try:
        client = app.test_client()
        back = client.post("/notices/read", headers={"Referer": "http://localhost/plan?x=1"})
        assert back.location == "/plan?x=1"
        plain = client.post("/notices/read", headers={"Referer": "http://localhost/plan"})
        assert plain.location == "/plan"
        for address in ("http://evil.test/x", "http://localhost//evil.test/x", "http://["):
            elsewhere = client.post("/notices/read", headers={"Referer": address})
            assert elsewhere.status_code == 409, address
    finally:
        app.view_functions["notices.read"] = kept


def test_a_form_without_its_token_is_sent_back_with_a_sentence(app, sign_in, buyer):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        reply = sign_in(buyer).post("/notices/read")
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert reply.status_code == 400
    assert "重新" in reply.text


@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_every_entry_of_a_roles_navigation_opens(app, session, sign_in, role):
    session.commit()
    if role is None:
        client = app.test_client()
    elif role is Role.SUPPLIER:
        client = sign_in(make.supplier_person(session, make.supplier(session)))
    else:
        client = sign_in(make.person(session, role=role))
    page = client.get("/plan").text
    nav = page.split('aria-label="主导航"')[1].split("</nav>")[0]
    paths = [part.split('"')[0] for part in nav.split('<a href="')[1:]]
    assert len(paths) >= 3
    for path in paths:
        assert client.get(path, follow_redirects=True).status_code == 200, path


def test_a_page_below_an_entry_keeps_its_mark_in_the_menu(app, session, sign_in, buyer):
    desk = sign_in(make.person(session, role=Role.COORDINATOR))
    unit = sign_in(buyer)
    session.commit()

    def marked(client, path):
        page = client.get(path).text
        nav = page.split('aria-label="主导航"')[1].split("</nav>")[0]
        return re.findall(r'aria-current="(\w+)"><svg.*?</svg>([^<]+)</a>', nav)

    code = buyer.unit.code
    for client, path, mark, label in (
        (desk, "/board", "page", "采购看板"),
        (desk, "/reports/heat", "true", "采购看板"),
        (desk, "/reports/bulletins", "true", "采购看板"),
        (desk, "/targets/periods", "true", "采购看板"),
        (desk, "/reports/money/ledger", "true", "帮扶资金"),
        (desk, "/targets/runs", "true", "任务下达"),
        (desk, f"/units/{code}/completion", "true", "单位"),
        (desk, "/fairs/new", "true", "展销"),
        (unit, f"/units/{code}/completion", "true", "本单位"),
        (unit, "/outside/new", "true", "平台外申报"),
        (unit, "/goods/none", "true", "商品"),
        (app.test_client(), "/", "page", "首页"),
    ):
        assert marked(client, path) == [(mark, label)], path
    assert marked(desk, "/notices") == []
    # What is for everyone is not the unit's own.
    shopper = sign_in(make.person(session, role=Role.SHOPPER, unit=buyer.unit))
    assert marked(shopper, "/reports/published") == []
    tabs = unit.get("/goods/none").text.split('class="tab-bar')[1]
    assert re.findall(r'aria-current="(\w+)"', tabs) == ["true"]


def test_a_session_with_a_wrong_stamp_or_shape_is_nobody(app, session, buyer):
    session.commit()
    for forged in (f"{buyer.id}.wrong", "nobody", "1"):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = forged
            cookie["_fresh"] = True
        assert client.get("/notices").status_code == 302


def test_the_demonstration_is_named_on_every_page(app, session):
    client = app.test_client()
    session.commit()
    assert "本站载有演示数据" not in client.get("/plan").text
    make.person(session, is_demo=True)
    session.commit()
    assert "本站载有演示数据" in client.get("/plan").text
    assert session.scalar(sa.select(sa.func.count(Unit.id))) == 1


def test_an_address_with_a_nul_is_not_found(app):
    assert app.test_client().get("/goods/a%00b").status_code == 404


@pytest.mark.parametrize(
    ("asked", "changed", "told"),
    [
        ("/plan", {}, "/plan"),
        ("/plan?page=2&q=茶", {"page": 3}, "/plan?page=3&q=%E8%8C%B6"),
        ("/plan?page=2", {"page": None}, "/plan"),
        ("/plan?endpoint=x&_method=y&a=1&a=2", {}, "/plan?endpoint=x&_method=y&a=1&a=2"),
    ],
)
def test_this_page_keeps_its_query_whatever_words_it_has(app, asked, changed, told):
    with app.test_request_context(asked):
        assert chrome.this_page(**changed) == told


def test_methods_to_pay_online_are_chosen_and_an_unknown_one_stops_the_start(other):
    keys = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
    assert other(**keys).extensions["cards"].methods == ("card", "alipay", "wechat_pay")
    chosen = other(**keys, ONLINE_METHODS="wechat_pay, card")
    assert chosen.extensions["cards"].methods == ("card", "wechat_pay")
    for unknown in ("", "card,bitcoin"):
        with pytest.raises(RuntimeError, match="MARKET_ONLINE_METHODS"):
            other(**keys, ONLINE_METHODS=unknown)
