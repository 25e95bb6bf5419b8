"""A canteen pays by card what it owes, and a shopper pays with what came back."""

import pytest
from playwright.sync_api import expect

from market.adapters.stripe.standin import StandIn
from market.ordering.models import ConsignmentState
from market.ordering.services import cancel_order
from market.payments.queries import balance_of
from market.payments.services import settle, start_checkout
from tests import make, make_orders
from tests.browser.conftest import BY_PHONE, Manner, Visit
from tests.browser.test_online import till
from tests.browser.world import World
from tests.payments.test_unit_online import paid

__all__ = ["till"]

WIDTHS = pytest.mark.parametrize("manner", BY_PHONE, ids=str)


@WIDTHS
def test_a_canteen_pays_what_it_owes_by_card(
    world: World, window: Visit, till: StandIn, manner: Manner
) -> None:
    sku = world.session.query(make.Sku).filter_by(code="SF01-KG").one()
    received = ConsignmentState.RECEIVED
    part = make_orders.consignment(world.session, world["wangfang"], (sku, 20_000), state=received)
    number, order = part.order.number, part.order
    world.session.commit()

    wangfang = window(phone=manner.phone, script=manner.script)
    wangfang.elsewhere = (till.base,)
    wangfang.sign_in("wangfang")
    wangfang.open(f"/orders/{number}")
    wangfang.says("款项明细", "按验收金额")
    wangfang.press("去付款")
    wangfang.says("银行卡、支付宝、微信支付", "¥256.00")
    wangfang.press("去支付")
    wangfang.press("银行卡")
    wangfang.says("支付成功", "已收到付款")
    wangfang.press("查看订单")
    wangfang.says("银行卡到账", "256.00")
    world.session.expire_all()
    assert balance_of(world.session, order).outstanding_fen == 0
    world.session.rollback()  # SQLite has one writer.

    zhouqiang = window(phone=manner.phone, script=manner.script)
    zhouqiang.sign_in("zhouqiang")
    zhouqiang.open("/account/me")
    zhouqiang.press("本单位往来款")
    row = zhouqiang.page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("256.00")


@WIDTHS
def test_a_shopper_pays_the_next_order_with_what_came_back(
    world: World, window: Visit, manner: Manner
) -> None:
    session, wumin = world.session, world["wumin"]
    sku = session.query(make.Sku).filter_by(code="SF01-500").one()
    gone = make_orders.order(session, wumin, (sku, 4000), opened=False)
    settle(session, paid(start_checkout(session, gone, once_key="k", by=wumin)))
    cancel_order(session, gone, reason="买多了", by=wumin)
    following = make_orders.order(session, wumin, (sku, 3000), opened=False)
    numbers = gone.number, following.number
    session.commit()

    visitor = window(phone=manner.phone, script=manner.script)
    visitor.sign_in("wumin")
    visitor.open(f"/orders/{numbers[0]}")
    visitor.says("待退回")
    visitor.press("多付的 ¥100.00 转为账户余额")
    visitor.says("100.00 元已转为账户余额", "撤回入账，转入账户余额")
    if visitor.script:
        assert "确定把多付的 100.00 元转为账户余额？" in visitor.questions
    visitor.open(f"/orders/{numbers[1]}/payment")
    visitor.press("用账户余额支付 ¥75.00")
    visitor.says("已用账户余额支付 75.00 元", "进行中", "账户款项入账", numbers[0])
    visitor.open("/account/me")
    visitor.press("我的款项")
    visitor.says("账户余额明细", "25.00")
    visitor.press(visitor.page.get_by_role("link", name=numbers[0]).first)
    visitor.says("用于其他订单", numbers[1])
