"""One purchase, written down at a stand and as one outside the shop, counts once."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.fairs import queries, services
from market.fairs.models import BuyerKind, FairSale, SaleState
from market.targets.models import Credit, OutsideFile, OutsideKind, OutsidePurchase
from market.targets.queries import verify_twins
from market.targets.services import reverse_outside, verify_outside_purchase
from tests import make
from tests.fairs.held import DAY, held, proved, sale, verified
from tests.targets.test_outside import submit
from tests.targets.world import purchase

FEN = 10_000


@pytest.fixture
def at(session):
    session.expire_on_commit = False
    found = held(session)
    proved(found)
    return found


def told(at, fen=FEN, **given) -> OutsidePurchase:
    """Report what the unit bought at a stand as a purchase outside the shop."""
    given = {"kind": OutsideKind.FAIR_STAND, "invoice_no": ""} | given
    return purchase(at.session, at.lead, fen, **given)


def counted(session) -> int:
    return session.scalar(sa.select(sa.func.sum(Credit.amount_fen))) or 0


def test_a_receipt_counts_at_the_fair_or_outside_whichever_comes_first(session, at):
    one, two = sale(at, receipt_no="ñ 1"), sale(at, receipt_no="N2")
    assert one.receipt_no == "Ñ1"  # As it is compared.
    same = [told(at, 9_900, receipt_no="Ñ1"), told(at, receipt_no="N2")]
    assert [pair.is_same for pair in queries.twins_of_purchase(session, same[0])] == [True]
    verified(at, one)
    with (
        pytest.raises(Refused, match="同一张小票已由展销小票 Ñ1") as refusal,
        session.begin_nested(),
    ):
        verify_outside_purchase(session, same[0], version=1, apart_reason="另买", by=at.second)
    assert refusal.value.field is None
    verify_outside_purchase(session, same[1], version=1, by=at.second, apart_reason="与 Ñ1 不同")
    with (
        pytest.raises(Refused, match=f"同一张小票已由平台外申报 {same[1].number}"),
        session.begin_nested(),
    ):
        services.verify_sales(session, at.stand, [(two, 1)], apart_reason="另买", by=at.second)
    with pytest.raises(Refused, match="同一张小票"), session.begin_nested():
        services.confirm_sale(session, two, version=1, by=at.lead)
    assert counted(session) == 2 * FEN
    assert verify_twins(session) == []


def test_what_was_taken_back_leaves_its_receipt_to_the_other(session, at):
    made = told(at, receipt_no="N1")
    verify_outside_purchase(session, made, version=1, by=at.coordinator)
    reverse_outside(session, made, reason="展位已登记", by=at.second)
    verified(at, sale(at, receipt_no="N1"))
    assert counted(session) == FEN


def test_what_is_only_like_another_needs_a_reason_that_is_kept(session, at):
    verified(at, sale(at))
    made = told(at, bought_on=clock.today() - DAY)
    for reason in ("", " ", "因" * 201):
        with pytest.raises(Refused, match="可能是同一次采购") as refusal, session.begin_nested():
            verify_outside_purchase(
                session, made, version=1, apart_reason=reason, by=at.coordinator
            )
        assert refusal.value.field == "apart_reason"
        session.expire(made)
    thing = verify_outside_purchase(
        session, made, version=1, apart_reason=" 前一天另买的大米 ", by=at.coordinator
    )
    assert thing.apart_reason == "前一天另买的大米"
    facts = session.scalars(sa.select(Entry.facts).where(Entry.deed == "outside.verified")).one()
    assert facts["apart_reason"] == "前一天另买的大米"
    year = clock.today().year
    assert queries.pairs(session, year=year - 1) == []
    (pair,) = queries.pairs(session, year=year)
    assert (pair.reason, pair.both_count, pair.is_same) == ("前一天另买的大米", True, False)


def test_a_unit_cannot_say_itself_that_its_purchase_is_another(session, at):
    verify_outside_purchase(session, told(at), version=1, by=at.coordinator)
    one = sale(at)
    with pytest.raises(Refused, match="请统筹协调人员对照小票核实"), session.begin_nested():
        services.confirm_sale(session, one, version=1, by=at.lead)
    services.verify_sales(session, at.stand, [(one, 1)], apart_reason="两次", by=at.second)
    assert counted(session) == 2 * FEN


def test_another_day_amount_unit_or_nothing_that_counts_is_no_twin(session, at, count_queries):
    other = make.person(session, role=Role.LEAD)
    verified(at, sale(at))
    sale(at, 777, buyer=BuyerKind.PERSON, unit="")
    for made in (
        told(at, FEN + 1),
        told(at, bought_on=clock.today() - 2 * DAY),
        purchase(session, other, FEN),
        told(at, 777),
    ):
        assert verify_outside_purchase(session, made, version=1, by=at.second).apart_reason is None
    assert queries.pairs(session) == []
    one = sale(at, 778)
    with count_queries() as statements:
        assert queries.twins_of_purchase(session, made) == []
        assert queries.twins_of_sales(session, [one]) == {}
        queries.pairs(session, year=2026)
    of_purchase, of_sales, of_year = (one for one in statements if "JOIN outside_purchase" in one)
    assert "sold_at >= " in of_purchase  # Who looks for the twins of one reads not all years.
    assert "bought_on BETWEEN" in of_sales
    assert "sold_at >= " in of_year
    assert queries.twins_of_sales(session, []) == {}


def test_verify_names_a_receipt_that_counts_twice(session, at):
    verified(at, sale(at, receipt_no="N1"))
    made = told(at, 5)
    verify_outside_purchase(session, made, version=1, by=at.second)
    session.execute(sa.update(Credit).where(Credit.amount_fen == 5).values(receipt_no="N1"))
    assert verify_twins(session) == [
        f"“{at.unit.name}”的小票 N1 既计入展销，又计入平台外申报 {made.number}"
    ]
    session.execute(
        sa.update(Credit).where(Credit.amount_fen == 5).values(happened_on=dt.date(2026, 1, 1))
    )
    assert verify_twins(session) == []


def test_a_units_receipt_of_a_day_is_reported_once(session, at):
    given = {"kind": OutsideKind.FAIR_STAND, "invoice_no": "", "receipt_no": "N1"}
    submit(session, at.lead, **given)
    with pytest.raises(Refused, match="小票 N1 已由") as refusal, session.begin_nested():
        submit(session, at.lead, once_key="b", **given)
    assert refusal.value.field == "receipt_no"
    for other in ({"receipt_no": "n1"}, {"bought_on": dt.date(2026, 11, 21)}):
        with pytest.raises(Refused, match="已由"), session.begin_nested():
            submit(session, at.lead, once_key="b", **given | other)
    made = submit(
        session,
        at.lead,
        once_key="c",
        **given | {"bought_on": dt.date(2026, 11, 1), "receipt_no": "n1"},
    )
    assert made.receipt_no == "N1"
    with pytest.raises(Refused, match="不含空格"), session.begin_nested():
        submit(session, at.lead, once_key="d", **given | {"receipt_no": "N 1"})


def test_a_receipt_counts_once_outside_the_shop_also_with_a_day_mistaken(session, at):
    one = told(at, receipt_no="N1")
    two = told(at, 9_900, receipt_no="N1", bought_on=clock.today() - DAY)
    verify_outside_purchase(session, one, version=1, by=at.second)
    with (
        pytest.raises(Refused, match=f"同一张小票已由平台外申报 {one.number}"),
        session.begin_nested(),
    ):
        verify_outside_purchase(session, two, version=1, apart_reason="另买", by=at.second)
    like = told(at)  # The same amount outside the shop is nothing odd.
    thing = verify_outside_purchase(session, like, version=1, by=at.second)
    assert thing.apart_reason is None
    session.execute(sa.update(Credit).where(Credit.id == thing.id).values(receipt_no="N1"))
    assert verify_twins(session) == [
        f"“{at.unit.name}”的小票 N1 既计入平台外申报 {one.number}，又计入平台外申报 {like.number}"
    ]


def test_a_reason_is_shown_where_both_count_and_of_the_later_one(session, at):
    verified(at, sale(at))
    made = told(at)
    verify_outside_purchase(session, made, version=1, apart_reason="另买一次", by=at.second)
    sale(at)
    assert {(pair.both_count, pair.reason) for pair in queries.pairs(session)} == {
        (True, "另买一次"),
        (False, ""),
    }


def test_each_side_shows_the_other_and_whoever_verifies_says_why_it_is_none(session, at, sign_in):
    one = sale(at)
    made = told(at)
    photo = session.scalars(sa.select(Attachment)).first()
    made.files = [OutsideFile(attachment=photo)]
    session.commit()
    key, number = one.client_key, made.number
    desk, unit, seller = sign_in(at.second), sign_in(at.lead), sign_in(at.seller)
    link = f"/fairs/sales/{key}"
    stand = f"/fairs/{at.fair.number}/stands/{at.stand.supplier.code}"
    page = desk.get(f"/outside/{number}").text
    assert link in page
    assert "同样的材料也是展位的小票照片" in page
    assert link in unit.get(f"/outside/{number}").text
    for client, path in ((desk, stand), (desk, link), (unit, "/fairs/purchases"), (unit, link)):
        assert f"/outside/{number}" in client.get(path).text, path
    assert number not in seller.get(stand).text
    listed = desk.get("/fairs/twins").text
    assert "都未计入" in listed
    ticked = {"sale": f"{key}:1"}
    assert "已核实 1 笔" in desk.post(f"{stand}/verify", data=ticked, follow_redirects=True).text
    assert "一条已计入" in desk.get("/fairs/twins").text
    refused = sign_in(at.coordinator).post(f"/outside/{number}/verify", data={"version": "1"})
    assert refused.status_code == 422
    assert "不是同一次的，请写明理由" in refused.text
    said = {"version": "1", "apart_reason": "上午另买一次"}
    reply = sign_in(at.coordinator).post(
        f"/outside/{number}/verify", data=said, follow_redirects=True
    )
    assert "上午另买一次" in reply.text
    listed = desk.get("/fairs/twins").text
    assert "都已计入" in listed
    assert "上午另买一次" in listed
    for kind in ("xlsx", "csv", "pdf"):
        assert desk.get(f"/fairs/twins?format={kind}").status_code == 200
    assert desk.get("/fairs/twins?format=x").status_code == 404
    assert "没有可能重复的采购" in desk.get("/fairs/twins?year=2025").text


def test_the_stand_keeps_what_was_ticked_until_a_reason_is_given(session, at, sign_in):
    verify_outside_purchase(session, told(at), version=1, by=at.coordinator)
    one = sale(at)
    session.commit()
    stand = f"/fairs/{at.fair.number}/stands/{at.stand.supplier.code}"
    client, ticked = sign_in(at.second), {"sale": f"{one.client_key}:1"}
    page = client.post(f"{stand}/verify", data=ticked)
    assert page.status_code == 422
    assert " checked" in page.text
    assert "写明理由" in page.text
    said = ticked | {"apart_reason": "两次采购"}
    assert "已核实 1 笔" in client.post(f"{stand}/verify", data=said, follow_redirects=True).text
    assert session.scalars(sa.select(FairSale.state)).one() is SaleState.VERIFIED


def test_what_an_employee_bought_is_not_shown_to_their_unit(session, at, sign_in):
    one = sale(at, buyer=BuyerKind.PERSON)
    made = told(at)
    session.commit()
    assert one.receipt_no not in sign_in(at.lead).get(f"/outside/{made.number}").text
    assert one.receipt_no in sign_in(at.second).get(f"/outside/{made.number}").text
