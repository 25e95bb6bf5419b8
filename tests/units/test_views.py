"""Pages of units."""

import io

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core.access import Role
from market.units.models import Canteen, Nature, Unit, UnitKind, UnitState
from tests import make
from tests.units import sheets

FORM = {
    "code": "SY-1",
    "name": "重庆某中心",
    "kind": "public_institution",
    "nature": "ordinary",
    "canteen": "own",
    "daily_diners": "80",
    "approval_limit_fen": "5,000.00",
}


def upload(client, content):
    return client.post("/units/import", data={"file": (io.BytesIO(content), "units.xlsx")})


def held_in(page):
    return page.split('name="held" type="hidden" value="')[1].split('"')[0]


def count(session, kind=Unit):
    """Count rows, and let go of the database for the next request."""
    number = session.scalar(sa.select(sa.func.count(kind.id)))
    session.rollback()
    return number


@pytest.fixture
def school(session):
    return make.unit(
        session,
        code="XX-1",
        name="两江小学",
        kind=UnitKind.PUBLIC_INSTITUTION,
        nature=Nature.SCHOOL,
        daily_diners=900,
        search_text="两江小学 liangjiangxiaoxue ljxx",
    )


def test_the_list_says_who_must_buy_and_why(session, coordinator, school, sign_in):
    make.unit(session, name="人和街道办事处", approval_limit_fen=None)
    page = sign_in(coordinator).get("/units").text
    assert "条款规定除外" in page
    assert "直接列明" in page
    assert "每单审批" in page
    assert "5,000.00" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ljxx", ["两江小学"]),
        ("q=liangjiang", ["两江小学"]),
        ("q=xyz", []),
        ("kind=subdistrict", ["甲街道"]),
        ("duty=yes", ["甲街道"]),
        ("duty=no", ["两江小学", "乙单位"]),
        ("state=closed", ["乙单位"]),
        ("kind=nonsense&state=x&duty=x&page=x", ["两江小学", "乙单位", "甲街道"]),
    ],
)
def test_the_list_is_filtered_and_searched(session, coordinator, school, sign_in, query, found):
    make.unit(session, name="甲街道")
    make.unit(session, name="乙单位", kind=UnitKind.OTHER, state=UnitState.CLOSED)
    page = sign_in(coordinator).get(f"/units?{query}").text
    assert [name for name in ("两江小学", "乙单位", "甲街道") if f">{name}</a>" in page] == found


def test_the_list_pages_within_its_budget_whatever_its_length(
    session, coordinator, sign_in, count_queries
):
    first = make.unit(session)
    for _ in range(30):
        make.unit(session, canteen=Canteen.SHARED, shared_with=first)
    client = sign_in(coordinator)
    with count_queries() as statements:
        page = client.get("/units?page=2").text
    assert "第 2 / 2 页" in page
    assert "合计 31 个单位" in page
    assert "2,480" in page
    assert len(statements) <= 5


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_list_is_taken_away_as_it_is_shown(session, coordinator, school, sign_in, kind):
    make.unit(session, name="甲街道")
    reply = sign_in(coordinator).get(f"/units?q=ljxx&format={kind}")
    assert reply.headers["Content-Disposition"].startswith("attachment")
    if kind == "csv":
        lines = reply.data.decode("utf-8-sig").splitlines()
        assert lines[1].startswith("XX-1,两江小学,事业单位,学校,自有食堂,900,否,")
        assert len(lines) == 2
    else:
        assert reply.data.startswith(b"PK")


@pytest.mark.parametrize(
    "role", [Role.COORDINATOR, Role.FUND_OFFICER, Role.COUNTY, Role.INSPECTOR, Role.ADMIN]
)
def test_a_desk_reads_every_unit(session, school, sign_in, role):
    client = sign_in(make.person(session, role=role))
    assert client.get("/units").status_code == 200
    assert "条款规定除外" in client.get("/units/XX-1").text


def test_people_of_a_unit_see_their_own_and_no_other(
    session, buyer, lead, shopper, school, sign_in
):
    own = f"/units/{buyer.unit.code}"
    for person in (buyer, lead):
        client = sign_in(person)
        assert "直接列明" in client.get(own).text
        assert client.get("/units/XX-1").status_code == 404
        assert client.get("/units").status_code == 403
    assert sign_in(shopper).get(own).status_code == 403


@pytest.mark.parametrize("path", ["/units/new", "/units/import", "/units/XX-1/edit"])
def test_only_keepers_change_units(session, school, inspector, buyer, sign_in, path):
    for person in (inspector, buyer, make.person(session, role=Role.FUND_OFFICER)):
        assert sign_in(person).get(path).status_code == 403


def test_an_unknown_unit_is_not_found(coordinator, sign_in):
    client = sign_in(coordinator)
    assert client.get("/units/NO").status_code == 404
    assert client.post("/units/NO/close").status_code == 404


def test_a_unit_is_registered_shown_and_changed_with_its_history(session, coordinator, sign_in):
    client = sign_in(coordinator)
    page = client.post("/units/new", data=FORM, follow_redirects=True).text
    assert "已登记“重庆某中心”" in page
    assert "日常用餐 80 人，达到 50 人" in page
    assert "（学校、医院除外）" in page
    assert "二（2）1" in page

    form = client.get("/units/SY-1/edit").text
    assert 'value="5000.00"' in form
    changed = FORM | {"daily_diners": "49", "canteen": "outsourced", "approval_limit_fen": ""}
    page = client.post("/units/SY-1/edit", data=changed, follow_redirects=True).text
    assert "未达到 50 人" in page
    assert "日常用餐人数 80 → 49" in page
    assert "食堂情况 自有食堂 → 食堂外包" in page
    assert "审批限额（元） 5,000.00 → （空）" in page
    assert "李梅" in page


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"name": ""}, "name", "请填写单位名称"),
        ({"code": "甲"}, "code", "只能用字母"),
        ({"code": "XX-1"}, "code", "已被使用"),
        ({"daily_diners": "很多"}, "daily_diners", ""),
        ({"daily_diners": "-1"}, "daily_diners", "0 到 100000"),
        ({"approval_limit_fen": "1.005"}, "approval_limit_fen", "最多两位小数"),
        ({"approval_limit_fen": "-1"}, "approval_limit_fen", "不能为负数"),
        ({"canteen": "shared"}, "shared_with", "代表单位"),
        ({"kind": "company"}, "kind", ""),
    ],
)
def test_a_refusal_stands_beside_its_field_and_what_was_typed_is_kept(
    session, coordinator, school, sign_in, given, field, sentence
):
    reply = sign_in(coordinator).post("/units/new", data=FORM | {"address": "某路 5 号"} | given)
    assert reply.status_code == 422
    error = reply.text.split(f'id="{field}-error"')[1].split("</div>")[0]
    assert sentence in error
    assert "某路 5 号" in reply.text
    for value in given.values():
        assert value == "company" or f'value="{value}"' in reply.text
    assert count(session) == 1


def test_a_refused_change_keeps_the_page_and_the_unit(session, coordinator, school, sign_in):
    reply = sign_in(coordinator).post("/units/XX-1/edit", data=FORM | {"code": "OTHER"})
    assert reply.status_code == 422
    assert "不能修改" in reply.text
    session.expire_all()
    assert school.name == "两江小学"


def test_a_unit_is_closed_and_brought_back(session, coordinator, school, sign_in):
    client = sign_in(coordinator)
    assert "已撤销" in client.post("/units/XX-1/close", follow_redirects=True).text
    reply = client.post(
        "/units/XX-1/close", headers={"Referer": "/units/XX-1"}, follow_redirects=True
    )
    assert "当前状态是“已撤销”" in reply.text
    assert "已恢复" in client.post("/units/XX-1/reopen", follow_redirects=True).text


def test_an_import_is_previewed_then_applied_and_twice_is_harmless(
    session, coordinator, school, sign_in
):
    client = sign_in(coordinator)
    content = sheets.units(
        {"code": "XX-1", "name": "两江小学", "nature": "学校", "daily_diners": 950},
        {"code": "N-1", "name": "新单位"},
    )
    page = upload(client, content)
    assert page.status_code == 200
    assert "<b>950</b>" in page.text
    assert "新单位" in page.text
    assert count(session) == 1

    data = {"held": held_in(page.text)}
    reply = client.post("/units/import/apply", data=data, follow_redirects=True)
    assert "新增 1 个单位，修改 1 个" in reply.text
    assert session.get(Unit, school.id, populate_existing=True).daily_diners == 950
    entries = count(session, Entry)

    reply = client.post("/units/import/apply", data=data, follow_redirects=True)
    assert "没有变化" in reply.text
    assert count(session, Entry) == entries


def test_a_sheet_with_problems_is_shown_and_cannot_be_applied(session, coordinator, sign_in):
    reply = upload(
        sign_in(coordinator), sheets.units({}, {"code": "B", "name": "乙", "daily_diners": "abc"})
    )
    assert reply.status_code == 422
    assert "日常用餐人数" in reply.text
    assert "abc" in reply.text
    assert 'name="held"' not in reply.text
    assert count(session) == 0


def test_what_became_a_problem_since_the_preview_imports_nothing(session, coordinator, sign_in):
    client = sign_in(coordinator)
    page = upload(client, sheets.units({}, {"code": "B", "name": "乙"}))
    make.unit(session, code="Z", name="乙")
    session.commit()
    reply = client.post("/units/import/apply", data={"held": held_in(page.text)})
    assert reply.status_code == 422
    assert "Z 正在使用它" in reply.text
    assert count(session) == 1


def test_a_held_file_is_refused_when_changed_foreign_or_old(
    session, coordinator, admin, sign_in, monkeypatch
):
    client = sign_in(coordinator)
    token = held_in(upload(client, sheets.units({})).text)
    for held in ("", "abc", token[:-3] + "xyz"):
        reply = client.post("/units/import/apply", data={"held": held})
        assert reply.status_code == 422
        assert "预览内容无效" in reply.text
    reply = sign_in(admin).post("/units/import/apply", data={"held": token})
    assert "预览内容无效" in reply.text
    monkeypatch.setattr("market.units.forms.HELD_SECONDS", -1)
    assert "超过 1 小时" in client.post("/units/import/apply", data={"held": token}).text
    assert count(session) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "是空的"),
        (b"code,name\n", "不是 Excel"),
        (b"\xd0\xcf\x11\xe0", "旧版 Excel"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_beside_the_field(
    session, coordinator, sign_in, content, sentence
):
    reply = upload(sign_in(coordinator), content)
    assert reply.status_code == 422
    assert sentence in reply.text.split('id="file-error"')[1]


def test_a_file_that_is_too_large_is_refused(coordinator, sign_in, monkeypatch):
    client = sign_in(coordinator)
    monkeypatch.setattr("market.units.forms.MOST_HELD", 1000)
    assert "分成几个文件" in upload(client, sheets.units({})).text
    monkeypatch.setattr("market.units.forms.MOST_BYTES", 1000)
    assert "超过 10 MB" in upload(client, sheets.units({})).text


def test_no_file_is_refused(coordinator, sign_in):
    assert "请选择" in sign_in(coordinator).post("/units/import", data={}).text


def test_the_template_can_be_downloaded(coordinator, sign_in):
    reply = sign_in(coordinator).get("/units/import/template.xlsx")
    assert reply.data.startswith(b"PK")


def test_the_page_of_a_unit_stays_within_its_budget(session, coordinator, sign_in, count_queries):
    unit = make.unit(session)
    for _ in range(5):
        make.unit(session, canteen=Canteen.SHARED, shared_with=unit)
        make.person(session, unit=unit)
    path = f"/units/{unit.code}"
    client = sign_in(coordinator)
    with count_queries() as statements:
        page = client.get(path).text
    assert "5 人" in page
    assert len(statements) <= 8


def test_a_lead_sets_how_their_own_unit_settles(session, lead, stranger, coordinator, sign_in):
    code, other = lead.unit.code, stranger.unit.code
    client = sign_in(lead)
    assert "小额差额结转上限" in client.get(f"/units/{code}/settlement").text
    typed = {"bank_name": "演示银行", "bank_account": "6222", "carry_limit_fen": "5"}
    assert (
        "已保存" in client.post(f"/units/{code}/settlement", data=typed, follow_redirects=True).text
    )
    assert session.get_one(Unit, lead.unit_id).carry_limit_fen == 500
    session.rollback()
    refused = client.post(f"/units/{code}/settlement", data=typed | {"carry_limit_fen": "5000"})
    assert (refused.status_code, "0 到 1,000.00 元" in refused.text) == (422, True)
    assert 'value="5000"' in refused.text
    assert client.get(f"/units/{other}/settlement").status_code == 404
    desk = sign_in(coordinator)
    assert desk.get(f"/units/{other}/settlement").status_code == 200
    assert "5.00 元以内转入下期" in desk.get(f"/units/{code}").text
