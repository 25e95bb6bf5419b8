"""``verify`` finds every fen that was changed behind the services' back."""

import pytest
import sqlalchemy as sa

from market.catalog.models import Product
from market.ordering import services
from market.ordering.models import (
    Acceptance,
    AcceptanceLine,
    AcceptanceState,
    Claim,
    ConsignmentState,
    OrderLine,
)
from market.ordering.queries import verify_receipts
from market.targets.models import Channel, Credit
from tests import make, make_orders


@pytest.fixture
def line(session, buyer):
    """Four bags at 25.00 were accepted, and one taken back."""
    part = make_orders.consignment(
        session, buyer, (make.sku(session), 4000), state=ConsignmentState.RECEIVED
    )
    claim = services.make_claim(
        session, part.lines[0], milli=1000, reason="漏气", photo=None, once_key="k", by=buyer
    )
    seller = make_orders.seller(session, part)
    services.answer_claim(session, claim, agree=True, answer="", by=seller)
    session.flush()
    assert verify_receipts(session) == []
    return part.lines[0]


def change(session, kind, *where, **values):
    session.execute(sa.update(kind).where(*where).values(**values))


def test_an_accepted_amount_that_is_not_price_times_quantity(session, line):
    change(session, AcceptanceLine, accepted_fen=9999)
    faults = verify_receipts(session)
    assert faults[0].startswith("验收行 ")
    assert "是 9999 分，按单价和实收应为 10000 分" in faults[0]
    assert any(fault.startswith(f"订单行 {line.id}：实收金额是 10000") for fault in faults)
    assert any("计入 10000 分" in fault for fault in faults)


def test_an_order_line_that_differs_from_its_acceptance(session, line):
    change(session, OrderLine, rejected_milli=1)
    assert verify_receipts(session) == [f"订单行 {line.id}：拒收数量是 1，按验收和售后记录应为 0"]


def test_an_order_line_accepted_without_an_acceptance(session, line):
    change(session, Acceptance, state=AcceptanceState.RETURNED)
    faults = verify_receipts(session)
    assert f"订单行 {line.id}：实收数量是 4000，按验收和售后记录应为 None" in faults
    assert any("不应计入，却计入了 10000 分" in fault for fault in faults)


def test_a_claim_that_was_not_taken_back(session, line):
    change(session, OrderLine, claimed_milli=0, claimed_fen=0)
    assert verify_receipts(session) == [
        f"订单行 {line.id}：售后扣减数量是 0，按验收和售后记录应为 1000",
        f"订单行 {line.id}：售后扣减金额是 0，按验收和售后记录应为 2500",
    ]


def test_a_credit_that_is_missing(session, line):
    session.execute(sa.delete(Credit))
    assert [fault.split("：", 1)[1] for fault in verify_receipts(session)] == [
        "应计入 10000 分，没有计入记录",
        "应计入 -2500 分，没有计入记录",
    ]


def test_a_credit_of_which_one_fen_was_changed(session, line):
    change(session, Credit, Credit.amount_fen > 0, amount_fen=10_001)
    change(session, Credit, Credit.amount_fen < 0, amount_fen=-2499)
    faults = verify_receipts(session)
    assert len(faults) == 2
    assert "计入 10001 分" in faults[0]
    assert "应计入 10000 分" in faults[0]
    assert "计入 -2499 分" in faults[1]
    assert "应计入 -2500 分" in faults[1]


def test_a_credit_of_another_unit_or_channel(session, line, stranger):
    change(session, Credit, Credit.amount_fen > 0, unit_id=stranger.unit_id)
    change(session, Credit, Credit.amount_fen < 0, channel=Channel.FAIR)
    assert ["单位或渠道" in fault for fault in verify_receipts(session)] == [True, True]


def test_a_credit_of_a_claim_that_was_never_settled(session, line):
    change(session, Claim, amount_fen=2400)
    faults = verify_receipts(session)
    assert any("应计入 -2400 分" in fault for fault in faults)
    assert any("售后扣减金额是 2500，按验收和售后记录应为 2400" in fault for fault in faults)


def test_a_number_of_sales_that_is_wrong(session, line):
    change(session, Product, Product.id == line.product_id, sold_count=7)
    assert verify_receipts(session) == [
        f"商品 {line.product_id}（{line.product.code}）：销量记为 7 次，按验收记录应为 1 次"
    ]
