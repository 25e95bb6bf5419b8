"""Planning, announcing, opening, closing and calling off a fair; stands and what they bring."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core import clock, money
from market.core.access import Role
from market.core.errors import Refused
from market.fairs import queries, services
from market.fairs.models import FairDay, FairState, StandState
from market.notices.models import Notice
from tests import make
from tests.fairs.held import DAY, fair, held, key, paper, planned, sale, signed
from tests.funds import papers


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"place": ""}, "place"),
        ({"host": ""}, "host"),
        ({"ends_on": dt.date(2020, 1, 1)}, "ends_on"),
        ({"ends_on": dt.date(9999, 12, 31)}, "ends_on"),
        ({"starts_on": dt.date(1, 1, 1), "ends_on": dt.date(1, 1, 2)}, "starts_on"),
        ({"area_m2": -1}, "area_m2"),
        ({"asked_fen": -1}, "asked_fen"),
        ({"asked_fen": 100, "line": ""}, "line"),
    ],
)
def test_a_plan_that_cannot_be_held_is_refused_beside_its_field(session, coordinator, given, field):
    with pytest.raises(Refused) as refusal:
        fair(session, coordinator, **given)
    assert refusal.value.field == field


def test_a_fair_online_needs_no_place(session, coordinator):
    assert fair(session, coordinator, is_online=True, place="").place == ""


def test_only_a_coordinator_plans_and_the_same_key_plans_once(session, coordinator, stranger):
    with pytest.raises(Refused, match="统筹协调"):
        fair(session, stranger)
    once = key()
    made = services.plan_fair(session, planned(), once_key=once, by=coordinator)
    assert services.plan_fair(session, planned(), once_key=once, by=coordinator) is made
    other = make.person(session, role=Role.COORDINATOR)
    with pytest.raises(Refused, match="提交码"):
        services.plan_fair(session, planned(), once_key=once, by=other)


def test_a_fair_goes_from_planned_to_closed_on_its_days(session, coordinator):
    today = clock.today()
    made = fair(session, coordinator, starts_on=today + DAY, ends_on=today + 2 * DAY)
    with pytest.raises(Refused, match="不能开幕"):
        services.open_fair(session, made, by=coordinator)
    services.change_fair(
        session, made, planned(starts_on=today, ends_on=today + DAY), by=coordinator
    )
    services.announce(session, made, by=coordinator)
    with pytest.raises(Refused, match="已经公布"):
        services.announce(session, made, by=coordinator)
    told = made.announced_at
    services.open_fair(session, made, by=coordinator)
    assert (made.state, made.announced_at) == (FairState.OPEN, told)
    with pytest.raises(Refused, match="修改计划只能在筹备中"):
        services.change_fair(session, made, planned(), by=coordinator)
    with pytest.raises(Refused, match="才结束"):
        services.close_fair(session, made, by=coordinator)
    with clock.set_to(clock.now() + DAY):
        services.close_fair(session, made, by=coordinator)
    assert made.state is FairState.CLOSED
    with pytest.raises(Refused, match="当前状态"):
        services.open_fair(session, made, by=coordinator)


def test_a_fair_that_opens_is_announced(session):
    assert held(session).fair.announced_at is not None


def test_a_fair_is_called_off_with_a_reason_and_the_stands_are_told(session):
    at = held(session, opened=False)
    with pytest.raises(Refused, match="请填写取消原因"):
        services.call_off(session, at.fair, " ", by=at.coordinator)
    services.call_off(session, at.fair, "连日暴雨", by=at.coordinator)
    assert at.fair.state is FairState.CALLED_OFF
    told = session.scalars(sa.select(Notice.text).where(Notice.person_id == at.seller.id)).all()
    assert any("连日暴雨" in text for text in told)
    with pytest.raises(Refused, match="已取消"):
        services.announce(session, at.fair, by=at.coordinator)


@pytest.mark.parametrize("deed", [sale, signed])
def test_a_fair_where_something_was_sold_or_signed_is_not_called_off(session, deed):
    at = held(session)
    deed(at)
    with pytest.raises(Refused, match="不能取消"):
        services.call_off(session, at.fair, "下雨", by=at.coordinator)


def test_new_days_or_another_place_are_told_to_those_who_come(session):
    at = held(session, opened=False)
    services.answer(session, at.other, accepts=False, reason="人手不够", by=at.rival)
    services.change_fair(session, at.fair, planned(place="礼嘉公园"), by=at.coordinator)
    texts = {
        person: session.scalars(sa.select(Notice.text).where(Notice.person_id == person.id)).all()
        for person in (at.seller, at.rival)
    }
    assert any("礼嘉公园" in text for text in texts[at.seller])
    assert not any("礼嘉公园" in text for text in texts[at.rival])


def test_who_came_is_counted_by_day_and_a_later_count_takes_its_place(session):
    at = held(session)
    today = clock.today()
    for visitors in (10, 120):
        services.count_day(
            session, at.fair, today, visitors=visitors, purchasers=3, by=at.coordinator
        )
    services.count_day(session, at.fair, today - DAY, visitors=80, purchasers=1, by=at.coordinator)
    assert [day.visitors for day in queries.days_of(session, at.fair)] == [80, 120]
    assert queries.outcomes(session, [at.fair.id])[at.fair.id].visitors == 200
    deeds = session.scalars(sa.select(Entry.deed).where(Entry.deed == "fair.day_counted")).all()
    assert len(deeds) == 3
    for day in (today + DAY, today - 2 * DAY):
        with pytest.raises(Refused) as refusal:
            services.count_day(session, at.fair, day, visitors=1, purchasers=1, by=at.coordinator)
        assert refusal.value.field == "held_on"
    with pytest.raises(Refused, match="参观人次"):
        services.count_day(session, at.fair, today, visitors=-1, purchasers=1, by=at.coordinator)
    assert session.scalar(sa.select(sa.func.count(FairDay.id))) == 2


def test_a_photo_is_kept_and_taken_out_again_before_the_result(session):
    at = held(session)
    photo = paper(at)
    services.add_photo(session, at.fair, photo, caption="开幕", by=at.coordinator)
    assert [one.caption for one in queries.photos_of(session, at.fair)] == ["开幕"]
    assert queries.photos_of(session, at.fair, public=True) == ()
    services.remove_photo(session, at.fair, photo.token, by=at.coordinator)
    assert queries.photos_of(session, at.fair) == []
    with pytest.raises(Refused, match="已经不在"):
        services.remove_photo(session, at.fair, photo.token, by=at.coordinator)


def test_the_fairs_money_is_asked_for_once_with_its_own_words(session):
    papers.open_ledger(session)
    at = held(session, asked_fen=3 * papers.WAN, line="展销")
    activity = services.propose_activity(
        session, at.fair, "彭商〔2020〕9号", once_key=key(), by=at.coordinator
    )
    assert (activity.name, activity.place) == (at.fair.name, at.fair.place)
    assert (activity.agreement.amount_fen, activity.agreement.cost_type) == (30_000_00, "展销")
    again = services.propose_activity(
        session, at.fair, "彭商〔2020〕10号", once_key=key(), by=at.coordinator
    )
    assert again is activity


def test_a_fair_that_asks_for_nothing_asks_for_no_money(session):
    at = held(session)
    with pytest.raises(Refused, match="还没有填写申请金额"):
        services.propose_activity(session, at.fair, "1号", once_key=key(), by=at.coordinator)


def test_a_supplier_is_invited_once_to_a_stand_of_its_own(session):
    at = held(session, opened=False)
    third = make.supplier(session)
    with pytest.raises(Refused) as refusal:
        services.invite(session, at.fair, third, "A1", by=at.coordinator)
    assert refusal.value.field == "stand_number"
    with pytest.raises(Refused) as refusal:
        services.invite(session, at.fair, at.stand.supplier, "B9", by=at.coordinator)
    assert refusal.value.field == "supplier"
    with pytest.raises(Refused, match="统筹协调"):
        services.invite(session, at.fair, third, "B9", by=at.seller)


def test_a_supplier_answers_and_thinks_better_of_it(session):
    at = held(session, opened=False)
    with pytest.raises(Refused, match="受邀的供应商"):
        services.answer(session, at.stand, accepts=False, reason="x", by=at.rival)
    with pytest.raises(Refused, match="请填写不参展的原因"):
        services.answer(session, at.stand, accepts=False, by=at.seller)
    services.answer(session, at.stand, accepts=False, reason="车坏了", by=at.seller)
    assert (at.stand.state, at.stand.reason) == (StandState.DECLINED, "车坏了")
    services.answer(session, at.stand, accepts=True, by=at.seller)
    assert (at.stand.state, at.stand.reason) == (StandState.ACCEPTED, "")


def test_what_a_stand_brings_is_worth_price_times_quantity(session):
    at = held(session)
    good = services.add_good(
        session,
        at.other,
        services.Good(price_fen=333, brought_milli=1500, name="土豆", unit="公斤"),
        by=at.rival,
    )
    assert good.stock_fen == money.line_fen(333, 1500) == 500
    assert queries.outcomes(session, [at.fair.id])[at.fair.id].stock_fen == 10_000 + 500
    services.remove_good(session, at.other, good.id, by=at.rival)
    with pytest.raises(Refused, match="已经不在备货单上"):
        services.remove_good(session, at.other, good.id, by=at.rival)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"price_fen": 0}, "price_fen"),
        ({"brought_milli": 0}, "brought_milli"),
        ({"price_fen": money.MOST_FEN, "brought_milli": 9_000_000}, "brought_milli"),
        ({"name": ""}, "name"),
        ({"unit": ""}, "unit"),
    ],
)
def test_goods_without_a_price_a_quantity_or_a_name_are_refused(session, given, field):
    at = held(session)
    said = {"price_fen": 100, "brought_milli": 1000, "name": "茶", "unit": "盒"} | given
    with pytest.raises(Refused) as refusal:
        services.add_good(session, at.other, services.Good(**said), by=at.rival)
    assert refusal.value.field == field


def test_a_stand_brings_only_its_own_skus_and_only_when_it_comes(session):
    at = held(session, opened=False)
    stolen = services.Good(price_fen=100, brought_milli=1000, sku=at.sku)
    with pytest.raises(Refused, match="本供应商"):
        services.add_good(session, at.other, stolen, by=at.rival)
    services.answer(session, at.stand, accepts=False, reason="人手不够", by=at.seller)
    with pytest.raises(Refused, match="确认参展后"):
        services.add_good(session, at.stand, stolen, by=at.seller)


def test_too_many_goods_or_receipts_are_refused(session, monkeypatch):
    at = held(session)
    monkeypatch.setattr("market.fairs.services.stands.MOST_GOODS", 1)
    monkeypatch.setattr("market.fairs.services.stands.MOST_PROOFS", 1)
    with pytest.raises(Refused, match="最多登记 1 种"):
        services.add_good(
            session,
            at.stand,
            services.Good(price_fen=1, brought_milli=1000, sku=at.sku),
            by=at.seller,
        )
    services.add_proof(session, at.stand, paper(at), by=at.seller)
    with pytest.raises(Refused, match="最多 1 份"):
        services.add_proof(session, at.stand, paper(at), by=at.seller)
    with pytest.raises(Refused, match="只有本展位"):
        services.add_proof(session, at.stand, paper(at), by=at.rival)


def test_a_fair_is_seen_by_the_desk_by_those_invited_and_once_announced_by_all(
    session, stranger, inspector
):
    at = held(session, opened=False)
    number = at.fair.number
    outsider = make.supplier_person(session, make.supplier(session))
    for person, sees in (
        (None, False),
        (stranger, False),
        (outsider, False),
        (at.seller, True),
        (inspector, True),
    ):
        assert (queries.fair_for(session, person, number) is not None) is sees
    services.announce(session, at.fair, by=at.coordinator)
    assert queries.fair_for(session, None, number) is at.fair
    assert [one.id for one in queries.to_invite(session, at.fair)] == [outsider.supplier_id]
    assert queries.stand_for(session, stranger, at.fair, at.stand.supplier.code) is None
    assert queries.stand_for(session, at.rival, at.fair, at.stand.supplier.code) is None
    assert queries.own_stand(session, stranger, at.fair) is None
