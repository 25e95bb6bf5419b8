"""The marketing desk's pages: a page for any inspector, and what bad input gets."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.core import clock
from market.core.access import Role
from market.funds import services
from market.funds.models import Activity, Kind
from tests import make, make_orders
from tests.funds import papers
from tests.funds.papers import WAN
from tests.funds.test_marketing import proposal
from tests.payments.paying import receive


@pytest.fixture
def people(session):
    earmark = papers.open_ledger(session)["17"]
    made = papers.offices(session, "县商务委")
    papers.effective(session, made, Kind.APPROPRIATION, 20 * WAN, earmark=earmark)
    return made


@pytest.fixture
def activity(session, people):
    """A fair that is over: 5 万元 approved, 4 sent, 2 spent."""
    one = services.propose(session, proposal(), once_key="a", by=people.clerk)
    proof = papers.file(session, people.clerk)
    services.attach(session, one.agreement, proof, papers.CONTRACT, by=people.clerk)
    services.submit(session, one.agreement, by=people.clerk)
    papers.approve(session, one.agreement, people)
    papers.effective(session, people, Kind.DISBURSEMENT, 4 * WAN, agreement=one.agreement)
    bill = papers.invoice(2 * WAN, cost_type="展销")
    papers.effective(session, people, Kind.CLAIM, agreement=one.agreement, invoices=[bill])
    return one


def path_of(activity):
    return f"/funds/marketing/{activity.agreement.number}"


def once(client):
    page = client.get("/funds/marketing/new").text
    return page.split('name="once"')[1].split('value="')[1].split('"')[0]


FILLED = {
    "name": "直播（演示）",
    "line": "线上活动",
    "amount_fen": "30000",
    "document_no": "演示〔2020〕9号",
    "starts_on": "2020-09-01",
    "ends_on": "2020-09-02",
    "is_online": "y",
}


def test_the_desk_says_what_is_left_and_what_each_yuan_brought(
    session, activity, people, shopper, sign_in, inspector
):
    order = make_orders.order(session, shopper, (make.sku(session, price_fen=600_000), 10_000))
    receive(session, order)
    services.link_order(session, activity, order.id, by=people.lead)
    page = sign_in(inspector).get("/funds/marketing").text
    for words in ("还可签约 15.00 万元", "3.00", "挂接订单销售 6.00 万元，1 个单位", "待总结"):
        assert words in page
    assert "申请活动经费" not in page


def test_an_activity_says_why_a_payment_could_not_be_made(
    session, activity, people, sign_in, inspector
):
    sent = papers.submitted(
        session, people, Kind.DISBURSEMENT, WAN // 2, agreement=activity.agreement
    )
    papers.approve(session, sent, people)
    services.call_off(session, sent, reason="收款账号已注销", by=people.officer)
    path = path_of(activity)
    assert "曾未能付款：收款账号已注销" in sign_in(inspector).get(path).text


def test_without_a_ledger_or_activities_the_desk_says_what_to_do(session, sign_in, coordinator):
    client = sign_in(coordinator)
    assert "自动立账" in client.get("/funds/marketing").text
    assert "自动立账" in client.get("/funds/marketing/new").text
    papers.open_ledger(session)
    session.commit()
    assert "还没有活动" in client.get("/funds/marketing").text


def test_an_activity_is_asked_for_once(session, people, sign_in):
    client = sign_in(people.clerk)
    form = FILLED | {"once": once(client)}
    answer = client.post("/funds/marketing/new", data=form)
    assert answer.status_code == 303
    assert client.post("/funds/marketing/new", data=form).location == answer.location
    assert session.scalar(sa.select(sa.func.count(Activity.id))) == 1
    assert "线上活动" in client.get("/funds/marketing").text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "请填写活动名称"),
        ({"amount_fen": "-1"}, "必须大于 0"),
        ({"amount_fen": "1.234"}, "最多两位小数"),
        ({"line": ""}, "请选择预算科目"),
        ({"is_online": ""}, "请填写地点"),
        ({"ends_on": "2020-08-31"}, "不能早于开始日期"),
        ({"document_no": ""}, "文号"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(session, people, sign_in, given, words):
    client = sign_in(people.clerk)
    answer = client.post(
        "/funds/marketing/new", data={"purpose": "卖得多", "once": once(client)} | FILLED | given
    )
    assert answer.status_code == 422
    assert words in answer.text
    assert "卖得多" in answer.text


def test_an_activity_is_reported_and_its_orders_are_linked(
    session, activity, people, buyer, sign_in
):
    order = make_orders.order(session, buyer, (make.sku(session), 2000))
    path, number, order_id = path_of(activity), order.number, order.id
    client = sign_in(people.lead)
    refused = client.post(f"{path}/report", data={"report": "", "visitors": "x"})
    assert refused.status_code == 422
    assert "请写明做了什么" in refused.text
    answer = client.post(f"{path}/report", data={"report": "卖完了", "visitors": "800"})
    assert answer.status_code == 303
    assert "800 人次" in client.get(path).text
    assert client.post(f"{path}/orders", data={"order": ""}).status_code == 422
    assert "没有这个订单号" in client.post(f"{path}/orders", data={"order": "1"}).text
    assert client.post(f"{path}/orders", data={"order": number}).status_code == 303
    assert number in client.get(path).text
    again = client.post(f"{path}/orders", data={"order": number})
    assert "已经挂在本活动上" in again.text
    assert client.post(f"{path}/orders/{order_id}/remove").status_code == 303
    assert number not in client.get(path).text


def test_a_report_that_comes_too_early_is_refused_on_the_page(session, activity, people, sign_in):
    activity.ends_on = clock.today() + dt.timedelta(days=3)
    path = path_of(activity)
    answer = sign_in(people.lead).post(f"{path}/report", data={"report": "卖完了", "visitors": ""})
    assert answer.status_code == 422


def test_others_are_kept_out(session, activity, sign_in, inspector):
    path = path_of(activity)
    reader = sign_in(inspector)
    assert reader.get(path).status_code == 200
    assert reader.post(f"{path}/report").status_code == 403
    assert reader.get("/funds/marketing/ZJ0").status_code == 404
    assert sign_in(make.person(session, role=Role.SHOPPER)).get(path).status_code == 403


@pytest.mark.parametrize("count", [1, 6])
def test_the_desk_asks_no_more_for_more_activities(
    session, people, sign_in, inspector, count_queries, count
):
    for number in range(count):
        services.propose(
            session, proposal(name=f"活动{number}"), once_key=f"n{number}", by=people.clerk
        )
    client = sign_in(inspector)
    client.get("/funds/marketing")
    with count_queries() as statements:
        client.get("/funds/marketing")
    assert len(statements) <= 10
