"""Claims: what may be claimed, who decides, and what it takes back."""

import datetime as dt
import secrets

import pytest
import time_machine

from market.audit.models import Entry
from market.core import clock
from market.core.errors import Refused
from market.notices.models import Notice
from market.ordering import services
from market.ordering.models import Claim, ClaimState, ConsignmentState
from market.ordering.queries import claim_deadline, claimable_of, verify_receipts
from market.targets.models import Channel, Credit, CreditTotal
from tests import make, make_orders


@pytest.fixture
def received(session, buyer, colleague):
    """50.5 kilograms at 12.80 were accepted."""
    consignment = make_orders.consignment(
        session, buyer, (make.weighed_sku(session), 50_500), state=ConsignmentState.SHIPPED
    )
    services.sign(session, make_orders.inspected(session, consignment, buyer), by=colleague)
    return consignment


@pytest.fixture
def line(received):
    return received.lines[0]


def claim(session, line, milli, by, *, reason="发芽", once_key=None, photo=None):
    return services.make_claim(
        session,
        line,
        milli=milli,
        reason=reason,
        photo=photo,
        once_key=once_key or make_orders.once(),
        by=by,
    )


def seller(session, line):
    return make_orders.seller(session, line.consignment)


def credit_sum(session):
    return sum(row.amount_fen for row in session.query(Credit))


def told(session, person):
    return [notice.text for notice in session.query(Notice).filter_by(person_id=person.id)]


def test_an_agreed_claim_takes_back_what_it_says(session, buyer, line):
    made = claim(session, line, 3333, buyer)
    assert made.state is ClaimState.OPEN
    assert made.amount_fen == 4266  # 42.6624 元, rounded half up.
    assert made.number.startswith("SH")
    assert "请处理" in told(session, seller(session, line))[-1]
    assert credit_sum(session) == 64_640

    services.answer_claim(session, made, agree=True, answer="", by=seller(session, line))

    assert made.state is ClaimState.AGREED
    assert made.decided_by_id == seller(session, line).id
    assert (line.claimed_milli, line.claimed_fen) == (3333, 4266)
    negative = session.query(Credit).filter_by(claim_id=made.id).one()
    assert (negative.amount_fen, negative.channel) == (-4266, Channel.CANTEEN)
    assert negative.credited_on == clock.today()
    assert session.query(CreditTotal).one().amount_fen == 64_640 - 4266
    assert "同意" in told(session, buyer)[-1]
    assert [entry.deed for entry in session.query(Entry)][-2:] == ["claim.made", "claim.agreed"]
    assert verify_receipts(session) == []


def test_a_claim_next_year_counts_against_next_year(session, buyer, line):
    made = claim(session, line, 1000, buyer)
    with time_machine.travel("2027-02-01T00:00:00Z", tick=False):
        services.answer_claim(session, made, agree=True, answer="", by=seller(session, line))
    assert {(row.year, row.amount_fen) for row in session.query(CreditTotal)} == {
        (clock.today().year, 64_640),
        (2027, -1280),
    }
    negative = session.query(Credit).filter_by(claim_id=made.id).one()
    assert negative.happened_on == clock.day_of(line.consignment.received_at)
    assert not negative.is_adjustment  # The month of the purchase is open.


def test_the_last_claim_takes_exactly_what_is_left(session, buyer, line):
    parts = [claim(session, line, milli, buyer) for milli in (16_667, 16_667, 17_166)]
    assert sum(part.amount_fen for part in parts) == line.accepted_fen
    for part in parts:
        services.answer_claim(session, part, agree=True, answer="", by=seller(session, line))
    assert (line.claimed_milli, line.claimed_fen) == (50_500, 64_640)
    assert credit_sum(session) == 0
    assert verify_receipts(session) == []
    with pytest.raises(Refused, match="最多可以申请 0 公斤"):
        claim(session, line, 1000, buyer)


def test_the_amount_never_exceeds_what_is_left(session, buyer, colleague):
    """Three claims of 1 gram at 1.50 a gram would each round up."""
    sku = make.weighed_sku(session, price_fen=1500, min_milli=1, step_milli=1)
    consignment = make_orders.consignment(session, buyer, (sku, 4), state=ConsignmentState.RECEIVED)
    line = consignment.lines[0]
    assert line.accepted_fen == 6
    amounts = [claim(session, line, 1, buyer).amount_fen for _ in range(3)]
    assert amounts == [2, 2, 2]
    with pytest.raises(Refused, match="不足 1 分"):
        claim(session, line, 1, buyer)


@pytest.mark.parametrize(
    ("milli", "sentence"),
    [(0, "大于 0"), (-1, "大于 0"), (50_501, "最多可以申请 50.5 公斤")],
)
def test_quantities_that_cannot_be_claimed(session, buyer, line, milli, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        claim(session, line, milli, buyer)
    assert refusal.value.field == "milli"


def test_piece_goods_are_claimed_by_the_piece(session, shopper):
    consignment = make_orders.consignment(
        session, shopper, (make.sku(session), 3000), state=ConsignmentState.RECEIVED
    )
    with pytest.raises(Refused, match="整数倍"):
        claim(session, consignment.lines[0], 1500, shopper)
    assert claim(session, consignment.lines[0], 1000, shopper).amount_fen == 2500


def test_a_claim_needs_a_reason(session, buyer, line):
    with pytest.raises(Refused, match="售后原因") as refusal:
        claim(session, line, 1000, buyer, reason=" ")
    assert refusal.value.field == "reason"


def test_who_may_claim(session, buyer, colleague, lead, shopper, stranger, vendor, line):
    for person in (shopper, stranger, vendor):
        with pytest.raises(Refused, match="只有下单人"):
            claim(session, line, 1000, person)
    for person in (colleague, lead):
        claim(session, line, 1000, person)


def test_nothing_is_claimed_before_it_was_accepted(session, buyer):
    consignment = make_orders.consignment(
        session, buyer, (make.weighed_sku(session), 50_500), state=ConsignmentState.INSPECTED
    )
    assert claim_deadline(consignment) is None
    with pytest.raises(Refused, match="还没有验收"):
        claim(session, consignment.lines[0], 1000, buyer)


def test_the_days_to_claim_are_those_of_china(session, buyer, line):
    last = claim_deadline(line.consignment)
    assert last == clock.today() + dt.timedelta(days=7)
    end = clock.start_of(last + dt.timedelta(days=1))
    with time_machine.travel(end - dt.timedelta(seconds=1), tick=False):
        claim(session, line, 1000, buyer)
    with (
        time_machine.travel(end, tick=False),
        pytest.raises(Refused, match=f"验收后 7 天，已于 {last} 截止"),
    ):
        claim(session, line, 1000, buyer)


def test_the_same_key_gives_the_same_claim(session, buyer, colleague, line):
    first = claim(session, line, 1000, buyer, once_key="k")
    assert claim(session, line, 2000, buyer, once_key="k") is first
    with pytest.raises(Refused, match="提交码"):
        claim(session, line, 1000, colleague, once_key="k")
    assert session.query(Claim).count() == 1


def test_open_claims_bind_their_quantity(session, buyer, line):
    first = claim(session, line, 50_000, buyer)
    left = claimable_of(session, [line])[line.id]
    assert (left.milli, left.fen) == (500, 640)
    with pytest.raises(Refused, match=r"最多可以申请 0\.5 公斤"):
        claim(session, line, 501, buyer)
    services.answer_claim(session, first, agree=False, answer="正常损耗", by=seller(session, line))
    assert claimable_of(session, [line])[line.id].milli == 500  # It may still be escalated.


def test_a_supplier_refuses_with_words_and_a_coordinator_rules(
    session, buyer, stranger, coordinator, line
):
    made = claim(session, line, 1000, buyer)
    with pytest.raises(Refused, match="不同意时请说明理由") as refusal:
        services.answer_claim(session, made, agree=False, answer=" ", by=seller(session, line))
    assert refusal.value.field == "answer"
    services.answer_claim(session, made, agree=False, answer="正常损耗", by=seller(session, line))
    assert made.state is ClaimState.REFUSED
    assert "可以申请平台裁定" in told(session, buyer)[-1]
    with pytest.raises(Refused, match="只有下单人"):
        services.escalate_claim(session, made, by=stranger)
    services.escalate_claim(session, made, by=buyer)
    assert made.state is ClaimState.ESCALATED
    assert "请裁定" in told(session, coordinator)[-1]
    with pytest.raises(Refused, match="裁定理由"):
        services.rule_claim(session, made, uphold=True, answer="", by=coordinator)
    with pytest.raises(Refused, match="只有统筹协调"):
        services.rule_claim(session, made, uphold=True, answer="属实", by=buyer)
    assert credit_sum(session) == 64_640
    services.rule_claim(session, made, uphold=True, answer="照片属实", by=coordinator)
    assert made.state is ClaimState.UPHELD
    assert (made.answer, made.ruling) == ("正常损耗", "照片属实")
    assert credit_sum(session) == 64_640 - 1280
    for person in (buyer, seller(session, line)):
        assert "：支持。" in told(session, person)[-1]
    assert verify_receipts(session) == []


def test_a_dismissed_claim_changes_nothing_and_frees_its_quantity(
    session, buyer, coordinator, line
):
    made = claim(session, line, 50_500, buyer)
    services.answer_claim(session, made, agree=False, answer="正常", by=seller(session, line))
    services.escalate_claim(session, made, by=buyer)
    services.rule_claim(session, made, uphold=False, answer="证据不足", by=coordinator)
    assert made.state is ClaimState.DISMISSED
    assert credit_sum(session) == 64_640
    assert claimable_of(session, [line])[line.id].milli == 50_500


def test_only_the_supplier_answers_and_only_once(session, buyer, coordinator, line):
    made = claim(session, line, 1000, buyer)
    other = make.supplier_person(session, make.supplier(session))
    for person in (other, buyer, coordinator):
        with pytest.raises(Refused, match="只有这批货的供应商"):
            services.answer_claim(session, made, agree=True, answer="", by=person)
    services.answer_claim(session, made, agree=True, answer="", by=seller(session, line))
    with pytest.raises(Refused, match="已同意"):
        services.answer_claim(session, made, agree=True, answer="", by=seller(session, line))
    assert line.claimed_milli == 1000


def test_the_update_itself_keeps_claims_within_what_was_accepted(session, buyer, line):
    made = claim(session, line, 50_500, buyer)
    line.claimed_milli = line.claimed_fen = 1
    session.flush()
    with pytest.raises(Refused, match="超过这种商品还可以扣减的数量"):
        services.answer_claim(session, made, agree=True, answer="", by=seller(session, line))


def test_a_claim_on_what_does_not_count_writes_no_credit(session, buyer):
    sku = make.sku(session, product=make.product(session, recognition_no=""))
    consignment = make_orders.consignment(
        session, buyer, (sku, 2000), state=ConsignmentState.RECEIVED
    )
    line = consignment.lines[0]
    made = claim(session, line, 1000, buyer)
    services.answer_claim(session, made, agree=True, answer="", by=seller(session, line))
    assert line.claimed_fen == 2500
    assert session.query(Credit).count() == 0
    assert verify_receipts(session) == []


def test_no_two_claims_have_the_same_number(session, buyer, line, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(drawn))
    first, second = claim(session, line, 1000, buyer), claim(session, line, 1000, buyer)
    assert first.number.endswith("00007")
    assert second.number.endswith("00008")
