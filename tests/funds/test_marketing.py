"""The marketing budget: asked for by line, never above 20 万元, and what it brought."""

import dataclasses
import datetime as dt

import pytest

from market.core import clock
from market.core.errors import Refused
from market.funds import services
from market.funds.models import ActivityOrder, Decision, Kind
from market.funds.queries import marketing
from market.funds.services import Proposal
from market.ordering.queries import Results, orders_of, results_of
from tests import make, make_orders
from tests.funds import papers
from tests.funds.papers import WAN
from tests.meanwhile import meanwhile
from tests.ordering.placing import place
from tests.payments.paying import receive


@pytest.fixture
def earmark(session):
    return papers.open_ledger(session)["17"]


@pytest.fixture
def people(session, earmark):
    made = papers.offices(session, "县商务委")
    papers.effective(session, made, Kind.APPROPRIATION, 20 * WAN, earmark=earmark)
    return made


def proposal(**given):
    today = clock.today()
    return Proposal(
        **{
            "name": "人和街道展销（演示）",
            "line": "展销",
            "starts_on": today - dt.timedelta(days=2),
            "ends_on": today,
            "amount_fen": 5 * WAN,
            "document_no": "演示〔2020〕1号",
            "place": "人和街道",
        }
        | given
    )


@pytest.fixture
def activity(session, people):
    """A fair whose 5 万元 were approved."""
    made = services.propose(session, proposal(), once_key="a", by=people.clerk)
    proof = papers.file(session, people.clerk)
    services.attach(session, made.agreement, proof, papers.CONTRACT, by=people.clerk)
    services.submit(session, made.agreement, by=people.clerk)
    papers.approve(session, made.agreement, people)
    return made


def test_an_activity_asks_for_its_money_before(session, people, earmark):
    made = services.propose(session, proposal(), once_key="a", by=people.clerk)
    assert services.propose(session, proposal(), once_key="a", by=people.clerk) is made
    with pytest.raises(Refused, match="提交码不属于"):
        services.propose(session, proposal(), once_key="a", by=people.clerk_2)
    agreement = made.agreement
    assert (agreement.earmark, agreement.cost_type) == (earmark, "展销")
    [cost] = marketing.activities(session)
    assert (cost.figures.committed_fen, cost.orders) == (0, 0)
    assert marketing.activity(session, agreement.number) is made
    services.discard(session, agreement, by=people.clerk)
    assert marketing.activities(session) == []


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"line": ""}, "line", "预算科目"),
        ({"line": "招待"}, "line", "使用范围"),
        ({"name": " "}, "name", "标题"),
        ({"ends_on": dt.date(2020, 1, 1)}, "ends_on", "不能早于"),
        ({"place": ""}, "place", "地点"),
        ({"amount_fen": 0}, "amount_fen", "大于 0"),
    ],
)
def test_a_proposal_says_what_is_wrong_beside_its_field(session, people, given, field, words):
    with pytest.raises(Refused, match=words) as refusal:
        services.propose(
            session, dataclasses.replace(proposal(), **given), once_key="a", by=people.clerk
        )
    assert refusal.value.field == field


def test_without_a_ledger_there_is_no_budget(session, coordinator):
    assert marketing.marketing_earmark(session) is None
    with pytest.raises(Refused, match="还没有按方案建立"):
        services.propose(session, proposal(), once_key="a", by=coordinator)


def test_all_activities_together_stay_within_the_20_wan(session, people, activity):
    online = proposal(name="直播（演示）", line="线上活动", is_online=True, place="")
    rest = dataclasses.replace(online, amount_fen=15 * WAN + 1)
    made = services.propose(session, rest, once_key="b", by=people.clerk)
    services.attach(
        session,
        made.agreement,
        papers.file(session, people.clerk),
        papers.CONTRACT,
        by=people.clerk,
    )
    with pytest.raises(services.Insufficient, match=r"还有 150,000\.00 元"):
        services.submit(session, made.agreement, by=people.clerk)


def test_the_lines_of_the_budget_sum_to_the_earmarks_figures(session, people, earmark, activity):
    agreement = activity.agreement
    papers.effective(session, people, Kind.DISBURSEMENT, 4 * WAN, agreement=agreement)
    bill = papers.invoice(3 * WAN, cost_type="展销")
    papers.effective(session, people, Kind.CLAIM, agreement=agreement, invoices=[bill])
    costs = marketing.activities(session)
    lines = marketing.lines(earmark, costs)
    assert [line.name for line in lines] == ["线上活动", "展销", "推广", "物流补贴", "其他"]
    fair = lines[1]
    assert (fair.activities, fair.figures.committed_fen, fair.figures.spent_fen) == (
        1,
        5 * WAN,
        3 * WAN,
    )
    assert sum(line.figures.committed_fen for line in lines) == 5 * WAN
    kinds = [one.kind for one in marketing.documents_under(session, agreement)]
    assert kinds == [Kind.DISBURSEMENT, Kind.CLAIM]


def test_a_report_comes_after_the_activity(session, people, activity, inspector):
    activity.ends_on = clock.today() + dt.timedelta(days=1)
    with pytest.raises(Refused, match="才结束"):
        services.report(session, activity, "卖完了", visitors=1, by=people.clerk)
    activity.ends_on = clock.today()
    for text, visitors, words in ((" ", 1, "做了什么"), ("卖完了", -1, "不能为负")):
        with pytest.raises(Refused, match=words):
            services.report(session, activity, text, visitors=visitors, by=people.clerk)
    with pytest.raises(Refused, match="活动由统筹协调"):
        services.report(session, activity, "卖完了", visitors=1, by=inspector)
    services.report(session, activity, "卖完了", visitors=800, by=people.clerk)
    assert (activity.report, activity.visitors) == ("卖完了", 800)


def test_an_activity_without_approved_money_has_no_report(session, people):
    made = services.propose(session, proposal(), once_key="a", by=people.clerk)
    with pytest.raises(Refused, match="批准之后"):
        services.report(session, made, "卖完了", visitors=1, by=people.clerk)


def test_an_order_belongs_to_one_activity(session, people, activity, buyer):
    order = place(session, buyer, (make.sku(session), 2000))
    other = services.propose(session, proposal(name="另一场"), once_key="b", by=people.clerk)
    services.link_order(session, activity, order.id, by=people.lead)
    for one, words in ((activity, "已经挂在本活动上"), (other, "另一项活动")):
        with pytest.raises(Refused, match=words):
            services.link_order(session, one, order.id, by=people.lead)
    assert marketing.linked_orders(session, [activity.id, other.id]) == {
        activity.id: [order.id],
        other.id: [],
    }
    assert [cost.orders for cost in marketing.activities(session)] == [0, 1]
    services.unlink_order(session, activity, order.id, by=people.lead)
    with pytest.raises(Refused, match="没有挂在本活动上"):
        services.unlink_order(session, activity, order.id, by=people.lead)
    row = ActivityOrder(
        activity_id=other.id, order_id=order.id, by_id=people.lead.id, at=clock.now()
    )
    meanwhile(session, row)
    with pytest.raises(Refused, match="刚被挂到"):
        services.link_order(session, activity, order.id, by=people.lead)


def test_the_effect_is_what_the_linked_orders_came_to(session, shopper):
    assert results_of(session, {"a": []}) == {"a": Results()}
    order = make_orders.order(session, shopper, (make.sku(session, price_fen=2500), 2000))
    groups = {"a": [order.id], "b": []}
    assert results_of(session, groups) == {"a": Results(), "b": Results()}
    receive(session, order)
    assert results_of(session, groups) == {"a": Results(5000, 5000, 1), "b": Results()}
    assert orders_of(session, [order.id]) == [order]


def test_a_rejected_activity_is_not_counted(session, people):
    made = services.propose(session, proposal(), once_key="a", by=people.clerk)
    proof = papers.file(session, people.clerk)
    services.attach(session, made.agreement, proof, papers.CONTRACT, by=people.clerk)
    services.submit(session, made.agreement, by=people.clerk)
    services.decide(
        session,
        made.agreement,
        Decision.REJECT,
        seen_sha256=made.agreement.body_sha256,
        note="太贵",
        by=people.lead,
    )
    assert marketing.activities(session) == []
