"""The rules that units are watched by: whom they name, who sets them, and who is told."""

import datetime as dt
import threading

import pytest

from market.accounts.models import Person
from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering.models import BuyingFor
from market.payments.services import confirm_statement
from market.reports.models import WatchKind, WatchNotice
from market.reports.queries.rules import named, rule_of, rules, week_word
from market.reports.services import notify, remind_units, set_rule
from market.targets.services import end_unit
from market.units.models import ChangeKind
from market.units.services import Changed
from tests import make
from tests.payments.billing import billed
from tests.payments.paying import pay_by_transfer
from tests.reports.test_queries import on_the_way
from tests.targets import world

NOW = dt.datetime(2026, 7, 2, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _summer(session):
    """It is Thursday, the second of July 2026, 50.1 % of the year; its ISO week is the 27th."""
    session.expire_on_commit = False
    with clock.set_to(NOW):
        yield


def ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def found(session, kind):
    """Return which units a rule names, by code, with the words."""
    units = named(session, rules(session))[kind]
    return {one.unit.code: one.words for one in units}


def reminders(session):
    return session.query(Notice).filter(Notice.text.contains("提醒："))


@pytest.fixture
def behind(session, coordinator):
    """Two units with targets of 1 000: one at 40.1 %, ten points behind, and one at 40.2 %."""
    people = [make.person(session, unit=make.unit(session, code=code)) for code in "AB"]
    for person, fen in zip(people, (40_100, 40_200), strict=True):
        world.target(session, person.unit, 100_000, by=coordinator)
        world.credited(session, person, fen)
    session.flush()
    return people


# Whom they name


def test_a_unit_is_behind_from_the_number_of_points_on(session, behind):
    assert found(session, WatchKind.BEHIND) == {
        "A": "完成率 40.1%，比序时进度落后 10.0 个百分点，还差 599.00 元"
    }


def test_a_unit_that_bought_nothing_is_counted_from_its_last_order_or_new_year(
    session, coordinator
):
    names = {"old": 28, "new": 27, "never": None, "done": 60}
    for code, days in names.items():
        person = make.person(session, unit=make.unit(session, code=code))
        world.target(session, person.unit, 100_000, by=coordinator)
        if days is not None:
            with clock.set_to(ago(days)):
                world.credited(session, person, 100_000 if code == "done" else 100)
    make.unit(session, code="no target")
    before, heir = make.unit(session, code="before"), make.unit(session, code="heir")
    world.target(session, before, 100_000, by=coordinator)
    day = clock.day_of(ago(27))
    paper = Changed(ChangeKind.CLOSED, day, "编办1号", day, "机构调整")
    end_unit(session, before, paper, successor=heir, by=coordinator)
    words = found(session, WatchKind.NO_PURCHASE)
    alone = named(session, [rule_of(session, WatchKind.NO_PURCHASE)])
    assert [one.words for one in alone[WatchKind.NO_PURCHASE]] == list(words.values())
    assert words == {
        "old": "上次采购在 2026-06-04，今年已 4 周没有采购，还差 999.00 元",
        "never": "还没有采购过，今年已 26 周没有采购，还差 1,000.00 元",
    }


def test_what_was_accepted_and_not_paid_for_so_many_days_is_named_until_it_is_paid(
    session, coordinator, buyer
):
    with clock.set_to(ago(30)):
        owed = world.accepted(session, buyer, 12_345)
        world.accepted(session, buyer, 700, buying_for=BuyingFor.SELF)
    with clock.set_to(ago(29)):
        world.accepted(session, buyer, 999)
    code = buyer.unit.code
    assert found(session, WatchKind.UNPAID) == {
        code: "1 个订单验收已满 30 天还没有付清，共欠 123.45 元，最早的 2026-06-02 验收"
    }
    pay_by_transfer(session, owed.order_line.order, coordinator, 12_345)
    assert found(session, WatchKind.UNPAID) == {}


def test_a_small_rest_names_nobody_once_it_is_agreed_to_go_on_the_next_statement(
    session, coordinator, buyer
):
    with clock.set_to(ago(60)):
        owed = world.accepted(session, buyer, 12_345)
    buyer.unit.carry_limit_fen = 70
    pay_by_transfer(session, owed.order_line.order, coordinator, 12_275)
    code = buyer.unit.code
    assert "共欠 0.70 元" in found(session, WatchKind.UNPAID)[code]
    day = clock.day_of(ago(60))
    statement = billed(session, day.year, day.month)
    assert code in found(session, WatchKind.UNPAID)
    lead = make.person(session, unit=buyer.unit, role=Role.LEAD)
    for person in (lead, make.supplier_person(session, statement.supplier)):
        confirm_statement(session, statement, by=person)
    session.flush()
    assert found(session, WatchKind.UNPAID) == {}
    buyer.unit.carry_limit_fen = 69
    session.flush()
    assert code in found(session, WatchKind.UNPAID)


def test_what_was_ordered_and_not_accepted_for_so_many_days_is_named(session, buyer):
    with clock.set_to(ago(14)):
        on_the_way(session, buyer, 5_000)
    with clock.set_to(ago(13)):
        on_the_way(session, buyer, 7_000)
    assert found(session, WatchKind.UNACCEPTED) == {
        buyer.unit.code: "1 个订单下单已满 14 天还没有验收，在途 50.00 元，最早的 2026-06-18 下单"
    }


def test_a_rule_that_is_off_names_nobody_and_asks_nothing(session, coordinator, count_queries):
    for kind in WatchKind:
        set_rule(session, kind, number=1, is_enabled=False, reason="年底停用", by=coordinator)
    asked = rules(session)
    with count_queries() as statements:
        assert named(session, asked) == {}
    assert statements == []


# Setting them


def test_a_rule_is_set_with_a_reason_that_is_kept(session, coordinator, behind):
    row = set_rule(
        session, WatchKind.BEHIND, number=9, is_enabled=True, reason=" 收紧  一点 ", by=coordinator
    )
    assert (row.number, row.reason, row.changed_by) == (9, "收紧 一点", coordinator)
    assert set(found(session, WatchKind.BEHIND)) == {"A", "B"}
    entry = session.query(Entry).filter_by(deed="watch.rule_set").one()
    assert (entry.facts["from_number"], entry.facts["to_number"]) == (10, 9)
    set_rule(session, WatchKind.BEHIND, number=20, is_enabled=True, reason="放宽", by=coordinator)
    assert rule_of(session, WatchKind.BEHIND).number == 20
    assert found(session, WatchKind.BEHIND) == {}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"number": 0}, "number"),
        ({"number": 101}, "number"),
        ({"reason": "  "}, "reason"),
        ({"reason": "长" * 201}, "reason"),
        ({"number": 10}, "number"),
    ],
)
def test_what_makes_no_rule_is_refused_beside_its_field(session, coordinator, given, field):
    words = {"number": 5, "is_enabled": True, "reason": "试"} | given
    with pytest.raises(Refused) as refused:
        set_rule(session, WatchKind.BEHIND, by=coordinator, **words)
    assert refused.value.field == field


def test_only_a_coordinator_sets_rules_and_tells_units(session, admin):
    with pytest.raises(Refused):
        set_rule(session, WatchKind.BEHIND, number=5, is_enabled=True, reason="试", by=admin)
    with pytest.raises(Refused):
        notify(session, WatchKind.BEHIND, by=admin)


# Telling


def test_a_click_tells_the_units_people_once_a_day(session, coordinator, behind):
    lead = make.person(session, role=Role.LEAD, unit=behind[0].unit)
    shopper = make.person(session, role=Role.SHOPPER, unit=behind[0].unit)
    told = notify(session, WatchKind.BEHIND, by=coordinator)
    assert (told.units, told.already, told.without_people) == (1, 0, 0)
    heard = [notice.person_id for notice in reminders(session).order_by(Notice.person_id)]
    assert heard == sorted([behind[0].id, lead.id])
    assert shopper.id not in heard
    with pytest.raises(Refused, match="1 个单位今天已经通知过"):
        notify(session, WatchKind.BEHIND, by=coordinator)
    with clock.set_to(NOW + dt.timedelta(days=1)):
        assert notify(session, WatchKind.BEHIND, by=coordinator, code="A").units == 1
    text = reminders(session).first().text
    assert text.startswith(f"落后序时进度提醒：{behind[0].unit.name}完成率 40.1%")
    assert session.query(Entry).filter_by(deed="watch.notified").count() == 2


def test_what_cannot_be_told_is_refused_and_says_why(session, coordinator, behind):
    with pytest.raises(Refused, match="没有符合这条规则的单位"):
        notify(session, WatchKind.BEHIND, by=coordinator, code="B")
    behind[0].is_enabled = False
    session.flush()
    with pytest.raises(Refused, match="1 个单位没有可通知的负责人"):
        notify(session, WatchKind.BEHIND, by=coordinator)
    set_rule(session, WatchKind.BEHIND, number=10, is_enabled=False, reason="停", by=coordinator)
    with pytest.raises(Refused, match="已停用"):
        notify(session, WatchKind.BEHIND, by=coordinator)


def test_the_weekly_reminder_tells_once_in_a_week_also_beside_a_click(session, coordinator, behind):
    world.credited(session, behind[1], 20_000)
    with clock.set_to(ago(20)):
        on_the_way(session, behind[1], 5_000)
    assert week_word(clock.today()) == "2026-W27"
    assert remind_units(session) == 2
    assert remind_units(session) == 0
    with clock.set_to(NOW + dt.timedelta(days=3)):  # Sunday, the same week.
        assert remind_units(session) == 0
    with clock.set_to(NOW + dt.timedelta(days=4)):
        assert remind_units(session) >= 2
    assert notify(session, WatchKind.BEHIND, by=coordinator).units == 1


def test_two_clicks_at_once_tell_each_unit_once(app, session, coordinator, behind):
    """Fails (the second breaks off) when the insert does not look at what is there."""
    coordinator_id = coordinator.id
    session.commit()
    outcomes, start = [], threading.Barrier(2)

    def click():
        with app.app_context(), clock.set_to(NOW), db.sessionmaker() as own:
            start.wait()
            try:
                by = own.get_one(Person, coordinator_id)
                outcomes.append(notify(own, WatchKind.BEHIND, by=by).units)
                own.commit()
            except Refused:
                own.rollback()
                outcomes.append(0)

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 1]
    assert session.query(WatchNotice).count() == 1
    assert reminders(session).count() == 1
    session.rollback()


# The pages


@pytest.mark.parametrize("count", [2, 40])
def test_the_rules_take_twelve_queries_however_many_units(
    session, coordinator, sign_in, count_queries, count
):
    for _ in range(count):
        person = make.person(session)
        world.target(session, person.unit, 100_000, by=coordinator)
        with clock.set_to(ago(40)):
            world.accepted(session, person, 700)
            on_the_way(session, person, 900)
    client = sign_in(coordinator)
    with count_queries() as statements:
        page = client.get("/reports/rules")
    assert len(statements) <= 12
    for kind in WatchKind:
        assert kind.label in page.text
    assert ("显示全部" in page.text) == (count > 30)


def test_a_coordinator_tells_and_sets_on_the_page(session, coordinator, sign_in, behind):
    client = sign_in(coordinator)
    text = client.post("/reports/rules/behind/notify", follow_redirects=True).text
    assert "已通知 1 个单位的负责人和食堂管理员" in text
    assert "今天已提醒" in text
    again = client.post("/reports/rules/behind/notify", data={"unit": "A"}, follow_redirects=True)
    assert "1 个单位今天已经通知过" in again.text
    assert "落后 10 个百分点" in client.get("/reports/rules/behind").text
    wrong = client.post("/reports/rules/behind", data={"number": "900", "reason": "试一试"})
    assert wrong.status_code == 422
    assert "1 到 100 的整数" in wrong.text
    assert "试一试" in wrong.text
    saved = client.post(
        "/reports/rules/behind",
        data={"number": "8", "is_enabled": "y", "reason": "收紧"},
        follow_redirects=True,
    )
    assert "规则已修改" in saved.text
    assert "收紧" in saved.text
    assert client.get("/reports/rules/nonsense").status_code == 404


def test_a_click_says_how_many_it_could_not_tell(session, coordinator, sign_in, behind):
    more = make.person(session, unit=make.unit(session, code="C"))
    mute = make.unit(session, code="D")
    for unit in (more.unit, mute):
        world.target(session, unit, 100_000, by=coordinator)
    notify(session, WatchKind.BEHIND, by=coordinator, code="A")
    text = sign_in(coordinator).post("/reports/rules/behind/notify", follow_redirects=True).text
    assert "已通知 1 个单位的负责人和食堂管理员；1 个今天已通知过；1 个没有可通知的人员" in text


def test_those_who_oversee_read_the_rules_and_set_none(session, coordinator, inspector, sign_in):
    set_rule(session, WatchKind.UNPAID, number=9, is_enabled=False, reason="停", by=coordinator)
    client = sign_in(inspector)
    text = client.get("/reports/rules").text
    assert "已停用：停" in text
    assert "修改规则" not in text
    assert client.get("/reports/rules/behind").status_code == 403
    assert client.post("/reports/rules/behind/notify").status_code == 403
