"""Who is who, and who may change it."""

import pytest
import sqlalchemy as sa

from market.accounts import queries, services
from market.accounts.models import Person
from market.accounts.services import passwords
from market.audit.models import Entry
from market.core.access import Role
from market.core.errors import Refused
from market.units.models import UnitState
from tests import make

GOOD = "correct horse"


def deeds(session):
    return [entry.deed for entry in session.scalars(sa.select(Entry).order_by(Entry.id))]


@pytest.fixture
def customer(session):
    """Somebody who registered."""
    return services.register(session, login="Wang.Fang", name=" 王 芳 ", password=GOOD)


def test_a_social_buyer_registers_and_belongs_to_no_unit(session, customer):
    assert (customer.login, customer.name, customer.role) == ("wang.fang", "王 芳", Role.SHOPPER)
    assert customer.unit is None
    assert not customer.must_change_password
    assert customer.password_hash.startswith("$argon2id$")
    assert deeds(session) == ["person.made"]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"login": "王芳"}, "login", "登录名应为"),
        ({"login": "a"}, "login", "登录名应为"),
        ({"login": "a b c"}, "login", "登录名应为"),
        ({"login": "x" * 41}, "login", "登录名应为"),
        ({"login": "WANG.FANG"}, "login", "已被使用"),
        ({"name": " "}, "name", "请填写姓名"),
        ({"password": "123456789"}, "password", "至少 10 个字符，现在是 9 个"),
        ({"password": "x" * 129}, "password", "最多 128"),
        ({"password": "Newlogin.1"}, "password", "不能与登录名相同"),
        ({"password": "demo-pengshui-2020"}, "password", "公开的演示密码"),
    ],
)
def test_what_cannot_register_is_refused_beside_its_field(
    session, customer, given, field, sentence
):
    with pytest.raises(Refused, match=sentence) as refusal:
        services.register(
            session, **{"login": "newlogin.1", "name": "某", "password": GOOD} | given
        )
    assert refusal.value.field == field


def test_signing_in_takes_the_login_in_any_case(session, customer):
    found = services.sign_in(session, login=" WANG.fang ", password=GOOD, production=True)
    assert found is customer
    assert deeds(session)[-1] == "person.signed_in"


def test_an_unknown_login_and_a_wrong_password_get_the_same_sentence(session, customer, buyer):
    sentences = set()
    for login, password in (("nobody", GOOD), ("wang.fang", "wrong"), (buyer.login, "!")):
        with pytest.raises(Refused) as refusal:
            services.sign_in(session, login=login, password=password, production=False)
        sentences.add((str(refusal.value), refusal.value.field))
    assert len(sentences) == 1


def test_an_unknown_login_costs_a_verification_like_a_known_one(session, monkeypatch):
    verified = []
    hasher = passwords._HASHER

    class Watched:
        def verify(self, kept, password):
            verified.append(kept)
            return hasher.verify(kept, password)

        def hash(self, password):
            return hasher.hash(password)

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    with pytest.raises(Refused):
        services.sign_in(session, login="nobody", password=GOOD, production=False)
    assert [kept[:10] for kept in verified] == ["$argon2id$"]


def test_disabled_people_are_told_only_when_their_password_is_right(session, customer, admin):
    services.set_enabled(session, customer, False, by=admin)
    with pytest.raises(Refused, match="已停用"):
        services.sign_in(session, login="wang.fang", password=GOOD, production=False)
    with pytest.raises(Refused, match="不正确"):
        services.sign_in(session, login="wang.fang", password="wrong", production=False)


def test_production_refuses_demonstration_accounts(session):
    demo = services.make_person(
        session, login="demo", name="演示", role=Role.ADMIN, is_demo=True, by=None
    )
    given = {"login": "demo", "password": services.DEMO_PASSWORD}
    assert services.sign_in(session, **given, production=False) is demo
    with pytest.raises(Refused, match="正式环境"):
        services.sign_in(session, **given, production=True)


def test_a_password_kept_at_an_older_cost_is_kept_anew(session, customer):
    customer.password_hash = passwords.quickly_hashed(GOOD)
    for _ in range(2):
        services.sign_in(session, login="wang.fang", password=GOOD, production=True)
    assert not passwords.is_outdated(customer.password_hash)
    assert passwords.matches(customer.password_hash, GOOD)
    first, second = session.scalars(sa.select(Entry).filter_by(deed="person.signed_in"))
    assert (first.facts, second.facts) == ({"password_kept_anew": True}, {})


def test_a_changed_password_ends_every_session(session, customer):
    stamp = customer.stamp
    services.change_password(session, old=GOOD, new="another horse", by=customer)
    assert customer.stamp != stamp
    services.sign_in(session, login="wang.fang", password="another horse", production=True)
    assert "person.password_changed" in deeds(session)


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        ("wrong", "another horse", "old", "原密码不正确"),
        (GOOD, "short", "new", "至少 10 个"),
        (GOOD, "wang.fang", "new", "至少 10 个"),
        (GOOD, GOOD, "new", "不能与原密码相同"),
        (GOOD, services.DEMO_PASSWORD, "new", "公开的演示密码"),
    ],
)
def test_a_bad_change_of_password_is_refused(session, customer, old, new, field, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        services.change_password(session, old=old, new=new, by=customer)
    assert refusal.value.field == field


def test_a_published_password_stays_as_published(session, admin):
    demo = services.make_person(
        session, login="demo", name="演示", role=Role.SHOPPER, is_demo=True, by=None
    )
    with pytest.raises(Refused, match="公开的"):
        services.change_password(session, old=services.DEMO_PASSWORD, new=GOOD, by=demo)
    with pytest.raises(Refused, match="公开的"):
        services.reset_password(session, demo, by=admin)


def test_ending_sessions_gives_a_new_stamp(session, customer):
    stamp = customer.stamp
    services.end_sessions(session, by=customer)
    assert customer.stamp != stamp


def made(session, by, **given):
    return services.make_person(
        session, **{"login": "new", "name": "新人", "role": Role.SHOPPER, "by": by} | given
    )


def test_a_one_time_password_must_be_changed(session, admin):
    password = services.one_time_password()
    person = made(session, admin, password=password)
    assert person.must_change_password
    services.sign_in(session, login="new", password=password, production=True)
    services.change_password(session, old=password, new=GOOD, by=person)
    assert not person.must_change_password


def test_without_a_password_nobody_signs_in(session, admin):
    made(session, admin)
    for password in ("", "!", GOOD):
        with pytest.raises(Refused, match="不正确"):
            services.sign_in(session, login="new", password=password, production=False)


@pytest.mark.parametrize("role", Role)
def test_an_administrator_makes_every_role(session, admin, role):
    supplier = make.supplier(session) if role is Role.SUPPLIER else None
    unit = make.unit(session) if role in (Role.CANTEEN, Role.LEAD) else None
    agency = "县交通局" if role is Role.COUNTY else ""
    person = made(
        session,
        admin,
        role=role,
        unit=unit,
        supplier_id=supplier.id if supplier else None,
        agency=agency,
    )
    assert (person.role, person.agency) == (role, agency)


def test_who_acts_for_the_county_must_have_an_office_and_others_none(session, admin):
    for role, agency, sentence in (
        (Role.COUNTY, "", "必须选定责任单位"),
        (Role.FUND_OFFICER, "县交通局", "请把“代表单位”留空"),
        (Role.SHOPPER, "社发局", "请把“代表单位”留空"),
    ):
        with pytest.raises(Refused, match=sentence) as refusal:
            made(session, admin, role=role, agency=agency)
        assert refusal.value.field == "agency"


def test_the_office_that_somebody_acts_for_is_changed_by_an_administrator_only(
    session, admin, coordinator
):
    person = made(session, admin, role=Role.COUNTY, agency="县交通局")
    told = {"name": "新人", "phone": "", "role": Role.COUNTY, "unit": None}
    services.change_person(session, person, **told, by=admin)
    assert person.agency == "县交通局"
    services.change_person(session, person, **told, agency="县教委", by=admin)
    assert person.agency == "县教委"
    entry = session.scalars(sa.select(Entry).order_by(Entry.id.desc())).first()
    assert entry.facts["agency"] == ["县交通局", "县教委"]
    own = {"name": coordinator.name, "phone": coordinator.phone, "unit": None}
    with pytest.raises(Refused, match="不能修改自己的角色和单位"):
        services.change_person(
            session, coordinator, **own, role=Role.COORDINATOR, agency="社发局", by=coordinator
        )


def test_a_lead_makes_shoppers_and_canteen_buyers_of_the_own_unit_only(session, lead, stranger):
    made(session, lead, unit=lead.unit)
    made(session, lead, login="new2", role=Role.CANTEEN, unit=lead.unit)
    for unit in (stranger.unit, None):
        with pytest.raises(Refused, match="只能管理本单位"):
            made(session, lead, login="new3", unit=unit)
    for role in (Role.LEAD, Role.ADMIN, Role.COORDINATOR, Role.SUPPLIER):
        with pytest.raises(Refused, match="只能设为个人购买者、食堂管理员") as refusal:
            made(session, lead, login="new3", role=role, unit=lead.unit)
        assert refusal.value.field == "role"


def test_a_coordinator_makes_no_overseers(session, coordinator):
    made(session, coordinator, role=Role.LEAD, unit=make.unit(session))
    for role in (Role.COORDINATOR, Role.ADMIN, Role.INSPECTOR, Role.FUND_OFFICER, Role.COUNTY):
        with pytest.raises(Refused, match="只能设为"):
            made(session, coordinator, login="new3", role=role)


@pytest.mark.parametrize("maker", [Role.CANTEEN, Role.SHOPPER, Role.INSPECTOR, Role.COUNTY])
def test_others_make_nobody(session, maker):
    with pytest.raises(Refused, match="无权设置角色"):
        made(session, make.person(session, role=maker))


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"role": Role.CANTEEN}, "unit", "必须属于一个单位"),
        ({"role": Role.LEAD}, "unit", "必须属于一个单位"),
        ({"role": Role.SUPPLIER}, "supplier", "必须选定供应商"),
        ({"role": Role.SHOPPER, "supplier": True}, "supplier", "其他角色不能选供应商"),
        ({"role": Role.SUPPLIER, "supplier": True, "unit": True}, "unit", "不属于采购单位"),
        ({"role": Role.CANTEEN, "unit": "closed"}, "unit", "已撤销"),
    ],
)
def test_a_role_comes_with_what_it_needs(session, admin, given, field, sentence):
    given = dict(given)
    if given.pop("supplier", None):
        given["supplier_id"] = make.supplier(session).id
    if "unit" in given:
        state = UnitState.CLOSED if given["unit"] == "closed" else UnitState.ACTIVE
        given["unit"] = make.unit(session, state=state)
    with pytest.raises(Refused, match=sentence) as refusal:
        made(session, admin, **given)
    assert refusal.value.field == field


def changed(session, person, by, **given):
    now = {
        "name": person.name,
        "phone": person.phone,
        "role": person.role,
        "unit": person.unit,
        "supplier_id": person.supplier_id,
    }
    services.change_person(session, person, **now | given, by=by)


def test_a_change_of_role_and_unit_is_recorded_without_personal_data(session, admin, shopper):
    unit = make.unit(session)
    old = shopper.unit.code
    changed(session, shopper, admin, role=Role.CANTEEN, unit=unit, name="新名", phone="1")
    assert (shopper.role, shopper.unit_id, shopper.name) == (Role.CANTEEN, unit.id, "新名")
    entry = session.scalars(sa.select(Entry)).one()
    assert entry.facts == {
        "fields": ["name", "phone", "role", "unit_id"],
        "role": ["shopper", "canteen"],
        "unit": [old, unit.code],
    }


def test_changing_nothing_records_nothing(session, admin, shopper):
    changed(session, shopper, admin)
    assert deeds(session) == []


def test_nobody_changes_their_own_role_or_unit(session, admin, coordinator, lead):
    for person in (admin, coordinator, lead):
        with pytest.raises(Refused, match="不能修改自己的角色和单位"):
            changed(session, person, person, role=Role.SHOPPER)
        with pytest.raises(Refused, match="不能修改自己的角色和单位"):
            changed(session, person, person, unit=make.unit(session))
        changed(session, person, person, name="新名")
        assert person.name == "新名"


def test_a_lead_changes_the_own_units_shoppers_and_canteen_buyers(
    session, lead, buyer, shopper, stranger
):
    changed(session, shopper, lead, role=Role.CANTEEN)
    with pytest.raises(Refused, match="只能管理本单位"):
        changed(session, stranger, lead, name="x")
    with pytest.raises(Refused, match="只能管理本单位"):
        changed(session, buyer, lead, unit=stranger.unit)
    with pytest.raises(Refused, match="只能设为"):
        changed(session, buyer, lead, role=Role.LEAD)
    with pytest.raises(Refused, match="不能修改单位负责人的账号"):
        changed(session, make.person(session, role=Role.LEAD, unit=lead.unit), lead, name="x")
    overseer = make.person(session, role=Role.COORDINATOR, unit=lead.unit)
    for attempt in (
        lambda: changed(session, overseer, lead, role=Role.SHOPPER),
        lambda: services.reset_password(session, overseer, by=lead),
        lambda: services.set_enabled(session, overseer, False, by=lead),
    ):
        with pytest.raises(Refused, match="不能修改统筹协调的账号"):
            attempt()


def test_a_coordinator_leaves_administrators_alone(session, coordinator, admin):
    for attempt in (
        lambda: changed(session, admin, coordinator, role=Role.SHOPPER),
        lambda: services.set_enabled(session, admin, False, by=coordinator),
    ):
        with pytest.raises(Refused, match="不能修改系统管理员"):
            attempt()


def test_disabling_ends_sessions_and_enabling_lets_in_again(session, admin, shopper):
    stamp = shopper.stamp
    services.set_enabled(session, shopper, False, by=admin)
    assert (shopper.is_enabled, shopper.stamp == stamp) == (False, False)
    with pytest.raises(Refused, match="已经是停用"):
        services.set_enabled(session, shopper, False, by=admin)
    services.set_enabled(session, shopper, True, by=admin)
    assert deeds(session) == ["person.disabled", "person.enabled"]


def test_nobody_disables_themselves(session, admin, lead):
    for person in (admin, lead):
        with pytest.raises(Refused, match="不能停用自己"):
            services.set_enabled(session, person, False, by=person)


def test_the_last_enabled_administrator_stays(session, admin):
    second = make.person(session, role=Role.ADMIN)
    services.set_enabled(session, second, False, by=admin)
    services.set_enabled(session, second, True, by=admin)
    admin.is_enabled = False
    session.flush()
    with pytest.raises(Refused, match="最后一个"):
        services.set_enabled(session, second, False, by=admin)
    with pytest.raises(Refused, match="最后一个"):
        changed(session, second, admin, role=Role.SHOPPER)


def test_a_reset_gives_a_one_time_password_and_ends_sessions(session, lead, shopper):
    stamp = shopper.stamp
    password = services.reset_password(session, shopper, by=lead)
    assert shopper.must_change_password
    assert shopper.stamp != stamp
    services.sign_in(session, login=shopper.login, password=password, production=True)
    facts = [entry.facts for entry in session.scalars(sa.select(Entry))]
    assert password not in str(facts)


def test_who_may_reset_a_password(session, lead, admin, coordinator, buyer, stranger):
    services.reset_password(session, stranger, by=admin)
    with pytest.raises(Refused, match="本单位"):
        services.reset_password(session, stranger, by=lead)
    for person in (coordinator, buyer):
        with pytest.raises(Refused, match="只有单位负责人"):
            services.reset_password(session, stranger, by=person)
    with pytest.raises(Refused, match="自己的密码"):
        services.reset_password(session, admin, by=admin)


def test_the_terminal_makes_an_administrator(session):
    person = services.make_admin(session, login="root", name="管理员", password=GOOD)
    assert person.role is Role.ADMIN
    services.sign_in(session, login="root", password=GOOD, production=True)
    with pytest.raises(Refused, match="至少 10"):
        services.make_admin(session, login="root2", name="管理员", password="short")


def test_one_changes_ones_own_data(session, shopper):
    services.change_own(session, name="新名", phone="1", address="某路", by=shopper)
    services.change_own(session, name="新名", phone="1", address="某路", by=shopper)
    assert [entry.facts for entry in session.scalars(sa.select(Entry))] == [
        {"fields": ["name", "phone", "address"]}
    ]


def test_one_demonstration_account_per_role_and_every_coordinator_is_shown(session):
    assert not queries.anyone(session)
    unit = make.unit(session)
    for number, (role, of) in enumerate(
        [
            (Role.ADMIN, None),
            (Role.SHOPPER, unit),
            (Role.SHOPPER, unit),
            (Role.SHOPPER, None),
            (Role.LEAD, unit),
            (Role.COORDINATOR, None),
            (Role.COORDINATOR, None),
        ]
    ):
        services.make_person(
            session, login=f"d{number}", name="演", role=role, unit=of, is_demo=True, by=None
        )
    make.person(session, role=Role.COUNTY)
    assert [person.login for person in queries.demo_accounts(session)] == [
        "d1", "d3", "d4", "d5", "d6", "d0"
    ]  # fmt: skip
    assert queries.anyone(session)


def test_people_are_found_by_name_pinyin_and_initials_within_reach(session, admin, lead, stranger):
    found = made(session, admin, name="重庆人", unit=lead.unit)
    made(session, admin, login="other", name="重庆客", unit=stranger.unit)
    for typed in ("重庆人", "chongqingren", "cqr", "new"):
        select = queries.people_for(lead, q=typed)
        assert session.scalars(select).all() == [found], typed
    everyone = session.scalars(sa.select(sa.func.count(Person.id))).one()
    for by, count in ((admin, everyone), (lead, 3)):
        assert len(session.scalars(queries.people_for(by)).all()) == count
    assert queries.person_for(session, lead, stranger.login) is None
    assert queries.person_for(session, admin, stranger.login) is stranger
