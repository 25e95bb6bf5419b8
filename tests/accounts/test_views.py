"""Pages of people, invitations and imports."""

import io
import re

import pytest
import sqlalchemy as sa

from market.accounts import services
from market.accounts.models import Person
from market.core.access import Role
from market.notices.services import mark_read, tell
from market.plan.services import load_plan
from tests import make
from tests.accounts import sheets


def count(session):
    """Count people, and let go of the database for the next request."""
    number = session.scalar(sa.select(sa.func.count(Person.id)))
    session.rollback()
    return number


def upload(client, content):
    data = {"file": (io.BytesIO(content), "people.xlsx")}
    return client.post("/account/people/import", data=data)


def held_in(page):
    return page.split('name="held" type="hidden" value="')[1].split('"')[0]


def test_a_lead_lists_the_own_unit_and_overseers_everybody(
    session, lead, buyer, stranger, coordinator, inspector, admin, sign_in
):
    page = sign_in(lead).get("/account/people").text
    assert "王芳" in page
    assert "赵强" not in page
    for person in (coordinator, inspector, admin):
        page = sign_in(person).get("/account/people").text
        assert "王芳" in page
        assert "赵强" in page
    for person in (buyer, make.person(session, role=Role.COUNTY)):
        assert sign_in(person).get("/account/people").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=wangxiaoming", ["王小明"]),
        ("q=wxm", ["王小明"]),
        ("role=supplier", ["田勇"]),
        ("enabled=no", ["停用者"]),
        ("role=nonsense&enabled=x&page=x", ["停用者", "王小明", "田勇"]),
    ],
)
def test_people_are_filtered_and_searched(session, admin, vendor, sign_in, query, found):
    services.make_person(session, login="wxm1", name="王小明", role=Role.SHOPPER, by=None)
    make.person(session, name="停用者", is_enabled=False)
    page = sign_in(admin).get(f"/account/people?{query}").text
    assert [n for n in ("停用者", "王小明", "田勇") if f">{n}</a>" in page] == found


def test_people_of_one_unit_are_listed_by_its_code(session, admin, buyer, stranger, sign_in):
    code = buyer.unit.code
    page = sign_in(admin).get(f"/account/people?unit={code}").text
    assert "王芳" in page
    assert "赵强" not in page


def test_the_list_pages_within_its_budget(session, admin, sign_in, count_queries):
    for _ in range(30):
        make.person(session)
    client = sign_in(admin)
    with count_queries() as statements:
        page = client.get("/account/people?page=2").text
    assert "第 2 / 2 页" in page
    assert len(statements) <= 5


def test_the_list_is_taken_away_without_telephones(session, lead, buyer, stranger, sign_in):
    buyer.phone = "023-1234"
    client = sign_in(lead)
    text = client.get("/account/people?format=csv").data.decode("utf-8-sig")
    assert "王芳" in text
    assert "赵强" not in text
    assert "023-1234" not in text
    assert client.get("/account/people?format=xlsx").data.startswith(b"PK")


NEW = {"login": "newone", "name": "新人", "phone": "023", "role": "canteen", "unit": ""}


def test_a_new_persons_password_is_shown_once_and_works(app, session, lead, sign_in):
    unit = lead.unit
    page = sign_in(lead).post("/account/people/new", data=NEW).text
    assert "只在这一页显示一次" in page
    password = page.split("<code>")[1].split("</code>")[0]
    person = session.scalars(sa.select(Person).where(Person.login == "newone")).one()
    assert (person.unit, person.role) == (unit, Role.CANTEEN)
    session.rollback()
    client = app.test_client()
    data = {"login": "newone", "password": password}
    assert client.post("/account/sign-in", data=data).status_code == 302
    assert client.get("/").location == "/account/password"


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({}, "unit", "必须属于一个单位"),
        ({"unit": "NO"}, "unit", "没有编码为“NO”的单位"),
        ({"role": "supplier", "supplier": "NO"}, "supplier", "没有编码为“NO”的供应商"),
        ({"role": "supplier"}, "supplier", "必须选定供应商"),
        ({"role": "shopper", "login": "taken"}, "login", "已被使用"),
        ({"role": "shopper", "login": "新"}, "login", "登录名应为"),
        ({"role": "shopper", "name": ""}, "name", "请填写姓名"),
        ({"role": "admin"}, "role", ""),
        ({"role": "king"}, "role", ""),
    ],
)
def test_a_refused_account_keeps_what_was_typed(
    session, coordinator, sign_in, given, field, sentence
):
    make.person(session, login="taken")
    client = sign_in(coordinator)
    before = count(session)
    reply = client.post("/account/people/new", data=NEW | given)
    assert reply.status_code == 422
    assert sentence in reply.text.split(f'id="{field}-error"')[1]
    assert 'value="023"' in reply.text
    assert count(session) == before


def test_a_lead_cannot_give_a_role_that_the_form_does_not_offer(session, lead, sign_in):
    client = sign_in(lead)
    assert 'value="admin"' not in client.get("/account/people/new").text
    reply = client.post("/account/people/new", data=NEW | {"role": "lead"})
    assert reply.status_code == 422


def test_a_person_of_a_supplier_is_made(session, admin, sign_in):
    code = make.supplier(session).code
    data = NEW | {"role": "supplier", "supplier": code}
    client = sign_in(admin)
    assert "只在这一页显示一次" in client.post("/account/people/new", data=data).text
    assert f'value="{code}"' in client.get("/account/people/newone").text


def test_the_office_somebody_acts_for_is_one_that_the_plan_names(session, admin, sign_in):
    load_plan(session)
    client = sign_in(admin)
    data = {"login": "clerk", "name": "冉宁", "role": "county", "agency": ""}
    for agency, sentence in (
        ("", "必须选定责任单位"),
        ("社发局", "方案中的责任单位没有“社发局”"),
        ("某局", "Not a valid choice|不是有效的选择|无效"),
    ):
        page = client.post("/account/people/new", data=data | {"agency": agency})
        assert page.status_code == 422
        assert 'id="agency-error"' in page.text
        assert re.search(sentence, page.text)
    made = client.post("/account/people/new", data=data | {"agency": "县交通局"})
    assert made.status_code == 200
    assert "县交通局" in client.get("/account/people?role=county").text
    assert "县交通局" in client.get("/account/people?format=csv").data.decode("utf-8-sig")
    page = client.get("/account/people/clerk").text
    assert '<option selected value="县交通局">' in page
    changed = client.post("/account/people/clerk", data=data | {"agency": "县教委"})
    assert changed.status_code == 302
    assert '<option selected value="县教委">' in client.get("/account/people/clerk").text


def test_somebody_is_changed_and_the_history_says_so(session, admin, shopper, sign_in):
    login, code = shopper.login, shopper.unit.code
    client = sign_in(admin)
    data = {"login": login, "name": "吴敏", "phone": "", "role": "canteen", "unit": code}
    page = client.post(f"/account/people/{login}", data=data, follow_redirects=True).text
    assert "已保存" in page
    assert "修改资料" in page
    reply = client.post(f"/account/people/{login}", data=data | {"unit": ""})
    assert reply.status_code == 422
    assert "必须属于一个单位" in reply.text.split('id="unit-error"')[1]
    session.refresh(shopper)
    assert shopper.role is Role.CANTEEN


def test_a_stranger_is_not_found(session, lead, stranger, sign_in):
    path = f"/account/people/{stranger.login}"
    client = sign_in(lead)
    assert client.get(path).status_code == 404
    for deed in ("", "/enable", "/disable", "/reset"):
        assert client.post(path + deed).status_code == 404
    assert client.get("/account/people/nobody").status_code == 404


def test_an_inspector_reads_and_changes_nothing(session, inspector, buyer, sign_in):
    path = f"/account/people/{buyer.login}"
    buyer.phone = "023-1234"
    client = sign_in(inspector)
    page = client.get(path).text
    assert "王芳" in page
    assert "023-1234" in page
    assert 'name="role"' not in page
    for deed in ("", "/enable", "/disable", "/reset"):
        assert client.post(path + deed).status_code == 403


def test_disabling_signs_somebody_out_at_once(session, admin, buyer, sign_in):
    path = f"/account/people/{buyer.login}"
    theirs, ours = sign_in(buyer), sign_in(admin)
    assert theirs.get("/account/me").status_code == 200
    assert "已停用" in ours.post(f"{path}/disable", follow_redirects=True).text
    assert theirs.get("/account/me").status_code == 302
    reply = ours.post(f"{path}/disable", headers={"Referer": path}, follow_redirects=True)
    assert "已经是停用" in reply.text
    assert "已启用" in ours.post(f"{path}/enable", follow_redirects=True).text


def test_a_reset_password_is_shown_once(app, session, lead, shopper, coordinator, sign_in):
    login = shopper.login
    page = sign_in(lead).post(f"/account/people/{login}/reset").text
    password = page.split("<code>")[1].split("</code>")[0]
    data = {"login": login, "password": password}
    assert app.test_client().post("/account/sign-in", data=data).status_code == 302
    assert sign_in(coordinator).post(f"/account/people/{login}/reset").status_code == 403


def test_the_page_of_a_person_stays_within_its_budget(
    session, admin, vendor, sign_in, count_queries
):
    path = f"/account/people/{vendor.login}"
    client = sign_in(admin)
    with count_queries() as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= 8


def test_codes_are_made_listed_and_revoked(session, lead, stranger, sign_in):
    client = sign_in(lead)
    reply = client.post(
        "/account/invitations", data={"days": "7", "most": "3"}, follow_redirects=True
    )
    assert "0 / 3" in reply.text
    code = reply.text.split("<code>")[1].split("</code>")[0]
    assert sign_in(stranger).post(f"/account/invitations/{code}/revoke").status_code == 404
    assert code not in sign_in(stranger).get("/account/invitations").text
    reply = client.post(f"/account/invitations/{code}/revoke", follow_redirects=True)
    assert "已作废" in reply.text
    assert "已过期" in reply.text


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"days": "91"}, "days", "1 到 90"),
        ({"days": "x"}, "days", ""),
        ({"most": "0"}, "most", "1 到 5000"),
        ({"unit": "NO"}, "unit", "已登记单位"),
        ({"unit": ""}, "unit", "已登记单位"),
    ],
)
def test_a_refused_code_keeps_what_was_typed(session, admin, sign_in, given, field, sentence):
    code = make.unit(session).code
    data = {"days": "13", "most": "17", "unit": code} | given
    reply = sign_in(admin).post("/account/invitations", data=data)
    assert reply.status_code == 422
    assert sentence in reply.text.split(f'id="{field}-error"')[1]
    for value in data.values():
        assert f'value="{value}"' in reply.text


def test_an_administrator_invites_for_any_unit(session, admin, sign_in):
    unit = make.unit(session)
    code, name = unit.code, unit.name
    data = {"days": "7", "most": "3", "unit": code}
    page = sign_in(admin).post("/account/invitations", data=data, follow_redirects=True).text
    assert name in page
    assert "已生成" in page


def test_who_invites_nobody(session, shopper, coordinator, sign_in):
    for person in (shopper, coordinator):
        assert sign_in(person).get("/account/invitations").status_code == 403


def test_an_inspector_reads_the_codes_of_every_unit_and_can_use_none(
    session, lead, stranger, inspector, sign_in
):
    client = sign_in(inspector)
    assert "还没有邀请码" in client.get("/account/invitations").text
    made = [
        services.make_invitation(session, person.unit, days=1, most=40, by=person)
        for person in (lead, stranger)
    ]
    session.flush()
    codes = [invitation.code for invitation in made]
    mine, other = lead.unit.name, stranger.unit.name
    told = (mine, other, lead.name, stranger.name, "0 / 40", "可用", f"<code>{codes[0][:2]}•••<")
    page = sign_in(inspector).get("/account/invitations").text
    assert [word for word in told if word not in page] == []
    for code in codes:
        assert code not in page
        assert code[2:5] + "-" not in page
        assert code[6:] not in page
    main = page.split("<main")[1]
    assert 'method="post"' not in main
    assert "/account/join" not in main

    page = client.get(f"/account/invitations?q={mine}").text
    assert mine in page.split("<tbody>")[1]
    assert other not in page.split("<tbody>")[1]
    assert "没有符合条件的邀请码" in client.get("/account/invitations?q=没有").text
    assert client.post("/account/invitations", data={"days": "1", "most": "1"}).status_code == 403
    assert client.post(f"/account/invitations/{codes[0]}/revoke").status_code == 403


def test_a_lead_sees_the_own_units_codes_whole(session, lead, stranger, sign_in):
    made = [
        services.make_invitation(session, person.unit, days=1, most=1, by=person)
        for person in (lead, stranger)
    ]
    mine, other = (invitation.code for invitation in made)
    page = sign_in(lead).get("/account/invitations").text
    assert mine in page
    assert other not in page


def test_the_codes_stay_within_their_budget(
    session, admin, inspector, lead, stranger, sign_in, count_queries
):
    for person in (lead, stranger) * 3:
        services.make_invitation(session, person.unit, days=1, most=1, by=person)
    for reader in (admin, inspector):
        client = sign_in(reader)
        with count_queries() as statements:
            client.get("/account/invitations")
        assert len(statements) <= 6


def test_a_persons_page_shows_what_became_of_the_account_only(session, admin, lead, sign_in):
    tell(session, [lead], "有新的商品。", path="/goods")
    session.flush()
    mark_read(session, by=lead)
    services.end_sessions(session, by=lead)
    page = sign_in(admin).get(f"/account/people/{lead.login}").text
    assert "退出其他设备" in page
    assert "notices.read" not in page


def test_people_are_previewed_then_imported_and_twice_is_harmless(
    session, coordinator, buyer, sign_in
):
    content = sheets.people(
        {"login": "one", "name": "一号"},
        {"login": buyer.login, "name": "王芳芳", "role": "食堂管理员", "unit": buyer.unit.code},
    )
    client = sign_in(coordinator)
    before = count(session)
    page = upload(client, content)
    assert page.status_code == 200
    assert "<b>王芳芳</b>" in page.text
    assert "一号" in page.text
    assert count(session) == before

    data = {"held": held_in(page.text)}
    reply = client.post("/account/people/import/apply", data=data)
    assert "新增 1 人，修改 1 人" in reply.text
    assert "只在这一页显示一次" in reply.text
    assert count(session) == before + 1
    reply = client.post("/account/people/import/apply", data=data, follow_redirects=True)
    assert "没有变化" in reply.text
    assert count(session) == before + 1


def test_changes_alone_are_imported_without_a_page_of_passwords(session, coordinator, sign_in):
    make.person(session, login="known", role=Role.SHOPPER, unit=None)
    client = sign_in(coordinator)
    page = upload(client, sheets.people({"login": "known", "name": "新名"}))
    reply = client.post(
        "/account/people/import/apply", data={"held": held_in(page.text)}, follow_redirects=True
    )
    assert "修改 1 人" in reply.text


def test_a_sheet_with_problems_cannot_be_applied(session, coordinator, sign_in):
    reply = upload(sign_in(coordinator), sheets.people({}, {"role": "老板"}))
    assert reply.status_code == 422
    assert "老板" in reply.text
    assert 'name="held"' not in reply.text


def test_what_became_a_problem_since_the_preview_imports_nobody(session, coordinator, sign_in):
    client = sign_in(coordinator)
    page = upload(client, sheets.people({"login": "one"}, {"login": "two"}))
    make.person(session, login="two", role=Role.ADMIN)
    session.commit()
    before = count(session)
    reply = client.post("/account/people/import/apply", data={"held": held_in(page.text)})
    assert reply.status_code == 422
    assert "不能修改系统管理员" in reply.text
    assert count(session) == before


def test_a_file_of_another_purpose_is_refused(session, coordinator, sign_in):
    client = sign_in(coordinator)
    reply = client.post("/account/people/import/apply", data={"held": "abc"})
    assert reply.status_code == 422
    assert "预览内容无效" in reply.text.split('id="file-error"')[1]


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"x", "不是 Excel"), (b"\xd0\xcf\x11\xe0", "旧版 Excel")]
)
def test_a_file_that_is_no_sheet_is_refused(session, coordinator, sign_in, content, sentence):
    reply = upload(sign_in(coordinator), content)
    assert reply.status_code == 422
    assert sentence in reply.text.split('id="file-error"')[1]


def test_the_import_is_for_keepers_and_has_a_template(lead, inspector, buyer, sign_in):
    client = sign_in(lead)
    assert "下载模板" in client.get("/account/people/import").text
    assert client.get("/account/people/import/template.xlsx").data.startswith(b"PK")
    for person in (inspector, buyer):
        assert sign_in(person).get("/account/people/import").status_code == 403
