"""Signing in and out, one's own page and password."""

import pytest
import sqlalchemy as sa

from market.accounts import services
from market.accounts.models import Person
from market.accounts.services import passwords
from market.core.access import Role
from tests import make

GOOD = "correct horse"


@pytest.fixture
def customer(session):
    """Somebody who registered."""
    person = services.register(session, login="wangfang", name="王芳", password=GOOD)
    session.commit()
    return person


def sign_in(client, login="wangfang", password=GOOD, to=""):
    return client.post(f"/account/sign-in{to}", data={"login": login, "password": password})


def test_one_signs_in_for_twelve_hours_and_out(app, customer):
    client = app.test_client()
    reply = sign_in(client)
    assert (reply.status_code, reply.location) == (302, "/")
    assert "Expires=" in next(c for c in reply.headers.getlist("Set-Cookie") if "session=" in c)
    assert "王芳" in client.get("/account/me").text

    reply = client.post("/account/sign-out", follow_redirects=True)
    assert "已退出登录" in reply.text
    assert client.get("/account/me").status_code == 302


def test_a_wrong_password_and_an_unknown_login_look_the_same(app, customer):
    pages = [
        sign_in(app.test_client(), login, password)
        for login, password in (("wangfang", "wrong"), ("nobody", GOOD))
    ]
    assert [page.status_code for page in pages] == [422, 422]
    for page, login in zip(pages, ("wangfang", "nobody"), strict=True):
        assert "登录名或密码不正确" in page.text
        assert f'value="{login}"' in page.text
        assert GOOD not in page.text


def test_an_empty_form_is_refused_beside_its_fields(app):
    reply = sign_in(app.test_client(), "", "")
    assert reply.status_code == 422
    assert 'id="login-error"' in reply.text
    assert 'id="password-error"' in reply.text


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/account/me", "/account/me"),
        ("/goods?q=a%26b", "/goods?q=a%26b"),
        ("https://evil.example/x", "/"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("/%09/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/no-such-page", "/"),
        ("/account/sign-out", "/"),
        ("//[", "/"),
        ("", "/"),
    ],
)
def test_only_pages_of_this_site_are_gone_to_after_signing_in(app, customer, wanted, there):
    client = app.test_client()
    reply = client.post(
        "/account/sign-in",
        query_string={"next": wanted},
        data={"login": "wangfang", "password": GOOD},
    )
    assert reply.location == there


def test_a_page_that_needs_signing_in_comes_back_after_it(app, customer):
    client = app.test_client()
    reply = client.get("/account/me")
    assert reply.location.startswith("/account/sign-in?next=")
    reply = client.post(reply.location, data={"login": "wangfang", "password": GOOD})
    assert reply.location == "/account/me"
    assert client.get("/account/sign-in").location == "/"


def test_failed_attempts_are_limited_per_address(app, customer):
    client = app.test_client()
    for number in range(10):
        assert sign_in(client, f"nobody{number}", "x").status_code == 422
    reply = sign_in(client)
    assert reply.status_code == 429
    assert "操作太频繁" in reply.text


def test_failed_attempts_are_limited_per_login_from_whatever_address(app, customer):
    def attempt(address, password):
        return app.test_client().post(
            "/account/sign-in",
            data={"login": "WangFang", "password": password},
            environ_base={"REMOTE_ADDR": address},
        )

    for number in range(20):
        assert attempt(f"10.0.0.{number}", "wrong").status_code == 422
    assert attempt("10.0.1.1", GOOD).status_code == 429


def test_signing_in_well_is_not_limited(app, customer):
    for _ in range(12):
        assert sign_in(app.test_client()).status_code == 302


def test_disabled_people_are_refused_with_a_sentence(app, session, customer):
    customer.is_enabled = False
    session.commit()
    assert "已停用" in sign_in(app.test_client()).text


@pytest.fixture
def demo(session):
    """A demonstration account."""
    person = services.make_person(
        session, login="demo-shopper", name="演示", role=Role.SHOPPER, is_demo=True, by=None
    )
    session.commit()
    return person


def test_demonstration_accounts_are_listed_with_their_password(app, demo):
    page = app.test_client().get("/account/sign-in").text
    assert "demo-shopper" in page
    assert services.DEMO_PASSWORD in page
    assert "演示" in page
    page = app.test_client().get("/account/sign-in?login=demo-shopper").text
    assert 'value="demo-shopper"' in page


def test_production_lists_and_lets_in_no_demonstration_account(app, demo, monkeypatch):
    monkeypatch.setitem(app.config, "PRODUCTION", True)
    client = app.test_client()
    assert services.DEMO_PASSWORD not in client.get("/account/sign-in").text
    reply = sign_in(client, "demo-shopper", services.DEMO_PASSWORD)
    assert reply.status_code == 422
    assert "演示账号不能在正式环境登录" in reply.text


def test_without_demonstration_accounts_none_are_spoken_of(app, customer):
    assert services.DEMO_PASSWORD not in app.test_client().get("/account/sign-in").text


def change(client, old=GOOD, new="another horse", again=None):
    return client.post("/account/password", data={"old": old, "new": new, "again": again or new})


def test_a_changed_password_ends_other_sessions_and_keeps_ones_own(app, customer):
    here, elsewhere = app.test_client(), app.test_client()
    sign_in(here)
    sign_in(elsewhere)
    assert change(here).location == "/account/me"
    assert here.get("/account/me").status_code == 200
    assert elsewhere.get("/account/me").status_code == 302
    assert sign_in(elsewhere).status_code == 422
    assert sign_in(elsewhere, password="another horse").status_code == 302


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"old": "wrong"}, "old", "原密码不正确"),
        ({"new": "short"}, "new", "至少 10 个"),
        ({"again": "something else"}, "again", "不一样"),
        ({"new": GOOD}, "new", "不能与原密码相同"),
    ],
)
def test_a_bad_change_of_password_is_refused_beside_its_field(
    app, customer, given, field, sentence
):
    client = app.test_client()
    sign_in(client)
    reply = change(client, **given)
    assert reply.status_code == 422
    assert sentence in reply.text.split(f'id="{field}-error"')[1]


def test_a_one_time_password_is_changed_before_anything_else(app, session, admin):
    password = services.one_time_password()
    services.make_person(
        session, login="new", name="新人", role=Role.SHOPPER, password=password, by=admin
    )
    session.commit()
    client = app.test_client()
    sign_in(client, "new", password)
    for path in ("/", "/account/me", "/goods"):
        assert client.get(path).location == "/account/password"
    assert client.post("/account/me", data={"name": "x"}).location == "/account/password"
    page = client.get("/account/password").text
    assert "请先设置新密码" in page
    with client.get("/static/app.css") as reply:
        assert reply.status_code == 200

    assert change(client, old=password).location == "/"
    assert client.get("/account/me").status_code == 200


def test_somebody_with_a_one_time_password_may_sign_out(app, session, sign_in, shopper):
    shopper.must_change_password = True
    client = sign_in(shopper)
    assert client.post("/account/sign-out").location == "/account/sign-in"


def test_ones_own_page_shows_and_changes_ones_own_data(session, shopper, sign_in):
    name, login = shopper.unit.name, shopper.login
    client = sign_in(shopper)
    page = client.get("/account/me").text
    assert name in page
    assert login in page
    data = {"name": "吴敏敏", "phone": "023", "address": "某路 5 号"}
    page = client.post("/account/me", data=data, follow_redirects=True).text
    assert "已保存" in page
    assert "某路 5 号" in page
    reply = client.post("/account/me", data=data | {"name": "", "address": "另一路"})
    assert reply.status_code == 422
    assert "请填写姓名" in reply.text
    assert "另一路" in reply.text


def test_one_ends_ones_sessions_elsewhere(app, customer):
    here, elsewhere = app.test_client(), app.test_client()
    sign_in(here)
    sign_in(elsewhere)
    here.post("/account/me/sessions/end")
    assert here.get("/account/me").status_code == 200
    assert elsewhere.get("/account/me").status_code == 302


def test_an_inspector_changes_the_own_password_and_nothing_else(session, sign_in, inspector):
    inspector.password_hash = passwords.quickly_hashed(GOOD)
    client = sign_in(inspector)
    assert change(client).status_code == 302
    assert client.post("/account/people/x/disable").status_code == 403


def register(client, **given):
    data = {
        "login": "zhouhai",
        "name": "周海",
        "phone": "023",
        "password": GOOD,
        "again": GOOD,
    }
    return client.post("/account/register", data=data | given)


def test_a_social_buyer_registers_and_is_signed_in(app, session):
    client = app.test_client()
    assert register(client).location == "/"
    assert "不属于任何单位" in client.get("/account/me").text
    assert client.get("/account/register").location == "/"
    person = session.scalars(sa.select(Person)).one()
    assert (person.role, person.unit_id) == (Role.SHOPPER, None)


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"login": "wangfang"}, "login", "已被使用"),
        ({"login": "周海"}, "login", "登录名应为"),
        ({"name": ""}, "name", "请填写姓名"),
        ({"password": "short", "again": "short"}, "password", "至少 10 个"),
        ({"again": "other"}, "again", "不一样"),
    ],
)
def test_a_refused_registration_keeps_what_was_typed(app, customer, given, field, sentence):
    reply = register(app.test_client(), **given)
    assert reply.status_code == 422
    assert sentence in reply.text.split(f'id="{field}-error"')[1]
    assert 'value="023"' in reply.text
    assert GOOD not in reply.text


@pytest.fixture
def code(session, lead):
    """A code of 王芳's unit, for one employee."""
    made = services.make_invitation(session, lead.unit, days=1, most=1, by=lead).code
    session.commit()
    return made


def test_an_employee_joins_with_a_new_account(app, session, lead, code):
    client = app.test_client()
    assert f'value="{code}"' in client.get(f"/account/join?code={code}").text
    name = lead.unit.name
    session.rollback()
    data = {
        "code": code.lower(),
        "login": "employee",
        "name": "职工",
        "password": GOOD,
        "again": GOOD,
    }
    reply = client.post("/account/join", data=data, follow_redirects=True)
    assert f"已加入“{name}”" in reply.text
    assert name in client.get("/account/me").text


def test_a_bad_code_makes_no_account(app, session):
    data = {"code": "NO", "login": "employee", "name": "职工", "password": GOOD, "again": GOOD}
    reply = app.test_client().post("/account/join", data=data)
    assert reply.status_code == 422
    assert "邀请码不存在" in reply.text.split('id="code-error"')[1]
    assert 'value="employee"' in reply.text
    assert session.scalar(sa.select(sa.func.count(Person.id))) == 0


def test_a_social_buyer_who_is_signed_in_joins_by_the_code_alone(session, sign_in, code, shopper):
    person = make.person(session, role=Role.SHOPPER, unit=None)
    client = sign_in(person)
    assert 'name="login"' not in client.get("/account/join").text
    reply = client.post("/account/join", data={"code": code}, follow_redirects=True)
    assert "已加入" in reply.text
    assert "您已经属于" in sign_in(shopper).get("/account/join").text
    other = sign_in(make.person(session, role=Role.SHOPPER, unit=None))
    assert "次数已用完" in other.post("/account/join", data={"code": code}).text


def test_guessing_codes_is_limited(app):
    client = app.test_client()
    for _ in range(20):
        assert client.post("/account/join", data={"code": "NO"}).status_code == 422
    assert client.post("/account/join", data={"code": "NO"}).status_code == 429
