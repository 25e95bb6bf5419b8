"""An employee pays online on the stand-in's page, in each way; it fails, comes back, and goes on."""

from collections.abc import Iterator

import pytest
from flask import Flask

from market.adapters.stripe import StripeCards
from market.adapters.stripe.standin import StandIn
from tests.browser.conftest import Visit
from tests.browser.deeds import check_out, put_into_cart, search
from tests.browser.world import World


@pytest.fixture
def till(app: Flask, live: str) -> Iterator[StandIn]:
    """The stand-in, which tells the shop of what was paid."""
    made = StandIn(notify=f"{live}/payments/stripe/notices")
    made.start()
    app.extensions["cards"] = StripeCards(made.key, made.secret, base=made.base)
    yield made
    made.stop()
    app.extensions["cards"] = None


@pytest.mark.parametrize("method", ["银行卡", "支付宝", "微信支付"])
def test_an_employee_pays_online(world: World, window: Visit, till: StandIn, method: str) -> None:
    wumin = window(phone=method != "银行卡", script=method != "支付宝")
    wumin.elsewhere = (till.base,)
    wumin.sign_in("wumin")
    search(wumin, "shaofen")
    put_into_cart(wumin, "手工苕粉", "SF01-500", "3")
    number = check_out(wumin, "提交订单")
    wumin.press("去支付")
    wumin.says("¥75.00")
    assert wumin.page.title() == "演示支付"
    wumin.press("付款被拒绝", status=402)
    wumin.says("没有扣款")
    wumin.press("返回商城")
    wumin.says("有一次支付正在进行")
    wumin.press("继续支付")
    wumin.press(method)
    assert wumin.path() == f"/orders/{number}/payment/result"
    wumin.says("已收到付款", method)
    wumin.press("查看订单")
    wumin.says("进行中", f"在线付款：{method}")

    limei = window().sign_in("limei")
    limei.open("/payments")
    limei.press("在线支付")
    limei.says(number, method, "75.00")
