"""Taking people over from Excel."""

import pytest
import sqlalchemy as sa

from market.accounts import services
from market.accounts.models import Person
from market.audit.models import Entry
from market.core.access import Role
from market.core.errors import Refused
from tests import make
from tests.accounts import sheets


def read(*rows):
    return services.read_people(sheets.people(*rows))


def count(session):
    return session.scalar(sa.select(sa.func.count(Person.id)))


def test_new_people_get_one_time_passwords_told_once(session, coordinator):
    unit = make.unit(session)
    sheet = read(
        {"login": "Li.Lei", "name": "李雷", "role": "食堂管理员", "unit": unit.code, "phone": "1"},
        {"login": 13800000000, "name": "韩梅"},
    )
    preview = services.preview_people(session, sheet, by=coordinator)
    assert [change.row for change in preview.new] == [2, 3]
    before = count(session)

    made = services.import_people(session, sheet, by=coordinator)
    assert count(session) == before + 2
    (first, password), (second, _) = made
    assert (first.login, first.role, first.unit, first.phone) == (
        "li.lei",
        Role.CANTEEN,
        unit,
        "1",
    )
    assert (second.login, second.unit, second.must_change_password) == ("13800000000", None, True)
    services.sign_in(session, login="li.lei", password=password, production=True)
    assert password not in str([entry.facts for entry in session.scalars(sa.select(Entry))])


def test_known_people_are_changed_field_by_field_and_the_second_time_nothing(session, coordinator):
    unit = make.unit(session)
    person = make.person(session, login="known", name="旧名", role=Role.SHOPPER, unit=None)
    sheet = read(
        {"login": "known", "name": "新名", "role": "单位负责人", "unit": unit.code, "phone": "1"}
    )
    (change,) = services.preview_people(session, sheet, by=coordinator).changed
    assert list(change.fields) == [
        ("姓名", "旧名", "新名"),
        ("角色", "个人购买者", "单位负责人"),
        ("单位编码", "（空）", unit.code),
        ("联系电话", "023-0000-0000", "1"),
    ]
    assert services.import_people(session, sheet, by=coordinator) == []
    assert (person.name, person.role, person.unit) == ("新名", Role.LEAD, unit)
    entries = session.scalar(sa.select(sa.func.count(Entry.id)))
    services.import_people(session, sheet, by=coordinator)
    assert services.preview_people(session, sheet, by=coordinator).same == 1
    assert session.scalar(sa.select(sa.func.count(Entry.id))) == entries


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([{"login": "李雷"}], "第 2 行“登录名”是“李雷”，应填：2 到 40 个"),
        ([{"login": None}], "第 2 行“登录名”是空白"),
        ([{"name": None}], "第 2 行“姓名”是空白"),
        ([{"role": "老板"}], "第 2 行“角色”是“老板”，应填：个人购买者、"),
        ([{"role": "供应商"}], "第 2 行“角色”是“供应商”"),
        ([{"role": "系统管理员"}], "第 2 行“角色”是“系统管理员”，应填：您只能设为"),
        ([{"role": "食堂管理员"}], "第 2 行“单位编码”是空白，应填：食堂管理员必须属于"),
        ([{"unit": "NO"}], "第 2 行“单位编码”是“NO”，应填：已登记单位的编码"),
        ([{"login": "a1"}, {"login": "A1"}], "第 3 行“登录名”是“a1”，应填：不与第 2 行重复"),
        ([{"login": "theadmin", "name": "改"}], "应填：您不能修改系统管理员的账号"),
        ([{"login": "seller", "name": "改"}], "应填：供应商账号请在人员页面修改"),
    ],
)
def test_a_problem_names_its_place_and_keeps_everybody_out(session, coordinator, rows, sentence):
    make.person(session, login="theadmin", role=Role.ADMIN)
    make.supplier_person(session, make.supplier(session), login="seller")
    before = count(session)
    sheet = read(*rows, {"login": "good", "name": "好人"})
    preview = services.preview_people(session, sheet, by=coordinator)
    assert any(sentence in str(problem) for problem in preview.problems), preview.problems
    with pytest.raises(Refused, match="没有导入任何人员"):
        services.import_people(session, sheet, by=coordinator)
    assert count(session) == before


def test_an_office_of_the_plan_is_read_for_those_who_act_for_one(session, admin):
    named = {Role.COORDINATOR: ["社发局"], Role.COUNTY: ["县教委", "县交通局"]}
    for row, sentence in (
        ({"role": "县级责任单位"}, "“代表单位”是空白，应填：县级责任单位的人员必须选定责任单位"),
        ({"role": "县级责任单位", "agency": "社发局"}, "方案为县级责任单位列明的单位"),
        ({"role": "督查", "agency": "县教委"}, "请把“代表单位”留空"),
    ):
        preview = services.preview_people(session, read(row), by=admin, agencies=named)
        assert sentence in str(preview.problems[0])
    sheet = read({"login": "clerk", "role": "县级责任单位", "agency": "县教委"})
    services.import_people(session, sheet, by=admin, agencies=named)
    person = session.scalars(sa.select(Person).where(Person.login == "clerk")).one()
    assert person.agency == "县教委"
    sheet = read(
        {"login": "clerk", "name": person.name, "role": "县级责任单位", "agency": "县交通局"}
    )
    preview = services.preview_people(session, sheet, by=admin, agencies=named)
    assert preview.changed[0].fields == [("代表单位", "县教委", "县交通局")]
    services.import_people(session, sheet, by=admin, agencies=named)
    assert person.agency == "县交通局"


def test_a_lead_imports_the_own_unit_only(session, lead, stranger):
    services.import_people(session, read({"unit": lead.unit.code}), by=lead)
    for row in ({"unit": stranger.unit.code}, {"unit": None}, {"login": stranger.login}):
        preview = services.preview_people(session, read({"login": "x1"} | row), by=lead)
        assert "本单位" in str(preview.problems[0])


def test_nobody_raises_themselves_by_a_sheet(session, admin):
    sheet = read({"login": admin.login, "name": admin.name, "role": "督查", "phone": admin.phone})
    preview = services.preview_people(session, sheet, by=admin)
    assert "不能修改自己的角色" in str(preview.problems[0])


def test_more_rows_than_allowed_are_refused():
    with pytest.raises(Refused, match="有 1001 行数据，一次最多 1000 行"):
        read(*({} for _ in range(1001)))
