"""Receiving goods: what is found, who must sign, and what then counts."""

import pytest
import time_machine

from market.accounts.models import Person
from market.audit.models import Entry
from market.core.access import Role
from market.core.errors import Refused
from market.evidence.models import Attachment, StoredFile
from market.notices.models import Notice
from market.ordering import services
from market.ordering.models import (
    Acceptance,
    AcceptanceState,
    BuyingFor,
    ConsignmentState,
    OrderState,
    ShortRest,
)
from market.ordering.queries import verify_receipts
from market.ordering.services import Finding
from market.targets.models import Channel, Credit, CreditTotal
from tests import make, make_orders

SHIPPED, INSPECTED = ConsignmentState.SHIPPED, ConsignmentState.INSPECTED


@pytest.fixture
def goods(session):
    """Noodles by the bag and potatoes by weight, of one supplier."""
    product = make.product(session)
    return make.sku(session, product=product, stock_milli=100_000), make.weighed_sku(
        session, product=product
    )


@pytest.fixture
def arrived(session, buyer, goods):
    """Twenty bags at 25.00 and 50 kilograms at 12.80 stand at the canteen's door."""
    bags, potatoes = goods
    return make_orders.consignment(
        session, buyer, (bags, 20_000), (potatoes, 50_000), state=SHIPPED
    )


def inspect(session, consignment, by, *found, once_key=None, remark=""):
    """Inspect with (accepted, rejected, reason) per line."""
    return services.inspect(
        session,
        consignment,
        findings=[
            Finding(line.id, *amounts)
            for line, amounts in zip(consignment.lines, found, strict=True)
        ],
        remark=remark,
        once_key=once_key or make_orders.once(),
        by=by,
    )


def told(session, person):
    return [notice.text for notice in session.query(Notice).filter_by(person_id=person.id)]


def credits_of(session):
    return [
        (row.unit_id, row.channel, row.amount_fen)
        for row in session.query(Credit).order_by(Credit.id)
    ]


def test_two_people_accept_and_exactly_that_counts(session, buyer, colleague, vendor, arrived):
    acceptance = inspect(
        session, arrived, buyer, (19_000, 1000, "袋子破损"), (48_765, 0, ""), remark="下午到"
    )
    assert acceptance.state is AcceptanceState.INSPECTED
    assert arrived.state is INSPECTED
    assert credits_of(session) == []
    assert arrived.lines[0].accepted_milli is None
    assert "请您复核后签字" in told(session, colleague)[-1]
    assert "复核后签字" not in "".join(told(session, buyer))
    assert [line.accepted_fen for line in acceptance.lines] == [47_500, 62_419]

    services.sign(session, acceptance, by=colleague)

    assert acceptance.state is AcceptanceState.SIGNED
    assert acceptance.signed_by_id == colleague.id
    assert arrived.state is ConsignmentState.RECEIVED
    assert arrived.received_at == acceptance.signed_at
    assert [
        (line.accepted_milli, line.rejected_milli, line.accepted_fen) for line in arrived.lines
    ] == [(19_000, 1000, 47_500), (48_765, 0, 62_419)]
    assert credits_of(session) == [
        (buyer.unit_id, Channel.CANTEEN, 47_500),
        (buyer.unit_id, Channel.CANTEEN, 62_419),
    ]
    assert session.query(CreditTotal).one().amount_fen == 47_500 + 62_419
    assert arrived.order.state is OrderState.COMPLETED
    session.refresh(arrived.lines[0].product)
    assert arrived.lines[0].product.sold_count == 2
    deeds = [entry.deed for entry in session.query(Entry).order_by(Entry.id)]
    assert deeds[-3:] == ["acceptance.inspected", "acceptance.signed", "order.completed"]
    seller = make_orders.seller(session, arrived)
    assert "实收 1,099.19 元" in told(session, seller)[-1]
    assert "拒收的货物不回到库存" in told(session, seller)[-1]
    assert verify_receipts(session) == []


def test_rejected_goods_do_not_return_to_stock(session, buyer, colleague, goods, arrived):
    acceptance = inspect(session, arrived, buyer, (0, 20_000, "霉变"), (50_000, 0, ""))
    services.sign(session, acceptance, by=colleague)
    session.refresh(goods[0])
    assert goods[0].stock_milli == 80_000


def test_whoever_inspected_cannot_sign(session, buyer, arrived):
    acceptance = inspect(session, arrived, buyer, (20_000,), (50_000,))
    with pytest.raises(Refused, match="须由两人完成"):
        services.sign(session, acceptance, by=buyer)
    assert acceptance.state is AcceptanceState.INSPECTED


def test_a_lead_may_sign_and_others_may_not(
    session, buyer, lead, shopper, stranger, coordinator, vendor, arrived
):
    acceptance = inspect(session, arrived, buyer, (20_000,), (50_000,))
    for person in (shopper, stranger, coordinator, vendor):
        with pytest.raises(Refused, match="只有本单位"):
            services.sign(session, acceptance, by=person)
    services.sign(session, acceptance, by=lead)
    with pytest.raises(Refused, match="已生效"):
        services.sign(session, acceptance, by=lead)
    assert len(credits_of(session)) == 2


def test_others_do_not_inspect(session, shopper, stranger, arrived):
    for person in (shopper, stranger):
        with pytest.raises(Refused, match="只有本单位"):
            inspect(session, arrived, person, (20_000,), (50_000,))


def test_what_one_bought_for_oneself_takes_effect_at_once(session, buyer, colleague, shopper):
    sku = make.sku(session)
    consignment = make_orders.consignment(session, shopper, (sku, 2000), state=SHIPPED)
    for person in (buyer, colleague):
        with pytest.raises(Refused, match="只能由下单人自己"):
            inspect(session, consignment, person, (2000,))
    acceptance = inspect(session, consignment, shopper, (2000,))
    assert acceptance.state is AcceptanceState.SIGNED
    assert acceptance.signed_by_id is None
    assert acceptance.signed_at
    assert consignment.state is ConsignmentState.RECEIVED
    assert credits_of(session) == [(shopper.unit_id, Channel.EMPLOYEE, 5000)]
    assert verify_receipts(session) == []


def test_a_canteen_manager_accepts_their_own_purchase_alone(session, buyer):
    consignment = make_orders.consignment(
        session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.SELF, state=SHIPPED
    )
    assert inspect(session, consignment, buyer, (1000,)).state is AcceptanceState.SIGNED


def test_the_union_s_goods_need_two_people_too(session, buyer, colleague):
    consignment = make_orders.consignment(
        session, buyer, (make.sku(session), 1000), buying_for=BuyingFor.UNION, state=SHIPPED
    )
    acceptance = inspect(session, consignment, buyer, (1000,))
    assert acceptance.state is AcceptanceState.INSPECTED
    services.sign(session, acceptance, by=colleague)
    assert credits_of(session) == [(buyer.unit_id, Channel.UNION, 2500)]


def test_a_buyer_without_a_unit_writes_no_credit(session):
    social = make.person(session, role=Role.SHOPPER, unit=None)
    consignment = make_orders.consignment(session, social, (make.sku(session), 1000), state=SHIPPED)
    inspect(session, consignment, social, (1000,))
    assert credits_of(session) == []
    assert verify_receipts(session) == []


def test_goods_without_recognition_do_not_count(session, buyer, colleague):
    sku = make.sku(session, product=make.product(session, recognition_no=""))
    consignment = make_orders.consignment(session, buyer, (sku, 1000), state=SHIPPED)
    services.sign(session, inspect(session, consignment, buyer, (1000,)), by=colleague)
    assert consignment.lines[0].accepted_fen == 2500
    assert credits_of(session) == []
    assert verify_receipts(session) == []


def test_what_was_rejected_entirely_neither_counts_nor_sells(session, buyer, colleague):
    sku = make.sku(session)
    consignment = make_orders.consignment(session, buyer, (sku, 1000), state=SHIPPED)
    services.sign(session, inspect(session, consignment, buyer, (0, 1000, "漏气")), by=colleague)
    session.refresh(sku.product)
    assert sku.product.sold_count == 0
    assert credits_of(session) == []
    assert consignment.order.state is OrderState.COMPLETED
    assert verify_receipts(session) == []


def test_the_same_key_gives_the_same_acceptance(session, buyer, colleague, arrived):
    first = inspect(session, arrived, buyer, (20_000,), (50_000,), once_key="k")
    assert inspect(session, arrived, buyer, (1000,), (1000,), once_key="k") is first
    assert session.query(Acceptance).count() == 1
    with pytest.raises(Refused, match="提交码"):
        inspect(session, arrived, colleague, (20_000,), (50_000,), once_key="k")
    with pytest.raises(Refused, match="待复核签字"):
        inspect(session, arrived, colleague, (20_000,), (50_000,))


@pytest.mark.parametrize(
    ("found", "sentence", "field"),
    [
        (((20_000, 1000, "x"), (50_000,)), "超过送货数 20 袋", "accepted.0"),
        (((20_000,), (50_000, 5001, "x")), "含称重误差最多 55 公斤", "accepted.1"),
        (((20_000,), (-1,)), "不能小于 0", "accepted.1"),
        (((20_000, -1000), (1,)), "不能小于 0", "rejected.0"),
        (((19_500,), (50_000,)), "整数倍", "accepted.0"),
        (((19_000, 500, "x"), (50_000,)), "整数倍", "rejected.0"),
        (((19_000, 1000, " "), (50_000,)), "请填写拒收原因", "reason.0"),
        (((0,), (0,)), "没有收到货请不要验收", None),
    ],
)
def test_what_cannot_be_found(session, buyer, arrived, found, sentence, field):
    with pytest.raises(Refused, match=sentence) as refusal:
        inspect(session, arrived, buyer, *found)
    assert refusal.value.field == field
    assert arrived.state is SHIPPED


def test_goods_by_weight_may_weigh_more_than_was_shipped(session, buyer, arrived):
    acceptance = inspect(session, arrived, buyer, (20_000,), (55_000,))
    assert acceptance.lines[1].accepted_milli == 55_000


def test_every_shipped_line_is_named_once(session, buyer, arrived):
    first, second = arrived.lines
    for findings in (
        [Finding(first.id, 1000)],
        [Finding(first.id, 1000), Finding(first.id, 1000), Finding(second.id, 1)],
        [Finding(first.id, 1000), Finding(second.id + 99, 1)],
    ):
        with pytest.raises(Refused, match="与送货单不一致"):
            services.inspect(session, arrived, findings=findings, remark="", once_key="k", by=buyer)


def test_what_was_not_shipped_is_accepted_as_nothing(session, buyer, colleague, goods):
    bags, potatoes = goods
    consignment = make_orders.consignment(
        session, buyer, (bags, 20_000), (potatoes, 50_000), state=ConsignmentState.ACCEPTED
    )
    none, some = consignment.lines
    make_orders.shipped(session, consignment, {none.id: 0}, short_rest=ShortRest.CANCEL)
    with pytest.raises(Refused, match="与送货单不一致"):
        inspect(session, consignment, buyer, (20_000,), (50_000,))
    acceptance = make_orders.inspected(session, consignment, buyer)
    services.sign(session, acceptance, by=colleague)
    assert (none.accepted_milli, none.rejected_milli, none.accepted_fen) == (0, 0, 0)
    assert some.accepted_milli == 50_000
    assert verify_receipts(session) == []


def test_goods_that_have_not_left_are_not_received(session, buyer, goods):
    consignment = make_orders.consignment(
        session, buyer, (goods[0], 20_000), state=ConsignmentState.ACCEPTED
    )
    with pytest.raises(Refused, match="与送货单不一致"):
        inspect(session, consignment, buyer, (20_000,))


def test_the_second_person_may_send_it_back(session, buyer, colleague, shopper, arrived):
    first = inspect(session, arrived, buyer, (20_000,), (50_000,))
    with pytest.raises(Refused, match="只有本单位"):
        services.return_acceptance(session, first, reason="重称", by=shopper)
    with pytest.raises(Refused, match="退回原因") as refusal:
        services.return_acceptance(session, first, reason=" ", by=colleague)
    assert refusal.value.field == "reason"
    services.return_acceptance(session, first, reason="土豆请重称", by=colleague)
    assert first.state is AcceptanceState.RETURNED
    assert arrived.state is SHIPPED
    assert "土豆请重称" in told(session, buyer)[-1]
    with pytest.raises(Refused, match="复核退回"):
        services.sign(session, first, by=colleague)
    second = inspect(session, arrived, colleague, (20_000,), (49_000,))
    services.sign(session, second, by=buyer)
    assert session.query(Acceptance).count() == 2
    assert sum(fen for _, _, fen in credits_of(session)) == 50_000 + 62_720
    assert verify_receipts(session) == []


def test_a_photo_is_kept_with_its_line(session, buyer, arrived):
    photo = Attachment(
        name="破损.jpg", file=StoredFile(sha256="0" * 64, size=1, media_type="image/jpeg")
    )
    session.add(photo)
    session.flush()
    acceptance = inspect(session, arrived, buyer, (19_000, 1000, "破损", photo), (50_000,))
    assert acceptance.lines[0].photo is photo


@pytest.mark.parametrize(
    ("instant", "year", "month"),
    [("2026-12-31T15:59:59Z", 2026, 12), ("2026-12-31T16:00:00Z", 2027, 1)],
)
def test_the_credit_is_dated_the_day_of_the_signature_in_china(
    session, buyer, colleague, arrived, instant, year, month
):
    acceptance = inspect(session, arrived, buyer, (20_000,), (50_000,))
    with time_machine.travel(instant, tick=False):
        services.sign(session, acceptance, by=colleague)
    assert {(row.year, row.month) for row in session.query(Credit)} == {(year, month)}


def test_only_enabled_colleagues_are_told(session, buyer, arrived):
    gone = make.person(session, unit=buyer.unit, is_enabled=False)
    inspect(session, arrived, buyer, (20_000,), (50_000,))
    assert told(session, gone) == []
    assert isinstance(gone, Person)
