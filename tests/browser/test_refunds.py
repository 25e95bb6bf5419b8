"""A shopper pays in each way, calls the order off, and is refunded by the desk with one click."""

import pytest

from market.adapters.stripe.standin import StandIn
from tests.browser.conftest import Visit
from tests.browser.deeds import check_out, put_into_cart, search
from tests.browser.test_online import till
from tests.browser.world import World

__all__ = ["till"]


@pytest.mark.parametrize(
    ("method", "phone", "script"),
    [("银行卡", False, True), ("支付宝", True, False), ("微信支付", True, True)],
)
def test_a_shopper_is_refunded_and_sees_it(
    world: World, window: Visit, till: StandIn, method: str, phone: bool, script: bool
) -> None:
    wumin = window(phone=phone, script=script)
    wumin.elsewhere = (till.base,)
    wumin.sign_in("wumin")
    search(wumin, "shaofen")
    put_into_cart(wumin, "手工苕粉", "SF01-500", "3")
    number = check_out(wumin, "提交订单")
    wumin.press("去支付")
    wumin.press(method)
    wumin.says("已收到付款")
    wumin.open(f"/orders/{number}")
    wumin.page.locator("main").locator("input[name=reason]").fill("临时出差")
    wumin.press("取消订单")
    wumin.says("已取消", "待退回", "75.00")

    limei = window(phone=phone, script=script).sign_in("limei")
    limei.open("/payments?matter=back")
    limei.press(f"订单 {number}：退回 75.00 元")
    limei.says("75.00", "取消或谢绝", method)
    if method == "微信支付":
        limei.says("支付平台处理中")
        (refund,) = till.refunds
        till.finish(refund)
        limei.press("查询结果")
    limei.says("已退款", "已到账")
    limei.press("退款")
    limei.says(number, "75.00")

    wumin.open(f"/orders/{number}")
    wumin.says("已退款", "已退", "75.00")
    wumin.open("/notices")
    wumin.says("75.00 元已退回")


def test_a_transfer_is_refunded_with_its_serial(
    world: World, window: Visit, visit_at_desk: Visit
) -> None:
    wumin = window().sign_in("wumin")
    search(wumin, "shaofen")
    put_into_cart(wumin, "手工苕粉", "SF01-500", "3")
    number = check_out(wumin, "提交订单")
    limei = visit_at_desk("limei")
    limei.open("/refunds")
    limei.says("还没有退款")
    limei.open("/disputes")
    limei.open(f"/payments?q={number}")
    limei.page.locator("main").locator(f"input[name='{number}-bank_serial']").fill("A1")
    limei.press(limei.page.get_by_role("button", name="登记到账"))
    wumin.open(f"/orders/{number}")
    wumin.page.locator("main").locator("input[name=reason]").fill("临时出差")
    wumin.press("取消订单")
    limei.open(f"/orders/{number}")
    limei.press("退款")
    main = limei.page.locator("main")
    main.locator("input[name=amount_fen]").fill("76")
    main.locator("input[name=reason]").fill("取消订单")
    limei.press("登记退款", status=422)
    limei.says("最多可退 75.00 元")
    main.locator("input[name=amount_fen]").fill("75")
    limei.press("登记退款")
    limei.says("转出后登记")
    main.locator("input[name=bank_serial]").fill("OUT1")
    limei.press("已转出 75.00 元")
    limei.says("已退款", "OUT1")
